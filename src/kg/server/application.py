"""The application: which address is answered by what."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated, Any, Final

from fastapi import FastAPI, Query, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from starlette.exceptions import HTTPException
from starlette.requests import cookie_parser
from starlette.routing import Route
from starlette.types import Scope

from kg import __version__
from kg.media import negotiated
from kg.protocol import QueryRequest
from kg.questions import StoredQuery
from kg.results import GRAPH_FORMATS, Format
from kg.server.asking import Asking
from kg.server.cache import AnswerCache
from kg.server.endpoint import SparqlEndpoint, own_address, refused
from kg.server.engine import NotAcceptableError, chosen
from kg.server.journal import AccessLog, Journal
from kg.server.pages import LANGUAGES, Pages, language_of, static_files
from kg.server.pool import WorkerPool
from kg.server.response import Response as EndpointResponse
from kg.server.response import entity_tag
from kg.server.service import Ask, AskOnce, description, serialised_description
from kg.server.worker import Limits
from kg.store import Summary

PAGE_HEADERS: Final = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
"""Headers of everything but `/sparql`, which has its own."""

_HTML: Final = Format(("html",), "text/html", ("text/html", "application/xhtml+xml"), GRAPH_FORMATS[0].engine)
"""What a browser takes; nothing is serialised in this format."""


async def _http_error(_request: Request, error: Exception) -> Response:
    """Answer what has no page with a sentence, never with markup."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    sentence = {404: "There is nothing at this address.", 405: "This method is not allowed here."}.get(
        status, "The server has a defect."
    )
    headers = dict(getattr(error, "headers", None) or {}) | PAGE_HEADERS
    return PlainTextResponse(f"{sentence}\n", status, headers)


class Describing:
    """What the service says of itself, in RDF or as a page."""

    def __init__(self, summary: Summary, ask: Ask, pages: Pages, limits: Limits) -> None:
        """Take what is known of the data, who answers further questions, the pages, and what a question may take."""
        self._summary = summary
        self._ask = ask
        self._pages = pages
        self._limits = limits
        self._made: dict[tuple[str, str], bytes] = {}

    async def respond(
        self, scope: Scope, wanted: QueryRequest, accept: str | None, *, page: bool = True
    ) -> EndpointResponse:
        """Return the description of the endpoint, as RDF or, where `page` says so, for a browser."""
        address = f"{own_address(scope).removesuffix(scope['path'].rstrip('/'))}{scope.get('root_path', '')}/sparql"
        offers = (*GRAPH_FORMATS, _HTML) if page else GRAPH_FORMATS
        if page and (wanted.format == "html" or (wanted.format is None and negotiated(accept, offers) is _HTML)):
            return await self._page(scope, address)
        try:
            form = chosen(wanted.format, accept, GRAPH_FORMATS)
        except NotAcceptableError as error:
            return refused(406, str(error), accept, "not-acceptable")
        body = self._made.get((address, form.name))
        if body is None:
            described = await description(self._summary, self._ask, address)
            body = serialised_description(described, form)
            if not described.complete:
                made = EndpointResponse.of(200, form.content_type, body, outcome="described")
                made.fields = {**made.fields, "cache-control": "no-store"}
                return made
            if len(self._made) < 64:  # an address is what a client says it is
                self._made[address, form.name] = body
        tag = entity_tag(self._summary.digest, (address, form.content_type, __version__))
        seen = dict(scope["headers"]).get(b"if-none-match", b"").decode("latin-1")
        return EndpointResponse.of(200, form.content_type, body, tag, seen, outcome="described")

    async def _page(self, scope: Scope, address: str) -> EndpointResponse:
        """Return the description for a browser."""
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        query = dict(pair.partition("=")[::2] for pair in scope["query_string"].decode("latin-1").split("&"))
        cookies = cookie_parser(headers.get("cookie", ""))
        language = language_of(query.get("lang"), cookies.get("lang"), headers.get("accept-language"))
        html = await self._pages.service(language, address, self._limits)
        response = EndpointResponse.of(200, "text/html; charset=utf-8", html.encode(), outcome="described")
        response.fields = {
            **response.fields,
            **PAGE_HEADERS,
            "content-language": language,
            "vary": "Accept, Accept-Encoding, Accept-Language, Cookie",
        }
        return response


