"""Each page in both languages: it answers, is well formed, shows what the stored answers hold, and leads somewhere."""

import asyncio
import re
from collections.abc import Callable
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
from starlette.applications import Starlette
from tests.site.conftest import Client
from tests.site.well_formed import Page

from kg.namespaces import BASE
from kg.site import (
    Site,
    catalogue,
    chart_pages,
    home,
    lists,
    ontology_page,
    progress,
    quality,
    resources,
    site_map,
    static_files,
    static_pages,
)
from kg.site.dumps import Dumps
from kg.site.lists import Lists
from kg.site.quality import Checked
from kg.site.static_pages import Citation

LANGUAGES = ("th", "en")
PAGES = ("", "about", "cite", "downloads", "progress", "quality", "ontology")
OF_OTHERS = ("/rules", "/problem", "/query", "/queries", "/search", "/sparql", "/suggest")
"""Addresses that are answered by parts with tests of their own."""


@pytest.fixture(scope="module")
def application(site: Site) -> Starlette:
    """All parts that these pages lead to."""
    dumps = Dumps(site)
    parts = (
        home.routes(site),
        lists.routes(site),
        quality.routes(site, lambda: Checked([])),
        progress.routes(site),
        static_pages.routes(site, dumps),
        resources.routes(site, ontology_page.pages(site)),
        catalogue.routes(site, dumps),
        chart_pages.routes(site),
        site_map.routes(site),
        static_files.routes(site),
    )
    return Starlette(routes=[route for part in parts for route in part])


@pytest.fixture(scope="module")
def client(application: Starlette) -> Client:
    """A client of the pages."""
    return Client(application)


def shown(client: Client, path: str, language: str) -> Page:
    """Return the page at a path, which must be there and well formed."""
    response = client.get(path, params={"lang": language}, headers={"accept": "text/html"})
    assert response.status_code == 200, (path, response.text[:300])
    assert response.headers["content-language"] == language
    assert "default-src 'none'" in response.headers["content-security-policy"]
    page = Page(response.text)
    assert page.faults == []
    assert not re.search(r"\bNone\b|\bUndefined\b", page.text)
    return page


def address(iri: str) -> str:
    """Return the path of an IRI of the project."""
    return f"/{iri.removeprefix(BASE)}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_and_lists(client: Client, site: Site, language: str) -> None:
    names = [*PAGES, *Lists(site).queries]
    assert {"areas", "provinces", "meetings", "people", "organizations", "committees"} <= set(names)
    assert {"pillars", "dimensions", "phases", "sources"} <= set(names)
    for name in names:
        page = shown(client, f"/{name}", language)
        assert len(page.text) > 300, name


def test_texts_have_the_same_keys(site: Site) -> None:
    def keys(texts: object, before: str = "") -> set[str]:
        if isinstance(texts, dict):
            return {key for name, value in texts.items() for key in keys(value, f"{before}.{name}")}
        if isinstance(texts, list):
            return {f"{before}[{len(texts)}]"}
        return {before}

    assert keys(site.texts["th"]) == keys(site.texts["en"])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("stored", "subject", "columns"),
    [
        ("statuses-of-areas", "area", ("area", "status")),
        ("chairs-of-all-meetings", "meeting", ("body", "chair", "post")),
        ("chairs-of-all-meetings", "chair", ("body", "post")),
        ("where-documents-differ", "discrepancy", ("discrepancy", "kind")),
    ],
)
def test_the_page_of_a_thing_says_what_the_stored_answer_says(
    client: Client,
    answer: Callable[[str], list[dict[str, str]]],
    stored: str,
    subject: str,
    columns: tuple[str, ...],
    language: str,
) -> None:
    rows = [row for row in answer(stored) if row[subject].startswith(BASE)]
    assert rows
    for row in rows:
        text = shown(client, address(row[subject]), language).text
        for column in columns:
            assert row[f"{column}_{language}"] in text, (row[subject], column)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("path", "stored", "columns"),
    [
        ("/areas", "statuses-of-areas", ("area", "status")),
        ("/people", "holders-of-posts-over-time", ("person", "post")),
        ("/phases", "phases-of-the-plan", ("phase",)),
        ("/provinces", "network-members-and-nominees", ("division", "kind")),
        ("/provinces", "pilot-provinces", ("division",)),
        ("/quality", "where-documents-differ", ("discrepancy",)),
        ("/", "totals-of-certified-areas", ()),
    ],
)
def test_pages_show_the_stored_answers(
    client: Client,
    answer: Callable[[str], list[dict[str, str]]],
    path: str,
    stored: str,
    columns: tuple[str, ...],
    language: str,
) -> None:
    text = shown(client, path, language).text
    for row in answer(stored):
        for column in columns:
            assert row[f"{column}_{language}"] in text, row


