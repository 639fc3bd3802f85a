"""Where a term ends in a line, and columns in UTF-16."""

from pathlib import Path

import pytest

from kg.reports.paths import turtle_path
from kg.reports.source import Sources


@pytest.mark.parametrize(
    ("line", "column", "end"),
    [
        ("ex:a ex:b ex:c .", 6, 10),
        ("ex:a.b.", 1, 7),  # the last full stop ends the statement
        ("ex:a;", 1, 5),
        ("<https://example.org/a> a", 1, 24),
        ('"a b"@th .', 1, 9),
        ('"a \\" b" .', 1, 9),
        ("'a'^^xsd:date .", 1, 14),
        ("'a'^^<https://example.org/d> .", 1, 29),
        ('"""a "b" c""" .', 1, 14),
        ('"""begins here', 1, 15),
        ("@prefix ex: <x>", 1, 8),
        ("ก:ที่ .", 1, 6),
        ("[ ]", 1, 2),
        ('"open', 1, 2),
        ("ab", 3, None),
        ("ab", 9, None),
    ],
)
def test_a_term_ends(line: str, column: int, end: int | None, tmp_path: Path) -> None:
    path = tmp_path / "a.ttl"
    path.write_bytes(f"# first\r\n{line}\n".encode())
    assert Sources().end(path, 2, column) == end


@pytest.mark.parametrize(("line", "column", "expected"), [("aก𝒳b", 4, 5), ("aก𝒳b", 3, 3), ("𝒳𝒳x", 3, 5), ("", 1, 1)])
def test_columns_in_utf16(line: str, column: int, expected: int, tmp_path: Path) -> None:
    path = tmp_path / "a.ttl"
    path.write_text(line, encoding="utf-8")
    assert Sources().utf16(path, 1, column) == expected


def test_lines_end_where_those_of_turtle_end(tmp_path: Path) -> None:
    path = tmp_path / "a.ttl"
    path.write_bytes("1\r\n2\r3\n4\u2028\x0b4\n".encode() + b"\xff")
    sources = Sources()
    assert [sources.line(path, number) for number in range(7)] == [None, "1", "2", "3", "4\u2028\x0b4", "\ufffd", None]
    assert sources.line(tmp_path / "none.ttl", 1) is None


P, Q = "<https://example.org/p>", "<https://example.org/q>"
TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (P, P),
        ("a", TYPE),
        (f"^{P}", f"[ sh:inversePath {P} ]"),
        (f"{P}/{Q}", f"( {P} {Q} )"),
        (f"{P} | {Q} | a", f"[ sh:alternativePath ( {P} {Q} {TYPE} ) ]"),
        (f"{P}*", f"[ sh:zeroOrMorePath {P} ]"),
        (f"{P}+", f"[ sh:oneOrMorePath {P} ]"),
        (f"({P}/{Q})?", f"[ sh:zeroOrOnePath ( {P} {Q} ) ]"),
        (f"^{P}*", f"[ sh:inversePath [ sh:zeroOrMorePath {P} ] ]"),
        (f"{P}/^{Q}|a", f"[ sh:alternativePath ( ( {P} [ sh:inversePath {Q} ] ) {TYPE} ) ]"),
        (f"!{P}", None),
        (f"{P}/", None),
        (f"({P}", None),
        (f"{P} {Q}", None),
        ("ex:p", None),
        ("<https://example.org/ p>", None),
        ("", None),
    ],
)
def test_a_path_of_sparql_as_one_of_shacl(text: str, expected: str | None) -> None:
    assert turtle_path(text) == expected
