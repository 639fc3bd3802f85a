"""Descriptions in RDF: of a thing by what the graphs say of it, of a graph, an ontology or the shapes as a whole.

The description of a thing holds its own statements, a page of what points to it, the names of its neighbours, and what
is said of the document itself: what it is about (`foaf:primaryTopic`), the data set that it is part of
(`void:inDataset`), the named graphs that say so (`prov:wasDerivedFrom`, with the documents that these report,
`dcterms:source`), and how many things point to the thing on how many pages (Hydra Core Vocabulary).
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, parse, serialize
from starlette.requests import Request

from kg.derivation import PROV, SEARCH_KEYS, DataSource, source_of
from kg.errors import QueryError
from kg.namespaces import BASE, DCTERMS, GRAPH, RDF, RDFS, XSD
from kg.results import Format, finished
from kg.server.service import FOAF, RESULTS, VOID, stored_query
from kg.site.addresses import path_of
from kg.site.json_ld import Context
from kg.site.json_ld import serialised as serialised_json_ld
from kg.site.parameters import bound
from kg.site.site import Row, Site
from kg.store import graph_files

HYDRA: Final = "http://www.w3.org/ns/hydra/core#"
HTTP: Final = "http://www.w3.org/2011/http#"
STATUS_CODES: Final = "http://www.w3.org/2011/http-statusCodes#"

PAGE: Final = 100
"""How many things that point to a thing stand on a page of its description; the queries say so too."""

LABELS: Final = 50_000
"""Of how many things the labels are kept; they are looked up beforehand where there are no more triples than that."""

_LABELS_OF_A_QUERY: Final = 250
"""For how many things a query asks; a query has at most `kg.guard.MAXIMUM_LENGTH` characters."""

SHAPES: Final = f"{BASE}shapes"

PREFIXES: Final = {
    "dcterms": DCTERMS,
    "foaf": FOAF,
    "http": HTTP,
    "hydra": HYDRA,
    "prov": PROV,
    "rdf": RDF,
    "rdfs": RDFS,
    "void": VOID,
    "xsd": XSD,
}
"""Prefixes for what is said of documents, beside those of the data."""

_OFFSET: Final = "OFFSET 0"
_LABEL: Final = NamedNode(f"{RDFS}label")


@cache
def query(name: str) -> str:
    """Return the text of the query `queries/<name>.rq` of the site."""
    return (files("kg.site") / "queries" / f"{name}.rq").read_text("utf-8")


def paged(text: str, page: int) -> str:
    """Return a query whose first page is written in it as one for another page; pages count from 1."""
    return text.replace(_OFFSET, f"OFFSET {(page - 1) * PAGE}")


def pages_of(total: int) -> int:
    """Return on how many pages so many things stand: at least one."""
    return max(1, -(-total // PAGE))


@dataclass(frozen=True)
class Document:
    """RDF to be sent: triples in the order in which they are written, and prefixes (name to IRI).

    `page` and `pages` say which part of what points to a thing it holds, both from 1.
    """

    triples: list[Triple]
    prefixes: Mapping[str, str] = field(repr=False)
    page: int = 1
    pages: int = 1


async def dataset_iri(site: Site) -> str | None:
    """Return the IRI of the data set that the catalogue describes, or None. Raises QueryError."""
    rows = json.loads(await site.answers(stored_query("dataset"), RESULTS))["results"]["bindings"]
    return next((row["dataset"]["value"] for row in rows if "dataset" in row), None)


async def _labels(site: Site, condition: str) -> dict[str, dict[str, str]]:
    """Return what things are called, by IRI and language, for what is added to the query. Raises QueryError."""
    found: dict[str, dict[str, str]] = {}
    for row in await site.rows(f"{query('labels')}{condition}"):
        thing, label = row["thing"], row["label"]
        if isinstance(thing, NamedNode) and isinstance(label, Literal):
            found.setdefault(thing.value, {})[label.language or ""] = label.value
    return found


async def labels(site: Site, iris: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return what things are called, by IRI and language, without those that have no label. Raises QueryError.

    What was looked up is kept, up to `LABELS` things.
    """
    wanted = set(iris)
    found = {iri: site.labels[iri] for iri in wanted & site.labels.keys()}
    unknown = sorted(wanted - found.keys())
    for at in range(0, len(unknown), _LABELS_OF_A_QUERY):
        part = unknown[at : at + _LABELS_OF_A_QUERY]
        asked = await _labels(site, f"VALUES ?thing {{ {' '.join(f'<{iri}>' for iri in part)} }}")
        found |= {iri: asked.get(iri, {}) for iri in part}
        if len(site.labels) + len(part) > LABELS:
            site.labels.clear()
        site.labels.update((iri, found[iri]) for iri in part[:LABELS])
    return {iri: names for iri, names in found.items() if names}


