"""The statements of a graph in a form in which two graphs can be compared: a blank node stands for what is said of it.

A blank node that is the object of one triple and leads to no cycle is a value with its own statements inside, as
`[ … ]` has it in Turtle. Any other is known by the canonical form (RDF Dataset Canonicalization, RDFC-1.0) of all
triples that hang together with it through blank nodes. Two graphs have the same statements if and only if they are
isomorphic (RDF 1.1 Concepts, section 3.6), and a difference in one blank node leaves the others as they are.
"""

import hashlib
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from pyoxigraph import BlankNode, CanonicalizationAlgorithm, Dataset, Literal, NamedNode, Quad

Triple = tuple[NamedNode | BlankNode, NamedNode, NamedNode | BlankNode | Literal]

_SELF: Final = NamedNode("urn:kg:self")


@dataclass(frozen=True)
class Anonymous:
    """A blank node. Two of the same digest are said to be the same; `statements` is what is said of it, sorted.

    One that several triples lead to, or a cycle, has no statements inside: these stand beside it, with it as subject.
    """

    digest: str
    statements: "tuple[tuple[NamedNode, Value], ...]" = field(default=(), compare=False, repr=False)


Value = NamedNode | Literal | Anonymous
Subject = NamedNode | Anonymous
Statement = tuple[Subject, NamedNode, Value]


def sort_key(value: Value) -> str:
    """Return a text by which values are sorted: that of N-Triples, blank nodes last."""
    return f"~{value.digest}" if isinstance(value, Anonymous) else str(value)


def _digest(lines: Iterable[str]) -> str:
    """Return the SHA-256 of lines in any order."""
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def _components(triples: Sequence[Triple]) -> dict[BlankNode, list[Triple]]:
    """Return for each blank node the triples that hang together with it through blank nodes."""
    leader: dict[BlankNode, BlankNode] = {}

    def find(node: BlankNode) -> BlankNode:
        while leader.setdefault(node, node) != node:
            leader[node] = leader[leader[node]]
            node = leader[node]
        return node

    for subject, _, object_ in triples:
        if isinstance(subject, BlankNode) and isinstance(object_, BlankNode):
            leader[find(subject)] = find(object_)
    together: defaultdict[BlankNode, list[Triple]] = defaultdict(list)
    for triple in triples:
        node = next((term for term in (triple[0], triple[2]) if isinstance(term, BlankNode)), None)
        if node is not None:
            together[find(node)].append(triple)
    return {node: together[find(node)] for node in list(leader)}


def _canonical_digest(node: BlankNode, component: Iterable[Triple]) -> str:
    """Return what tells a blank node from all others but those that are exchangeable with it."""
    dataset = Dataset([*(Quad(*triple) for triple in component), Quad(node, _SELF, _SELF)])
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return _digest(map(str, dataset))


def _nested(about: Mapping[BlankNode, Sequence[Triple]], references: Counter[BlankNode]) -> Iterator[BlankNode]:
    """Yield the blank nodes that can be written inside others or stand alone, each after those inside it."""
    waiting: dict[BlankNode, int] = {}
    holder: dict[BlankNode, BlankNode] = {}
    for node, triples in about.items():
        inside = [o for _, _, o in triples if isinstance(o, BlankNode) and references[o] == 1]
        waiting[node] = len(inside)
        holder.update(dict.fromkeys(inside, node))
    ready = deque(node for node, count in waiting.items() if not count and references[node] <= 1)
    while ready:
        node = ready.popleft()
        yield node
        above = holder.get(node)
        if above is not None:
            waiting[above] -= 1
            if not waiting[above] and references[above] <= 1:
                ready.append(above)


def statements_of(triples: Iterable[Triple]) -> Counter[Statement]:
    """Return the statements of a graph, and how often each stands there: more than once only with blank nodes."""
    graph = list(dict.fromkeys(triples))
    references = Counter(o for _, _, o in graph if isinstance(o, BlankNode))
    about: dict[BlankNode, list[Triple]] = {node: [] for node in references}
    for triple in graph:
        if isinstance(triple[0], BlankNode):
            about.setdefault(triple[0], []).append(triple)
    order = list(_nested(about, references))
    values: dict[BlankNode, Anonymous] = {}

    def value_of(term: NamedNode | BlankNode | Literal) -> Value:
        return values[term] if isinstance(term, BlankNode) else term

    outside = about.keys() - set(order)
    if outside:
        components = _components([*graph, *((node, _SELF, node) for node in outside)])
        for node in outside:
            component = [triple for triple in components[node] if triple[1] != _SELF]
            values[node] = Anonymous(_canonical_digest(node, component))
    for node in order:
        inside = [(predicate, value_of(object_)) for _, predicate, object_ in about[node]]
        inside.sort(key=lambda pair: (pair[0].value, sort_key(pair[1])))
        digest = _digest(f"{predicate} {sort_key(value)}" for predicate, value in inside)
        values[node] = Anonymous(digest, tuple(inside))
    inner = {node for node in order if references[node]}
    found: Counter[Statement] = Counter()
    for subject, predicate, object_ in graph:
        if subject in inner:
            continue
        of = values[subject] if isinstance(subject, BlankNode) else subject
        found[of, predicate, value_of(object_)] += 1
    return found
