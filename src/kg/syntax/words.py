"""Words and operators that are not of SPARQL, and names that fall apart."""

import difflib
import re
from collections.abc import Iterator
from typing import Final

from kg.syntax.error import SHOWN, cut
from kg.syntax.grammar import ARGUMENTS, FOREIGN, FOREIGN_OPERATORS, UPDATES, WORDS
from kg.syntax.reading import Fault, Reading

_RUN_TOGETHER: Final = re.compile(f"(?:{'|'.join(sorted(WORDS - {'A'}, key=len, reverse=True))})+[0-9]*", re.I)
"""Keywords without a space between them, which the engine takes."""

_CALLED: Final = (*ARGUMENTS, "FILTER", "BIND", "HAVING", "VALUES")
"""What stands before a bracket."""


def unknown_words(reading: Reading) -> Iterator[Fault]:
    """Find the first word that is no keyword and no function."""
    for index, token in enumerate(reading.tokens):
        if token.kind != "word":
            continue
        word, before = token.text.upper(), reading.word(index - 1)
        small = word in ("A", "TRUE", "FALSE") and token.text != token.text.lower()
        column = token.text == "a" and before in ("SELECT", "DISTINCT", "REDUCED")
        known = word in WORDS or word in UPDATES or _RUN_TOGETHER.fullmatch(token.text)
        beside = [near for near in (index, index + 1) if reading.glued(near)]
        if (known and not small and not column) or "bad" in {
            reading.kind(near - at) for near in beside for at in (0, 1)
        }:
            continue  # a bad character beside it is the fault
        shown = cut(token.text)
        if before == "AS":
            yield reading.fault(index, "AS is followed by a variable.", f"Write AS ?{shown}")
        if before in ("LIMIT", "OFFSET"):
            sentence = f"{before} is followed by a whole number, not by {shown}."
            yield reading.fault(index, sentence, f"Write {before} 10")
        if column:
            yield reading.fault(index, "SELECT selects variables.", "Write ?a")
        if small:
            yield reading.fault(index, f"{shown} is written in small letters.", f"Write {token.text.lower()}")
        called = reading.text(index + 1) == "("
        sentence = f"There is no function {shown}." if called else f"{shown} is not a keyword of SPARQL."
        yield reading.fault(index, sentence, _remedy(token.text, called))


def _remedy(text: str, called: bool) -> str:
    """Return what to write for a word of another language, for one that is misspelt, or for a name on its own."""
    word, shown = text.upper(), cut(text)
    wanted = _CALLED if called else sorted(WORDS)
    near = [one for one in wanted if len(word) > 4 or (len(word) > 2 and abs(len(one) - len(word)) <= 1)]
    if word in FOREIGN:
        return FOREIGN[word]
    if close := difflib.get_close_matches(word[:SHOWN], near, n=1, cutoff=0.7):
        return f"Did you mean {close[0]}?"
    if called:
        return "Functions of others are called by their IRI or prefixed name."
    prefixed = f", prefix:{shown} for a name" if re.fullmatch(r"\w+", text) else ""
    return f'Write ?{shown} for a variable{prefixed}, "{shown}" for text.'


def foreign_operators(reading: Reading) -> Iterator[Fault]:
    """Find an operator, or the beginning of a comment, of another language."""
    for index, token in enumerate(reading.tokens):
        if token.text == "&":
            yield reading.fault(index, "& is no operator of SPARQL.", "Write &&")
        if token.kind != "punctuation" or not reading.glued(index + 1):
            continue
        pair = token.text + reading.text(index + 1)
        if pair in ("//", "/*") or (pair == "--" and not reading.glued(index + 2)):
            yield reading.fault(index, f"{pair} begins no comment.", "Write # before a comment.")
        if pair in FOREIGN_OPERATORS:
            yield reading.fault(index, f"{pair} is no operator of SPARQL.", f"Write {FOREIGN_OPERATORS[pair]}")


def joined_names(reading: Reading) -> Iterator[Fault]:
    """Find a hyphen in the name of a variable, or an underscore in a language tag."""
    for index, token in enumerate(reading.tokens):
        if token.kind != "word" or token.text.upper() in WORDS or not reading.glued(index):
            continue
        if reading.kind(index - 1) == "language":
            tag = f"{reading.text(index - 1)}{token.text}"
            sentence = f"{cut(tag)} is not a well-formed language tag."
            yield reading.fault(index - 1, sentence, f"Write {cut(tag.replace('_', '-'))}")
        if reading.text(index - 1) == "-" and reading.glued(index - 1) and reading.kind(index - 2) == "variable":
            name = f"{reading.text(index - 2)}_{token.text}"
            yield reading.fault(index - 1, "The name of a variable holds no hyphen.", f"Write {cut(name)}")