async def prepare_labels(site: Site) -> None:
    """Look up what everything is called, where that is not more than is kept. Raises QueryError."""
    if site.summary.triples > LABELS:
        return
    site.labels.update(await _labels(site, ""))


async def reference_counts(site: Site, iri: str) -> list[Row]:
    """Return how many things point to a thing: rows `property` and `number`, the largest first. Raises QueryError."""
    return await site.rows(bound(query("reference-counts"), subject=iri))


def total_of(counts: Sequence[Row]) -> int:
    """Return the sum of the column `number`."""
    return sum(int(row["number"].value) for row in counts if isinstance(row["number"], Literal))


def _named(iri: str) -> NamedNode:
    return NamedNode(iri)


def _integer(number: int) -> Literal:
    return Literal(str(number), datatype=NamedNode(f"{XSD}integer"))


def _ordered(triples: Iterable[Triple], first: Sequence[str]) -> list[Triple]:
    """Return triples, each once, by subject, property and object; some subjects come first, and the type of each."""
    rank = {iri: number for number, iri in enumerate(first)}

    def key(triple: Triple) -> tuple[int, str, str, str]:
        subject = "" if isinstance(triple.subject, Triple) else triple.subject.value
        property_ = triple.predicate.value
        return rank.get(subject, len(rank)), subject, "" if property_ == f"{RDF}type" else property_, str(triple.object)

    return sorted(set(triples), key=key)


def _about_the_document(
    document: NamedNode, thing: NamedNode, dataset: str | None, total: int, page: int, address: str
) -> list[Triple]:
    """Return what is said of a document that describes a thing."""
    pages = pages_of(total)

    def of_page(number: int) -> NamedNode:
        return NamedNode(f"{address}?page={number}")

    said: list[tuple[NamedNode, str, NamedNode | Literal]] = [
        (document, f"{RDF}type", _named(f"{FOAF}Document")),
        (document, f"{FOAF}primaryTopic", thing),
    ]
    if dataset is not None:
        said.append((document, f"{VOID}inDataset", _named(dataset)))
    if total:
        collection = NamedNode(f"{address}#references")
        said += [
            (collection, f"{RDF}type", _named(f"{HYDRA}Collection")),
            (collection, f"{HYDRA}totalItems", _integer(total)),
            (collection, f"{HYDRA}view", document),
            (document, f"{RDF}type", _named(f"{HYDRA}PartialCollectionView")),
            (document, f"{HYDRA}first", of_page(1)),
            (document, f"{HYDRA}last", of_page(pages)),
        ]
        if page > 1:
            said.append((document, f"{HYDRA}previous", of_page(page - 1)))
        if page < pages:
            said.append((document, f"{HYDRA}next", of_page(page + 1)))
    return [Triple(subject, NamedNode(predicate), value) for subject, predicate, value in said]


async def description(site: Site, request: Request, iri: str, page: int) -> Document | None:
    """Return the description of a thing, or None when nothing is known of it or it has no such page.

    `page` counts from 1. Raises QueryError when the data cannot be asked.
    """
    counts = await reference_counts(site, iri)
    total = total_of(counts)
    address = f"{site.base_of(request)}/{path_of(iri)}"
    document = f"{address}?page={page}"
    own = await site.triples(bound(query("description"), subject=iri, document=document))
    if (not own and not total) or not 1 <= page <= pages_of(total):
        return None
    references = await site.triples(bound(paged(query("references"), page), subject=iri)) if total else []
    thing = NamedNode(iri)
    neighbours = {
        node.value
        for triple in (*own, *references)
        for node in (triple.subject, triple.object)
        if isinstance(node, NamedNode) and node.value not in {iri, document}
    }
    names = [
        Triple(NamedNode(neighbour), _LABEL, Literal(text, language=tag) if tag else Literal(text))
        for neighbour, by_language in (await labels(site, neighbours)).items()
        for tag, text in by_language.items()
    ]
    about = _about_the_document(NamedNode(document), thing, await dataset_iri(site), total, page, address)
    triples = _ordered((*own, *references, *names, *about), (iri, document, f"{address}#references"))
    return Document(triples, {**site.summary.prefixes, **PREFIXES}, page, pages_of(total))


