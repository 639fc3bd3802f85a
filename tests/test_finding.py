"""How a finding is written in a line, in every language."""

import json
from pathlib import Path

import pytest

from kg.finding import Finding, Language, Severity, Suppressed, fails, one_line, render, sort_findings, summary

FINDING = Finding(
    Path("data/a.ttl"), 3, 7, "warning", "Meeting-label", "ไม่มีชื่อ", "No label, 100%\nreally.", "ตั้งชื่อ", "Name it."
)


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "data/a.ttl:3:7: warning Meeting-label: No label, 100% really. Remedy: Name it."),
        ("th", "data/a.ttl:3:7: warning Meeting-label: ไม่มีชื่อ วิธีแก้: ตั้งชื่อ"),
        (
            "both",
            "data/a.ttl:3:7: warning Meeting-label: ไม่มีชื่อ วิธีแก้: ตั้งชื่อ / No label, 100% really. Remedy: Name it.",
        ),
    ],
)
def test_text_is_one_line(language: Language, expected: str) -> None:
    assert render(FINDING, "text", language) == expected


def test_json_has_both_languages_in_one_line() -> None:
    line = render(FINDING, "json", "en")
    assert "\n" not in line
    assert json.loads(line) == {
        "path": "data/a.ttl",
        "line": 3,
        "column": 7,
        "severity": "warning",
        "rule": "Meeting-label",
        "message_th": "ไม่มีชื่อ",
        "message_en": "No label, 100%\nreally.",
        "remedy_th": "ตั้งชื่อ",
        "remedy_en": "Name it.",
        "focus_node": "",
        "result_path": "",
        "value": "",
        "source_shape": "",
        "component": "",
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\n  b", "a b"),
        ("a \r\n\tb\u2028c", "a b c"),
        ("a\tb", "a b"),
        ("\x1b[31mred\x07", "\ufffd[31mred\ufffd"),
        ("กำ ที่", "กำ ที่"),
    ],
)
def test_what_a_file_says_cannot_steer_the_terminal(text: str, expected: str) -> None:
    assert one_line(text) == expected


def test_findings_are_sorted_by_place_and_listed_once() -> None:
    def at(path: str, line: int, severity: Severity) -> Finding:
        return Finding(Path(path), line, 1, severity, "r", "", "")

    first, second, third = at("a", 2, "violation"), at("a", 10, "info"), at("b", 1, "violation")
    assert sort_findings([third, second, first, second]) == [first, second, third]
    assert summary([first, second, third]) == "2 violations, 0 warnings, 1 note"


@pytest.mark.parametrize(
    ("severity", "fail_on", "expected"),
    [
        ("violation", "violation", True),
        ("warning", "violation", False),
        ("warning", "warning", True),
        ("info", "warning", False),
        ("info", "info", True),
    ],
)
def test_what_fails(severity: Severity, fail_on: Severity, expected: bool) -> None:
    assert fails([Finding(Path("a"), 1, 1, severity, "r", "", "")], fail_on) is expected


@pytest.mark.parametrize(
    ("thai", "english", "language", "expected"),
    [
        ("เหตุ", "why", "th", "เหตุ"),
        ("เหตุ", "why", "en", "why"),
        ("เหตุ", "why", "both", "เหตุ / why"),
        ("why", "why", "both", "why"),
    ],
)
def test_the_reason_of_a_suppressed_finding(thai: str, english: str, language: Language, expected: str) -> None:
    assert Suppressed(FINDING, "exception", thai, english).reason(language) == expected
