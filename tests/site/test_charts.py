"""The drawings: outlines against the points of the register, and rows against what is drawn."""

import asyncio
import re
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from pyoxigraph import Literal, NamedNode

from kg.namespaces import ID, XSD
from kg.site import Site
from kg.site.charts.drawing import element, width
from kg.site.charts.map import Division, Layer, layer, map_svg, read_divisions
from kg.site.charts.network import KINDS, LINES, graph, layers, legend, network_svg
from kg.site.charts.outlines import area, contains, distance, divisions, matched, path, points_of, projected, simplified
from kg.site.charts.timeline import days_of, happenings, timeline_svg
from kg.site.parameters import page_queries
from kg.site.vendoring import DIVISIONS, ROOT, points_of_divisions

SVG = "{http://www.w3.org/2000/svg}"
WORDS = {
    "none": "no evidence",
    "inset": "inset",
    "description": "a drawing",
    "count": "areas: {number}",
    "happened": "happened",
    "planned": "planned",
    "until": "to",
}
Rows = list[dict[str, Any]]


def link(iri: str) -> str:
    """An address that can be told from its IRI."""
    return f"/{iri.rpartition('/')[2]}"


def rows_of(site: Site, kind: str, name: str) -> Rows:
    """The rows of a query behind a page."""
    query = next(query for query in page_queries(site.content)[kind] if query.name == name)
    return list(asyncio.run(site.rows(query.query)))


def labelled(name: str, iri: str, thai: str, english: str) -> dict[str, Any]:
    """The columns of a resource with its labels."""
    return {
        name: NamedNode(iri),
        f"{name}_th": Literal(thai, language="th"),
        f"{name}_en": Literal(english, language="en"),
    }


def day(text: str) -> Literal:
    """A date or a year."""
    kind = "gYear" if len(text) == 4 else "date"
    return Literal(text, datatype=NamedNode(f"{XSD}{kind}"))


# --- Outlines ---


def register_points() -> dict[str, tuple[float, float]]:
    return points_of_divisions((ROOT / DIVISIONS).read_text("utf-8"))


def test_there_is_an_outline_of_each_division() -> None:
    assert sorted(divisions()) == sorted(register_points())
    assert len(divisions()) == 77


@pytest.mark.parametrize(("code", "point"), sorted(register_points().items()))
def test_the_point_of_a_division_lies_in_its_outline_and_in_no_other(code: str, point: tuple[float, float]) -> None:
    place = projected(*point)
    holders = [other for other, outline in divisions().items() if contains(points_of(outline.path), place)]
    assert holders == [code]


def test_outlines_are_as_large_as_the_country() -> None:
    """513,120 square kilometres; a degree is 111.2 km, and the drawing is true to scale in the middle."""
    units = sum(area(ring) for outline in divisions().values() for ring in points_of(outline.path))
    assert units * (111.2 / 60) ** 2 == pytest.approx(513_120, rel=0.03)


def test_the_nameless_piece_belongs_to_satun() -> None:
    """The islands off Satun lie west of 99.6° E; no other piece of it does."""
    islands = [
        ring for ring in points_of(divisions()["TH-91"].path) if max(x for x, _ in ring) < projected(99.6, 6.6)[0]
    ]
    assert islands


SQUARE = [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0), (0.0, 0.0)]
FAR = [(x + 30, y) for x, y in SQUARE]
NEAR = [(x + 43, y) for x, y in SQUARE]


@pytest.mark.parametrize(
    ("point", "expected"), [((5.0, 5.0), 0.0), ((15.0, 5.0), 5.0), ((13.0, 14.0), 5.0), ((-1.0, 5.0), 1.0)]
)
def test_distance_from_a_shape(point: tuple[float, float], expected: float) -> None:
    assert distance([SQUARE], point) == expected


def test_what_is_left_goes_to_the_nearest_shape() -> None:
    found = matched([[SQUARE], [FAR], [NEAR]], {"A": (5, 5), "B": (34, 5)})
    assert found == {"A": [SQUARE], "B": [FAR, NEAR]}


