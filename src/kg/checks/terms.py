"""Every term is declared, and every IRI of our own leads somewhere: a misspelt name must not pass in silence."""

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import rdflib
from rdflib.namespace import RDF
from rdflib.term import Node

from kg.content import read_text
from kg.dataset import Dataset, GraphFile, locate
from kg.finding import Finding, displayed
from kg.namespaces import GRAPH, ID, ONTOLOGY, OWL, RDFS, SHACL, SHAPES, XSD
from kg.tokens import iris, tokenise
from kg.turtle import Position

_BUILT_IN: Final = (str(RDF), RDFS, OWL, XSD, SHACL)
"""Namespaces whose terms OWL, SHACL and the data types themselves define."""

_PASSAGE: Final = "/text#char="
_QUERY_PREDICATES: Final = {rdflib.URIRef(f"{SHACL}{name}") for name in ("select", "ask", "construct", "update")}


class _Vocabulary:
    """What the ontology files declare, and where: a term is declared where it is given a type."""

    def __init__(self, dataset: Dataset) -> None:
        self.declared: dict[str, tuple[Path, Position]] = {}
        for file in dataset.ontology:
            for (subject, predicate, _), position in file.turtle.positions.items():
                if predicate == RDF.type and isinstance(subject, rdflib.URIRef):
                    self.declared.setdefault(str(subject), (file.path, position))
        self.own = [iri.removeprefix(ONTOLOGY) for iri in self.declared if iri.startswith(ONTOLOGY)]
        self.prefixes = {
            namespace: prefix for file in dataset.files for prefix, namespace in file.turtle.prefixes.items()
        }

    def short(self, iri: str) -> str:
        """Return the IRI with a prefix if a file declares one for its namespace."""
        cut = max(iri.rfind("#"), iri.rfind("/")) + 1
        prefix = self.prefixes.get(iri[:cut])
        return f"{prefix}:{iri[cut:]}" if prefix is not None else f"<{iri}>"

    def nearest(self, iri: str) -> str:
        """Return `tsc:Name (file:line)` of the declared term whose name is nearest, or an empty text."""
        names = difflib.get_close_matches(iri.removeprefix(ONTOLOGY), self.own, n=1, cutoff=0.6)
        if not names:
            return ""
        path, position = self.declared[ONTOLOGY + names[0]]
        return f"{self.short(ONTOLOGY + names[0])} ({displayed(path)}:{position.line})"


def _unknown_term(path: Path, position: Position, iri: str, vocabulary: _Vocabulary) -> Finding:
    """Return the finding for a term of our own that no ontology file declares."""
    nearest = vocabulary.nearest(iri)
    return Finding(
        path,
        *position,
        "violation",
        "unknown-term",
        f"ออนโทโลยีไม่ได้ประกาศ {vocabulary.short(iri)}",
        f"The ontology does not declare {vocabulary.short(iri)}.",
        f"หมายถึง {nearest} หรือไม่" if nearest else "ประกาศคำนี้ในออนโทโลยี หรือใช้คำที่มีอยู่แล้ว",
        f"Did you mean {nearest}?" if nearest else "Declare it in the ontology, or use a term that is there.",
    )


def _undeclared_foreign(path: Path, position: Position, iri: str, vocabulary: _Vocabulary) -> Finding:
    """Return the finding for a term of another vocabulary that `ontology/external.ttl` does not declare."""
    return Finding(
        path,
        *position,
        "violation",
        "undeclared-foreign-term",
        f"{vocabulary.short(iri)} ไม่ได้ประกาศไว้ใน ontology/external.ttl",
        f"{vocabulary.short(iri)} is not declared in ontology/external.ttl.",
        "ตรวจตัวสะกด แล้วประกาศคำนี้ใน ontology/external.ttl",
        "Check its spelling, then declare it in ontology/external.ttl.",
    )


def _dangling(path: Path, position: Position, iri: str, dataset: Dataset, vocabulary: _Vocabulary) -> Finding:
    """Return the finding for an IRI of our own that no file describes."""
    known = [str(node) for node in dataset.subjects if str(node).startswith((ID, GRAPH))]
    near = difflib.get_close_matches(iri, known, n=1, cutoff=0.85)
    where = ""
    if near:
        file, place = locate((*dataset.ontology, *dataset.data), rdflib.URIRef(near[0]))
        where = f"{vocabulary.short(near[0])} ({displayed(file.path)}:{place.line})"
    return Finding(
        path,
        *position,
        "violation",
        "dangling-iri",
        f"ไม่มีไฟล์ใดอธิบาย {vocabulary.short(iri)}",
        f"No file describes {vocabulary.short(iri)}.",
        f"หมายถึง {where} หรือไม่" if where else "แก้ตัวสะกด หรืออธิบายทรัพยากรนี้ในทะเบียนหรือในไฟล์ของเอกสาร",
        f"Did you mean {where}?" if where else "Correct the spelling, or describe it in the register or a source file.",
    )


def _terms_in_file(file: GraphFile) -> Iterator[tuple[str, bool, Position]]:
    """Yield each IRI of a file, whether it stands where a term must (predicate, class, data type), and its place."""
    for (subject, predicate, object_), position in file.turtle.positions.items():
        yield str(predicate), True, position
        if isinstance(subject, rdflib.URIRef) and str(subject).startswith(ONTOLOGY):
            yield str(subject), False, position
        if isinstance(object_, rdflib.URIRef):
            yield str(object_), predicate == RDF.type, position
        elif isinstance(object_, rdflib.Literal) and object_.datatype:
            yield str(object_.datatype), True, position


def _names_in_query(text: str, prefixes: dict[str, str]) -> Iterator[tuple[str, Position]]:
    """Yield each IRI that a query writes in full or as a prefixed name, with its place in the text."""
    tokens = tokenise(text)
    for index, iri in iris(tokens, prefixes):
        start = tokens[index].start
        yield iri, Position(text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start))


def _is_dangling(iri: str, subjects: frozenset[Node]) -> bool:
    """Return whether an IRI of our own, other than that of a passage, is described nowhere."""
    return iri.startswith((ID, GRAPH)) and _PASSAGE not in iri and rdflib.URIRef(iri) not in subjects


def check_terms(dataset: Dataset) -> list[Finding]:
    """Return a finding for each undeclared term and each dangling IRI in the Turtle files and the queries.

    Raises InputError when a query is not UTF-8.
    """
    vocabulary = _Vocabulary(dataset)
    found = []

    def judge(path: Path, position: Position, iri: str, is_term: bool) -> None:
        if iri.startswith(ONTOLOGY):
            if iri != ONTOLOGY and iri not in vocabulary.declared:
                found.append(_unknown_term(path, position, iri, vocabulary))
        elif _is_dangling(iri, dataset.subjects):
            found.append(_dangling(path, position, iri, dataset, vocabulary))
        elif is_term and not iri.startswith((*_BUILT_IN, SHAPES)) and iri not in vocabulary.declared:
            found.append(_undeclared_foreign(path, position, iri, vocabulary))

    for file in dataset.files:
        for iri, is_term, position in _terms_in_file(file):
            judge(file.path, position, iri, is_term)
        for (_, predicate, object_), position in file.turtle.positions.items():
            if predicate in _QUERY_PREDICATES:
                for iri, _ in _names_in_query(str(object_), file.turtle.prefixes):
                    judge(file.path, position, iri, False)
    for path in dataset.content.query_files():
        for iri, position in _names_in_query(read_text(path), {}):
            judge(path, position, iri, False)
    return found
