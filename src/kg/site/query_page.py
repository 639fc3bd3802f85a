"""The query page and one page a stored query: the same answers as the endpoint gives, for people.

The page is a form that works without script. A query is run by `kg.site.answering`; its first rows are shown as a table
and, where a comment `# view: map` or `# view: timeline` asks for it, as a drawing. What is wrong with a query is shown
with its place and remedy, and a button sends the query again with what was missing.
"""

import json
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from time import perf_counter
from typing import Any, Final
from urllib.parse import parse_qs, quote

from markupsafe import Markup
from pyoxigraph import Literal, NamedNode, QueryResultsFormat, QuerySolutions, RdfFormat, parse, parse_query_results
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from kg.errors import InputError
from kg.namespaces import ID, SOURCE, XSD
from kg.protocol import MAXIMUM_BODY
from kg.questions import StoredQuery
from kg.results import GRAPH_FORMATS, RESULT_FORMATS
from kg.server.pages import FORMAT_NAMES
from kg.site.answering import ACCEPT, Answer, RunQuery
from kg.site.chart_pages import linker
from kg.site.charts.map import Layer, layer, map_svg, read_divisions
from kg.site.charts.network import graph, network_svg
from kg.site.charts.timeline import days_of, happenings, timeline_svg
from kg.site.parameters import page_queries
from kg.site.samples import address, samples
from kg.site.site import LANGUAGES, Row, Site
from kg.tokens import tokenise
from kg.vocabulary import abbreviated

SHOWN: Final = 1000
"""Rows of an answer that are shown."""

CSV: Final = "text/csv"
BYTE_ORDER_MARK: Final = "\ufeff".encode()

VIEWS: Final = ("table", "map", "timeline", "network")
"""How an answer may be shown; each but the first has a drawing above the table."""

_VIEW: Final = re.compile(r"^[ \t]*#[ \t]*view:[ \t]*(\w+)[ \t]*$", re.MULTILINE | re.IGNORECASE)
_MISSING: Final = re.compile(r"^(?:Add )?(PREFIX [^\s:]*: <[^<>…\s]+>)$", re.MULTILINE)
_RATHER: Final = re.compile(r"Did you mean ([^\s:]+):\?$")
_UNKNOWN: Final = re.compile(r"(\S+) is not in the data(?:; did you mean (\S+)\?)?")
_TERMS: Final = "query/01-terms"
_DOCUMENTS: Final = "query/02-documents"
_DIVISIONS: Final = "map/00-divisions"
_NUMBERS: Final = frozenset(f"{XSD}{name}" for name in ("integer", "decimal", "double", "float", "int", "long"))
_DIVISION: Final = f"{ID}division/"
_PLAIN: Final = frozenset({f"{XSD}string", "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"})

DEFAULT: Final = """PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX tsc: <https://w3id.org/thai-smart-city/ontology#>

SELECT ?meeting ?name ?day
WHERE {
  ?meeting a tsc:Meeting ;
    rdfs:label ?name ;
    tsc:heldOn|tsc:notLaterThan ?day .
  FILTER(LANG(?name) = "LANGUAGE")
}
ORDER BY ?day
"""
"""What stands in the editor when nothing else is asked for; LANGUAGE is the language of the page."""


@dataclass(frozen=True)
class Topic:
    """A topic under which stored queries are listed: its name in addresses, its titles, and the names that tell it."""

    name: str
    titles: Mapping[str, str]
    uses: frozenset[str]


@cache
def topics() -> tuple[Topic, ...]:
    """Return the topics in their order; the last one takes what belongs to no other."""
    entries = tomllib.loads((files("kg.site") / "topics.toml").read_text("utf-8"))["topic"]
    return tuple(
        Topic(entry["name"], {"th": entry["th"], "en": entry["en"]}, frozenset(entry["uses"])) for entry in entries
    )


def topic_of(query: str) -> Topic:
    """Return the topic of a query: that of which it uses the most names, the first of equals, or the last of all."""
    used = {token.text for token in tokenise(query) if token.kind == "name"}
    best = max(topics(), key=lambda topic: len(topic.uses & used))
    return best if best.uses & used else topics()[-1]


