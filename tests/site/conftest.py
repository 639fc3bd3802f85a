"""What the tests of the site share: the data, a site over them that asks in process, and its application."""

import csv
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import BaseRoute

from kg.content import Content
from kg.media import negotiated
from kg.questions import stored_queries
from kg.results import formats_of, serialise
from kg.server.service import Ask
from kg.site import Site
from kg.store import GraphStore, evaluate, load_content

Routes = Callable[[Site], list[BaseRoute]]


@pytest.fixture(scope="session")
def store(content: Content) -> GraphStore:
    """The ontology and the data of the repository, loaded."""
    return load_content(content)


@pytest.fixture(scope="session")
def ask(store: GraphStore) -> Ask:
    """Who evaluates a query in this process, as a worker does in its own."""

    async def evaluated(query: str, media_type: str) -> bytes:
        result = evaluate(store, query)
        form = negotiated(media_type, formats_of(result))
        assert form is not None
        return serialise(result, form, store.prefixes)

    return evaluated


@pytest.fixture(scope="session")
def site(content: Content, store: GraphStore, ask: Ask) -> Site:
    """The site of the data of the repository."""
    return Site(content, store.summary, stored_queries(content), ask)


@pytest.fixture(scope="session")
def make_site(content: Content, store: GraphStore, ask: Ask) -> Callable[..., Site]:
    """A site as `site`, with another `public_url` or another trust in proxies."""

    def make(**settings: Any) -> Site:
        return Site(content, store.summary, stored_queries(content), ask, **settings)

    return make


@pytest.fixture(scope="session")
def answer(content: Content) -> Callable[[str], list[dict[str, str]]]:
    """The stored answer of a stored query, as rows of column to text."""

    def read(name: str) -> list[dict[str, str]]:
        with (content.root / "queries" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    return read


class Client:
    """A client of an application in this process; each request runs in an event loop of its own."""

    def __init__(self, application: Starlette, base: str = "http://testserver") -> None:
        """Take the application, and the address at which it believes to be."""
        self._application = application
        self._base = base

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Send a request and return the response, redirects not followed."""
        import asyncio  # noqa: PLC0415

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(self._application)
            async with httpx.AsyncClient(transport=transport, base_url=self._base) as client:
                return await client.request(method, path, **more)

        return asyncio.run(send())

    def get(self, path: str, **more: Any) -> httpx.Response:
        """Send a GET request."""
        return self.request("GET", path, **more)


@pytest.fixture(scope="session")
def client_of(site: Site) -> Callable[..., Client]:
    """A client of the routes of some parts: `client_of(resources.routes, catalogue.routes)`.

    Each keeps responses of its own: the routes of another may answer the same address with another page.
    """

    def make(*parts: Routes, of: Site = site) -> Client:
        own = replace(of, ask=of.answers)
        return Client(Starlette(routes=[route for part in parts for route in part(own)]))

    return make
