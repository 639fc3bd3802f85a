"""The whole site as one application: every part with its routes, and a page for what there is not.

A part that rests on queries of the tree is there if the tree has a folder of them: a small tree has no map, and no list
of areas. What the site map lists besides resources is taken from the routes that there are.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from kg.content import Content
from kg.errors import KnowledgeGraphError
from kg.questions import StoredQuery
from kg.server.pages import Contents
from kg.server.service import Ask
from kg.site import (
    catalogue,
    chart_pages,
    home,
    lists,
    ontology_page,
    problem_pages,
    progress,
    quality,
    query_page,
    resources,
    rules_page,
    search_page,
    site_map,
    static_files,
    static_pages,
)
from kg.site.addresses import own_path
from kg.site.answering import run_by
from kg.site.dumps import Dumps
from kg.site.linked_data import prepare_labels
from kg.site.parameters import page_queries
from kg.site.preparing import PreparedPages, compile_templates
from kg.site.site import Site
from kg.store import Summary

VOCABULARIES: Final = ("ontology", "shapes")
"""Paths of resources whose pages are long."""

SERVICES: Final = frozenset({"search-key", "suggest", "reconcile"})
"""Paths without a suffix that answer programs."""

QUERY: Final = "query"
"""The folder of the queries behind the query page."""

_LOG = logging.getLogger("kg.site")

_Routes = Callable[[Site], Sequence[BaseRoute]]
_BY_QUERIES: Final[Sequence[tuple[_Routes, frozenset[str]]]] = (
    (home.routes, frozenset({home.HOME})),
    (lists.routes, frozenset({lists.LISTS})),
    (quality.routes, frozenset({quality.QUALITY})),
    (progress.routes, frozenset({progress.PROGRESS})),
    (chart_pages.routes, frozenset({chart_pages.MAP, chart_pages.TIMELINE, chart_pages.NETWORK})),
)
"""Parts, each with the folders of queries one of which a tree must have for it."""


def pages_of(routes: Sequence[BaseRoute]) -> list[str]:
    """Return the paths of the pages among some routes, without a slash before them: no files, services or patterns."""
    paths = [route.path.removeprefix("/") for route in routes if isinstance(route, Route)]
    return [path for path in paths if not set(path) & set("{.") and path.partition("/")[0] not in SERVICES]


class SiteApplication:
    """The site of one state of the data, as an ASGI application."""

    def __init__(
        self,
        content: Content,
        summary: Summary,
        questions: Mapping[str, StoredQuery],
        ask: Ask,
        endpoint: ASGIApp,
        public_url: str | None = None,
        trust_forwarded: bool = False,
    ) -> None:
        """Take what a `Site` takes, and the endpoint that runs the queries of clients.

        Raises InputError when a query of a page cannot be read.
        """
        self.site = Site(content, summary, questions, ask, public_url, trust_forwarded)
        self._dumps = Dumps(self.site)
        missing = resources.Resources(self.site)

        async def not_found(request: Request, error: Exception) -> Response:
            if isinstance(error, HTTPException) and error.status_code != 404:
                return self.site.problem(request, error.status_code, error.detail, error.headers)
            path = own_path(request.scope).lstrip("/")
            if path.endswith("/") and path[:-1] in self.pages:
                query = f"?{request.url.query}" if request.url.query else ""
                return RedirectResponse(f"{self.site.base_of(request)}/{path[:-1]}{query}", 308)
            return await self.site.answering(missing.not_found)(request)

        self._queries = page_queries(content)
        found = self._routes(endpoint)
        self.pages = pages_of(found)
        """The paths of pages that are no resource's, without a slash before them; that of the home page is empty."""

        stored = [f"queries/{name}" for name in questions] if "query" in self.pages else []
        self._application = Starlette(
            routes=[*found, *site_map.routes(self.site, [*dict.fromkeys(["", *self.pages, *stored])])],
            exception_handlers={HTTPException: not_found},
        )
        self._application.router.redirect_slashes = False  # it knows no address but that of the request
        self._prepared = PreparedPages(self.site, self._application, [*self.pages, *VOCABULARIES])

    def _routes(self, endpoint: ASGIApp) -> list[BaseRoute]:
        """Return the routes of all parts but the site map."""
        site, queries = self.site, self._queries
        found = [route for make, folders in _BY_QUERIES if folders & queries.keys() for route in make(site)]
        if QUERY in queries:
            found += query_page.routes(site, run_by(endpoint))
        return [
            *found,
            *static_files.routes(site),
            *resources.routes(site, ontology_page.pages(site) if ontology_page.FOLDER in queries else {}),
            *catalogue.routes(site, self._dumps),
            *static_pages.routes(site, self._dumps),
            *search_page.routes(site),
            *rules_page.routes(site),
            *problem_pages.routes(site),
        ]

    @property
    def dumps(self) -> list[str]:
        """Return the paths of the dumps of all the data, compressed, without a slash before them."""
        return self._dumps.paths()

    def frame(self, scope: Scope, contents: Contents) -> str:
        """Return a page of the endpoint with the menu and the look of the site, in the language of the request."""
        return self.site.render(Request(scope), "framed.html", "base", contents=contents)

    async def prepare(self) -> None:
        """Ask what takes long beforehand, so that no visitor waits for it, and begin to make the dumps.

        Queries of pages that are about no one thing are asked one after the other, so that clients find free workers.
        """
        try:
            await search_page.index_of(self.site)
            await prepare_labels(self.site)
            self._dumps.start()
            for stored in (query for queries in self._queries.values() for query in queries):
                if not stored.parameters:
                    await self.site.prefetch([stored.query])
        except KnowledgeGraphError as error:  # the files may have been changed since they were loaded
            _LOG.warning("The search, the dumps or a page cannot be prepared: %s", error)
        await compile_templates(self.site)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request. After a first visit of a page the others are prepared."""
        await self._application(scope, receive, send)
        self._prepared.after(scope)
