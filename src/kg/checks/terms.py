"""Every term is declared, and every IRI of our own leads somewhere: a misspelt name must not pass in silence.

What the findings depend on: the names in all files, and where they are declared and described.
"""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from pyoxigraph import Literal, NamedNode

from kg.finding import Finding, displayed
from kg.located import LocatedGraph
from kg.namespaces import OWL, RDF, RDFS, SHACL, XSD
from kg.project import Project
from kg.tokens import iris, tokenise
from kg.turtle import Position

_BUILT_IN: Final = (RDF, RDFS, OWL, XSD, SHACL)
"""Namespaces whose terms OWL, SHACL and the data types themselves define."""

_TYPE: Final = NamedNode(f"{RDF}type")
_TERMS: Final = frozenset(
    NamedNode(iri)
    for iri in (
        *(f"{OWL}{name}" for name in ("Class", "ObjectProperty", "DatatypeProperty", "AnnotationProperty")),
        *(f"{RDFS}{name}" for name in ("Class", "Datatype")),
        f"{RDF}Property",
    )
)
"""What makes a name a term, and its namespace that of a vocabulary."""

_QUERY_PREDICATES: Final = frozenset(NamedNode(f"{SHACL}{name}") for name in ("select", "ask", "construct", "update"))


_SEVERAL: Final = 2
"""Places that use an unknown name from which on its declaration may be what is misspelt."""


class _Name(NamedTuple):
    """An IRI in a file: `is_term` where it stands as a predicate, a class or a data type."""

    path: Path
    position: Position
    iri: str
    is_term: bool


class _Vocabulary:
    """What the ontology declares (what it gives a type), what any file describes, and where."""

    def __init__(
        self,
        project: Project,
        graphs: Sequence[LocatedGraph],
        prefixes: Iterable[tuple[str, str]],
    ) -> None:
        ontology = [graph for graph in graphs if project.kinds.get(graph.path) == "ontology"]
        self.declared: dict[str, tuple[Path, Position]] = {}
        namespaces = set()
        for graph in ontology or graphs:
            for subject, predicate, kind in graph.triples:
                if predicate == _TYPE and isinstance(subject, NamedNode):
                    self.declared.setdefault(subject.value, (graph.path, graph.subjects[subject]))
                    if kind in _TERMS and subject.value.startswith(project.own):
                        namespaces.add(subject.value[: _cut(subject.value)])
        self.described: dict[str, tuple[Path, Position]] = {}
        for graph in graphs:
            for subject, place in graph.subjects.items():
                if isinstance(subject, NamedNode):
                    self.described.setdefault(subject.value, (graph.path, place))
        self.used = frozenset(
            term.value
            for graph in graphs
            for _, *terms in graph.triples
            for term in terms
            if isinstance(term, NamedNode) and term.value.startswith(project.own)
        )
        self.namespaces = frozenset(namespaces)
        self.has_ontology = bool(ontology)
        self._prefixes = {namespace: prefix for prefix, namespace in prefixes}

    def short(self, iri: str) -> str:
        """Return the IRI with a prefix if a file declares one for its namespace."""
        cut = _cut(iri)
        prefix = self._prefixes.get(iri[:cut])
        return f"{prefix}:{iri[cut:]}" if prefix is not None else f"<{iri}>"

    def nearest_iri(self, iri: str, known: Mapping[str, tuple[Path, Position]], cutoff: float) -> str | None:
        """Return the known IRI of the same namespace whose name is nearest, or None."""
        cut = _cut(iri)
        names = {other[cut:]: other for other in known if other.startswith(iri[:cut]) and other != iri[:cut]}
        near = difflib.get_close_matches(iri[cut:], names, n=1, cutoff=cutoff)
        return names[near[0]] if near else None

    def nearest(self, iri: str, known: Mapping[str, tuple[Path, Position]], cutoff: float) -> str:
        """Return `ex:Name (file:line)` of the known IRI of the same namespace whose name is nearest, or nothing."""
        near = self.nearest_iri(iri, known, cutoff)
        if near is None:
            return ""
        path, position = known[near]
        return f"{self.short(near)} ({displayed(path)}:{position.line})"


def _cut(iri: str) -> int:
    """Return where the local name of an IRI begins."""
    return max(iri.rfind("#"), iri.rfind("/")) + 1


def _unknown_term(name: _Name, vocabulary: _Vocabulary) -> Finding:
    """Return the finding for a term of our own that no ontology file declares."""
    nearest = vocabulary.nearest(name.iri, vocabulary.declared, 0.6)
    return Finding(
        name.path,
        *name.position,
        "violation",
        "unknown-term",
        f"ออนโทโลยีไม่ได้ประกาศ {vocabulary.short(name.iri)}",
        f"The ontology does not declare {vocabulary.short(name.iri)}.",
        f"หมายถึง {nearest} หรือไม่" if nearest else "ประกาศคำนี้ในออนโทโลยี หรือใช้คำที่มีอยู่แล้ว",
        f"Did you mean {nearest}?" if nearest else "Declare it in the ontology, or use a term that is there.",
    )


def _undeclared_foreign(name: _Name, vocabulary: _Vocabulary) -> Finding:
    """Return the finding for a term of another vocabulary that no ontology file declares."""
    return Finding(
        name.path,
        *name.position,
        "violation",
        "undeclared-foreign-term",
        f"{vocabulary.short(name.iri)} ไม่ได้ประกาศไว้ในไฟล์ของออนโทโลยี",
        f"{vocabulary.short(name.iri)} is not declared in the files of the ontology.",
        "ตรวจตัวสะกด แล้วประกาศคำนี้ในไฟล์คำภายนอกของออนโทโลยี",
        "Check its spelling, then declare it where the ontology declares foreign terms.",
    )


