"""What resources are called: by `rdfs:label` or `skos:prefLabel` of either version, else by a prefixed name."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal

import pyoxigraph
from pyoxigraph import NamedNode

from kg.differences.statements import Triple
from kg.namespaces import RDF, RDFS
from kg.vocabulary import abbreviated

Language = Literal["th", "en"]

LABELS: Final = (f"{RDFS}label", "http://www.w3.org/2004/02/skos/core#prefLabel")
"""The properties by which a resource is called, the first that it has."""

_OTHER: Final[dict[Language, Language]] = {"th": "en", "en": "th"}


class Names:
    """Finds what a resource is called in a language."""

    def __init__(self, graphs: Sequence[Iterable[Triple]], prefixes: Mapping[str, str]) -> None:
        """Read the labels out of graphs; those of an earlier one go before those of a later one."""
        self._prefixes = {"rdf": RDF, "rdfs": RDFS, **prefixes}
        self._labels: dict[tuple[str, str], str] = {}
        for graph in graphs:
            for (iri, language), (_, label) in self._read(graph).items():
                self._labels.setdefault((iri, language), label)

    @staticmethod
    def _read(graph: Iterable[Triple]) -> dict[tuple[str, str], tuple[int, str]]:
        """Return the labels of a graph by IRI and language, each with the place of its property among LABELS."""
        found: dict[tuple[str, str], tuple[int, str]] = {}
        for subject, predicate, label in graph:
            if predicate.value not in LABELS or not isinstance(subject, NamedNode):
                continue
            if isinstance(label, pyoxigraph.Literal):
                key = subject.value, label.language or ""
                candidate = LABELS.index(predicate.value), label.value
                found[key] = min(candidate, found.get(key, candidate))
        return found

    def short(self, term: NamedNode) -> str:
        """Return an IRI as a prefixed name, or in angle brackets where no prefix fits."""
        return abbreviated(term.value, self._prefixes)

    def label(self, term: NamedNode, language: Language) -> str | None:
        """Return what a resource is called in a language, else in the other one, else without a language, or None."""
        for code in (language, _OTHER[language], ""):
            if label := self._labels.get((term.value, code)):
                return label
        return None

    def labels(self, term: NamedNode) -> dict[str, str]:
        """Return what a resource is called, by language."""
        found = {code: self._labels.get((term.value, code)) for code in ("th", "en")}
        return {code: label for code, label in found.items() if label}

    def name(self, term: NamedNode, language: Language) -> str:
        """Return what a resource is called in a language, or a prefixed name."""
        return self.label(term, language) or self.short(term)