def test_two_points_in_one_shape_are_an_error() -> None:
    with pytest.raises(ValueError, match="A and B are nearest to the same shape"):
        matched([[SQUARE], [FAR]], {"A": (5, 5), "B": (6, 6)})


def test_a_simplified_line_keeps_corners_and_ends() -> None:
    line = [(0.0, 0.0), (5.0, 0.1), (10.0, 0.0), (10.0, 10.0)]
    assert simplified(line, 0.5) == [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0)]
    assert simplified(line, 0.05) == line


def test_a_path_is_read_as_it_was_written() -> None:
    ring = [(0.5, 10.0), (-0.3, 10.2), (12.4, 20.9), (0.5, 10.0)]
    (found,) = points_of(path([ring]))
    assert [(round(x, 1), round(y, 1)) for x, y in found] == ring


# --- What all drawings share ---


def test_what_is_drawn_is_escaped() -> None:
    assert element("a", 'x < "y"', element("b", "&"), href='"><script>') == (
        '<a href="&#34;&gt;&lt;script&gt;">x &lt; &#34;y&#34;<b>&amp;</b></a>'
    )


def test_marks_above_and_below_take_no_room() -> None:
    assert width("ที่", 10) == width("ท", 10)
    assert width("กก", 10) == 2 * width("ก", 10)


def parsed(svg: str) -> ElementTree.Element:
    """A drawing as XML, after what holds for each of them was looked at."""
    root = ElementTree.fromstring(svg)
    assert root.get("role") == "group"
    identifiers = [found for found in (node.get("id") for node in root.iter()) if found]
    assert len(identifiers) == len(set(identifiers))
    assert {root.get("aria-labelledby"), root.get("aria-describedby")} <= set(identifiers)
    for node in root.iter():
        assert node.get("style") is None
        if node.tag == f"{SVG}a":
            assert node.get("href")
            assert node.get("aria-label") or "".join(node.itertext()).strip()
    return root


# --- Map ---

BANGKOK = Division(f"{ID}division/TH-10", "TH-10", "Bangkok", 100.6041, 13.7279)
CHIANG_MAI = Division(f"{ID}division/TH-50", "TH-50", "Chiang Mai", 98.6139, 18.693)


def division(place: Division) -> dict[str, Any]:
    return labelled("division", place.iri, "ชื่อ", place.name)


def test_counts_are_of_different_things() -> None:
    area_rows = [{**division(CHIANG_MAI), "item": NamedNode(f"{ID}x/{name}")} for name in ("a", "b", "b", "c")]
    found = layer([*area_rows, {**division(BANGKOK), "item": NamedNode(f"{ID}x/a")}], "en", WORDS)
    assert {iri: (mark.shade, mark.text, mark.words) for iri, mark in found.marks.items()} == {
        CHIANG_MAI.iri: ("step-3", "3", "areas: 3"),
        BANGKOK.iri: ("step-1", "1", "areas: 1"),
    }
    assert [key.words for key in found.legend] == ["areas: 1", "areas: 3–5"]


def test_statuses_are_told_in_words() -> None:
    rows = [
        {**division(BANGKOK), "item": NamedNode(f"{ID}x/{item}"), **labelled("status", f"{ID}s/{status}", "ก", status)}
        for item, status in (("a", "approved"), ("b", "awarded"), ("c", "approved"))
    ]
    assert layer(rows, "en", WORDS).marks[BANGKOK.iri].words == "areas: 3; approved; awarded"


def test_numbers_are_added_up() -> None:
    rows = [{**division(BANGKOK), "n": Literal(number)} for number in (4, 5)]
    assert layer(rows, "en", WORDS).marks[BANGKOK.iri].text == "9"


def test_a_division_may_be_of_several_categories() -> None:
    one, two = (labelled("category", f"{ID}c/{name}", name, name) for name in ("one", "two"))
    found = layer(
        [{**division(CHIANG_MAI), **one}, {**division(BANGKOK), **two}, {**division(BANGKOK), **one}], "en", WORDS
    )
    assert found.marks[BANGKOK.iri].text == "1·2"
    assert found.marks[BANGKOK.iri].words == "one, two"
    assert [(key.text, key.words) for key in found.legend] == [("1", "one"), ("2", "two")]
    assert found.marks[CHIANG_MAI.iri].shade == found.legend[0].shade != found.legend[1].shade


