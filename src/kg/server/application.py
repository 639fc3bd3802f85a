"""The application: which address is answered by what."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from starlette.exceptions import HTTPException
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from kg import __version__
from kg.protocol import QueryRequest
from kg.questions import StoredQuery
from kg.server.address import Addressing
from kg.server.cache import AnswerCache
from kg.server.endpoint import SparqlEndpoint
from kg.server.journal import AccessLog, Journal
from kg.server.pages import LANGUAGES, language_of, static_files
from kg.server.pool import WorkerPool
from kg.server.response import MAXIMUM_AGE
from kg.server.served import PAGE_HEADERS, Served, SiteOfData
from kg.store import Summary


async def _http_error(_request: Request, error: Exception) -> Response:
    """Answer what has no page with a sentence, never with markup."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    sentence = {404: "There is nothing at this address.", 405: "This method is not allowed here."}.get(
        status, "The server has a defect."
    )
    headers = dict(getattr(error, "headers", None) or {}) | PAGE_HEADERS
    return PlainTextResponse(f"{sentence}\n", status, headers)


def create_app(
    summary: Summary,
    questions: dict[str, StoredQuery],
    pool: WorkerPool,
    cache: AnswerCache,
    log: AccessLog,
    beside: Callable[[Served], Awaitable[None]] | None = None,
    make_site: Callable[..., SiteOfData] | None = None,
    addressing: Addressing | None = None,
) -> FastAPI:
    """Return the application that serves the data that `pool` has loaded.

    `make_site` makes the site, which answers at every address that is none of the endpoint's; queries of clients it
    hands to the endpoint. `addressing` says how the address of the server is known.

    `beside` runs as long as the server does, with what is served, which it may exchange; then clients are told to ask
    whether what they have is still so, each time. `app.state.endpoint` is the endpoint, for
    `kg.server.http_protocol`.
    """
    maximum_age = MAXIMUM_AGE if beside is None else 0

    async def asked(scope: Scope, receive: Receive, send: Send) -> None:
        await endpoint(scope, receive, send)

    of_data = None if make_site is None else partial(make_site, endpoint=asked)
    served = Served(summary, questions, pool, maximum_age, of_data, addressing)
    journal = Journal(pool, cache, log)
    endpoint = SparqlEndpoint(summary, pool, cache, journal, served.description, maximum_age)

    def on_other_data(other: Summary) -> None:
        endpoint.exchange(other)
        served.exchange(other)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncGenerator[None, None]:
        await pool.start(on_other_data)
        served.prepare()
        task = None if beside is None else asyncio.ensure_future(beside(served))
        yield
        if task is not None:
            task.cancel()
            await asyncio.wait([task])
        served.close()
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

    @app.api_route("/.well-known/void", methods=["GET", "HEAD"])
    async def void(request: Request) -> Response:
        """Describe the data set (section 7.2 of the VoID note)."""
        wanted = QueryRequest(None, format=request.query_params.get("format"))
        made = await served.description(request.scope, wanted, request.headers.get("accept"), page=False)
        return Response(made.body, made.status, endpoint.common | dict(made.fields))

    @app.api_route("/healthz", methods=["GET", "HEAD"])
    async def health() -> Response:
        """Say that the service is up, and with which data."""
        summary = served.summary
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

    def static(request: Request) -> Response:
        """Send a file of the page of the service."""
        file = static_files()[request.url.path.rpartition("/")[2]]
        return Response(
            file.body, media_type=file.content_type, headers=PAGE_HEADERS | {"cache-control": "max-age=3600"}
        )

    app.router.routes.extend(Route(f"/static/{name}", static) for name in static_files())
    nothing = app.router.default
    home = _home(served)

    async def site(scope: Scope, receive: Receive, send: Send) -> None:
        """Answer by the site of the data that are served now; without a site there is a home page."""
        if scope["type"] == "http" and scope["path"] == "/" and not served.has_home:
            await home.handle(scope, receive, send)
        elif scope["type"] == "http" and served.site is not None:
            await served.site(scope, receive, send)
        else:
            await nothing(scope, receive, send)

    app.router.default = site
    return app


def _home(served: Served) -> Route:
    """Return the route of the one page of an endpoint without a site."""

    async def home(request: Request) -> Response:
        """Say what this is and how to ask; `?lang=` chooses the language, `?question=` fills in a stored query."""
        lang, question = (request.query_params.get(name) for name in ("lang", "question"))
        language = language_of(lang, request.cookies.get("lang"), request.headers.get("accept-language"))
        headers = PAGE_HEADERS | {"content-language": language, "vary": "Accept-Language, Cookie"}
        html = await served.home(language, f"{served.addressing.of(request.scope)}/sparql", question)
        response = Response(html, media_type="text/html; charset=utf-8", headers=headers)
        if lang in LANGUAGES:
            response.set_cookie("lang", lang, max_age=31_536_000, samesite="lax", httponly=True)
        return response

    return Route("/", home, methods=["GET", "HEAD"])
