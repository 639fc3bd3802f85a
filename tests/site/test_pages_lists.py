"""The lists: order, facets, and the same rows as CSV and JSON."""

import csv
import io
import json
import re
from collections.abc import Callable

import pytest
from pyoxigraph import Literal
from tests.site.asked import rows as rows_asked
from tests.site.asked import text_in
from tests.site.conftest import Client
from tests.site.well_formed import Page

from kg.namespaces import BASE
from kg.site import Site, lists
from kg.site.lists import Lists, common_columns, sort_key
from kg.site.sections import spans
from kg.site.site import Row
from kg.store import GraphStore

SORT_KEYS = """
SELECT ?name ?key {
  ?division <https://w3id.org/thai-smart-city/ontology#sortKey> ?key ;
    <http://www.w3.org/2000/01/rdf-schema#label> ?name
  FILTER(LANG(?name) = "th")
}
ORDER BY ?key
"""


@pytest.fixture(scope="module")
def client(client_of: Callable[..., Client]) -> Client:
    """A client of the lists."""
    return client_of(lists.routes)


@pytest.fixture(scope="module")
def names(site: Site) -> list[str]:
    """The names of all lists."""
    return list(Lists(site).queries)


def rows_of(client: Client, address: str) -> list[dict[str, str]]:
    """Return the rows of a list as CSV."""
    name, _, query = address.partition("?")
    response = client.get(f"/{name}.csv?{query}")
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(response.text)))


def test_keys_are_those_of_the_register(store: GraphStore) -> None:
    pairs = [(text_in(row, "name"), text_in(row, "key")) for row in rows_asked(store, SORT_KEYS)]
    assert len(pairs) == 77
    assert [sort_key(name, "th") for name, _ in pairs] == [key for _, key in pairs]


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("th", ["ASCN", "ก", "กา", "เกา", "เก่า", "เก้า", "ขอนแก่น", "เชียงราย", "เชียงใหม่", "แพร่", "โพธิ์", "ไพร"]),
        ("en", ["apple", "Bangkok", "chair", "Chonburi"]),
    ],
)
def test_order(language: str, expected: list[str]) -> None:
    assert sorted(sorted(expected), key=lambda text: sort_key(text, language)) == expected


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], []),
        (["ab"], [[1, 1]]),
        (["ab", "ab"], [[2, 2], [0, 0]]),
        (["ab", "ac", "dc"], [[2, 1], [0, 1], [1, 1]]),
        (["axb", "axc", "ayc"], [[3, 2, 1], [0, 0, 1], [0, 1, 1]]),
    ],
)
def test_spans(rows: list[str], expected: list[list[int]]) -> None:
    assert spans(rows) == expected


@pytest.mark.parametrize("language", ["th", "en"])
def test_lists_are_sorted_in_the_language_of_the_page(client: Client, language: str) -> None:
    rows = rows_of(client, f"provinces?lang={language}")
    found = [row[f"division_{language}"] for row in rows]
    assert len(set(found)) == 77
    assert found == sorted(found, key=lambda name: sort_key(name, language))


def test_csv_and_json_hold_what_the_page_shows(client: Client, names: list[str]) -> None:
    for name in names:
        rows = rows_of(client, f"{name}?lang=en")
        told = json.loads(client.get(f"/{name}.json?lang=en").text)
        page = Page(client.get(f"/{name}?lang=en").text)
        assert len(rows) == len(told["rows"]) > 0, name
        assert told["things"] == told["of"]
        first = next(iter(rows[0]))
        assert len({row[first] for row in rows}) == told["things"]
        for row, other in zip(rows, told["rows"], strict=True):
            assert {key: str(value) for key, value in other.items() if key != "sources"} == {
                key: value for key, value in row.items() if value and key not in {"source", "passage"}
            }
            assert [one["source"] for one in other["sources"]] == row["source"].split()
            for key, value in row.items():
                if key.endswith("_en"):
                    assert " ".join(value.split()) in page.text, (name, key)


def test_facets_lead_to_as_many_things_as_they_say(client: Client, names: list[str]) -> None:
    seen = 0
    for name in names:
        page = Page(client.get(f"/{name}?lang=en").text)
        total = json.loads(client.get(f"/{name}.json").text)["of"]
        for link in page.links:
            if not link.startswith(f"{name}?"):
                continue
            told = json.loads(client.get(f"/{name}.json?{link.partition('?')[2]}").text)
            narrowed = Page(client.get(f"/{link}&lang=en").text)
            assert 0 < told["things"] <= total
            assert f"{told['things']} of {total}" in narrowed.text, link
            assert f"({told['things']})" in narrowed.text
            assert narrowed.faults == []
            seen += 1
    assert seen > 40


@pytest.mark.parametrize(
    ("address", "column", "value"),
    [
        ("provinces?region=region/north", "region", f"{BASE}id/region/north"),
        ("provinces?role=none", "role", ""),
        ("provinces?role=ontology%23Nomination", "role", f"{BASE}ontology#Nomination"),
        ("areas?status=designation-status/plan-approved", "status", f"{BASE}id/designation-status/plan-approved"),
    ],
)
def test_a_facet_keeps_its_rows_only(client: Client, address: str, column: str, value: str) -> None:
    rows = rows_of(client, address)
    every = rows_of(client, address.partition("?")[0])
    assert rows
    assert {row[column] for row in rows} == {value}
    assert len(rows) == len([row for row in every if row[column] == value])