def test_what_has_no_division_is_kept_apart() -> None:
    row = {"item": NamedNode(f"{ID}x/a")}
    found = layer([row], "en", WORDS)
    assert (found.marks, found.unplaced, found.legend) == ({}, [row], [])


def test_no_evidence_is_hatched_and_not_zero() -> None:
    shown = layer([{**division(CHIANG_MAI), "item": NamedNode(f"{ID}x/a")}], "en", WORDS)
    root = parsed(map_svg([BANGKOK, CHIANG_MAI], shown, link, WORDS, "A title"))
    links = {node.get("aria-label"): node for node in root.findall(f"{SVG}a")}
    assert set(links) == {"Bangkok: no evidence", "Chiang Mai: areas: 1"}
    without, within = links["Bangkok: no evidence"], links["Chiang Mai: areas: 1"]
    assert (without.get("tabindex"), within.get("tabindex")) == ("-1", None)
    assert without.find(f"{SVG}path").get("fill") == "url(#map-hatch)"  # type: ignore[union-attr]
    assert within.find(f"{SVG}path").get("class") == "division step-2"  # type: ignore[union-attr]
    assert "0" not in {text for node in root.iter(f"{SVG}text") for text in node.itertext()}


def test_a_small_division_has_a_dot() -> None:
    place = Division(f"{ID}division/TH-83", "TH-83", "Phuket", 98.34, 7.94)
    shown = layer([{**division(place)}], "en", WORDS)
    root = parsed(map_svg([place], shown, link, WORDS, "A title"))
    assert len(list(root.iter(f"{SVG}circle"))) == 1


def test_the_inset_is_passed_by_the_keyboard() -> None:
    shown = layer([{**division(BANGKOK)}], "en", WORDS)
    root = parsed(map_svg([BANGKOK], shown, link, WORDS, "A title"))
    inset = next(node for node in root.findall(f"{SVG}g") if node.find(f"{SVG}rect") is not None)
    assert inset.get("aria-hidden") == "true"
    assert {node.get("tabindex") for node in inset.iter(f"{SVG}a")} == {"-1"}


@pytest.mark.parametrize("language", ["th", "en"])
@pytest.mark.parametrize("name", ["01-areas", "02-pilot", "03-network", "04-phases"])
def test_the_layers_of_the_data(site: Site, language: str, name: str) -> None:
    rows = rows_of(site, "map", name)
    places = read_divisions(rows_of(site, "map", "00-divisions"), language)
    assert len(places) == 77
    shown = layer(rows, language, site.texts[language]["map"])
    svg = map_svg(places, shown, link, site.texts[language]["map"], "A title")
    root = parsed(svg)
    named = {row["division"].value for row in rows if "division" in row}
    reachable = [node for node in root.findall(f"{SVG}a") if node.get("tabindex") is None]
    assert named == set(shown.marks)
    assert len(reachable) == len(named)
    assert svg == map_svg(
        places, layer(rows, language, site.texts[language]["map"]), link, site.texts[language]["map"], "A title"
    )


def test_an_empty_layer_is_all_hatched() -> None:
    root = parsed(map_svg([BANGKOK], Layer(), link, WORDS, "A title"))
    assert [node.get("tabindex") for node in root.findall(f"{SVG}a")] == ["-1"]


# --- Timeline ---


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2018-01-31", (date(2018, 1, 31), date(2018, 1, 31))),
        ("2020-02", (date(2020, 2, 1), date(2020, 2, 29))),
        ("2019", (date(2019, 1, 1), date(2019, 12, 31))),
        ("2018-01-31T09:30:00Z", (date(2018, 1, 31), date(2018, 1, 31))),
        ("2018-02-30", None),
        ("soon", None),
        ("", None),
    ],
)
def test_days_of(text: str, expected: tuple[date, date] | None) -> None:
    assert days_of(text) == expected


