"""Sections of pages: the queries behind them, what their columns become, and the sources beside their rows."""

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from pyoxigraph import Literal, NamedNode
from starlette.requests import Request
from tests.site.conftest import Client

from kg.content import Content
from kg.errors import InputError
from kg.namespaces import ID, SOURCE
from kg.questions import StoredQuery, shown_columns, stored_queries
from kg.site import Site, resources
from kg.site.display import date_in_words, grouped, in_language, label_in, time_in_words, with_query
from kg.site.figures import DRAWN
from kg.site.parameters import VIEWS, bound, divisions_query, page_queries, read_page_query
from kg.site.resource_pages import kind_of_class
from kg.site.sections import Document, Footnotes, Section, footnotes, offsets, section
from kg.tokens import tokenise

X = "http://example.org/x"

# --- Parameters ---


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("ASK { ?subject ?p ?o }", f"ASK {{ <{X}> ?p ?o }}"),
        ("ASK { $subject ?p ?o }", f"ASK {{ <{X}> ?p ?o }}"),
        ("ASK { ?s ?p ?subject, ?subjects }", f"ASK {{ ?s ?p <{X}>, ?subjects }}"),
        ('ASK { ?s ?p "?subject" }', 'ASK { ?s ?p "?subject" }'),
        ("ASK { ?s ?p '''a ?subject''' } # ?subject", "ASK { ?s ?p '''a ?subject''' } # ?subject"),
        ("ASK { ?s <http://example.org/?subject> ?o }", "ASK { ?s <http://example.org/?subject> ?o }"),
        ("ASK { ?subject ?p ?o . ?subject ?q ?r }", f"ASK {{ <{X}> ?p ?o . <{X}> ?q ?r }}"),
    ],
)
def test_a_parameter_becomes_the_iri(query: str, expected: str) -> None:
    assert bound(query, subject=X) == expected


@pytest.mark.parametrize("iri", ["", "a b", "x> } #", 'x"', "x\n", "x{y}", "x\\u0020"])
def test_what_is_no_iri_is_refused(iri: str) -> None:
    with pytest.raises(ValueError, match="not an IRI"):
        bound("ASK { ?subject ?p ?o }", subject=iri)


HEAD = "# title (en): a\n# title (th): ก\n# question (en): b?\n# question (th): ข\n"


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("# view: pie\n", "unknown view 'pie'"),
        ("# parameter: thing\n", "the parameter 'thing', which is not in the query"),
        ("# colour: red\n", "unknown header"),
        ("# view: bars\n", r"10-x\.rq:5:1: the view 'bars' needs \?item, which is not in the query"),
        ("# parameter: x\n# view: map\n", r"10-x\.rq:6:1: the view 'map' needs \?division"),
        ("# view: network\n", r"the view 'network' needs \?from,"),
    ],
)
def test_a_page_query_that_is_not_as_it_should_be(tmp_path: Path, header: str, message: str) -> None:
    path = tmp_path / "10-x.rq"
    path.write_text(f"{HEAD}{header}SELECT ?x {{ ?x ?y ?z }}\n", encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_page_query(path)


def test_a_page_query_is_no_stored_query(content: Content) -> None:
    stored = stored_queries(content)
    behind_pages = page_queries(content)
    assert behind_pages
    assert all(query.path.parent.name == kind for kind, queries in behind_pages.items() for query in queries)
    assert not [query for query in stored.values() if "pages" in query.path.relative_to(content.root).parts]


# --- The queries ---

KINDS = ("meeting", "smart-city-area")


def queries_of_kinds(content: Content) -> list[tuple[str, StoredQuery]]:
    """The queries of the sections that every resource of a kind may have."""
    return [(kind, query) for kind in KINDS for query in page_queries(content)[kind]]


def test_each_section_has_headings_for_the_columns_that_it_shows_and_a_source(content: Content) -> None:
    for kind, query in queries_of_kinds(content):
        words = tokenise(query.query)
        start = next(index for index, token in enumerate(words) if token.text.upper() == "SELECT")
        end = next(index for index, token in enumerate(words) if token.text.upper() == "WHERE")
        names = [token.text[1:] for token in words[start:end] if token.kind == "variable"]
        assert "source" in names, (kind, query.name)
        assert query.parameters == ("subject",), (kind, query.name)
        for language in ("th", "en"):
            assert len(query.columns[language]) == len(shown_columns(names)), (kind, query.name, language)


def test_each_section_has_rows_for_some_subject_and_each_row_a_source(site: Site, content: Content) -> None:
    async def check() -> None:
        notes = await footnotes(site)
        rows = await site.rows("SELECT ?thing ?class { ?thing a ?class FILTER(isIRI(?thing)) }")
        for kind, query in queries_of_kinds(content):
            subjects = [
                row["thing"].value
                for row in rows
                if isinstance(row["thing"], NamedNode)
                and isinstance(row["class"], NamedNode)
                and kind_of_class(row["class"].value) == kind
            ]
            made = [found for subject in subjects if (found := await section(site, query, kind, notes, subject))]
            assert made, (kind, query.name)
            for one in made:
                assert all(row.marks for row in one.rows), (kind, query.name)
                assert len({str(row.cells) for row in one.rows}) == len(one.rows), (kind, query.name)

    asyncio.run(check())


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        (["meeting", "meeting_th", "meeting_en", "day", "day_basis", "source", "passage"], ["meeting", "day"]),
        (["note_th", "note_en", "source"], ["note"]),
        (["value", "value_printed", "differs"], ["value"]),
        (["name_printed"], ["name_printed"]),
        (["day", "day_basis", "day_basis_th", "day_basis_en"], ["day"]),
        (["source"], []),
    ],
)
def test_which_columns_are_shown(names: list[str], shown: list[str]) -> None:
    assert shown_columns(names) == shown


