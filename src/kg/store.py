"""The store: each Turtle file of the content in its named graph, in memory, and the evaluation of a query over it.

A query without a data set description sees the union of the named graphs, each triple once, and one with a description
(FROM, or the protocol's parameters) sees what it names and no more: section 13.2 of SPARQL 1.1 Query Language and
section 2.1.4 of SPARQL 1.1 Protocol. An unknown graph is empty. Nothing is ever fetched.

The engine can take the union of all graphs as the default graph, but counts a triple that two graphs hold twice. So
where no two graphs share a triple the store holds the named graphs only, and otherwise the union as well. What is not
much is held once more as a union alone, because the engine passes over what belongs to other graphs at each step.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from pyoxigraph import (
    BlankNode,
    DefaultGraph,
    NamedNode,
    Quad,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
    Store,
    parse,
)

from kg.content import Content
from kg.description import DataSetDescription, data_set_description, names_graphs
from kg.errors import InputError, QueryError
from kg.guard import refusal
from kg.namespaces import BASE, graph_iri
from kg.syntax import MalformedQueryError, explained, fault

QueryResult = QuerySolutions | QueryTriples | QueryBoolean
"""What SELECT, CONSTRUCT or DESCRIBE, and ASK give."""

_POSITION: Final = re.compile(r"^Parser error at .*?: | \(line \d+\)$")
"""What the engine's messages say about the place, which we say ourselves."""


class DataError(InputError):
    """A file of the data is not Turtle."""


@dataclass(frozen=True)
class Summary:
    """What is known of a data set without asking it.

    `graphs` maps the IRI of each named graph to its number of triples, in the order of the files; `triples` counts the
    distinct ones of the union; `prefixes` are those that the files declare, name to IRI. `digest` is the SHA-256, in
    hexadecimal, of the names and bytes of the files; `version` is what the data set says of itself, or empty.
    """

    graphs: dict[str, int]
    triples: int
    prefixes: dict[str, str]
    digest: str = ""
    version: str = ""


@dataclass(frozen=True, eq=False)
class GraphStore:
    """An evaluable data set.

    `graphs` and `prefixes` are as in `Summary`. `disjoint` says that no triple stands in two graphs and that the
    default graph of `store` is empty; else it holds the union. `union`, where there is one, is the union alone, which
    is quicker to ask. Treat all of them as read-only.
    """

    store: Store
    graphs: dict[str, int]
    prefixes: dict[str, str]
    files: tuple[Path, ...] = ()
    disjoint: bool = False
    union: Store | None = None

    @property
    def triples(self) -> int:
        """Return the number of distinct triples in the union of the graphs."""
        quads = sum(self.graphs.values())
        return quads if self.disjoint else len(self.store) - quads

    @cached_property
    def summary(self) -> Summary:
        """Return what is known of the data set without asking it."""
        rows = _rows(self.store.query(_VERSION, use_default_graph_as_union=True))
        version = rows[0]["version"]["value"] if rows[0] else ""
        return Summary(self.graphs, self.triples, self.prefixes, digest(self.files), version)


_VERSION: Final = """
PREFIX dcat: <http://www.w3.org/ns/dcat#>
SELECT (MAX(STR(?v)) AS ?version) { ?dataset a dcat:Dataset ; dcat:version ?v }"""
_SMALL: Final = 1_000_000
"""Triples up to which the union is held once more by itself."""

_SIZES: Final = "SELECT ?graph (COUNT(*) AS ?size) { GRAPH ?graph { ?s ?p ?o } } GROUP BY ?graph"
_SHARED: Final = "ASK { GRAPH ?g { ?s ?p ?o } GRAPH ?h { ?s ?p ?o } FILTER(?g != ?h) }"
_UNION: Final = "INSERT { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o } }"


def _rows(result: QueryResult) -> list[dict[str, dict[str, str]]]:
    """Return the solutions of a SELECT as in SPARQL 1.1 Query Results JSON Format."""
    assert isinstance(result, QuerySolutions)  # noqa: S101  # the queries are our own
    rows: list[dict[str, dict[str, str]]] = json.loads(result.serialize(format=QueryResultsFormat.JSON) or b"")[
        "results"
    ]["bindings"]
    return rows


