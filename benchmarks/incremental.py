"""SHACL on a graph with a few triples changed: only what read those triples runs again.

Every shape runs once on every focus node of the undamaged data, and each pattern of triples that it asks the graph
for is noted. A run that asked for nothing that has changed would get the same answers again and end with the same
results: it need not be repeated. Jobs are the runs of the scopes in `[tool.kg]`; a test compares with `kg validate`.
"""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, cast

import rdflib
from benchmarks.sparql_graph import SparqlGraph
from pyshacl.pytypes import SHACLExecutor
from pyshacl.shape import Shape
from pyshacl.shapes_graph import ShapesGraph
from rdflib.namespace import RDF, RDFS, SH
from rdflib.paths import AlternativePath, InvPath, MulPath, SequencePath
from rdflib.paths import Path as PropertyPath
from rdflib.plugins.sparql.algebra import translateQuery
from rdflib.plugins.sparql.parser import parseQuery
from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.query import Result
from rdflib.term import IdentifiedNode, Node, Variable

from kg.dataset import Dataset, GraphFile, union
from kg.project import read_project
from kg.turtle import Triple, oxigraph_term

Pattern = tuple[Node | None, Node | None, Node | None]
"""A triple pattern; None stands for anything."""

Told = tuple[str, str, str, str]
"""What a finding says: severity, name of the shape, focus node, and the rest (value, path, messages)."""

REPOSITORY: Final = Path(__file__).resolve().parent.parent
"""Whose settings say which shapes see what."""

ANY: Final[Pattern] = (None, None, None)
_THIS: Final = Variable("this")
_SEVERITY: Final = {SH.Violation: "violation", SH.Warning: "warning", SH.Info: "info"}


def patterns_of(triple: Triple) -> Iterator[Pattern]:
    """Yield the eight patterns that match a triple."""
    for mask in range(8):
        yield tuple(term if mask >> place & 1 else None for place, term in enumerate(triple))  # type: ignore[misc]


def _predicates(path: Any) -> Iterator[Node | None]:
    """Yield the predicates of a property path; None where it may lead over any or over none."""
    if isinstance(path, rdflib.URIRef):
        yield path
    elif isinstance(path, AlternativePath | SequencePath):
        for part in path.args:
            yield from _predicates(part)
    elif isinstance(path, MulPath) and not path.zero:
        yield from _predicates(path.path)
    elif isinstance(path, InvPath):
        yield from _predicates(path.arg)
    else:
        yield None


def _triples(part: Any) -> Iterator[tuple[Any, Any, Any]]:
    """Yield the triple patterns in any part of the algebra of a query."""
    if isinstance(part, CompValue):
        for key, value in part.items():
            if key == "triples" and part.name == "TriplesBlock":  # within EXISTS: one row of terms
                for row in value:
                    yield from zip(row[0::3], row[1::3], row[2::3], strict=True)
            elif key == "triples":
                yield from value
            else:
                yield from _triples(value)
    elif isinstance(part, Iterable) and not isinstance(part, str):
        for member in part:
            yield from _triples(member)


@cache
def _algebra(query: str) -> tuple[tuple[Any, Any, Any], ...]:
    """Return the triple patterns of a query, those of EXISTS among them.

    Raises ValueError when the algebra lacks some that are written, as rdflib's does for one EXISTS in another.
    """
    parsed = parseQuery(query)
    found = tuple(_triples(translateQuery(parsed).algebra))
    if len(found) < len(list(_triples(parseQuery(query)))):
        raise ValueError(f"rdflib's algebra lacks a part of this query: {query}")
    return found


def query_patterns(query: str, bound: dict[str, Node]) -> set[Pattern]:
    """Return patterns that cover whatever the answer to a query can depend on, with some variables bound beforehand."""

    def term(node: Any) -> Node | None:
        return bound.get(str(node)) if isinstance(node, Variable) else None if isinstance(node, rdflib.BNode) else node

    patterns: set[Pattern] = set()
    for subject, predicate, value in _algebra(query):
        if isinstance(predicate, PropertyPath):
            for step in _predicates(predicate):
                patterns.add((None, step, None))
        else:
            patterns.add((term(subject), term(predicate), term(value)))
    return patterns


