"""pySHACL, asked about what the screen does not clear.

Each suspect shape is evaluated on its suspect focus nodes; shapes to which it refers are evaluated wherever it leads.
Nothing is fetched, the data are not changed but by the rules of the shapes, which work on a copy.
"""

import contextlib
import logging
import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import rdflib
from pyshacl.constraints.sparql.sparql_based_constraints import SPARQLBasedConstraint
from pyshacl.functions import apply_functions, gather_functions, unapply_functions
from pyshacl.graph_abstraction import DataGraph
from pyshacl.rules import apply_rules, gather_rules
from pyshacl.target import apply_target_types, gather_target_types
from pyshacl.validator import Validator
from rdflib.namespace import SH

from kg.shacl.graph import IndexGraph, rdflib_term
from kg.shacl.index import Index
from kg.shacl.paths import Path, PathError, read_path
from kg.shacl.results import Problem, Result, Validation
from kg.shacl.screen import Suspects
from kg.shacl.shapes import MESSAGE, ShapesGraph
from kg.turtle import oxigraph_term

_LOG: Final = logging.getLogger("kg.shacl.pyshacl")
_LOG.addHandler(logging.NullHandler())
_LOG.propagate = False

_Report = tuple[str, Any, list[tuple[Any, Any, Any]]]
"""What pySHACL makes of a result: a text, its node, and its triples (an object may stand beside its graph)."""


@contextlib.contextmanager
def _quiet() -> Iterator[list[warnings.WarningMessage]]:
    """Collect the warnings, and silence what rdflib logs about ill-typed literals."""
    logger = logging.getLogger("rdflib.term")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            yield caught
    finally:
        logger.setLevel(level)


@contextlib.contextmanager
def _noting_solutions() -> Iterator[dict[Any, dict[str, Any]]]:
    """Note the solution behind each result of a SPARQL constraint by the node of the result.

    pySHACL keeps of a solution only what it puts into the text of a message, without the language of that.
    """
    make = SPARQLBasedConstraint.make_v_result
    noted: dict[Any, dict[str, Any]] = {}

    def make_and_note(self: Any, *args: Any, **kwargs: Any) -> Any:
        text, node, triples = make(self, *args, **kwargs)
        bound = kwargs.get("bound_vars")
        if isinstance(bound, tuple) and len(bound) == 4:
            named = dict(zip(("this", "path", "value"), bound, strict=False))
            noted[node] = {name: term for name, term in (bound[3] | named).items() if term is not None}
        return text, node, triples

    SPARQLBasedConstraint.make_v_result = make_and_note  # type: ignore[method-assign]
    try:
        yield noted
    finally:
        SPARQLBasedConstraint.make_v_result = make  # type: ignore[method-assign]


