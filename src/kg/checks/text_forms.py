"""Characters of the text of a file that are hidden, out of order or not normalised, and so make equal texts unequal.

What a finding depends on: one file alone. The characters that `kg.checks.characters` finds are not found here again.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from kg.checks.messages import finding_of
from kg.finding import Finding
from kg.rules import Rule, built_in
from kg.tokens import line_and_column

_PATTERNS: Final[Mapping[str, re.Pattern[str]]] = {
    "character-soft-hyphen": re.compile("\u00ad"),
    "character-direction": re.compile("[\u061c\u202a-\u202e\u2066-\u2069]"),
    "character-control": re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"),
    "character-private-use": re.compile("[\ue000-\uf8ff]"),
    "thai-doubled-sara-e": re.compile("\u0e40\u0e40"),
    "thai-mark-order": re.compile("[\u0e48-\u0e4c][\u0e31\u0e34-\u0e3a\u0e47]"),
    "thai-mark-twice": re.compile("([\u0e31\u0e34-\u0e3a\u0e47-\u0e4e])\\1"),
}
"""Each rule with what it finds. Thai: a vowel sign stands before the tone mark, both behind the consonant (TIS 620)."""

_WORD: Final = re.compile(r"\S+")


def text_form_findings(path: Path, text: str, rules: Mapping[str, Rule] | None = None) -> list[Finding]:
    """Return a finding for each place of a text that has such characters."""
    rules = built_in() if rules is None else rules
    found = []
    for name, pattern in _PATTERNS.items():
        if name in rules:
            found += [_finding(rules[name], path, text, match.start(), match[0]) for match in pattern.finditer(text)]
    if "character-not-nfc" in rules and not unicodedata.is_normalized("NFC", text):
        found += [_finding(rules["character-not-nfc"], path, text, *place) for place in _not_normalised(text)]
    return found


def _not_normalised(text: str) -> Iterator[tuple[int, str]]:
    """Yield the place and the characters of each word that is not in NFC, unless its Thai marks are out of order."""
    for match in _WORD.finditer(text):
        word = match[0]
        if not word.isascii() and not unicodedata.is_normalized("NFC", word):
            if _PATTERNS["thai-mark-order"].search(word):
                continue
            normal = unicodedata.normalize("NFC", word)
            same = next((at for at, (old, new) in enumerate(zip(word, normal, strict=False)) if old != new), 0)
            yield match.start() + same, word[same : same + 2]


def _finding(rule: Rule, path: Path, text: str, place: int, characters: str) -> Finding:
    """Return the finding of a rule at a place of a text."""
    codes = " ".join(f"U+{ord(character):04X}" for character in characters)
    return finding_of(rule, path, line_and_column(text, place), {"codes": codes, "characters": characters})
