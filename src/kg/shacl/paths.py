"""Property paths of SHACL (section 2.3.1): from the shapes graph to a tree, to value nodes, and to SPARQL."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from pyoxigraph import BlankNode, NamedNode

from kg.shacl.index import Index
from kg.shacl.terms import FIRST, TYPE, sh

Operator = Literal["sequence", "alternative", "inverse", "zero or more", "one or more", "zero or one"]

_OPERATORS: Final[dict[NamedNode, Operator]] = {
    sh("inversePath"): "inverse",
    sh("zeroOrMorePath"): "zero or more",
    sh("oneOrMorePath"): "one or more",
    sh("zeroOrOnePath"): "zero or one",
}
_ALTERNATIVE: Final = sh("alternativePath")
_SIGNS: Final = {"zero or more": "*", "one or more": "+", "zero or one": "?"}
_DEEPEST: Final = 9
"""pySHACL gives up at ten steps; a list counts one for each of its members."""


@dataclass(frozen=True)
class PathOperation:
    """A path that is made of others; a path of one step is the IRI of its predicate."""

    operator: Operator
    parts: tuple["Path", ...]


Path = NamedNode | PathOperation


class PathError(ValueError):
    """A path is ill-formed."""


def read_path(shapes: Index, node: Any, depth: int = 0) -> Path:
    """Return the path that a node of the shapes graph stands for. Raises PathError when it is ill-formed."""
    if isinstance(node, NamedNode):
        return node
    if not isinstance(node, BlankNode) or depth > 64:
        raise PathError("a path is an IRI or a blank node")
    if shapes.objects(node, FIRST):
        return PathOperation("sequence", _parts(shapes, node, depth))
    if found := list(shapes.objects(node, _ALTERNATIVE)):
        _alone(shapes, node, found)
        return PathOperation("alternative", _parts(shapes, found[0], depth))
    for predicate, operator in _OPERATORS.items():
        if found := list(shapes.objects(node, predicate)):
            _alone(shapes, node, found)
            return PathOperation(operator, (read_path(shapes, found[0], depth + 1),))
    raise PathError("the blank node of a path has none of the properties of a path")


def _alone(shapes: Index, node: Any, values: Sequence[Any]) -> None:
    """Raise PathError when a node of a path has more than one value, or another property beside it."""
    if len(values) > 1 or len([predicate for predicate in shapes.properties(node) if predicate != TYPE]) > 1:
        raise PathError("the blank node of a path has more than one property")


def _parts(shapes: Index, head: Any, depth: int) -> tuple[Path, ...]:
    """Return the members of a list of paths. Raises PathError when there are not two or more."""
    members = shapes.members(head)
    if members is None or len(members) < 2:
        raise PathError("a list of paths has two members or more")
    return tuple(read_path(shapes, member, depth + 1) for member in members)


def is_exact(path: Path, depth: int = 0, inverse: bool = False) -> bool:
    """Return whether pySHACL walks the path as SHACL has it: of an inverse sequence it keeps the order."""
    if isinstance(path, NamedNode):
        return depth <= _DEEPEST
    if path.operator == "sequence":
        return not inverse and all(is_exact(part, depth + 1 + step) for step, part in enumerate(path.parts))
    turned = inverse or path.operator == "inverse"
    return all(is_exact(part, depth + 1, turned) for part in path.parts)


def values(data: Index, path: Path, focus: Any, inverse: bool = False) -> Sequence[Any]:
    """Return the value nodes of a path from a focus node, each once; with `inverse`, the nodes that it leads from."""
    if isinstance(path, NamedNode):
        return data.subjects(path, focus) if inverse else data.objects(focus, path)
    if path.operator == "inverse":
        return values(data, path.parts[0], focus, not inverse)
    if path.operator == "alternative":
        return list(dict.fromkeys(value for part in path.parts for value in values(data, part, focus, inverse)))
    if path.operator == "sequence":
        reached: Iterable[Any] = [focus]
        for part in reversed(path.parts) if inverse else path.parts:
            reached = dict.fromkeys(value for node in reached for value in values(data, part, node, inverse))
        return list(reached)
    step = path.parts[0]
    if path.operator == "zero or one":
        return list(dict.fromkeys([focus, *values(data, step, focus, inverse)]))
    found = dict.fromkeys([focus] if path.operator == "zero or more" else ())
    waiting = list(values(data, step, focus, inverse))
    while waiting:
        node = waiting.pop()
        if node not in found:
            found[node] = None
            waiting.extend(values(data, step, node, inverse))
    return list(found)


def sparql(path: Path, inner: bool = False) -> str:
    """Return the path as SPARQL writes it (section 5.3.2 puts it in the place of `$PATH`), with IRIs in full."""
    if isinstance(path, NamedNode):
        return str(path)
    if path.operator == "inverse":
        return f"^{sparql(path.parts[0], True)}"
    if path.operator in _SIGNS:
        text = sparql(path.parts[0], True)
        atomic = isinstance(path.parts[0], NamedNode) or text.startswith("(")
        return (text if atomic else f"({text})") + _SIGNS[path.operator]
    joined = (" / " if path.operator == "sequence" else " | ").join(sparql(part, True) for part in path.parts)
    return f"({joined})" if inner else joined


def predicates(path: Path) -> list[NamedNode]:
    """Return the predicates of a path, from left to right."""
    if isinstance(path, NamedNode):
        return [path]
    return [predicate for part in path.parts for predicate in predicates(part)]
