"""Sources on the pages: passages by their offsets, originals, differences by their kind, dates after their basis."""

import re
from collections.abc import Callable
from urllib.parse import urljoin, urlsplit

import pytest
from pyoxigraph import NamedNode
from tests.site.asked import rows, text_in
from tests.site.conftest import Client
from tests.site.well_formed import Page

from kg.namespaces import BASE
from kg.site import Site, home, lists, quality, resources
from kg.site.display import without_scheme
from kg.site.quality import Checked
from kg.store import GraphStore

LANGUAGES = ("th", "en")
EMBLEM = "discrepancy/emblem-to-be-awarded-or-awarded"
PREFIXES = """
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX foaf: <http://xmlns.com/foaf/0.1/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX tsc: <https://w3id.org/thai-smart-city/ontology#>
"""


@pytest.fixture(scope="module")
def client(client_of: Callable[..., Client]) -> Client:
    """A client of the pages of things, the lists, the home page and the quality page, whose checks found nothing."""

    def routes(site: Site) -> list[object]:
        checked = quality.routes(site, lambda: Checked([]))
        return [*home.routes(site), *lists.routes(site), *checked, *resources.routes(site)]

    return client_of(routes)


def html(client: Client, path: str, language: str = "en") -> str:
    """Return the page at a path, which must be there and well formed."""
    response = client.get(path, params={"lang": language}, headers={"accept": "text/html"})
    assert response.status_code == 200
    assert Page(response.text).faults == []
    return response.text


def path_of(iri: str) -> str:
    """Return the path of an IRI of the project."""
    return f"/{iri.removeprefix(BASE)}"


def documents(store: GraphStore) -> list[str]:
    """Return the documents."""
    return [text_in(row, "x") for row in rows(store, f"{PREFIXES} SELECT ?x {{ ?x a tsc:SourceDocument }} ORDER BY ?x")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_passage_of_a_text_has_a_place_on_its_page(store: GraphStore, client: Client, language: str) -> None:
    passages: dict[str, set[str]] = {}
    for row in rows(store, f"{PREFIXES} SELECT DISTINCT ?x {{ ?thing tsc:evidence ?x }}"):
        text, _, fragment = text_in(row, "x").partition("#")
        passages.setdefault(text, set()).add(fragment)
    assert set(passages) == {f"{document}/text" for document in documents(store)}
    for text, fragments in passages.items():
        page = Page(html(client, path_of(text), language))
        assert fragments == {name for name in page.identifiers if name.startswith("char=")}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", ["/areas", "/id/meeting/committee-1-2561", "/id/person/prawit-wongsuwan", "/"])
def test_the_sources_below_a_page_lead_to_the_passages(
    store: GraphStore, client: Client, path: str, language: str
) -> None:
    if "prawit" in path:  # his IRI is that of the register
        query = f'{PREFIXES} SELECT ?x {{ ?x a foaf:Person ; rdfs:label "Prawit Wongsuwan"@en }}'
        (row,) = rows(store, query)
        path = path_of(text_in(row, "x"))
    text = html(client, path, language)
    below = text.partition('id="sources"')[2]
    found = [link for link in Page(text).links if "/text#char=" in link]
    assert found
    for link in found:
        target = urlsplit(urljoin(f"http://testserver{path}", link))
        first, _, last = target.fragment.removeprefix("char=").partition(",")
        if f"{first}–{last}" in below:
            assert target.fragment in Page(html(client, target.path)).identifiers
    shown = {link.partition("#char=")[2].replace(",", "–") for link in found}
    marks = re.findall(r'class="source" [^>]*aria-label="([^"]*)"', text)
    named = {place for label in marks for place in re.findall(r"\b\d+–\d+\b", label)}
    assert named <= shown
    assert named


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_document_says_where_its_original_is(store: GraphStore, client: Client, language: str) -> None:
    pages = {
        text_in(row, "x"): text_in(row, "page")
        for row in rows(store, f"{PREFIXES} SELECT ?x ?page {{ ?x a tsc:SourceDocument ; foaf:page ?page }}")
    }
    sites = {
        text_in(row, "x"): text_in(row, "site")
        for row in rows(store, f"{PREFIXES} SELECT ?x ?site {{ ?x a tsc:SourceDocument ; tsc:siteAsPrinted ?site }}")
    }
    assert pages
    assert sites
    unknown = {"th": "ไม่ทราบที่อยู่ของต้นฉบับ", "en": "No address"}[language]
    for document in documents(store):
        for path in (path_of(document), f"{path_of(document)}/text"):
            text = html(client, path, language)
            if document in pages:
                assert f'<a href="{pages[document]}" rel="external">{without_scheme(pages[document])}</a>' in text
            elif document in sites:
                assert f'<a href="https://{sites[document]}/" rel="external">{sites[document]}</a>' in text
            assert (unknown in text) is (document not in {*pages, *sites}), path


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "path",
    [
        "/id/source/cioworldmagazine-2021-05-08-bangkok-smart-metropolis",
        "/id/designation/bangkok-2021-awarded-samyan",
        "/quality",
    ],
)
def test_a_contradiction_about_several_areas_has_two_sides(client: Client, path: str, language: str) -> None:
    text = html(client, path, language)
    sides = re.findall(r'<ul class="differs">(.*?)</ul>', text, re.DOTALL)
    assert len(sides) == 1  # all others are no contradictions
    assert sides[0].count("<li>") == 2
    assert text.count(f'{EMBLEM}">≠') == 1


