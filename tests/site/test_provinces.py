"""The pages of provinces and the map: what they say of a province that no document names, and of one that some name."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from tests.site.asked import rows, text_in
from tests.site.conftest import Client

from kg.namespaces import ID
from kg.site import Site, chart_pages, home, lists, resources
from kg.site.chart_pages import MAP, layer_name
from kg.site.display import in_language
from kg.site.lists import sort_key
from kg.site.parameters import page_queries
from kg.store import GraphStore

PREFIXES = """
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX tsc: <https://w3id.org/thai-smart-city/ontology#>
"""

NAMED = """
SELECT ?division (COUNT(DISTINCT ?graph) AS ?number) {
  ?division a tsc:Division .
  ?graph a tsc:SourceGraph .
  GRAPH ?graph { { ?division ?of ?value } UNION { ?thing ?to ?division } }
}
GROUP BY ?division
"""

UNPLACED = "SELECT ?area { ?area a tsc:SmartCityArea FILTER NOT EXISTS { ?area tsc:isInProvince ?division } }"
LAYERS = ("documents", "areas", "pilot", "network", "phases")


@pytest.fixture(scope="module")
def client(client_of: Callable[..., Client]) -> Client:
    """A client of the pages of resources."""
    return client_of(resources.routes)


@pytest.fixture(scope="module")
def named(store: GraphStore) -> dict[str, int]:
    """How many documents name each division that any of them names, by IRI."""
    return {text_in(row, "division"): int(text_in(row, "number")) for row in rows(store, PREFIXES + NAMED)}


def main_of(client: Client, address: str, language: str) -> str:
    """The main part of a page."""
    response = client.get(in_language(address, language), headers={"accept": "text/html"})
    assert response.status_code == 200
    return response.text.partition("<main")[2].partition("</main>")[0]


def text_of(html: str) -> str:
    """What is read of a piece of HTML."""
    return " ".join(unescape(re.sub(r"<[^>]+>", "", html)).split())


def section_of(page: str, identifier: str) -> str:
    """The section with a heading of this identifier, or nothing."""
    found = re.search(rf'<section aria-labelledby="{identifier}">.*?</section>', page, re.DOTALL)
    return found[0] if found else ""


@pytest.mark.parametrize(
    ("code", "thai", "english"),
    [
        (
            "TH-37",
            "เอกสารทั้ง 5 ฉบับไม่ได้กล่าวถึงจังหวัดอำนาจเจริญ แต่ไม่ได้แปลว่าที่นั่นไม่มีอะไรเกิดขึ้น",
            "None of the 5 documents names the province of Amnat Charoen. That does not mean that nothing happened",
        ),
        ("TH-52", "เอกสาร 1 จาก 5 ฉบับกล่าวถึงจังหวัดลำปาง", "1 of the 5 documents names the province of Lampang."),
        ("TH-40", "เอกสาร 3 จาก 5 ฉบับกล่าวถึงจังหวัดขอนแก่น", "3 of the 5 documents name the province of Khon Kaen."),
        ("TH-10", "เอกสารทั้ง 5 ฉบับกล่าวถึงกรุงเทพมหานคร", "All 5 documents name Bangkok."),
    ],
)
@pytest.mark.parametrize("language", ["th", "en"])
def test_a_province_begins_with_how_many_documents_name_it(
    client: Client, named: dict[str, int], code: str, thai: str, english: str, language: str
) -> None:
    page = main_of(client, f"/id/division/{code}", language)
    (note,) = re.findall(r'<p class="lede" id="division-named">(.*?)</p>', page, re.DOTALL)
    assert {"th": thai, "en": english}[language] in text_of(note)
    assert len(re.findall('class="source"', note)) == named.get(f"{ID}division/{code}", 0)
    assert "<section" not in page.partition(note)[0]


@pytest.mark.parametrize(
    ("code", "areas"),
    [
        ("TH-40", ["khon-kaen"]),
        ("TH-83", ["phuket"]),
        ("TH-42", []),  # เลย is in วังจันทร์วัลเลย์
        ("TH-52", []),  # ลำปางเมืองอัจฉริยะ is said to be in its province
        ("TH-37", []),
    ],
)
def test_areas_of_the_same_name_stand_on_the_page_as_such(client: Client, code: str, areas: list[str]) -> None:
    found = section_of(main_of(client, f"/id/division/{code}", "en"), "division-same-name")
    assert sorted(set(re.findall(r"/id/smart-city-area/([a-z-]+)", found))) == areas
    if areas:
        assert "the name alone" in text_of(found)
        assert "Approved for the emblem" in text_of(found)
        assert "8 May 2021" in text_of(found)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (
            "TH-10",
            ["Report: progress of Bangkok, at the Phahonyothin Transport Centre", "8 May 2021 Discussion between"],
        ),
        ("TH-83", ["13 May 2020 Report: progress of Phuket"]),
        (
            "TH-40",
            ["Named in the plan for year 1 (2018)", "Nominated for membership of the ASEAN Smart Cities Network"],
        ),
        ("TH-50", ["Covered by the progress report of the Digital Economy Promotion Agency, 2018"]),
        ("TH-52", ["Lampang Smart City"]),
    ],
)
def test_events_say_what_they_are(client: Client, code: str, expected: list[str]) -> None:
    found = text_of(section_of(main_of(client, f"/id/division/{code}", "en"), "division-events"))
    for text in expected:
        assert text in found


def test_what_is_technical_is_folded_and_comes_last(client: Client) -> None:
    page = main_of(client, "/id/division/TH-40", "en")
    sections = re.findall(r'<section aria-labelledby="([^"]+)">\s*(<details>)?', page)
    of_the_thing = [(name, bool(details)) for name, details in sections if name.startswith(("division-", "thing-"))]
    assert [folded for _, folded in of_the_thing] == sorted(folded for _, folded in of_the_thing)
    assert {name for name, folded in of_the_thing if folded} == {"division-identity", "thing-as-printed"}
    assert "thing-in-lists" not in dict(of_the_thing)
    identity = text_of(section_of(page, "division-identity"))
    for word in ("Also called", "Code (ISO 3166-2) TH-40", "Code (TIS 1099) 40", "Wikidata", "GeoNames"):
        assert word in identity
    assert not re.search(r"notation|alternative label|same as", text_of(page))


def test_the_key_to_sort_by_is_for_programs(client: Client) -> None:
    key = "ขอนกแน 00002"
    assert key in client.get("/id/division/TH-40.ttl").text
    for language in ("th", "en"):
        assert key not in main_of(client, "/id/division/TH-40", language)


# --- The map ---


@pytest.mark.parametrize("language", ["th", "en"])
@pytest.mark.parametrize("layer", LAYERS)
def test_each_layer_says_what_its_hatching_means(
    client_of: Callable[..., Client], site: Site, layer: str, language: str
) -> None:
    words = site.texts[language][MAP]
    own = words["of_layer"][layer]
    assert own["none"] != words["none"]
    page = main_of(client_of(chart_pages.routes), f"/map?layer={layer}", language)
    drawing = page.partition("</svg>")[0]
    assert f": {own['none']}</title>" in drawing
    assert own["hatched"] in page
    hatched = page.rpartition("<details>")[2]
    assert own["without"] in hatched
    names = re.findall(r'<li><a href="[^"]*/id/division/[^"]*">([^<]*)</a>', hatched)
    assert names == sorted(names, key=lambda name: sort_key(name, language))
    provinces = re.findall(r'<th scope="row"><a[^>]*>([^<]*)</a>', page)
    assert provinces == sorted(provinces, key=lambda name: sort_key(name, language))
    assert len(set(names) | set(provinces)) == 77
    assert not set(names) & set(provinces)


def test_the_texts_are_of_layers_that_there_are(site: Site) -> None:
    layers = [layer_name(query) for query in page_queries(site.content)[MAP] if query.view == MAP]
    assert layers == list(LAYERS)
    for language in ("th", "en"):
        assert set(site.texts[language][MAP]["of_layer"]) == set(LAYERS)


def test_home_and_lists_agree_on_which_provinces_are_named(
    client_of: Callable[..., Client], site: Site, store: GraphStore, named: dict[str, int]
) -> None:
    page = main_of(client_of(home.routes), "/", "en")
    drawing = re.search(r'<svg [^>]*class="chart map".*?</svg>', page, re.DOTALL)
    assert drawing is not None
    links = re.findall(r'<a href="[^"]*/id/(division/TH-\d+)" aria-label="([^"]*)"', drawing[0])
    said = {f"{ID}{path}": label.partition(": ")[2] for path, label in links}
    assert len(said) == 77
    assert {iri: int(words.rpartition(" ")[2]) for iri, words in said.items() if ":" in words} == named
    assert {words for iri, words in said.items() if iri not in named} == {"no document names it"}
    for code in ("TH-10", "TH-40", "TH-83"):
        assert f"{ID}division/{code}" in named
    unnamed = client_of(lists.routes).get("/provinces.json?role=none").json()["things"]
    assert unnamed == 77 - len(named)
    for row in rows(store, PREFIXES + UNPLACED):
        assert f"/id/{text_in(row, 'area').removeprefix(ID)}" in page.partition("Without a province")[2]
