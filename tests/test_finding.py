"""How a finding is written, in every form and language."""

import json
from pathlib import Path

import pytest

from kg.finding import Finding, Format, Language, Severity, fails, render, sort_findings, summary

FINDING = Finding(
    Path("data/a.ttl"), 3, 7, "warning", "Meeting-label", "ไม่มีชื่อ", "No label, 100%\nreally.", "ตั้งชื่อ", "Name it."
)


@pytest.mark.parametrize(
    ("output", "language", "expected"),
    [
        ("text", "en", "data/a.ttl:3:7: warning Meeting-label: No label, 100%\nreally. Remedy: Name it."),
        ("text", "th", "data/a.ttl:3:7: warning Meeting-label: ไม่มีชื่อ วิธีแก้: ตั้งชื่อ"),
        (
            "text",
            "both",
            "data/a.ttl:3:7: warning Meeting-label: ไม่มีชื่อ วิธีแก้: ตั้งชื่อ / No label, 100%\nreally. Remedy: Name it.",
        ),
        (
            "github",
            "en",
            "::warning file=data/a.ttl,line=3,col=7,title=Meeting-label::No label, 100%25%0Areally. Remedy: Name it.",
        ),
    ],
)
def test_render(output: Format, language: Language, expected: str) -> None:
    assert render(FINDING, output, language) == expected


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
    }


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
    ],
)
def test_what_fails(severity: Severity, fail_on: Severity, expected: bool) -> None:
    assert fails([Finding(Path("a"), 1, 1, severity, "r", "", "")], fail_on) is expected
