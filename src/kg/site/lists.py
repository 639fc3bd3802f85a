"""The lists: all areas, provinces, meetings and so on, narrowed by facets in the address, as CSV and JSON too.

Each query of `queries/pages/lists` is a list, found at the name of its file without the number: adding a list is adding
a file. Its first column is what is listed. The columns mean what they mean in `kg.site.sections`; besides,

- every other column of resources is a facet, if it tells the things apart: at least two values, and at most half as
  many as there are things, one of them with several things. `?<column>=<path>` keeps the rows with that value, and
  `none` those without any;
- rows are sorted by the name of what is listed, in the language of the page. If the query has a column `order`, which
  is not shown, they stay in its order, and only those with the same value there are sorted by name. Columns that always
  say the same of these stand once, above them.

CSV and JSON hold the rows that the page shows, under the names of the columns.
"""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Final
from urllib.parse import urlencode

from pyoxigraph import Literal, NamedNode
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from kg.namespaces import BASE, XSD
from kg.questions import StoredQuery, shown_columns
from kg.site.addresses import path_of
from kg.site.display import label_in, labels_of, local, text_of
from kg.site.linked_data import labels
from kg.site.negotiation import RDF_HEADERS
from kg.site.parameters import page_queries
from kg.site.sections import (
    Cell,
    Cited,
    Difference,
    Footnotes,
    Mark,
    beside_the_values,
    footnotes,
    merged,
    spans,
)
from kg.site.site import LANGUAGES, Row, Site

LISTS: Final = "lists"
"""The folder of the queries behind the lists."""

NONE: Final = "none"
"""What stands in an address for no value."""

FORMATS: Final = {"csv": "text/csv; charset=utf-8", "json": "application/json"}
"""Content types of the lists as data, by the suffix of the address."""

_NOT_SHOWN: Final = "order"
_LEADING_VOWEL: Final = re.compile("([เ-ไ])([ก-ฮ])")
_MARKS: Final = {chr(code): str(number) for number, code in enumerate(range(0x0E47, 0x0E4D), 1)}
_NUMBERS: Final = frozenset(f"{XSD}{name}" for name in ("integer", "decimal"))


def sort_key(text: str, language: str) -> str:
    """Return the key by which a name is sorted in a language.

    For Thai that is the order of the dictionary of the Royal Society: a vowel that is written before its consonant
    counts after it, and the marks above only where all letters are the same. The key of the Thai name of a division is
    its `tsc:sortKey`.
    """
    if language != "th":
        return text.casefold()
    letters: list[str] = []
    marks: list[str] = []
    for character in _LEADING_VOWEL.sub(r"\2\1", text.casefold()):
        if character in _MARKS and letters:
            marks[-1] = _MARKS[character]
        elif character not in _MARKS:
            letters.append(character)
            marks.append("0")
    second = "".join(marks).rstrip("0")
    return f"{''.join(letters)} {second}" if second else "".join(letters)


@dataclass
class Entry:
    """A row of a list: its cells, how many rows each of them spans (0: covered by one above), and its sources.

    `values` are the terms of the row with all labels; `cited` are its sources; `differs` is the discrepancy that it is
    part of, if any.
    """

    values: Row
    cells: list[Cell]
    spans: list[int]
    marks: list[Mark] = field(default_factory=list)
    cited: Cited = field(default_factory=dict)
    differs: Difference | None = None


@dataclass(frozen=True)
class Choice:
    """A value of a facet: its row for the filter `link`, how many things have it, its address, whether it is chosen.

    The address of a chosen one is that without it. `row` is None for no value.
    """

    row: dict[str, Any] | None
    number: int
    address: str
    chosen: bool


@dataclass(frozen=True)
class Facet:
    """A facet: its column, the place of that among the columns that are shown, and its values, the commonest first."""

    name: str
    place: int
    choices: list[Choice]


