"""Sections of a page: the answers of the queries in `queries/pages/<kind>/`, ready to be shown.

The columns of an answer mean something by their names:

| column | what |
|---|---|
| `x` with `x_th`, `x_en` | a resource with its labels, shown as a link; without them the labels are looked up |
| `x_basis` | the basis of the date in `x`, a concept: shown as a dot and a word |
| `x_printed` | `x`, or a text that is no other column's, as a document prints it: in quotation marks |
| `source`, `passage` | the document or the graph that says so, and the passage: shown as a mark beside the row |
| `x_source`, `x_passage` | the same for the value of `x` alone: shown as a mark beside it |
| `differs` | the discrepancy that the row is part of: rows with the same one are shown side by side |

A row that is there twice but for its source is one row with two marks. The view `facts` takes the first column as the
name of a fact and the others as its value; `figures` shows the numbers of the first row; `note` is a sentence without
a heading; `passages` is a table whose
first column is the offsets of a passage, `a–b`, to the fragment of which its first row answers. The views of
`kg.site.figures.DRAWN` stand as a drawing above the table of their rows. In a table what is equal to the cell above it,
and so is all to the left of it, stands once; a column that is empty in all rows is left out.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pyoxigraph import BlankNode, Literal, NamedNode, Triple
from starlette.requests import Request

from kg.namespaces import GRAPH, SOURCE
from kg.questions import OF_THE_ROW, StoredQuery, shown_columns
from kg.site.display import text_of
from kg.site.figures import DRAWN, Figure, figure
from kg.site.linked_data import labels, query
from kg.site.parameters import bound, divisions_query
from kg.site.site import Row, Site

Term = NamedNode | BlankNode | Literal | Triple

Cited = dict[str, dict[str, list[str]]]
"""Sources, each with its passages, by the column of the value that they state: "" for the whole row."""

_OF_BOXES: Final = frozenset({"from_kind", "to_kind"})
"""Columns that are for the network picture alone."""


@dataclass(frozen=True)
class Difference:
    """A discrepancy: its IRI, what its kind is called by language, and whether the claims cannot both hold."""

    iri: str
    labels: dict[str, str] = field(default_factory=dict)
    is_conflict: bool = True


@dataclass(frozen=True)
class Document:
    """A document: what it is called and who published it, by language; day and address of its publication."""

    labels: dict[str, str] = field(default_factory=dict)
    publishers: dict[str, str] = field(default_factory=dict)
    day: Literal | None = None
    page: str | None = None


@dataclass
class Footnote:
    """A source as it stands below a page: its number, its IRI, what is known of it, and whether it is a document.

    `passages` are the IRIs of those that were cited. What is no document is a graph of the register.
    """

    number: int
    iri: str
    document: Document
    is_document: bool
    passages: list[str] = field(default_factory=list)

    @property
    def labels(self) -> dict[str, str]:
        """Return what the document is called, by language."""
        return self.document.labels

    @property
    def places(self) -> list[tuple[str, int, int]]:
        """Return the passages that were cited in the order of the text, each its IRI and its two offsets."""
        found = [(passage, *place) for passage in self.passages if (place := offsets(passage)) is not None]
        return sorted(found, key=lambda place: place[1:])


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

    def __init__(
        self,
        reported: Mapping[str, str],
        documents: Mapping[str, Document],
        differences: Mapping[str, Difference] | None = None,
    ) -> None:
        """Take which document each graph reports, what is known of documents, and discrepancies, each by IRI."""
        self._reported = reported
        self._documents = documents
        self._differences = differences or {}
        self._notes: dict[str, Footnote] = {}

    @property
    def notes(self) -> list[Footnote]:
        """Return the footnotes in their order."""
        return list(self._notes.values())

    def difference(self, term: object) -> Difference | None:
        """Return the discrepancy that a term names, or None for what is no IRI."""
        if not isinstance(term, NamedNode):
            return None
        return self._differences.get(term.value) or Difference(term.value)

    def mark(self, source: str, passages: Iterable[str] = ()) -> Mark:
        """Return the mark for a document or a graph, given by its IRI, and passages of it."""
        iri = self._reported.get(source, source)
        note = self._notes.get(iri)
        if note is None:
            known = self._documents.get(iri, Document())
            note = Footnote(len(self._notes) + 1, iri, known, iri.startswith(SOURCE))
            self._notes[iri] = note
        own = sorted(set(passages))
        note.passages += [passage for passage in own if passage not in note.passages]
        return Mark(note, tuple(place for passage in own if (place := offsets(passage)) is not None))

    def marks(self, cited: Mapping[str, Sequence[str]]) -> list[Mark]:
        """Return the marks for sources with their passages, in the order of their numbers, each once."""
        merged: dict[str, list[str]] = {}
        for source, passages in cited.items():
            merged.setdefault(self._reported.get(source, source), []).extend(passages)
        made = [self.mark(source, passages) for source, passages in merged.items()]
        return sorted(made, key=lambda mark: mark.footnote.number)


async def footnotes(site: Site) -> Footnotes:
    """Return the footnotes of a page, none as yet. Raises QueryError."""
    reported: dict[str, str] = {}
    documents: dict[str, Document] = {}
    for row in await site.rows(query("graphs")):
        graph, source, day, page = row["graph"], row["source"], row.get("day"), row.get("page")
        if isinstance(graph, NamedNode) and isinstance(source, NamedNode):
            reported[graph.value] = source.value
            documents[source.value] = Document(
                _texts(row, "source"),
                _texts(row, "publisher"),
                day if isinstance(day, Literal) else None,
                page.value if isinstance(page, NamedNode) else None,
            )
    differences = {
        row["difference"].value: Difference(
            row["difference"].value, _texts(row, "kind"), text_of(row["conflict"]) == "true"
        )
        for row in await site.rows(query("differences"))
        if isinstance(row["difference"], NamedNode)
    }
    return Footnotes(reported, documents, differences)


def _texts(row: Row, name: str) -> dict[str, str]:
    """Return the texts in the columns `<name>_th` and `<name>_en` of a row, by language."""
    return {tag: value.value for tag in ("th", "en") if isinstance(value := row.get(f"{name}_{tag}"), Literal)}


@dataclass(frozen=True)
class Cell:
    """What stands in a column of a row: a resource or a literal, as printed, or only a text in two languages.

    `row` holds the value and its labels as `x`, `x_th` and `x_en`, for the filter `link`; `basis` those of the basis.
    `marks` are those of sources of this value alone.
    """

    row: dict[str, Any]
    printed: Term | None = None
    basis: dict[str, Any] | None = None
    is_number: bool = False
    marks: Sequence[Mark] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing stands in it."""
        return self.printed is None and all(value is None for value in self.row.values())

    @property
    def key(self) -> tuple[object, ...]:
        """Return what is equal for two cells that say the same with the same sources; it is empty for an empty cell."""
        if self.is_empty:
            return ()
        marks = tuple((mark.footnote.number, mark.passages) for mark in self.marks)
        return (tuple(self.row.values()), self.printed, self.basis and tuple(self.basis.values()), marks)


