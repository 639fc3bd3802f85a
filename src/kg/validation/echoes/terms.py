"""Names that are misspelt, and terms whose axioms are at odds: what only follows from them is no news."""

import difflib
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pyoxigraph import NamedNode

from kg.finding import Finding, sort_findings
from kg.rules import Rule
from kg.validation.echoes.described import Described
from kg.validation.echoes.kinds import MISSING, TYPE, family_of

if TYPE_CHECKING:
    from kg.validation.files import ExaminedFile

_AXIOMS: Final = frozenset(
    (
        "class-and-individual",
        "class-and-property",
        "class-cycle",
        "property-cycle",
        "two-kinds-of-property",
        "unsatisfiable-class",
    )
)
"""Rules about axioms that are at odds; what follows from them is no news."""

_OF_CONCEPTS: Final = frozenset(("missing-concept-definition", "missing-concept-label", "orphan-concept"))
"""Rules about concepts, which a class that was made a concept by mistake need not keep."""

NEAR: Final = 0.8
"""Likeness from which on a name may be a misspelt other one (difflib)."""


def renamed_first(ordered: list[Finding], examined: "Mapping[Path, ExaminedFile]") -> list[Finding]:
    """Return the findings with one at a misspelt subject for all that the resource lacks which it seems to mean."""
    lacking: dict[str, list[Finding]] = defaultdict(list)
    for one in ordered:
        if one.component in MISSING and not one.value and one.focus_node.startswith("<"):
            lacking[one.focus_node].append(one)
    if not lacking:
        return ordered
    graphs = [known.graph for known in examined.values() if not known.broken]
    used = {str(value) for graph in graphs for _, _, value in graph.triples}
    echoes: dict[Finding, Finding] = {}
    for meant, group in lacking.items():
        space, name = _split(meant)
        paths = {one.result_path for one in group}
        for graph in graphs:
            for subject, place in graph.subjects.items():
                if str(subject) in used or not isinstance(subject, NamedNode):
                    continue
                other, near = _split(str(subject))
                if other != space or near == name or difflib.SequenceMatcher(None, near, name).ratio() < NEAR:
                    continue
                says = {str(predicate) for node, predicate, _ in graph.triples if node == subject}
                if paths <= says and not any(str(node) == meant for node in graph.subjects):
                    told = Finding(
                        graph.path,
                        *place,
                        "violation",
                        "dangling-iri",
                        f"ไม่มีที่ใดใช้ {near} ส่วน {name} ซึ่งใช้อยู่ที่อื่น ขาดสิ่งที่บอกไว้ที่นี่",
                        f"Nothing uses {near}, and {name}, which is used elsewhere, lacks what is said here.",
                        f"เขียน {name} ที่นี่",
                        f"Write {name} here.",
                        focus_node=str(subject),
                    )
                    echoes |= dict.fromkeys(group, told)
    return sort_findings(dict.fromkeys(echoes.get(one, one) for one in ordered))


def _split(iri: str) -> tuple[str, str]:
    """Return the namespace and the local name of an IRI in angle brackets."""
    name = re.split("[#/]", iri[1:-1])[-1]
    return iri[1 : len(iri) - 1 - len(name)], name


def axioms_first(ordered: Sequence[Finding], described: Described, rules: Mapping[str, Rule]) -> dict[Finding, Finding]:
    """Return what only follows from axioms that are at odds, or from classes that exclude one another."""
    echoes: dict[Finding, Finding] = {}
    for cause in sorted(ordered, key=lambda one: one.rule not in _AXIOMS):
        if cause in echoes:
            continue
        if cause.rule in _AXIOMS:
            terms = {str(subject) for subject, _, _ in described.statements(cause)}
            affected = described.members(terms)
        elif family_of(cause, rules) == "consistency" and any(p == TYPE for _, p, _ in described.statements(cause)):
            terms, affected = set(), described.subjects(cause)
        else:
            continue
        for one in ordered:
            family = family_of(one, rules)
            if one.rule in _OF_CONCEPTS and described.subjects(one) & terms:
                echoes[one] = cause
            if one is cause or one in echoes or family not in {"shacl", "consistency"} or one in echoes.values():
                continue
            if described.subjects(one) & affected or {predicate for _, predicate in described.at(one)} & terms:
                echoes[one] = cause
    return echoes
