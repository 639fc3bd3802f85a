"""Find what differs between two versions, graph by graph, and tell a new name from a new thing."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Final, Literal

import pyoxigraph
from pyoxigraph import NamedNode

from kg.differences.statements import Anonymous, Statement, Subject, Value, sort_key, statements_of
from kg.differences.versions import Version, aligned, replaced

Kind = Literal["added", "removed", "changed", "renamed"]

KINDS: Final[tuple[Kind, ...]] = ("added", "removed", "renamed", "changed")
"""What can have happened to a resource, in the order in which it is counted."""

SAME_RESOURCE: Final = 0.6
"""The share of its statements that a removed and an added resource must have in common to be one under a new IRI."""

SAME_FILE: Final = 0.5
"""The share of its statements that a removed and an added file must have in common to be one under a new path."""

_ALIKE: Final = 0.6
_TOO_MANY: Final = 50
"""Values of one property that are looked through for pairs that are alike, at most."""

_Statements = dict[str, Counter[Statement]]
_Described = Counter[tuple[str, NamedNode, Value]]


@dataclass(frozen=True)
class Change:
    """A value of a property that was added (`before` is None), removed (`after` is None) or took another's place."""

    property: NamedNode
    before: Value | None
    after: Value | None


@dataclass(frozen=True)
class GraphChange:
    """What differs in the description of a resource in one graph; nothing where only its IRI is new."""

    graph: str
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class ResourceChange:
    """What differs about a resource. `was` is the IRI that a renamed one had."""

    resource: Subject
    kind: Kind
    graphs: tuple[GraphChange, ...]
    was: NamedNode | None = None


@dataclass(frozen=True)
class Differences:
    """What differs between two versions. `moved` has the old and the new path of each file that was moved."""

    before: str
    after: str
    resources: tuple[ResourceChange, ...]
    moved: tuple[tuple[str, str], ...]

    def __bool__(self) -> bool:
        """Whether anything differs."""
        return bool(self.resources or self.moved)

    def count(self, kind: Kind) -> int:
        """Return how many resources this happened to."""
        return sum(1 for one in self.resources if one.kind == kind)

    def statements(self) -> tuple[int, int]:
        """Return how many statements were added and how many removed; a changed value is one of each."""
        changes = [change for one in self.resources for graph in one.graphs for change in graph.changes]
        return sum(1 for one in changes if one.after), sum(1 for one in changes if one.before)

    def files(self) -> tuple[str, ...]:
        """Return the keys of the graphs in which something differs, sorted."""
        return tuple(sorted({graph.graph for one in self.resources for graph in one.graphs}))


def _share(one: Counter[Any], other: Counter[Any]) -> float:
    """Return the share of the statements of the longer of two descriptions that both have, from 0 to 1."""
    longest = max(one.total(), other.total())
    return sum(min(count, other[key]) for key, count in one.items()) / longest if longest else 0.0


def _greedy(candidates: Iterable[tuple[float, str, str]]) -> dict[str, str]:
    """Return pairs out of weighted ones, the heaviest first, so that nothing is in two pairs."""
    pairs: dict[str, str] = {}
    for _, old, new in sorted(candidates, key=lambda one: (-one[0], one[1], one[2])):
        if old not in pairs and new not in pairs.values():
            pairs[old] = new
    return pairs


def _moved(before: _Statements, after: _Statements) -> dict[str, str]:
    """Return the new path of each file that was moved."""
    gone, come = before.keys() - after.keys(), after.keys() - before.keys()
    shares = ((_share(before[old], after[new]), old, new) for old in gone for new in come)
    return _greedy(one for one in shares if one[0] >= SAME_FILE)


def _descriptions(statements: _Statements) -> dict[Subject, _Described]:
    """Return what is said of each subject, and in which graph."""
    found: defaultdict[Subject, _Described] = defaultdict(Counter)
    for graph, counted in statements.items():
        for (subject, predicate, value), count in counted.items():
            found[subject][graph, predicate, value] += count
    return found


def _holders(descriptions: Mapping[Subject, _Described]) -> dict[tuple[NamedNode, Value], set[Subject]]:
    """Return which subjects have each value of each property."""
    found: defaultdict[tuple[NamedNode, Value], set[Subject]] = defaultdict(set)
    for subject, described in descriptions.items():
        for _, predicate, value in described:
            found[predicate, value].add(subject)
    return found


def _renamed(before: _Statements, after: _Statements) -> dict[str, str]:
    """Return the new IRI of each resource that seems to have got one.

    The two descriptions have most statements in common, and one of these belongs to no other resource: two members of
    one list may have all but their names in common.
    """
    old_ones, new_ones = _descriptions(before), _descriptions(after)
    old_holders, new_holders = _holders(old_ones), _holders(new_ones)
    candidates = set()
    for key, subjects in old_holders.items():
        others = new_holders.get(key, set())
        if len(subjects) == len(others) == 1:
            (old,), (new,) = subjects, others
            if old not in new_ones and new not in old_ones:
                candidates.add((old, new))
    return _greedy(
        (share, old.value, new.value)
        for old, new in candidates
        if isinstance(old, NamedNode)
        and isinstance(new, NamedNode)
        and (share := _share(old_ones[old], new_ones[new])) >= SAME_RESOURCE
    )


def _form(value: Value) -> str:
    """Return what two values must have in common to be an old and a new form of one: kind, language, data type."""
    if isinstance(value, pyoxigraph.Literal):
        return f"{value.language or ''} {value.datatype.value}"
    return type(value).__name__


def _text(value: Value) -> str:
    """Return the text by which two values are compared."""
    return value.digest if isinstance(value, Anonymous) else value.value


