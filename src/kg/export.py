"""The data as one document, made from the files, so that each literal is as the file writes it.

A store is not asked, because it brings numbers and dates to their canonical forms. The same files always give the same
bytes: statements are sorted, and blank nodes have the names of RDF Dataset Canonicalization (RDFC-1.0), a file's own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from pyoxigraph import (
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    DefaultGraph,
    NamedNode,
    Quad,
    RdfFormat,
    parse,
    serialize,
)

from kg.errors import InputError
from kg.namespaces import RDF
from kg.results import GRAPH_FORMATS, finished
from kg.store import DataError

EXPORT_FORMATS: Final = {
    "nq": RdfFormat.N_QUADS,
    "nt": RdfFormat.N_TRIPLES,
    "ttl": RdfFormat.TURTLE,
    "trig": RdfFormat.TRIG,
    "jsonld": RdfFormat.JSON_LD,
    "rdf": RdfFormat.RDF_XML,
}
"""Formats of an export, by the suffix of its file. Those that know named graphs keep them; the others are the union."""

_TYPE: Final = NamedNode(f"{RDF}type")
_Term = TypeVar("_Term")


@dataclass(frozen=True)
class _GraphFile:
    """What a file holds: its quads, in its named graph, and the prefixes that it declares, name to IRI."""

    quads: list[Quad]
    prefixes: dict[str, str]


def _read(path: Path, name: str, number: int) -> _GraphFile:
    """Read a Turtle file; its blank nodes get names that begin with the number of the file."""
    try:
        reader = parse(path=path, format=RdfFormat.TURTLE)
        triples = [quad.triple for quad in reader]
    except SyntaxError as error:
        raise DataError(f"{path}:{error.lineno}:{error.offset}: {error.msg}") from error
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error
    graph = NamedNode(name)
    dataset = Dataset(Quad(triple.subject, triple.predicate, triple.object, graph) for triple in triples)
    if any(isinstance(term, BlankNode) for triple in triples for term in (triple.subject, triple.object)):
        dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)

    def named(term: _Term) -> _Term | BlankNode:
        """Return a term, a blank node with the number of the file in its name."""
        return BlankNode(f"f{number}{term.value}") if isinstance(term, BlankNode) else term

    quads = [Quad(named(quad.subject), quad.predicate, named(quad.object), graph) for quad in dataset]
    return _GraphFile(quads, reader.prefixes)


def _order(quad: Quad) -> tuple[str, bool, str, str, str]:
    """Return the place of a quad: by graph and subject, its types first."""
    return (
        str(quad.subject),
        quad.predicate != _TYPE,
        str(quad.predicate),
        str(quad.object),
        str(quad.graph_name),
    )


def exported(files: Mapping[str, Path], form: str, more: Iterable[Quad] = ()) -> bytes:
    """Return Turtle files, by the IRIs of their named graphs, as one document in one of `EXPORT_FORMATS`.

    `more` are quads that are in no file, as those of `kg.derivation`; they have no blank nodes. In a format without
    named graphs each triple stands once. Raises InputError for a file that cannot be read or is not
    Turtle, SerialisationError for what the format cannot hold.
    """
    engine = EXPORT_FORMATS[form]
    prefixes: dict[str, str] = {}
    quads: list[Quad] = []
    for number, (name, path) in enumerate(files.items(), 1):
        read = _read(path, name, number)
        quads += sorted(read.quads, key=_order)
        for prefix, iri in read.prefixes.items():
            prefixes.setdefault(prefix, iri)
    quads += sorted(more, key=_order)
    if not engine.supports_datasets:
        union = {Quad(quad.subject, quad.predicate, quad.object, DefaultGraph()) for quad in quads}
        quads = sorted(union, key=_order)
    body = serialize(quads, format=engine, prefixes=dict(sorted(prefixes.items()))) or b""
    known = next((one for one in GRAPH_FORMATS if one.engine == engine), None)
    return body if known is None else finished(body, known)
