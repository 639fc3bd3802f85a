"""The query page of a real server, asked as a browser without script does; its programs are run."""

import asyncio
import html
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from pyoxigraph import Literal, NamedNode
from starlette.requests import Request
from starlette.types import Receive, Scope, Send
from tests.site.live import live

from kg.content import Content
from kg.questions import stored_queries
from kg.site.answer_views import SHOWN, is_day, is_division, table, view_of, with_column, with_labels
from kg.site.answering import LONGEST, Answer, run_by
from kg.site.query_page import DEFAULT
from kg.site.query_troubles import hints, trouble
from kg.site.samples import python_quoted, r_quoted, samples, shell_quoted
from kg.site.stored_query_pages import by_topic, topic_of, topics

TSC = "https://w3id.org/thai-smart-city/ontology#"
PREFIX = f"PREFIX tsc: <{TSC}>\n"
AWKWARD = f"""# '"quotes"', \\ and ความเห็น
{PREFIX}SELECT ?number (COUNT(*) AS ?n) WHERE {{
  ?meeting a tsc:Meeting ; tsc:meetingNumber ?number . FILTER(?number != "ป'ี\\"")
}} GROUP BY ?number ORDER BY ?number # ends with "it\""""


@pytest.fixture(scope="module")
def address(content: Content, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server with the query page."""
    with live(content.root, tmp_path_factory.mktemp("live") / "log") as found:
        yield found


@pytest.fixture
def browser(address: str) -> Iterator[httpx.Client]:
    """A client that takes pages in English, without the cookies of other tests."""
    with httpx.Client(base_url=address, timeout=30, headers={"accept-language": "en"}) as client:
        yield client


def asked(browser: httpx.Client, query: str, *, raw: bool = False) -> str:
    """The page that answers a query sent by the form; `raw` asks for the answer as SPARQL gives it."""
    response = browser.post("/query", params={"raw": "1"} if raw else {}, data={"query": query})
    assert response.status_code == 200
    return response.text


def cells(page: str) -> list[list[str]]:
    """The rows of the table of an answer, as text."""
    body = page.partition("result-table")[2].partition("<tbody>")[2].partition("</tbody>")[0]
    return [
        [html.unescape(re.sub(r"<[^>]+>", " ", cell)).strip() for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.S)]
        for row in re.findall(r"<tr>(.*?)</tr>", body, re.S)
    ]


# --- Answers ---


def test_a_query_by_form_and_by_address_gives_the_same(browser: httpx.Client) -> None:
    query = f"{PREFIX}SELECT ?meeting ?day {{ ?meeting tsc:heldOn ?day }} ORDER BY ?day"
    for raw, days in (
        (True, ["2018-01-31", "2020-05-13", "2023-07-12"]),
        (False, ["31 January 2018", "13 May 2020", "12 July 2023"]),
    ):
        by_form = cells(asked(browser, query, raw=raw))
        by_address = cells(browser.get("/query", params={"query": query, "raw": str(int(raw))}).text)
        assert by_form == by_address
        assert [row[1].removesuffix("xsd:date").strip() for row in by_form] == days


def test_readers_and_programs_have_a_table_each(browser: httpx.Client) -> None:
    query = f"{PREFIX}SELECT ?meeting ?day {{ ?meeting tsc:heldOn ?day }}"
    page = browser.get("/query", params={"query": query}).text
    (to_raw,) = [link for link in hrefs(page) if link.endswith("&raw=1#answer")]
    raw = browser.get(to_raw).text
    assert "Steering committee meeting 1/2561 (2018)" in page
    assert "<code>meeting:committee-1-2561</code>" in raw
    (back,) = [link for link in hrefs(raw) if link.endswith("#answer") and "query=" in link]
    assert cells(browser.get(back).text) == cells(page)


def test_a_stored_query_has_its_headings(browser: httpx.Client, content: Content) -> None:
    stored = stored_queries(content)["chairs-of-all-meetings"]
    page = asked(browser, stored.query)
    assert all(f">{heading}</th>" in page for heading in stored.columns["en"] if heading != "-")


def test_the_page_begins_with_questions_and_all_meetings(browser: httpx.Client) -> None:
    page = browser.get("/query").text
    before_the_form = page[page.index("<main") : page.index('class="query-form"')]
    assert len(re.findall(r'href="\./queries/[a-z]', before_the_form)) >= 3
    everything = asked(browser, f"{PREFIX}SELECT ?meeting {{ ?meeting a tsc:Meeting }}")
    assert len(cells(asked(browser, DEFAULT))) == len(cells(everything)) > 0


def test_things_of_ours_are_links_within_the_site(browser: httpx.Client) -> None:
    page = asked(browser, f"{PREFIX}SELECT ?m {{ ?m tsc:meetingNumber '1/2561' }}")
    assert 'href="./id/meeting/committee-1-2561"' in page


def test_languages_and_datatypes_are_shown(browser: httpx.Client) -> None:
    page = asked(
        browser,
        'SELECT * { VALUES (?a ?b ?c) { ("ปี"@th "2018"^^<http://www.w3.org/2001/XMLSchema#gYear> 7) } }',
        raw=True,
    )
    assert '<span lang="th">ปี</span><span class="tag">th</span>' in page
    assert '<span class="tag">xsd:gYear</span>' in page
    assert '<td class="number">7</td>' in page


def test_markup_in_data_stays_text(browser: httpx.Client) -> None:
    page = asked(browser, "SELECT ('<script>alert(1)</script>' AS ?x) {}")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("ASK { ?s ?p ?o }", "<strong>Yes</strong>"),
        ("ASK { <https://example.org/nothing> ?p ?o }", "<strong>No</strong>"),
        ("SELECT * { <https://example.org/nothing> ?p ?o }", "No rows."),
        ("SELECT ?x { ?s ?p ?o } LIMIT 3", "Rows: 3"),
        ("SELECT * { ?s ?p ?o }", "Rows: 1,000 (the first ones"),
        ("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }", "Rows: 1,000 (the first ones"),
        ("CONSTRUCT { ?s a ?t } WHERE { ?s a ?t } LIMIT 2", "Rows: 2 "),
    ],
)
def test_answers_of_each_form(browser: httpx.Client, query: str, expected: str) -> None:
    page = asked(browser, query)
    assert expected in page
    assert len(cells(page)) <= SHOWN


def test_the_version_of_the_data_is_shown(browser: httpx.Client) -> None:
    health = browser.get("/healthz").json()
    page = asked(browser, "SELECT * { ?s ?p ?o } LIMIT 1")
    assert f"Data version {health['version']}" in page
    assert f"<code>{health['digest'][:12]}</code>" in page


# --- What is wrong, and how to mend it ---


def resent(browser: httpx.Client, page: str) -> str:
    """The page after the button that mends the query was pressed."""
    mended = re.search(r'<input type="hidden" name="query" value="(.*?)">', page, re.DOTALL)
    assert mended, page
    return asked(browser, html.unescape(mended[1]))


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { ?s a tsc:Meeting }",
        "SELECT * { ?s a tsc:Meeting ; rdfs:label ?name ; skos:notation ?n }",
        "PREFIX tsc: <https://w3id.org/thai-smart-city/ontology#>\nSELECT * { ?s a tcs:Meeting }",
    ],
)
def test_the_button_adds_or_mends_the_prefix(browser: httpx.Client, query: str) -> None:
    page = asked(browser, query)
    assert 'class="problem"' in page
    after = resent(browser, page)
    assert 'class="problem"' not in after
    assert 'id="answer"' in after


def test_an_error_has_line_column_caret_and_remedy(browser: httpx.Client) -> None:
    page = asked(browser, "SELECT *\nWHERE { ?s a tsc:Meeting }")
    assert "line 2, column 14" in page
    assert re.search(r"\^</code></pre>", page)
    assert "Remedy:" in page


def test_a_name_that_is_not_there_has_the_nearest_one(browser: httpx.Client) -> None:
    for query in (f"{PREFIX}SELECT * {{ ?s tsc:heldOnn ?o }}", f"SELECT * {{ ?s <{TSC}heldOnn> ?o }}"):
        page = asked(browser, query)
        assert "did you mean tsc:heldOn?" in page
        assert len(cells(resent(browser, page))) == 3


def test_a_query_that_is_refused_is_told(browser: httpx.Client) -> None:
    page = asked(browser, "SELECT * { SERVICE <https://example.org/sparql> { ?s ?p ?o } }")
    assert 'class="problem"' in page
    assert 'name="query" value=' not in page


PROBLEM = {
    "title": "Malformed query",
    "detail": "Line 1, column 3: It is wrong. Write it right.",
    "line": 1,
    "column": 3,
}


def test_a_problem_is_not_told_twice() -> None:
    told = trouble(
        Answer(400, "application/problem+json", json.dumps({**PROBLEM, "remedy": "Write it right."}).encode()), "x"
    )
    assert (told.sentence, told.remedy, told.mended) == ("It is wrong.", "Write it right.", None)


def test_a_problem_that_is_no_json() -> None:
    assert trouble(Answer(503, "text/plain", b"Come again."), "x").sentence == "Come again."


def test_hints_change_whole_names_only() -> None:
    query = "SELECT ('a:b' AS ?x) { ?s a:b ?o ; a:bc ?p }"
    (found,) = hints(["a:b is not in the data; did you mean a:z?"], query, {"a": "https://example.org/"})
    assert found.mended == "SELECT ('a:b' AS ?x) { ?s a:z ?o ; a:bc ?p }"
    (without,) = hints(["a:b is not in the data"], query, {})
    assert without.mended is None


# --- Views ---


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("# view: map\nSELECT * {}", "map"),
        ("SELECT * {}\n  #View: TIMELINE  ", "timeline"),
        ("# view: pie\nSELECT * {}", "table"),
        ("SELECT * { ?s ?p '''\n# view: map\n''' }", "table"),
        ("SELECT * {}", "table"),
    ],
)
def test_view_of(query: str, expected: str) -> None:
    assert view_of(query) == expected


@pytest.mark.parametrize(
    ("query", "drawing"),
    [
        ("# view: map\nSELECT ?where { ?a tsc:isInProvince ?where }", "chart map"),
        ("# view: timeline\nSELECT ?m ?when { ?m tsc:heldOn ?when }", "chart timeline"),
        ("# view: map\nSELECT ?m { ?m tsc:heldOn ?day }", None),
        ("# view: timeline\nSELECT ?m { ?m tsc:heldOn ?day }", None),
        ("# view: network\nSELECT ?m { ?m tsc:heldOn ?day }", None),
    ],
)
def test_a_comment_draws_the_answer(browser: httpx.Client, query: str, drawing: str | None) -> None:
    page = asked(browser, f"{PREFIX}{query}")
    assert bool(cells(page))
    if drawing is None:
        assert "needs" in page
        assert 'class="chart' not in page
    else:
        assert f'class="{drawing}"' in page


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("map", "map/01-areas"),
        ("map", "map/04-phases"),
        ("timeline", "timeline/01-events"),
        ("network", "structure/01-relations"),
    ],
)
def test_the_query_behind_a_drawing_draws_it_again(browser: httpx.Client, kind: str, name: str) -> None:
    page = browser.get(f"/{kind}", params={"layer": name.partition("-")[2]}).text
    assert f'href="./query?example={name}"' in page
    editor = browser.get("/query", params={"example": name}).text
    text = html.unescape(re.search(r"<textarea[^>]*>\n(.*?)</textarea>", editor, re.DOTALL)[1])  # type: ignore[index]
    assert f'class="chart {kind}"' in asked(browser, text)


def test_columns_are_found_by_their_values() -> None:
    division = NamedNode("https://w3id.org/thai-smart-city/id/division/TH-10")
    rows: list[dict[str, Any]] = [{"place": division, "place_th": Literal("กรุงเทพฯ", language="th")}, {}]
    found = with_column(rows, "division", is_division)
    assert found[0]["division"] == division
    assert found[0]["division_th"] == rows[0]["place_th"]
    assert with_column([{"x": Literal("2018")}], "day", is_day) == [{"x": Literal("2018")}]


def test_labels_are_found_in_other_rows() -> None:
    thing, other = NamedNode("https://example.org/a"), NamedNode("https://example.org/b")
    thai, english = Literal("ก", language="th"), Literal("a", language="en")
    rows: list[dict[str, Any]] = [{"item": thing, "x": thai}, {"item": thing, "x": english}, {"item": other}]
    assert [row.get("item_en") for row in with_labels(rows, "item")] == [english, english, None]
    own = Literal("own", language="en")
    assert with_labels([{"item": thing, "item_en": own, "x": english}], "item")[0]["item_en"] == own


# --- What can be taken away ---


def hrefs(page: str) -> list[str]:
    return [html.unescape(found) for found in re.findall(r'href="([^"]+)"', page)]


def test_downloads_hold_the_answer(browser: httpx.Client) -> None:
    query = f"{PREFIX}SELECT ?m ?day {{ ?m tsc:heldOn ?day }}"
    found = {re.search(r"format=(\w+)", link)[1]: link for link in hrefs(asked(browser, query)) if "format=" in link}  # type: ignore[index]
    assert set(found) == {"json", "xml", "csv", "tsv"}
    for link in found.values():
        assert browser.get(link).text.count("2018-01-31") == 1


def test_csv_for_excel_begins_with_its_mark(browser: httpx.Client) -> None:
    page = asked(browser, "SELECT ('ปี' AS ?x) {}")
    (link,) = [found for found in hrefs(page) if "/query.csv" in found]
    response = browser.get(link)
    assert response.content == "\ufeffx\r\nปี\r\n".encode()
    assert response.headers["content-disposition"] == 'attachment; filename="answer.csv"'


def test_the_permanent_link_asks_again(browser: httpx.Client) -> None:
    query = "SELECT ('#&+ ป' AS ?x) {}"
    page = asked(browser, query)
    (link,) = re.findall(r'href="([^"]+)" rel="bookmark"', page)
    ((cell,),) = cells(browser.get(html.unescape(link)).text)
    assert cell.split() == ["#&+", "ป"]


def test_the_language_switch_keeps_the_query(browser: httpx.Client) -> None:
    page = asked(browser, "SELECT ('ปลา' AS ?x) {}")
    (link,) = re.findall(r'<a href="([^"]+)" lang="th"', page)
    assert cells(browser.get(f"/{html.unescape(link).removeprefix('./')}").text) == [["ปลา"]]


PROGRAMS = [
    (query, sample.name, sample.language)
    for query, is_graph in ((AWKWARD, False), ("CONSTRUCT { ?s a ?t } WHERE { ?s a ?t } LIMIT 5", True))
    for sample in samples(query, "", is_graph=is_graph)
    if sample.language != "r"
]


@pytest.mark.parametrize(("query", "name", "language"), PROGRAMS)
def test_programs_run(address: str, query: str, name: str, language: str) -> None:
    code = next(
        sample.code
        for sample in samples(query, f"{address}/sparql", is_graph="CONSTRUCT" in query)
        if sample.name == name
    )
    command = [sys.executable, "-W", "error", "-c", code] if language == "python" else ["sh", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    expected = "1/2566" if query == AWKWARD else "thai-smart-city"
    assert expected in done.stdout


@pytest.mark.parametrize("text", ["", "'", '"', '"""', '\\"""', "\\", 'a\\"', "'''\n", "ป"])
def test_quoting(text: str) -> None:
    assert eval(python_quoted(text)) == f"\n{text}\n"
    done = subprocess.run(["sh", "-c", f"printf %s {shell_quoted(text)}"], capture_output=True, text=True, check=True)
    assert done.stdout == text


def test_raw_strings_of_r_end_where_they_should() -> None:
    assert r_quoted("a") == 'r"---(a)---"'
    assert r_quoted('x)---" y') == 'r"----(x)---" y)----"'


# --- Stored queries ---


def test_each_stored_query_has_a_topic_and_a_page(browser: httpx.Client, content: Content) -> None:
    questions = stored_queries(content)
    grouped = by_topic(questions.values())
    assert sorted(question.name for _, group in grouped for question in group) == sorted(questions)
    listing = browser.get("/queries").text
    for name, question in questions.items():
        assert f'href="./queries/{name}"' in listing
        page = browser.get(f"/queries/{name}")
        assert page.status_code == 200
        assert html.escape(question.titles["en"], quote=True).replace("&#x27;", "&#39;") in page.text
        assert 'class="problem"' not in page.text


def test_most_stored_queries_have_a_topic_of_their_own(content: Content) -> None:
    questions = stored_queries(content).values()
    assert sum(topic_of(question.query) is topics()[-1] for question in questions) < len(questions) / 6


def test_a_stored_query_names_the_documents(browser: httpx.Client) -> None:
    page = browser.get("/queries/pilot-provinces").text
    assert "Government House item on committee meeting 1/2561" in page


@pytest.mark.parametrize("path", ["/queries/no-such-question", "/static/nothing.css", "/static/../site.py"])
def test_what_is_not_there(browser: httpx.Client, path: str) -> None:
    assert browser.get(path).status_code == 404


def test_an_example_stands_in_the_editor(browser: httpx.Client, content: Content) -> None:
    query = stored_queries(content)["pilot-provinces"].query
    page = browser.get("/query?example=pilot-provinces").text
    assert html.escape(query.strip(), quote=False) in page.replace("&#34;", '"')
    assert "result-table" not in page


# --- Terms for completion ---


def test_terms_have_labels_in_both_languages(browser: httpx.Client) -> None:
    found = browser.get("/terms.json").json()
    terms = {entry["name"]: entry for entry in found["terms"]}
    assert terms["tsc:Meeting"] == {"name": "tsc:Meeting", "kind": "class", "th": "การประชุม", "en": "meeting"}
    assert terms["tsc:heldOn"]["kind"] == "property"
    assert terms["designation-status:pilot"]["kind"] == "concept"
    assert found["prefixes"]["tsc"] == TSC


# --- Header fields and sizes ---


@pytest.mark.parametrize(
    ("path", "most"),
    [("/map", 100), ("/timeline", 100), ("/network", 100), ("/queries", 100), ("/query", 300)],
)
def test_pages_are_light(browser: httpx.Client, path: str, most: int) -> None:
    """A page with all that it loads, compressed, in kilobytes."""
    page = browser.get(path, headers={"accept-encoding": "gzip"})
    links = set(re.findall(r'(?:href|src)="(\./static/[^"]+)"', page.text))
    if path == "/query":
        links.add("./terms.json")
    fonts = {
        f"./static/vendor/sarabun-{script}-{weight}-normal.woff2"
        for script in ("thai", "latin")
        for weight in (400, 700)
    }
    with browser.stream("GET", path, headers={"accept-encoding": "gzip"}) as response:
        total = sum(len(piece) for piece in response.iter_raw())
    for link in links | fonts:
        with browser.stream("GET", link.removeprefix("."), headers={"accept-encoding": "gzip"}) as response:
            assert response.status_code == 200, link
            total += sum(len(piece) for piece in response.iter_raw())
    assert total <= most * 1000


def test_static_files_are_not_sent_twice(browser: httpx.Client) -> None:
    first = browser.get("/static/site.css")
    again = browser.get("/static/site.css", headers={"if-none-match": first.headers["etag"]})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert first.headers["content-type"] == "text/css; charset=utf-8"


@pytest.mark.parametrize("path", ["/query", "/map", "/queries/pilot-provinces"])
def test_pages_allow_nothing_from_outside(browser: httpx.Client, path: str) -> None:
    response = browser.get(path)
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<[^>]+ style=|<style|<script(?! src=)| on[a-z]+=", response.text)


def test_a_form_that_is_too_long_is_refused(browser: httpx.Client) -> None:
    assert browser.post("/query", content=b"query=" + b"x" * 2_000_000).status_code == 413


# --- By the endpoint, in process ---


def asked_of(endpoint: Any, query: str = "ASK {}") -> Answer:
    """What is read of an endpoint's answer."""
    scope = {"type": "http", "headers": [(b"host", b"example.org")], "scheme": "https", "client": ("192.0.2.1", 1)}

    async def answered() -> Answer:
        return await run_by(endpoint)(query, "text/csv", Request(scope))

    return asyncio.run(answered())


def test_the_endpoint_is_asked_in_the_name_of_the_client() -> None:
    seen: dict[str, Any] = {}

    async def endpoint(scope: Scope, receive: Receive, send: Send) -> None:
        seen.update(scope, body=(await receive())["body"])
        warning = b'199 - "a:b is not in the data", 199 - "c"'
        await send({"type": "http.response.start", "status": 200, "headers": [(b"warning", warning)]})
        await send({"type": "http.response.body", "body": b"yes"})

    answer = asked_of(endpoint, "ASK { 'ป' }")
    assert (seen["client"], seen["scheme"], seen["body"]) == (("192.0.2.1", 1), "https", "ASK { 'ป' }".encode())
    assert (answer.body, answer.warnings, answer.complete) == (b"yes", ("a:b is not in the data", "c"), True)


def test_no_more_is_read_than_is_shown() -> None:
    sent = 0

    async def endpoint(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal sent
        await receive()
        gone = asyncio.ensure_future(receive())
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while not gone.done():
            await send({"type": "http.response.body", "body": b"x" * 999 + b"\n", "more_body": True})
            sent += 1000
            await asyncio.sleep(0)

    answer = asked_of(endpoint)
    assert not answer.complete
    assert answer.body.endswith(b"x\n")
    assert LONGEST <= sent < LONGEST + 10_000


TSV = "text/tab-separated-values"


@pytest.mark.parametrize(
    ("body", "columns", "rows"),
    [
        (
            "?x\t?y\n1\t\n",
            ["x", "y"],
            [{"x": Literal("1", datatype=NamedNode("http://www.w3.org/2001/XMLSchema#integer"))}],
        ),
        ("?x\n\n\n", ["x"], [{}, {}]),
        ("?x\n", ["x"], []),
    ],
)
def test_tables_are_read(body: str, columns: list[str], rows: list[dict[str, Any]]) -> None:
    found = table(Answer(200, TSV, body.encode()))
    assert (found.columns, found.rows, found.more) == (columns, rows, False)


@pytest.mark.parametrize(("number", "more"), [(SHOWN, False), (SHOWN + 1, True)])
def test_a_table_is_cut(number: int, more: bool) -> None:
    found = table(Answer(200, TSV, ("?x\n" + "1\n" * number).encode()))
    assert (len(found.rows), found.more) == (SHOWN, more)
    triples = "<a:b> <a:c> <a:d> .\n" * number
    graph = table(Answer(200, "application/n-triples", triples.encode()))
    assert (len(graph.rows), graph.more, graph.is_graph) == (SHOWN, more, True)


def test_addresses_are_quoted(browser: httpx.Client) -> None:
    query = "SELECT ('&' AS ?x) {}"
    assert quote(query, safe="") in asked(browser, query)
