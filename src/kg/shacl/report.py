"""Findings of results: the rule, the sentences, and the place."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from pyoxigraph import BlankNode, Literal, NamedNode

from kg.checks.messages import finding_of
from kg.finding import Finding, Severity
from kg.rules import built_in
from kg.shacl import Session
from kg.shacl.messages import sentences, short
from kg.shacl.paths import sparql
from kg.shacl.places import Places, shape_place
from kg.shacl.results import Problem, Result, Validation
from kg.shacl.shapes import ShapesGraph
from kg.shacl.terms import local_name, sh

if TYPE_CHECKING:
    from kg.located import LocatedGraph

_SEVERITIES: Final[dict[NamedNode, Severity]] = {
    sh("Violation"): "violation",
    sh("Warning"): "warning",
    sh("Info"): "info",
}
UNUSABLE: Final = "shape-unusable"


def rule_id(result: Result) -> str:
    """Return the rule of a result: the local name of the named shape, else that of the constraint component."""
    return local_name((result.named_shape or result.component).value)


def _about(node: Any, prefixes: Mapping[str, str]) -> str:
    """Return what a message calls a node: the last part of an IRI, else the term."""
    if isinstance(node, NamedNode):
        return node.value.rstrip("/").rpartition("/")[2] or node.value
    return short(node, prefixes)


def _written(term: Any) -> str:
    """Return a term of N-Triples for a report; a blank node has no name that means anything elsewhere."""
    if term is None or isinstance(term, BlankNode):
        return "" if term is None else "[]"
    return str(term)


def _remedies(result: Result) -> tuple[str, str]:
    """Return what to do about a result in Thai and English: a shape's own message says it itself."""
    rule = None if result.messages else built_in().get(local_name(result.component.value))
    return (rule.remedy["th"], rule.remedy["en"]) if rule else ("", "")


def findings(
    validation: Validation,
    shapes: "Sequence[LocatedGraph]",
    data: "Sequence[LocatedGraph]",
    focus: "Sequence[LocatedGraph] | None" = None,
    prefixes: Mapping[str, str] | None = None,
    session: Session | None = None,
) -> list[Finding]:
    """Return a finding for each result and each problem of a validation of these files.

    A problem is left out where `meta.check` finds what is behind it. `prefixes` (prefix → namespace) shorten IRIs in
    sentences that no shape supplies.
    """
    if not validation.results and not validation.problems:
        return []
    session = session or Session()
    graph, index, known = session.screen(shapes).shapes, session.index(data), prefixes or {}
    places = Places(graph, index, focus or ())
    found = []
    if validation.problems:
        from kg.shacl.meta import unexplained  # noqa: PLC0415  # it is rarely needed

        found = [_problem_finding(graph, one) for one in unexplained(shapes, validation.problems, session)]
    for result in validation.results:
        told = dict(result.messages) or sentences(graph, index, result, known)
        english = told.get("en") or told.get("") or next(iter(told.values()))
        about = _about(result.focus, known)
        if result.value is not None and result.value != result.focus:
            value = result.value
            about += f' ("{value.value}")' if isinstance(value, Literal) else f" ({_about(value, known)})"
        file, position = places.place(result)
        found.append(
            Finding(
                file.path,
                *position,
                _SEVERITIES.get(result.severity, "violation"),
                rule_id(result),
                f"{about}: {told.get('th') or english}",
                f"{about}: {english}",
                *_remedies(result),
                focus_node=_written(result.focus),
                result_path=sparql(result.path) if result.path else "",
                value=_written(result.value),
                source_shape=_written(result.source_shape),
                component=_written(result.component),
            )
        )
    return found


def _problem_finding(shapes: ShapesGraph, problem: Problem) -> Finding:
    """Return why pySHACL cannot use a shape, at the shape."""
    file, position = shape_place(shapes, problem.shape)
    found = finding_of(built_in()[UNUSABLE], file.path, position, {"why": problem.message})
    return replace(found, source_shape=_written(problem.shape))
