"""What validation says: results (SHACL, section 3.6.2) and problems of the shapes themselves, as plain values."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pyoxigraph import NamedNode

from kg.shacl.paths import Path, sparql


@dataclass(frozen=True)
class Result:
    """One validation result. Terms are those of pyoxigraph, with the labels that blank nodes have in their files.

    `messages` are texts by language, sorted; the language is empty where the shape gives none. `named_shape` is the
    source shape, or the nearest named shape that holds it. `constraint` is the `sh:SPARQLConstraint`, if there is one.
    `subject` is what the query of a constraint binds to `?subject`: the resource that is at fault when the focus node
    stands for a whole file, `other` what it binds to `?other`: what the value must not agree with. `details` are the
    results below (`sh:detail`), which count for nothing by themselves.
    """

    focus: Any
    path: Path | None
    value: Any
    severity: Any
    messages: tuple[tuple[str, str], ...]
    source_shape: Any
    named_shape: NamedNode | None
    component: NamedNode
    constraint: Any = None
    subject: Any = None
    other: Any = None
    details: tuple["Result", ...] = ()

    def key(self) -> tuple[str, ...]:
        """Return what tells results apart, as text to sort by."""
        path = sparql(self.path) if self.path else ""
        terms = (self.focus, path, self.value, self.source_shape, self.component, self.severity, self.constraint)
        return (*(str(term or "") for term in (*terms, self.subject, self.other)), str(self.messages))


@dataclass(frozen=True)
class Problem:
    """Why pySHACL cannot use a shape, or with no `shape` the whole graph."""

    shape: Any
    message: str


@dataclass(frozen=True)
class Validation:
    """The results and the problems of one validation, sorted and each once."""

    results: tuple[Result, ...] = ()
    problems: tuple[Problem, ...] = ()

    @classmethod
    def of(cls, results: Iterable[Result], problems: Iterable[Problem] = ()) -> "Validation":
        """Sort, and leave out what is said twice."""
        return cls(
            tuple(sorted(dict.fromkeys(results), key=Result.key)),
            tuple(sorted(set(problems), key=lambda problem: (str(problem.shape or ""), problem.message))),
        )
