"""Characters that look like others or like nothing, and so make equal texts unequal."""

import re
import unicodedata
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

_JOINING: Final = (
    "ARABIC",
    "BENGALI",
    "DEVANAGARI",
    "GUJARATI",
    "GURMUKHI",
    "KANNADA",
    "MALAYALAM",
    "MONGOLIAN",
    "ORIYA",
    "SINHALA",
    "SYRIAC",
    "TAMIL",
    "TELUGU",
)
"""How the names of letters begin whose scripts need joiners."""

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


def _belongs(text: str, place: int) -> bool:
    """Return whether a zero-width character is part of the spelling (The Unicode Standard, sections 9.2 and 23.2).

    A joiner is in scripts that join, and in emoji; a direction mark is in a line with letters from right to left.
    """
    if text[place] in "\u200c\u200d":
        before = text[place - 1 : place]
        kind = unicodedata.category(before) if before else ""
        return kind in ("So", "Sk") or before == "\ufe0f" or unicodedata.name(before or " ", "").startswith(_JOINING)
    if text[place] in "\u200e\u200f":
        line = text[text.rfind("\n", 0, place) + 1 :].partition("\n")[0]
        letters = (character for character in line if character not in "\u200e\u200f")
        return any(unicodedata.bidirectional(character) in ("R", "AL") for character in letters)
    return False


def _findings(path: Path, text: str, pattern: re.Pattern[str]) -> list[Finding]:
    """Return a finding for each match of the pattern in the text of a file."""
    found = []
    for match in pattern.finditer(text):
        if _belongs(text, match.start()):
            continue
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
