"""Planned and reached: the page, its drawing, what links to it, and when something counts as reported."""

import re
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any
from xml.etree import ElementTree

import pytest
from pyoxigraph import Literal, NamedNode
from starlette.applications import Starlette
from tests.site.asked import rows, text_in
from tests.site.conftest import Client
from tests.site.well_formed import Page

from kg.content import Content
from kg.namespaces import GRAPH, ID, ONTOLOGY
from kg.site import Site, home, lists, progress, resources
from kg.site.charts.targets import SIGNS, WIDTH, Bar, Scale, scales, signs_of, targets_svg
from kg.site.parameters import page_queries
from kg.store import graph_files, load_graphs

LANGUAGES = ("th", "en")
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def client(site: Site) -> Client:
    """A client of the page and of those that lead to it."""
    parts = (home.routes(site), lists.routes(site), progress.routes(site), resources.routes(site))
    return Client(Starlette(routes=[route for part in parts for route in part]))


def html(client: Client, path: str, language: str) -> str:
    """Return a page, which must be there and well formed."""
    response = client.get(path, params={"lang": language}, headers={"accept": "text/html"})
    assert response.status_code == 200, (path, response.text[:300])
    assert Page(response.text).faults == []
    return response.text


def part(text: str, identifier: str) -> str:
    """Return the section of a page whose heading has an identifier."""
    (found,) = re.findall(rf'<section aria-labelledby="{identifier}">.*?</section>', text, re.DOTALL)
    return str(found)


def cells(text: str) -> list[list[str]]:
    """Return the cells of the rows of the tables of a page, as text."""
    return [
        [Page(cell).text for cell in re.findall(r"<td.*?</td>", row, re.DOTALL)]
        for row in re.findall(r"<tr.*?</tr>", text, re.DOTALL)
    ]


# --- The drawing ---


def row(number: str, sign: str, **more: Any) -> dict[str, Any]:
    """A row of a bar."""
    texts = {"item_en": "A total", "scale_en": "Areas", "group_en": "Planned"} | more
    values = {name: Literal(value, language="en") for name, value in texts.items() if name.endswith("_en")}
    return {
        **values,
        **{name: value for name, value in more.items() if not name.endswith("_en")},
        "number": Literal(int(number)),
        "sign": Literal(sign),
    }


def day(basis: str) -> dict[str, Any]:
    """The columns of a date and its basis."""
    date = Literal("2023-07-26", datatype=NamedNode("http://www.w3.org/2001/XMLSchema#date"))
    return {"day": date, "day_basis": NamedNode(f"{ID}basis/{basis}"), "day_basis_en": basis}


def drawn(scale: Scale, longest: float) -> ElementTree.Element:
    """A drawing as XML."""
    return ElementTree.fromstring(targets_svg(scale, longest, lambda iri: f"/{iri}", "bars"))


def test_bars_stand_in_groups_of_scales() -> None:
    found = scales(
        [
            row("10", "planned"),
            row("5", "observed", group_en="Reported"),
            row("30", "planned"),
            row("7", "planned", scale_en="Provinces"),
        ],
        "en",
    )
    assert [(scale.name, scale.longest) for scale in found] == [("Areas", 30), ("Provinces", 7)]
    assert [(heading, [bar.written for bar in bars]) for heading, bars in found[0].groups] == [
        ("Planned", ["10", "30"]),
        ("Reported", ["5"]),
    ]
    assert signs_of(found) == ["planned", "observed"]


@pytest.mark.parametrize(
    ("basis", "when"), [("stated", "26 July 2023"), ("on-or-before", "26 July 2023 (on-or-before)")]
)
def test_a_bar_says_on_what_its_day_rests(basis: str, when: str) -> None:
    ((_, (bar,)),) = scales([row("36", "announced", **day(basis))], "en")[0].groups
    assert bar == Bar("", "A total", 36.0, "36", when, "announced")


def test_a_sign_that_is_none() -> None:
    with pytest.raises(ValueError, match="'done' is no sign of a bar; known are planned, announced"):
        scales([row("1", "done")], "en")


def test_bars_are_as_long_as_their_numbers_in_all_drawings() -> None:
    found = scales([row("100", "planned"), row("25", "observed"), row("50", "planned", scale_en="Provinces")], "en")
    lengths = [float(bar.get("width") or 0) for scale in found for bar in drawn(scale, 100.0).iter(f"{SVG}rect")]
    assert lengths == [lengths[0], lengths[0] / 4, lengths[0] / 2]
    assert lengths[0] < WIDTH / 2


def test_a_bar_is_a_link_with_its_words() -> None:
    iri = f"{ID}plan-phase/one"
    (scale,) = scales([row("10", "planned", item=NamedNode(iri), item_en='A & "B"')], "en")
    svg = drawn(scale, 10.0)
    (link,) = svg.iter(f"{SVG}a")
    assert link.get("href") == f"/{iri}"
    assert "".join(link.itertext()).startswith('A & "B" · 10')
    assert svg.get("role") == "group"


