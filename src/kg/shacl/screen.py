"""A fast screen: which focus nodes surely conform to a shape, so that pySHACL need not be asked about them.

The shapes are compiled once to functions. Each says True (the value nodes surely conform), False (they surely do not)
or None: not certain. None comes of every component, path, parameter and literal that has no exact rule here. Where one
part is not certain the whole is not, even where another part would settle it, for pySHACL looks at all parts and may
fail on that one. Only True clears a focus node.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pyoxigraph import Literal

from kg.shacl import paths, queries
from kg.shacl.components import MAKERS, Answer, Call, Check, all_of, unknown
from kg.shacl.index import Index
from kg.shacl.shapes import (
    PROPERTY,
    TARGET,
    TARGET_CLASS,
    TARGET_NODE,
    TARGET_OBJECTS,
    TARGET_SUBJECTS,
    Shape,
    ShapesGraph,
)
from kg.shacl.terms import sh

_DEEPEST: Final = 15
"""pySHACL gives up where more shapes than this are evaluated one below the other."""

_RECURSIVE: Final = 1000
"""The height of a shape that leads back to itself."""


@dataclass(frozen=True, eq=False)
class CompiledShape:
    """A shape with its components as functions: `parts` are its property shapes, which report for themselves."""

    shape: Shape
    checks: tuple[Check, ...]
    parts: tuple["CompiledShape", ...]
    height: int = 1
    """How many shapes can stand one below the other from this one on."""

    def values(self, data: Index, focus: Any) -> Sequence[Any]:
        """Return the value nodes of a focus node."""
        return paths.values(data, self.shape.path, focus) if self.shape.path is not None else (focus,)

    def itself(self, data: Index, focus: Any) -> Answer:
        """Return whether a focus node conforms to all but the property shapes."""
        if self.shape.deactivated is not False:
            return True if self.shape.deactivated else None
        values = self.values(data, focus)
        result = True
        for check in self.checks:
            answer = check(data, focus, values)
            if answer is None:
                return None
            result = result and answer
        return result

    def conforms(self, data: Index, focus: Any) -> Answer:
        """Return whether a focus node conforms to the shape."""
        key = (self, focus)
        if key not in data.memory:
            beside, data.depth = data.depth, 0
            answer = self.itself(data, focus)
            if answer is not None and not self.shape.deactivated and self.parts:
                below = [part.conforms(data, value) for value in self.values(data, focus) for part in self.parts]
                answer = all_of([answer, *below])
            data.memory[key] = answer if data.depth < _DEEPEST else None, data.depth + 1
            data.depth = beside
        known: tuple[Answer, int] = data.memory[key]
        data.depth = max(data.depth, known[1])
        return known[0]


@dataclass(frozen=True)
class Suspects:
    """What pySHACL has to look at: focus nodes by shape (None: all that the shape targets), or everything."""

    by_shape: dict[Any, dict[Any, None] | None]
    everything: bool = False


class Screen:
    """A shapes graph, compiled."""

    def __init__(self, shapes: ShapesGraph) -> None:
        """Compile the shapes that have targets, and all to which they refer."""
        self.shapes = shapes
        self._compiled: dict[Any, CompiledShape] = {}
        self.is_usable = shapes.fault is None and shapes.custom_parameters is not None
        self.targeting = [self.compiled(shape.node) for shape in shapes.targeting] if self.is_usable else []

    def compiled(self, node: Any) -> CompiledShape:
        """Return a shape as functions."""
        found = self._compiled.get(node)
        if found is None:
            found = self._compiled[node] = self._compile(node)
        return found

    def _compile(self, node: Any) -> CompiledShape:
        """Compile a shape."""
        shape, index = self.shapes.shapes.get(node), self.shapes.index
        if shape is None or self.shapes.heights.get(node, 0) >= _RECURSIVE:
            return CompiledShape(shape or Shape(node, False, None, False), (unknown,), ())
        if shape.is_property and (shape.path is None or not paths.is_exact(shape.path)):
            return CompiledShape(Shape(node, True, None, shape.deactivated), (unknown,), ())
        properties = index.properties(node)
        custom = self.shapes.custom_parameters or frozenset()
        if custom & set(properties):
            return CompiledShape(shape, (unknown,), ())
        checks: list[Check] = []
        for predicate in properties:
            maker = MAKERS.get(predicate)
            if maker is not None:
                checks.append(maker(Call(self, shape, properties[predicate])) or unknown)
        parts = []
        for part in properties.get(PROPERTY, ()):
            known = self.shapes.shapes.get(part)
            if known is None or not known.is_property:
                checks.append(unknown)
            else:
                parts.append(self.compiled(part))
        checks.sort(key=lambda check: check is not unknown)  # settles the matter at once
        return CompiledShape(shape, tuple(checks), tuple(parts), self.shapes.heights.get(node, 1))

    def focus_nodes(self, shape: Shape, data: Index) -> dict[Any, None] | None:
        """Return the focus nodes that a shape targets in the data (section 2.1.3), or None when it is not certain."""
        index, node = self.shapes.index, shape.node
        found: dict[Any, None] = dict.fromkeys(index.objects(node, TARGET_NODE))
        classes = list(index.objects(node, TARGET_CLASS))
        if self.shapes.is_implicit_class(node):
            classes.append(node)
        for of in classes:
            found.update(dict.fromkeys(data.instances(of)))
        for predicate in index.objects(node, TARGET_SUBJECTS):
            found.update((subject, None) for subject, _ in data.pairs(predicate))
        for predicate in index.objects(node, TARGET_OBJECTS):
            found.update((value, None) for _, value in data.pairs(predicate))
        for target in index.objects(node, TARGET):
            chosen = self._chosen(target, data)
            if chosen is None:
                return None
            found.update(chosen)
        return found

    def _chosen(self, target: Any, data: Index) -> dict[Any, None] | None:
        """Return what a target by SPARQL selects (SHACL Advanced Features, section 3.1), or None."""
        key = (self.shapes, target)
        if key not in data.memory:
            data.memory[key] = self._asked_target(target, data)
        found: dict[Any, None] | None = data.memory[key]
        return found

    def _asked_target(self, target: Any, data: Index) -> dict[Any, None] | None:
        """Ask the query of a target."""
        selects = self.shapes.index.objects(target, sh("select"))
        prefixes = queries.prefixes(self.shapes, target)
        if len(selects) != 1 or not isinstance(selects[0], Literal) or prefixes is None or data.respells:
            return None
        text = queries.query_text(prefixes, selects[0].value, None)
        if text is None:
            return None
        try:
            solutions = data.query(text)
            if "this" not in [variable.value for variable in solutions.variables]:
                return None
            nodes = [solution["this"] for solution in solutions]
        except (SyntaxError, RuntimeError, AttributeError):
            return None
        return None if any(node is None or isinstance(node, Literal) for node in nodes) else dict.fromkeys(nodes)

    def suspects(self, data: Index, subjects: Sequence[Iterable[Any]] | None) -> Suspects:
        """Return what is not surely right in the data. Focus nodes are the `subjects` only, unless these are None."""
        found: dict[Any, dict[Any, None] | None] = {}
        if not self.is_usable:
            return Suspects({}, everything=True)
        wanted = None if subjects is None else frozenset(node for part in subjects for node in part)
        for compiled in self.targeting:
            if compiled.shape.deactivated:
                continue
            nodes = self.focus_nodes(compiled.shape, data)
            if nodes is None:
                found[compiled.shape.node] = None
                continue
            for node in nodes if wanted is None else nodes.keys() & wanted:
                for shape, focus in _blame(compiled, data, node):
                    _add(found, shape, focus)
        return Suspects(found)


def _add(found: dict[Any, dict[Any, None] | None], shape: CompiledShape, node: Any) -> None:
    """Note a focus node of a shape."""
    nodes = found.setdefault(shape.shape.node, {})
    if nodes is not None:
        nodes[node] = None


def _blame(shape: CompiledShape, data: Index, focus: Any) -> Iterator[tuple[CompiledShape, Any]]:
    """Yield the shapes and focus nodes to look at: a property shape reports the same by itself as below its shape."""
    if shape.conforms(data, focus) is True:
        return
    if shape.height > _DEEPEST or shape.itself(data, focus) is not True:
        yield shape, focus
        return
    for part in shape.parts:
        for value in shape.values(data, focus):
            yield from _blame(part, data, value)
