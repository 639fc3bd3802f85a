"""The description of the service: SPARQL 1.1 Service Description, and VoID for the data set.

What the service can do and which graphs it has is known without asking. What the catalogue states of the data set, and
how much of what is in it, is asked: each file `queries/void/*.rq` is a CONSTRUCT whose triples are part of the
description. There `<#dataset>` is the data set, and any other relative IRI a node of the description itself.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, Protocol

from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, parse, serialize

from kg.derivation import PROV, SEARCH_KEYS
from kg.errors import QueryError
from kg.namespaces import BASE, DCTERMS, RDF, RDFS, XSD
from kg.results import GRAPH_FORMATS, RESULT_FORMATS, Format, finished
from kg.store import Summary

SD: Final = "http://www.w3.org/ns/sparql-service-description#"
VOID: Final = "http://rdfs.org/ns/void#"
DCAT: Final = "http://www.w3.org/ns/dcat#"
FOAF: Final = "http://xmlns.com/foaf/0.1/"
FORMATS: Final = "http://www.w3.org/ns/formats/"
ENTAILMENT: Final = "http://www.w3.org/ns/entailment/"

W3C_FORMATS: Final = {
    "json": "SPARQL_Results_JSON",
    "xml": "SPARQL_Results_XML",
    "csv": "SPARQL_Results_CSV",
    "tsv": "SPARQL_Results_TSV",
    "ttl": "Turtle",
    "nt": "N-Triples",
    "rdfxml": "RDF_XML",
    "jsonld": "JSON-LD",
}
"""What the formats of `kg.results` are called in the W3C's list of unique URIs for file formats."""

PATIENCE: Final = 5.0
"""Seconds that a description waits for what it asks, before it is given without."""

RETRY_AFTER: Final = 10.0
"""Seconds after which a query of our own that failed is asked again."""

RESULTS: Final = "application/sparql-results+json"
TRIPLES: Final = "application/n-triples"

_LOG: Final = logging.getLogger("kg.server")
_PACKAGE: Final = files("kg.server")
_DATASET: Final = "<#dataset>"
_LOCAL: Final = f"{BASE}#"
"""What a relative IRI of a stored query begins with when the query has been evaluated."""

_PREFIXES: Final = {
    "dcat": DCAT,
    "dcterms": DCTERMS,
    "ent": ENTAILMENT,
    "foaf": FOAF,
    "formats": FORMATS,
    "prov": PROV,
    "rdf": RDF,
    "rdfs": RDFS,
    "sd": SD,
    "void": VOID,
    "xsd": XSD,
}
_TYPE: Final = NamedNode(f"{RDF}type")

Term = NamedNode | BlankNode | Literal | Triple
"""What may be the object of a triple."""


class Ask(Protocol):
    """Asks a query of our own.

    It takes the query and a media type, `RESULTS` for a SELECT and `TRIPLES` for a CONSTRUCT, and gives the serialised
    result. Raises QueryError when there is none, for whatever reason.
    """

    def __call__(self, query: str, media_type: str, /) -> Awaitable[bytes]:
        """Return the serialised result of a query."""


class AskOnce:
    """Asks each query once, one at a time, and keeps the answer; a failure is kept for `RETRY_AFTER` seconds.

    It is for one state of the data. A query goes on when nobody waits for it any more, so that a slow one is answered
    the next time.
    """

    def __init__(self, ask: Ask) -> None:
        """Take who is asked."""
        self._ask = ask
        self._lock = asyncio.Lock()
        self._answers: dict[tuple[str, str], asyncio.Task[bytes | QueryError]] = {}

    async def __call__(self, query: str, media_type: str, /) -> bytes:
        """Return the serialised result of a query. Raises QueryError when there is none."""
        key = (query, media_type)
        if key not in self._answers:
            self._answers[key] = asyncio.create_task(self._answer(key))
        answer = await asyncio.shield(self._answers[key])
        if isinstance(answer, QueryError):
            raise QueryError(str(answer))
        return answer

    async def _answer(self, key: tuple[str, str]) -> bytes | QueryError:
        """Ask, and return the answer or what went wrong; that is forgotten after a while."""
        try:
            async with self._lock:
                return await self._ask(*key)
        except Exception as error:
            if isinstance(error, QueryError):
                _LOG.warning("A query of the server itself failed: %s", error)
            else:
                _LOG.exception("A query of the server itself failed")
            asyncio.get_running_loop().call_later(RETRY_AFTER, self._answers.pop, key, None)
            return QueryError(str(error))


