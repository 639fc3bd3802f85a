"""The line and column of every triple, and of every syntax error."""

from pathlib import Path

import pytest

from kg.errors import InputError
from kg.turtle import TurtleSyntaxError, parse_turtle

BASE = "https://example.org/base"

DOCUMENT = '''@prefix ex: <https://example.org/> .
# a comment
ex:a ex:names "หนึ่ง"@th ,
        "one"@en-GB ;
    ex:numbers 2.50 , 3, true ;
    ex:list ( ex:x
        ex:y ) ;
    ex:nested [ ex:text """two
lines""" ; ex:after ex:z ] ;
    ex:last <#relative> .
ex:b ex:names "B"@en .
'''

PLACES = {
    '"หนึ่ง"@th': (3, 15),
    '"one"@en-GB': (4, 9),
    '"2.50"^^<http://www.w3.org/2001/XMLSchema#decimal>': (5, 16),
    '"3"^^<http://www.w3.org/2001/XMLSchema#integer>': (5, 23),
    '"true"^^<http://www.w3.org/2001/XMLSchema#boolean>': (5, 26),
    '"""two\nlines"""': (8, 25),
    "<https://example.org/z>": (9, 21),
    "<https://example.org/base#relative>": (10, 13),
    '"B"@en': (11, 15),
}


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "document.ttl"
    path.write_text(DOCUMENT, encoding="utf-8")
    return path


def test_each_object_has_its_place(document: Path) -> None:
    positions = parse_turtle(document, BASE).positions
    found = {object_.n3(): tuple(position) for (_, _, object_), position in positions.items()}
    assert {text: found[text] for text in PLACES} == PLACES


def test_every_triple_has_a_place_and_keeps_its_form(document: Path) -> None:
    turtle = parse_turtle(document, BASE)
    assert set(turtle.positions) == set(turtle.graph)
    assert turtle.parsers_agree
    assert turtle.prefixes == {"ex": "https://example.org/"}


@pytest.mark.parametrize(
    ("content", "line", "column"),
    [
        (b"@prefix ex: <https://example.org/> .\nex:a ex:b ex:c\nex:d ex:e ex:f .\n", 2, 15),
        (b"@prefix ex: <https://example.org/> .\nex:a ex:b ex:c # note .\n\n# note\n  ex:d ex:e .\n", 2, 15),
        (b"@prefix ex: <https://example.org/> .\nex:a ex:b ex:c ex:d ex:e .\n", 2, 16),
        (b"@prefix ex: <https://example.org/>\n@prefix e: <https://example.org/> .\n", 1, 35),
        (b"@prefix ex: <https://example.org/> .\nex:a ex:b [ ex:c ex:d\n  ex:e ex:f ] .\n", 2, 22),
        (b"@prefix ex: <https://example.org/> .\nex:a ex:b ex:c\n\n", 2, 15),
        (b"<https://example.org/a> <https://example.org/b> unknown:c .\n", 1, 49),
        ("<https://example.org/a> <https://example.org/b> 'ก'@th-THAITHAITHAI .\n".encode(), 1, 53),
        (b"# fine\n<https://example.org/\xff> .\n", 2, 22),
    ],
    ids=[
        "missing stop",
        "missing stop before a comment",
        "missing stop on a line",
        "missing stop of a prefix",
        "missing bracket",
        "missing stop at the end",
        "unknown prefix",
        "language tag",
        "not UTF-8",
    ],
)
def test_a_syntax_error_has_line_and_column(tmp_path: Path, content: bytes, line: int, column: int) -> None:
    path = tmp_path / "broken.ttl"
    path.write_bytes(content)
    with pytest.raises(TurtleSyntaxError) as caught:
        parse_turtle(path, BASE)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert str(caught.value).startswith(f"{path}:{line}:{column}: ")


def test_a_missing_file_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no\.ttl: No such file"):
        parse_turtle(tmp_path / "no.ttl", BASE)
