"""What is wrong with a query that the engine does not take, for people: where, what, and what to write instead.

The engine says what characters it could have read next, at a place that may lie a keyword's length behind the fault.
"""

import difflib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

from pyoxigraph import Store

from kg.errors import QueryError
from kg.namespaces import BASE
from kg.tokens import Token, line_and_column, tokenise

QUERY_FORMS: Final = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")
UPDATE_FORMS: Final = ("INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH")

_PROLOGUE: Final = ("BASE", "PREFIX", "VERSION")
_BRACKETS: Final = {"{": "}", "(": ")", "[": "]"}
_POSITION: Final = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)
_SENTENCE: Final = re.compile(r"(?:The [A-Za-z][a-zA-Z ]{12,}|IRI parsing failed)")
_EXCERPT: Final = 100
"""Characters of an offending line that are shown."""

_PADDING: Final = " " * 24
"""Longer than any keyword."""


class MalformedQueryError(QueryError):
    """A query is not a SPARQL query, or one that is not answered here. The message says where, in lines and columns."""


def _width(text: str) -> str:
    """Return blanks as wide as `text` in a terminal; tabs stay tabs."""
    blanks = []
    for character in text:
        if character == "\t":
            blanks.append("\t")
        elif unicodedata.category(character) not in ("Mn", "Me", "Cf"):
            blanks.append("  " if unicodedata.east_asian_width(character) in "WF" else " ")
    return "".join(blanks)


def described(query: str, position: int, sentence: str) -> str:
    """Return a sentence with line and column, and below it the line of the query with a caret under the place."""
    line, column = line_and_column(query, position)
    text = query.split("\n")[line - 1].rstrip("\r")
    begin = max(0, column - 1 - _EXCERPT // 2)
    excerpt = text[begin : begin + _EXCERPT]
    label = f"{line} | "
    return (
        f"Line {line}, column {column}: {sentence}\n"
        f"{label}{excerpt}\n"
        f"{' ' * (len(label) - 2)}| {_width(text[begin : column - 1])}^"
    )


def declared_prefixes(tokens: Sequence[Token]) -> set[str]:
    """Return the prefixes, without colon, that a query declares."""
    pairs = pairwise(tokens)
    return {
        name.text.removesuffix(":")
        for word, name in pairs
        if word.kind == "word" and word.text.upper() == "PREFIX" and name.kind == "name"
    }


def _bad_token(tokens: Sequence[Token]) -> tuple[int, str] | None:
    """Find a character that begins no token: mostly a quotation mark without its partner."""
    for token, following in zip(tokens, [*tokens[1:], None], strict=True):
        if token.kind == "bad":
            if token.text in ('"', "'"):
                return token.start, f"The string that begins with {token.text} here is not closed."
            return token.start, f"{token.text[:20]!r} cannot stand outside a string or an IRI."
        if token.text == "<" and following and following.start == token.start + 1 and following.kind == "name":
            return token.start, "The IRI that begins here is not closed, or holds a character that an IRI cannot hold."
    return None


def _undeclared_prefix(tokens: Sequence[Token], known: Mapping[str, str]) -> tuple[int, str] | None:
    """Find the first prefix that the query does not declare, and say which lines to add for all of them."""
    declared = declared_prefixes(tokens)
    missing: dict[str, int] = {}
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.kind == "name" and not (before and before.kind == "word" and before.text.upper() == "PREFIX"):
            prefix = token.text.partition(":")[0]
            if prefix not in declared:
                missing.setdefault(prefix, token.start)
    if not missing:
        return None
    first = next(iter(missing))
    sentence = f"The prefix {first}: is not declared."
    lines = [f"PREFIX {prefix}: <{known[prefix]}>" for prefix in missing if prefix in known]
    if lines:
        return missing[first], "\n".join([f"{sentence} Did you mean to add", *lines])
    if close := difflib.get_close_matches(first, [*known, *declared], n=1):
        return missing[first], f"{sentence} Did you mean {close[0]}:?"
    return missing[first], sentence


def _unmatched_bracket(tokens: Sequence[Token]) -> tuple[int, str] | None:
    """Find the first bracket without its partner."""
    waiting: list[Token] = []
    for token in tokens:
        if token.kind != "punctuation":
            continue
        if token.text in _BRACKETS:
            waiting.append(token)
        elif token.text in _BRACKETS.values():
            if not waiting:
                return token.start, f"No bracket is open that {token.text} could close."
            if _BRACKETS[waiting[-1].text] != token.text:
                return token.start, f"{_BRACKETS[waiting[-1].text]} is expected before {token.text}."
            waiting.pop()
    if waiting:
        return waiting[-1].start, f"{waiting[-1].text} is not closed."
    return None


def _wrong_form(tokens: Sequence[Token]) -> tuple[int, str] | None:
    """Find that the text asks for an update, for nothing, or for an unknown form of query."""
    form = None
    skip = 0
    for token in tokens:
        if skip:
            skip -= 1
        elif token.kind == "word" and token.text.upper() in _PROLOGUE:
            skip = 2 if token.text.upper() == "PREFIX" else 1
        else:
            form = token
            break
    if form is None:
        return 0, "There is no query here: one of SELECT, ASK, CONSTRUCT, DESCRIBE is expected."
    word = form.text.upper()
    if word in UPDATE_FORMS:
        return (
            form.start,
            f"{word} is an update. The data set is read-only: ask with SELECT, ASK, CONSTRUCT or DESCRIBE.",
        )
    if word not in QUERY_FORMS:
        close = difflib.get_close_matches(word, [*QUERY_FORMS, *_PROLOGUE], n=1)
        hint = f" Did you mean {close[0]}?" if close else ""
        return form.start, f"A query begins with SELECT, ASK, CONSTRUCT or DESCRIBE, not with {form.text[:40]}.{hint}"
    return None


def _engine_position(tokens: Sequence[Token]) -> tuple[int, str]:
    """Ask the engine again with each token on a line of its own, so that its place is that of a token."""
    text: list[str] = []
    first_line: list[int] = []
    line = 1
    end = None
    for token in tokens:
        glued = end == token.start and (token.kind == "language" or token.text == "^^" or text[-1].endswith("^^"))
        if text and not glued:
            text.append(f"{_PADDING}\n")
            line += 1
        first_line.append(line)
        text.append(token.text)
        line += token.text.count("\n")
        end = token.start + len(token.text)
    try:
        Store().query("".join([*text, _PADDING]), base_iri=BASE)
    except SyntaxError as error:
        if match := _POSITION.match(str(error)):
            reported = int(match[1])
            index = max(index for index, first in enumerate(first_line) if first <= reported)
            return tokens[index].start, match[3]
    return 0, ""


def explained(query: str, message: str, known_prefixes: Mapping[str, str]) -> str:
    """Return what is wrong with a query that the engine refused with `message`: the place, and a remedy if known.

    `known_prefixes` are the prefixes that may be proposed, name to IRI.
    """
    tokens = tokenise(query)
    fault = (
        _wrong_form(tokens)
        or _bad_token(tokens)
        or _undeclared_prefix(tokens, known_prefixes)
        or _unmatched_bracket(tokens)
    )
    if fault is None:
        position, detail = _engine_position(tokens)
        sentences = _SENTENCE.findall(detail) or _SENTENCE.findall(message)
        text = next((token.text for token in tokens if token.start == position), "")
        shown = text if len(text) <= 40 else f"{text[:40]}…"
        reason = f" {sentences[0]}." if sentences else ""
        fault = position, f"{shown} is not expected here, or something is missing before it.{reason}"
    return described(query, *fault)
