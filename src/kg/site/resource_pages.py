"""The pages of what has an IRI of the project: a thing, a named graph, a vocabulary.

Here is what the templates are given; how it is sent is for `kg.site.resources`. The page of a thing has the sections of
all its classes, then everything that the graphs say of it, then what points to it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pyoxigraph import Literal, NamedNode, Triple

from kg.namespaces import BASE, GRAPH, ONTOLOGY, RDF, RDFS, SHACL
from kg.questions import StoredQuery
from kg.site.display import local
from kg.site.linked_data import (
    SHAPES,
    labels,
    paged,
    pages_of,
    query,
    reference_counts,
    total_of,
    whole_graph,
)
from kg.site.parameters import bound, page_queries
from kg.site.sections import Footnotes, Mark, asked, footnotes, offsets, sections
from kg.site.site import LANGUAGES, Row, Site

EVERYTHING: Final = "thing"
"""The folder of the sections that a resource of any kind may have."""

_SKOS: Final = "http://www.w3.org/2004/02/skos/core#"
_NAMES: Final = (f"{RDFS}label", f"{SHACL}name")
_DEFINITIONS: Final = (f"{_SKOS}definition", f"{RDFS}comment", f"{SHACL}description", f"{SHACL}message")


@dataclass(frozen=True)
class Page:
    """What a page is made of: its template, on how many pages its list stands, and what the template is given."""

    template: str
    pages: int
    context: dict[str, Any]


@dataclass
class Statement:
    """A property of a subject: `values` are each a value, with labels as for the filter `link`, and its marks."""

    property: dict[str, Any]
    values: list[tuple[dict[str, Any], list[Mark]]] = field(default_factory=list)
    number: int = 0


@dataclass(frozen=True)
class VocabularyTerm:
    """A term of the ontology or a shape: the fragment of its IRI, and its texts by language."""

    iri: str
    fragment: str
    kinds: tuple[str, ...]
    names: dict[str, str]
    definitions: dict[str, str]


def kind_of_class(iri: str) -> str:
    """Return the folder of the sections of a class: its local name in lower case with hyphens."""
    name = local(iri)
    return "".join(
        f"-{letter.lower()}" if letter.isupper() and index else letter.lower() for index, letter in enumerate(name)
    )


def with_labels(iri: str, known: Mapping[str, dict[str, str]]) -> dict[str, Any]:
    """Return a resource with its labels, as the filter `link` takes it."""
    return {"x": NamedNode(iri)} | {f"x_{tag}": text for tag, text in known.get(iri, {}).items()}


def vocabulary_terms(triples: Iterable[Triple], space: str) -> list[VocabularyTerm]:
    """Return what triples say of the terms of a namespace, in the order of their first statements."""
    found: dict[str, VocabularyTerm] = {}
    for triple in triples:
        if not isinstance(triple.subject, NamedNode) or not triple.subject.value.startswith(space):
            continue
        iri = triple.subject.value
        entry = found.setdefault(iri, VocabularyTerm(iri, iri[len(space) :], (), {}, {}))
        predicate, value = triple.predicate.value, triple.object
        if predicate == f"{RDF}type" and isinstance(value, NamedNode):
            found[iri] = VocabularyTerm(
                iri, entry.fragment, (*entry.kinds, value.value), entry.names, entry.definitions
            )
        elif isinstance(value, Literal) and predicate in _NAMES:
            entry.names.setdefault(value.language or "", value.value)
        elif isinstance(value, Literal) and predicate in _DEFINITIONS:
            entry.definitions.setdefault(value.language or "", value.value)
    return list(found.values())


class Pages:
    """Makes the pages of resources."""

    def __init__(self, site: Site) -> None:
        """Take the site. Raises InputError when a query of the sections is not as it should be."""
        self._site = site
        self._sections = page_queries(site.content)

    async def _labels(self, iris: Iterable[str]) -> dict[str, dict[str, str]]:
        """Return what things are called, by IRI and language: a passage by its offsets, RDF's own terms by our texts.

        Raises QueryError.
        """
        wanted = set(iris)
        texts = {language: self._site.texts[language]["resource"] for language in LANGUAGES}
        named = {
            f"{RDF}type": {language: text["property_type"] for language, text in texts.items()},
            f"{RDFS}label": {language: text["property_label"] for language, text in texts.items()},
        }
        for iri in wanted:
            if place := offsets(iri):
                named[iri] = {
                    language: f"{text['characters']} {place[0]}–{place[1]}" for language, text in texts.items()
                }
        return {**await labels(self._site, wanted - set(named)), **named}

    async def _statements(self, iri: str, notes: Footnotes, known: dict[str, dict[str, str]]) -> list[Statement]:
        """Return what the graphs say of a subject, by property; labels that were looked up are added to `known`."""
        rows = await self._site.rows(bound(query("statements"), subject=iri))
        evidence: dict[str, list[str]] = {}
        for row in await self._site.rows(bound(query("evidence"), subject=iri)):
            if isinstance(row["graph"], NamedNode) and isinstance(row["passage"], NamedNode):
                evidence.setdefault(row["graph"].value, []).append(row["passage"].value)
        terms = {value.value for row in rows for value in row.values() if isinstance(value, NamedNode)}
        known.update(await self._labels(terms | {iri}))
        cited: dict[str, dict[str, tuple[Any, dict[str, list[str]]]]] = {}
        for row in rows:
            property_, value, graph = row["property"], row["value"], row["graph"]
            if isinstance(property_, NamedNode) and isinstance(graph, NamedNode):
                values = cited.setdefault(property_.value, {})
                values.setdefault(str(value), (value, {}))[1][graph.value] = evidence.get(graph.value, [])
        found = []
        for property_iri, values in cited.items():
            statement = Statement(with_labels(property_iri, known))
            for value, graphs in values.values():
                value_shown = with_labels(value.value, known) if isinstance(value, NamedNode) else {"x": value}
                statement.values.append((value_shown, notes.marks(graphs)))
            found.append(statement)
        first = {f"{RDF}type": 0, f"{RDFS}label": 1}
        return sorted(
            found, key=lambda statement: (first.get(statement.property["x"].value, 2), statement.property["x"].value)
        )

    async def _references(self, iri: str, page: int, counts: Sequence[Row], notes: Footnotes) -> list[Statement]:
        """Return a page of what points to a thing, by property."""
        rows = await self._site.rows(bound(paged(query("reference-statements"), page), subject=iri))
        iris = {value.value for row in rows for value in row.values() if isinstance(value, NamedNode)}
        known = await self._labels(iris)
        numbers = {
            str(row["property"]): int(row["number"].value) for row in counts if isinstance(row["number"], Literal)
        }
        found: dict[str, Statement] = {}
        cited: dict[tuple[str, str], dict[str, list[str]]] = {}
        for row in rows:
            property_, thing, graph = row["property"], row["thing"], row["graph"]
            if isinstance(property_, NamedNode) and isinstance(thing, NamedNode) and isinstance(graph, NamedNode):
                found.setdefault(
                    property_.value,
                    Statement(with_labels(property_.value, known), number=numbers.get(str(property_), 0)),
                )
                cited.setdefault((property_.value, thing.value), {})[graph.value] = []
        for (property_iri, thing_iri), graphs in cited.items():
            found[property_iri].values.append((with_labels(thing_iri, known), notes.marks(graphs)))
        return list(found.values())

    def _queries(self, kinds: Iterable[str]) -> list[tuple[str, StoredQuery]]:
        """Return the queries of the sections for kinds, each with its kind, in the order of their numbers."""
        found = [
            (kind, stored) for kind in dict.fromkeys((*kinds, EVERYTHING)) for stored in self._sections.get(kind, ())
        ]
        return sorted(found, key=lambda pair: (pair[1].name, pair[0]))

    async def thing(self, iri: str, page: int) -> Page | None:
        """Return the page of a thing, or None when there is none."""
        names = [
            "reference-counts",
            "kinds",
            "statements",
            "evidence",
            *(["reference-statements"] if page == 1 else []),
        ]
        of_any_kind = self._sections.get(EVERYTHING, ()) if page == 1 else ()
        await self._site.prefetch(
            [
                query("graphs"),
                query("differences"),
                *(bound(query(name), subject=iri) for name in names),
                *(asked(stored, iri) for stored in of_any_kind),
            ]
        )
        notes = await footnotes(self._site)
        counts = await reference_counts(self._site, iri)
        total = total_of(counts)
        pages = pages_of(total)
        known: dict[str, dict[str, str]] = {}
        classes = await self._site.rows(bound(query("kinds"), subject=iri))
        stated = [
            row["class"].value
            for row in classes
            if isinstance(row["class"], NamedNode)
            and isinstance(row["stated"], Literal)
            and row["stated"].value == "true"
        ]
        kinds = [kind_of_class(row["class"].value) for row in classes if isinstance(row["class"], NamedNode)]
        made = await sections(self._site, self._queries(kinds), notes, iri) if page == 1 else []
        statements = await self._statements(iri, notes, known)
        if (not statements and not total) or not 1 <= page <= pages:
            return None
        references = await self._references(iri, page, counts, notes) if total else []
        return Page(
            "resource.html",
            pages,
            {
                "labels": known.get(iri, {}),
                "name": local(iri),
                "classes": [with_labels(found, known) for found in stated],
                "sections": made,
                "statements": statements,
                "references": references,
                "total": total,
                "footnotes": notes.notes,
            },
        )

    async def graph(self, iri: str, page: int) -> Page | None:
        """Return the page of a named graph, or None when there is none."""
        notes = await footnotes(self._site)
        known: dict[str, dict[str, str]] = {}
        statements = await self._statements(iri, notes, known)
        total = total_of(await self._site.rows(bound(query("member-count"), subject=iri)))
        pages = pages_of(total)
        if not 1 <= page <= pages:
            return None
        rows = await self._site.rows(bound(paged(query("members"), page), subject=iri))
        members = [(row["thing"].value, row["number"]) for row in rows if isinstance(row["thing"], NamedNode)]
        names = await labels(self._site, (thing for thing, _ in members))
        return Page(
            "graph.html",
            pages,
            {
                "labels": known.get(iri, {}),
                "name": iri.removeprefix(GRAPH),
                "statements": statements,
                "triples": self._site.summary.graphs[iri],
                "members": [(with_labels(thing, names), number) for thing, number in members],
                "total": total,
                "footnotes": notes.notes,
            },
        )

    async def vocabulary(self, iri: str, graph: str, page: int) -> Page | None:
        """Return the page of an ontology or of the shapes, or None."""
        document = await whole_graph(self._site, graph)
        if document is None or page != 1:
            return None
        notes = await footnotes(self._site)
        known: dict[str, dict[str, str]] = {}
        statements = await self._statements(iri, notes, known)
        terms = vocabulary_terms(document.triples, SHAPES + "#" if graph == SHAPES else ONTOLOGY)
        whole = vocabulary_terms(document.triples, iri)
        own = next((term.names for term in whole if term.iri == iri), {})
        return Page(
            "vocabulary.html",
            1,
            {
                "labels": known.get(iri) or own,
                "name": iri.removeprefix(BASE),
                "statements": statements,
                "terms": sorted(terms, key=lambda term: term.fragment.lower()),
                "triples": len(document.triples),
                "footnotes": notes.notes,
            },
        )
