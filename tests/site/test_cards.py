"""Tables that are cards on a narrow screen: each cell has the heading of its column with it."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from tests.site.conftest import Client

from kg.site import Site, chart_pages, lists, progress, resources


@pytest.fixture(scope="module")
def client(client_of: Callable[..., Client], make_site: Callable[..., Site]) -> Client:
    """A client of pages with tables of all kinds."""
    parts = (lists.routes, progress.routes, chart_pages.routes, resources.routes)
    return client_of(lambda site: [route for part in parts for route in part(site)], of=make_site())


def tables(html: str) -> list[tuple[bool, list[str], list[str]]]:
    """The tables of a page: whether it becomes cards, its headings, and the rows of its body."""
    found = []
    for classes, table in re.findall(r'<div class="(table-scroll[^"]*)"[^>]*>\s*<table>(.*?)</table>', html, re.DOTALL):
        head, _, body = table.partition("</thead>")
        headings = [re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<th [^>]*>(.*?)</th>", head, re.DOTALL)]
        found.append(("as-cards" in classes.split(), headings, re.findall(r"<tr(?: [^>]*)?>.*?</tr>", body, re.DOTALL)))
    return found


@pytest.mark.parametrize("language", ["th", "en"])
@pytest.mark.parametrize("path", ["/areas", "/people", "/sources", "/progress", "/network", "/id/division/TH-40"])
def test_each_cell_has_its_heading(client: Client, path: str, language: str) -> None:
    cards = [
        (headings, rows) for is_cards, headings, rows in tables(client.get(f"{path}?lang={language}").text) if is_cards
    ]
    assert cards
    for headings, rows in cards:
        for row in rows:
            if 'class="group"' in row:
                continue
            cells = re.findall(r"<t[dh][^>]*>", row)
            labels = [unescape(label) for label in re.findall(r'<td data-label="([^"]*)"', row)]
            begins = ' class="more"' not in row
            assert len(cells) - len(labels) <= begins, row  # the first cell is the title of the card
            places = [headings.index(label) for label in labels]
            assert places == sorted(places)


@pytest.mark.parametrize("language", ["th", "en"])
def test_a_row_goes_on_with_the_card_above_where_its_first_cell_is_that_above(client: Client, language: str) -> None:
    (rows,) = [rows for _, headings, rows in tables(client.get(f"/people?lang={language}").text) if len(headings) > 3]
    going_on = ["rowspan" in row or 'class="more"' in row for row in rows]
    assert any(going_on)
    assert all(("<th " in row) != ('class="more"' in row) for row in rows)


@pytest.mark.parametrize(("path", "columns"), [("/pillars", 3), ("/concepts", 3)])
def test_a_table_that_fits_stays_one(client: Client, path: str, columns: int) -> None:
    for is_cards, headings, _ in tables(client.get(path).text):
        assert is_cards == (len(headings) > columns)
