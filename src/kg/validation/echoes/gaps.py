"""What is missing: told once for a path, not beside a wrong value, and with the answers that it keeps away."""

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyoxigraph import NamedNode, Quad, QueryBoolean, Store

from kg.finding import Finding
from kg.validation.echoes.kinds import MISSING
from kg.validation.echoes.severities import gravest

if TYPE_CHECKING:
    from kg.validation.files import ExaminedFile


def values_before_gaps(ordered: list[Finding]) -> list[Finding]:
    """Return the findings without gaps in a path of a focus node that has a wrong value there."""
    wrong = {(one.focus_node, one.result_path) for one in ordered if one.source_shape and one.value and one.result_path}
    return [one for one in ordered if one.component not in MISSING or (one.focus_node, one.result_path) not in wrong]


def gaps_together(ordered: list[Finding]) -> list[Finding]:
    """Return the findings with one for all that a focus node lacks on a path, such as a label in two languages."""
    kept: dict[Any, Finding] = {}
    for one in ordered:
        if one.component not in MISSING or one.value:
            kept[one] = one
            continue
        key = (one.path, one.line, one.column, one.focus_node, one.result_path)
        first = kept.get(key)
        kept[key] = (
            one
            if first is None
            else replace(
                first,
                severity=gravest(first, one),
                message_th=f"{first.message_th} · {one.message_th.partition(': ')[2]}",
                message_en=f"{first.message_en} {one.message_en.partition(': ')[2]}",
            )
        )
    return list(kept.values())


def answered_without_gaps(
    queries: Iterable[Path], ordered: Iterable[Finding], examined: "Mapping[Path, ExaminedFile]"
) -> set[Path]:
    """Return the queries that find something once the values are there that nodes are said to lack.

    What a node lacks is taken to be any value that the property has elsewhere. The queries are asked of the union.
    """
    gaps = [
        (NamedNode(one.focus_node[1:-1]), NamedNode(name))
        for one in ordered
        if one.component in MISSING and one.focus_node.startswith("<")
        for name in re.findall("<([^<>]+)>", one.result_path)
    ]
    if not gaps:
        return set()
    triples = [triple for known in examined.values() if not known.broken for triple in known.graph.triples]
    store = Store()
    store.bulk_extend(Quad(*triple) for triple in triples)
    for focus, predicate in gaps:
        store.extend(Quad(focus, predicate, value) for _, property_, value in triples if property_ == predicate)
    found = set()
    for path in queries:
        with suppress(OSError, SyntaxError, RuntimeError, ValueError):
            answer = store.query(path.read_text("utf-8"), base_iri="urn:base:")
            if not isinstance(answer, QueryBoolean) and next(iter(answer), None) is not None:
                found.add(path)
    return found
