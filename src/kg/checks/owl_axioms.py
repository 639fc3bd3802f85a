"""The axioms of an ontology in its RDF form (OWL 2 Mapping to RDF Graphs), by what they apply to."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

from pyoxigraph import NamedNode

from kg.located import LocatedGraph, Statement

OWL: Final = "http://www.w3.org/2002/07/owl#"
RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS: Final = "http://www.w3.org/2000/01/rdf-schema#"

WITHOUT_AXIOMS: Final = (OWL, RDF, RDFS, "http://www.w3.org/2001/XMLSchema#")
"""Namespaces whose classes are those of the language itself."""

Axioms = tuple[Statement, ...]
"""The statements of the ontology that a conclusion rests on."""


def owl_term(name: str) -> NamedNode:
    """Return a term of OWL."""
    return NamedNode(f"{OWL}{name}")


TYPE: Final = NamedNode(f"{RDF}type")
_FIRST: Final = NamedNode(f"{RDF}first")
_REST: Final = NamedNode(f"{RDF}rest")
_NIL: Final = NamedNode(f"{RDF}nil")


@dataclass(frozen=True)
class Restriction:
    """A restriction of a property: what each of its values is, or one of them, or how many there are at most."""

    property: int
    every: int | None = None
    some: int | None = None
    value: int | None = None
    most: int | None = None
    of: int | None = None
    axiom: Axioms = ()


class Ontology:
    """The axioms of some files, by what they apply to. Terms are numbers, the same for axioms and data."""

    def __init__(self, located: Iterable[LocatedGraph]) -> None:
        """Read the axioms."""
        self.terms: list[Any] = []
        self._numbers: dict[Any, int] = {}
        self.statements: dict[Any, list[Statement]] = {}
        for graph in located:
            for statement in graph.triples:
                self.statements.setdefault(statement[1], []).append(statement)
        self.type = self.number(TYPE)
        self.same = self.number(owl_term("sameAs"))
        self.different = self.number(owl_term("differentFrom"))
        self.nothing = self.number(owl_term("Nothing"))
        self.thing = self.number(owl_term("Thing"))
        self._first = {s: o for s, _, o in self.of(_FIRST)}
        self._rest = {s: o for s, _, o in self.of(_REST)}
        self.kinds: dict[Any, set[str]] = {}
        for s, _, o in self.of(TYPE):
            if isinstance(o, NamedNode) and o.value.startswith((OWL, RDFS)):
                self.kinds.setdefault(s, set()).add(o.value.partition("#")[2])
        self.above: dict[int, list[tuple[int, Axioms]]] = {}
        self.whole: dict[int, list[tuple[int, tuple[int, ...], Axioms]]] = {}
        self.disjoint: dict[int, dict[int, tuple[str, Axioms]]] = {}
        self.restrictions: dict[int, Restriction] = {}
        self.by_property: dict[int, list[int]] = {}
        self.property_above: dict[int, list[tuple[int, Axioms]]] = {}
        self.inverse: dict[int, list[tuple[int, Axioms]]] = {}
        self.domain: dict[int, list[tuple[int, Axioms]]] = {}
        self.range: dict[int, list[tuple[int, Axioms]]] = {}
        self.characteristics: dict[str, dict[int, Axioms]] = {}
        self.chains: dict[int, list[tuple[int, tuple[int, ...], Axioms]]] = {}
        self.disjoint_properties: dict[int, dict[int, Axioms]] = {}
        self._read_classes()
        self._read_disjoint()
        self._read_restrictions()
        self._read_properties()

    def number(self, term: Any) -> int:
        """Return the number of a term."""
        found = self._numbers.get(term)
        if found is None:
            found = self._numbers[term] = len(self.terms)
            self.terms.append(term)
        return found

    def of(self, predicate: NamedNode) -> Sequence[Statement]:
        """Return the statements of a predicate."""
        return self.statements.get(predicate, ())

    def members(self, head: Any) -> tuple[int, ...]:
        """Return the members of a list, as numbers."""
        found, seen = [], set()
        while head in self._first and head not in seen:
            seen.add(head)
            found.append(self.number(self._first[head]))
            head = self._rest.get(head, _NIL)
        return tuple(found)

    def _below(self, lower: int, upper: int, axiom: Axioms) -> None:
        """Note that one class is below another."""
        if upper not in (lower, self.thing):
            self.above.setdefault(lower, []).append((upper, axiom))

    def _apart(self, first: int, second: int, rule: str, axiom: Axioms) -> None:
        """Note that two classes have no common member."""
        self.disjoint.setdefault(first, {}).setdefault(second, (rule, axiom))
        self.disjoint.setdefault(second, {}).setdefault(first, (rule, axiom))

    def _read_classes(self) -> None:
        """Read the axioms about classes (table 7 of OWL 2 Profiles)."""
        for axiom in self.of(NamedNode(f"{RDFS}subClassOf")):
            self._below(self.number(axiom[0]), self.number(axiom[2]), (axiom,))
        for axiom in self.of(owl_term("equivalentClass")):
            first, second = self.number(axiom[0]), self.number(axiom[2])
            self._below(first, second, (axiom,))
            self._below(second, first, (axiom,))
        for axiom in self.of(owl_term("intersectionOf")):
            whole, parts = self.number(axiom[0]), self.members(axiom[2])
            for part in parts:
                self._below(whole, part, (axiom,))
                self.whole.setdefault(part, []).append((whole, parts, (axiom,)))
        for predicate in (owl_term("unionOf"), owl_term("disjointUnionOf")):
            for axiom in self.of(predicate):
                parts = self.members(axiom[2])
                for part in parts:
                    self._below(part, self.number(axiom[0]), (axiom,))
                if predicate == owl_term("disjointUnionOf"):
                    for first, second in combinations(parts, 2):
                        self._apart(first, second, "disjoint-classes", (axiom,))

    def _read_disjoint(self) -> None:
        """Read which classes have no common member (table 7 of OWL 2 Profiles)."""
        for axiom in self.of(owl_term("disjointWith")):
            self._apart(self.number(axiom[0]), self.number(axiom[2]), "disjoint-classes", (axiom,))
        for axiom in self.of(owl_term("complementOf")):
            self._apart(self.number(axiom[0]), self.number(axiom[2]), "complement-class", (axiom,))
        for axiom in self.of(owl_term("members")):
            if "AllDisjointClasses" in self.kinds.get(axiom[0], ()):
                for first, second in combinations(self.members(axiom[2]), 2):
                    self._apart(first, second, "disjoint-classes", (axiom,))

    def _read_restrictions(self) -> None:
        """Read the restrictions of properties (table 6 of OWL 2 Profiles)."""
        parts: dict[str, dict[Any, Statement]] = {}
        for name in [
            "someValuesFrom",
            "allValuesFrom",
            "hasValue",
            "onClass",
            "minCardinality",
            "maxCardinality",
            "cardinality",
            "minQualifiedCardinality",
            "maxQualifiedCardinality",
            "qualifiedCardinality",
        ]:
            parts[name] = {axiom[0]: axiom for axiom in self.of(owl_term(name))}

        def part(node: Any, name: str) -> int | None:
            return self.number(parts[name][node][2]) if node in parts[name] else None

        def count(node: Any, *names: str) -> int | None:
            for name in names:
                if node in parts[name] and parts[name][node][2].value.isdecimal():
                    return int(parts[name][node][2].value)
            return None

        for axiom in self.of(owl_term("onProperty")):
            node = axiom[0]
            least = count(node, "minCardinality", "minQualifiedCardinality", "cardinality", "qualifiedCardinality")
            wanted = part(node, "onClass")
            some = part(node, "someValuesFrom")
            if some is None and least:
                some = wanted if wanted is not None else self.thing
            restriction = Restriction(
                self.number(axiom[2]),
                part(node, "allValuesFrom"),
                some,
                part(node, "hasValue"),
                count(node, "maxCardinality", "maxQualifiedCardinality", "cardinality", "qualifiedCardinality"),
                wanted,
                tuple(found[node] for found in parts.values() if node in found) or (axiom,),
            )
            number = self.number(node)
            self.restrictions[number] = restriction
            self.by_property.setdefault(restriction.property, []).append(number)

    def _read_properties(self) -> None:
        """Read the axioms about properties (tables 5 and 9 of OWL 2 Profiles)."""

        def note(table: dict[int, list[tuple[int, Axioms]]], first: int, second: int, axiom: Axioms) -> None:
            table.setdefault(first, []).append((second, axiom))

        number = self.number
        for axiom in self.of(NamedNode(f"{RDFS}subPropertyOf")):
            note(self.property_above, number(axiom[0]), number(axiom[2]), (axiom,))
        for axiom in self.of(owl_term("equivalentProperty")):
            note(self.property_above, number(axiom[0]), number(axiom[2]), (axiom,))
            note(self.property_above, number(axiom[2]), number(axiom[0]), (axiom,))
        for axiom in self.of(owl_term("inverseOf")):
            note(self.inverse, number(axiom[0]), number(axiom[2]), (axiom,))
            note(self.inverse, number(axiom[2]), number(axiom[0]), (axiom,))
        for axiom in self.of(NamedNode(f"{RDFS}domain")):
            note(self.domain, number(axiom[0]), number(axiom[2]), (axiom,))
        for axiom in self.of(NamedNode(f"{RDFS}range")):
            note(self.range, number(axiom[0]), number(axiom[2]), (axiom,))
        for axiom in self.of(TYPE):
            if (
                isinstance(axiom[2], NamedNode)
                and axiom[2].value.startswith(OWL)
                and axiom[2].value.endswith("Property")
            ):
                kind = axiom[2].value.removeprefix(OWL)
                self.characteristics.setdefault(kind, {})[number(axiom[0])] = (axiom,)
        for axiom in self.of(owl_term("propertyChainAxiom")):
            chain = self.members(axiom[2])
            for link in set(chain):
                self.chains.setdefault(link, []).append((number(axiom[0]), chain, (axiom,)))
        pairs = [(number(a[0]), number(a[2]), a) for a in self.of(owl_term("propertyDisjointWith"))]
        for axiom in self.of(owl_term("members")):
            if "AllDisjointProperties" in self.kinds.get(axiom[0], ()):
                pairs += [(first, second, axiom) for first, second in combinations(self.members(axiom[2]), 2)]
        for first, second, axiom in pairs:
            self.disjoint_properties.setdefault(first, {})[second] = (axiom,)
            self.disjoint_properties.setdefault(second, {})[first] = (axiom,)

    def with_axioms(self) -> set[int]:
        """Return the properties that something can be concluded from."""
        found = {self.same, self.different, *self.by_property, *self.chains, *self.disjoint_properties}
        for table in (self.property_above, self.inverse, self.domain, self.range):
            found |= table.keys()
        for properties in self.characteristics.values():
            found |= properties.keys()
        return found

    def named_classes(self) -> Iterator[int]:
        """Yield the classes with a name that the ontology declares or puts below another."""
        declared = {node for node, kinds in self.kinds.items() if "Class" in kinds}
        below = {self.terms[number] for number in self.above}
        for node in sorted(declared | below, key=str):
            if isinstance(node, NamedNode) and not node.value.startswith(WITHOUT_AXIOMS):
                yield self.number(node)
