"""What the servers are asked: eight kinds of queries, the same sequence of them for every server, and the answers.

A query in `queries/` may have one placeholder: `%(meeting)s`, `%(area)s` or `%(word)s`. Filled with one value after
another it makes a sequence of different queries, so that no server has an answer ready from the request before.
"""

import json
import random
from collections.abc import Hashable
from pathlib import Path
from typing import Final
from urllib.parse import quote

import httpx
from benchmarks.endpoint.generate import TOPICS, Manifest, area, meeting
from pyoxigraph import CanonicalizationAlgorithm, Dataset, Quad, RdfFormat, parse

from kg.namespaces import XSD

KINDS: Final = ("lookup", "star", "three-hops", "aggregate", "path", "text", "optional", "construct")

DISTINCT: Final = 200
"""Most queries of one kind."""

_QUERIES: Final = Path(__file__).resolve().parent / "queries"


def queries(kind: str, manifest: Manifest) -> list[str]:
    """Return the sequence of queries of a kind for data that were made; no two are the same, and it is always the same.

    A kind without a placeholder has one query, the text kind one for each word that names are made of.
    """
    template = (_QUERIES / f"{kind}.rq").read_text(encoding="utf-8")
    if "%(word)s" in template:
        return [template % {"word": word} for word, _ in TOPICS]
    if "%(" not in template:
        return [template]
    chosen = random.Random(manifest.seed)  # noqa: S311 not for secrets
    numbers = chosen.sample(range(1, manifest.meetings + 1), min(DISTINCT, manifest.meetings))
    return [template % {"meeting": meeting(number), "area": area(number)} for number in numbers]


def accept(kind: str) -> str:
    """Return the media type that a query of a kind is asked for."""
    return "text/turtle" if kind == "construct" else "application/sparql-results+json"


def canonical(kind: str, content: bytes) -> Hashable:
    """Return an answer in a form that is the same for all right answers.

    That is the multiset of solutions, with the older `typed-literal` of SPARQL Query Results in JSON as a literal and
    no datatype where it is xsd:string, or the canonical triples of a graph. Raises ValueError, KeyError or SyntaxError
    when the content is neither.
    """
    if kind == "construct":
        triples = parse(content, format=RdfFormat.TURTLE)
        graph = Dataset(Quad(triple.subject, triple.predicate, triple.object) for triple in triples)
        graph.canonicalize(CanonicalizationAlgorithm.UNSTABLE)
        return frozenset(map(str, graph))
    rows = json.loads(content)["results"]["bindings"]
    return tuple(sorted(tuple(sorted((name, *_term(term)) for name, term in row.items())) for row in rows))


def _term(term: dict[str, str]) -> tuple[str, str, str, str]:
    """Return kind, value, language and datatype of a term in the JSON format, the last two empty if there is none."""
    datatype = term.get("datatype", "")
    return (
        term["type"].replace("typed-", ""),
        term["value"],
        term.get("xml:lang", "").lower(),
        "" if datatype == f"{XSD}string" else datatype,
    )


def address(url: str, query: str) -> str:
    """Return the address at which an endpoint is asked a query by GET; that of the endpoint may have parameters."""
    return f"{url}{'&' if '?' in url else '?'}query={quote(query, safe='')}"


def ask(url: str, kind: str, query: str, seconds: float) -> bytes:
    """Return the answer of an endpoint to a query. Raises httpx.HTTPError when there is none within the seconds.

    The request is the one that is measured: a server may keep answers by address, media type and encoding.
    """
    headers = {"Accept": accept(kind), "Accept-Encoding": "identity"}
    return httpx.get(address(url, query), headers=headers, timeout=seconds).raise_for_status().content
