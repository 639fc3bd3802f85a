"""The description of the service: SPARQL 1.1 Service Description and VoID, computed from the store."""

from typing import Final

from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, serialize

from kg.namespaces import RDF, XSD
from kg.results import Format
from kg.store import GraphStore

SD: Final = "http://www.w3.org/ns/sparql-service-description#"
VOID: Final = "http://rdfs.org/ns/void#"
FORMATS: Final = "http://www.w3.org/ns/formats/"

RESULT_FORMATS: Final = (
    "SPARQL_Results_JSON",
    "SPARQL_Results_XML",
    "SPARQL_Results_CSV",
    "SPARQL_Results_TSV",
    "Turtle",
    "N-Triples",
    "RDF_XML",
    "JSON-LD",
)
"""Names of the formats that `kg.results` writes, in the W3C's list of unique URIs for file formats."""

_TYPE: Final = NamedNode(f"{RDF}type")


def _sd(name: str) -> NamedNode:
    return NamedNode(f"{SD}{name}")


def description(data: GraphStore, address: str) -> list[Triple]:
    """Return the description of the service at `address`, the absolute IRI of the endpoint."""
    service = NamedNode(address)
    dataset = NamedNode(f"{address}#dataset")
    default = NamedNode(f"{address}#default-graph")
    size = NamedNode(f"{VOID}triples")

    def count(number: int) -> Literal:
        return Literal(str(number), datatype=NamedNode(f"{XSD}integer"))

    triples = [
        Triple(service, _TYPE, _sd("Service")),
        Triple(service, _sd("endpoint"), service),
        Triple(service, _sd("supportedLanguage"), _sd("SPARQL11Query")),
        Triple(service, _sd("feature"), _sd("UnionDefaultGraph")),
        *(Triple(service, _sd("resultFormat"), NamedNode(f"{FORMATS}{name}")) for name in RESULT_FORMATS),
        Triple(service, _sd("defaultDataset"), dataset),
        Triple(dataset, _TYPE, _sd("Dataset")),
        Triple(dataset, _sd("defaultGraph"), default),
        *(
            Triple(dataset, _sd("namedGraph"), NamedNode(f"{address}#named-graph-{index}"))
            for index in range(1, len(data.graphs) + 1)
        ),
        Triple(default, _TYPE, _sd("Graph")),
        Triple(default, size, count(data.triples)),
    ]
    for index, (name, number) in enumerate(data.graphs.items(), 1):
        entry = NamedNode(f"{address}#named-graph-{index}")
        graph = NamedNode(f"{address}#graph-{index}")
        triples += [
            Triple(entry, _TYPE, _sd("NamedGraph")),
            Triple(entry, _sd("name"), NamedNode(name)),
            Triple(entry, _sd("graph"), graph),
            Triple(graph, _TYPE, _sd("Graph")),
            Triple(graph, size, count(number)),
        ]
    return triples


def serialised_description(data: GraphStore, address: str, form: Format) -> bytes:
    """Return the description of the service in one of `kg.results.GRAPH_FORMATS`."""
    assert isinstance(form.engine, RdfFormat)  # noqa: S101  # the caller chose from GRAPH_FORMATS
    prefixes = {"formats": FORMATS, "sd": SD, "void": VOID}
    return serialize(description(data, address), format=form.engine, prefixes=prefixes) or b""