@dataclass(frozen=True)
class Listed:
    """A list as it is asked for: columns, entries, facets, numbers of things here and in all, and what is chosen.

    `common` are the places of the columns of which the cells stand once above the entries of a group.
    """

    columns: list[str]
    entries: list[Entry]
    facets: list[Facet]
    number: int
    total: int
    chosen: dict[str, str]
    common: list[int] = field(default_factory=list)

    @property
    def groups(self) -> list[tuple[list[tuple[int, Cell]], list[Entry]]]:
        """Return the entries in groups, each with the cells that they have in common and the places of these."""
        runs = groupby(self.entries, key=lambda entry: [entry.cells[place].key for place in self.common])
        found = [list(run) for _, run in runs]
        return [([(place, run[0].cells[place]) for place in self.common], run) for run in found]


def list_name(query: StoredQuery) -> str:
    """Return the name of a list in addresses: that of its file without the number."""
    number, _, name = query.name.partition("-")
    return name if number.isdecimal() else query.name


def value_in_address(term: object) -> str:
    """Return how a value of a facet stands in an address: its path without `id/`, the IRI of what is not ours."""
    if not isinstance(term, NamedNode):
        return NONE
    return (path_of(term.value) or term.value).removeprefix("id/")


def facet_columns(rows: Sequence[Row], columns: Sequence[str]) -> list[str]:
    """Return which of the columns after the first are facets."""
    things = {str(row.get(columns[0])) for row in rows}
    found = []
    for name in columns[1:]:
        values = [value for row in rows if (value := row.get(name)) is not None]
        having = Counter(value for value, _ in {(str(row.get(name)), str(row.get(columns[0]))) for row in rows})
        different = having.keys() - {str(None)}
        if (
            all(isinstance(value, NamedNode) for value in values)
            and 2 <= len(different) <= len(things) / 2
            and any(having[value] > 1 for value in different)
        ):
            found.append(name)
    return found


def common_columns(rows: Sequence[Row], columns: Sequence[str]) -> list[int]:
    """Return the places of the columns after the first in which rows of the same order always say the same.

    There are none where no two things have the same order.
    """
    runs: dict[str, list[Row]] = {}
    for row in rows:
        runs.setdefault(str(row.get(_NOT_SHOWN)), []).append(row)
    if not any(len({str(row.get(columns[0])) for row in run}) > 1 for run in runs.values()):
        return []
    return [
        place
        for place, name in enumerate(columns)
        if place
        and any(name in row for row in rows)
        and all(len({str(row.get(name)) for row in run}) == 1 for run in runs.values())
    ]


