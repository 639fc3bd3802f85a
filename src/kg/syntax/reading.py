"""A refused query as the rules see it: its tokens, its brackets, and where the engine stops."""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from itertools import pairwise
from typing import Final, NamedTuple

from pyoxigraph import Store

from kg.guard import refusal
from kg.namespaces import BASE
from kg.syntax.error import SHOWN
from kg.syntax.grammar import BRACKETS
from kg.tokens import tokenise

_POSITION: Final = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)
_COMMENT: Final = re.compile(r"#[^\r\n]*")

_MANY: Final = 10_000
"""Tokens that are looked at."""

_PADDING: Final = " " * 24
"""Longer than any keyword."""


class Fault(NamedTuple):
    """A place, in characters from the start of the query or None; what is wrong; and what to write instead."""

    position: int | None
    sentence: str
    remedy: str = ""


class Reading:
    """A refused query. An index is that of a token, and may lie outside of them: then there is no text there.

    Attributes:
        query: The text.
        message: What the engine says of it.
        prefixes: Those of the data, name to IRI.
        tokens: The first ten thousand tokens.
        whole: Whether these are all: of more than a person writes only the beginning is read, to be done in time.
        partner: For the index of a bracket that of the other one, both ways, where they match.
        opening: For each token, and for the end, the index of the innermost bracket that is open before it, or -1.
    """

    def __init__(self, query: str, message: str, prefixes: Mapping[str, str]) -> None:
        """Take the query, what the engine says of it, and the prefixes of the data."""
        self.query = query
        self.message = message
        self.prefixes = prefixes
        tokens = tokenise(query)
        self.tokens = tokens[:_MANY]
        self.whole = len(tokens) <= _MANY
        self.partner: dict[int, int] = {}
        self.opening: list[int] = []
        waiting = [-1]
        for index, token in enumerate(self.tokens):
            self.opening.append(waiting[-1])
            if token.kind == "punctuation" and token.text in BRACKETS:
                waiting.append(index)
            elif token.kind == "punctuation" and token.text == BRACKETS.get(self.text(waiting[-1])):
                self.partner[index] = waiting[-1]
                self.partner[waiting.pop()] = index
        self.opening.append(waiting[-1])

    def text(self, index: int) -> str:
        """Return the text of a token, or nothing."""
        return self.tokens[index].text if 0 <= index < len(self.tokens) else ""

    def word(self, index: int) -> str:
        """Return a keyword or the name of a function in upper case, or nothing for another token."""
        return self.text(index).upper() if self.kind(index) == "word" else ""

    def kind(self, index: int) -> str:
        """Return the kind of a token, or nothing."""
        return self.tokens[index].kind if 0 <= index < len(self.tokens) else ""

    def end(self, index: int) -> int:
        """Return the position behind a token."""
        return self.tokens[index].start + len(self.tokens[index].text)

    def start(self, index: int) -> int:
        """Return the position of a token; behind the last one, the end of what is written."""
        if index < len(self.tokens):
            return self.tokens[index].start
        return self.end(len(self.tokens) - 1) if self.tokens else 0

    def glued(self, index: int) -> bool:
        """Return whether a token begins where the one before it ends."""
        return 0 < index < len(self.tokens) and self.end(index - 1) == self.tokens[index].start

    def within(self, first: int, last: int) -> str:
        """Return the text of the query from one token to another, or an ellipsis for a long one."""
        text = self.query[self.start(first) : self.end(min(last, len(self.tokens) - 1))]
        return text if len(text) <= SHOWN and "\n" not in text else "…"

    def fault(self, index: int, sentence: str, remedy: str = "") -> Fault:
        """Return a fault at a token."""
        return Fault(self.start(index), sentence, remedy)

    def comments(self) -> Iterator[tuple[int, str]]:
        """Yield the comments that stand behind a token, position and text."""
        for index in range(len(self.tokens)):
            begin = self.end(index)
            gap = self.query[begin : self.tokens[index + 1].start if index + 1 < len(self.tokens) else None]
            if (comment := _COMMENT.search(gap)) and "\n" not in gap[: comment.start()]:
                yield begin + comment.start(), comment.group()

    def previous_words(self, index: int) -> Iterator[int]:
        """Yield, backwards, the keywords before a token that stand beside it in the same brackets."""
        at = index - 1
        while at >= 0 and at != self.opening[index]:
            if self.partner.get(at, at) < at:
                at = self.partner[at]
            elif self.kind(at) == "word":
                yield at
            at -= 1

    def selects(self, index: int) -> bool:
        """Return whether a token stands, outside brackets, among what SELECT selects, or just behind."""
        for at in self.previous_words(index):
            if self.word(at) in ("SELECT", "WHERE", "FROM"):
                between = range(at, index)
                return self.word(at) == "SELECT" and all(self.text(one) != "{" for one in between)
        return False

    def free_name(self, wanted: str) -> str:
        """Return a variable that the query does not use."""
        used = {token.text[1:] for token in self.tokens if token.kind == "variable"}
        return next(name for name in (f"?{wanted}", f"?{wanted}_1", "?…") if name[1:] not in used)

    @cached_property
    def declared(self) -> set[str]:
        """The prefixes, without colon, that the query declares."""
        return {
            name.text.removesuffix(":")
            for word, name in pairwise(self.tokens)
            if word.kind == "word" and word.text.upper() == "PREFIX" and name.kind == "name"
        }

    @cached_property
    def reported(self) -> int:
        """The position that the engine gave first, which may lie behind the fault, or 0."""
        match = _POSITION.match(self.message)
        if match is None:
            return 0
        lines = self.query.split("\n")[: int(match[1]) - 1]
        return min(sum(len(before) + 1 for before in lines) + int(match[2]) - 1, len(self.query))

    @property
    def stop(self) -> int:
        """The index of the token that the engine does not take, as many as there are for the end."""
        return self._stop[0]

    def says(self, words: str) -> bool:
        """Return whether the engine says this, of the query or when it is asked again."""
        return words in self.message or words in self._stop[1]

    @cached_property
    def _stop(self) -> tuple[int, str]:
        """Where the engine stops, and what it says there."""
        if asked := self._asked_again():
            return asked
        return max(0, bisect_right([token.start for token in self.tokens], self.reported) - 1), self.message

    def _asked_again(self) -> tuple[int, str] | None:
        """Ask the engine with each token on a line of its own, unless that may take long or it takes the query so."""
        if not self.whole or refusal(self.query):
            return None
        text: list[str] = []
        first_line: list[int] = []
        line = 1
        for index, token in enumerate(self.tokens):
            together = token.kind == "language" or "^^" in (token.text, self.text(index - 1))
            if text and not (together and self.glued(index)):
                text.append(f"{_PADDING}\n")
                line += 1
            first_line.append(line)
            text.append(token.text)
            line += token.text.count("\n")
        try:
            Store().query("".join([*text, _PADDING, "\n", _PADDING]), base_iri=BASE)
        except SyntaxError as error:
            if match := _POSITION.match(str(error)):
                reported = int(match[1])
                return (len(self.tokens) if reported > line else bisect_right(first_line, reported) - 1), match[3]
        except (RuntimeError, ValueError):
            pass
        return None


Rule = Callable[[Reading], Iterator[Fault]]
"""A rule yields what it finds in a refused query; the first fault is told."""


def earliest(*rules: Rule) -> Rule:
    """Return the rule that yields, of the first fault that each of some rules finds, the one that stands first."""

    def rule(reading: Reading) -> Iterator[Fault]:
        found = [fault for one in rules for fault in [next(one(reading), None)] if fault is not None]
        if found:
            yield min(found, key=lambda fault: fault.position or 0)

    return rule
