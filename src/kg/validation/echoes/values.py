"""Which of two nodes, or of two values, a result blames that could blame either."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from kg.finding import Finding
from kg.rules import Rule
from kg.validation.echoes.described import Described
from kg.validation.echoes.kinds import LOOKS_INTO, SHACL

_MAX_COUNT: Final = f"<{SHACL}MaxCountConstraintComponent>"
_EQUALS: Final = f"<{SHACL}EqualsConstraintComponent>"


def own_side_of_equals(
    ordered: Sequence[Finding], described: Described, _rules: Mapping[str, Rule]
) -> dict[Finding, Finding]:
    """Return the values that only the other path of sh:equals has, where the path itself has such a value too."""
    pairs = [one for one in ordered if one.component == _EQUALS]
    own = {
        (one.focus_node, one.source_shape): one
        for one in pairs
        if (one.focus_node, one.result_path) in described.at(one)
    }
    return {
        one: cause
        for one in pairs
        if (cause := own.get((one.focus_node, one.source_shape))) is not None
        and (one.focus_node, one.result_path) not in described.at(one)
    }


def later_of_two(
    ordered: Sequence[Finding], described: Described, _rules: Mapping[str, Rule]
) -> dict[Finding, Finding]:
    """Return the nodes that share with a later one a value that only one may have: a path to it and back says so."""
    shared: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for one in ordered:
        there, _, back = one.result_path.partition(" / ^")
        if one.component == _MAX_COUNT and there == back:
            values = [str(value) for _, predicate, value in described.statements(one) if str(predicate) == there]
            if values:
                shared[one.source_shape, values[0]].append(one)
    return {one: group[-1] for group in shared.values() for one in group[:-1]}


def values_first(
    ordered: Sequence[Finding], _described: Described, _rules: Mapping[str, Rule]
) -> dict[Finding, Finding]:
    """Return the results that blame a value with a result of its own, one that blames no such value in turn."""
    results = [one for one in ordered if one.source_shape]
    by_focus = {one.focus_node: one for one in results}
    roots = {one.focus_node: one for one in results if one.value not in by_focus or one.value == one.focus_node}
    return {
        one: roots[one.value]
        for one in results
        if one.component in LOOKS_INTO and one.value in roots and one.value != one.focus_node
    }
