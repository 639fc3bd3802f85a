"""Folding: from a text in Thai or Latin letters to the key under which its spellings are one.

Two texts that a reader takes for the same have the same key: letter case, Thai digits, the marks of Thai in whatever
order they were typed, `เ` twice for `แ`, SARA AM in two characters, invisible characters, punctuation, spaces and the
sign of abbreviation make no difference. Nor do the spellings of `folding.toml`, nor misprints that the caller knows.
No words are told apart within Thai text: a search for a part of a key needs none.

Texts are normalised to form C of Unicode Standard Annex 15 before, so that keys compare by code points.
"""

import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

_MARKS: Final = "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"
"""The signs of Thai that stand above or below a consonant."""

_TONES: Final = "\u0e48-\u0e4b"

CLUSTER_MARK: Final = re.compile(f"[{_MARKS}\u0300-\u036f]")
"""What belongs to the character before it: no match ends before one."""

Replacement = str | Callable[[re.Match[str]], str]
Step = tuple[re.Pattern[str], Replacement]
Span = tuple[int, int]
"""Where a part of a text begins and ends; the end is out."""


def _base_letter(match: re.Match[str]) -> str:
    """Return a Latin letter without its diacritic."""
    return unicodedata.normalize("NFD", match[0])[0]


_FOREIGN_STEPS: Final[tuple[Step, ...]] = (
    (re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]+"), ""),
    (
        re.compile(f"[^\u0300-\u036f{_MARKS}][\u0300-\u036f{_MARKS}]+"),
        lambda match: unicodedata.normalize("NFC", match[0]),
    ),
    (re.compile("[^\u0e00-\u0e7f\x00-\x7f]"), lambda match: match[0].casefold()),
    (re.compile("[\u0300-\u036f]+"), ""),
    (re.compile("[\u00c0-\u024f\u1e00-\u1eff]"), _base_letter),
)
"""What is done to a text that has more than Thai and ASCII, in this order, before the others."""

# A mark typed twice, a tone before its vowel, and SARA AM in two characters look right and are other texts.
_THAI_STEPS: Final[tuple[Step, ...]] = (
    (re.compile("\u0e40\u0e40"), "\u0e41"),
    (re.compile(f"([{_MARKS}])\\1+"), r"\1"),
    (re.compile(f"([{_TONES}])([\u0e31\u0e34-\u0e3a\u0e47\u0e4d])"), r"\2\1"),
    (re.compile(f"\u0e4d([{_TONES}]?)\u0e32"), "\\1\u0e33"),
    (re.compile(f"\u0e33([{_TONES}])"), "\\1\u0e33"),
    (re.compile("[๐-๙]"), lambda match: str(ord(match[0]) - ord("๐"))),
)

_ODD_THAI: Final = re.compile("|".join(pattern.pattern.replace(r"\1", f"[{_MARKS}]") for pattern, _ in _THAI_STEPS))
"""What any of the steps for Thai looks for, or more; most texts have none of it."""

_LOWER_CASE: Final[Step] = (re.compile("[A-Z]+"), lambda match: match[0].lower())
_THAI_AND_ASCII: Final = re.compile("[\u0e00-\u0e7f\x00-\x7f]*")

_SEPARATORS: Final = re.compile(
    r"(?:(?!(?<=[0-9])/(?=[0-9]))(?:[^\w\u0e00-\u0e7f]|[_\u0e2f\u0e3f\u0e46\u0e4f\u0e5a\u0e5b]))+"
)
"""What stands between words. A stroke between digits is kept: 1/2561 is not 12561."""


@cache
def _table() -> dict[str, dict[str, Any]]:
    """Return `folding.toml`."""
    return tomllib.loads((files("kg") / "folding.toml").read_text("utf-8"))


def _one_of(replacements: Mapping[str, str]) -> Step:
    """Return the step that replaces each of some texts by another, the longest first."""
    pattern = re.compile("|".join(map(re.escape, sorted(replacements, key=len, reverse=True))))
    return pattern, lambda match: replacements[match[0]]


@cache
def _spellings() -> Step:
    """Return the step that brings the spellings of one word to one."""
    known = {other: usual for usual, others in _table()["spellings"].items() for other in others}
    # A spelling that begins another is passed over where the longer one stands.
    pattern, replacement = _one_of(known | {usual: usual for usual in known.values()})
    return pattern, replacement


def _steps(text: str) -> tuple[Step, ...]:
    """Return what is done to a text before its words are told apart; what would change nothing is left out."""
    if text.isascii():
        return (_LOWER_CASE,)
    if not _THAI_AND_ASCII.fullmatch(text):
        return (*_FOREIGN_STEPS, *_THAI_STEPS, _spellings(), _LOWER_CASE)
    return (*(_THAI_STEPS if _ODD_THAI.search(text) else ()), _spellings(), _LOWER_CASE)


