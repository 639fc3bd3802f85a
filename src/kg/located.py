"""The triples of one file with the place of each, in the terms of pyoxigraph: what the checks work on.

Only a file that has changed is read by two parsers; a located graph is kept as text (N-Triples and numbers), from which
it is back in a fraction of the time. Blank nodes have labels of their own in each file.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any, Self

import pyoxigraph
from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat

from kg.turtle import Position, TurtleFile, oxigraph_term

Subject = NamedNode | BlankNode
Object = NamedNode | BlankNode | Literal
Statement = tuple[Subject, NamedNode, Object]


@dataclass(frozen=True)
class LocatedGraph:
    """The triples of one file, each once, in the order in which they are written.

    `objects[i]` and `predicates[i]` are where object and predicate of `triples[i]` begin; `subjects` is where each
    subject begins for the first time.
    """

    path: Path
    triples: Sequence[Statement] = field(repr=False)
    objects: Sequence[Position] = field(repr=False)
    predicates: Sequence[Position] = field(repr=False)
    subjects: dict[Subject, Position] = field(repr=False)

    @classmethod
    def of(cls, turtle: TurtleFile) -> Self:
        """Take over what was parsed."""
        terms = {node: oxigraph_term(node) for node in chain(turtle.subjects, chain.from_iterable(turtle.positions))}
        return cls(
            turtle.path,
            [(terms[s], terms[p], terms[o]) for s, p, o in turtle.positions],
            list(turtle.positions.values()),
            [turtle.predicates.get(triple, place) for triple, place in turtle.positions.items()],
            {terms[subject]: place for subject, place in turtle.subjects.items()},
        )

    @cached_property
    def index(self) -> dict[Statement, int]:
        """Where each triple stands in `triples`."""
        return {triple: number for number, triple in enumerate(self.triples)}

    @cached_property
    def _statements(self) -> dict[tuple[Subject, NamedNode], int]:
        """The first triple of each subject and predicate."""
        first: dict[tuple[Subject, NamedNode], int] = {}
        for number, (subject, predicate, _) in enumerate(self.triples):
            first.setdefault((subject, predicate), number)
        return first

    def object(self, subject: Any, predicate: Any, value: Any) -> Position | None:
        """Return where the object of a triple begins, or None when the file does not have the triple."""
        number = self.index.get((subject, predicate, value))
        return None if number is None else self.objects[number]

    def statement(self, subject: Any, predicate: Any) -> Position | None:
        """Return where the first object of a subject and a predicate begins, or None when there is none."""
        number = self._statements.get((subject, predicate))
        return None if number is None else self.objects[number]

    def subject(self, subject: Any) -> Position | None:
        """Return where a subject begins for the first time, or None when the file does not describe it."""
        return self.subjects.get(subject)

    def record(self) -> dict[str, Any]:
        """Return the graph as plain values, for JSON."""
        subjects = [pyoxigraph.Triple(subject, _NO_TERM, _NO_TERM) for subject in self.subjects]
        return {
            "triples": _written(pyoxigraph.Triple(*triple) for triple in self.triples),
            "places": [*chain.from_iterable(self.objects)],
            "predicates": [*chain.from_iterable(self.predicates)],
            "subjects": _written(subjects),
            "subject_places": [*chain.from_iterable(self.subjects.values())],
        }

    @classmethod
    def from_record(cls, path: Path, record: dict[str, Any]) -> Self:
        """Return the graph of a record."""
        subjects = [subject for subject, _, _ in _read(record["subjects"])]
        return cls(
            path,
            _read(record["triples"]),
            _positions(record["places"]),
            _positions(record["predicates"]),
            dict(zip(subjects, _positions(record["subject_places"]), strict=True)),
        )


_NO_TERM = NamedNode("urn:none")


def _written(triples: Iterable[pyoxigraph.Triple]) -> str:
    """Return triples as N-Triples."""
    return (pyoxigraph.serialize(triples, format=RdfFormat.N_TRIPLES) or b"").decode()


def _read(text: str) -> list[Statement]:
    """Return the triples of N-Triples in their order, with the labels of their blank nodes."""
    parsed = pyoxigraph.parse(text, format=RdfFormat.N_TRIPLES)
    return [(quad.subject, quad.predicate, quad.object) for quad in parsed]


def _positions(numbers: list[int]) -> list[Position]:
    """Return lines and columns, one after the other, as positions."""
    return [Position(line, column) for line, column in zip(numbers[::2], numbers[1::2], strict=True)]