class _Judge:
    """One run of pySHACL."""

    def __init__(self, shapes: ShapesGraph, data: Index) -> None:
        """Load the shapes. Raises what pySHACL raises when it cannot."""
        self.shapes, self.data = shapes, data
        theirs = rdflib.Graph(bind_namespaces="none")
        for file in shapes.files:
            for triple in file.graph.triples:
                theirs.add(tuple(map(rdflib_term, triple)))  # type: ignore[arg-type]
        self.graph: rdflib.Graph = IndexGraph(data)
        self.validator = Validator(
            DataGraph.from_rdflib(self.graph), shacl_graph=theirs, options={"advanced": True, "logger": _LOG}
        )
        self.executor = self.validator.make_executor()
        self.theirs = {oxigraph_term(shape.node): shape for shape in self.validator.shacl_graph.shapes}
        for shape in self.theirs.values():
            shape.set_advanced(True)
        apply_target_types(gather_target_types(self.validator.shacl_graph))
        self.solutions: dict[Any, dict[str, Any]] = {}

    def everything(self, subjects: frozenset[Any] | None) -> tuple[list[Result], list[Problem]]:
        """Evaluate all shapes on all that they target, after the rules."""
        copy = rdflib.Graph(bind_namespaces="none")
        for triple in self.graph:
            copy.add(triple)
        wrapped = DataGraph.from_rdflib(copy)
        functions = gather_functions(self.executor, self.validator.shacl_graph)
        rules = gather_rules(self.executor, self.validator.shacl_graph)
        apply_functions(self.executor, functions, wrapped)
        try:
            if rules:
                apply_rules(self.executor, rules, wrapped)
            found, problems = [], []
            for node in self.theirs:
                results, faults = self.evaluate(node, None, subjects, copy)
                found += results
                problems += faults
        finally:
            unapply_functions(functions, wrapped)
        return found, problems

    def evaluate(
        self,
        node: Any,
        nodes: Iterable[Any] | None,
        subjects: frozenset[Any] | None,
        data: rdflib.Graph | None = None,
    ) -> tuple[list[Result], list[Problem]]:
        """Evaluate one shape on some focus nodes; None stands for those that it targets among the `subjects`."""
        data = self.graph if data is None else data
        shape = self.theirs.get(node)
        if shape is None:
            return [], [Problem(node, "pySHACL does not find this shape.")]
        reports: list[_Report] = []
        problems: list[Problem] = []
        try:
            if nodes is None:
                targets = {oxigraph_term(one): one for one in shape.focus_nodes(data)}
                nodes = targets if subjects is None else targets.keys() & subjects
            focus = [rdflib_term(one) for one in sorted(nodes, key=str)]
        except Exception as error:  # of whatever kind: the shape is at fault, not this program
            return [], [Problem(node, _sentence(error))]
        try:
            reports = list(shape.validate(self.executor, data, focus=focus)[1]) if focus else []
        except Exception:  # one focus node may be at fault; the others still have their results
            for one in focus:
                try:
                    reports += shape.validate(self.executor, data, focus=[one])[1]
                except Exception as error:
                    problems.append(Problem(node, _sentence(error)))
        return [self.result(report[1], report[2]) for report in reports], problems

    def result(self, node: Any, triples: Sequence[tuple[Any, Any, Any]]) -> Result:
        """Return a result of pySHACL as plain values."""
        properties: dict[Any, list[Any]] = {}
        for subject, predicate, value in triples:
            if subject == node:
                properties.setdefault(predicate, []).append(value[1] if isinstance(value, tuple) else value)

        def get(predicate: Any) -> Any:
            values = properties.get(predicate)
            return oxigraph_term(values[0]) if values else None

        solution = self.solutions.get(node, {})
        shape, constraint = get(SH.sourceShape), get(SH.sourceConstraint)
        subject, other = solution.get("subject"), solution.get("other")
        return Result(
            focus=get(SH.focusNode),
            path=self.path(get(SH.resultPath)),
            value=get(SH.value),
            severity=get(SH.resultSeverity),
            messages=self.messages(shape, constraint, solution),
            source_shape=shape,
            named_shape=self.shapes.named(shape),
            component=get(SH.sourceConstraintComponent),
            constraint=constraint,
            subject=None if subject is None else oxigraph_term(subject),
            other=None if other is None else oxigraph_term(other),
            details=tuple(sorted((self.result(one, triples) for one in properties.get(SH.detail, ())), key=Result.key)),
        )

    def path(self, node: Any) -> Path | None:
        """Return the path of a result."""
        try:
            return None if node is None else read_path(self.shapes.index, node)
        except PathError:
            return None

    def messages(self, shape: Any, constraint: Any, solution: dict[str, Any]) -> tuple[tuple[str, str], ...]:
        """Return what the constraint, else the shape says about itself, with the solution filled in."""
        index = self.shapes.index
        told = {}
        for holder in (shape, constraint):
            for message in sorted(index.objects(holder, MESSAGE) if holder is not None else (), key=str):
                text = message.value
                for name, term in solution.items():
                    text = re.sub(rf"\{{[?$]{name}\}}", lambda _, term=term: str(term), text)  # type: ignore[misc]
                told[message.language or ""] = text
        return tuple(sorted(told.items()))


def _sentence(error: Exception) -> str:
    """Return what pySHACL says, in one line and without labels of blank nodes."""
    text = str(error).partition("\nFor reference")[0] or type(error).__name__
    return re.sub(r"'?\b[nN][0-9a-f]{32}\w*'?", "[]", " ".join(text.split()))


def judge(shapes: ShapesGraph, data: Index, suspects: Suspects, subjects: frozenset[Any] | None) -> Validation:
    """Return what pySHACL finds about the suspects.

    `subjects` are the only focus nodes, unless it is None; it matters where the screen could not tell the targets.
    """
    with _quiet() as caught, _noting_solutions() as solutions:
        try:
            run = _Judge(shapes, data)
            run.solutions = solutions
            if suspects.everything:
                results, problems = run.everything(subjects)
            else:
                results, problems = [], []
                for node, nodes in suspects.by_shape.items():
                    found, faults = run.evaluate(node, nodes, subjects)
                    results += found
                    problems += faults
        except Exception as error:  # the shapes graph cannot be loaded
            return Validation((), (Problem(None, _sentence(error)),))
    if any(issubclass(one.category, RuntimeWarning) and "Recursive Shape" in str(one.message) for one in caught):
        problems.append(Problem(None, "A shape refers to itself; pySHACL stops after some rounds."))
    return Validation.of(results, problems)
