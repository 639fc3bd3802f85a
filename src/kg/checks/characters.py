"""Characters that look like others or like nothing, and so make equal texts unequal."""

import re
from pathlib import Path
from typing import Final

from kg.finding import Finding

_BANNED: Final = re.compile(
    "(?P<sara_am>\u0e4d[\u0e48-\u0e4b]?\u0e32)"
    "|(?P<zero_width>[\u200b-\u200f\u2060\ufeff])"
    "|(?P<space>[\u00a0\u202f\u2007])"
)
_ESCAPED: Final = re.compile(
    r"\\u(?:(?P<sara_am>0E4D)|(?P<zero_width>200[B-F]|2060|FEFF)|(?P<space>00A0|202F|2007))", re.I
)

_SENTENCES: Final = {
    "sara_am": (
        "สระอำเขียนแยกเป็นนิคหิตกับสระอา",
        "SARA AM is written as two characters.",
        "ใช้ U+0E33 ตัวเดียว",
        "Write the one character U+0E33.",
    ),
    "zero_width": (
        "มีอักขระที่ไม่มีความกว้าง",
        "There is a zero-width character.",
        "ลบออก",
        "Delete it.",
    ),
    "space": (
        "มีช่องว่างแบบไม่ตัดบรรทัด",
        "There is a no-break space.",
        "ใช้ช่องว่างธรรมดา",
        "Write a plain space.",
    ),
}


def _findings(path: Path, text: str, pattern: re.Pattern[str]) -> list[Finding]:
    """Return a finding for each match of the pattern in the text of a file."""
    found = []
    for match in pattern.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        column = match.start() - text.rfind("\n", 0, match.start())
        kind = match.lastgroup or "space"
        code = (
            " ".join(f"U+{ord(character):04X}" for character in match.group()) if pattern is _BANNED else match.group()
        )
        message_th, message_en, remedy_th, remedy_en = _SENTENCES[kind]
        rule = f"character-{kind.replace('_', '-')}"
        found.append(
            Finding(
                path,
                line,
                column,
                "violation",
                rule,
                f"{message_th} ({code})",
                f"{message_en.removesuffix('.')} ({code}).",
                remedy_th,
                remedy_en,
            )
        )
    return found


def check_characters(path: Path, text: str, escapes: bool) -> list[Finding]:
    """Return a finding for each banned character in the text of a file. Depends on the text alone.

    With `escapes`, an escape sequence of such a character is a finding too: a shape may need one, data do not.
    """
    return _findings(path, text, _BANNED) + (_findings(path, text, _ESCAPED) if escapes else [])