@cache
def _titles() -> re.Pattern[str]:
    """Return what matches the titles at the beginning of a text."""
    titles = _table()["titles"]
    words = [re.escape(word) for word in sorted(titles["words"], key=len, reverse=True)]
    abbreviations = []
    for title in sorted(titles["abbreviations"], key=len, reverse=True):
        body, end = (title[:-1], r"(?:\.|(?=\s))") if title.endswith(".") else (title, r"(?=\s)")
        if title.endswith(")"):
            end = ""
        abbreviations.append(re.escape(body).replace(r"\.", r"\.?").replace(r"\ ", r"\s*") + end)
    one = "|".join([*abbreviations, *words])
    return re.compile(
        rf"[\s\"'“”‘’]*(?:(?:{one})\s*)+(?=[^\s{_MARKS}\u0e30\u0e32\u0e33\u0e2f][^\s\u0e2f])", re.IGNORECASE
    )


def without_title(text: str) -> str:
    """Return a name without the titles and ranks before it; a text that is no more than titles as it is.

    It goes by the letters alone: of "นายกรัฐมนตรี" it leaves "กรัฐมนตรี". Compare it beside the text, not instead.
    """
    match = _titles().match(text)
    return text[match.end() :] if match else text


_CONTEXT: Final = 3
"""Characters on each side of a misprint that must be there for it to be taken for one."""


def _rule(printed: str, meant: str) -> tuple[str, str] | None:
    """Return what of a misprint is replaced by what: where the forms differ, with a little of what surrounds it.

    None where the forms are the same, or where the rule would replace what is right.
    """
    shortest = min(len(printed), len(meant))
    begin = next((i for i in range(shortest) if printed[i] != meant[i]), shortest)
    rest = shortest - begin
    end = next((i for i in range(rest) if printed[-1 - i] != meant[-1 - i]), rest)
    before, after = max(begin - _CONTEXT, 0), max(end - _CONTEXT, 0)
    wrong, right = printed[before : len(printed) - after], meant[before : len(meant) - after]
    return None if wrong in right or len(wrong) <= _CONTEXT else (wrong, right)


@dataclass(frozen=True)
class AlignedKey:
    """A key with the place in the text that each of its characters comes from."""

    key: str
    spans: tuple[Span, ...]


class Folding:
    """Folds texts."""

    def __init__(self, misprints: Iterable[tuple[str, str]] = ()) -> None:
        """Take misprints that are known: as printed, and as meant."""
        self._misprints: Step | None = None
        rules = dict(rule for printed, meant in misprints if (rule := _rule(self.words(printed), self.words(meant))))
        if rules:
            self._misprints = _one_of(rules)

    def words(self, text: str) -> str:
        """Return the key of a text with a space wherever something stood between words."""
        for pattern, replacement in _steps(text):
            text = pattern.sub(replacement, text)
        text = _SEPARATORS.sub(" ", text).strip(" ")
        if self._misprints is not None:
            pattern, replacement = self._misprints
            text = pattern.sub(replacement, text)
        return text

    def key(self, text: str) -> str:
        """Return the key of a text: lower-case letters, signs and digits. Empty when the text has none."""
        return self.words(text).replace(" ", "")

    def aligned(self, text: str) -> AlignedKey:
        """Return the key of a text, and where in the text each of its characters stands."""
        spans = [(index, index + 1) for index in range(len(text))]
        for pattern, replacement in (*_steps(text), (_SEPARATORS, " ")):
            text, spans = _replaced(text, spans, pattern, replacement)
        begin, end = len(text) - len(text.lstrip(" ")), len(text.rstrip(" "))
        text, spans = text[begin:end], spans[begin:end]
        if self._misprints is not None:
            text, spans = _replaced(text, spans, *self._misprints)
        kept = [index for index, character in enumerate(text) if character != " "]
        return AlignedKey("".join(text[index] for index in kept), tuple(spans[index] for index in kept))


def _replaced(
    text: str, spans: list[Span], pattern: re.Pattern[str], replacement: Replacement
) -> tuple[str, list[Span]]:
    """Do a step, and return the text with its places: what replaces several characters stands where all of them do."""
    if not pattern.search(text):
        return text, spans
    pieces: list[str] = []
    places: list[Span] = []
    last = 0
    for match in pattern.finditer(text):
        new = match.expand(replacement) if isinstance(replacement, str) else replacement(match)
        pieces += [text[last : match.start()], new]
        places += spans[last : match.start()]
        whole = spans[match.start() : match.end()]
        places += whole if len(whole) == len(new) else [(whole[0][0], whole[-1][1])] * len(new)
        last = match.end()
    return "".join([*pieces, text[last:]]), places + spans[last:]
