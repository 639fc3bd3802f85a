"""Characters that are hidden, out of order or not normalised."""

from pathlib import Path

import pytest

from kg.checks.text_forms import text_form_findings


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", []),
        ("คลองแสนแสบ น้ำ ที่ สิทธิ์ เก่า แก้ม", []),
        ("ต\u0e49\u0e33", []),  # a tone mark before SARA AM is right
        ("ab\u00adc", ["character-soft-hyphen:1:3"]),
        ("a\nb\u202ec", ["character-direction:2:2"]),
        ("a\u200fb", []),  # kg.checks.characters finds it
        ("a\u0085b\x00", ["character-control:1:2", "character-control:1:4"]),
        ("a\tb\r\nc", []),
        ("ปู\uf70a", ["character-private-use:1:3"]),
        ("\u0e40\u0e40ม่น้ำ", ["thai-doubled-sara-e:1:1"]),
        ("ท\u0e48\u0e35นั่น", ["thai-mark-order:1:2"]),
        ("ด\u0e48\u0e38", ["thai-mark-order:1:2"]),  # not in NFC either, which is told once
        ("ที\u0e35่", ["thai-mark-twice:1:2"]),
        ("ต้\u0e49น", ["thai-mark-twice:1:2"]),
        ("caf\u00e9", []),
        ("a cafe\u0301 b", ["character-not-nfc:1:6"]),
        ("ก cafe\u0301 cafe\u0301", ["character-not-nfc:1:6", "character-not-nfc:1:12"]),
    ],
)
def test_findings(text: str, expected: list[str]) -> None:
    found = text_form_findings(Path("a.ttl"), text)
    assert sorted(f"{finding.rule}:{finding.line}:{finding.column}" for finding in found) == sorted(expected)


def test_the_code_points_are_named() -> None:
    (finding,) = text_form_findings(Path("a.ttl"), "\u0e40\u0e40")
    assert "U+0E40 U+0E40" in finding.message_en
    assert "U+0E40 U+0E40" in finding.message_th
