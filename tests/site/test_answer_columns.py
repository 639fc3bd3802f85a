"""The answers to stored queries for readers: which columns there are, what they are called, and what stands in them."""

import re
from collections.abc import Callable

import pytest
from pyoxigraph import Literal, NamedNode
from starlette.requests import Request
from tests.site.conftest import Client

from kg.content import Content
from kg.namespaces import BASE, XSD
from kg.questions import HIDDEN, headings_of, shown_columns, stored_queries
from kg.server.service import Ask
from kg.site.answer_columns import Cell, cell, headings, in_words, unlabelled
from kg.site.answering import Answer
from kg.site.query_page import routes
from kg.site.site import Row

AREA = NamedNode(f"{BASE}id/smart-city-area/x")
DAY = Literal("2018-01-31", datatype=NamedNode(f"{XSD}date"))
THAI = Literal("พื้นที่", language="th")
ENGLISH = Literal("Area", language="en")


@pytest.mark.parametrize(
    ("names", "given", "expected"),
    [
        (["area", "area_th", "area_en"], ("Area",), {"area": ("Area", False)}),
        (["kind_th", "kind_en", "items"], ("Kind", "Number"), {"kind": ("Kind", False), "items": ("Number", False)}),
        (["a", "b"], (HIDDEN, "B"), {"b": ("B", False)}),
        (["held_on", "kind_en"], (), {"held_on": ("Held on", True), "kind": ("Kind", True)}),
        (["a", "b"], ("Only one",), {"a": ("A", True), "b": ("B", True)}),
        (["a", "source"], ("A",), {"a": ("A", False), "source": ("Source", False)}),
        (["a", "passage"], ("A",), {"a": ("A", False), "passage": ("Passage", True)}),
        (["day", "day_basis_th", "day_printed"], ("Day",), {"day": ("Day", False)}),
        ([], (), {}),
    ],
)
def test_headings(names: list[str], given: tuple[str, ...], expected: dict[str, tuple[str, bool]]) -> None:
    assert headings(names, given, {"source": "Source"}) == expected


@pytest.mark.parametrize(("name", "words"), [("not_later_than", "Not later than"), ("n", "N"), ("_", "")])
def test_names_in_words(name: str, words: str) -> None:
    assert in_words(name) == words


@pytest.mark.parametrize(
    ("row", "name", "expected"),
    [
        (
            {"area": AREA, "area_th": THAI, "area_en": ENGLISH},
            "area",
            Cell({"x": AREA, "x_th": THAI, "x_en": ENGLISH}),
        ),
        ({"area": AREA}, "area", Cell({"x": AREA, "x_th": "ชื่อ", "x_en": "Name"})),
        ({"kind_th": THAI}, "kind", Cell({"x_th": THAI})),
        ({}, "kind", Cell({})),
        ({"name_printed": THAI}, "name_printed", Cell({}, THAI)),
        ({"printed": THAI}, "printed", Cell({}, THAI)),
        ({"day": DAY, "day_basis_th": THAI}, "day", Cell({"x": DAY}, None, {"x_th": THAI})),
        (
            {"day": DAY, "day_basis": AREA, "day_basis_en": ENGLISH},
            "day",
            Cell({"x": DAY}, None, {"x": AREA, "x_en": ENGLISH}),
        ),
        ({"day": DAY, "day_printed": Literal("31 ม.ค.")}, "day", Cell({"x": DAY}, Literal("31 ม.ค."))),
        (  # what is printed is told where it is another text only
            {"area": AREA, "area_th": THAI, "area_printed": Literal("พื้นที่")},
            "area",
            Cell({"x": AREA, "x_th": THAI}),
        ),
        (
            {"area": AREA, "area_th": THAI, "area_printed": Literal("พื้นทื่")},
            "area",
            Cell({"x": AREA, "x_th": THAI}, Literal("พื้นทื่")),
        ),
    ],
)
def test_cells(row: Row, name: str, expected: Cell) -> None:
    assert cell(row, name, "th", {AREA.value: {"th": "ชื่อ", "en": "Name"}}) == expected


