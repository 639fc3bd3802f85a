"""Which names of ours a query uses that the data set does not know, and what is nearest to each.

A query with a misspelt class or property is well formed and finds nothing; SPARQL has no word for that.
"""

import difflib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from pyoxigraph import NamedNode, QueryResultsFormat, QuerySolutions

from kg.namespaces import BASE
from kg.store import GraphStore
from kg.tokens import iris, tokenise

_LOOKED_AT: Final = 50_000
"""Triples of the store among which a nearest name is looked for, so that the time is bounded."""

_RELATIVE: Final = re.compile(r"<(?![A-Za-z][A-Za-z0-9+.-]*:)[^<>\"{}|^`\s]+>")
_SIMPLE: Final = re.compile(r"[^\\%]*")
"""What may be a name of ours in a text that was not read: more than there is, but nothing less."""

_NEIGHBOURS: Final = """
SELECT DISTINCT ?name {{
  {{ SELECT ?name {{ ?name ?p ?o }} LIMIT {limit} }}
  FILTER(STRSTARTS(STR(?name), "{space}"))
}}"""


@dataclass(frozen=True)
class UnknownName:
    """An IRI of ours that nothing in the data set has, and the nearest one that it has, or an empty string."""

    iri: str
    nearest: str


@lru_cache(256)
def _locals(prefix: str) -> re.Pattern[str]:
    """Return what finds the local parts of the names of a prefix."""
    return re.compile(rf"\b{re.escape(prefix)}:([^\s:;,()\[\]{{}}<>\"'|/^*+?!=&]+)")


@lru_cache(4096)
def _known(data: GraphStore, iri: str) -> bool:
    """Whether an IRI is a named graph, or stands anywhere in a triple."""
    if iri in data.graphs or iri in data.prefixes.values():
        return True
    node = NamedNode(iri)
    places = ((node, None, None), (None, node, None), (None, None, node))
    return any(next(iter(data.store.quads_for_pattern(*place)), None) is not None for place in places)


def _nearest(data: GraphStore, iri: str) -> str:
    """Return the IRI of the same namespace whose local name is nearest, or an empty string."""
    cut = max(iri.rfind("#"), iri.rfind("/")) + 1
    space, local = iri[:cut], iri[cut:]
    query = _NEIGHBOURS.format(limit=_LOOKED_AT, space=space.replace("\\", "\\\\").replace('"', '\\"'))
    result = data.store.query(query, use_default_graph_as_union=data.disjoint)
    assert isinstance(result, QuerySolutions)  # noqa: S101  # the query is our own
    bindings = json.loads(result.serialize(format=QueryResultsFormat.JSON) or b"")["results"]["bindings"]
    names = {row["name"]["value"][cut:]: row["name"]["value"] for row in bindings if row["name"]["type"] == "uri"}
    lowered = {name.lower(): name for name in names}
    close = difflib.get_close_matches(local.lower(), lowered, n=1)
    return names[lowered[close[0]]] if close else ""


def _surely_known(data: GraphStore, query: str) -> bool:
    """Whether nothing in the text of a query looks like a name of ours that is not in the data."""
    if _RELATIVE.search(query):
        return False
    names = []
    before, *pieces = query.split(f"<{BASE}")
    for piece in pieces:
        iri = BASE + piece.partition(">")[0]
        names.append(iri)
        declaration = before.rstrip()
        if declaration.endswith(":"):
            prefix = declaration[:-1].rpartition(" ")[2]
            if not prefix.isalnum():
                return False
            names += [f"{iri}{local.rstrip('.')}" for local in _locals(prefix).findall(query)]
        before = piece
    return all(_SIMPLE.fullmatch(name) and _known(data, name) for name in names)


def unknown_names(data: GraphStore, query: str, most: int = 3) -> list[UnknownName]:
    """Return the IRIs of the project in a query that stand nowhere in the data set, at most `most` of them."""
    if _surely_known(data, query):
        return []
    found: dict[str, UnknownName] = {}
    for _, iri in iris(tokenise(query), base=BASE):
        if iri.startswith(BASE) and iri not in found and len(found) < most:
            try:
                if not _known(data, iri):
                    found[iri] = UnknownName(iri, _nearest(data, iri))
            except ValueError:  # not an IRI, which the engine will say
                continue
    return list(found.values())


def abbreviated(iri: str, prefixes: Mapping[str, str]) -> str:
    """Return an IRI as a prefixed name, or in angle brackets where no prefix fits."""
    fitting = [(len(space), name) for name, space in prefixes.items() if iri.startswith(space) and iri != space]
    if not fitting:
        return f"<{iri}>"
    length, name = max(fitting)
    return f"{name}:{iri[length:]}"