def _from_files(paths: Iterable[Path]) -> tuple[list[Triple], dict[str, str]]:
    """Return the triples of Turtle files as they are written, and the prefixes that the files declare."""
    triples: list[Triple] = []
    prefixes: dict[str, str] = {}
    for path in paths:
        reader = parse(path=path, format=RdfFormat.TURTLE, rename_blank_nodes=True)
        triples += [quad.triple for quad in reader]
        prefixes |= {name: iri for name, iri in reader.prefixes.items() if name not in prefixes}
    return triples, prefixes


_STABLE: Final = "b{}"


def _with_stable_blank_nodes(triples: Iterable[Triple]) -> list[Triple]:
    """Return triples with their blank nodes numbered in order, so that a file gives the same bytes each time."""
    names: dict[str, BlankNode] = {}

    def node(term: BlankNode) -> BlankNode:
        return names.setdefault(term.value, BlankNode(_STABLE.format(len(names))))

    made = []
    for triple in triples:
        subject = node(triple.subject) if isinstance(triple.subject, BlankNode) else triple.subject
        value = node(triple.object) if isinstance(triple.object, BlankNode) else triple.object
        made.append(Triple(subject, triple.predicate, value))
    return made


def loaded_files(site: Site) -> dict[str, Path]:
    """Return the files of the data by the IRIs of their graphs.

    Raises QueryError when they are no longer those that were loaded: what they say would not be what is served.
    """
    source = source_of(site.content)
    if SEARCH_KEYS not in site.summary.graphs:
        source = DataSource(source.graphs)
    if source.digest() != site.summary.digest:
        raise QueryError("The files have changed since they were loaded; the server must be started anew.")
    return dict(source.graphs)


async def whole_graph(site: Site, iri: str) -> Document | None:
    """Return all triples of a named graph, or of the shapes for their IRI; None where there is no such graph.

    They are as the files have them: the store rewrites literals, and is asked only for a graph without a file. Raises
    QueryError when the files have changed since they were loaded, or the data cannot be asked.
    """
    if iri == SHAPES:
        paths = [path for path in site.content.turtle_files() if path.is_relative_to(site.content.root / "shapes")]
    elif iri in graph_files(site.content):
        paths = [loaded_files(site)[iri]]
    elif iri in site.summary.graphs:
        return Document(await site.triples(bound(query("graph"), subject=iri)), site.summary.prefixes)
    else:
        return None
    triples, prefixes = _from_files(paths)
    return Document(_with_stable_blank_nodes(triples), prefixes) if triples else None


async def vocabulary_graph(site: Site, iri: str) -> str | None:
    """Return the named graph that declares an ontology, by the IRI of the ontology or of its version, or None.

    Raises QueryError when the data cannot be asked.
    """
    rows = await site.rows(bound(query("vocabulary"), subject=iri))
    return next((row["graph"].value for row in rows if isinstance(row["graph"], NamedNode)), None)


def missing(address: str, sentences: Mapping[str, str], nearest: Sequence[str]) -> Document:
    """Return what is sent where there is nothing at an address: the response described in HTTP Vocabulary in RDF 1.0.

    `sentences` say so by language; `nearest` are IRIs of things with a name like the one that was asked for.
    """
    here = NamedNode(address)
    triples = [
        Triple(here, NamedNode(f"{RDF}type"), NamedNode(f"{HTTP}Response")),
        Triple(here, NamedNode(f"{HTTP}statusCodeValue"), _integer(404)),
        Triple(here, NamedNode(f"{HTTP}sc"), NamedNode(f"{STATUS_CODES}NotFound")),
        *(Triple(here, NamedNode(f"{RDFS}comment"), Literal(text, language=tag)) for tag, text in sentences.items()),
        *(Triple(here, NamedNode(f"{RDFS}seeAlso"), NamedNode(iri)) for iri in nearest),
    ]
    return Document(triples, PREFIXES)


def context_of(site: Site) -> Context:
    """Return the published JSON-LD context, or an empty one for a tree that has none."""
    path = site.content.root / "ontology" / "context.jsonld"
    return Context(json.loads(path.read_text("utf-8"))["@context"] if path.is_file() else {})


def serialised(document: Document, form: Format, context: Context) -> bytes:
    """Return RDF in one of `kg.results.GRAPH_FORMATS`, JSON-LD compacted with a context.

    Raises SerialisationError when the format cannot hold it.
    """
    assert isinstance(form.engine, RdfFormat)  # noqa: S101  # the caller chose from GRAPH_FORMATS
    if form.engine == RdfFormat.JSON_LD:
        return serialised_json_ld(document.triples, context)
    body = serialize(document.triples, format=form.engine, prefixes=dict(document.prefixes)) or b""
    return finished(body, form)


def is_graph(iri: str) -> bool:
    """Whether an IRI is in the space of those of named graphs."""
    return iri.startswith(GRAPH)
