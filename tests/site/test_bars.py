"""Bars with open ends: what rows say, what is drawn of it, and the pages that show it."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from pyoxigraph import Literal, NamedNode
from tests.site.conftest import Client
from tests.site.test_charts import SVG, day, labelled, link, parsed
from tests.site.well_formed import Page

from kg.namespaces import ID
from kg.site import Site, resources
from kg.site.charts.bars import WIDTH, Group, bars_of, bars_svg, in_words
from kg.site.charts.drawing import width
from kg.site.display import text_of
from kg.site.figures import figure
from kg.site.parameters import bound, page_queries

WORDS = {
    "description": "a drawing",
    "as_of": "as of",
    "begins": "began {day}",
    "ends": "ended {day}",
    "begins_open": "beginning not stated",
    "ends_open": "end not stated",
    "none": "no name",
}


def row(
    item: str | None, date: str | None = None, basis: str = "stated", group: str = "", **more: Any
) -> dict[str, Any]:
    """A row: who holds a post as of a date, and in which group it stands."""
    found: dict[str, Any] = dict(more)
    if item is not None:
        found |= labelled("item", f"{ID}person/{item}", f"{item} ไทย", item)
    if date is not None:
        found |= {"day": day(date), **labelled("day_basis", f"{ID}basis/{basis}", basis, basis)}
    if group:
        found |= labelled("group", f"{ID}post/{group}", f"{group} ไทย", group)
    return found


def told(groups: list[Group]) -> list[str]:
    """What the bars of groups say, in words."""
    return [in_words(bar, WORDS) for group in groups for bar in group.bars]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], []),
        ([row("a")], []),
        ([row("a", "soon")], []),
        ([row("a", "2018-01-31")], ["a: 31 January 2018 (stated); beginning not stated; end not stated"]),
        (
            [row("a", "2021-05-08", "on-or-before"), row("a", "2018-01-31"), row("a", "2018-01-31")],
            ["a: 31 January 2018 (stated); 8 May 2021 (on-or-before); beginning not stated; end not stated"],
        ),
        (
            [row("a", "2018", begins=day("2017-02-03"))],
            ["a: 2018 (stated); began 3 February 2017; end not stated"],
        ),
        (
            [row("a", begins=day("2017"), ends=day("2019")), row("a", "2018-01-31")],
            ["a: 31 January 2018 (stated); began 2017; ended 2019"],
        ),
        (
            [row("b", "2021-05-08"), row("a", "2020-05-13"), row("b", "2019-01-01")],
            [
                "b: 1 January 2019 (stated); 8 May 2021 (stated); beginning not stated; end not stated",
                "a: 13 May 2020 (stated); beginning not stated; end not stated",
            ],
        ),
        ([{"item": Literal("a text"), "day": day("2020")}], ["a text: 2020; beginning not stated; end not stated"]),
    ],
)
def test_what_rows_say(rows: list[dict[str, Any]], expected: list[str]) -> None:
    assert told(bars_of(rows, "en")) == expected


def test_groups_keep_their_order_and_those_without_anybody() -> None:
    found = bars_of([row("a", "2020-05-13", group="z"), row(None, group="y"), row("b", "2018-01-31", group="z")], "th")
    assert [(group.name, [bar.name for bar in group.bars]) for group in found] == [
        ("z ไทย", ["b ไทย", "a ไทย"]),
        ("y ไทย", []),
    ]


@pytest.mark.parametrize(
    ("rows", "classes"),
    [
        ([row("a", "2018-01-31")], ["open", "open", "certain"]),
        ([row("a", "2018-01-31", "year-inferred")], ["open", "open", "uncertain"]),
        (
            [row("a", "2018-01-31"), row("a", "2021-05-08", "on-or-before")],
            ["open", "open", "held", "certain", "uncertain"],
        ),
        ([row("a", "2018-01-31", begins=day("2017-01-01"))], ["closed", "open", "held", "certain"]),
        ([row("a", "2018-01-31", ends=day("2019"))], ["open", "closed", "held", "certain"]),
        ([row("a", begins=day("2017"), ends=day("2019"))], ["closed", "closed", "held"]),
    ],
)
def test_ends_are_open_unless_stated(rows: list[dict[str, Any]], classes: list[str]) -> None:
    root = parsed(bars_svg(bars_of(rows, "en"), link, WORDS, "A title", "en"))
    (drawn,) = [node for node in root.findall(f"{SVG}g") if node.get("aria-hidden") is None]
    assert [node.get("class") for node in drawn if node.get("class")] == classes
    assert drawn.findtext(f"{SVG}title") == told(bars_of(rows, "en"))[0]


def test_a_bar_reaches_from_the_first_date_to_the_last() -> None:
    """The drawing is of 2018 to 2021: four years, of 1461 days."""
    rows = [row("a", "2018-01-01"), row("a", "2021-12-31")]
    root = parsed(bars_svg(bars_of(rows, "en"), link, WORDS, "A title", "en"))
    (bar,) = root.iter(f"{SVG}rect")
    first, last = (float(node.get("cx", "")) for node in root.iter(f"{SVG}circle"))
    assert float(bar.get("x", "")) == first
    assert float(bar.get("width", "")) == pytest.approx(last - first, abs=0.02)
    assert last - first == pytest.approx((WIDTH - 68) * 1460 / 1461, abs=0.02)


def test_names_are_links_and_what_has_none_says_so() -> None:
    rows = [row("a", "2020-05-13", group="z"), row(None, group="y"), {"item": Literal("text"), "day": day("2020")}]
    root = parsed(bars_svg(bars_of(rows, "en"), link, WORDS, "A title", "en"))
    assert [node.get("href") for node in root.iter(f"{SVG}a")] == ["/z", "/a", "/y"]
    texts = [text for node in root.iter(f"{SVG}text") for text in node.itertext()]
    assert texts == ["2020", "z", "a", " · as of 13 May 2020", "y", "no name", "text", " · as of 2020"]


def test_years_are_of_the_era_of_the_language() -> None:
    rows = [row("a", "2018-01-31")]
    assert ">2561<" in bars_svg(bars_of(rows, "th"), link, WORDS, "A title", "th")
    assert ">2018<" in bars_svg(bars_of(rows, "en"), link, WORDS, "A title", "en")


def test_many_years_are_not_all_written() -> None:
    rows = [row("a", "1900-01-01"), row("a", "2020-01-01")]
    svg = bars_svg(bars_of(rows, "en"), link, WORDS, "A title", "en")
    assert 6 <= svg.count('class="quiet small"') <= 12


def test_nothing_dated_is_no_drawing() -> None:
    assert bars_svg(bars_of([row("a"), row(None, group="z")], "en"), link, WORDS, "A title", "en") == ""


@pytest.mark.parametrize("language", ["th", "en"])
def test_long_names_are_cut_to_the_width(site: Site, language: str) -> None:
    rows = [{**row("a", "2020-05-13"), "item_th": Literal("ก" * 200), "item_en": Literal("x" * 200)}]
    root = parsed(bars_svg(bars_of(rows, language), link, WORDS, "A title", language))
    (text,) = [node for node in root.iter(f"{SVG}text") if "…" in "".join(node.itertext())]
    assert width("".join(text.itertext()), 13) <= WIDTH
    shown = figure("bars", rows, [], link, site.texts[language], "A title", language, "x")
    assert shown.is_wide
    assert len(shown.legend) == 2, "one dot, and open ends"


# --- Pages ---

HOLDINGS = """
PREFIX org: <http://www.w3.org/ns/org#>
PREFIX tsc: <https://w3id.org/thai-smart-city/ontology#>
SELECT DISTINCT ?person ?post ?body {
  ?x org:member ?person ; tsc:holdsPost ?post .
  OPTIONAL { ?post org:postIn ?body }
}
"""


@pytest.fixture(scope="module")
def client(client_of: Callable[..., Client]) -> Client:
    """A client of the pages of resources."""
    return client_of(resources.routes)


@pytest.fixture(scope="module")
def pages(site: Site) -> set[str]:
    """The paths of all persons, posts and bodies of which a document says who holds what."""
    found = asyncio.run(site.rows(HOLDINGS))
    return {value.value.removeprefix(ID) for row in found for value in row.values() if isinstance(value, NamedNode)}


@pytest.mark.parametrize("language", ["th", "en"])
def test_each_person_post_and_body_has_its_bars(client: Client, site: Site, pages: set[str], language: str) -> None:
    assert len(pages) > 20
    for path in sorted(pages):
        text = client.get(f"/id/{path}?lang={language}", headers={"accept": "text/html"}).text
        assert Page(text).faults == [], path
        drawing, _, below = text.partition('class="chart bars"')[2].partition("</svg>")
        assert 'class="open"' in drawing, path
        assert site.texts[language]["bars"]["ends_open"] in drawing, path
        assert "<table>" in below.partition("<h2")[0], path


def test_a_post_stands_once_on_the_page_of_a_person(client: Client, site: Site) -> None:
    (query,) = [query for query in page_queries(site.content)["person"] if query.name == "10-posts"]
    for person in ("prajin-janntong", "nattapon-nimmanphatcharin"):
        rows = asyncio.run(site.rows(bound(query.query, subject=f"{ID}person/{person}")))
        posts = {row["item"].value.removeprefix(ID) for row in rows if isinstance(row["item"], NamedNode)}
        assert len(rows) > len(posts)
        text = client.get(f"/id/person/{person}?lang=en", headers={"accept": "text/html"}).text
        table = text.partition('id="person-posts"')[2].partition("<table>")[2].partition("</table>")[0]
        for post in posts:
            assert table.count(f'id/{post}"') == 1
        for row in rows:
            assert text_of(row["title_printed"]) in table
