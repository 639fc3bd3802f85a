"""What the files say at the places of findings, and of the resources that findings are about."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pyoxigraph import BlankNode, Literal, NamedNode

from kg.finding import Finding
from kg.tokens import iris, tokenise
from kg.validation.echoes.kinds import SHACL, TYPE

if TYPE_CHECKING:
    from kg.located import LocatedGraph
    from kg.validation.files import ExaminedFile

_PATH: Final = NamedNode(f"{SHACL}path")
_CONSTRAINT, _SELECT = NamedNode(f"{SHACL}sparql"), NamedNode(f"{SHACL}select")
_SUBCLASS: Final = NamedNode("http://www.w3.org/2000/01/rdf-schema#subClassOf")

Place = tuple[int, int]
"""Line and column, both from 1."""

Statement = tuple[Any, Any, Any]
"""Subject, predicate and value, as terms of pyoxigraph; of a subject alone the others are None."""


class File:
    """A file whose statements are asked for by their places."""

    def __init__(self, graph: "LocatedGraph") -> None:
        """Sort the places."""
        self.graph = graph
        self._statements: dict[Place, list[Statement]] = defaultdict(list)
        self._terms: dict[Place, Any] = {}
        for node, place in graph.subjects.items():
            self._statements[place].append((node, None, None))
            self._terms[place] = node
        for triple, predicate, object_ in zip(graph.triples, graph.predicates, graph.objects, strict=True):
            self._statements[predicate].append(triple)
            self._statements[object_].append(triple)
            self._terms[predicate], self._terms[object_] = triple[1], triple[2]
        self._places = sorted(self._statements)

    def statements(self, line: int, column: int) -> list[Statement]:
        """Return the statements at a place, or at the last before it; of a subject alone there is but that."""
        number = bisect_right(self._places, (line, column))
        return self._statements[self._places[number - 1]] if number else []

    def name(self, line: int, column: int) -> str | None:
        """Return the IRI, or that of the data type, that stands at a place."""
        term = self._terms.get((line, column))
        term = term.datatype if isinstance(term, Literal) else term
        return term.value if isinstance(term, NamedNode) else None


class Described:
    """What the Turtle files say about the places and the subjects of findings."""

    def __init__(self, examined: "Mapping[Path, ExaminedFile]") -> None:
        """Take the files; they are looked at when a finding asks for it."""
        self._examined = examined
        self._files: dict[Path, File] = {}

    def statements(self, one: Finding) -> list[Statement]:
        """Return the statements at the place of a finding."""
        known = self._examined.get(one.path)
        if known is None or known.broken:
            return []
        if one.path not in self._files:
            self._files[one.path] = File(known.graph)
        return self._files[one.path].statements(one.line, one.column)

    def subjects(self, one: Finding) -> set[str]:
        """Return the resources that a finding is about, as terms of N-Triples."""
        return {one.focus_node} if one.focus_node else {str(subject) for subject, _, _ in self.statements(one)}

    def asked(self, shape: str) -> set[str]:
        """Return the properties, as IRIs in brackets, that the SPARQL constraints of a shape name, and its path."""
        found: set[str] = set()
        for known in self._examined.values():
            if known.broken or known.kind != "shapes":
                continue
            triples = known.graph.triples
            found |= {str(value) for node, predicate, value in triples if str(node) == shape and predicate == _PATH}
            inner = {value for node, predicate, value in triples if str(node) == shape and predicate == _CONSTRAINT}
            for node, predicate, value in triples:
                if node in inner and predicate == _SELECT and isinstance(value, Literal):
                    tokens = tokenise(value.value)
                    found |= {f"<{iri}>" for _, iri in iris(tokens, self._prefixes())}
        return found

    def _prefixes(self) -> dict[str, str]:
        """Return the prefixes of all files."""
        return {prefix: space for known in self._examined.values() for prefix, space in known.prefixes.items()}

    def values(self, subject: str, predicate: str) -> list[tuple[Path, Place, Any]]:
        """Return the values that a subject has for a predicate, each with its file and place."""
        return [
            (path, place, triple[2])
            for path, known in self._examined.items()
            if not known.broken
            for triple, place in zip(known.graph.triples, known.graph.objects, strict=True)
            if str(triple[0]) == subject and str(triple[1]) == predicate
        ]

    def paths(self, shape: str) -> list[str]:
        """Return the predicates that a shape, or one without a name inside it, has as path."""
        found: list[str] = []
        for known in self._examined.values():
            if known.broken or known.kind != "shapes":
                continue
            about: dict[str, list[Statement]] = defaultdict(list)
            for triple in known.graph.triples:
                about[str(triple[0])].append(triple)
            waiting, seen = [shape], {shape}
            while waiting:
                for _, predicate, value in about.get(waiting.pop(), ()):
                    if predicate == _PATH:
                        found.append(str(value))
                    elif isinstance(value, BlankNode) and str(value) not in seen:
                        seen.add(str(value))
                        waiting.append(str(value))
        return found

    def at(self, one: Finding) -> set[tuple[str, str]]:
        """Return subject and predicate of the statements at the place of a finding."""
        return {(str(subject), str(predicate)) for subject, predicate, _ in self.statements(one)}

    def members(self, terms: set[str]) -> set[str]:
        """Return the terms, the classes below them, and the members of all these."""
        below: dict[str, set[str]] = defaultdict(set)
        for known in self._examined.values():
            for subject, predicate, value in () if known.broken else known.graph.triples:
                if predicate in (TYPE, _SUBCLASS):
                    below[str(value)].add(str(subject))
        found, new = set(terms), set(terms)
        while new:
            new = set().union(*(below[term] for term in new)) - found
            found |= new
        return found