class TracedGraph(SparqlGraph):
    """A graph that notes the patterns it is asked for, and whose triples can be changed and changed back."""

    def __init__(self, triples: Iterable[Triple]) -> None:
        """Take in the triples; nothing is noted until `reads` is a set."""
        self.reads: set[Pattern] | None = None
        super().__init__(triples)

    def triples(self, triple: Any) -> Any:
        """Yield the triples that match, and note the pattern."""
        if self.reads is not None and not isinstance(triple[1], PropertyPath):
            self.reads.add(triple)
        return super().triples(triple)

    def query(self, query_object: Any, *rest: Any, **more: Any) -> Result:
        """Answer a query, and note what its answer can depend on."""
        if self.reads is None:
            return super().query(query_object, *rest, **more)
        outer, self.reads = self.reads, None  # filling the store reads everything, which says nothing
        try:
            outer |= query_patterns(
                query_object, {str(name): term for name, term in (more.get("initBindings") or {}).items()}
            )
            return super().query(query_object, *rest, **more)
        finally:
            self.reads = outer

    def change(self, removed: Iterable[Triple], added: Iterable[Triple]) -> None:
        """Take triples out and put others in, in memory and in the store for queries."""
        import pyoxigraph  # noqa: PLC0415

        for triple in removed:
            self.remove(triple)
            if self._queried is not None:
                self._queried.remove(pyoxigraph.Quad(*map(oxigraph_term, triple)))
        for triple in added:
            self.add(triple)
            if self._queried is not None:
                self._queried.add(pyoxigraph.Quad(*map(oxigraph_term, triple)))


class _Target:
    """Which nodes a shape targets, asked for one node at a time (SHACL 2.1.3, SHACL-AF 3.1)."""

    def __init__(self, shape: Shape, graph: TracedGraph) -> None:
        nodes, classes, implicit, objects_of, subjects_of = shape.target()  # type: ignore[no-untyped-call]
        self.nodes = set(nodes)
        self.classes = {
            below for one in {*classes, *implicit} for below in graph.transitive_subjects(RDFS.subClassOf, one)
        }
        self.objects_of, self.subjects_of = set(objects_of), set(subjects_of)
        self.queries = []
        for target in (shape.advanced_target() or {}).values():  # type: ignore[no-untyped-call]
            query = target["qh"].apply_prefixes(target["qh"].select_text)
            if any(subject != _THIS or isinstance(step, PropertyPath) for subject, step, _ in _algebra(query)):
                raise TypeError(f"a target that depends on more than the triples of its nodes: {query}")
            self.queries.append(query)

    def holds(self, node: Node, graph: TracedGraph) -> bool:
        """Return whether the shape targets the node. All that is asked for has the node as subject or as object."""
        return (
            node in self.nodes
            or any(kind in self.classes for kind in graph.objects(node, RDF.type))
            or any((node, step, None) in graph for step in self.subjects_of)
            or any((None, step, node) in graph for step in self.objects_of)
            or any(graph.query(query, initBindings={"this": node}).bindings for query in self.queries)
        )


@dataclass(frozen=True)
class Job:
    """One run of SHACL: `data` makes the data graph, the subjects of `focus` are the focus nodes (None: all)."""

    shapes: tuple[GraphFile, ...]
    data: tuple[GraphFile, ...]
    focus: tuple[GraphFile, ...] | None


def jobs(dataset: Dataset) -> list[Job]:
    """Return the runs that the scopes of the project call for."""
    files = {file.path: file for file in dataset.files}
    found = []
    for scope in read_project(dataset.content.root, like=REPOSITORY).scopes:
        shapes = tuple(files[path] for path in scope.shapes)
        runs = [((*scope.with_, path), (path,)) for path in scope.each] if scope.each else [(scope.data, scope.focus)]
        for data, focus in runs:
            seen = tuple(files[path] for path in dict.fromkeys(data))
            found.append(Job(shapes, seen, None if focus is None else tuple(files[path] for path in focus)))
    return found


def named_shape(shapes: rdflib.Graph, shape: Node) -> str:
    """Return the local name of a shape, or of the nearest named shape that holds it."""
    seen: set[Node] = set()
    while isinstance(shape, rdflib.BNode) and shape not in seen:
        seen.add(shape)
        shape = next(iter(shapes.subjects(None, shape)), shape)
    name = str(shape)
    return name[max(name.rfind("#"), name.rfind("/")) + 1 :] if isinstance(shape, rdflib.URIRef) else "unnamed-shape"