class Lists:
    """The lists of one site."""

    def __init__(self, site: Site) -> None:
        """Take the site. Raises InputError when a query of the lists is not as it should be."""
        self._site = site
        self.queries = {list_name(query): query for query in page_queries(site.content).get(LISTS, ())}

    async def listed(self, query: StoredQuery, wanted: Mapping[str, str], language: str, notes: Footnotes) -> Listed:
        """Return a list, narrowed by the facets of `wanted`, column to value in the address.

        Raises QueryError when the data cannot be asked.
        """
        names, rows = await self._site.table(query.query)
        columns = [name for name in shown_columns(names) if name != _NOT_SHOWN]
        await self._add_labels(rows, {*beside_the_values(names), _NOT_SHOWN})
        facets = facet_columns(rows, columns)
        common = common_columns(rows, columns) if _NOT_SHOWN in names else []
        chosen = {name: wanted[name] for name in facets if wanted.get(name)}
        kept = [row for row in rows if self._fits(row, chosen)]
        runs = groupby(kept, key=lambda row: str(row.get(_NOT_SHOWN)))
        kept = [row for _, run in runs for row in sorted(run, key=lambda row: self._key(row, columns[0], language))]
        things = {str(row.get(columns[0])) for row in kept}
        return Listed(
            columns,
            self._entries(kept, names, columns, common, notes),
            [self._facet(name, rows, columns, chosen, language, query) for name in facets],
            len(things),
            len({str(row.get(columns[0])) for row in rows}),
            chosen,
            common,
        )

    async def _add_labels(self, rows: Sequence[Row], but: Collection[str]) -> None:
        """Add to rows the columns with the labels of what the columns hold, where there are any, `but` for some."""
        iris = {
            value.value
            for row in rows
            for name, value in row.items()
            if isinstance(value, NamedNode) and name not in but
        }
        known = await labels(self._site, iris)
        for row in rows:
            for name, value in list(row.items()):
                if isinstance(value, NamedNode) and name not in but:
                    for tag, text in known.get(value.value, {}).items():
                        row.setdefault(f"{name}_{tag}", Literal(text, language=tag) if tag else Literal(text))

    @staticmethod
    def _key(row: Row, name: str, language: str) -> tuple[str, str]:
        """Return the key by which a row is sorted: the label of what it lists, then its IRI."""
        text, _ = label_in(labels_of(row, name), language, local(row.get(name)))
        return sort_key(text, language), text_of(row.get(name))

    @staticmethod
    def _fits(row: Row, chosen: Mapping[str, str], but: str | None = None) -> bool:
        """Whether a row has the values that are chosen, the facet `but` left out."""
        return all(value_in_address(row.get(name)) == value for name, value in chosen.items() if name != but)

    @staticmethod
    def _cell(row: Row, name: str, marks: Sequence[Mark] = ()) -> Cell:
        """Return the cell of a row in a column, with marks of its own."""

        def described(column: str) -> dict[str, Any]:
            texts = {f"x_{tag}": row[f"{column}_{tag}"] for tag in LANGUAGES if f"{column}_{tag}" in row}
            return {"x": row.get(column)} | texts

        value = row.get(name)
        return Cell(
            described(name),
            value if name.endswith("_printed") else row.get(f"{name}_printed"),
            described(f"{name}_basis") if f"{name}_basis" in row else None,
            isinstance(value, Literal) and value.datatype.value in _NUMBERS,
            marks,
        )

    def _entries(
        self, rows: Sequence[Row], names: Sequence[str], columns: Sequence[str], common: Sequence[int], notes: Footnotes
    ) -> list[Entry]:
        """Return the entries for rows in their order; what is there twice but for its source is one."""
        pairs = merged(rows, names)
        cells = [[self._cell(row, name, notes.marks(cited.get(name, {}))) for name in columns] for row, cited in pairs]
        shown = [place for place in range(len(columns)) if place not in common]
        covered = [[0] * len(columns) for _ in cells]
        for below, own in zip(covered, spans([[line[place].key for place in shown] for line in cells]), strict=True):
            for place, span in zip(shown, own, strict=True):
                below[place] = span
        return [
            Entry(row, line, below, notes.marks(cited.get("", {})), cited, notes.difference(row.get("differs")))
            for (row, cited), line, below in zip(pairs, cells, covered, strict=True)
        ]

    def _facet(
        self,
        name: str,
        rows: Sequence[Row],
        columns: Sequence[str],
        chosen: Mapping[str, str],
        language: str,
        query: StoredQuery,
    ) -> Facet:
        """Return a facet with its values among the rows that fit all other facets."""
        things: dict[str, set[str]] = {}
        shown: dict[str, dict[str, Any] | None] = {}
        for row in rows:
            value = value_in_address(row.get(name))
            shown.setdefault(value, self._cell(row, name).row if name in row else None)
            own = things.setdefault(value, set())
            if self._fits(row, chosen, name):
                own.add(str(row.get(columns[0])))
        choices = []
        for value, described in shown.items():
            is_chosen = chosen.get(name) == value
            others = {key: other for key, other in chosen.items() if key != name}
            parameters = others if is_chosen else {**others, name: value}
            address = f"{list_name(query)}?{urlencode(parameters)}" if parameters else list_name(query)
            if things[value] or is_chosen:
                choices.append((value, Choice(described, len(things[value]), address, is_chosen)))

        def key(pair: tuple[str, Choice]) -> tuple[bool, int, str]:
            value, choice = pair
            label = label_in(labels_of(choice.row, "x"), language, value)[0] if choice.row else ""
            return choice.row is None, -choice.number, sort_key(label, language)

        return Facet(name, list(columns).index(name), [choice for _, choice in sorted(choices, key=key)])

    # --- Responses ---

    async def page(self, request: Request, name: str) -> Response:
        """Answer with the page of a list. Raises QueryError when the data cannot be asked."""
        site, query = self._site, self.queries[name]
        language = site.language_of(request)
        notes = await footnotes(site)
        found = await self.listed(query, request.query_params, language, notes)
        parameters = f"?{urlencode(found.chosen)}" if found.chosen else ""
        return site.page(
            request,
            "list.html",
            "lists",
            menu=name,
            query=query,
            headings=query.columns.get(language, tuple(found.columns)),
            listed=found,
            all_address=name,
            downloads=[(suffix.upper(), f"{name}.{suffix}{parameters}") for suffix in FORMATS],
            footnotes=notes.notes,
        )

    async def data(self, request: Request, name: str, suffix: str) -> Response:
        """Answer with the rows of a list as CSV or JSON. Raises QueryError when the data cannot be asked."""
        site, query = self._site, self.queries[name]
        notes = await footnotes(site)
        found = await self.listed(query, request.query_params, site.language_of(request), notes)
        body = as_csv(found) if suffix == "csv" else as_json(found, query, site.summary.version)
        headers = {**RDF_HEADERS, "content-disposition": f'inline; filename="{name}.{suffix}"'}
        return site.respond(request, body, FORMATS[suffix], headers=headers, vary=("Accept-Language", "Cookie"))