@pytest.mark.parametrize(
    ("iri", "expected"),
    [
        (f"{SOURCE}x/text#char=12,345", (12, 345)),
        (f"{SOURCE}x/text", None),
        (f"{SOURCE}x/text#char=12", None),
        (f"{SOURCE}x/text#line=1,2", None),
    ],
)
def test_the_offsets_of_a_passage(iri: str, expected: tuple[int, int] | None) -> None:
    assert offsets(iri) == expected


def test_footnotes_count_documents_not_graphs() -> None:
    notes = Footnotes({"g1": f"{SOURCE}a", "g2": f"{SOURCE}b"}, {f"{SOURCE}a": Document({"en": "A"})})
    first = notes.marks({"g1": [f"{SOURCE}a/text#char=1,2"]})
    again = notes.marks({f"{SOURCE}a": [f"{SOURCE}a/text#char=3,4"], "g2": []})
    assert [mark.footnote.number for mark in (*first, *again)] == [1, 1, 2]
    assert notes.notes[0].passages == [f"{SOURCE}a/text#char=1,2", f"{SOURCE}a/text#char=3,4"]
    assert again[0].passages == ((3, 4),)


def test_a_row_with_two_sources_is_one_row_with_two_marks(site: Site) -> None:
    query = StoredQuery(
        "10-x",
        Path("10-x.rq"),
        "",
        f"SELECT ?x ?source {{ VALUES (?x ?source) {{ (1 <{SOURCE}a>) (1 <{SOURCE}b>) (2 <{SOURCE}a>) }} }}",
        {"th": "ก", "en": "a"},
        {"th": "ข", "en": "b"},
        None,
        (),
    )
    found = asyncio.run(section(site, query, "x", Footnotes({}, {})))
    assert found is not None
    assert [[mark.footnote.number for mark in row.marks] for row in found.rows] == [[1, 2], [1]]


def test_values_that_differ_stand_side_by_side(client_of: Callable[..., Client], site: Site) -> None:
    rows = asyncio.run(
        site.rows(
            "PREFIX tsc: <https://w3id.org/thai-smart-city/ontology#> "
            "SELECT DISTINCT ?area { ?x tsc:compares ?d . ?d tsc:entryFor ?area . ?area a tsc:SmartCityArea }"
        )
    )
    assert rows
    client = client_of(resources.routes)
    for row in rows:
        assert isinstance(row["area"], NamedNode)
        page = client.get(f"/id/{row['area'].value.removeprefix(ID)}", headers={"accept": "text/html"}).text
        assert 'class="differs"' in page
        assert "/id/discrepancy/" in page.partition('class="differs"')[2]


# --- How things are shown ---


@pytest.mark.parametrize(
    ("value", "thai", "english"),
    [
        ("2018-01-31", "31 มกราคม 2561", "31 January 2018"),
        ("2018-01-31T09:30:00", "31 มกราคม 2561", "31 January 2018"),
        ("2018", "2561", "2018"),
        ("มกราคม", "มกราคม", "มกราคม"),
        ("2018-13-45", "2018-13-45", "2018-13-45"),
        ("", "", ""),
    ],
)
def test_dates_are_of_the_era_of_the_language(value: str, thai: str, english: str) -> None:
    assert (date_in_words(value, "th"), date_in_words(value, "en")) == (thai, english)


