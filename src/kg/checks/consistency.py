"""Individuals that break the ontology, and classes that can have no member, without a description logic reasoner.

The rules are those of OWL 2 RL (OWL 2 Profiles, section 4.3, tables 4 to 9) that lead to new types, links and
equalities, and those that lead to false. They are followed forwards, and each conclusion keeps the axiom and the
statements that it rests on, so that a finding names them; the RL engines at hand keep no such reasons.

Classes are tried with prototypes: each class is given one individual that nothing else is known of. Beyond RL, what an
existential restriction (`owl:someValuesFrom`, a least cardinality) demands is made too, a few steps deep; it follows
every rule, so a contradiction in it is one in the class. Prototypes say nothing about individuals that have a name.

What a reasoner such as HermiT sees and this does not: reasoning by cases (a union whose alternatives all fail), what
follows from open enumerations, cardinalities of two and more that are broken by individuals, keys, facets of data
ranges, and chains of existential restrictions longer than that. What is found here, HermiT finds too, save two kinds
that OWL 2 DL excludes by its syntax: a literal for an individual, and an individual for a literal. That two names are
inferred to be of one individual is no contradiction in OWL; it is found as a rule of its own, because a curator who
writes two names means two things.

What a finding depends on: all triples of the ontology and the data.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any, Final

from pyoxigraph import BlankNode, Literal, NamedNode

from kg.checks.hygiene import locate
from kg.checks.messages import Names, finding_of, place_text
from kg.checks.owl_axioms import TYPE, WITHOUT_AXIOMS, Ontology, owl_term
from kg.checks.owl_closure import Clash, Closure, Fact
from kg.finding import Finding
from kg.located import LocatedGraph, Statement
from kg.rules import Rule, built_in

_RDFS: Final = "http://www.w3.org/2000/01/rdf-schema#"
_DOMAIN, _RANGE, _SUBCLASS = (NamedNode(f"{_RDFS}{name}") for name in ("domain", "range", "subClassOf"))
_SEVERAL: Final = 4
"""Uses of a property from which on its axiom is to blame when they are all wrong."""

_EQUIVALENT: Final = owl_term("equivalentClass")


def _stated(ontology: Ontology, closure: Closure) -> None:
    """Add what the files state: the types of individuals, and the links from which something follows."""
    number = ontology.number
    for subject, _, kind in ontology.of(TYPE):
        if not isinstance(kind, Literal) and (
            isinstance(kind, BlankNode) or not kind.value.startswith(WITHOUT_AXIOMS) or kind == owl_term("Nothing")
        ):
            closure.add((number(subject), ontology.type, number(kind)))
    for property_ in ontology.with_axioms():
        for subject, _, value in ontology.statements.get(ontology.terms[property_], ()):
            closure.add((number(subject), property_, number(value)))
    for axiom in (*ontology.of(owl_term("members")), *ontology.of(owl_term("distinctMembers"))):
        if "AllDifferent" in ontology.kinds.get(axiom[0], ()):
            for first, second in combinations(ontology.members(axiom[2]), 2):
                closure.add((first, ontology.different, second), (axiom,))
    for axiom in ontology.of(owl_term("oneOf")):
        for member in ontology.members(axiom[2]):
            closure.add((member, ontology.type, number(axiom[0])), (axiom,))


def _negative(ontology: Ontology, closure: Closure) -> None:
    """Note each link that a negative assertion denies (prp-npa1, prp-npa2)."""
    parts = {
        name: {s: o for s, _, o in ontology.of(owl_term(name))}
        for name in ("sourceIndividual", "assertionProperty", "targetIndividual", "targetValue")
    }
    for axiom in ontology.of(owl_term("sourceIndividual")):
        node = axiom[0]
        target = parts["targetIndividual"].get(node, parts["targetValue"].get(node))
        if node not in parts["assertionProperty"] or target is None:
            continue
        subject, property_, value = (
            closure.real(ontology.number(axiom[2])),
            ontology.number(parts["assertionProperty"][node]),
            closure.real(ontology.number(target)),
        )
        fact = closure.out.get((subject, property_), {}).get(value)
        if fact is None:  # of a property without axioms, which is not followed
            statement = (axiom[2], parts["assertionProperty"][node], target)
            if statement not in ontology.statements.get(statement[1], ()):
                continue
            fact = (ontology.number(statement[0]), property_, ontology.number(target))
            closure.reasons[fact] = ((), ())
        closure.clashes.append(
            Clash(
                "negative-assertion",
                (fact,),
                (axiom,),
                (("subject", subject), ("property", property_), ("value", value)),
            )
        )


def _prototypes(ontology: Ontology) -> tuple[Closure, dict[int, Clash]]:
    """Return the closure over one individual for each class, and the first contradiction of each class that has one."""
    closure = Closure(ontology, of_prototypes=True)
    for kind in ontology.named_classes():
        closure.add((closure.fresh(kind, 0), ontology.type, kind))
    closure.run()
    found: dict[int, Clash] = {}
    for clash in closure.clashes:
        owner = next((closure.owner[fact[0]] for fact in clash.facts if fact[0] in closure.owner), None)
        if owner is not None and clash.rule != "inferred-same":
            found.setdefault(owner, clash)
    return closure, found


def _values(
    clash: Clash, axioms: Sequence[Statement], closure: Closure, located: Sequence[LocatedGraph], names: Names
) -> dict[str, str]:
    """Return what fills the texts of a rule: the names of a clash, and the places of statements and of the axiom."""
    terms = closure.ontology.terms
    values = {name: names.short(terms[number]) for name, number in clash.names}
    for name, fact in zip(("first_place", "second_place"), clash.facts, strict=False):
        stated, _ = closure.leaves([fact])
        for leaf in stated[:1]:
            place = _place(located, closure, leaf)
            values[name] = place_text(place[0].path, place[1]) if place else ""
    for axiom in (*clash.axioms, *axioms)[:1]:
        place = locate(located, *axiom)
        values["axiom_place"] = place_text(place[0].path, place[1]) if place else ""
    return values


def _wrong_axiom(node: Any, axioms: Iterable[Statement], located: Sequence[LocatedGraph]) -> Any:
    """Return the file and the place of the axiom that puts a class below another wrongly, or None.

    Of several it is the one that the fewest members of the class bear out by a type of their own, then the last.
    """
    above = [axiom for axiom in axioms if axiom[0] == node and axiom[1] in (_SUBCLASS, _EQUIVALENT)]
    types = [(subject, kind) for graph in located for subject, predicate, kind in graph.triples if predicate == TYPE]
    members = {subject for subject, kind in types if kind == node}
    order = {graph.path: number for number, graph in enumerate(located)}
    places = [
        (-sum(subject in members and kind == axiom[2] for subject, kind in types), order[place[0].path], place)
        for axiom in above
        if (place := locate(located, *axiom))
    ]
    return max(places, key=lambda one: (one[0], one[1], one[2][1]))[2] if places else None


def _place(located: Sequence[LocatedGraph], closure: Closure, fact: Fact) -> Any:
    """Return the file and the place of a stated fact, or that of its axiom, or None."""
    terms = closure.ontology.terms
    place = locate(located, *(terms[number] for number in fact))
    if place is None and closure.reasons[fact][0]:
        return locate(located, *closure.reasons[fact][0][0])
    return place


def consistency_findings(
    located: Sequence[LocatedGraph],
    rules: Mapping[str, Rule] | None = None,
    prefixes: Mapping[str, str] | None = None,
) -> list[Finding]:
    """Return a finding for each contradiction between data and ontology, and for each class that can have no member.

    `located` are the files of the ontology and the data. `rules` are those of the family `consistency` by id; one that
    is missing is not asked for. `prefixes` shorten the names in the messages. A finding stands at the statement that
    leads to the contradiction (of two, at that from which something had to be concluded, else at the later one), and
    that about a class at the axiom that leads to it, else where the class is declared. An axiom of a property that
    makes each of several uses of the property a contradiction is told itself, once.
    """
    rules = built_in() if rules is None else rules
    names = Names(prefixes or {})
    ontology = Ontology(located)
    order = {graph.path: number for number, graph in enumerate(located)}
    found: dict[tuple[str, frozenset[Fact]], Finding] = {}
    resting: dict[tuple[str, frozenset[Fact]], list[Statement]] = {}
    closure = Closure(ontology)
    _stated(ontology, closure)
    closure.run()
    _negative(ontology, closure)
    for clash in closure.clashes:
        stated, axioms = closure.leaves(clash.facts)
        key = (clash.rule, frozenset(stated))
        if clash.rule not in rules or key in found:
            continue
        wrong = clash.at or [fact for fact in clash.facts if closure.reasons[fact][1]]
        derived = closure.leaves(wrong)[0]
        places = [place for fact in derived or stated if (place := _place(located, closure, fact))]
        places.sort(key=lambda place: (order[place[0].path], place[1]))
        graph, position = places[-1] if places else (located[0], None)
        resting[key] = [*clash.axioms, *axioms]
        about = dict(clash.names)
        focus = about.get("subject", about.get("first", clash.facts[0][0]))
        path = about.get("property")
        found[key] = finding_of(
            rules[clash.rule],
            graph.path,
            position,
            _values(clash, axioms, closure, located, names),
            focus_node=str(ontology.terms[focus]),
            result_path="" if path is None else str(ontology.terms[path]),
        )
    folded = _at_axioms(found, resting, ontology, located)
    return [*dict.fromkeys(folded), *_empty_classes(ontology, located, rules, names)]


def _at_axioms(
    found: Mapping[tuple[str, frozenset[Fact]], Finding],
    resting: Mapping[tuple[str, frozenset[Fact]], Sequence[Statement]],
    ontology: Ontology,
    located: Sequence[LocatedGraph],
) -> Iterator[Finding]:
    """Yield the findings; where one axiom of a property makes each of its uses a contradiction, one at the axiom."""
    at_axiom: dict[tuple[str, Statement], set[Fact]] = {}
    for key, axioms in resting.items():
        for axiom in axioms:
            if axiom[1] in (_DOMAIN, _RANGE, TYPE):
                used = {fact for fact in key[1] if ontology.terms[fact[1]] == axiom[0]}
                at_axiom.setdefault((key[0], axiom), set()).update(used)
    wrong = {one for one, facts in at_axiom.items() if _is_each_use(one[1], facts, ontology)}
    for key, finding in found.items():
        blamed = next((axiom for axiom in resting[key] if (key[0], axiom) in wrong), None)
        place = locate(located, *blamed) if blamed else None
        if blamed is None or place is None:
            yield finding
            continue
        first = next(one for other, one in found.items() if other[0] == key[0] and blamed in resting[other])
        yield replace(
            first,
            path=place[0].path,
            line=place[1][0],
            column=place[1][1],
            focus_node=str(blamed[0]),
            result_path=str(blamed[1]),
        )


def _is_each_use(axiom: Statement, facts: set[Fact], ontology: Ontology) -> bool:
    """Return whether some links are from all subjects of a property, or for a range to all values, and are several."""
    place = 0 if axiom[1] == _DOMAIN else 2
    uses = ontology.statements.get(axiom[0], ()) if isinstance(axiom[0], NamedNode) else ()
    used = {ontology.terms[fact[place]] for fact in facts}
    return len(uses) >= _SEVERAL and used == {statement[place] for statement in uses}


def _empty_classes(
    ontology: Ontology, located: Sequence[LocatedGraph], rules: Mapping[str, Rule], names: Names
) -> Iterator[Finding]:
    """Yield a finding for each class that can have no member, unless a class above it can have none either."""
    rule = rules.get("unsatisfiable-class")
    if rule is None:
        return
    closure, clashes = _prototypes(ontology)
    of_class = {
        owner: closure.types.get(closure.real(number), {})
        for number, owner in closure.owner.items()
        if closure.depth[number] == 0
    }
    for kind, clash in clashes.items():
        above = {upper for upper in of_class[kind] if upper in clashes}
        if any(kind not in of_class[upper] for upper in above):
            continue  # an empty class below an empty class is no news
        node = ontology.terms[kind]
        _, axioms = closure.leaves(clash.facts)
        place = _wrong_axiom(node, axioms, located) or locate(located, node, TYPE) or locate(located, node)
        values = _values(clash, axioms, closure, located, names)
        if clash.rule not in ("disjoint-classes", "complement-class"):
            values |= {"first": "", "second": ""}
        yield finding_of(
            rule,
            place[0].path if place else located[0].path,
            place[1] if place else None,
            values | {"class": names.short(node)},
            focus_node=str(node),
        )
