"""The application: which address is answered by what."""

from typing import Annotated, Any

from fastapi import FastAPI, Query, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from starlette.exceptions import HTTPException
from starlette.routing import Route

from kg import __version__
from kg.content import Content
from kg.questions import stored_queries
from kg.server.endpoint import SparqlEndpoint, own_address
from kg.server.engine import Engine, ThreadEngine
from kg.server.pages import LANGUAGES, Pages, language_of, static_files
from kg.store import GraphStore, load_content

PAGE_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
"""Headers of everything but `/sparql`, which has its own."""


async def _http_error(_request: Request, error: Exception) -> Response:
    """Answer what has no page with a sentence, never with markup."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    sentence = {404: "There is nothing at this address.", 405: "This method is not allowed here."}.get(
        status, "The server has a defect."
    )
    headers = dict(getattr(error, "headers", None) or {}) | PAGE_HEADERS
    return PlainTextResponse(f"{sentence}\n", status, headers)


def create_app(content: Content, data: GraphStore | None = None, engine: Engine | None = None) -> FastAPI:
    """Return the application that serves a content tree.

    `data` is loaded from the content, and `engine` is made of threads, unless given. Raises InputError when a file of
    the content cannot be read.
    """
    loaded = load_content(content) if data is None else data
    chosen_engine = ThreadEngine(loaded) if engine is None else engine
    pages = Pages(loaded, stored_queries(content))
    app = FastAPI(
        title="Thai Smart City knowledge graph",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        exception_handlers={HTTPException: _http_error, Exception: _http_error},
    )
    endpoint = SparqlEndpoint(loaded, chosen_engine)
    app.router.routes.extend(Route(path, endpoint) for path in ("/sparql", "/sparql/"))
    app.state.engine = chosen_engine

    @app.api_route("/", methods=["GET", "HEAD"])
    def home(
        request: Request, lang: Annotated[str | None, Query()] = None, question: Annotated[str | None, Query()] = None
    ) -> Response:
        """Say what this is and how to ask; `?lang=` chooses the language, `?question=` fills in a stored query."""
        language = language_of(lang, request.cookies.get("lang"), request.headers.get("accept-language"))
        headers = PAGE_HEADERS | {"content-language": language, "vary": "Accept-Language, Cookie"}
        html = pages.home(language, f"{own_address(request.scope)}/sparql", question)
        response = Response(html, media_type="text/html; charset=utf-8", headers=headers)
        if lang in LANGUAGES:
            response.set_cookie("lang", lang, max_age=31_536_000, samesite="lax", httponly=True)
        return response

    @app.api_route("/healthz", methods=["GET", "HEAD"])
    def health() -> Response:
        """Say that the service is up, and with which data."""
        body: dict[str, Any] = {
            "status": "ok",
            "triples": loaded.triples,
            "graphs": len(loaded.graphs),
            "version": loaded.version,
            "software": __version__,
        }
        return JSONResponse(body, headers=PAGE_HEADERS | {"cache-control": "no-store"})

    @app.api_route("/static/{name}", methods=["GET", "HEAD"])
    def static(name: str) -> Response:
        """Send a file of the pages."""
        file = static_files().get(name)
        if file is None:
            raise HTTPException(404)
        return Response(
            file.body, media_type=file.content_type, headers=PAGE_HEADERS | {"cache-control": "max-age=3600"}
        )

    return app
