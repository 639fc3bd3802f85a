"""Which findings only repeat another one: a fault is told once, where it is to be mended.

| a finding is an echo when | because |
|---|---|
| **`causes`: what is written wrongly** | |
| it says what a statement means that is written wrongly | a misspelt name says nothing |
| it is about a name that a wrong prefix declaration makes | the declaration is to be mended, not the names |
| it is a result of a shape that is itself written wrongly | the shape is to be mended |
| nothing uses a name that a misspelt one seems to mean | it is used when that is mended |
| **`terms`: names and axioms** | |
| a node lacks what a node says that has nearly its name and that nothing uses | the name is to be mended, and told |
| it speaks of members of a class, or values of a property, whose axioms are at odds | the axioms are to be mended |
| **`places`: where a finding is told** | |
| a constraint of the same shape fails at the same place for the same focus node | one sentence tells all of it |
| a rule blames every IRI that the base of a file makes | the base is to be mended, and told |
| an IRI is described nowhere, and a rule of the project's own tells what is wrong with it | that tells more |
| queries of two shapes find fault with one node, and look at one property both | its value is to be mended, and told |
| **`gaps`: what is missing** | |
| a node lacks several values of one path | what it lacks is told together |
| something is missing where the same path has a wrong value | the wrong value is the one that is missing |
| **`values`: which of two values or nodes** | |
| it blames a value that is itself a focus node with a result | the value is to be mended |
| only the other path of sh:equals has a value, and so has the path itself | its own value is to be mended |
| two nodes share a value that only one may have, and the other comes first | one of the two is to be mended |
| **`shapes`: results of shapes** | |
| a run that sees fewer files has a result for the same focus node and path | the further files play no part |
| it is of a SPARQL constraint, and its focus node, value or file has a result | a query comes after plain constraints |
| a rule of OWL or of hygiene speaks of what a shape speaks of | the shape is nearer to the data |
| a shape of a whole node fails by a path with a result of its own | the part is nearer to the data |
| it is a result of a shape whose limits contradict each other, or that refers to itself | the shape is to be mended |
| **`last`: what comes last** | |
| a query finds nothing, and the data or the query are to be mended | the answer may come back |
| a shape cannot be used, and its query cannot be read | the query is to be mended |
| the IRI of a version is amiss where versions disagree | the versions are to be mended |
| a statement about a resource with another finding stands twice | its second description is the fault |
| the file is not formatted or declares too many prefixes, and is to be edited anyway | that comes last |

The finding that stays takes over the gravest severity of its echoes. What an exception or a baseline accepts has no
echoes, for nobody is going to mend it.

A step is a function from findings, sorted, to findings, or from findings, the files and the rules to the echoes and
what each repeats. `without_echoes` has their order, which matters: a step sees what those before it have left.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from kg.finding import Finding, sort_findings
from kg.rules import Rule
from kg.validation.echoes.causes import Wrong, cause_of, is_cause
from kg.validation.echoes.described import Described
from kg.validation.echoes.gaps import gaps_together, values_before_gaps
from kg.validation.echoes.last import answers_last, housekeeping_last, repetitions_last
from kg.validation.echoes.places import at_common_property, bases_first, one_of_each, own_rules_first
from kg.validation.echoes.severities import with_gravest
from kg.validation.echoes.shapes import limits_first, once_a_result, parts_first, queries_last, shapes_before_rules
from kg.validation.echoes.terms import axioms_first, renamed_first
from kg.validation.echoes.values import later_of_two, own_side_of_equals, values_first

if TYPE_CHECKING:
    from kg.validation.files import ExaminedFile

__all__ = ["once_a_result", "without_echoes"]


def without_echoes(
    findings: Iterable[Finding], examined: "Mapping[Path, ExaminedFile]", rules: Mapping[str, Rule]
) -> list[Finding]:
    """Return the findings without those that only repeat another, as the module says, sorted.

    `examined` are the Turtle files; a finding about another file is about a query, or about no statement.
    """
    ordered = own_rules_first(one_of_each(sort_findings(findings)), rules)
    ordered = renamed_first(ordered, examined)
    causes = [one for one in ordered if is_cause(one, rules)]
    echoes: dict[Finding, Finding] = {}
    if causes:
        wrong = Wrong(causes, examined, rules)
        for one in ordered:
            if cause := cause_of(one, wrong, rules):
                echoes[one] = cause
    ordered = sort_findings(bases_first(with_gravest(ordered, echoes), examined))
    described = Described(examined)
    for step in (
        repetitions_last,
        axioms_first,
        shapes_before_rules,
        own_side_of_equals,
        later_of_two,
        limits_first,
        values_first,
        parts_first,
        queries_last,
    ):
        ordered = with_gravest(ordered, step(ordered, described, rules))
    ordered = sort_findings(at_common_property(ordered, described))
    ordered = gaps_together(values_before_gaps(ordered))
    ordered = answers_last(ordered, examined)
    return housekeeping_last(ordered, examined, rules)
