"""Where a fault is told that several findings at one place, or one finding at several places, tell."""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from kg.finding import Finding
from kg.rules import FOLDER, Rule
from kg.validation.echoes.described import Described
from kg.validation.echoes.kinds import DECLARATIONS, SPARQL, TERMS
from kg.validation.echoes.severities import gravest

if TYPE_CHECKING:
    from kg.validation.files import ExaminedFile

_PAIR: Final = 2
_SEVERAL: Final = 3
"""Findings, and IRIs made from one base, from which on they may have one cause."""

_BASE: Final = re.compile(rb"^[ \t]*(?:@base|BASE)[ \t]+<(?P<iri>[^<>\r\n]*)>", re.IGNORECASE | re.MULTILINE)


def one_of_each(ordered: list[Finding]) -> list[Finding]:
    """Return the findings without those that say in other words what one at the same place says."""
    kept: list[Finding] = []
    results: set[tuple[Any, ...]] = set()
    names: dict[tuple[Path, int, int, tuple[str, ...]], int] = {}
    for one in ordered:
        if one.source_shape:
            key = (one.path, one.line, one.column, one.rule, one.source_shape, one.focus_node, one.severity)
            if key in results:
                continue
            results.add(key)
        group = next((group for group in (TERMS, DECLARATIONS) if one.rule in group), None)
        if group is None:
            kept.append(one)
            continue
        place = (one.path, one.line, one.column, group)
        if place not in names:
            names[place] = len(kept)
            kept.append(one)
            continue
        first = kept[names[place]]
        telling = min(first, one, key=lambda finding: group.index(finding.rule))
        kept[names[place]] = replace(telling, severity=gravest(first, one))
    return kept


def own_rules_first(ordered: list[Finding], rules: Mapping[str, Rule]) -> list[Finding]:
    """Return the findings without IRIs that no file describes where a rule of the project's own speaks of them."""
    own = {
        (one.path, one.line, one.column)
        for one in ordered
        if one.rule in rules and not one.source_shape and not rules[one.rule].path.is_relative_to(FOLDER)
    }
    return [one for one in ordered if one.rule != "dangling-iri" or (one.path, one.line, one.column) not in own]


def bases_first(ordered: list[Finding], examined: "Mapping[Path, ExaminedFile]") -> list[Finding]:
    """Return the findings with one at the base of a file for those of a rule that blames all IRIs made from it."""
    groups: dict[tuple[Path, str], list[Finding]] = defaultdict(list)
    for one in ordered:
        if one.value.startswith("<") and one.path in examined:
            groups[one.path, one.rule].append(one)
    blamed: dict[Finding, Finding] = {}
    for (path, _), group in groups.items():
        known = examined[path]
        declared = None if len(group) < _SEVERAL or known.broken else _BASE.search(known.content)
        if declared is None:
            continue
        base = f"<{declared['iri'].decode()}"
        made = {str(value) for _, _, value in known.graph.triples if str(value).startswith(f"{base}#")}
        ours = [one for one in group if one.value in made]
        if len(made) >= _SEVERAL and {one.value for one in ours} == made:
            line = known.content.count(b"\n", 0, declared.start("iri")) + 1
            cause = replace(ours[0], line=line, column=1, focus_node="", result_path="", value="")
            blamed |= dict.fromkeys(ours, cause)
    return list(dict.fromkeys(blamed.get(one, one) for one in ordered))


def at_common_property(ordered: list[Finding], described: Described) -> list[Finding]:
    """Return the findings with one for two queries of shapes that find fault with a node, at what both look at.

    That is so if the node has one value of one property that both queries name.
    """
    by_focus: dict[str, list[Finding]] = defaultdict(list)
    for one in ordered:
        if one.component == SPARQL and one.focus_node in described.subjects(replace(one, focus_node="")):
            by_focus[one.focus_node].append(one)
    told: dict[Finding, Finding] = {}
    for focus, group in by_focus.items():
        if len({one.source_shape for one in group}) < _PAIR or len({one.severity for one in group}) > 1:
            continue
        common = set.intersection(*(described.asked(one.source_shape) for one in group))
        values = [value for predicate in sorted(common) for value in described.values(focus, predicate)]
        if len(values) == 1:
            path, (line, column), value = values[0]
            first = replace(group[0], path=path, line=line, column=column, value=str(value))
            told |= dict.fromkeys(group, first)
    return list(dict.fromkeys(told.get(one, one) for one in ordered))
