"""The answer to a query as a page shows it: a table of its first rows, and a drawing where the query asks for one.

A comment `# view: map`, `# view: timeline` or `# view: network` on a line of its own asks for a drawing.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, Final

from markupsafe import Markup
from pyoxigraph import Literal, NamedNode, QueryResultsFormat, QuerySolutions, RdfFormat, parse, parse_query_results
from starlette.requests import Request

from kg.namespaces import ID, XSD
from kg.results import GRAPH_FORMATS, RESULT_FORMATS
from kg.server.pages import FORMAT_NAMES
from kg.site.answering import ACCEPT, Answer, RunQuery
from kg.site.chart_pages import linker
from kg.site.charts.map import Layer, layer, map_svg, read_divisions
from kg.site.charts.network import graph, network_svg
from kg.site.charts.timeline import days_of, happenings, timeline_svg
from kg.site.query_troubles import Hint, Trouble, hints, trouble
from kg.site.samples import address
from kg.site.site import LANGUAGES, Row, Site
from kg.tokens import tokenise
from kg.vocabulary import abbreviated

SHOWN: Final = 1000
"""Rows of an answer that are shown."""

VIEWS: Final = ("table", "map", "timeline", "network")
"""How an answer may be shown; each but the first has a drawing above the table."""

_VIEW: Final = re.compile(r"^[ \t]*#[ \t]*view:[ \t]*(\w+)[ \t]*$", re.MULTILINE | re.IGNORECASE)
_NUMBERS: Final = frozenset(f"{XSD}{name}" for name in ("integer", "decimal", "double", "float", "int", "long"))
_DIVISION: Final = f"{ID}division/"
_PLAIN: Final = frozenset({f"{XSD}string", "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"})


@dataclass
class Table:
    """The first rows of an answer: the names of its columns, its rows, and whether there are more."""

    columns: list[str]
    rows: list[Row]
    more: bool = False
    is_graph: bool = False
    truth: bool | None = None


def table(answer: Answer) -> Table:
    """Return the first rows of a successful answer to `ACCEPT`: solutions, a truth value, or triples."""
    body = answer.body
    lines = body.removesuffix(b"\n").split(b"\n")
    if answer.content_type == "application/n-triples":
        more = len(lines) > SHOWN or not answer.complete
        quads = parse(b"\n".join(lines[:SHOWN]) + b"\n", format=RdfFormat.N_TRIPLES)
        rows: list[Row] = [
            {"subject": quad.subject, "predicate": quad.predicate, "object": quad.object} for quad in quads
        ]
        return Table(["subject", "predicate", "object"], rows, more, is_graph=True)
    if body.strip() in {b"true", b"false"} and b"?" not in body:
        return Table([], [], truth=body.strip() == b"true")
    more = len(lines) > SHOWN + 1 or not answer.complete
    solutions = parse_query_results(b"\n".join(lines[: SHOWN + 1]) + b"\n", format=QueryResultsFormat.TSV)
    assert isinstance(solutions, QuerySolutions)  # noqa: S101  # a truth value was told apart above
    names = [variable.value for variable in solutions.variables]
    found = [
        {name: value for name, value in zip(names, solution, strict=True) if value is not None}
        for solution in solutions
    ]
    return Table(names, found, more)


def view_of(query: str) -> str:
    """Return how a query wants to be shown, by its first comment `# view: …`; a table otherwise."""
    tokens = tokenise(query)
    for match in _VIEW.finditer(query):
        in_a_token = any(start < match.end() and match.start() < start + len(text) for _, text, start in tokens)
        if match[1].lower() in VIEWS and not in_a_token:
            return match[1].lower()
    return "table"


def with_column(rows: Sequence[Row], name: str, fits: Callable[[object], bool]) -> list[Row]:
    """Return rows that have a column of this name: as they are, or with the first column whose value fits as it."""
    if any(name in row for row in rows):
        return list(rows)
    columns = dict.fromkeys(column for row in rows for column in row)
    column = next((key for key in columns if any(key in row and fits(row[key]) for row in rows)), None)
    if column is None:
        return list(rows)
    renamed = {column: name, **{f"{column}_{tag}": f"{name}_{tag}" for tag in ("th", "en")}}
    return [{**row, **{new: row[old] for old, new in renamed.items() if old in row}} for row in rows]


def with_labels(rows: Sequence[Row], name: str, languages: Sequence[str] = LANGUAGES) -> list[Row]:
    """Return rows whose column of this name has labels: as they are, or with literals of the same rows as labels.

    Of several literals in one language the first is taken; what has its labels in columns of their own keeps them.
    """
    found: dict[object, dict[str, Literal]] = {}
    for row in rows:
        for value in row.values():
            if name in row and isinstance(value, Literal) and value.language in languages:
                found.setdefault(row[name], {}).setdefault(f"{name}_{value.language}", value)
    return [{**found.get(row.get(name), {}), **row} for row in rows]


def is_division(term: object) -> bool:
    """Whether a term is a division."""
    return isinstance(term, NamedNode) and term.value.startswith(_DIVISION)


def is_day(term: object) -> bool:
    """Whether a term is a date or a year."""
    kinds = {f"{XSD}date", f"{XSD}dateTime", f"{XSD}gYear", f"{XSD}gYearMonth"}
    return isinstance(term, Literal) and term.datatype.value in kinds and days_of(term.value) is not None


def is_thing(term: object) -> bool:
    """Whether a term is an IRI."""
    return isinstance(term, NamedNode)


def is_number(term: object) -> bool:
    """Whether a term is a number."""
    return isinstance(term, Literal) and term.datatype.value in _NUMBERS


def downloads(query: str, base: str, *, is_graph: bool) -> list[tuple[str, str, str]]:
    """Return the downloads of an answer: what the format is called, its address, the name of the file.

    `base` is the address of the site, without a slash at its end.
    """
    formats = GRAPH_FORMATS if is_graph else RESULT_FORMATS
    return [
        (FORMAT_NAMES[form.name], address(f"{base}/sparql", query, form.name), f"answer.{form.name}")
        for form in formats
    ]


def for_terms(site: Site) -> dict[str, Any]:
    """Return what `answers.html` needs to show terms as SPARQL gives them."""
    prefixes = site.summary.prefixes
    return {
        "is_iri": is_thing,
        "is_number": is_number,
        "is_literal": lambda term: isinstance(term, Literal),
        "datatype_of": lambda term: "" if term.datatype.value in _PLAIN else abbreviated(term.datatype.value, prefixes),
        "abbreviated": lambda iri: abbreviated(iri, prefixes),
    }


@dataclass
class Shown:
    """What the page shows of an answer."""

    table: Table | None = None
    trouble: Trouble | None = None
    hints: list[Hint] = field(default_factory=list)
    milliseconds: int = 0
    view: str = "table"
    svg: Markup | None = None
    layer: Layer | None = None


class AnswerViews:
    """Runs queries of clients of one site, and says what is shown of their answers."""

    def __init__(self, site: Site, run: RunQuery, divisions: str) -> None:
        """Take the site, what runs queries, and the query for the divisions of the map."""
        self._site = site
        self._run = run
        self._divisions = divisions

    async def shown(self, query: str, request: Request) -> Shown:
        """Run a query, and return what the page shows of the answer."""
        started, language = perf_counter(), self._site.language_of(request)
        answer = await self._run(query, ACCEPT, request)
        shown = Shown(
            milliseconds=round((perf_counter() - started) * 1000),
            hints=hints(answer.warnings, query, self._site.summary.prefixes, language),
        )
        if answer.status != 200:
            shown.trouble = trouble(answer, query, language)
            return shown
        shown.table = table(answer)
        shown.view = view_of(query)
        if shown.view != "table" and not shown.table.is_graph:
            await self._draw(shown, shown.table.rows, request)
        return shown

    async def _draw(self, shown: Shown, rows: Sequence[Row], request: Request) -> None:
        """Draw rows as a map, a timeline or a network, where they have what that needs."""
        site, language = self._site, self._site.language_of(request)
        words = site.texts[language][shown.view]
        title = site.texts[language]["query"]["answer"]
        link = linker(site, request)
        if shown.view == "map":
            placed = with_column(rows, "division", is_division)
            if any(is_division(row.get("division")) for row in placed):
                places = read_divisions(await site.rows(self._divisions), language)
                texts = {**words, "count": site.texts[language]["query"]["count"]}
                shown.layer = layer(placed, language, texts)
                shown.svg = map_svg(places, shown.layer, link, texts, title)
        elif shown.view == "timeline":
            dated = with_labels(with_column(with_column(rows, "day", is_day), "item", is_thing), "item")
            shown.svg = timeline_svg(happenings(dated, language, words["until"]), link, words, title, language) or None
        elif shown.view == "network" and all(
            key in row for row in rows for key in ("from", "to", "from_kind", "to_kind", "relation")
        ):
            shown.svg = network_svg(graph(rows, language), link, words, title) or None