def test_differences_are_counted_and_named_by_kind(store: GraphStore, client: Client) -> None:
    query = 'SELECT ?x ?kind ?name { ?x tsc:discrepancyKind ?kind . ?kind rdfs:label ?name FILTER(LANG(?name) = "en") }'
    found = rows(store, PREFIXES + query)
    kinds = {text_in(row, "x"): (text_in(row, "kind"), text_in(row, "name")) for row in found}
    conflicts = [iri for iri, (kind, _) in kinds.items() if kind.endswith("/contradiction")]
    tiles = Page(html(client, "/")).text
    assert f"{len(conflicts)} contradiction" in tiles
    assert f"{len(kinds) - len(conflicts)} other difference" in tiles
    shown = html(client, "/quality")
    for iri, (_, name) in kinds.items():
        words = re.findall(rf'<a class="quiet small" href="[^"]*{path_of(iri)}">([^<]*)</a>', shown)
        assert words == (["≠ stated differently"] if iri in conflicts else [f"compare: {name.lower()}"])


@pytest.mark.parametrize(
    ("language", "words"), [("th", "ในวันที่หรือก่อน 26 กรกฎาคม 2566"), ("en", "on or before 26 July 2023")]
)
def test_the_basis_of_a_date_stands_before_it(client: Client, language: str, words: str) -> None:
    text = html(client, "/areas", language)
    assert words in Page(text).text
    assert re.search(r'class="basis basis-on-or-before">.*?</span></span>\s*<time', text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_number_on_top_tells_how_it_is_said(store: GraphStore, client: Client, language: str) -> None:
    text = html(client, "/", language)
    on_top = text.partition('class="tiles"')[2].partition("</ul>")[0]
    assert on_top.count('class="said"') == on_top.count('class="tile"') > 2
    query = f'SELECT DISTINCT ?name {{ ?x tsc:quantityStatus/rdfs:label ?name FILTER(LANG(?name) = "{language}") }}'
    statuses = {text_in(row, "name") for row in rows(store, PREFIXES + query)}
    said = re.findall(r'class="said"><a[^>]*>([^<]*)</a>', on_top)
    assert len(said) == len(set(said)) > 1
    assert set(said) <= statuses


@pytest.mark.parametrize("language", LANGUAGES)
def test_areas_tell_what_their_province_was_before(store: GraphStore, client: Client, language: str) -> None:
    query = """
      SELECT ?area ?designation {
        ?area a tsc:SmartCityArea ; tsc:isInProvince ?province .
        ?designation tsc:entryFor ?province ; tsc:hasStatus ?status
      }
    """
    found = rows(store, PREFIXES + query)
    assert found
    text = html(client, "/areas", language)
    for row in found:
        assert f'{path_of(text_in(row, "designation"))}"' in text
        assert "smart-city-area-of-its-province" in html(client, path_of(text_in(row, "area")), language)
    assert all(isinstance(row["area"], NamedNode) for row in found)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("http://example.org/news/9739", "example.org/news/9739"),
        ("https://example.org/", "example.org"),
        ("urn:x:http://y", "urn:x:http://y"),
    ],
)
def test_addresses_are_written_without_their_scheme(address: str, expected: str) -> None:
    assert without_scheme(address) == expected