def digest(files: Sequence[Path]) -> str:
    """Return the SHA-256, in hexadecimal, of the names and bytes of files.

    It starts from the files, because the store rewrites literals. Raises InputError for a file that cannot be read.
    """
    total = hashlib.sha256()
    for path in files:
        try:
            with path.open("rb") as file:
                total.update(f"{path.name}\0{hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode())
        except OSError as error:
            raise InputError(f"{path}: {error.strerror or error}") from error
    return total.hexdigest()


def _load_file(store: Store, path: Path, name: str) -> dict[str, str]:
    """Load a Turtle file into a named graph, and return the prefixes that it declares before its first triple.

    Its blank nodes are told apart from those of other files. Raises InputError with file, line and column when the file
    cannot be read.
    """
    try:
        store.bulk_load(path=path, format=RdfFormat.TURTLE, to_graph=NamedNode(name))
        reader = parse(path=path, format=RdfFormat.TURTLE)
        next(reader, None)
        return reader.prefixes
    except SyntaxError as error:
        message = _POSITION.sub("", str(error.msg))
        raise DataError(f"{path}:{error.lineno}:{error.offset}: {message}") from error
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error


def graph_files(content: Content) -> dict[str, Path]:
    """Return the Turtle files of the ontology and the data of a content tree by the IRIs of their named graphs.

    Raises InputError for two files with one stem.
    """
    return _named([*content.ontology_files(), *content.data_files()])


def _named(files: Sequence[Path]) -> dict[str, Path]:
    """Return files by the IRIs of their named graphs. Raises InputError for two with one stem."""
    names: dict[str, Path] = {}
    for path in files:
        name = graph_iri(path)
        if name in names:
            raise InputError(
                f"{path}: another file has the same stem, so both would be the graph <{name}>; rename one."
            )
        names[name] = path
    return names


def load(files: Sequence[Path]) -> GraphStore:
    """Load Turtle files, each into the named graph of its stem.

    Raises InputError for a file that cannot be read, and for two files with one stem.
    """
    return load_graphs(_named(files))


def load_graphs(files: Mapping[str, Path]) -> GraphStore:
    """Load Turtle files by the IRIs of their named graphs. Raises InputError for a file that cannot be read."""
    store = Store()
    graphs = dict.fromkeys(files, 0)
    prefixes: dict[str, str] = {}
    for name, path in files.items():
        for prefix, iri in _load_file(store, path, name).items():
            prefixes.setdefault(prefix, iri)
    for row in _rows(store.query(_SIZES)):
        graphs[row["graph"]["value"]] = int(row["size"]["value"])
    disjoint = not store.query(_SHARED)
    union = None
    if not disjoint:
        store.update(_UNION)
        if sum(graphs.values()) <= _SMALL:
            union = Store()
            union.bulk_extend(store.quads_for_pattern(None, None, None, DefaultGraph()))
    return GraphStore(store, graphs, dict(sorted(prefixes.items())), tuple(files.values()), disjoint, union)


def load_content(content: Content) -> GraphStore:
    """Load the ontology and the data of a content tree. Raises InputError as `load` does."""
    return load_graphs(graph_files(content))


def _merged(store: Store, description: DataSetDescription) -> Store:
    """Return a store whose default graph is the merge of several named graphs: a triple of two of them stands once."""
    merged = Store()
    for iri in description.default_graphs:
        quads = store.quads_for_pattern(None, None, None, NamedNode(iri))
        merged.bulk_extend(Quad(quad.subject, quad.predicate, quad.object) for quad in quads)
    for iri in description.named_graphs:
        merged.bulk_extend(store.quads_for_pattern(None, None, None, NamedNode(iri)))
    return merged


def evaluate(
    data: GraphStore, query: str, default_graphs: Sequence[str] = (), named_graphs: Sequence[str] = ()
) -> QueryResult:
    """Evaluate a query.

    `default_graphs` and `named_graphs` are absolute IRIs; one of either is the whole data set description, and FROM in
    the query is then ignored. Relative IRIs of the query are resolved against the base of the project. Solutions are
    computed while the result is read.

    Raises MalformedQueryError for a query that is not well formed or that `kg.guard` refuses, QueryError when it fails.
    """
    if reason := refusal(query):
        raise fault(query, reason.position, reason.sentence)
    description = data_set_description(query, BASE)
    if default_graphs or named_graphs:
        description = DataSetDescription(tuple(dict.fromkeys(default_graphs)), tuple(dict.fromkeys(named_graphs)))
    try:
        default: list[NamedNode | BlankNode | DefaultGraph] = [NamedNode(iri) for iri in description.default_graphs]
        named: list[NamedNode | BlankNode] = [NamedNode(iri) for iri in description.named_graphs]
    except ValueError as error:
        if default_graphs or named_graphs:
            raise MalformedQueryError(f"A graph is not named by an absolute IRI: {error}") from error
        default, named = [], []  # the engine says where in the query
    try:
        if len(default) > 1:
            merged = _merged(data.store, description)
            return merged.query(query, base_iri=BASE, default_graph=[DefaultGraph()], named_graphs=named)
        if default or named:
            return data.store.query(query, base_iri=BASE, default_graph=default, named_graphs=named)
        if data.union is not None and not names_graphs(query):
            return data.union.query(query, base_iri=BASE)
        return data.store.query(query, base_iri=BASE, use_default_graph_as_union=data.disjoint)
    except SyntaxError as error:
        raise explained(query, str(error), data.prefixes) from error
    except RuntimeError as error:  # raised before anything is evaluated, as for a function that does not exist
        raise explained(query, str(error), data.prefixes) from error
    except (OSError, ValueError) as error:
        raise QueryError(f"The query failed: {error}") from error