def _alike(removed: list[Value], added: list[Value]) -> list[tuple[Value, Value]]:
    """Return pairs of values that are forms of one: the only ones of their form, or those whose texts are alike."""
    if len(removed) == len(added) == 1:
        return [(removed[0], added[0])]
    if len(removed) * len(added) > _TOO_MANY**2:
        return []
    ratios = [
        (SequenceMatcher(None, _text(old), _text(new), autojunk=False).ratio(), old_index, new_index)
        for old_index, old in enumerate(removed)
        for new_index, new in enumerate(added)
    ]
    pairs: dict[int, int] = {}
    for ratio, old_index, new_index in sorted(ratios, key=lambda one: (-one[0], one[1], one[2])):
        if ratio >= _ALIKE and old_index not in pairs and new_index not in pairs.values():
            pairs[old_index] = new_index
    return [(removed[old_index], added[new_index]) for old_index, new_index in sorted(pairs.items())]


def _changes(predicate: NamedNode, removed: list[Value], added: list[Value]) -> list[Change]:
    """Return what happened to the values of a property: changed ones first, then removed and added ones."""
    removed, added = sorted(removed, key=sort_key), sorted(added, key=sort_key)
    pairs: list[tuple[Value, Value]] = []
    for form in sorted({*map(_form, removed)} & {*map(_form, added)}):
        pairs += _alike(
            [value for value in removed if _form(value) == form], [value for value in added if _form(value) == form]
        )
    for old, new in pairs:
        removed.remove(old)
        added.remove(new)
    if len(removed) == len(added) == 1:  # another data type, or a resource instead of a text
        pairs.append((removed.pop(), added.pop()))
    return [
        *(Change(predicate, old, new) for old, new in pairs),
        *(Change(predicate, old, None) for old in removed),
        *(Change(predicate, None, new) for new in added),
    ]


def _graph_change(graph: str, removed: Counter[Statement], added: Counter[Statement]) -> GraphChange:
    """Return the changes to a resource in one graph, from its statements that only one version has."""
    values: defaultdict[NamedNode, tuple[list[Value], list[Value]]] = defaultdict(lambda: ([], []))
    for index, counted in enumerate((removed, added)):
        for _, predicate, value in counted.elements():
            values[predicate][index].append(value)
    predicates = sorted(values, key=lambda predicate: predicate.value)
    return GraphChange(graph, tuple(change for one in predicates for change in _changes(one, *values[one])))


def _by_subject(counted: Counter[Statement]) -> dict[Subject, Counter[Statement]]:
    """Return the statements of each subject."""
    found: defaultdict[Subject, Counter[Statement]] = defaultdict(Counter)
    for statement, count in counted.items():
        found[statement[0]][statement] = count
    return found


def _subjects(statements: _Statements) -> dict[Subject, set[str]]:
    """Return the graphs in which each subject is described."""
    found: defaultdict[Subject, set[str]] = defaultdict(set)
    for graph, counted in statements.items():
        for subject, _, _ in counted:
            found[subject].add(graph)
    return found


def _resource_changes(before: _Statements, after: _Statements, was: Mapping[str, str]) -> list[ResourceChange]:
    """Return what differs about each resource, sorted; `was` has the old IRI of each renamed one."""
    graphs: defaultdict[Subject, dict[str, GraphChange]] = defaultdict(dict)
    for graph in sorted(before.keys() | after.keys()):
        old, new = before.get(graph, Counter()), after.get(graph, Counter())
        removed, added = _by_subject(old - new), _by_subject(new - old)
        for subject in removed.keys() | added.keys():
            change = _graph_change(graph, removed.get(subject, Counter()), added.get(subject, Counter()))
            graphs[subject][graph] = change
    old_subjects, new_subjects = _subjects(before), _subjects(after)
    for iri in was:
        subject = NamedNode(iri)
        for graph in new_subjects.get(subject, ()):
            graphs[subject].setdefault(graph, GraphChange(graph, ()))
    found = []
    for subject in sorted(graphs, key=sort_key):
        old_iri = was.get(subject.value) if isinstance(subject, NamedNode) else None
        kind: Kind = "changed"
        if old_iri is not None:
            kind = "renamed"
        elif subject not in old_subjects:
            kind = "added"
        elif subject not in new_subjects:
            kind = "removed"
        changes = tuple(change for _, change in sorted(graphs[subject].items()))
        found.append(ResourceChange(subject, kind, changes, NamedNode(old_iri) if old_iri is not None else None))
    return found


def compare(before: Version, after: Version) -> Differences:
    """Return what differs between two versions. Statements that only name a resource anew do not differ."""
    old, new = aligned(before, after)
    new_statements = {key: statements_of(graph) for key, graph in new.graphs.items()}
    old_graphs = dict(old.graphs)
    old_statements = {key: statements_of(graph) for key, graph in old_graphs.items()}
    moved = _moved(old_statements, new_statements) if old.keys == "files" else {}
    old_graphs = {moved.get(key, key): graph for key, graph in old_graphs.items()}
    old_statements = {moved.get(key, key): counted for key, counted in old_statements.items()}
    was: dict[str, str] = {}
    while names := _renamed(old_statements, new_statements):  # what refers to a renamed resource is then more alike
        was |= {iri: old_iri for old_iri, iri in names.items()}
        old_graphs = {key: replaced(graph, names) for key, graph in old_graphs.items()}
        old_statements = {key: statements_of(graph) for key, graph in old_graphs.items()}
    resources = _resource_changes(old_statements, new_statements, was)
    return Differences(before.title, after.title, tuple(resources), tuple(sorted(moved.items())))
