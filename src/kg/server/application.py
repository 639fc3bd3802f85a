"""The application: which address is answered by what."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from starlette.exceptions import HTTPException
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from kg import __version__
from kg.protocol import QueryRequest
from kg.questions import StoredQuery
from kg.server.address import Addressing
from kg.server.cache import AnswerCache
from kg.server.endpoint import READING, SparqlEndpoint
from kg.server.journal import AccessLog, Journal
from kg.server.pages import LANGUAGES, language_of
from kg.server.pool import WorkerPool
from kg.server.response import MAXIMUM_AGE
from kg.server.served import PAGE_HEADERS, VOID_PATH, Served, SiteOfData
from kg.store import Summary

_LISTS: Final = frozenset({b"accept", b"accept-encoding", b"accept-language", b"if-none-match"})
"""Header fields that are lists, and are read here."""


class JoinedFields:
    """An application that gets the lines of a list in the head of a request as one (section 5.3 of RFC 9110)."""

    def __init__(self, app: ASGIApp) -> None:
        """Take the application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on."""
        if scope["type"] == "http":
            lists = [field for field in scope["headers"] if field[0] in _LISTS]
            if len(lists) > len({name for name, _ in lists}):
                joined: dict[bytes, bytes] = {}
                for name, value in lists:
                    joined[name] = b"%b, %b" % (joined[name], value) if name in joined else value
                others = [field for field in scope["headers"] if field[0] not in _LISTS]
                scope = {**scope, "headers": [*others, *joined.items()]}
        await self._app(scope, receive, send)


async def _http_error(_request: Request, error: Exception) -> Response:
    """Answer what has no page with a sentence, never with markup."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    sentence = {404: "There is nothing at this address.", 405: "This method is not allowed here."}.get(
        status, "The server has a defect."
    )
    headers = dict(getattr(error, "headers", None) or {}) | PAGE_HEADERS
    if status == 500:  # after a defect the connection is closed, which a client that goes on using it must know
        headers["connection"] = "close"
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
        redirect_slashes=False,  # it knows no address but that of the request
    )
    app.add_middleware(JoinedFields)
    app.router.routes.extend(Route(path, endpoint) for path in ("/sparql", "/sparql/"))
    app.router.routes.extend(_void(served, endpoint))
    app.state.endpoint = endpoint

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


def _void(served: Served, endpoint: SparqlEndpoint) -> list[Route]:
    """Return the routes of the description of the data set, by `Accept` and by suffix."""

    async def void(request: Request) -> Response:
        """Describe the data set (section 7.2 of the VoID note)."""
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=endpoint.common | READING)
        form = request.path_params.get("suffix") or request.query_params.get("format")
        wanted = QueryRequest(None, format=form)
        made = await served.description(request.scope, wanted, request.headers.get("accept"), page=False)
        return Response(made.body, made.status, endpoint.common | dict(made.fields))

    paths = (VOID_PATH, f"{VOID_PATH}.{{suffix}}")
    return [Route(path, void, methods=["GET", "HEAD", "OPTIONS"]) for path in paths]


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