@pytest.mark.parametrize(("value", "thai", "english"), [("09:30:00", "09.30 น.", "09:30"), ("x", "x", "x")])
def test_times_are_written_as_in_the_language(value: str, thai: str, english: str) -> None:
    assert (time_in_words(value, "th"), time_in_words(value, "en")) == (thai, english)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(1234567, "1,234,567"), ("264019.68", "264,019.68"), (Literal(1000), "1,000"), ("1/2561", "1/2561"), (0, "0")],
)
def test_numbers_are_grouped(value: object, expected: str) -> None:
    assert grouped(value) == expected


@pytest.mark.parametrize(
    ("labels", "language", "expected"),
    [
        ({"th": "ก", "en": "a"}, "th", ("ก", "th")),
        ({"th": "ก", "en": "a"}, "en", ("a", "en")),
        ({"th": "ก"}, "en", ("ก", "th")),
        ({"": "x", "fr": "y"}, "en", ("x", "")),
        ({"fr": "y"}, "en", ("y", "fr")),
        ({}, "en", ("local", "")),
    ],
)
def test_a_label_falls_back_in_a_fixed_order(labels: dict[str, str], language: str, expected: tuple[str, str]) -> None:
    assert label_in(labels, language, "local") == expected


def test_addresses_get_parameters() -> None:
    assert in_language("./x", "th") == "./x?lang=th"
    assert in_language("./x?page=2", "en") == "./x?page=2&lang=en"
    assert with_query("q", a="b c", d=None, e="") == "q?a=b+c"


@pytest.mark.parametrize(
    ("iri", "kind"),
    [
        ("https://w3id.org/thai-smart-city/ontology#SmartCityArea", "smart-city-area"),
        ("http://www.w3.org/ns/org#Post", "post"),
        ("http://xmlns.com/foaf/0.1/Person", "person"),
    ],
)
def test_the_folder_of_a_class(iri: str, kind: str) -> None:
    assert kind_of_class(iri) == kind


# --- Views that are drawn, and tables ---


def query_of(view: str, query: str, **more: Any) -> StoredQuery:
    """A query of a section, made for a test."""
    titles = {"th": "ก", "en": "a"}
    return StoredQuery("10-x", Path("10-x.rq"), "", query, titles, titles, None, (), view=view, **more)


DRAWN_QUERIES = {
    "bars": f"""
        SELECT ?item ?day ?source {{
          VALUES (?item ?day) {{ (<{ID}person/prajin-janntong> "2018-01-31"^^<http://www.w3.org/2001/XMLSchema#date>) }}
          BIND(<{SOURCE}a> AS ?source)
        }}
    """,
    "map": f"SELECT ?division ?source {{ VALUES (?division ?source) {{ (<{ID}division/TH-50> <{SOURCE}a>) }} }}",
    "network": f"""
        SELECT ?from ?from_kind ?relation ?to ?to_kind ?source {{
          VALUES (?from ?from_kind ?relation ?to ?to_kind ?source) {{
            (<{ID}committee/smart-city-projects> "body" <http://www.w3.org/ns/org#subOrganizationOf>
              <{ID}committee/smart-city-driving> "body" <{SOURCE}a>)
          }}
        }}
    """,
}


def figure_of(site: Site, query: StoredQuery, language: str) -> tuple[Section, str]:
    """The section of a query, and its drawing on a page of the site."""
    found = asyncio.run(section(site, query, "x", Footnotes({}, {})))
    assert found is not None
    request = Request({"type": "http", "path": "/id/x/y", "root_path": "", "headers": [], "query_string": b""})
    return found, found.figure(site, request, language).svg