def by_topic(questions: Iterable[StoredQuery]) -> list[tuple[Topic, list[StoredQuery]]]:
    """Return stored queries under their topics; a topic without any is left out."""
    found: dict[str, list[StoredQuery]] = {}
    for question in questions:
        found.setdefault(topic_of(question.query).name, []).append(question)
    return [(topic, found[topic.name]) for topic in topics() if topic.name in found]


@dataclass(frozen=True)
class Trouble:
    """What is wrong with a query: the members of the problem, and what could be sent instead, with what that does."""

    title: str
    sentence: str
    remedy: str = ""
    excerpt: str = ""
    line: int | None = None
    column: int | None = None
    mended: str | None = None
    mending: str = ""


def _with_prefix(query: str, wrong: str, right: str) -> str:
    """Return a query in which each name with one prefix has another one."""
    names = {text for kind, text, _ in tokenise(query) if kind == "name" and text.startswith(f"{wrong}:")}
    return _with_names(query, {name: f"{right}{name[len(wrong) :]}" for name in names})


def trouble(answer: Answer, query: str) -> Trouble:
    """Return what an answer with an error says of a query, with the query mended where the remedy says how."""
    try:
        told: Mapping[str, Any] = json.loads(answer.body)
    except ValueError:
        return Trouble(str(answer.status), answer.body.decode("utf-8", "replace").strip())
    remedy = str(told.get("remedy", ""))
    sentence = str(told.get("detail", ""))
    line, column = told.get("line"), told.get("column")
    place = f"Line {line}, column {column}: "
    sentence = sentence.removeprefix(place).removesuffix(remedy).rstrip()
    mended, mending = None, ""
    if missing := _MISSING.findall(remedy):
        mending = "\n".join(missing)
        mended = f"{mending}\n{query}"
    elif (rather := _RATHER.match(remedy)) and (wrong := re.search(r"The prefix (\S+): is not declared", sentence)):
        mended, mending = _with_prefix(query, wrong[1], rather[1]), f"{wrong[1]}: → {rather[1]}:"
    return Trouble(
        str(told.get("title", answer.status)),
        sentence,
        remedy,
        str(told.get("excerpt", "")),
        int(line) if line is not None else None,
        int(column) if column is not None else None,
        mended,
        mending,
    )


def _in_brackets(name: str, prefixes: Mapping[str, str]) -> str:
    """Return a prefixed name as an IRI in angle brackets; such an IRI as it is."""
    prefix, _, local = name.partition(":")
    return f"<{prefixes[prefix]}{local}>" if prefix in prefixes else name


def _with_names(query: str, names: Mapping[str, str]) -> str:
    """Return a query in which names and IRIs are exchanged for others."""
    pieces = []
    end = 0
    for kind, text, start in tokenise(query):
        if kind in {"name", "iri"} and text in names:
            pieces += [query[end:start], names[text]]
            end = start + len(text)
    return "".join([*pieces, query[end:]])


@dataclass(frozen=True)
class Hint:
    """A name that the data do not know: the sentence, and the query with the nearest name instead of it."""

    sentence: str
    mended: str | None
    mending: str = ""


def hints(warnings: Iterable[str], query: str, prefixes: Mapping[str, str]) -> list[Hint]:
    """Return what the warnings of an answer say, with the query mended where a nearest name is known.

    `prefixes`, name to IRI, are those by which the warnings shorten names; the query may write them as IRIs.
    """
    found = []
    for warning in warnings:
        match = _UNKNOWN.match(warning)
        mended = None
        if match and match[2]:
            pieces = {match[1]: match[2], _in_brackets(match[1], prefixes): _in_brackets(match[2], prefixes)}
            mended = _with_names(query, pieces)
            mended = None if mended == query else mended
        found.append(Hint(warning, mended, match[2] if match and match[2] else ""))
    return found


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


def _to_begin_with(stored: StoredQuery) -> str:
    """Return a stored query as it stands in the editor: with the comment that draws it, if it is one to be drawn."""
    return f"# view: {stored.view}\n{stored.query}" if stored.view in VIEWS[1:] else stored.query


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