@pytest.mark.parametrize("query", ["status=nothing", "status=%3Cscript%3E", "status=none&meeting=none"])
def test_what_fits_nothing_says_so(client: Client, query: str) -> None:
    page = Page(client.get(f"/areas?{query}&lang=en").text)
    assert page.faults == []
    assert "0 of 11" in page.text
    assert rows_of(client, f"areas?{query}") == []


APPROVED = """
PREFIX tsc: <https://w3id.org/thai-smart-city/ontology#>
SELECT DISTINCT ?area ?status ?day ?meeting ?body {
  ?designation tsc:entryFor ?area ;
    tsc:hasStatus ?status ;
    tsc:asOf ?day ;
    tsc:isMadeAt ?meeting ;
    tsc:isMadeBy/tsc:actionKind <https://w3id.org/thai-smart-city/id/action-kind/approved> .
  ?meeting tsc:isHeldBy ?body .
  ?area a tsc:SmartCityArea
}
"""

CHAIRED = """
PREFIX tsc: <https://w3id.org/thai-smart-city/ontology#>
SELECT DISTINCT ?person ?meeting {
  ?participation tsc:hasParticipant ?person ;
    tsc:hasRole <https://w3id.org/thai-smart-city/id/participation-role/chair> ;
    tsc:isParticipationIn ?meeting .
  ?person a <http://xmlns.com/foaf/0.1/Person>
}
"""


def test_areas_tell_what_was_approved_when_and_by_whom(store: GraphStore, client: Client) -> None:
    names = ("area", "status", "day", "meeting", "body")
    approved = {tuple(text_in(row, name) for name in names) for row in rows_asked(store, APPROVED)}
    found = rows_of(client, "areas?lang=en")
    assert approved
    assert {tuple(row[name] for name in names) for row in found if row["status"]} == approved
    days = [row["day"] for row in found]
    assert days == sorted(days, reverse=True)


def test_what_a_group_has_in_common_stands_above_it_once(client: Client) -> None:
    text = client.get("/areas?lang=en").text
    head = text.partition("<thead>")[2].partition("</thead>")[0]
    assert re.findall(r"<th[^>]*>([^<]+)</th>", head) == ["Area", "Province", "Earlier, of that province", "Source"]
    bodies = text.split("<tbody>")[1:]
    rows = rows_of(client, "areas?lang=en")
    groups = list(dict.fromkeys((row["status_en"], row["body_en"], row["meeting_en"]) for row in rows))
    assert len(bodies) == len(groups) == 2
    for body, names in zip(bodies, groups, strict=True):
        above, _, below = body.partition("</ul>")
        assert 'scope="rowgroup"' in above
        for name in names:
            assert f">{name}</a>" in above
            assert name not in below
        areas = {row["area_en"] for row in rows if row["status_en"] == names[0]}
        assert {area for area in areas if area in below} == areas


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], []),
        ([("1", "a", "x", "y"), ("1", "b", "x", "z"), ("2", "c", "w", "z")], [1]),
        ([("1", "a", "x", "y"), ("1", "b", "v", "y"), ("2", "c", "w", "z"), ("2", "c", "w", "v")], []),
        ([("1", "a", "x", "y"), ("2", "b", "x", "z"), ("2", "b", "x", "z")], []),
        ([("1", "a", "", ""), ("1", "b", "", ""), ("2", "c", "w", "")], [1]),
    ],
)
def test_columns_that_rows_of_an_order_have_in_common(rows: list[tuple[str, ...]], expected: list[int]) -> None:
    """Each row is of an order, a thing, and two more columns."""
    names = ("order", "thing", "one", "two")
    made: list[Row] = [{name: Literal(text) for name, text in zip(names, row, strict=True) if text} for row in rows]
    assert common_columns(made, names[1:]) == expected


def test_people_tell_who_chaired_what_and_who_says_so(store: GraphStore, client: Client) -> None:
    rows = rows_of(client, "people?lang=en")
    chaired = {(text_in(row, "person"), text_in(row, "meeting")) for row in rows_asked(store, CHAIRED)}
    assert chaired
    assert {(row["person"], row["chaired"]) for row in rows if row["chaired"]} == chaired
    assert all(row["chaired_source"] and row["chaired_passage"] for row in rows if row["chaired"])
    assert all(row["source"] for row in rows)
    told = json.loads(client.get("/people.json?lang=en").text)["rows"]
    assert [row.get("chaired_passage", "") for row in told] == [row["chaired_passage"] for row in rows]


def test_a_facet_has_a_value_of_several_things(client: Client, names: list[str]) -> None:
    for name in names:
        links = [link for link in Page(client.get(f"/{name}?lang=en").text).links if link.startswith(f"{name}?")]
        for facet in {link.partition("?")[2].partition("=")[0] for link in links}:
            values = [link for link in links if link.startswith(f"{name}?{facet}=") and not link.endswith("=none")]
            numbers = [
                json.loads(client.get(f"/{name}.json?{link.partition('?')[2]}").text)["things"] for link in values
            ]
            assert max(numbers) > 1, (name, facet)


def test_what_is_no_facet_changes_nothing(client: Client) -> None:
    assert rows_of(client, "areas?area=x&page=7&unknown=1") == rows_of(client, "areas")
