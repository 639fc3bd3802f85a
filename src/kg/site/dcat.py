"""The catalogue in the terms of DCAT 3: the data set, its named graphs, the endpoint, and the dumps with their digests.

What the data say of themselves is asked; addresses, sizes and digests are the server's to say.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from pyoxigraph import Literal, NamedNode, Triple
from starlette.requests import Request

from kg.derivation import PROV
from kg.namespaces import DCTERMS, RDF, RDFS, XSD
from kg.server.service import DCAT, FOAF, VOID
from kg.site.dumps import GZIP, Dump, Dumps, NotWritableError
from kg.site.linked_data import Document, dataset_iri, query
from kg.site.parameters import bound
from kg.site.site import LANGUAGES, Row, Site

SPDX: Final = "http://spdx.org/rdf/terms#"
VCARD: Final = "http://www.w3.org/2006/vcard/ns#"
MEDIA_TYPES: Final = "https://www.iana.org/assignments/media-types/"
PROTOCOL: Final = "https://www.w3.org/TR/sparql11-protocol/"

_PREFIXES: Final = {
    "dcat": DCAT,
    "dcterms": DCTERMS,
    "foaf": FOAF,
    "prov": PROV,
    "rdf": RDF,
    "rdfs": RDFS,
    "spdx": SPDX,
    "vcard": VCARD,
    "void": VOID,
    "xsd": XSD,
}

Value = NamedNode | Literal

_OF_A_GRAPH: Final = {
    "title": f"{DCTERMS}title",
    "source": f"{DCTERMS}source",
    "modified": f"{DCTERMS}modified",
    "origin": f"{PROV}wasDerivedFrom",
}
"""What the columns of the query `catalogue-graphs` say of a graph."""


@dataclass(frozen=True)
class Distribution:
    """A dump as the catalogue lists it; `size` is in bytes, `digest` its SHA-256 in hexadecimal."""

    dump: Dump
    name: str
    address: str
    size: int
    digest: str


@dataclass(frozen=True)
class Period:
    """The first and the last day of which something speaks, as dates of ISO 8601."""

    first: str
    last: str


class _Statements:
    """Triples that are put together one by one."""

    def __init__(self, triples: Iterable[Triple]) -> None:
        """Take the first of them."""
        self.triples = list(triples)

    def state(self, subject: str, predicate: str, *values: Value | str) -> None:
        """Add statements; a text is an IRI."""
        for value in values:
            node = NamedNode(value) if isinstance(value, str) else value
            self.triples.append(Triple(NamedNode(subject), NamedNode(predicate), node))


def typed(text: str, datatype: str) -> Literal:
    """Return a literal of a datatype of XML Schema, given by its local name."""
    return Literal(text, datatype=NamedNode(f"{XSD}{datatype}"))


def value_in(row: Row, name: str) -> str:
    """Return the IRI or the lexical form in a column of a row, or an empty string."""
    value = row.get(name)
    return value.value if isinstance(value, Value) else ""


def texts(site: Site, key: str) -> list[Literal]:
    """Return a text of the catalogue in each language."""
    return [Literal(site.texts[tag]["catalogue"][key], language=tag) for tag in LANGUAGES]


async def distributions(dumps: Dumps, base: str) -> list[Distribution]:
    """Return all dumps, those of all the data first and also compressed, at addresses below `base`.

    One whose format cannot hold what it is of is left out. Raises QueryError when they cannot be made.
    """
    found = []
    for dump in dumps.dumps.values():
        address = f"{base}/dumps/{quote(dumps.version, safe='')}/{dump.name}"
        try:
            one = await dumps.get(dump.name)
        except NotWritableError:
            continue
        found.append(Distribution(dump, dump.name, address, one.size, one.digest))
        if dump.graph is None:
            packed = (f"{dump.name}.{GZIP}", f"{address}.{GZIP}", len(one.compressed), one.compressed_digest)
            found.append(Distribution(dump, *packed))
    return found


async def periods(site: Site) -> dict[str, Period]:
    """Return the period of which the graph of each document speaks, by the IRI of the graph. Raises QueryError."""
    found = {}
    for row in await site.rows(query("catalogue-days")):
        graph, first, last = (value_in(row, name) for name in ("graph", "first", "last"))
        if graph and first and last:
            found[graph] = Period(first, last)
    return found


def _state_service(site: Site, made: _Statements, base: str, dataset: str, licences: list[NamedNode]) -> None:
    """State what the endpoint is, and that the data set can be had there."""
    service, access = f"{base}/sparql", f"{base}/catalog#sparql"
    made.state(service, f"{RDF}type", f"{DCAT}DataService")
    made.state(service, f"{DCTERMS}title", *texts(site, "service"))
    made.state(service, f"{DCTERMS}conformsTo", PROTOCOL)
    made.state(service, f"{DCTERMS}license", *licences)
    made.state(service, f"{DCAT}endpointURL", service)
    made.state(service, f"{DCAT}endpointDescription", f"{base}/.well-known/void")
    made.state(service, f"{DCAT}servesDataset", dataset)
    made.state(dataset, f"{DCAT}distribution", access)
    made.state(access, f"{RDF}type", f"{DCAT}Distribution")
    made.state(access, f"{DCTERMS}title", *texts(site, "service"))
    made.state(access, f"{DCTERMS}license", *licences)
    made.state(access, f"{DCAT}accessURL", service)
    made.state(access, f"{DCAT}accessService", service)


def _state_distribution(
    made: _Statements, catalogue: str, of: str, one: Distribution, licences: list[NamedNode]
) -> None:
    """State what a dump is, and that it holds a data set."""
    node = f"{catalogue}#{one.name}"
    made.state(of, f"{DCAT}distribution", node)
    made.state(node, f"{RDF}type", f"{DCAT}Distribution")
    made.state(node, f"{DCTERMS}title", Literal(one.name))
    made.state(node, f"{DCTERMS}license", *licences)
    made.state(node, f"{DCAT}downloadURL", one.address)
    made.state(node, f"{DCAT}accessURL", one.address)
    made.state(node, f"{DCAT}mediaType", f"{MEDIA_TYPES}{one.dump.media_type}")
    if one.name.endswith(f".{GZIP}"):
        made.state(node, f"{DCAT}compressFormat", f"{MEDIA_TYPES}application/gzip")
    checksum = f"{node}-checksum"
    made.state(node, f"{DCAT}byteSize", typed(str(one.size), "nonNegativeInteger"))
    made.state(node, f"{SPDX}checksum", checksum)
    made.state(checksum, f"{RDF}type", f"{SPDX}Checksum")
    made.state(checksum, f"{SPDX}algorithm", f"{SPDX}checksumAlgorithm_sha256")
    made.state(checksum, f"{SPDX}checksumValue", typed(one.digest, "hexBinary"))


async def _state_graphs(
    site: Site, made: _Statements, graphs: Iterable[str], dataset: str, licences: list[NamedNode]
) -> None:
    """State that each named graph is a data set, a part of the whole, and what it says of itself."""
    untitled = dict.fromkeys(graphs)
    for graph in list(untitled):
        made.state(dataset, f"{DCTERMS}hasPart", graph)
        made.state(graph, f"{RDF}type", f"{DCAT}Dataset")
        made.state(graph, f"{DCTERMS}isPartOf", dataset)
        made.state(graph, f"{DCTERMS}license", *licences)
    for row in await site.rows(query("catalogue-graphs")):
        graph = value_in(row, "graph")
        for name, predicate in _OF_A_GRAPH.items():
            value = row.get(name)
            if isinstance(value, Value):
                made.state(graph, predicate, value)
        untitled.pop(graph, None)
    for graph in untitled:
        made.state(graph, f"{DCTERMS}title", Literal(graph.rpartition("/")[2]))
    for row in await site.rows(query("catalogue-places")):
        made.state(value_in(row, "graph"), f"{DCTERMS}spatial", value_in(row, "place"))


async def _state_periods(site: Site, made: _Statements, catalogue: str, dataset: str) -> None:
    """State of which days the graphs, and the data set as a whole, speak."""
    found = await periods(site)
    if found:
        firsts, lasts = [one.first for one in found.values()], [one.last for one in found.values()]
        found[dataset] = Period(min(firsts), max(lasts))
    for subject, period in found.items():
        node = f"{catalogue}#period-{'all' if subject == dataset else subject.rpartition('/')[2]}"
        made.state(subject, f"{DCTERMS}temporal", node)
        made.state(node, f"{RDF}type", f"{DCTERMS}PeriodOfTime")
        made.state(node, f"{DCAT}startDate", typed(period.first, "date"))
        made.state(node, f"{DCAT}endDate", typed(period.last, "date"))


async def catalogue_document(site: Site, dumps: Dumps, request: Request) -> Document:
    """Return the catalogue in RDF. Raises QueryError when the data cannot be asked or a dump cannot be made."""
    base = site.base_of(request)
    catalogue = f"{base}/catalog"
    dataset = await dataset_iri(site) or f"{catalogue}#dataset"
    parameters = {"dataset": dataset, "catalogue": catalogue, "contact": f"{catalogue}#contact"}
    made = _Statements(await site.triples(bound(query("catalogue"), **parameters)))
    predicate = NamedNode(f"{DCTERMS}license")
    licences = list({t.object for t in made.triples if t.predicate == predicate and isinstance(t.object, NamedNode)})
    made.state(catalogue, f"{RDF}type", f"{DCAT}Catalog")
    made.state(catalogue, f"{DCTERMS}title", *texts(site, "title"))
    made.state(catalogue, f"{DCTERMS}description", *texts(site, "lede"))
    made.state(catalogue, f"{FOAF}homepage", f"{base}/")
    made.state(catalogue, f"{DCAT}dataset", dataset)
    made.state(catalogue, f"{DCAT}service", f"{base}/sparql")
    made.state(dataset, f"{RDF}type", f"{DCAT}Dataset")
    _state_service(site, made, base, dataset, licences)
    for one in await distributions(dumps, base):
        _state_distribution(made, catalogue, one.dump.graph or dataset, one, licences)
    await _state_graphs(site, made, dumps.graphs, dataset, licences)
    await _state_periods(site, made, catalogue, dataset)
    rank = {f"<{iri}>": number for number, iri in enumerate((catalogue, dataset, f"{base}/sparql"))}
    kind = NamedNode(f"{RDF}type")

    def key(triple: Triple) -> tuple[int, str, bool, str, str]:
        subject = str(triple.subject)
        return (
            rank.get(subject, len(rank)),
            subject,
            triple.predicate != kind,
            str(triple.predicate),
            str(triple.object),
        )

    return Document(sorted(set(made.triples), key=key), {**site.summary.prefixes, **_PREFIXES})
