"""What follows from statements by the rules of OWL 2 RL (OWL 2 Profiles, section 4.3), each with what it rests on.

Terms are numbers, those of `kg.checks.owl_axioms.Ontology`. The contradictions that the rules meet are noted and
followed no further; all else goes on, so that every one of them is found.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode

from kg.checks.owl_axioms import RDFS, Axioms, Ontology, Restriction
from kg.checks.owl_datatypes import fits, is_datatype, value_of
from kg.located import Statement

_DEPTH: Final = 4
"""How many individuals in a row are made for existential restrictions of a prototype; of an individual, one."""

_MADE: Final = 20_000
"""How many individuals are made at most, so that the time is bounded."""

Fact = tuple[int, int, int]
"""Subject, predicate and object, as numbers of terms."""


@dataclass(frozen=True)
class Clash:
    """A contradiction: the rule that sees it, the facts that clash, the axioms, and names for the message.

    `at` are those of the facts that are wrong rather than the others, if that can be told.
    """

    rule: str
    facts: tuple[Fact, ...]
    axioms: Axioms
    names: tuple[tuple[str, int], ...] = ()
    at: tuple[Fact, ...] = ()


@dataclass
class Closure:
    """The facts that follow from some facts and the axioms of an ontology, each with what it rests on.

    `of_prototypes` is set where individuals stand for classes: facts about any other individual are passed over, since
    nothing says that the class has a member. Individuals that are found to be the same share one number.
    """

    ontology: Ontology
    of_prototypes: bool = False
    reasons: dict[Fact, tuple[Axioms, tuple[Fact, ...]]] = field(default_factory=dict)
    clashes: list[Clash] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin without facts."""
        self.types: dict[int, dict[int, Fact]] = {}
        self.out: dict[tuple[int, int], dict[int, Fact]] = {}
        self.into: dict[tuple[int, int], dict[int, Fact]] = {}
        self.links: dict[int, dict[Fact, None]] = {}
        self.owner: dict[int, int] = {}
        self.depth: dict[int, int] = {}
        self.merged: dict[int, int] = {}
        self.different: dict[tuple[int, int], Fact] = {}
        self._seen: set[Fact] = set()
        self._waiting: deque[Fact] = deque()

    def real(self, individual: int) -> int:
        """Return the number under which an individual is kept."""
        while individual in self.merged:
            individual = self.merged[individual]
        return individual

    def add(self, fact: Fact, axioms: Axioms = (), premises: tuple[Fact, ...] = ()) -> None:
        """Add a fact unless it is known."""
        if fact in self.reasons:
            return
        if self.of_prototypes and fact[0] not in self.owner:
            return
        self.reasons[fact] = (axioms, premises)
        self._waiting.append(fact)

    def fresh(self, owner: int, depth: int) -> int:
        """Return a new individual; `owner` is the class that it stands for, or that asks for it."""
        number = self.ontology.number(BlankNode())
        self.owner[number] = owner
        self.depth[number] = depth
        return number

    def is_literal(self, term: int) -> bool:
        """Return whether a number is that of a literal."""
        return isinstance(self.ontology.terms[term], Literal)

    def run(self) -> None:
        """Follow the rules until nothing is new."""
        while self._waiting:
            fact = self._waiting.popleft()
            subject, predicate, value = self.real(fact[0]), fact[1], fact[2]
            if predicate == self.ontology.type:
                self._typed(subject, value, fact)
            elif predicate == self.ontology.same:
                self._same(subject, self.real(value), fact)
            elif predicate == self.ontology.different:
                self._differ(subject, self.real(value), fact)
            else:
                self._linked(subject, predicate, self.real(value), fact)

    def _clash(
        self, rule: str, facts: Iterable[Fact], axioms: Axioms, names: Mapping[str, int], at: Iterable[Fact] = ()
    ) -> None:
        """Note a contradiction."""
        self.clashes.append(Clash(rule, tuple(facts), axioms, tuple(names.items()), tuple(at)))

    # --- Types ---

    def _typed(self, individual: int, kind: int, fact: Fact) -> None:
        """Follow what an individual is of a class (tables 6 and 7)."""
        known = self.types.setdefault(individual, {})
        if kind in known:
            return
        known[kind] = fact
        ontology = self.ontology
        if kind == ontology.nothing:
            self._clash("empty-class", [fact], self.reasons[fact][0], {"subject": individual})
        for other, (rule, axiom) in ontology.disjoint.get(kind, {}).items():
            if other in known:
                names = {"subject": individual, "first": other, "second": kind}
                self._clash(rule, [known[other], fact], axiom, names)
        for upper, axiom in ontology.above.get(kind, ()):
            self.add((individual, ontology.type, upper), axiom, (fact,))
        for whole, parts, axiom in ontology.whole.get(kind, ()):
            if all(part in known for part in parts):
                self.add((individual, ontology.type, whole), axiom, tuple(known[part] for part in parts))
        if kind in ontology.restrictions:
            self._restricted(individual, kind, ontology.restrictions[kind], fact)
        for link in [*self.links.get(individual, ())]:
            if link[2] == individual or self.real(link[2]) == individual:
                self._some(self.real(link[0]), link[1], individual, link)

    def _restricted(self, individual: int, kind: int, restriction: Restriction, fact: Fact) -> None:
        """Follow what an individual is of a restriction."""
        ontology = self.ontology
        values = self.out.get((individual, restriction.property), {})
        if restriction.value is not None:
            self.add((individual, restriction.property, restriction.value), restriction.axiom, (fact,))
        if restriction.every is not None:
            for value, link in [*values.items()]:
                self._of_class(value, restriction.every, restriction.axiom, (fact, link))
        if restriction.most is not None:
            self._at_most(individual, restriction, fact)
        if restriction.some is not None and not self._is_datatype(restriction.some):
            depth = self.depth.get(individual, 0)
            has = any(restriction.some in self.types.get(value, ()) for value in values)
            if not has and depth < (_DEPTH if self.of_prototypes else 1) and len(self.owner) < _MADE:
                made = self.fresh(self.owner.get(individual, kind), depth + 1)
                self.add((individual, restriction.property, made), restriction.axiom, (fact,))
                if restriction.some != ontology.thing:
                    self.add((made, ontology.type, restriction.some), restriction.axiom, (fact,))

    def _at_most(self, individual: int, restriction: Restriction, fact: Fact) -> None:
        """Follow what an individual has at most so many values (cls-maxc1, cls-maxc2, cls-maxqc1 to cls-maxqc4)."""
        values = self.out.get((individual, restriction.property), {})
        counted = {
            value: link
            for value, link in values.items()
            if restriction.of in (None, self.ontology.thing) or restriction.of in self.types.get(value, ())
        }
        if restriction.most == 0 and counted:
            links = [*counted.values()]
            names = {"subject": individual, "property": restriction.property}
            self._clash("cardinality", [fact, *links], restriction.axiom, names, links)
        elif restriction.most == 1:
            (first, link), *others = [*counted.items()] or [(0, fact)]
            for second, other in others:
                self._one_value(first, second, (link, other), restriction.axiom, individual, restriction.property)

    def _of_class(self, value: int, kind: int, axiom: Axioms, premises: tuple[Fact, ...]) -> None:
        """Follow what a value is of a class or of a datatype."""
        if not self.is_literal(value):
            if self._is_datatype(kind):
                names = {"subject": premises[-1][0], "property": premises[-1][1], "first": kind, "second": value}
                self._clash("value-kind", premises, axiom, names)
            else:
                self.add((value, self.ontology.type, kind), axiom, premises)
            return
        names = {"subject": premises[-1][0], "property": premises[-1][1], "first": kind, "second": value}
        if not self._is_datatype(kind):
            if self.ontology.terms[kind] != NamedNode(f"{RDFS}Resource") and isinstance(
                self.ontology.terms[kind], NamedNode
            ):
                self._clash("value-kind", premises, axiom, names)
        elif not fits(self.ontology.terms[value], self.ontology.terms[kind]):
            self._clash("datatype-range", premises, axiom, names)

    def _is_datatype(self, kind: int) -> bool:
        """Return whether a number is that of a datatype."""
        term = self.ontology.terms[kind]
        if is_datatype(term):
            return True
        kinds = self.ontology.kinds.get(term, set())
        return "Datatype" in kinds or "DataRange" in kinds

    # --- Links ---

    def _linked(self, subject: int, predicate: int, value: int, fact: Fact) -> None:
        """Follow what an individual is linked to (tables 5 and 6)."""
        known = self.out.setdefault((subject, predicate), {})
        if value in known:
            return
        known[value] = fact
        self.into.setdefault((value, predicate), {})[subject] = fact
        self.links.setdefault(subject, {})[fact] = None
        self.links.setdefault(value, {})[fact] = None
        ontology = self.ontology
        for kind, axiom in ontology.domain.get(predicate, ()):
            self.add((subject, ontology.type, kind), axiom, (fact,))
        for kind, axiom in ontology.range.get(predicate, ()):
            self._of_class(value, kind, axiom, (fact,))
        for upper, axiom in ontology.property_above.get(predicate, ()):
            self.add((subject, upper, value), axiom, (fact,))
        self._kind_of_property(subject, predicate, value, fact)
        if not self.is_literal(value):
            for other, axiom in ontology.inverse.get(predicate, ()):
                self.add((value, other, subject), axiom, (fact,))
            for result, chain, axiom in ontology.chains.get(predicate, ()):
                self._chained(result, chain, axiom, subject, predicate, value, fact)
        for number in ontology.by_property.get(predicate, ()):
            self._value_of_restriction(number, subject, value, fact)
        for other, axiom in ontology.disjoint_properties.get(predicate, {}).items():
            if link := self.out.get((subject, other), {}).get(value):
                names = {"subject": subject, "first": other, "second": predicate, "value": value}
                self._clash("disjoint-properties", [link, fact], axiom, names)

    def _kind_of_property(self, subject: int, predicate: int, value: int, fact: Fact) -> None:
        """Follow what is said of a property as such (table 5)."""
        kinds = self.ontology.characteristics
        names = {"subject": subject, "property": predicate, "value": value}
        literal = self.is_literal(value)
        wrong = "ObjectProperty" if literal else "DatatypeProperty"
        if axiom := kinds.get(wrong, {}).get(predicate):
            expected = self.ontology.number(NamedNode(f"{RDFS}{'Resource' if literal else 'Literal'}"))
            about = {"subject": subject, "property": predicate, "first": expected, "second": value}
            self._clash("value-kind", [fact], axiom, about)
        if axiom := kinds.get("FunctionalProperty", {}).get(predicate):
            for other, link in [*self.out[subject, predicate].items()]:
                self._one_value(other, value, (link, fact), axiom, subject, predicate)
        if literal:
            return
        if axiom := kinds.get("InverseFunctionalProperty", {}).get(predicate):
            for other, link in [*self.into[value, predicate].items()]:
                self._equal(other, subject, (link, fact), axiom)
        if axiom := kinds.get("SymmetricProperty", {}).get(predicate):
            self.add((value, predicate, subject), axiom, (fact,))
        if axiom := kinds.get("TransitiveProperty", {}).get(predicate):
            for further, link in [*self.out.get((value, predicate), {}).items()]:
                self.add((subject, predicate, further), axiom, (fact, link))
            for before, link in [*self.into.get((subject, predicate), {}).items()]:
                self.add((before, predicate, value), axiom, (link, fact))
        if (axiom := kinds.get("IrreflexiveProperty", {}).get(predicate)) and subject == value:
            self._clash("irreflexive-property", [fact], axiom, names)
        if (axiom := kinds.get("AsymmetricProperty", {}).get(predicate)) and (
            back := self.out.get((value, predicate), {}).get(subject)
        ):
            self._clash("asymmetric-property", [back, fact], axiom, names)

    def _chained(
        self, result: int, chain: tuple[int, ...], axiom: Axioms, subject: int, predicate: int, value: int, fact: Fact
    ) -> None:
        """Follow a chain of properties through a new link (prp-spo2)."""
        for place, link in enumerate(chain):
            if link != predicate:
                continue
            starts: list[tuple[int, tuple[Fact, ...]]] = [(subject, ())]
            for before in reversed(chain[:place]):
                starts = [
                    (s, (f, *path)) for node, path in starts for s, f in self.into.get((node, before), {}).items()
                ]
            ends: list[tuple[int, tuple[Fact, ...]]] = [(value, ())]
            for after in chain[place + 1 :]:
                ends = [(o, (*path, f)) for node, path in ends for o, f in self.out.get((node, after), {}).items()]
            for start, before_path in starts:
                for end, after_path in ends:
                    self.add((start, result, end), axiom, (*before_path, fact, *after_path))

    def _value_of_restriction(self, number: int, subject: int, value: int, fact: Fact) -> None:
        """Follow a new link of a restricted property (cls-svf1, cls-avf, cls-hv2, cardinalities)."""
        restriction = self.ontology.restrictions[number]
        held = self.types.get(subject, {}).get(number)
        if held and restriction.every is not None:
            self._of_class(value, restriction.every, restriction.axiom, (held, fact))
        if held and restriction.most is not None:
            self._at_most(subject, restriction, held)
        if restriction.value is not None and self.real(restriction.value) == value:
            self.add((subject, self.ontology.type, number), restriction.axiom, (fact,))
        self._some(subject, restriction.property, value, fact)

    def _some(self, subject: int, predicate: int, value: int, fact: Fact) -> None:
        """Conclude that an individual is of a restriction since a value is of its class (cls-svf1, cls-svf2)."""
        for number in self.ontology.by_property.get(predicate, ()):
            restriction = self.ontology.restrictions[number]
            if restriction.of is not None and (held := self.types.get(subject, {}).get(number)):
                self._at_most(subject, restriction, held)
            if restriction.some is None or restriction.of is not None:
                continue
            if restriction.some == self.ontology.thing:
                self.add((subject, self.ontology.type, number), restriction.axiom, (fact,))
            elif kind := self.types.get(value, {}).get(restriction.some):
                self.add((subject, self.ontology.type, number), restriction.axiom, (fact, kind))

    # --- Equality ---

    def _one_value(
        self, first: int, second: int, links: tuple[Fact, Fact], axiom: Axioms, subject: int, predicate: int
    ) -> None:
        """Follow that two values are one (prp-fp)."""
        if first == second:
            return
        literal = self.is_literal(first), self.is_literal(second)
        if all(literal):
            if value_of(self.ontology.terms[first]) != value_of(self.ontology.terms[second]):
                names = {"subject": subject, "property": predicate, "first": first, "second": second}
                self._clash("functional-property", links, axiom, names)
        elif not any(literal):
            self._equal(first, second, links, axiom)

    def _equal(self, first: int, second: int, premises: tuple[Fact, ...], axiom: Axioms) -> None:
        """Conclude that two individuals are the same."""
        if first != second:
            self.add((first, self.ontology.same, second), axiom, premises)

    def _same(self, first: int, second: int, fact: Fact) -> None:
        """Let two individuals share one number (table 4)."""
        if first == second or (self.of_prototypes and second not in self.owner):
            return
        if apart := self.different.get((min(first, second), max(first, second))):
            self._clash("same-and-different", [apart, fact], self.reasons[fact][0], {"first": first, "second": second})
            return
        if self.reasons[fact][1] and first not in self.owner and second not in self.owner:
            self._clash(
                "inferred-same", self.reasons[fact][1], self.reasons[fact][0], {"first": first, "second": second}
            )
        if first in self.owner and second not in self.owner:
            first, second = second, first
        self.merged[second] = first
        for kind, kind_fact in self.types.pop(second, {}).items():
            self._moved((first, self.ontology.type, kind), (kind_fact, fact))
        for link in self.links.pop(second, {}):
            self._moved((self.real(link[0]), link[1], self.real(link[2])), (link, fact))
        for (one, other), apart in [*self.different.items()]:
            if second in (one, other):
                self._differ(self.real(one), self.real(other), apart)

    def _moved(self, fact: Fact, premises: tuple[Fact, ...]) -> None:
        """Add a fact of an individual that shares the number of another now."""
        if fact in self.reasons:
            self._waiting.append(fact)
        else:
            self.add(fact, (), premises)

    def _differ(self, first: int, second: int, fact: Fact) -> None:
        """Note that two individuals are not the same (eq-diff1)."""
        if first == second:
            self._clash("same-and-different", [fact, *self._merging(fact)], (), {"first": fact[0], "second": fact[2]})
            return
        self.different.setdefault((min(first, second), max(first, second)), fact)

    def _merging(self, fact: Fact) -> list[Fact]:
        """Return the facts by which the two individuals of a fact came to be the same."""
        wanted = {self.real(fact[0])}
        return [
            known
            for known in self.reasons
            if known[1] == self.ontology.same and self.real(known[0]) in wanted and known[0] != known[2]
        ][:1]

    # --- Reasons ---

    def leaves(self, facts: Iterable[Fact]) -> tuple[list[Fact], list[Statement]]:
        """Return the facts that are stated and the axioms that some facts rest on, each once."""
        stated: dict[Fact, None] = {}
        axioms: dict[Statement, None] = {}
        seen: set[Fact] = set()
        waiting = list(reversed([*facts]))
        while waiting:
            fact = waiting.pop()
            if fact in seen:
                continue
            seen.add(fact)
            used, premises = self.reasons[fact]
            axioms.update(dict.fromkeys(used))
            if premises:
                waiting.extend(reversed(premises))
            else:
                stated[fact] = None
        return [*stated], [*axioms]