@pytest.mark.parametrize("language", LANGUAGES)
def test_home_sets_what_is_documented_beside_what_is_reported(
    client: Client, answer: Callable[[str], list[dict[str, str]]], language: str
) -> None:
    page = shown(client, "/", language)
    documented = {row["area"] for row in answer("statuses-of-areas")}
    (reported,) = [row for row in answer("totals-of-certified-areas") if row["unit_en"] == "Area"]
    text = page.text
    assert re.search(rf"\b{len(documented)} ?\D", text)
    assert f"{reported['value']} {reported[f'quantity_{language}']}" in text
    assert len([link for link in page.links if "queries/" in link]) == home.EXAMPLES


def test_each_link_answers(client: Client, application: Starlette, site: Site) -> None:
    begin = ["/", *(f"/{name}" for name in PAGES if name), *(f"/{name}" for name in Lists(site).queries)]
    things = ["/id/division/TH-50", "/id/meeting/committee-1-2561", "/id/person/prajin-janntong", "/id/network/ascn"]
    targets: dict[str, tuple[str, str]] = {}
    fragments: dict[str, set[str]] = {}
    for path in (*begin, *things):
        page = Page(client.get(path, headers={"accept": "text/html"}).text)
        fragments[path] = set(page.identifiers)
        for link in page.links:
            target = urlsplit(urljoin(f"http://testserver{path}", link))
            if target.netloc == "testserver" and not target.path.startswith(OF_OTHERS):
                targets.setdefault(f"{target.path}?{target.query}", (path, target.fragment))
                if target.path in fragments and target.fragment:
                    assert target.fragment in fragments[target.path], (path, link)

    async def statuses() -> dict[str, int]:
        transport = httpx.ASGITransport(application)
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as session:
            found = {}
            for target in targets:
                response = await session.get(target, headers={"accept": "text/html, */*;q=0.5"})
                found[target] = response.status_code
            return found

    assert len(targets) > 300
    assert {
        target: (status, targets[target][0]) for target, status in asyncio.run(statuses()).items() if status != 200
    } == {}


@pytest.mark.parametrize(
    ("language", "apa"),
    [
        ("en", "Makers. (2026). Data (Version 1.2) [Data set]. https://example.org/"),
        ("th", "Makers. (2569). Data (รุ่น 1.2) [ชุดข้อมูล]. https://example.org/"),
    ],
)
def test_citations(language: str, apa: str) -> None:
    whole = Citation("Makers", "2026", "Data", "1.2", "https://example.org/")
    assert whole.apa(language) == apa
    part = Citation("Makers & Co", "2026", "Data", "", "https://example.org/x", "A thing")
    assert "A thing. " in part.apa(language)
    assert "Data [" in part.apa(language)
    assert part.bibtex().splitlines()[1:3] == ["  author = {{Makers \\& Co}},", "  title = {{A thing. Data}},"]
    assert "version" not in part.bibtex()


@pytest.mark.parametrize(
    ("of", "fragment"),
    [
        ("id/meeting/committee-1-2561", f"{BASE}id/meeting/committee-1-2561"),
        ("id/meeting/nothing-of-this-name", "id/meeting/nothing-of-this-name"),
        ('id/<x> "', 'id/<x> "'),
    ],
)
def test_cite_a_part(client: Client, of: str, fragment: str) -> None:
    response = client.get("/cite", params={"of": of, "lang": "en"})
    assert response.status_code == 200
    page = Page(response.text)
    assert page.faults == []
    assert fragment in page.text
    assert f"{BASE}id/meeting/nothing" not in page.text


def test_downloads_give_checksums(client: Client) -> None:
    page = shown(client, "/downloads", "en")
    html = client.get("/downloads?lang=en").text
    sums = client.get(next(link for link in page.links if link.endswith("SHA256SUMS")).removeprefix("."))
    listed = re.findall("<code>([0-9a-f]{64})</code>", html)
    assert listed
    for digest in listed:
        assert digest in sums.text
