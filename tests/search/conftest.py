"""What the tests of the search share: the index over the names of the repository, and a client of its pages."""

import asyncio
from collections.abc import Callable

import httpx
import pytest
from starlette.applications import Starlette

from kg.cli.solutions import search_index
from kg.content import Content
from kg.media import negotiated
from kg.questions import stored_queries
from kg.results import formats_of, serialise
from kg.search import SearchIndex
from kg.site import Site
from kg.site.search_page import routes
from kg.store import GraphStore, evaluate, load_content

Get = Callable[..., httpx.Response]


@pytest.fixture(scope="session")
def store(content: Content) -> GraphStore:
    """The ontology and the data of the repository, loaded."""
    return load_content(content)


@pytest.fixture(scope="session")
def index(content: Content, store: GraphStore) -> SearchIndex:
    """The index over the names of the repository."""
    return search_index(content, store)


@pytest.fixture(scope="session")
def site(content: Content, store: GraphStore) -> Site:
    """The site of the repository, which asks in this process."""

    async def ask(query: str, media_type: str, /) -> bytes:
        result = evaluate(store, query)
        form = negotiated(media_type, formats_of(result))
        assert form is not None
        return serialise(result, form, store.prefixes)

    return Site(content, store.summary, stored_queries(content), ask)


@pytest.fixture(scope="session")
def request_of(site: Site) -> Get:
    """Sends a request to the pages of the search: `request_of(method, path, …)`."""
    application = Starlette(routes=routes(site))

    def send(method: str, path: str, **more: object) -> httpx.Response:
        async def answer() -> httpx.Response:
            transport = httpx.ASGITransport(application)
            async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
                return await client.request(method, path, **more)  # type: ignore[arg-type]

        return asyncio.run(answer())

    return send