@pytest.mark.parametrize("language", ["th", "en"])
@pytest.mark.parametrize(
    ("view", "names"),
    [
        ("bars", {"th": ["ประจิน จั่นตอง"], "en": ["Prajin Juntong"]}),
        ("map", {"th": ["เชียงใหม่", "ไม่มีชื่อในรายการนี้"], "en": ["Chiang Mai", "not named here"]}),
        ("network", {"th": ["เป็นหน่วยงานย่อยของ"], "en": ["Subcommittee on Driving"]}),
    ],
)
def test_each_view_that_is_drawn_is_drawn_with_labels_and_links(
    site: Site, view: str, names: dict[str, list[str]], language: str
) -> None:
    found, svg = figure_of(site, query_of(view, DRAWN_QUERIES[view]), language)
    assert found.is_drawn
    root = ElementTree.fromstring(svg)
    assert root.get("class") == f"chart {view}"
    links = [node.get("href", "") for node in root.iter("{http://www.w3.org/2000/svg}a")]
    assert links
    assert all(address.startswith("../../id/") for address in links)
    for name in names[language]:
        assert name in svg
    assert [len(row.cells) for row in found.rows] == [len(found.names)]
    assert not {"from_kind", "to_kind"} & set(found.names)


def test_the_views_are_known_to_the_reader() -> None:
    assert set(DRAWN_QUERIES) == set(DRAWN)
    assert set(DRAWN) < set(VIEWS)


def test_a_map_needs_the_query_of_the_divisions(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no query of the divisions"):
        divisions_query(Content(tmp_path))


def test_equal_cells_stand_once_and_empty_columns_not_at_all(site: Site) -> None:
    query = query_of(
        "table",
        f"""
        SELECT ?x ?y ?empty ?z ?source {{
          VALUES (?x ?y ?empty ?z ?source) {{
            (1 "a" UNDEF 1 <{SOURCE}a>) (1 "a" UNDEF 2 <{SOURCE}a>)
            (1 "b" UNDEF 2 <{SOURCE}a>) (2 "b" UNDEF 2 <{SOURCE}a>)
          }}
        }}
        """,
        columns={"th": ("ก", "ข", "ค", "ง"), "en": ("x", "y", "empty", "z")},
    )
    found = asyncio.run(section(site, query, "x", Footnotes({}, {})))
    assert found is not None
    assert found.names == ["x", "y", "z"]
    assert found.columns == {"th": ("ก", "ข", "ง"), "en": ("x", "y", "z")}
    assert [row.spans for row in found.rows] == [[3, 2, 1], [0, 0, 1], [0, 1, 1], [1, 1, 1]]


def test_a_value_may_have_sources_of_its_own(site: Site) -> None:
    """Rows that differ in these alone are one row, and the mark stands in the cell."""
    query = query_of(
        "table",
        f"""
        SELECT ?x ?y ?y_source ?y_passage ?source {{
          VALUES (?y_source ?y_passage) {{
            (<{SOURCE}b> <{SOURCE}b/text#char=1,2>) (<{SOURCE}c> UNDEF) (<{SOURCE}b> <{SOURCE}b/text#char=5,6>)
          }}
          BIND(1 AS ?x) BIND(2 AS ?y) BIND(<{SOURCE}a> AS ?source)
        }}
        """,
    )
    found = asyncio.run(section(site, query, "x", Footnotes({}, {})))
    assert found is not None
    (row,) = found.rows
    assert found.names == ["x", "y"]
    assert [[(mark.footnote.iri, mark.passages) for mark in cell.marks] for cell in row.cells] == [
        [],
        [(f"{SOURCE}b", ((1, 2), (5, 6))), (f"{SOURCE}c", ())],
    ]
    assert [mark.footnote.iri for mark in row.marks] == [f"{SOURCE}a"]


@pytest.mark.parametrize(
    ("language", "name"),
    [
        ("th", "แหล่งที่มา 1: ข่าวทำเนียบรัฐบาล เรื่องการประชุมคณะกรรมการครั้งที่ 1/2561"),
        ("en", "source 1: Government House item on committee meeting 1/2561"),
    ],
)
def test_a_mark_is_named_by_its_document(client_of: Callable[..., Client], language: str, name: str) -> None:
    client = client_of(resources.routes)
    page = client.get(f"/id/person/prajin-janntong?lang={language}", headers={"accept": "text/html"}).text
    assert re.search(
        rf'class="source" href="#passage-1-\d+-\d+" aria-label="{re.escape(name)}, .*?\d+–\d+">1</a>', page
    )
    marks = re.findall(r'class="source" href="#([a-z]+)-(\d+)([-\d]*)" aria-label="([^"]*)">(\d+)<', page)
    assert marks
    for kind, note, place, label, number in marks:
        assert f" {number}: " in label
        assert note == number
        assert (kind == "passage") is (place != "")
        assert place.removeprefix("-").replace("-", "–") in label
        assert not label.rstrip().endswith(":")
