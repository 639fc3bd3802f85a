"""The query page: the same answers as the endpoint gives, for people.

The page begins with questions that have an answer, and has a form that works without script. A query is run by
`kg.site.answering`; its first rows are shown as a table, for readers or with `?raw=1` as SPARQL gives it, and, where a
comment `# view: map` or `# view: timeline` asks for it, as a drawing. What is wrong with a query is shown
with its place and remedy, and a button sends the query again with what was missing.
"""

import json
from typing import Any, Final
from urllib.parse import parse_qs, quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from kg.errors import InputError
from kg.protocol import MAXIMUM_BODY
from kg.questions import StoredQuery
from kg.site import stored_query_pages
from kg.site.answer_columns import ReadableTable, readable
from kg.site.answer_views import VIEWS, AnswerViews, Table, downloads, for_terms
from kg.site.answering import RunQuery
from kg.site.home import examples
from kg.site.parameters import page_queries
from kg.site.samples import samples
from kg.site.site import Site
from kg.site.stored_query_pages import StoredQueryPages, by_topic
from kg.vocabulary import abbreviated

CSV: Final = "text/csv"
BYTE_ORDER_MARK: Final = "\ufeff".encode()

_TERMS: Final = "query/01-terms"
_DOCUMENTS: Final = "query/02-documents"
_DIVISIONS: Final = "map/00-divisions"

DEFAULT: Final = """PREFIX tsc: <https://w3id.org/thai-smart-city/ontology#>

SELECT ?meeting ?day ?day_basis
WHERE {
  ?meeting a tsc:Meeting ;
    tsc:heldOn|tsc:startsOn|tsc:notLaterThan ?day ;
    tsc:dateBasis ?day_basis .
}
ORDER BY ?day
"""
"""What stands in the editor when nothing else is asked for: all meetings, whether held or announced."""


def _to_begin_with(stored: StoredQuery) -> str:
    """Return a stored query as it stands in the editor: with the comment that draws it, if it is one to be drawn."""
    return f"# view: {stored.view}\n{stored.query}" if stored.view in VIEWS[1:] else stored.query


class QueryPages:
    """The query page of one site, and the terms for completion."""

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
        self._first = examples(list(site.questions.values()))
        self._views = AnswerViews(site, run, self._pages[_DIVISIONS].query)
        self.stored = StoredQueryPages(site, self._views, self._pages[_DOCUMENTS].query)
        """The pages of the stored queries, which run queries as this one does."""

    async def query(self, request: Request) -> Response:
        """Answer `/query`: the editor; `query` is run, `example` names a stored query to begin with."""
        site, language = self._site, self._site.language_of(request)
        query, asked = await self._asked(request)
        stored = self._stored(request.query_params.get("example", ""))
        if query is None:
            query = _to_begin_with(stored) if stored is not None else DEFAULT
        shown = await self._views.shown(query, request) if asked else None
        base = site.base_of(request)
        is_graph = bool(shown and shown.table and shown.table.is_graph)
        raw = request.query_params.get("raw") == "1"
        reading = await self._reading(query, shown.table, language) if shown and shown.table and not raw else None
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
            reading=reading,
            raw=raw,
            first=self._first,
            examples=self._examples,
            stored=stored,
            downloads=downloads(query, base, is_graph=is_graph) if asked else [],
            excel=f"{base}/query.csv?query={quote(query, safe='')}" if asked and not is_graph else None,
            samples=samples(query, f"{base}/sparql", is_graph=is_graph) if asked else [],
            permalink=permalink,
            endpoint=f"{base}/sparql",
            heading=text["title"],
            **for_terms(site),
            **overridden,
        )

    async def _reading(self, query: str, table: Table, language: str) -> ReadableTable | None:
        """Return an answer for readers, with the headings of the stored query if it is one; None for triples.

        Raises QueryError when labels cannot be looked up.
        """
        if table.is_graph or not table.rows:
            return None
        known = (*self._site.questions.values(), *self._pages.values())
        stored = next((one for one in known if query.strip() in {one.query.strip(), _to_begin_with(one).strip()}), None)
        headings = stored.columns.get(language, ()) if stored else ()
        return await readable(self._site, table, headings, language)

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
    """Return the routes of the query page and of the stored queries; `run` runs the queries of clients."""
    pages = QueryPages(site, run)
    return [
        Route("/query", site.answering(pages.query), methods=["GET", "POST"]),
        Route("/query.csv", pages.excel, methods=["GET"]),
        Route("/terms.json", pages.terms, methods=["GET"]),
        *stored_query_pages.routes(site, pages.stored),
    ]
