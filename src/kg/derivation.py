"""Graphs that are derived from others when the data are loaded: no document says what is in them, and no file has it.

There is one: the search keys. It is a named graph like any other, so that who asks in SPARQL can compare by key, and it
says of itself that it was derived (`prov:wasDerivedFrom`, PROV-O section 3.1). Because it is made anew at each start it
is never behind the names that it was made of. A tree of content has this graph if it has the queries that say what is a
name: `queries/pages/search/<number>-names.rq` and `-misprints.rq`.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, QuerySolutions

from kg.content import Content, read_text
from kg.folding import Folding
from kg.namespaces import GRAPH, ID, ONTOLOGY, RDF, RDFS
from kg.store import GraphStore, Summary, digest, evaluate, graph_files, load_graphs

SEARCH_KEYS: Final = f"{GRAPH}search-keys"
"""The named graph of the search keys."""

SEARCH_KEY: Final = f"{ONTOLOGY}searchKey"
"""The property that leads from a resource to the key of one of its names."""

QUERIES: Final = ("names", "misprints")
"""The queries that the search keys are made by, as `kg.search.search_queries` calls them."""

PROV: Final = "http://www.w3.org/ns/prov#"
_SPELLINGS: Final = files("kg") / "folding.toml"
_VOID: Final = "http://rdfs.org/ns/void#"
_LABELS: Final = {"th": "กุญแจค้นหา สร้างจากชื่อในกราฟอื่น", "en": "search keys, derived from the names in the other graphs"}


def key_queries(content: Content) -> dict[str, str]:
    """Return the queries that the search keys of a tree are made by, by name, or none when it lacks one of them.

    Raises InputError for one that cannot be read.
    """
    folder = content.root / "queries" / "pages" / "search"
    found = {name: sorted(folder.glob(f"*-{name}.rq")) for name in QUERIES}
    return {name: read_text(paths[0]) for name, paths in found.items()} if all(found.values()) else {}


def data_digest(paths: Sequence[Path], queries: Mapping[str, str]) -> str:
    """Return the SHA-256, in hexadecimal, of the names and bytes of files, and of what search keys are made by, if any.

    Raises InputError for a file that cannot be read.
    """
    of_files = digest(paths)
    if not queries:
        return of_files
    made_by = json.dumps([of_files, sorted(queries.items()), _SPELLINGS.read_text("utf-8")])
    return hashlib.sha256(made_by.encode()).hexdigest()


@dataclass(frozen=True)
class DataSource:
    """What data are loaded from: Turtle files by the IRIs of their named graphs, and queries that more is derived by.

    `key_queries` say what is a name and what is a misprint, by the names in `QUERIES`; empty where there are no keys.
    """

    graphs: Mapping[str, Path]
    key_queries: Mapping[str, str] = field(default_factory=dict)

    def digest(self) -> str:
        """Return the digest of all that the data are made of, as `data_digest` does."""
        return data_digest(tuple(self.graphs.values()), self.key_queries)

    def load(self) -> tuple[GraphStore, Summary]:
        """Load the files, add the graph of the search keys where there is one, and return what is known of it.

        Raises InputError as `kg.store.load_graphs` does, and QueryError for a query that fails.
        """
        data = with_search_keys(load_graphs(self.graphs), self.key_queries)
        return data, replace(data.summary, digest=self.digest())


def source_of(content: Content) -> DataSource:
    """Return what `kg serve` loads of a tree; there are keys if it has all queries that they are made by.

    Raises InputError for two files with one stem, and for a query that cannot be read.
    """
    return DataSource(graph_files(content), key_queries(content))


def _solutions(data: GraphStore, query: str) -> list[dict[str, Any]]:
    """Return the solutions of a SELECT, variable to term. Raises QueryError."""
    result = evaluate(data, query)
    assert isinstance(result, QuerySolutions)  # noqa: S101  # the query is a SELECT of ours
    names = [variable.value for variable in result.variables]
    return [dict(zip(names, solution, strict=True)) for solution in result]


def search_key_quads(data: GraphStore, queries: Mapping[str, str]) -> list[Quad]:
    """Return the graph of the search keys: a key for each name of each resource, each once, and what the graph is.

    `queries` are those of `DataSource`, which say what is a name; without them there is nothing. Raises QueryError.
    """
    if not queries:
        return []
    misprints = _solutions(data, queries["misprints"])
    folding = Folding((row["printed"].value, row["meant"].value) for row in misprints)
    rows = _solutions(data, queries["names"])
    graph, key = NamedNode(SEARCH_KEYS), NamedNode(SEARCH_KEY)
    found = {(row["resource"], folding.key(row["name"].value)): None for row in rows}
    found |= {(graph, folding.key(text)): None for text in _LABELS.values()}
    about: list[tuple[NamedNode, NamedNode | Literal]] = [
        (NamedNode(f"{RDF}type"), NamedNode(f"{_VOID}Dataset")),
        (NamedNode(f"{PROV}wasDerivedFrom"), NamedNode(f"{ID}dataset/thai-smart-city")),
        *((NamedNode(f"{RDFS}label"), Literal(text, language=tag)) for tag, text in _LABELS.items()),
    ]
    return [
        *(Quad(graph, predicate, value, graph) for predicate, value in about),
        *(Quad(resource, key, Literal(text), graph) for resource, text in found if text),
    ]


def with_search_keys(data: GraphStore, queries: Mapping[str, str]) -> GraphStore:
    """Add the graph of the search keys to a data set that has been loaded, and return what it is then.

    Without `queries` that is the same. What was given shares its triples, so use it no more. Raises as
    `search_key_quads` does.
    """
    quads = search_key_quads(data, queries)
    if not quads:
        return data
    data.store.bulk_extend(quads)
    union = [Quad(quad.subject, quad.predicate, quad.object, DefaultGraph()) for quad in quads]
    if not data.disjoint:
        data.store.bulk_extend(union)
    if data.union is not None:
        data.union.bulk_extend(union)
    return replace(data, graphs={**data.graphs, SEARCH_KEYS: len(quads)})
