"""Literals: lexical forms (XML Schema Part 2), Gregorian years, forms that the store keeps, language and script."""

import re
from collections.abc import Iterator
from typing import Final

import pyoxigraph
import rdflib
from rdflib.namespace import RDFS, SKOS, XSD
from rdflib.term import Node

from kg.checks.lexical_forms import is_lexical_form
from kg.finding import Finding
from kg.turtle import Position, TurtleFile

BUDDHIST_ERA_OFFSET: Final = 543
"""A Buddhist-era year is the Gregorian year plus this, from 1941 on."""

_BUDDHIST_YEARS: Final = range(2400, 2700)
"""Years that can only be of the Buddhist era in data of our time; 9999 stands for no end."""

_DATED: Final = {XSD.date, XSD.dateTime, XSD.gYear, XSD.gYearMonth}
_LABELS: Final = {RDFS.label, SKOS.prefLabel}
_NAMES: Final = _LABELS | {SKOS.altLabel, SKOS.hiddenLabel}
_EXAMPLES: Final = {
    XSD.boolean: "true",
    XSD.date: "2018-01-31",
    XSD.dateTime: "2018-01-31T09:30:00Z",
    XSD.decimal: "2.5",
    XSD.double: "2.5E0",
    XSD.gYear: "2018",
    XSD.gYearMonth: "2018-01",
    XSD.integer: "3",
    XSD.time: "09:30:00",
}
"""A lexical form of each of the data types that are usual here."""

_THAI: Final = re.compile("[\u0e01-\u0e5b]")
_YEAR: Final = re.compile(r"-?([0-9]{4,9})(?![0-9])")

_Place = tuple[TurtleFile, Node, Node, rdflib.Literal, Position]


def _literals(turtle: TurtleFile) -> Iterator[_Place]:
    """Yield each statement of a file whose object is a literal."""
    for (subject, predicate, object_), position in turtle.positions.items():
        if isinstance(object_, rdflib.Literal):
            yield turtle, subject, predicate, object_, position


def _finding(place: _Place, rule: str, th: str, en: str, remedy: tuple[str, str] = ("", "")) -> Finding:
    """Return a finding at the place of a literal."""
    return Finding(place[0].path, *place[4], "violation", rule, th, en, *remedy)


def _check_lexical_form(place: _Place) -> Iterator[Finding]:
    """Yield a finding when the lexical form is not one of its data type."""
    literal = place[3]
    if literal.datatype and not is_lexical_form(str(literal), str(literal.datatype)):
        name = str(literal.datatype).rpartition("#")[2]
        yield _finding(
            place,
            "lexical-form",
            f'"{literal}" ไม่ใช่รูปเขียนที่ถูกต้องของ xsd:{name}',
            f'"{literal}" is not a valid xsd:{name}.',
            (f'เขียนค่าที่มีจริงในรูป "{example}"', f'Write a value that exists in the form of "{example}".')
            if (example := _EXAMPLES.get(literal.datatype))
            else ("", ""),
        )


def _check_era(place: _Place) -> Iterator[Finding]:
    """Yield a finding when a date has a year that can only be of the Buddhist era."""
    literal = place[3]
    if literal.datatype in _DATED and (match := _YEAR.match(str(literal))):
        year = int(match.group(1))
        if year in _BUDDHIST_YEARS:
            gregorian = str(literal).replace(match.group(1), str(year - BUDDHIST_ERA_OFFSET), 1)
            yield _finding(
                place,
                "buddhist-era",
                f'ปี {year} ใน "{literal}" เป็นพุทธศักราช แต่ชนิดข้อมูลวันที่ของ XML Schema ใช้คริสต์ศักราช',
                f'The year {year} in "{literal}" is of the Buddhist era; the date types of XML Schema are Gregorian.',
                (f'ลบ 543: "{gregorian}"', f'Subtract 543: "{gregorian}".'),
            )


