"""The store: each Turtle file of the content in its named graph, in memory, and the evaluation of a query over it.

The store's default graph holds the union of the named graphs, so that a query without a data set description sees
everything, and one with a description (FROM, or the protocol's parameters) sees what it names and no more:
section 13.2 of SPARQL 1.1 Query Language and section 2.1.4 of SPARQL 1.1 Protocol. An unknown graph is empty.
Nothing is ever fetched.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from pyoxigraph import (
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    DefaultGraph,
    NamedNode,
    Quad,
    QueryBoolean,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
    Store,
    parse,
)

from kg.content import Content
from kg.description import DataSetDescription, data_set_description
from kg.errors import InputError, QueryError
from kg.guard import refusal
from kg.namespaces import BASE, graph_iri
from kg.syntax import MalformedQueryError, described, explained

QueryResult = QuerySolutions | QueryTriples | QueryBoolean
"""What SELECT, CONSTRUCT or DESCRIBE, and ASK give."""

_POSITION: Final = re.compile(r"^Parser error at .*?: | \(line \d+\)$")
"""What the engine's messages say about the place, which we say ourselves."""


@dataclass(frozen=True)
class GraphStore:
    """An evaluable data set.

    `graphs` maps the IRI of each named graph to its number of triples, in the order of the files. `prefixes` are those
    that the files declare, name to IRI. Treat both and the engine's `store` as read-only.
    """

    store: Store
    graphs: dict[str, int]
    prefixes: dict[str, str]
    files: tuple[Path, ...] = ()

    @property
    def triples(self) -> int:
        """Return the number of distinct triples in the union of the graphs."""
        return len(self.store) - sum(self.graphs.values())

    @cached_property
    def version(self) -> str:
        """Return the SHA-256, in hexadecimal, of the sorted canonical N-Quads of the files, a line feed after each.

        It starts from the files, because the store rewrites literals.
        """
        dataset = Dataset(
            Quad(quad.subject, quad.predicate, quad.object, NamedNode(graph_iri(path)))
            for path in self.files
            for quad in _parsed(path)[0]
        )
        dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
        return hashlib.sha256("".join(sorted(f"{quad} .\n" for quad in dataset)).encode()).hexdigest()


def _parsed(path: Path) -> tuple[list[Quad], dict[str, str]]:
    """Return the triples and the prefixes of a Turtle file; its blank nodes are told apart from those of other files.

    Raises InputError with file, line and column when the file cannot be read.
    """
    try:
        reader = parse(path=path, format=RdfFormat.TURTLE, rename_blank_nodes=True)
        return list(reader), reader.prefixes
    except SyntaxError as error:
        message = _POSITION.sub("", str(error.msg))
        raise InputError(f"{path}:{error.lineno}:{error.offset}: {message}") from error
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error


def load(files: Sequence[Path]) -> GraphStore:
    """Load Turtle files, each into the named graph of its stem.

    Raises InputError for a file that cannot be read, and for two files with one stem.
    """
    store = Store()
    graphs: dict[str, int] = {}
    prefixes: dict[str, str] = {}
    for path in files:
        name = graph_iri(path)
        if name in graphs:
            raise InputError(
                f"{path}: another file has the same stem, so both would be the graph <{name}>; rename one."
            )
        quads, declared = _parsed(path)
        graph = NamedNode(name)
        distinct = set(quads)
        store.bulk_extend(distinct)
        store.bulk_extend(Quad(quad.subject, quad.predicate, quad.object, graph) for quad in distinct)
        graphs[name] = len(distinct)
        for prefix, iri in declared.items():
            prefixes.setdefault(prefix, iri)
    return GraphStore(store, graphs, dict(sorted(prefixes.items())), tuple(files))


def load_content(content: Content) -> GraphStore:
    """Load the ontology and the data of a content tree. Raises InputError as `load` does."""
    return load([*content.ontology_files(), *content.data_files()])


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
        raise MalformedQueryError(described(query, reason.position, reason.sentence))
    try:
        default: list[NamedNode | BlankNode | DefaultGraph] = [NamedNode(iri) for iri in default_graphs]
        named: list[NamedNode | BlankNode] = [NamedNode(iri) for iri in named_graphs]
    except ValueError as error:
        raise MalformedQueryError(f"A graph is not named by an absolute IRI: {error}") from error
    if default_graphs or named_graphs:
        description = DataSetDescription(tuple(dict.fromkeys(default_graphs)), tuple(named_graphs))
    else:
        description = data_set_description(query, BASE)
    try:
        if len(description.default_graphs) > 1:
            merged = _merged(data.store, description)
            named = [NamedNode(iri) for iri in description.named_graphs]
            return merged.query(query, base_iri=BASE, default_graph=[DefaultGraph()], named_graphs=named)
        if default_graphs or named_graphs:
            return data.store.query(query, base_iri=BASE, default_graph=default, named_graphs=named)
        return data.store.query(query, base_iri=BASE)
    except SyntaxError as error:
        raise MalformedQueryError(explained(query, str(error), data.prefixes)) from error
    except RuntimeError as error:  # raised before anything is evaluated, as for a function that does not exist
        raise MalformedQueryError(f"{error}.") from error
    except (OSError, ValueError) as error:
        raise QueryError(f"The query failed: {error}") from error
