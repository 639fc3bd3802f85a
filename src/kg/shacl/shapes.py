"""A shapes graph, read once: its shapes, their targets and paths, and what they refer to (sections 2.1 to 2.3)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from pyoxigraph import BlankNode, Literal, NamedNode

from kg.shacl.index import FileIndex, Index
from kg.shacl.paths import Path, PathError, read_path
from kg.shacl.terms import BOOLEAN, CLASS, OWL_CLASS, SHACL, SUBCLASS, TYPE, sh

NODE_SHAPE: Final = sh("NodeShape")
PROPERTY_SHAPE: Final = sh("PropertyShape")
PATH: Final = sh("path")
TARGET: Final = sh("target")
TARGET_NODE: Final = sh("targetNode")
TARGET_CLASS: Final = sh("targetClass")
TARGET_SUBJECTS: Final = sh("targetSubjectsOf")
TARGET_OBJECTS: Final = sh("targetObjectsOf")
PROPERTY: Final = sh("property")
NODE: Final = sh("node")
NOT: Final = sh("not")
QUALIFIED_SHAPE: Final = sh("qualifiedValueShape")
DISJOINT: Final = sh("qualifiedValueShapesDisjoint")
LISTS_OF_SHAPES: Final = (sh("and"), sh("or"), sh("xone"))
VALUES_THAT_ARE_SHAPES: Final = (PROPERTY, NODE, NOT, QUALIFIED_SHAPE)
TARGETS: Final = (TARGET_NODE, TARGET_CLASS, TARGET_SUBJECTS, TARGET_OBJECTS)
DEACTIVATED: Final = sh("deactivated")
MESSAGE: Final = sh("message")
SEVERITY: Final = sh("severity")

_CHANGES_DATA: Final = (sh("rule"),)
_EXTENSIONS: Final = (sh("SPARQLFunction"), sh("SHACLFunction"), sh("TripleRule"), sh("SPARQLRule"))


@dataclass(frozen=True, eq=False)
class Shape:
    """A node shape, or a property shape with its path; `path` is None too when the path is ill-formed."""

    node: Any
    is_property: bool
    path: Path | None
    deactivated: bool | None
    """None when the value of `sh:deactivated` is odd."""


@dataclass(frozen=True, eq=False)
class ShapesGraph:
    """The shapes of several files."""

    files: tuple[FileIndex, ...]
    index: Index = field(repr=False)

    @classmethod
    def of(cls, files: Sequence[FileIndex]) -> "ShapesGraph":
        """Take in the files."""
        return cls(tuple(files), Index(files))

    @cached_property
    def shapes(self) -> dict[Any, Shape]:
        """Each shape by its node, as pySHACL finds them: typed, with a target, or where a shape is expected."""
        index = self.index
        found: dict[Any, None] = {}
        for kind in (NODE_SHAPE, PROPERTY_SHAPE):
            found.update(dict.fromkeys(index.subjects(TYPE, kind)))
        for predicate in (*TARGETS, PROPERTY, NODE):
            found.update(dict.fromkeys(subject for subject, _ in index.pairs(predicate)))
        for predicate in VALUES_THAT_ARE_SHAPES:
            found.update(dict.fromkeys(value for _, value in index.pairs(predicate)))
        for predicate in LISTS_OF_SHAPES:
            for _, head in index.pairs(predicate):
                found.update(dict.fromkeys(index.members(head) or ()))
        return {node: self._shape(node) for node in found if not isinstance(node, Literal)}

    def _shape(self, node: Any) -> Shape:
        """Read one shape."""
        paths = self.index.objects(node, PATH)
        is_property = bool(paths) or PROPERTY_SHAPE in self.index.objects(node, TYPE)
        try:
            path = read_path(self.index, paths[0]) if len(paths) == 1 else None
        except PathError:
            path = None
        marks = self.index.objects(node, DEACTIVATED)
        deactivated: bool | None = False
        if marks:
            deactivated = truth(marks[0]) if len(marks) == 1 else None
        return Shape(node, is_property, path, deactivated)

    @cached_property
    def fault(self) -> str | None:
        """Why pySHACL would refuse the whole graph or change the data first, so that nothing is certain; else None."""
        index = self.index
        if any(index.subjects(TYPE, kind) for kind in _EXTENSIONS) or any(map(index.pairs, _CHANGES_DATA)):
            return "rules or functions"
        for node in self.shapes:
            types, paths = index.objects(node, TYPE), index.objects(node, PATH)
            wrong = paths if NODE_SHAPE in types else len(paths) != 1 if PROPERTY_SHAPE in types else len(paths) > 1
            if wrong or (NODE_SHAPE in types and PROPERTY_SHAPE in types):
                return "ill-formed"
        for predicate in LISTS_OF_SHAPES:
            if not all(index.members(head) for _, head in index.pairs(predicate)):
                return "ill-formed"
        for predicate in VALUES_THAT_ARE_SHAPES:
            if any(isinstance(value, Literal) for _, value in index.pairs(predicate)):
                return "ill-formed"
        return None

    @cached_property
    def custom_parameters(self) -> frozenset[NamedNode] | None:
        """The predicates that make a shape use a constraint component of its author; None when any shape may."""
        found: set[NamedNode] = set()
        component = sh("ConstraintComponent")
        for kind in (component, *self.index.subjects(SUBCLASS, component)):
            for node in self.index.subjects(TYPE, kind):
                if isinstance(node, NamedNode) and node.value.startswith(SHACL):
                    continue
                parameters = self.index.objects(node, sh("parameter"))
                paths = {path for parameter in parameters for path in self.index.objects(parameter, PATH)}
                if not paths or not all(isinstance(path, NamedNode) for path in paths):
                    return None
                found |= paths
        return frozenset(found)

    def referred(self, node: Any) -> Iterator[Any]:
        """Yield the shapes to which a shape refers."""
        for predicate in VALUES_THAT_ARE_SHAPES:
            yield from self.index.objects(node, predicate)
        for predicate in LISTS_OF_SHAPES:
            for head in self.index.objects(node, predicate):
                yield from self.index.members(head) or ()
        if self.index.objects(node, DISJOINT):
            yield from self.siblings(node)

    def siblings(self, node: Any) -> Iterator[Any]:
        """Yield the qualified value shapes of a property shape and of those beside it (section 4.7.3)."""
        for parent in self.index.subjects(PROPERTY, node):
            for part in self.index.objects(parent, PROPERTY):
                yield from self.index.objects(part, QUALIFIED_SHAPE)

    @cached_property
    def heights(self) -> dict[Any, int]:
        """How many shapes stand one below the other from each shape on; a shape that leads back to itself has 1000."""
        heights: dict[Any, int] = {}
        for start in self.shapes:
            stack = [(start, iter(list(self.referred(start))))]
            open_nodes = {start}
            while stack:
                node, below = stack[-1]
                child = next(below, None)
                if child is None:
                    stack.pop()
                    open_nodes.discard(node)
                    heights[node] = max(
                        heights.get(node, 0), 1 + max((heights.get(one, 0) for one in self.referred(node)), default=0)
                    )
                elif child in open_nodes:
                    heights[child] = 1000
                elif child not in heights:
                    open_nodes.add(child)
                    stack.append((child, iter(list(self.referred(child)))))
        return heights

    def is_implicit_class(self, node: Any) -> bool:
        """Return whether a shape is a class too, so that it targets its own instances (section 2.1.3.3)."""
        classes = {CLASS, OWL_CLASS, *self.index.subjects(SUBCLASS, CLASS)}
        return any(kind in classes for kind in self.index.objects(node, TYPE))

    @cached_property
    def targeting(self) -> list[Shape]:
        """The shapes that have a target."""
        return [
            shape
            for shape in self.shapes.values()
            if any(self.index.objects(shape.node, predicate) for predicate in (*TARGETS, TARGET))
            or self.is_implicit_class(shape.node)
        ]

    @cached_property
    def holders(self) -> dict[Any, Any]:
        """The first subject that has a node of the shapes graph as object."""
        first: dict[Any, Any] = {}
        for file in self.files:
            for subject, _, value in file.graph.triples:
                first.setdefault(value, subject)
        return first

    def named(self, node: Any) -> NamedNode | None:
        """Return a shape, or the nearest named one that holds it; None when there is none."""
        seen = set()
        while isinstance(node, BlankNode) and node not in seen:
            seen.add(node)
            node = self.holders.get(node)
        return node if isinstance(node, NamedNode) else None


def truth(term: Any) -> bool | None:
    """Return the value of an xsd:boolean, or None."""
    if isinstance(term, Literal) and term.datatype == BOOLEAN:
        return {"true": True, "1": True, "false": False, "0": False}.get(term.value)
    return None