def _check_language(place: _Place) -> Iterator[Finding]:
    """Yield a finding when a language tag is not lower case or a name is in another script than its tag says."""
    _, subject, predicate, literal, _ = place
    language = literal.language
    if not language:
        return
    if language != language.lower():
        yield _finding(
            place,
            "language-tag",
            f"ป้ายภาษา @{language} ต้องเป็นตัวพิมพ์เล็ก",
            f"The language tag @{language} must be lower case.",
            (f"ใช้ @{language.lower()}", f"Write @{language.lower()}."),
        )
    if predicate not in _NAMES:
        return
    has_thai = bool(_THAI.search(literal))
    if language in {"en", "th-latn"} and has_thai:
        yield _finding(
            place,
            "wrong-language",
            f'"{literal}" มีอักษรไทย แต่ติดป้ายภาษา @{language}',
            f'"{literal}" has Thai letters but is tagged @{language}.',
            ("แก้ป้ายภาษาหรือแก้ข้อความ", "Correct the tag or the text."),
        )
    if language == "th" and predicate in _LABELS and not has_thai:
        graph = place[0].graph
        if rdflib.Literal(str(literal), lang="en") not in graph.objects(subject, predicate):
            yield _finding(
                place,
                "wrong-language",
                f'"{literal}" ติดป้ายภาษา @th แต่ไม่มีอักษรไทย',
                f'"{literal}" is tagged @th but has no Thai letter.',
                (
                    "เขียนชื่อภาษาไทย หรือถ้าเป็นชื่อเฉพาะให้เขียนเหมือนชื่อภาษาอังกฤษ",
                    "Write the Thai name; a proper name without one is the same in both languages.",
                ),
            )


def _exchanged(places: list[_Place]) -> dict[tuple[Node, Node, Node], rdflib.Literal]:
    """Return the names that have the tag of one another, each statement with the other name."""
    names: dict[tuple[Node, Node], dict[str, list[rdflib.Literal]]] = {}
    for _, subject, predicate, literal, _ in places:
        if predicate in _LABELS and literal.language in {"en", "th"}:
            names.setdefault((subject, predicate), {}).setdefault(literal.language, []).append(literal)
    found: dict[tuple[Node, Node, Node], rdflib.Literal] = {}
    for (subject, predicate), tagged in names.items():
        if [len(tagged.get(language, ())) for language in ("en", "th")] == [1, 1]:
            english, thai = tagged["en"][0], tagged["th"][0]
            if _THAI.search(english) and not _THAI.search(thai):
                found[subject, predicate, english], found[subject, predicate, thai] = thai, english
    return found


def _check_exchange(place: _Place, exchanged: dict[tuple[Node, Node, Node], rdflib.Literal]) -> Iterator[Finding]:
    """Yield the finding that the tags of two names are exchanged, at the first of the two."""
    turtle, subject, predicate, literal, position = place
    other = exchanged[subject, predicate, literal]
    if position <= turtle.positions[subject, predicate, other]:
        yield _finding(
            place,
            "wrong-language",
            f'ป้ายภาษาของ "{literal}" กับ "{other}" สลับกัน',
            f'The language tags of "{literal}" and "{other}" are exchanged.',
            ("สลับป้ายภาษากลับ", "Exchange the tags."),
        )


def _stored_form(store: pyoxigraph.Store, literal: rdflib.Literal) -> str:
    """Return the lexical form and data type of a literal after a stay in the store."""
    subject, predicate = pyoxigraph.NamedNode("urn:s"), pyoxigraph.NamedNode("urn:p")
    store.clear()
    store.add(
        pyoxigraph.Quad(
            subject, predicate, pyoxigraph.Literal(str(literal), datatype=pyoxigraph.NamedNode(str(literal.datatype)))
        )
    )
    (quad,) = store.quads_for_pattern(subject, predicate, None, None)
    return str(quad.object)


def _check_store(places: list[_Place]) -> Iterator[Finding]:
    """Yield a finding for each typed literal that the store would give back in another form."""
    store = pyoxigraph.Store()
    stored: dict[tuple[str, Node], str] = {}
    for place in places:
        literal = place[3]
        if literal.datatype is None or literal.datatype == XSD.string:
            continue
        if not is_lexical_form(str(literal), str(literal.datatype)):
            continue
        key = (str(literal), literal.datatype)
        if key not in stored:
            stored[key] = _stored_form(store, literal)
        written = str(pyoxigraph.Literal(str(literal), datatype=pyoxigraph.NamedNode(str(literal.datatype))))
        if stored[key] != written:
            short = stored[key].replace(str(XSD), "xsd:").replace("<", "").replace(">", "")
            yield _finding(
                place,
                "store-form",
                f"ที่เก็บข้อมูลจะเปลี่ยน {literal.n3()} เป็นรูปอื่น",
                f"The store would rewrite {literal.n3()}.",
                (f"เขียนเป็น {short}", f"Write {short}."),
            )


def check_literals(turtle: TurtleFile) -> list[Finding]:
    """Return the findings about the literals of a file. They depend on the file alone."""
    places = list(_literals(turtle))
    found = list(_check_store(places))
    exchanged = _exchanged(places)
    for place in places:
        found += [*_check_lexical_form(place), *_check_era(place)]
        found += _check_exchange(place, exchanged) if place[1:4] in exchanged else _check_language(place)
    return found