class Scope:
    """One job of `kg validate`: its data graph, its shapes, the result of each on each focus node, and what it read."""

    def __init__(self, job: Job) -> None:
        """Run the job once, noting what each run reads."""
        self.files = {file.iri for file in job.data}
        self.job = job
        self.held: dict[Triple, int] = {}
        for file in job.data:
            for triple in file.graph:
                self.held[triple] = self.held.get(triple, 0) + 1
        self.graph = TracedGraph(self.held)
        self.shape_triples = union(job.shapes)
        self.shapes = ShapesGraph(self.shape_triples, logger=logging.getLogger("pyshacl"))
        self.executor = SHACLExecutor(advanced_mode=True, allow_infos=True, allow_warnings=True)
        self.focus = None if job.focus is None else {node for file in job.focus for node in file.graph.subjects()}
        self.before: dict[tuple[int, Node], frozenset[Told]] = {}
        self.readers: dict[Pattern, set[tuple[int, Node]]] = {}
        self.targeted: list[Shape] = []
        self.targets: list[_Target] = []
        self.target_nodes: list[set[Node]] = []
        for shape in self.shapes.shapes:
            shape.set_advanced(True)
        for shape in self.shapes.shapes:
            focus: set[Node] = shape.focus_nodes(self.graph)
            if any(list(kind) for kind in shape.target()) or shape.advanced_target():
                index = len(self.targeted)
                self.targeted.append(shape)
                self.targets.append(_Target(shape, self.graph))
                self.target_nodes.append(focus)
                for node in focus if self.focus is None else focus & self.focus:
                    self.graph.reads = set()
                    self.before[index, node] = self._results(index, node)
                    for pattern in self.graph.reads:
                        self.readers.setdefault(pattern, set()).add((index, node))
                    self.graph.reads = None

    def _results(self, index: int, node: Node) -> frozenset[Told]:
        """Run one shape on one focus node."""
        _, reports = self.targeted[index].validate(self.executor, self.graph, focus=cast(IdentifiedNode, node))
        results: dict[Node, dict[Node, list[Any]]] = {}
        for _, _, parts in reports:
            for result, predicate, value in parts:
                told = results.setdefault(result, {})
                told.setdefault(predicate, []).append(value[1] if isinstance(value, tuple) else value)
        below = {node for told in results.values() for node in told.get(SH.detail, ())}
        return frozenset(
            self._told(told) for node, told in results.items() if SH.sourceShape in told and node not in below
        )

    def _told(self, told: dict[Node, list[Any]]) -> Told:
        """Return a validation result, its values by predicate, as what a finding would say."""
        rest = sorted(str(value) for predicate in (SH.value, SH.resultMessage) for value in told.get(predicate, []))
        shape = named_shape(self.shape_triples, told[SH.sourceShape][0])
        severity = _SEVERITY.get(told[SH.resultSeverity][0], "violation")
        return severity, shape, str(told[SH.focusNode][0]), "|".join(rest)

    def new_results(
        self, file: GraphFile, removed: Iterable[Triple], added: Iterable[Triple], every: bool = False
    ) -> set[Told]:
        """Return results that the undamaged data do not have; unless `every`, stop after the first run that has one.

        `removed` and `added` are the changes to one file; a triple that another file of the job holds stays.
        """
        out = [triple for triple in removed if self.held.get(triple) == 1]
        new = [triple for triple in added if triple not in self.held]
        changed = [*out, *new]
        found: set[Told] = set()
        self.graph.change(out, new)
        try:
            for index, node in self._affected(file, changed, [*removed], [*added]):
                found |= self._results(index, node) - self.before.get((index, node), frozenset())
                if found and not every:
                    break
        finally:
            self.graph.change(new, out)
        return found

    def _affected(
        self, file: GraphFile, changed: list[Triple], removed: list[Triple], added: list[Triple]
    ) -> list[tuple[int, Node]]:
        """Return the runs to repeat, those on the changed subjects first."""
        near = {node for triple in changed for node in (triple[0], triple[2])}
        subjects = {triple[0] for triple in (*removed, *added)}
        runs = {run for triple in changed for pattern in patterns_of(triple) for run in self.readers.get(pattern, ())}
        # A target depends on the triples that begin or end with the node, so that only near nodes can come or go.
        runs = {run for run in runs if run[1] not in near}
        if self.focus is not None and self.job.focus is not None and file in self.job.focus:
            others = [other for other in self.job.focus if other is not file]
            described = {
                node
                for node in subjects
                if any((node, None, None) in other.graph for other in others)
                or any(triple not in removed for triple in file.graph.triples((node, None, None)))
                or any(triple[0] == node for triple in added)
            }
            near |= subjects  # a triple that stays in another file may yet be all that one file says of its subject
            focus = (self.focus - subjects) | described
        else:
            focus = self.focus if self.focus is not None else near
        for node in near:
            if node in focus:
                runs |= {(index, node) for index, target in enumerate(self.targets) if target.holds(node, self.graph)}
        return sorted(runs, key=lambda run: (run[1] not in subjects, run[0], str(run[1])))

    def covers(self, file: GraphFile, node: Node) -> bool:
        """Return whether the job has the file in its data and the node among its focus nodes."""
        return file.iri in self.files and (self.focus is None or node in self.focus)


def scopes(dataset: Dataset) -> list[Scope]:
    """Return a scope for each job of `kg validate` on the dataset, after running it once."""
    return [Scope(job) for job in jobs(dataset)]