@dataclass
class SectionRow:
    """A row: a cell a column, the marks of its sources, and the discrepancy that it is part of, if any.

    `spans` says of each cell how many rows of a table it spans, 0 where one above covers it.
    """

    cells: list[Cell]
    marks: list[Mark]
    differs: Difference | None = None
    spans: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Section:
    """The answer to one query about a subject, ready to be shown.

    `identifier` is unique on the page; `titles` and `questions` are by language; `query` is what was asked. `names` are
    the columns that are shown. A view that is drawn has in `data` the rows with their labels, and a map in `divisions`
    those of the divisions. A section that is `folded` is shown only to who opens it.
    """

    identifier: str
    titles: dict[str, str]
    questions: dict[str, str]
    view: str
    columns: dict[str, tuple[str, ...]]
    rows: list[SectionRow]
    query: str
    names: Sequence[str] = ()
    data: Sequence[Mapping[str, Any]] = ()
    divisions: Sequence[Mapping[str, Any]] = ()
    folded: bool = False

    @property
    def is_drawn(self) -> bool:
        """Whether the view has a drawing."""
        return self.view in DRAWN

    def figure(self, site: Site, request: Request, language: str) -> Figure:
        """Return the drawing of a view that has one, for the page of a request, in a language."""
        return figure(
            self.view,
            self.data,
            self.divisions,
            lambda iri: site.address_of(iri, request),
            site.texts[language],
            self.titles[language],
            language,
            f"{self.identifier}-drawn",
        )

    @property
    def groups(self) -> list[list[SectionRow]]:
        """Return the rows by their first cell: the values of one fact together."""
        found: dict[str, list[SectionRow]] = {}
        for row in self.rows:
            found.setdefault(str(row.cells[0].row) if row.cells else "", []).append(row)
        return list(found.values())