def happening(name: str, first: str, **more: Any) -> dict[str, Any]:
    return {**labelled("item", f"{ID}meeting/{name}", f"{name} ไทย", name), "day": day(first), **more}


def test_happenings_say_on_what_a_date_rests() -> None:
    rows = [
        happening("b", "2019-05-15", day_basis=NamedNode(f"{ID}basis/on-or-before")),
        happening("a", "2018-01-31", day_basis=NamedNode(f"{ID}basis/stated")),
        happening("a", "2018-01-31", day_basis=NamedNode(f"{ID}basis/stated")),
        happening("plan", "2019", until=day("2020"), planned=Literal(value=True)),
        {"item": NamedNode(f"{ID}meeting/undated")},
    ]
    found = happenings(rows, "th", "ถึง")
    assert [(entry.name, entry.written, entry.certain, entry.planned) for entry in found] == [
        ("a ไทย", "31 มกราคม 2561", True, False),
        ("plan ไทย", "2562 ถึง 2563", True, True),
        ("b ไทย", "15 พฤษภาคม 2562", False, False),
    ]
    assert (found[1].first, found[1].last) == (date(2019, 1, 1), date(2020, 12, 31))


def test_open_and_filled_dots_bars_and_rows() -> None:
    rows = [
        happening("stated", "2018-01-31"),
        happening("inferred", "2020-05-13", day_basis=NamedNode(f"{ID}basis/year-inferred")),
        happening("plan", "2019", until=day("2020"), planned=Literal(value=True)),
    ]
    root = parsed(timeline_svg(happenings(rows, "en", "to"), link, WORDS, "A title", "en"))
    marks = {
        node.get("href"): [found.get("class") for found in node if found.tag in {f"{SVG}circle", f"{SVG}rect"}]
        for node in root.iter(f"{SVG}a")
    }
    assert marks == {"/stated": ["certain"], "/inferred": ["uncertain"], "/plan": ["phase"]}
    texts = [text for node in root.iter(f"{SVG}text") for text in node.itertext()]
    assert {"happened", "planned", "2018", "2019", "2020"} <= set(texts)


def test_years_of_the_buddhist_era() -> None:
    shown = happenings([happening("a", "2018-01-31")], "th", "ถึง")
    assert ">2561<" in timeline_svg(shown, link, WORDS, "A title", "th")


def test_nothing_to_show_is_no_drawing() -> None:
    assert timeline_svg([], link, WORDS, "A title", "en") == ""
    assert network_svg(graph([], "en"), link, WORDS, "A title") == ""


def test_what_no_document_dates_is_in_the_rows_and_not_drawn(site: Site) -> None:
    rows = rows_of(site, "timeline", "01-events")
    assert len(rows) == len({(row["item"], row["source"]) for row in rows})
    undated = {row["item"].value for row in rows if "day" not in row}
    assert undated == {f"{ID}source/unattributed-2020-committee-1-2563"}
    assert not undated & {entry.iri for entry in happenings(rows, "en", "to")}


@pytest.mark.parametrize("language", ["th", "en"])
def test_no_texts_of_the_timeline_overlap(site: Site, language: str) -> None:
    shown = happenings(rows_of(site, "timeline", "01-events"), language, "–")
    root = parsed(timeline_svg(shown, link, WORDS, "A title", language))
    lines: dict[str, list[tuple[float, float]]] = {}
    for node in root.iter(f"{SVG}a"):
        (text,) = node.findall(f"{SVG}text")
        long = width("".join(text.itertext()), 13)
        at = float(text.get("x", ""))
        lines.setdefault(text.get("y", ""), []).append(
            (at - long, at) if text.get("class") == "end" else (at, at + long)
        )
    assert sum(len(line) for line in lines.values()) == len(shown)
    for line in lines.values():
        for before, after in zip(sorted(line), sorted(line)[1:], strict=False):
            assert before[1] <= after[0]
        assert min(line)[0] >= 0
        assert max(end for _, end in line) <= 1080


# --- Network ---


