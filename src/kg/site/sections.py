"""Sections of a page: the answers of the queries in `queries/pages/<kind>/`, ready to be shown.

The columns of an answer mean something by their names:

| column | what |
|---|---|
| `x` with `x_th`, `x_en` | a resource with its labels, shown as a link; without them the labels are looked up |
| `x_basis` | the basis of the date in `x`, a concept: shown as a dot and a word |
| `x_printed` | `x`, or a text that is no other column's, as a document prints it: in quotation marks |
| `source`, `passage` | the document or the graph that says so, and the passage: shown as a mark beside the row |
| `differs` | the discrepancy that the row is part of: rows with the same one are shown side by side |

A row that is there twice but for its source is one row with two marks. The view `facts` takes the first column as the
name of a fact and the others as its value; `figures` shows the numbers of the first row.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from kg.namespaces import GRAPH, SOURCE
from kg.questions import StoredQuery
from kg.site.linked_data import labels, query
from kg.site.parameters import bound
from kg.site.site import Row, Site

Term = NamedNode | BlankNode | Literal | Triple

_OF_THE_ROW: Final = ("source", "passage", "differs")
_OF_A_COLUMN: Final = ("th", "en", "basis", "basis_th", "basis_en", "printed")


@dataclass
class Footnote:
    """A source as it stands below a page: its number, its IRI and labels by language, and whether it is a document.

    `passages` are the IRIs of those that were cited. What is no document is a graph of the register.
    """

    number: int
    iri: str
    labels: dict[str, str]
    is_document: bool
    passages: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Mark:
    """What stands beside a statement: the number of a footnote, and the passages, as pairs of offsets."""

    footnote: Footnote
    passages: tuple[tuple[int, int], ...]


def offsets(passage: str) -> tuple[int, int] | None:
    """Return the offsets of a passage, an IRI that ends in `#char=a,b` (RFC 5147), or None for any other."""
    first, comma, last = passage.partition("#char=")[2].partition(",")
    return (int(first), int(last)) if comma and first.isdigit() and last.isdigit() else None


class Footnotes:
    """The sources of a page, in the order in which they are first cited."""

    def __init__(self, documents: Mapping[str, str], names: Mapping[str, dict[str, str]]) -> None:
        """Take which document each graph reports, and what documents are called, both by IRI."""
        self._documents = documents
        self._names = names
        self._notes: dict[str, Footnote] = {}

    @property
    def notes(self) -> list[Footnote]:
        """Return the footnotes in their order."""
        return list(self._notes.values())

    def mark(self, source: str, passages: Iterable[str] = ()) -> Mark:
        """Return the mark for a document or a graph, given by its IRI, and passages of it."""
        iri = self._documents.get(source, source)
        note = self._notes.get(iri)
        if note is None:
            note = Footnote(len(self._notes) + 1, iri, self._names.get(iri, {}), iri.startswith(SOURCE))
            self._notes[iri] = note
        own = sorted(set(passages))
        note.passages += [passage for passage in own if passage not in note.passages]
        return Mark(note, tuple(place for passage in own if (place := offsets(passage)) is not None))

    def marks(self, cited: Mapping[str, Sequence[str]]) -> list[Mark]:
        """Return the marks for sources with their passages, in the order of their numbers, each once."""
        merged: dict[str, list[str]] = {}
        for source, passages in cited.items():
            merged.setdefault(self._documents.get(source, source), []).extend(passages)
        made = [self.mark(source, passages) for source, passages in merged.items()]
        return sorted(made, key=lambda mark: mark.footnote.number)


async def footnotes(site: Site) -> Footnotes:
    """Return the footnotes of a page, none as yet. Raises QueryError."""
    documents: dict[str, str] = {}
    names: dict[str, dict[str, str]] = {}
    for row in await site.rows(query("graphs")):
        graph, source = row["graph"], row["source"]
        if isinstance(graph, NamedNode) and isinstance(source, NamedNode):
            documents[graph.value] = source.value
            names[source.value] = {
                tag: value.value for tag in ("th", "en") if isinstance(value := row.get(f"source_{tag}"), Literal)
            }
    return Footnotes(documents, names)


@dataclass(frozen=True)
class Cell:
    """What stands in a column of a row: a resource or a literal, as printed, or only a text in two languages.

    `row` holds the value and its labels as `x`, `x_th` and `x_en`, for the filter `link`; `basis` those of the basis.
    """

    row: dict[str, Any]
    printed: Term | None = None
    basis: dict[str, Any] | None = None
    is_number: bool = False


@dataclass
class SectionRow:
    """A row: a cell a column, the marks of its sources, and the IRI of the discrepancy that it is part of, if any."""

    cells: list[Cell]
    marks: list[Mark]
    differs: str | None = None


@dataclass(frozen=True)
class Section:
    """The answer to one query about a subject, ready to be shown.

    `identifier` is unique on the page; `titles` and `questions` are by language; `query` is what was asked.
    """

    identifier: str
    titles: dict[str, str]
    questions: dict[str, str]
    view: str
    columns: dict[str, tuple[str, ...]]
    rows: list[SectionRow]
    query: str

    @property
    def groups(self) -> list[list[SectionRow]]:
        """Return the rows by their first cell: the values of one fact together."""
        found: dict[str, list[SectionRow]] = {}
        for row in self.rows:
            found.setdefault(str(row.cells[0].row) if row.cells else "", []).append(row)
        return list(found.values())


def shown_columns(names: Sequence[str]) -> list[str]:
    """Return which columns of an answer are shown as such, in their order.

    A text in two languages, `name_th` and `name_en` without `name`, is the column `name`.
    """
    shown: list[str] = []
    for name in names:
        if name in _OF_THE_ROW:
            continue
        stem = next(
            (
                name.removesuffix(f"_{suffix}")
                for suffix in sorted(_OF_A_COLUMN, key=len, reverse=True)
                if name.endswith(f"_{suffix}") and (name.removesuffix(f"_{suffix}") in names or suffix in {"th", "en"})
            ),
            name,
        )
        if stem not in shown:
            shown.append(stem)
    return shown


def _cell(row: Mapping[str, Term], name: str, known: Mapping[str, dict[str, str]]) -> Cell:
    """Return the cell of a row in a column; `known` has the labels that were looked up."""

    def described(column: str) -> dict[str, Any]:
        own: dict[str, Any] = {"x": row.get(column)} | {
            f"x_{tag}": row[f"{column}_{tag}"] for tag in ("th", "en") if f"{column}_{tag}" in row
        }
        value = own["x"]
        if isinstance(value, NamedNode) and len(own) == 1:
            own |= {f"x_{tag}": text for tag, text in known.get(value.value, {}).items()}
        return own

    value = row.get(name)
    return Cell(
        described(name),
        value if name.endswith("_printed") else row.get(f"{name}_printed"),
        described(f"{name}_basis") if f"{name}_basis" in row else None,
        isinstance(value, Literal) and name in {"n", "number"},
    )


def _unlabelled(names: Sequence[str], rows: Iterable[Mapping[str, Term]]) -> set[str]:
    """Return the IRIs in an answer whose labels are not in it."""
    return {
        value.value
        for row in rows
        for name, value in row.items()
        if isinstance(value, NamedNode) and name not in _OF_THE_ROW and f"{name}_en" not in names
    }


def asked(stored: StoredQuery, subject: str | None) -> str:
    """Return the text of a query, of a subject where it has that parameter."""
    has_subject = subject is not None and "subject" in stored.parameters
    return bound(stored.query, subject=subject or "") if has_subject else stored.query


async def section(
    site: Site, stored: StoredQuery, kind: str, notes: Footnotes, subject: str | None = None
) -> Section | None:
    """Return the section of a query, asked of a subject where it has that parameter, or None when it has no rows.

    Raises QueryError when the data cannot be asked.
    """
    return next(iter(await sections(site, [(kind, stored)], notes, subject)), None)


async def sections(
    site: Site, queries: Sequence[tuple[str, StoredQuery]], notes: Footnotes, subject: str | None = None
) -> list[Section]:
    """Return the sections of queries, each with the kind that it is for, without those that have no rows.

    They are asked at the same time, and the sources are numbered in the order of the sections. Raises QueryError when
    the data cannot be asked.
    """
    answers = await asyncio.gather(*(site.table(asked(stored, subject)) for _, stored in queries))
    iris = {iri for names, rows in answers for iri in _unlabelled(names, rows)}
    known = await labels(site, iris)
    return [
        _section(stored, kind, asked(stored, subject), names, rows, known, notes)
        for (kind, stored), (names, rows) in zip(queries, answers, strict=True)
        if rows
    ]


def _section(
    stored: StoredQuery,
    kind: str,
    asked: str,
    names: Sequence[str],
    rows: Sequence[Row],
    known: Mapping[str, dict[str, str]],
    notes: Footnotes,
) -> Section:
    """Return the section of an answer: rows that differ in their sources only become one."""
    columns = shown_columns(names)
    merged: dict[tuple[str, ...], tuple[Row, dict[str, list[str]]]] = {}
    for row in rows:
        key = tuple(str(row.get(name)) for name in names if name not in {"source", "passage"})
        cited = merged.setdefault(key, (row, {}))[1]
        source, passage = row.get("source"), row.get("passage")
        if isinstance(source, NamedNode):
            places = cited.setdefault(source.value, [])
            if isinstance(passage, NamedNode):
                places.append(passage.value)
    made = []
    for row, cited in merged.values():
        differs = row.get("differs")
        made.append(
            SectionRow(
                [_cell(row, name, known) for name in columns],
                notes.marks(cited),
                differs.value if isinstance(differs, NamedNode) else None,
            )
        )
    identifier = f"{kind}-{stored.name.partition('-')[2] or stored.name}"
    headings = stored.columns or {language: tuple(columns) for language in stored.titles}
    return Section(identifier, stored.titles, stored.questions, stored.view or "table", headings, made, asked)


def is_register(iri: str) -> bool:
    """Whether the IRI of a footnote is that of a graph, not of a document."""
    return iri.startswith(GRAPH)
