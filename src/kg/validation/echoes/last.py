"""What comes last: findings that are nothing to mend as long as another one is open."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pyoxigraph import NamedNode

from kg.finding import Finding
from kg.rules import Rule
from kg.validation.echoes.described import Described
from kg.validation.echoes.gaps import answered_without_gaps
from kg.validation.echoes.kinds import family_of

if TYPE_CHECKING:
    from kg.validation.files import ExaminedFile

_LEAVES_ANSWERS: Final = frozenset(
    ("empty-answer", "heading-count", "missing-answer", "unordered-answer", "unused-prefix")
)
"""Rules about a query that have nothing to do with what it finds."""


def repetitions_last(
    ordered: Sequence[Finding], described: Described, _rules: Mapping[str, Rule]
) -> dict[Finding, Finding]:
    """Return the repeated statements about resources of which the file has another finding."""
    echoes: dict[Finding, Finding] = {}
    for one in ordered:
        if one.rule == "repeated-statement":
            about = described.subjects(one)
            others = (other for other in ordered if other.path == one.path and other.rule != one.rule)
            if cause := next((other for other in others if described.subjects(other) & about), None):
                echoes[one] = cause
    return echoes


def answers_last(ordered: list[Finding], examined: "Mapping[Path, ExaminedFile]") -> list[Finding]:
    """Return the findings without empty answers, and shapes that cannot be used, that another finding explains."""
    in_data = any(one.severity == "violation" and one.path in examined for one in ordered)
    in_queries = {one.path for one in ordered if one.rule not in _LEAVES_ANSWERS}
    misread = {one.path for one in ordered if one.rule in {"query-syntax", "undeclared-prefix"}}
    agreed = {one.path for one in ordered if one.rule == "version-disagrees"}
    empty = {one.path for one in ordered if one.rule == "empty-answer"} - in_queries
    if empty and not in_data:
        in_queries |= answered_without_gaps(empty, ordered, examined)
    explained = {"empty-answer": in_queries, "shape-unusable": misread, "version-iri": agreed}
    return [
        one
        for one in ordered
        if one.path not in explained.get(one.rule, ()) and not (in_data and one.rule == "empty-answer")
    ]


def housekeeping_last(
    ordered: list[Finding], examined: "Mapping[Path, ExaminedFile]", rules: Mapping[str, Rule]
) -> list[Finding]:
    """Return the findings without those on form and unused prefixes of files that are to be edited anyway.

    A warning may stay open for long, so it says that of the description only in which it stands; a note does not say
    it, unless it is about a prefix, which the formatter would take away.
    """
    violated = {
        one.path for one in ordered if one.severity == "violation" and one.rule not in {"format", "unused-prefix"}
    }
    edited = violated | {one.path for one in ordered if family_of(one, rules) == "prefixes"}
    forms = [one for one in ordered if one.rule == "format" and one.path not in edited]
    edited |= {form.path for form in forms if _shares_description(form, ordered, examined)}
    last = {"format": edited, "unused-prefix": violated}
    return [one for one in ordered if one.path not in last.get(one.rule, ())]


def _shares_description(form: Finding, ordered: Sequence[Finding], examined: "Mapping[Path, ExaminedFile]") -> bool:
    """Return whether a warning stands in the description of a resource in which a file is not formatted."""
    known = examined.get(form.path)
    subjects = {} if known is None or known.broken else known.graph.subjects
    starts = sorted(place for subject, place in subjects.items() if isinstance(subject, NamedNode))

    def description(one: Finding) -> int:
        return bisect_right(starts, (one.line, one.column))

    return any(
        one.path == form.path and one.severity == "warning" and abs(description(one) - description(form)) <= 1
        for one in ordered
        if one.rule != "format"
    )