@dataclass(frozen=True)
class Description:
    """The description of a service.

    `dataset` is the IRI of the data set that it serves. `complete` says that everything that was asked was answered;
    what is not complete should not be kept. `prefixes` (name to IRI) abbreviate it.
    """

    dataset: str
    triples: list[Triple]
    complete: bool
    prefixes: dict[str, str]


@cache
def stored_query(name: str) -> str:
    """Return the text of the query `queries/<name>.rq`."""
    return (_PACKAGE / "queries" / f"{name}.rq").read_text("utf-8")


@cache
def void_queries() -> dict[str, str]:
    """Return the queries whose results are part of the description, by name and in its order."""
    found = sorted(path.name for path in (_PACKAGE / "queries" / "void").iterdir() if path.name.endswith(".rq"))
    names = [name.removesuffix(".rq") for name in found]
    return {name: f"BASE <{BASE}>\n{stored_query(f'void/{name}')}" for name in names}


async def _dataset(ask: Ask) -> str | None:
    """Return the IRI of the data set that the catalogue describes, or None when there is none. Raises QueryError."""
    rows = json.loads(await ask(stored_query("dataset"), RESULTS))["results"]["bindings"]
    found: list[str] = [row["dataset"]["value"] for row in rows if "dataset" in row]
    return found[0] if found else None


async def _asked(ask: Ask) -> tuple[str | None, list[Triple], bool]:
    """Return the IRI of the data set, what the stored queries say of it, and whether each of them was answered."""
    dataset: str | None = None
    triples: list[Triple] = []
    complete = True
    try:
        async with asyncio.timeout(PATIENCE):
            dataset = await _dataset(ask)
            for query in void_queries().values():
                asked = query if dataset is None else query.replace(_DATASET, f"<{dataset}>")
                try:
                    triples += [quad.triple for quad in parse(await ask(asked, TRIPLES), format=RdfFormat.N_TRIPLES)]
                except QueryError:
                    complete = False
    except (QueryError, TimeoutError):
        complete = False
    return dataset, triples, complete


def _count(number: int) -> Literal:
    """Return a number of things."""
    return Literal(str(number), datatype=NamedNode(f"{XSD}integer"))


def _format(form: Format) -> NamedNode:
    """Return what the W3C calls a format."""
    return NamedNode(f"{FORMATS}{W3C_FORMATS[form.name]}")