def create_app(
    summary: Summary, questions: dict[str, StoredQuery], pool: WorkerPool, cache: AnswerCache, log: AccessLog
) -> FastAPI:
    """Return the application that serves the data that `pool` has loaded.

    `app.state.endpoint` is the endpoint, for `kg.server.http_protocol`.
    """
    ask = AskOnce(Asking(pool))
    pages = Pages(summary, questions, ask)
    described = Describing(summary, ask, pages, pool.limits)
    journal = Journal(pool, cache, log)
    endpoint = SparqlEndpoint(summary, pool, cache, journal, described.respond)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncGenerator[None, None]:
        await pool.start()
        task = asyncio.create_task(description(summary, ask, "http://localhost/sparql"))  # so that nobody waits for it
        yield
        task.cancel()
        pool.close()
        log.close()

    app = FastAPI(
        title="Thai Smart City knowledge graph",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=lifespan,
        exception_handlers={HTTPException: _http_error, Exception: _http_error},
    )
    app.router.routes.extend(Route(path, endpoint) for path in ("/sparql", "/sparql/"))
    app.state.endpoint = endpoint

    @app.api_route("/", methods=["GET", "HEAD"])
    async def home(
        request: Request, lang: Annotated[str | None, Query()] = None, question: Annotated[str | None, Query()] = None
    ) -> Response:
        """Say what this is and how to ask; `?lang=` chooses the language, `?question=` fills in a stored query."""
        language = language_of(lang, request.cookies.get("lang"), request.headers.get("accept-language"))
        headers = PAGE_HEADERS | {"content-language": language, "vary": "Accept-Language, Cookie"}
        html = await pages.home(language, f"{own_address(request.scope)}/sparql", question)
        response = Response(html, media_type="text/html; charset=utf-8", headers=headers)
        if lang in LANGUAGES:
            response.set_cookie("lang", lang, max_age=31_536_000, samesite="lax", httponly=True)
        return response

    @app.api_route("/.well-known/void", methods=["GET", "HEAD"])
    async def void(request: Request) -> Response:
        """Describe the data set (section 7.2 of the VoID note)."""
        wanted = QueryRequest(None, format=request.query_params.get("format"))
        made = await described.respond(request.scope, wanted, request.headers.get("accept"), page=False)
        return Response(made.body, made.status, endpoint.common | dict(made.fields))

    @app.api_route("/healthz", methods=["GET", "HEAD"])
    async def health() -> Response:
        """Say that the service is up, and with which data."""
        body: dict[str, Any] = {
            "status": "ok",
            "triples": summary.triples,
            "graphs": len(summary.graphs),
            "version": summary.version,
            "digest": summary.digest,
            "software": __version__,
        }
        return JSONResponse(body, headers=PAGE_HEADERS | {"cache-control": "no-store"})

    @app.api_route("/metrics", methods=["GET", "HEAD"])
    async def metrics() -> Response:
        """Give the metrics to Prometheus."""
        return Response(
            journal.metrics(),
            media_type="text/plain; version=1.0.0; charset=utf-8",
            headers=PAGE_HEADERS | {"cache-control": "no-store"},
        )

    @app.api_route("/static/{name}", methods=["GET", "HEAD"])
    async def static(name: str) -> Response:
        """Send a file of the pages."""
        file = static_files().get(name)
        if file is None:
            raise HTTPException(404)
        return Response(
            file.body, media_type=file.content_type, headers=PAGE_HEADERS | {"cache-control": "max-age=3600"}
        )

    return app
