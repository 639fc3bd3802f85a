"""Terms of published vocabularies that these do not have: a slip that no engine complains of.

What a finding depends on: one file alone. A namespace without a list is passed over; of a term that a vocabulary has
and advises against nothing is said.
"""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

from pyoxigraph import Literal, NamedNode

from kg.checks.messages import Names, finding_of
from kg.finding import Finding, Severity
from kg.located import LocatedGraph
from kg.rules import Rule, built_in
from kg.turtle import Position
from kg.vocabularies import vocabularies

RULE: Final = "unknown-foreign-term"


def _terms(graph: LocatedGraph) -> Iterator[tuple[Any, Position]]:
    """Yield each term that a file uses or speaks of, with its place: subjects, predicates, objects, data types."""
    for subject, place in graph.subjects.items():
        yield subject, place
    for (_, predicate, value), place, at in zip(graph.triples, graph.objects, graph.predicates, strict=True):
        yield predicate, at
        yield (value.datatype if isinstance(value, Literal) else value), place


@lru_cache(65536)
def unknown(iri: str) -> tuple[Severity, str] | None:
    """Return how grave it is that a vocabulary lacks a term, and the IRI of the nearest; None when it has it."""
    cut = max(iri.rfind("#"), iri.rfind("/")) + 1
    vocabulary = vocabularies().get(iri[:cut])
    local = iri[cut:]
    if vocabulary is None or vocabulary.has(local):
        return None
    lowered = {name.lower() for name in vocabulary.terms}
    if not (nearest := difflib.get_close_matches(local.lower(), sorted(lowered), n=1)):
        return vocabulary.severity, ""
    alike = [name for name in sorted(vocabulary.terms) if name.lower() == nearest[0]]  # Dataset and dataset
    best = max(alike, key=lambda name: difflib.SequenceMatcher(None, local, name).ratio())
    return vocabulary.severity, iri[:cut] + best


def foreign_term_findings(
    graph: LocatedGraph, rules: Mapping[str, Rule] | None = None, prefixes: Mapping[str, str] | None = None
) -> list[Finding]:
    """Return a finding for each place of a file that has a term which its vocabulary does not have.

    `prefixes` shorten the names in the messages. The severity is that of the vocabulary.
    """
    rule = (built_in() if rules is None else rules).get(RULE)
    if rule is None:
        return []
    names = Names(prefixes or {})
    found: dict[tuple[str, Position], Finding] = {}
    for term, place in _terms(graph):
        if not isinstance(term, NamedNode) or (judged := unknown(term.value)) is None:
            continue
        severity, nearest = judged
        values = {"term": names.short(term), "nearest": names.short(NamedNode(nearest)) if nearest else ""}
        finding = finding_of(rule, graph.path, place, values, value=str(term))
        found.setdefault((term.value, place), replace(finding, severity=severity))
    return [*found.values()]
