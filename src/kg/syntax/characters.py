"""Quotation marks, escapes, and characters that no token begins with (section 19.8 of SPARQL 1.1 Query Language)."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from kg.syntax.error import cut, printable
from kg.syntax.grammar import MARKS, WORDS
from kg.syntax.reading import Fault, Reading

_BAD_ESCAPE: Final = re.compile(r"\\(?:([^tbnrf\"'\\uU])|u(?![0-9A-Fa-f]{4})|U(?![0-9A-Fa-f]{8}))", re.DOTALL)
_QUOTES: Final = "".join(mark for mark, plain in MARKS.items() if plain in ('"', "'"))
_QUOTED: Final = re.compile(rf'[^{_QUOTES}"\\]{{0,40}}(?=[{_QUOTES}])')
_DIGITS: Final = re.compile(r"[\d.]*\d")
_LETTERS: Final = re.compile(r"[^\W\d_](?:\w|[\u0e31\u0e34-\u0e3a\u0e47-\u0e4e])*")

INVISIBLE: Final = re.compile("[\u200c\u200d\ufeff]")
"""What can stand in a name and is not seen."""


def quotes(reading: Reading) -> Iterator[Fault]:
    """Find a quotation mark without its partner."""
    for index, token in enumerate(reading.tokens):
        quote, after = token.text[0], reading.text(index + 1)
        if token.kind == "string" and reading.glued(index + 1):
            if len(token.text) == 2 and after.startswith(quote):
                sentence = f"The string that begins with {quote * 3} here is not closed."
                yield Fault(token.start, sentence, f"Write {quote * 3} where its text ends.")
            odd = reading.kind(index + 1) in ("word", "bad") and after.upper() not in WORDS
            if odd and after[0].isalnum():
                sentence = f"The string that begins here ends before {cut(after)}."
                remedy = f"Write \\{quote} for a {quote} within the text, or close the string where its text ends."
                yield Fault(token.start, sentence, remedy)
        elif token.kind == "bad" and token.text in ('"', "'"):
            line, _, rest = reading.query[token.start + 1 :].partition("\n")
            remedy = f"Write {quote} where its text ends."
            if f"\\{quote}" in line:
                remedy = f"Write \\\\ for a backslash; \\{quote} does not close a string."
            elif quote in rest:
                remedy += f" A text of several lines stands between {quote * 3} and {quote * 3}."
            yield Fault(token.start, f"The string that begins with {quote} here is not closed.", remedy)


def escapes(reading: Reading) -> Iterator[Fault]:
    """Find a backslash in a string that escapes nothing (section 19.7 and ECHAR of section 19.8)."""
    for token in reading.tokens:
        position = token.text.find("\\") if token.kind == "string" else -1
        while position >= 0:
            if match := _BAD_ESCAPE.match(token.text, position):
                shown = printable(match.group())
                sentence = f"{shown} is no escape that a string can hold."
                yield Fault(token.start + position, sentence, f"Write \\{shown} for a backslash.")
            position = token.text.find("\\", position + 2)


def characters(reading: Reading) -> Iterator[Fault]:
    """Find the first character that begins no token, or that hides in a name."""
    for index, token in enumerate(reading.tokens):
        if token.kind == "bad" and token.text not in ('"', "'"):
            yield reading.fault(index, *next(_said_of(reading.query, token.start, token.text)))
        if token.kind in ("variable", "name", "blank_node") and not token.text.isascii():
            for offset, character in enumerate(token.text):
                hidden = INVISIBLE.match(character) is not None
                plain = _plain(character)
                if hidden or (plain and not plain.isalnum()):
                    sentence = f"The character {_named(character)} is read as part of {cut(token.text)}."
                    yield Fault(token.start + offset, sentence, "Delete it." if hidden else f"Write {plain}")


def _named(character: str) -> str:
    """Return a character that cannot be seen as its code point and name."""
    return f"U+{ord(character):04X} {unicodedata.name(character, '')}".rstrip()


def _plain(character: str) -> str:
    """Return what a wide form of ASCII is a form of, or nothing."""
    plain = unicodedata.normalize("NFKC", character)
    return plain if not character.isascii() and plain.isascii() and plain.strip() else ""


def _said_of(query: str, at: int, text: str) -> Iterator[tuple[str, str]]:
    """Yield sentence and remedy for characters that begin no token and stand at a position; the first is the best."""
    first, category = text[0], unicodedata.category(text[0])
    mark = MARKS.get(first)
    if first == "`":
        yield "` is no quotation mark of SPARQL.", 'Write " round text, < and > round an IRI, ? before a name.'
    if mark in ('"', "'"):
        quoted = _QUOTED.match(query[at + 1 :].partition("\n")[0])
        written = f"{mark}{quoted.group()}{mark}" if quoted else mark
        yield f"{first} is no quotation mark of SPARQL.", f"Write {written}"
    if mark:
        yield f"{first} is no operator of SPARQL.", f"Write {mark}"
    if category[0] == "Z" or category in ("Cf", "Cc", "Cn", "Co", "Cs"):
        remedy = "Write an ordinary space." if category[0] == "Z" else "Delete it."
        yield f"The invisible character {_named(first)} stands here.", remedy
    if digits := _DIGITS.match(query, at):
        shown = cut(digits.group())
        written = "".join(str(unicodedata.decimal(one, one)) for one in shown)
        yield f"{shown} is not written in the digits 0 to 9.", f"Write {written}"
    if plain := _plain(first):
        yield f"{first} is a wide form of {plain}.", f"Write {plain}"
    if first == "@":
        yield "The language after @ is missing.", 'Write it in letters behind the string, as in "…"@th.'
    if not first.isalpha():
        yield f"{first} cannot stand outside a string or an IRI.", ""
    letters = _LETTERS.match(text)
    word = cut(letters.group() if letters else text)
    thai = "@th" if "\u0e00" < first < "\u0e7f" else ""
    remedy = f'Write "{word}"{thai} for text, ?{word} for a variable, or a prefix and a colon before it for a name.'
    yield f"{word} is neither a keyword nor in quotation marks.", remedy