def test_labels_are_looked_up_for_what_has_none() -> None:
    other = NamedNode(f"{BASE}id/place/y")
    rows: list[Row] = [{"area": AREA, "area_th": THAI, "place": other, "day": DAY}, {"place": other}]
    assert unlabelled(rows) == {other.value}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# columns (en): A | B\nASK {}", {"en": (1, ("A", "B"))}),
        (
            "# title (en): x | y\n# columns (th): ก |\n#   ข\n# columns (en): A\n",
            {"th": (2, ("ก", "ข")), "en": (4, ("A",))},
        ),
        ("ASK {}\n# columns (en): A", {}),
        ("", {}),
    ],
)
def test_headings_of_a_header(text: str, expected: dict[str, tuple[int, tuple[str, ...]]]) -> None:
    assert headings_of(text) == expected


def test_each_stored_query_has_headings_that_fit_in_both_languages(content: Content) -> None:
    wrong = []
    for question in stored_queries(content).values():
        variables = question.answer_path.read_text("utf-8").partition("\n")[0].strip().split(",")
        for language in ("th", "en"):
            given = question.columns.get(language, ())
            if len(given) != len(shown_columns(variables)) or not all(given):
                wrong.append((question.name, language, shown_columns(variables)))
    assert wrong == []


# --- Pages ---


@pytest.fixture(scope="module")
def client(client_of: Callable[..., Client], ask: Ask) -> Client:
    """A client of the query page, whose queries are run in this process."""

    async def run(query: str, _accept: str, _request: Request) -> Answer:
        return Answer(200, "text/tab-separated-values", await ask(query, "text/tab-separated-values"))

    return client_of(lambda site: routes(site, run))


def table_of(page: str) -> tuple[list[str], str]:
    """The headings of the answer on a page, and its markup."""
    answer = page.partition('id="answer"')[2].partition("</section>")[0]
    return [re.sub(r"<[^>]+>", "", one) for one in re.findall(r"<th [^>]*>(.*?)</th>", answer)], answer


@pytest.mark.parametrize("language", ["th", "en"])
def test_readers_get_headings_and_one_language(client: Client, content: Content, language: str) -> None:
    for name, question in stored_queries(content).items():
        response = client.get(f"/queries/{name}", params={"lang": language})
        assert response.status_code == 200, name
        shown, answer = table_of(response.text)
        assert shown == [heading for heading in question.columns[language] if heading != HIDDEN], name
        assert "xsd:" not in answer, name
        if language == "en":  # every text is there in English
            assert 'class="tag"' not in answer, name


def test_the_answer_as_sparql_gives_it(client: Client) -> None:
    shown, answer = table_of(client.get("/queries/pilot-provinces?lang=th&raw=1").text)
    assert shown == ["position", "code", "division_th", "division_en", "kind_th", "kind_en"]
    assert 'href="./pilot-provinces"' in answer
    assert 'href="./pilot-provinces?raw=1"' in table_of(client.get("/queries/pilot-provinces?lang=th").text)[1]


def test_dates_links_and_printed_forms(client: Client) -> None:
    page = client.get("/queries/days-between-committee-meetings?lang=th").text
    assert '<time datetime="2018-01-31">31 มกราคม 2561</time> <span class="small quiet">(ระบุไว้)</span>' in page
    page = client.get("/queries/what-is-not-stated?lang=en").text
    assert re.search(r'<a href="\.\./id/meeting/bangkok-discussion-2564">[^<i]', page)
    page = client.get("/queries/corridor-provinces-with-an-approved-area?lang=th").text
    assert "เทพราชเมืองอัจฉริยะ</a> <q" in page
    assert "“" not in page.partition("นิคมพัฒนาเมืองอัจฉริยะ</a>")[2][:9]