def test_a_long_name_is_cut_and_told_whole() -> None:
    name = "long " * 40
    (scale,) = scales([row("10", "planned", item_en=name.strip())], "en")
    title, shown = (next(drawn(scale, 10.0).iter(f"{SVG}g")).find(f"{SVG}{tag}") for tag in ("title", "text"))
    assert title is not None
    assert shown is not None
    assert (title.text or "").startswith(name.strip())
    assert (shown.text or "").endswith("…")


def test_each_sign_has_a_style_and_words(site: Site) -> None:
    css = (files("kg.site") / "static/site.css").read_text("utf-8")
    for sign in SIGNS:
        assert f".targets .{sign} {{" in css
    for language in LANGUAGES:
        assert sorted(site.texts[language]["progress"]["signs"]) == sorted(SIGNS)


def test_nothing_is_drawn_without_numbers() -> None:
    assert scales([], "en") == []
    assert signs_of([]) == []


# --- The page ---


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_holds_the_stored_answers(
    client: Client, answer: Callable[[str], list[dict[str, str]]], language: str
) -> None:
    text = html(client, "/progress", language)
    plan, reported = cells(part(text, "progress-phases")), cells(part(text, "progress-reported"))
    for phase in answer("phases-of-the-plan"):
        years = ("start_buddhist", "end_buddhist") if language == "th" else ("start_year", "end_year")
        expected = [phase[f"phase_{language}"], *(phase[year] for year in years), phase["areas"], phase["provinces"]]
        assert expected in [row[:5] for row in plan]
    totals = [
        (one[f"quantity_{language}"], one["value"])
        for one in answer("totals-of-certified-areas")
        if one["unit_en"] in {"Area", "Province"}
    ]
    assert totals
    assert set(totals) <= {(row[0], row[1]) for row in reported if row}
    (zones,) = answer("number-of-promotion-zones")
    assert zones["value"] in {row[1] for row in reported if row}
    (beside,) = answer("plan-target-and-reported-totals")
    compared = Page(part(text, "progress-side-by-side")).text
    for column in (f"note_{language}", "target_areas", "reported_areas", "target_provinces", "reported_provinces"):
        assert beside[column] in compared


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_number_that_is_drawn_stands_in_a_table(client: Client, language: str) -> None:
    text = html(client, "/progress", language)
    tables = {cell for row in cells(text) for cell in row}
    bars = [
        (name, number)
        for name, number in re.findall(r"<title>([^<]*?) · ([0-9,]+)(?: · [^<]*)?</title>", part(text, "numbers"))
    ]
    assert len(bars) > 12
    assert {number for _, number in bars} <= tables
    for sign in SIGNS:
        assert f'class="{sign}"' in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_not_reported_is_said_to_be_without_evidence(
    client: Client, answer: Callable[[str], list[dict[str, str]]], language: str
) -> None:
    told = {row[-4]: row[-2] for row in cells(part(html(client, "/progress", language), "progress-announced")) if row}
    nothing = {"th": "ไม่พบหลักฐาน", "en": "no evidence"}[language]
    for event in answer("announced-events-not-reported-as-held"):
        assert told[event[f"event_{language}"]].startswith(nothing)
    assert [report for report in told.values() if not report.startswith(nothing)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_row_has_a_source(client: Client, language: str) -> None:
    text = html(client, "/progress", language)
    for name in ("phases", "reported", "named", "announced"):
        found = [row for row in cells(part(text, f"progress-{name}")) if row]
        assert found
        assert all(re.fullmatch(r"[0-9]+( [0-9]+)*( ≠ .*)?", row[-1]) for row in found), (name, found)
    for name in ("side-by-side", "differences"):
        sides = re.findall(r"<li>.*?</li>", part(text, f"progress-{name}"), re.DOTALL)
        assert sides
        assert all('class="source"' in side for side in sides)


@pytest.mark.parametrize(
    ("subject", "kind"), [("thailand-smart-city-drive", "plan"), ("thailand-smart-city-drive-3", "plan-phase")]
)
def test_a_comparison_stands_once_on_the_page_of_a_plan(client: Client, subject: str, kind: str) -> None:
    reached = part(html(client, f"/id/{kind}/{subject}", "en"), f"{kind}-reached")
    headings = re.findall(r"<dt>.*?</dt>", reached, re.DOTALL)
    assert len(headings) > 1
    assert len(headings) == len(set(headings))
    assert all(re.search(r"<li>\s*[0-9]", side) for side in re.findall(r"<li>.*?</li>", reached, re.DOTALL))


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_led_to(client: Client, language: str) -> None:
    first_screen = html(client, "/", language).partition("<h2")[0]
    asked = Page(first_screen[first_screen.index('<ul class="asked">') :]).links
    assert asked == ["./areas", "./sources", "./provinces", "./meetings", "./progress"]
    for path in ("/phases", "/areas", "/"):
        assert "./progress" in Page(html(client, path, language)).links
    assert html(client, "/phases", language).count('href="./progress"') == 2


# --- When something counts as reported ---


def tsc(name: str) -> NamedNode:
    """A term of the ontology."""
    return NamedNode(f"{ONTOLOGY}{name}")


def thing(path: str) -> NamedNode:
    """A thing of the project."""
    return NamedNode(f"{ID}{path}")


LATEST = NamedNode(f"{GRAPH}unattributed-2023-07-26-subcommittee-1-2566")
EARLIEST = NamedNode(f"{GRAPH}thaigov-2018-01-31-committee-1-2561")
PASSAGE = NamedNode(f"{ID}source/unattributed-2023-07-26-subcommittee-1-2566/text#char=0,9")
HELD = (tsc("occurrenceStatus"), thing("occurrence-status/reported-held"))
SEEN = (tsc("evidence"), PASSAGE)
AGENDA = thing("agenda-item/committee-1-2561-master-plan")

Added = tuple[tuple[NamedNode, NamedNode, NamedNode], ...]

NETWORK_HELD: Added = ((thing("meeting/ascn-3"), *HELD), (thing("meeting/ascn-3"), *SEEN))
EXPO = thing("event/thailand-smart-city-expo-2023")
EXPO_HELD: Added = ((EXPO, *HELD), (EXPO, *SEEN))
PLAN_NAMED: Added = ((thing("plan/smart-city-master-plan"), *SEEN),)
GROUP_NAMED: Added = ((thing("committee/bma-depa-working-group"), *SEEN),)
ON_AN_AGENDA: Added = (
    (AGENDA, tsc("isItemOf"), thing("meeting/committee-1-2563")),
    (AGENDA, tsc("concerns"), thing("meeting/subcommittee-1-2566")),
    (AGENDA, *SEEN),
)


@pytest.fixture(scope="module")
def announced(content: Content, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., dict[str, str]]:
    """What is told of each announced thing, in English, with statements added to the graph of a document."""
    (query,) = [one for one in page_queries(content)[progress.PROGRESS] if one.name.endswith("-announced")]
    folder = tmp_path_factory.mktemp("announced")

    @cache
    def told(added: Added, graph: NamedNode) -> dict[str, str]:
        paths = graph_files(content)
        lines = "".join(f"{subject} {predicate} {value} .\n" for subject, predicate, value in added)
        changed = folder / f"{abs(hash((added, graph)))}.ttl"
        changed.write_text(f"{paths[graph.value].read_text('utf-8')}\n{lines}", "utf-8")
        found = rows(load_graphs({**paths, graph.value: changed}), query.query)
        return {text_in(row, "thing").removeprefix(ID): text_in(row, "report_en") for row in found}

    return told


@pytest.mark.parametrize(
    ("added", "of", "report"),
    [
        (NETWORK_HELD, "meeting/ascn-3", "reported as held: "),
        (NETWORK_HELD, "task/committee-1-2563-attend-ascn-3", "reported as held: "),
        (EXPO_HELD, "event/thailand-smart-city-expo-2023", "reported as held: "),
        (EXPO_HELD, "award/scsa-2023", "reported as held: "),
        (PLAN_NAMED, "task/committee-1-2561-complete-plan", "named in a later document: "),
        (PLAN_NAMED, "task/committee-1-2561-present-plan", "named in a later document: "),
        (ON_AN_AGENDA, "next-step/subcommittee-1-2566-committee", "reported: "),
        (GROUP_NAMED, "undertaking/bangkok-2021-joint-working-group", "named in a later document: "),
    ],
)
def test_what_a_later_document_reports(
    announced: Callable[..., dict[str, str]], added: Added, of: str, report: str
) -> None:
    before, after = announced((), LATEST), announced(added, LATEST)
    assert before[of].startswith("no evidence")
    assert after[of].startswith(report)
    assert len(after) == len(before)


def test_what_an_earlier_document_names_is_no_report(announced: Callable[..., dict[str, str]]) -> None:
    told = announced(GROUP_NAMED, EARLIEST)
    assert told["undertaking/bangkok-2021-joint-working-group"] == "no evidence in these documents"


def test_what_is_reported_of_chair_and_emblem(announced: Callable[..., dict[str, str]]) -> None:
    told = announced((), LATEST)
    assert told["task/committee-1-2563-chair-subcommittee"].startswith("reported: ")
    assert told["designation-status/emblem-to-be-awarded"].startswith("reported both ways: ")
    assert told["event/thailand-smart-city-expo-2023"] == "no evidence, and no later document here"
