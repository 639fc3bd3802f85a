"""Where a result is in the files: the triple that is wrong, or the subject that lacks one.

| what is wrong | place |
|---|---|
| a value | the object of the first triple on a way of the path from focus node to value |
| a predicate (sh:closed) | the predicate of the triple |
| too many values | the first value too many, in the order of the files; those that are looked at come last |
| two values of one language | the second of them |
| something is missing | the subject, in a file that uses the path, else in the one that says most of it |
| a resource that a query names as `?subject` | its triple with the value, else where it is described |
| a value of a query that has no path | the first triple of the focus node with the value |
| a value of a query that no path leads to | its own statement with the path, else where it is described |
| the focus node | where it is described, else its first mention, else its sh:targetNode, else the shape |

A query of ours has `?subject` for the resource at fault when the focus node stands for a whole file, and `?other` for
the one with which the value must not agree: of the two the later is taken for the wrong one.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from pyoxigraph import Literal, NamedNode

from kg.shacl import paths
from kg.shacl.index import Index
from kg.shacl.paths import Path, PathOperation
from kg.shacl.results import Result
from kg.shacl.shapes import TARGET_NODE, ShapesGraph
from kg.shacl.terms import sh

if TYPE_CHECKING:
    from kg.located import LocatedGraph
    from kg.turtle import Position

    Place = tuple[LocatedGraph, Position]

Triple = tuple[Any, NamedNode, Any]

_MISSING: Final = frozenset(map(sh, ("MinCountConstraintComponent", "HasValueConstraintComponent"))) | {
    sh("QualifiedMinCountConstraintComponent")
}
_TOO_MANY: Final = {
    sh("MaxCountConstraintComponent"): sh("maxCount"),
    sh("QualifiedMaxCountConstraintComponent"): sh("qualifiedMaxCount"),
}
_UNIQUE_LANGUAGE: Final = sh("UniqueLangConstraintComponent")
_CLOSED: Final = sh("ClosedConstraintComponent")
_EQUALS: Final = sh("EqualsConstraintComponent")


class Places:
    """The places of the results of one validation."""

    def __init__(
        self,
        shapes: ShapesGraph,
        data: Index,
        focus: "Sequence[LocatedGraph]",
    ) -> None:
        """Take in what was validated. The files of `focus` are looked through first."""
        self.shapes, self.data = shapes, data
        ours = {id(graph) for graph in focus}
        others = [file.graph for file in data.files if id(file.graph) not in ours]
        self._ours = focus
        self.files = [*focus, *others]
        self._focus_last = [*others, *focus]

    def place(self, result: Result) -> "Place":
        """Return the file and the place of a result."""
        for find in (self._at_subject, self._at_component, self._at_value, self._at_path):
            if found := find(result):
                return found
        return self._at_node(result)

    def _first(self, find: "Callable[[LocatedGraph], Position | None]") -> "Place | None":
        """Return the first file in which something is found, and where."""
        for file in self.files:
            if position := find(file):
                return file, position
        return None

    def _triple(self, triple: Triple | None) -> "Place | None":
        """Return the place of the object of a triple."""
        return None if triple is None else self._first(lambda file: file.object(*triple))

    def _described(self, node: Any) -> "Place | None":
        """Return where a node is described."""
        return None if node is None else self._first(lambda file: file.subject(node))

    def _at_subject(self, result: Result) -> "Place | None":
        """Return the place of the resource that a query names."""
        subject = result.subject
        if subject is None or isinstance(subject, Literal):
            return None
        if result.value is not None:
            for predicate, objects in self.data.properties(subject).items():
                if result.value in objects:
                    return self._triple((subject, predicate, result.value))
        return self._described(subject)

    def _at_component(self, result: Result) -> "Place | None":
        """Return the place where a component has one of its own."""
        if result.component in _MISSING:
            return self._where_missing(result)
        if result.component in _TOO_MANY:
            return self._first_too_many(result)
        if result.component == _UNIQUE_LANGUAGE:
            return self._second_of_a_language(result)
        if result.component == _CLOSED and isinstance(result.path, NamedNode):
            return self._at_predicate(result, result.path)
        return self._on_either_side(result) if result.component == _EQUALS else None

    def _where_missing(self, result: Result) -> "Place | None":
        """Return where a node is described by the file that is likely to say what is missing, ours before others."""
        described = [(file, position) for file in self._ours if (position := file.subject(result.focus))]
        described = described or [(file, position) for file in self.files if (position := file.subject(result.focus))]
        if len(described) < 2:
            return next(iter(described), None)
        missing = set(paths.predicates(result.path)) if result.path else set()

        def likeliness(place: "Place") -> tuple[bool, int]:
            triples = place[0].triples
            uses = any(predicate in missing for _, predicate, _ in triples)
            return uses, sum(subject == result.focus for subject, _, _ in triples)

        return max(described, key=likeliness)

    def _first_too_many(self, result: Result) -> "Place | None":
        """Return the place of the first value that is one too many."""
        limits = self.shapes.index.objects(result.source_shape, _TOO_MANY[result.component])
        triples = self._in_order(result)
        number = int(limits[0].value) if limits and str(limits[0].value).isdigit() else 0
        return triples[min(number, len(triples) - 1)][1] if triples else None

    def _on_either_side(self, result: Result) -> "Place | None":
        """Return the place of a value that only one of two paths has."""
        others = self.shapes.index.objects(result.source_shape, sh("equals"))
        triples = [(result.focus, other, result.value) for other in others]
        return next(filter(None, map(self._triple, triples)), None)

    def _in_order(self, result: Result) -> "list[tuple[Any, Place]]":
        """Return the value nodes of a result, each with its place, in the order of the files and their lines."""
        if result.path is None:
            return []
        found: list[tuple[Any, tuple[int, Any], Place]] = []
        for value in paths.values(self.data, result.path, result.focus):
            triple = self._way(result.path, result.focus, value)
            for number, file in enumerate(self._focus_last):
                if triple and (position := file.object(*triple)):
                    found.append((value, (number, position), (file, position)))
                    break
        return [(value, place) for value, _, place in sorted(found, key=lambda one: (one[1], str(one[0])))]

    def _second_of_a_language(self, result: Result) -> "Place | None":
        """Return the place of the first value whose language an earlier one has."""
        seen = set()
        for value, place in self._in_order(result):
            language = value.language.lower() if isinstance(value, Literal) and value.language else None
            if language in seen:
                return place
            if language:
                seen.add(language)
        return None

    def _at_predicate(self, result: Result, predicate: NamedNode) -> "Place | None":
        """Return the place of the predicate of a triple that a closed shape does not allow."""
        shape = self.shapes.shapes.get(result.source_shape)
        closed = paths.values(self.data, shape.path, result.focus) if shape and shape.path is not None else ()
        for subject in (result.focus, *closed):
            for file in self.files:
                number = file.index.get((subject, predicate, result.value))
                if number is not None:
                    return file, file.predicates[number]
        return None

    def _at_value(self, result: Result) -> "Place | None":
        """Return the place of the triple that leads to the value, else where the value is described."""
        if result.value is None:
            return None
        if result.path and (place := self._triple(self._way(result.path, result.focus, result.value))):
            return place
        if result.path is None:
            for predicate, objects in self.data.properties(result.focus).items():
                if result.value in objects:
                    return self._triple((result.focus, predicate, result.value))
        if isinstance(result.value, Literal) or result.value == result.focus:
            return None
        places = [place for node in (result.value, result.other) if (place := self._statement(node, result.path))]
        return max(places, key=lambda place: (self.files.index(place[0]), place[1]), default=None)

    def _statement(self, node: Any, path: Path | None) -> "Place | None":
        """Return the place of a node's own statement with a path, else where it is described."""
        if node is None or isinstance(node, Literal):
            return None
        for predicate in paths.predicates(path) if path else ():
            if place := self._first(lambda file, predicate=predicate: file.statement(node, predicate)):  # type: ignore[misc]
                return place
        return self._described(node)

    def _at_path(self, result: Result) -> "Place | None":
        """Return the place of the first triple of the path, whatever its value."""
        if result.path is None:
            return None
        for triple in self._steps(result.path, result.focus):
            if place := self._triple(triple):
                return place
        return None

    def _at_node(self, result: Result) -> "Place":
        """Return the place of the focus node, or where the shape is."""
        focus = result.focus
        if place := self._described(focus):
            return place
        for file in self.files:
            for number, (_, _, value) in enumerate(file.triples):
                if value == focus:
                    return file, file.objects[number]
        return shape_place(self.shapes, result.source_shape, (TARGET_NODE, focus))

    def _way(self, path: Path, start: Any, end: Any, inverse: bool = False) -> Triple | None:
        """Return the first triple on a way of the path from start to end, or None."""
        if isinstance(path, NamedNode):
            triple = (end, path, start) if inverse else (start, path, end)
            return triple if triple[2] in self.data.objects(triple[0], path) else None
        if path.operator == "inverse":
            return self._way(path.parts[0], start, end, not inverse)
        if path.operator == "alternative":
            return next(filter(None, (self._way(part, start, end, inverse) for part in path.parts)), None)
        walk = self._sequence_way if path.operator == "sequence" else self._repeated_way
        return walk(path, start, end, inverse)

    def _repeated_way(self, path: PathOperation, start: Any, end: Any, inverse: bool) -> Triple | None:
        """Return the first triple on a way of a path that repeats, or may not be walked at all."""
        if start == end and path.operator != "one or more":
            return None
        step = path.parts[0]
        onward = PathOperation("zero or more", (step,)) if path.operator != "zero or one" else None
        for node in paths.values(self.data, step, start, inverse):
            if node == end or (onward and end in paths.values(self.data, onward, node, inverse)):
                return self._way(step, start, node, inverse)
        return None

    def _sequence_way(self, path: PathOperation, start: Any, end: Any, inverse: bool) -> Triple | None:
        """Return the first triple on a way of a sequence."""
        first, *others = reversed(path.parts) if inverse else path.parts
        for node in paths.values(self.data, first, start, inverse):
            reached = [node]
            for part in others:
                reached = [value for one in reached for value in paths.values(self.data, part, one, inverse)]
            if end in reached:
                onward = PathOperation("sequence", tuple(reversed(others) if inverse else others))
                below = others[0] if len(others) == 1 else onward
                return self._way(first, start, node, inverse) or self._way(below, node, end, inverse)
        return None

    def _steps(self, path: Path, start: Any, inverse: bool = False) -> Iterator[Triple]:
        """Yield the triples with which a path can begin."""
        if isinstance(path, NamedNode):
            for value in paths.values(self.data, path, start, inverse):
                yield (value, path, start) if inverse else (start, path, value)
        elif path.operator == "inverse":
            yield from self._steps(path.parts[0], start, not inverse)
        elif path.operator == "sequence":
            yield from self._steps(path.parts[-1 if inverse else 0], start, inverse)
        else:
            for part in path.parts:
                yield from self._steps(part, start, inverse)


def shape_place(shapes: ShapesGraph, node: Any, statement: tuple[NamedNode, Any] | None = None) -> "Place":
    """Return where a shape is: its triple with this predicate and value if it has that, else where it is described."""
    from kg.turtle import Position  # noqa: PLC0415  # the module imports rdflib, which a run without results does not need

    graphs = [file.graph for file in shapes.files]
    for graph in graphs:
        if statement and (position := graph.object(node, *statement)):
            return graph, position
    for graph in graphs:
        if position := graph.subject(node):
            return graph, position
    return graphs[0], Position(1, 1)
