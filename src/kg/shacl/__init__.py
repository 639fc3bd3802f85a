"""SHACL validation with the results of pySHACL, in a fraction of its time, and with the place of each result.

`validate` screens first: shapes are compiled once to functions over a plain index of the data (`screen`), which clear
the focus nodes that surely conform. pySHACL (`judge`) is asked about the others, and only then imported. `places` finds
the line of a result, `report` makes findings of results, and `meta` checks the shapes themselves.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kg.shacl.index import FileIndex, Index
from kg.shacl.results import Problem, Result, Validation
from kg.shacl.screen import Screen
from kg.shacl.shapes import ShapesGraph

if TYPE_CHECKING:
    from kg.located import LocatedGraph

__all__ = ["Problem", "Result", "Session", "Validation", "validate"]


class Session:
    """What several validations share: indexes of files, unions of files, and compiled shapes, by identity."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._files: dict[int, FileIndex] = {}
        self._indexes: dict[tuple[int, ...], Index] = {}
        self._screens: dict[tuple[int, ...], Screen] = {}

    def file(self, graph: "LocatedGraph") -> FileIndex:
        """Return the index of a file."""
        found = self._files.get(id(graph))
        if found is None:
            found = self._files[id(graph)] = FileIndex(graph)  # keeps the graph, and so its identity
        return found

    def index(self, graphs: "Sequence[LocatedGraph]") -> Index:
        """Return the index of the union of some files."""
        key = tuple(dict.fromkeys(map(id, graphs)))
        if key not in self._indexes:
            self._indexes[key] = Index([self.file(graph) for graph in graphs])
        return self._indexes[key]

    def screen(self, graphs: "Sequence[LocatedGraph]") -> Screen:
        """Return the compiled shapes of some files."""
        key = tuple(dict.fromkeys(map(id, graphs)))
        if key not in self._screens:
            self._screens[key] = Screen(ShapesGraph.of(self.index(graphs).files))
        return self._screens[key]


def validate(
    shapes: "Sequence[LocatedGraph]",
    data: "Sequence[LocatedGraph]",
    focus: "Sequence[LocatedGraph] | None" = None,
    session: Session | None = None,
) -> Validation:
    """Validate the union of the data against the union of the shapes.

    Focus nodes are what the shapes target, with `focus` only those that are subjects in one of these files.
    """
    session = session or Session()
    screen, index = session.screen(shapes), session.index(data)
    subjects = None if focus is None else [session.file(graph).subjects for graph in focus]
    suspects = screen.suspects(index, subjects)
    if not suspects.everything and not suspects.by_shape:
        return Validation()
    from kg.shacl.judge import judge  # noqa: PLC0415  # pySHACL takes longer to import than all the rest takes

    wanted = None if subjects is None else frozenset(node for part in subjects for node in part)
    return judge(screen.shapes, index, suspects, wanted)