class QueryPages:
    """The query page, the pages of the stored queries, and the terms for completion, of one site."""

    def __init__(self, site: Site, run: RunQuery) -> None:
        """Take the site and what runs queries. Raises InputError when a query that is needed is not there."""
        self._site = site
        self._run = run
        self._examples = by_topic(site.questions.values())
        self._pages = {
            f"{kind}/{query.name}": query for kind, queries in page_queries(site.content).items() for query in queries
        }
        for name in (_TERMS, _DOCUMENTS, _DIVISIONS):
            if name not in self._pages:
                raise InputError(f"queries/pages/{name}.rq is missing, which the query page needs")

    # --- What is shown ---

    async def _shown(self, query: str, request: Request) -> Shown:
        """Run a query, and return what the page shows of the answer."""
        started = perf_counter()
        answer = await self._run(query, ACCEPT, request)
        shown = Shown(
            milliseconds=round((perf_counter() - started) * 1000),
            hints=hints(answer.warnings, query, self._site.summary.prefixes),
        )
        if answer.status != 200:
            shown.trouble = trouble(answer, query)
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
                places = read_divisions(await site.rows(self._pages[_DIVISIONS].query), language)
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

    def _downloads(self, query: str, base: str, *, is_graph: bool) -> list[tuple[str, str, str]]:
        """Return the downloads of an answer: what the format is called, its address, the name of the file."""
        formats = GRAPH_FORMATS if is_graph else RESULT_FORMATS
        return [
            (FORMAT_NAMES[form.name], address(f"{base}/sparql", query, form.name), f"answer.{form.name}")
            for form in formats
        ]

    # --- Pages ---

    async def query(self, request: Request) -> Response:
        """Answer `/query`: the editor; `query` is run, `example` names a stored query to begin with."""
        site, language = self._site, self._site.language_of(request)
        query, asked = await self._asked(request)
        stored = self._stored(request.query_params.get("example", ""))
        if query is None:
            query = _to_begin_with(stored) if stored is not None else DEFAULT.replace("LANGUAGE", language)
        shown = await self._shown(query, request) if asked else None
        base = site.base_of(request)
        is_graph = bool(shown and shown.table and shown.table.is_graph)
        text = site.texts[language]["query"]
        permalink = f"{base}/query?query={quote(query, safe='')}"
        overridden: dict[str, Any] = {"here": f"./query?query={quote(query, safe='')}"} if asked else {}
        return site.page(
            request,
            "query.html",
            "query",
            headers={"cache-control": "no-store"} if asked else None,
            menu="query",
            query=query,
            shown=shown,
            examples=self._examples,
            stored=stored,
            downloads=self._downloads(query, base, is_graph=is_graph) if asked else [],
            excel=f"{base}/query.csv?query={quote(query, safe='')}" if asked and not is_graph else None,
            samples=samples(query, f"{base}/sparql", is_graph=is_graph) if asked else [],
            permalink=permalink,
            endpoint=f"{base}/sparql",
            heading=text["title"],
            **self._of_cells(),
            **overridden,
        )

    async def _asked(self, request: Request) -> tuple[str | None, bool]:
        """Return the query of a request, and whether it is to be run. Raises HTTPException for a form that is none."""
        if request.method == "POST":
            if int(request.headers.get("content-length") or 0) > MAXIMUM_BODY:
                raise HTTPException(413)
            body = bytearray()
            async for piece in request.stream():
                body += piece
                if len(body) > MAXIMUM_BODY:
                    raise HTTPException(413)
            values = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True).get("query", [])
        else:
            values = request.query_params.getlist("query")
        query = values[0].replace("\r\n", "\n") if values else None
        return query, bool(query and query.strip())

    def _stored(self, name: str) -> StoredQuery | None:
        """Return a stored query by its name, or one behind a page by kind and name."""
        return self._site.questions.get(name) or self._pages.get(name)

    def _of_cells(self) -> dict[str, Any]:
        """Return what the template needs to show terms."""
        prefixes = self._site.summary.prefixes
        return {
            "is_iri": is_thing,
            "is_number": lambda term: isinstance(term, Literal) and term.datatype.value in _NUMBERS,
            "is_literal": lambda term: isinstance(term, Literal),
            "datatype_of": lambda term: (
                "" if term.datatype.value in _PLAIN else abbreviated(term.datatype.value, prefixes)
            ),
            "abbreviated": lambda iri: abbreviated(iri, prefixes),
        }

    async def excel(self, request: Request) -> Response:
        """Answer `/query.csv`: the answer as CSV with a byte-order mark, by which Excel knows UTF-8."""
        query, asked = await self._asked(request)
        if query is None or not asked:
            return RedirectResponse(f"{self._site.root_of(request)}query", 303)
        answer = await self._run(query, CSV, request)
        if answer.status != 200:
            return RedirectResponse(f"{self._site.root_of(request)}query?query={quote(query, safe='')}", 303)
        headers = {"content-disposition": 'attachment; filename="answer.csv"', "cache-control": "no-store"}
        return self._site.respond(request, BYTE_ORDER_MARK + answer.body, "text/csv; charset=utf-8", headers=headers)

    async def all_stored(self, request: Request) -> Response:
        """Answer `/queries`: all stored queries by topic."""
        return self._site.page(request, "stored-queries.html", "query", menu="query", examples=self._examples)

    async def stored(self, request: Request) -> Response:
        """Answer `/queries/{name}`: the question, its answer, the documents it rests on, and the query."""
        site = self._site
        question = site.questions.get(request.path_params["name"])
        if question is None:
            raise HTTPException(404)
        base = site.base_of(request)
        shown = await self._shown(question.query, request)
        is_graph = bool(shown.table and shown.table.is_graph)
        return site.page(
            request,
            "stored-query.html",
            "query",
            headers={"cache-control": "no-cache"},
            menu="query",
            question=question,
            query=question.query,
            shown=shown,
            topic=topic_of(question.query),
            sources=await self._sources(question),
            downloads=self._downloads(question.query, base, is_graph=is_graph),
            excel=None if is_graph else f"{base}/query.csv?query={quote(question.query, safe='')}",
            samples=samples(question.query, f"{base}/sparql", is_graph=is_graph),
            permalink=f"{base}/queries/{question.name}",
            **self._of_cells(),
        )

    async def _sources(self, question: StoredQuery) -> list[Row]:
        """Return the documents that the answer to a stored query rests on, as rows with labels where they are known."""
        known = {row["source"]: row for row in await self._site.rows(self._pages[_DOCUMENTS].query)}
        nodes = [NamedNode(f"{SOURCE}{slug}") for slug in question.sources]
        return [known.get(node, {"source": node}) for node in nodes]

    async def terms(self, request: Request) -> Response:
        """Answer `/terms.json`: prefixes, and terms with their labels, for the completion of the editor.

        The object has `prefixes` (name to IRI) and `terms`, a list of `name` (prefixed), `kind` (class, property or
        concept) and the labels `th` and `en`. Terms without a prefix are left out.
        """
        rows = await self._site.rows(self._pages[_TERMS].query)
        prefixes = self._site.summary.prefixes
        found = []
        for row in rows:
            name = abbreviated(row["term"].value, prefixes)  # type: ignore[union-attr]
            if not name.startswith("<"):
                labels = {tag: row[f"term_{tag}"].value for tag in ("th", "en") if f"term_{tag}" in row}  # type: ignore[union-attr]
                found.append({"name": name, "kind": row["kind"].value, **labels})  # type: ignore[union-attr]
        body = json.dumps({"prefixes": prefixes, "terms": found}, ensure_ascii=False, separators=(",", ":"))
        return self._site.respond(request, body.encode(), "application/json")


def routes(site: Site, run: RunQuery) -> list[BaseRoute]:
    """Return the routes of the query page; `run` runs the queries of clients."""
    pages = QueryPages(site, run)
    return [
        Route("/query", pages.query, methods=["GET", "POST"]),
        Route("/query.csv", pages.excel, methods=["GET"]),
        Route("/queries", pages.all_stored, methods=["GET"]),
        Route("/queries/{name}", pages.stored, methods=["GET"]),
        Route("/terms.json", pages.terms, methods=["GET"]),
    ]