def _known(
    summary: Summary, address: str, dataset: NamedNode, document: NamedNode, dumps: Sequence[str]
) -> list[Triple]:
    """Return what is said without asking: of the service, of the data set as a whole, and of each graph."""
    base = address.rpartition("/")[0]
    service = NamedNode(address)
    graphs = NamedNode(f"{address}#dataset")
    said: list[tuple[NamedNode, str, NamedNode | Literal]] = [
        (service, f"{RDF}type", NamedNode(f"{SD}Service")),
        (service, f"{SD}endpoint", service),
        (service, f"{SD}supportedLanguage", NamedNode(f"{SD}SPARQL11Query")),
        (service, f"{SD}feature", NamedNode(f"{SD}UnionDefaultGraph")),
        (service, f"{SD}defaultEntailmentRegime", NamedNode(f"{ENTAILMENT}Simple")),
        *((service, f"{SD}resultFormat", _format(form)) for form in (*RESULT_FORMATS, *GRAPH_FORMATS)),
        (service, f"{SD}defaultDataset", graphs),
        (document, f"{RDF}type", NamedNode(f"{VOID}DatasetDescription")),
        (document, f"{FOAF}primaryTopic", dataset),
        # The default graph is the union of all graphs, and so it is the data set that VoID counts.
        (graphs, f"{RDF}type", NamedNode(f"{SD}Dataset")),
        (graphs, f"{SD}defaultGraph", dataset),
        (dataset, f"{RDF}type", NamedNode(f"{VOID}Dataset")),
        (dataset, f"{RDF}type", NamedNode(f"{SD}Graph")),
        (dataset, f"{VOID}sparqlEndpoint", service),
        (dataset, f"{VOID}triples", _count(summary.triples)),
        *((dataset, f"{VOID}feature", _format(form)) for form in GRAPH_FORMATS),
        *((dataset, f"{VOID}dataDump", NamedNode(f"{base}/{path}")) for path in dumps),
    ]
    for index, (name, number) in enumerate(summary.graphs.items(), 1):
        entry = NamedNode(f"{address}#named-graph-{index}")
        graph = NamedNode(f"{address}#graph-{index}")
        said += [
            (graphs, f"{SD}namedGraph", entry),
            (entry, f"{RDF}type", NamedNode(f"{SD}NamedGraph")),
            (entry, f"{SD}name", NamedNode(name)),
            (entry, f"{SD}graph", graph),
            (graph, f"{RDF}type", NamedNode(f"{SD}Graph")),
            (graph, f"{RDF}type", NamedNode(f"{VOID}Dataset")),
            (graph, f"{VOID}triples", _count(number)),
            (dataset, f"{VOID}subset", graph),
            *([(graph, f"{PROV}wasDerivedFrom", dataset)] if name == SEARCH_KEYS else []),
        ]
    return [Triple(subject, NamedNode(predicate), value) for subject, predicate, value in said]


def _ordered(triples: Iterable[Triple], first: Iterable[NamedNode]) -> list[Triple]:
    """Return triples, each once, by subject and with the type first; some subjects come before the others."""
    rank = {f"{subject}": number for number, subject in enumerate(first)}

    def key(triple: Triple) -> tuple[int, str, str, str]:
        subject = str(triple.subject)
        predicate = "" if triple.predicate == _TYPE else triple.predicate.value
        return rank.get(subject, len(rank)), subject, predicate, str(triple.object)

    return sorted(set(triples), key=key)


async def description(summary: Summary, ask: Ask, address: str, dumps: Sequence[str] = ()) -> Description:
    """Return the description of the service at `address`, the absolute IRI of the endpoint.

    `dumps` are the paths of files that hold all the data, below the folder of the endpoint. What cannot be asked, or is
    not answered within `PATIENCE` seconds, is left out.
    """
    iri, asked, complete = await _asked(ask)
    service = NamedNode(address)
    document = NamedNode(f"{address.rpartition('/')[0]}/.well-known/void")
    dataset = NamedNode(iri or f"{address}#default-graph")
    local = len(_LOCAL)

    def node(term: Term) -> Term:
        """Return the node that a term of a stored query stands for."""
        if not isinstance(term, NamedNode) or not term.value.startswith(_LOCAL):
            return term
        name = term.value[local:]
        return dataset if name == "dataset" else NamedNode(f"{address}#{name}")

    triples = _known(summary, address, dataset, document, dumps)
    for triple in asked:
        subject = node(triple.subject)
        assert not isinstance(subject, Literal)  # noqa: S101  # no subject becomes one
        triples.append(Triple(subject, triple.predicate, node(triple.object)))
    ordered = _ordered(triples, (service, document, dataset))
    prefixes = {**summary.prefixes, **_PREFIXES, "local": f"{address}#"}
    return Description(dataset.value, ordered, complete, prefixes)


def serialised_description(described: Description, form: Format) -> bytes:
    """Return a description in one of `kg.results.GRAPH_FORMATS`.

    Raises SerialisationError when the format cannot hold it.
    """
    assert isinstance(form.engine, RdfFormat)  # noqa: S101  # the caller chose from GRAPH_FORMATS
    body = serialize(described.triples, format=form.engine, prefixes=described.prefixes) or b""
    return finished(body, form)