def _dangling(name: _Name, vocabulary: _Vocabulary) -> Finding:
    """Return the finding for an IRI of our own that no file describes."""
    nearest = vocabulary.nearest(name.iri, vocabulary.described, 0.7)
    return Finding(
        name.path,
        *name.position,
        "violation",
        "dangling-iri",
        f"ไม่มีไฟล์ใดอธิบาย {vocabulary.short(name.iri)}",
        f"No file describes {vocabulary.short(name.iri)}.",
        f"หมายถึง {nearest} หรือไม่" if nearest else "แก้ตัวสะกด หรืออธิบายทรัพยากรนี้ในไฟล์ข้อมูล",
        f"Did you mean {nearest}?" if nearest else "Correct the spelling, or describe it in a data file.",
    )


def _misspelt_declaration(
    rule: str, iri: str, names: Sequence[_Name], known: Mapping[str, tuple[Path, Position]], vocabulary: _Vocabulary
) -> Finding | None:
    """Return the finding for a name that several places use, when only its declaration seems to be misspelt.

    That is so when the nearest known name is used nowhere.
    """
    near = vocabulary.nearest_iri(iri, known, 0.7)
    if near is None or len(names) < _SEVERAL or near in vocabulary.used:
        return None
    path, position = known[near]
    here, meant, number = vocabulary.short(near), vocabulary.short(iri), len(names)
    return Finding(
        path,
        *position,
        "violation",
        rule,
        f"ไม่มีที่ใดใช้ {here} ส่วน {meant} ซึ่งใช้อยู่ {number} แห่ง ไม่มีไฟล์ใดประกาศหรืออธิบาย",
        f"Nothing uses {here}, and {meant}, which {number} places use, is declared or described nowhere.",
        f"เขียน {meant} ที่นี่ หรือแก้ทุกแห่งที่ใช้ชื่อนั้น",
        f"Write {meant} here, or correct the places that use it.",
        value=f"<{iri}>",
    )


def _names_in_query(text: str, prefixes: Mapping[str, str]) -> Iterator[tuple[str, Position]]:
    """Yield each IRI that a query writes in full or as a prefixed name, with its place in the text."""
    tokens = tokenise(text)
    for index, iri in iris(tokens, dict(prefixes)):
        start = tokens[index].start
        yield iri, Position(text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start))


def _names_in_graph(graph: LocatedGraph, prefixes: Mapping[str, str]) -> Iterator[_Name]:
    """Yield each IRI of a file with its place; those in queries that it holds stand where the query begins."""
    path = graph.path
    for subject, place in graph.subjects.items():
        if isinstance(subject, NamedNode):
            yield _Name(path, place, subject.value, False)
    for (_, predicate, value), at_predicate, at_object in zip(
        graph.triples, graph.predicates, graph.objects, strict=True
    ):
        yield _Name(path, at_predicate, predicate.value, True)
        if isinstance(value, NamedNode):
            yield _Name(path, at_object, value.value, predicate == _TYPE)
        elif isinstance(value, Literal):
            yield _Name(path, at_object, value.datatype.value, True)
            if predicate in _QUERY_PREDICATES:
                for iri, _ in _names_in_query(value.value, prefixes):
                    yield _Name(path, at_object, iri, False)


def check_terms(
    project: Project,
    graphs: Sequence[LocatedGraph],
    prefixes: Mapping[Path, Mapping[str, str]],
    queries: Mapping[Path, str],
) -> list[Finding]:
    """Return a finding for each undeclared term and each dangling IRI in the Turtle files and the queries.

    `prefixes` has the prefixes of each Turtle file, `queries` the texts of the stored queries.
    """
    vocabulary = _Vocabulary(project, graphs, (pair for table in prefixes.values() for pair in table.items()))
    # A namespace itself is no term, and who declares no namespace of its own owns no term.
    undescribed = [re.compile(re.escape(pattern).replace(r"\*", ".*")) for pattern in project.undescribed]
    dangling: dict[str, bool] = {}

    def is_dangling(iri: str) -> bool:
        if iri not in dangling:
            dangling[iri] = (
                iri.startswith(project.own)
                and iri not in vocabulary.described
                and not any(pattern.fullmatch(iri) for pattern in undescribed)
                and iri not in project.own
                and iri not in vocabulary.namespaces
            )
        return dangling[iri]

    unknown: dict[tuple[str, str], list[_Name]] = {}

    def judged(name: _Name) -> Iterator[Finding]:
        iri = name.iri
        own = bool(project.own) and iri.startswith(project.own)
        if own and iri[: _cut(iri)] in vocabulary.namespaces:
            if iri not in vocabulary.declared and iri not in vocabulary.namespaces:
                unknown.setdefault(("unknown-term", iri), []).append(name)
        elif own and is_dangling(iri):
            unknown.setdefault(("dangling-iri", iri), []).append(name)
        elif (
            not own
            and name.is_term
            and vocabulary.has_ontology
            and iri not in vocabulary.declared
            and not iri.startswith(_BUILT_IN)
        ):
            yield _undeclared_foreign(name, vocabulary)

    found: list[Finding] = []
    for graph in graphs:
        for name in _names_in_graph(graph, prefixes.get(graph.path, {})):
            found += judged(name)
    for path, text in queries.items():
        for iri, position in _names_in_query(text, {}):
            found += judged(_Name(path, position, iri, False))
    for (rule, iri), names in unknown.items():
        known, told = (
            (vocabulary.declared, _unknown_term) if rule == "unknown-term" else (vocabulary.described, _dangling)
        )
        misspelt = _misspelt_declaration(rule, iri, names, known, vocabulary)
        found += [misspelt] if misspelt else [told(name, vocabulary) for name in names]
    return found
