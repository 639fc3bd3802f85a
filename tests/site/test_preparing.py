"""Pages that are made beforehand: which, for whom, and that visitors get them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kg.server.service import RESULTS, Ask
from kg.site import Site, linked_data, preparing
from kg.site.linked_data import labels, prepare_labels
from kg.site.preparing import VISITS, PreparedPages, compile_templates

MakeSite = Callable[..., Site]
PAGES = ["", "areas", "quality", "map"]


class Visited:
    """An application of a few pages that says which were made, and prepares the others after a visit."""

    def __init__(self, site: Site) -> None:
        """Take the site."""
        self.made: list[tuple[str, str]] = []

        async def page(request: Request) -> Response:
            self.made.append((request.url.path, site.language_of(request)))
            return site.respond(request, f"{site.base_of(request)} ".encode() * 200, "text/html")

        routes = [Route(f"/{path}", site.answering(page, keep=True), methods=["GET", "POST"]) for path in PAGES]
        self._application = Starlette(routes=[*routes, Route("/id/x", page)])
        self._prepared = PreparedPages(site, self._application, PAGES)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer, then prepare."""
        await self._application(scope, receive, send)
        self._prepared.after(scope)


def visited(
    site: Site, visit: Callable[[httpx.AsyncClient], Awaitable[object]], monkeypatch: pytest.MonkeyPatch
) -> Visited:
    """Return an application after a visit, when all that this began has ended."""
    monkeypatch.setattr(preparing, "PAUSE", 0)
    application = Visited(site)

    async def run() -> None:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(application), base_url="http://testserver"
        ) as client:
            await visit(client)
            await asyncio.gather(*(task for task in asyncio.all_tasks() if task is not asyncio.current_task()))

    asyncio.run(run())
    return application


def test_the_other_pages_are_prepared_after_a_visit(make_site: MakeSite, monkeypatch: pytest.MonkeyPatch) -> None:
    site = make_site()

    async def visit(client: httpx.AsyncClient) -> None:
        await client.get(
            "/areas?lang=en", headers={"accept": "text/html", "cookie": "lang=th", "accept-language": "th"}
        )

    made = visited(site, visit, monkeypatch).made
    assert made[0] == ("/areas", "en")
    assert sorted(made[1:]) == [("/", "en"), ("/", "th"), ("/areas", "th"), ("/map", "en"), ("/map", "th")]


@pytest.mark.parametrize("language", ["th", "en"])
def test_a_visitor_gets_what_was_prepared(make_site: MakeSite, monkeypatch: pytest.MonkeyPatch, language: str) -> None:
    site = make_site()

    async def visit(client: httpx.AsyncClient) -> None:
        await client.get("/")
        await asyncio.gather(*(task for task in asyncio.all_tasks() if task is not asyncio.current_task()))
        number = len(application[0].made)
        asked = await client.get(f"/map?lang={language}", headers={"accept": "text/html, */*;q=0.5"})
        assert asked.text.startswith("http://testserver ")
        assert len(application[0].made) == number

    application: list[Visited] = []
    monkeypatch.setattr(preparing, "PAUSE", 0)
    application.append(Visited(site))

    async def run() -> None:
        transport = httpx.ASGITransport(application[0])
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
            await visit(client)

    asyncio.run(run())


@pytest.mark.parametrize(("method", "path"), [("POST", "/areas"), ("GET", "/id/x"), ("GET", "/nothing")])
def test_what_is_no_visit_of_a_page_prepares_nothing(
    make_site: MakeSite, monkeypatch: pytest.MonkeyPatch, method: str, path: str
) -> None:
    made = visited(make_site(), lambda client: client.request(method, path), monkeypatch).made
    assert len(made) <= 1


def test_pages_are_prepared_for_few_addresses(make_site: MakeSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client can name any host."""

    async def visit(client: httpx.AsyncClient) -> None:
        for number in range(VISITS + 3):
            await client.get("/", headers={"host": f"host{number}.example"})

    made = visited(make_site(), visit, monkeypatch).made
    one_visit = 2 * 3 - 1  # three pages in two languages, the one that was visited is there
    assert len(made) == (VISITS + 3) + VISITS * one_visit


def test_templates_are_compiled(make_site: MakeSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preparing, "PAUSE", 0)
    site = make_site()
    asyncio.run(compile_templates(site))
    assert site.templates.cache is not None
    assert len(site.templates.cache) == len(site.templates.list_templates())


# --- Labels ---


def counted(ask: Ask) -> tuple[Ask, list[str]]:
    """Return who answers as another does, and the queries that it was asked."""
    asked: list[str] = []

    async def answered(query: str, media_type: str, /) -> bytes:
        assert media_type == RESULTS
        asked.append(query)
        return await ask(query, media_type)

    return answered, asked


def test_labels_that_are_known_are_not_asked_for(site: Site, ask: Ask) -> None:
    answered, asked = counted(ask)
    own = Site(site.content, site.summary, {}, answered)
    chiang_mai, khon_kaen = (
        "https://w3id.org/thai-smart-city/id/division/TH-50",
        "https://w3id.org/thai-smart-city/id/division/TH-40",
    )
    nothing = "https://example.org/nothing"
    first = asyncio.run(labels(own, [chiang_mai, nothing]))
    assert first == {chiang_mai: {"th": "เชียงใหม่", "en": "Chiang Mai"}}
    assert asyncio.run(labels(own, [nothing, chiang_mai])) == first
    assert len(asked) == 1
    both = asyncio.run(labels(own, [chiang_mai, khon_kaen]))
    assert set(both) == {chiang_mai, khon_kaen}
    assert chiang_mai not in asked[1]


def test_all_labels_are_looked_up_beforehand(site: Site, ask: Ask) -> None:
    answered, asked = counted(ask)
    own = Site(site.content, site.summary, {}, answered)
    asyncio.run(prepare_labels(own))
    iris = [iri for iri in own.labels if iri.startswith("https://w3id.org/thai-smart-city/id/")]
    assert len(iris) > 500
    assert asyncio.run(labels(own, iris)) == {iri: own.labels[iri] for iri in iris}
    assert len(asked) == 1
    singly = Site(site.content, site.summary, {}, answered)
    assert asyncio.run(labels(singly, iris)) == {iri: own.labels[iri] for iri in iris}


def test_only_so_many_labels_are_kept(site: Site, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    answered, asked = counted(ask)
    monkeypatch.setattr(linked_data, "LABELS", 3)
    own = Site(site.content, site.summary, {}, answered)
    asyncio.run(prepare_labels(own))
    assert (own.labels, asked) == ({}, [])
    iris = [f"https://w3id.org/thai-smart-city/id/division/TH-{number}" for number in range(40, 50)]
    found = asyncio.run(labels(own, iris))
    assert len(found) == 10
    assert len(own.labels) <= 3