def relation(source: str, source_kind: str, name: str, target: str, target_kind: str, **more: Any) -> dict[str, Any]:
    return {
        **labelled("from", f"{ID}x/{source}", source, source),
        **labelled("to", f"{ID}x/{target}", target, target),
        **labelled("relation", f"{ID}r/{name}", name, name),
        "from_kind": Literal(source_kind),
        "to_kind": Literal(target_kind),
        **more,
    }


SMALL = [
    relation("committee", "body", "appointed", "order", "order"),
    relation("subcommittee", "body", "under", "committee", "body"),
    relation("person", "person", "chairs", "committee", "body", day=day("2018-01-31")),
    relation("person", "person", "chairs", "committee", "body", day=day("2020-05-13")),
]


def test_bodies_stand_below_the_bodies_they_belong_to() -> None:
    found = layers(graph(SMALL, "en"))
    assert {iri.rpartition("/")[2]: level for iri, level in found.items()} == {
        "order": 0,
        "committee": 1,
        "subcommittee": 2,
        "person": 3,
    }


def test_a_circle_of_bodies_ends() -> None:
    circle = [relation("a", "body", "under", "b", "body"), relation("b", "body", "under", "a", "body")]
    assert len(layers(graph(circle, "en"))) == 2
    parsed(network_svg(graph(circle, "en"), link, WORDS, "A title"))


def test_a_relation_is_drawn_once_with_all_its_days() -> None:
    content = graph(SMALL, "en")
    assert [(found.name, found.days) for found in content.relations] == [
        ("appointed", ()),
        ("under", ()),
        ("chairs", ("31 January 2018", "13 May 2020")),
    ]
    svg = network_svg(content, link, WORDS, "A title")
    assert "person – chairs – committee (31 January 2018; 13 May 2020)" in svg
    assert svg.count('class="arrow"') == 3


def test_a_line_is_told_in_words_and_the_last_one_serves_for_more() -> None:
    rows = [relation("a", "person", name, "b", "body") for name in "uvwxyz"]
    rows[1]["line"], rows[1]["line_en"] = rows[0]["relation"], Literal("u", language="en")
    found = legend(graph(rows, "en"), ("thin", "dashed", "dotted", "thick"))
    assert [name for name, *_ in found] == ["thin: u", "dashed: w", "dotted: x", "thick: y · z"]
    assert [style for _, *style in found] == [list(line) for line in LINES]


@pytest.mark.parametrize("language", ["th", "en"])
def test_no_boxes_of_the_network_overlap(site: Site, language: str) -> None:
    rows = rows_of(site, "structure", "01-relations")
    content = graph(rows, language)
    root = parsed(network_svg(content, link, WORDS, "A title"))
    boxes = [
        tuple(float(node.get(key, "")) for key in ("x", "y", "width", "height")) for node in root.iter(f"{SVG}rect")
    ]
    assert len(boxes) == len({row[end].value for row in rows for end in ("from", "to")})
    for number, (x, y, wide, high) in enumerate(boxes):
        for other_x, other_y, other_wide, other_high in boxes[number + 1 :]:
            apart = x + wide <= other_x or other_x + other_wide <= x or y + high <= other_y or other_y + other_high <= y
            assert apart
    styles = [style[1:] for style in legend(content, site.texts[language]["network"]["lines"])]
    assert len(styles) == len(set(styles))
    assert len(styles) == len({relation.sort for relation in content.relations}) <= len(LINES)
    assert set(content.kinds.values()) <= set(KINDS)


def test_drawings_name_no_host(site: Site) -> None:
    """Beside the namespace of SVG and XHTML."""
    svg = network_svg(graph(rows_of(site, "structure", "01-relations"), "th"), link, WORDS, "A title")
    assert set(re.findall(r"https?://[^/\"]+", svg)) == {"http://www.w3.org"}


def test_styles_of_drawings_are_in_the_style_sheet() -> None:
    css = (Path(ROOT) / "src/kg/site/static/site.css").read_text("utf-8")
    for name in (
        "step-1",
        "step-2",
        "step-3",
        "step-4",
        "none",
        "hatch-line",
        "certain",
        "uncertain",
        "edge-dotted",
        "edge-heavy",
        "held",
        "open",
        "closed",
    ):
        assert f".{name}" in css
