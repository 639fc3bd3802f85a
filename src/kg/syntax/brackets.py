"""Brackets without a partner, and what a comment has swallowed."""

import re
from collections.abc import Iterator
from typing import Final

from kg.syntax.grammar import BRACKETS
from kg.syntax.reading import Fault, Reading
from kg.tokens import line_and_column

_PART_OF_A_QUERY: Final = re.compile(r"[{}]|\b(?:WHERE|SELECT|LIMIT|ORDER)\b", re.IGNORECASE)


def unmatched_brackets(reading: Reading) -> Iterator[Fault]:
    """Find the first bracket without its partner."""
    if not reading.whole or any(token.kind == "iri" and token.text[1] in "?$" for token in reading.tokens):
        return  # or: a comparison that is read as an IRI, perhaps with brackets in it
    for index, token in enumerate(reading.tokens):
        if token.kind != "punctuation" or token.text not in BRACKETS.values() or index in reading.partner:
            continue
        opening = reading.opening[index]
        if opening < 0:
            yield reading.fault(index, f"No bracket is open that {token.text} could close.", "Leave it out.")
        line, column = line_and_column(reading.query, reading.start(opening))
        open_text, closing = reading.text(opening), BRACKETS.get(reading.text(opening), "")
        remedy = f"Close the {open_text} of line {line}, column {column}: write {closing}"
        yield reading.fault(index, f"{closing} is expected before {token.text}.", remedy)
    opening = reading.opening[-1]
    if opening >= 0:
        closing = BRACKETS[reading.text(opening)]
        for position, comment in reading.comments():
            if position > reading.start(opening) and closing in comment:
                yield _swallowed(position, closing)
        yield reading.fault(opening, f"{reading.text(opening)} is not closed.", f"Write {closing} where it ends.")


def swallowed(reading: Reading) -> Iterator[Fault]:
    """Find a comment with a part of the query, where the query ends too early."""
    if reading.stop == len(reading.tokens):
        for position, comment in reading.comments():
            if _PART_OF_A_QUERY.search(comment):
                yield _swallowed(position, "a part of the query")


def _swallowed(position: int, what: str) -> Fault:
    """Say that a comment holds what the query lacks."""
    sentence = f"The comment that begins here runs to the end of its line, and {what} is in it."
    return Fault(position, sentence, "Put a line break before what is no comment.")
