"""Results of shapes: which is nearest to the data, of several runs, of parts and wholes, of queries and rules."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from kg.finding import SEVERITIES, Finding
from kg.rules import Rule
from kg.validation.echoes.described import Described
from kg.validation.echoes.kinds import LOOKS_INTO, SPARQL, family_of


def once_a_result(runs: Iterable[tuple[int, Sequence[Finding]]]) -> list[Finding]:
    """Return the findings of runs, each run with the number of files that it sees, without results of a wider run.

    A result of a wider run stays when it is graver, or when no narrower run has one for its focus node and path.
    """
    told = [(seen, finding) for seen, found in runs for finding in found]
    narrowest: dict[tuple[str, str, int], int] = {}
    for seen, one in told:
        if one.source_shape:
            for severity in range(SEVERITIES.index(one.severity), len(SEVERITIES)):
                key = (one.focus_node, one.result_path, severity)
                narrowest[key] = min(seen, narrowest.get(key, seen))

    def is_wider(seen: int, one: Finding) -> bool:
        return seen > narrowest[one.focus_node, one.result_path, SEVERITIES.index(one.severity)]

    return [one for seen, one in told if not one.source_shape or not is_wider(seen, one)]


def shapes_before_rules(
    ordered: Sequence[Finding], described: Described, rules: Mapping[str, Rule]
) -> dict[Finding, Finding]:
    """Return what rules of OWL and of hygiene say about that of which a shape speaks."""
    at_place: dict[tuple[Path, int, int], Finding] = {}
    on_path: dict[tuple[str, str], Finding] = {}
    for one in ordered:
        if one.source_shape:
            at_place.setdefault((one.path, one.line, one.column), one)
            on_path.setdefault((one.focus_node, one.result_path), one)
    echoes = {}
    for one in ordered if at_place else ():
        if not one.source_shape and family_of(one, rules) in {"consistency", "hygiene"}:
            cause = at_place.get((one.path, one.line, one.column))
            cause = cause or next((on_path[pair] for pair in described.at(one) if pair in on_path), None)
            if cause:
                echoes[one] = cause
    return echoes


def limits_first(
    ordered: Sequence[Finding], _described: Described, _rules: Mapping[str, Rule]
) -> dict[Finding, Finding]:
    """Return the results of shapes whose limits contradict each other, or that refer back to themselves."""
    told = [
        one
        for one in ordered
        if one.rule in {"recursive-shape", "shape-contradiction"} and one.focus_node.startswith("<")
    ]
    shapes = {one.focus_node: one for one in told}
    return {one: shapes[one.source_shape] for one in ordered if one.source_shape in shapes}


def parts_first(ordered: Sequence[Finding], described: Described, _rules: Mapping[str, Rule]) -> dict[Finding, Finding]:
    """Return the results of whole nodes whose shape looks at a path of which there is a result for the node."""
    on_path = {(one.focus_node, one.result_path): one for one in ordered if one.source_shape and one.result_path}
    echoes = {}
    for one in ordered:
        if one.component in LOOKS_INTO and one.value == one.focus_node and not one.result_path:
            found = [on_path.get((one.focus_node, path)) for path in described.paths(one.source_shape)]
            if cause := next(filter(None, found), None):
                echoes[one] = cause
    return echoes


def queries_last(
    ordered: Sequence[Finding], _described: Described, _rules: Mapping[str, Rule]
) -> dict[Finding, Finding]:
    """Return the results of SPARQL constraints whose focus node or value, or file and graver, has another result."""
    by_focus: dict[str, Finding] = {}
    by_path: dict[tuple[str, str], Finding] = {}
    by_file: dict[Path, Finding] = {}
    for one in ordered:
        if one.severity == "violation" and one.rule != "format":
            by_file.setdefault(one.path, one)
        if one.source_shape:
            if one.component != SPARQL:
                by_focus.setdefault(one.focus_node, one)
            if one.severity == "violation":
                by_path.setdefault((one.focus_node, one.result_path), one)
    echoes = {}
    for one in ordered:
        if one.component == SPARQL:
            cause = by_focus.get(one.focus_node) or by_focus.get(one.value)
            if cause is None and one.severity != "violation":
                cause = by_path.get((one.focus_node, one.result_path)) or by_file.get(one.path)
            if cause:
                echoes[one] = cause
    return echoes