def _names(found: Listed) -> list[str]:
    """Return the names of the columns of a list as data, each with those of its labels, its basis and its sources."""
    present = {name for entry in found.entries for name in entry.values}
    names = []
    for column in found.columns:
        names += [
            name
            for name in (column, *(f"{column}_{what}" for what in ("th", "en", "basis", "source", "passage")))
            if name in present or name == column
        ]
    return names


def _values(entry: Entry, names: Iterable[str]) -> Row:
    """Return the terms of an entry, with all sources and all passages of a column, parted by a blank."""
    values = dict(entry.values)
    for column, documents in entry.cited.items():
        passages = [passage for places in documents.values() for passage in places]
        for name, iris in ((f"{column}_source", documents), (f"{column}_passage", passages)):
            if name in names and iris:
                values[name] = Literal(" ".join(iris))
    return values


def as_csv(found: Listed) -> bytes:
    """Return the rows of a list as CSV (RFC 4180): several sources or passages are parted by a blank."""
    names = _names(found)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([*names, "source", "passage"])
    for entry in found.entries:
        known, documents = _values(entry, names), entry.cited.get("", {})
        values = ["" if known.get(name) is None else text_of(known[name]) for name in names]
        passages = [passage for places in documents.values() for passage in places]
        writer.writerow([*values, " ".join(documents), " ".join(passages)])
    return text.getvalue().encode()


def as_json(found: Listed, query: StoredQuery, version: str | None) -> bytes:
    """Return the rows of a list as JSON: an object with titles, version, the facets that are chosen, and rows.

    A row has a member for each column that has a value in it, and `sources`, each with the passages.
    """
    names = _names(found)

    def value(term: object) -> object:
        if isinstance(term, Literal) and term.datatype.value == f"{XSD}integer":
            return int(term.value)
        return text_of(term)

    rows = [
        {name: value(known[name]) for name in names if known.get(name) is not None}
        | {"sources": [{"source": source, "passages": places} for source, places in cited.items()]}
        for known, cited in ((_values(entry, names), entry.cited.get("", {})) for entry in found.entries)
    ]
    told = {
        "titles": query.titles,
        "version": version,
        "chosen": found.chosen,
        "things": found.number,
        "of": found.total,
        "base": BASE,
        "rows": rows,
    }
    return f"{json.dumps(told, ensure_ascii=False, indent=1)}\n".encode()


def routes(site: Site) -> list[BaseRoute]:
    """Return the routes of the lists. Raises InputError when a query of the lists is not as it should be."""
    lists = Lists(site)
    found: list[BaseRoute] = []
    for name in lists.queries:

        async def page(request: Request, name: str = name) -> Response:
            return await lists.page(request, name)

        found.append(Route(f"/{name}", site.answering(page, keep=True), methods=["GET", "HEAD"]))
        for suffix in FORMATS:

            async def data(request: Request, name: str = name, suffix: str = suffix) -> Response:
                return await lists.data(request, name, suffix)

            found.append(Route(f"/{name}.{suffix}", site.answering(data, keep=True), methods=["GET", "HEAD"]))
    return found