def source_columns(names: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Return the columns that hold sources, each with that of the passages and that of the value which they state.

    The value is "" for the sources of the whole row.
    """
    present = list(names)
    stated = {"source": "", **{f"{name}_source": name for name in present}}
    return {
        column: (f"{column.removesuffix('source')}passage", value)
        for column, value in stated.items()
        if column in present
    }


def beside_the_values(names: Sequence[str]) -> set[str]:
    """Return the columns of an answer that say something of a row or a column: sources, passages, differences."""
    return {
        *OF_THE_ROW,
        *(name for column, (passages, _) in source_columns(names).items() for name in (column, passages)),
    }


def merged(rows: Iterable[Row], names: Sequence[str]) -> list[tuple[Row, Cited]]:
    """Return rows with these columns, each once, with the sources and passages of all that are the same but for these.

    A literal and its labels may stand beside the columns that are named.
    """
    sources = source_columns(names)
    beside = beside_the_values(names) - {"differs"}
    found: dict[tuple[tuple[str, str], ...], tuple[Row, Cited]] = {}
    for row in rows:
        key = tuple((name, str(value)) for name, value in row.items() if name not in beside)
        cited = found.setdefault(key, (row, {}))[1]
        for column, (passages, stated) in sources.items():
            source, passage = row.get(column), row.get(passages)
            if isinstance(source, NamedNode):
                places = cited.setdefault(stated, {}).setdefault(source.value, [])
                if isinstance(passage, NamedNode) and passage.value not in places:
                    places.append(passage.value)
    return list(found.values())


def spans(keys: Sequence[Sequence[object]]) -> list[list[int]]:
    """Return for each cell of a table how many rows it spans, 0 where it is covered: equal ones stand once.

    A cell is one with that above it if these are equal, and so are all to the left of them. `keys` are the rows.
    """
    found = [[1] * len(row) for row in keys]
    for column in range(len(keys[0]) if keys else 0):
        first = 0
        for number in range(1, len(keys)):
            if keys[number][: column + 1] == keys[first][: column + 1]:
                found[first][column] += 1
                found[number][column] = 0
            else:
                first = number
    return found


def _cell(row: Mapping[str, Term], name: str, known: Mapping[str, dict[str, str]], marks: Sequence[Mark] = ()) -> Cell:
    """Return the cell of a row in a column; `known` has the labels that were looked up, `marks` are its own."""

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
        marks,
    )


def _unlabelled(names: Sequence[str], rows: Iterable[Mapping[str, Term]]) -> set[str]:
    """Return the IRIs in an answer whose labels are not in it."""
    beside = beside_the_values(names)
    return {
        value.value
        for row in rows
        for name, value in row.items()
        if isinstance(value, NamedNode) and name not in beside and f"{name}_en" not in names
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
    drawn = [stored for (_, stored), (_, rows) in zip(queries, answers, strict=True) if stored.view == "map" and rows]
    divisions = await site.rows(divisions_query(site.content).query) if drawn else []
    return [
        _section(stored, kind, asked(stored, subject), names, rows, known, notes, divisions)
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
    divisions: Sequence[Row],
) -> Section:
    """Return the section of an answer: rows that differ in their sources only become one."""
    columns = [name for name in shown_columns(names) if name not in _OF_BOXES]
    made = []
    for row, cited in merged(rows, names):
        made.append(
            SectionRow(
                [_cell(row, name, known, notes.marks(cited[name]) if name in cited else ()) for name in columns],
                notes.marks(cited.get("", {})),
                notes.difference(row.get("differs")),
            )
        )
    view = stored.view or "table"
    headings = stored.columns or {language: tuple(columns) for language in stored.titles}
    if view in {"table", "passages"} or view in DRAWN:
        used = [
            number
            for number, name in enumerate(columns)
            if name == "item" or not all(row.cells[number].is_empty for row in made)
        ]
        columns = [columns[number] for number in used]
        headings = {
            language: tuple(text for number, text in enumerate(texts) if number in used)
            for language, texts in headings.items()
        }
        for one in made:
            one.cells = [one.cells[number] for number in used]
        keys = [[(row.differs, cell.key) for cell in row.cells] for row in made]
        for one, covered in zip(made, spans(keys), strict=True):
            one.spans = covered
    identifier = f"{kind}-{stored.name.partition('-')[2] or stored.name}"
    return Section(
        identifier,
        stored.titles,
        stored.questions,
        view,
        headings,
        made,
        asked,
        columns,
        _labelled(rows, known) if view in DRAWN else (),
        divisions if view == "map" else (),
        stored.folded,
    )


def _labelled(rows: Iterable[Row], known: Mapping[str, dict[str, str]]) -> list[dict[str, Any]]:
    """Return rows with the labels that were looked up, as the columns `x_th` and `x_en`."""
    found = []
    for row in rows:
        texts = {
            f"{name}_{tag}": text
            for name, value in row.items()
            if isinstance(value, NamedNode)
            for tag, text in known.get(value.value, {}).items()
        }
        found.append({**texts, **row})
    return found


def is_register(iri: str) -> bool:
    """Whether the IRI of a footnote is that of a graph, not of a document."""
    return iri.startswith(GRAPH)
