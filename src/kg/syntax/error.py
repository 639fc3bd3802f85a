"""The error that a query is refused with: a sentence, a remedy, and a picture of the place."""

import re
import unicodedata
from typing import Final, TypedDict

from kg.errors import QueryError
from kg.tokens import line_and_column

SHOWN: Final = 40
"""Characters of a token that are repeated in a sentence."""

_EXCERPT: Final = 100
"""Characters of an offending line that are shown."""

_HIDDEN: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""What a terminal would obey or could not show."""


class Fields(TypedDict):
    """A MalformedQueryError as plain data; see its attributes."""

    sentence: str
    remedy: str
    line: int | None
    column: int | None
    excerpt: str


class MalformedQueryError(QueryError):
    """A query is not a SPARQL query, or one that is not answered here.

    Attributes:
        sentence: What is wrong, in a sentence.
        remedy: What to write instead, in one or more lines, or empty.
        line: The line of the place, from 1, or None when it is about no place in the query.
        column: The column of the place in characters (code points), from 1, or None.
        excerpt: The line of the query, cut to a hundred characters, and below it a caret under the place; or empty.
    """

    def __init__(
        self, sentence: str, remedy: str = "", line: int | None = None, column: int | None = None, excerpt: str = ""
    ) -> None:
        """Take what `fields` gives."""
        super().__init__(sentence, remedy, line, column, excerpt)  # pickle makes it anew from these
        self.sentence = sentence
        self.remedy = remedy
        self.line = line
        self.column = column
        self.excerpt = excerpt

    def __str__(self) -> str:
        """Return the whole as text of some lines: place, sentence and remedy, then the excerpt."""
        place = "" if self.line is None else f"Line {self.line}, column {self.column}: "
        remedy = f" {self.remedy}" if self.remedy else ""
        excerpt = f"\n{self.excerpt}" if self.excerpt else ""
        return f"{place}{self.sentence}{remedy}{excerpt}"

    def fields(self) -> Fields:
        """Return the error as plain values, to cross the border of a process: `MalformedQueryError(**fields)`."""
        return Fields(
            sentence=self.sentence, remedy=self.remedy, line=self.line, column=self.column, excerpt=self.excerpt
        )


def printable(text: str) -> str:
    """Return a text without what a terminal would obey or could not show."""
    return _HIDDEN.sub("\ufffd", text)


def cut(text: str) -> str:
    """Return a text that fits in a sentence."""
    text = printable(text)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def _width(text: str) -> str:
    """Return blanks as wide as `text` in a terminal; tabs stay tabs."""
    blanks = []
    for character in text:
        if character == "\t":
            blanks.append("\t")
        elif unicodedata.category(character) not in ("Mn", "Me", "Cf"):
            blanks.append("  " if unicodedata.east_asian_width(character) in "WF" else " ")
    return "".join(blanks)


def fault(query: str, position: int, sentence: str, remedy: str = "") -> MalformedQueryError:
    """Return the error that says `sentence` of a place of a query, `position` characters from its start."""
    line, column = line_and_column(query, position)
    text = query.split("\n")[line - 1].rstrip("\r")
    begin = max(0, column - 1 - _EXCERPT // 2)
    shown = printable(text[begin : begin + _EXCERPT])
    label = f"{line} | "
    caret = f"{' ' * (len(label) - 2)}| {_width(shown[: column - 1 - begin])}^"
    return MalformedQueryError(sentence, remedy, line, column, f"{label}{shown}\n{caret}")
