"""What is refused before the engine sees a query: SERVICE, and what would exhaust the engine's parser or planner.

The engine has no switch for SERVICE and would call any address; deep nesting overflows its stack and ends the process,
and long chains of operators or paths are planned for minutes. The limits are far above what a person writes.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from kg.tokens import Token, tokenise, words_in_any_reading

MAXIMUM_LENGTH: Final = 65_536
"""Characters of a query."""


MAXIMUM_DEPTH: Final = 64
"""Brackets open at one place."""

MAXIMUM_NEGATIONS: Final = 8
"""Negated brackets open at one place: the engine's parser reads each of them twice, so that its time doubles."""

MAXIMUM_COUNTS: Final = {
    "triple patterns, groups, list items and path steps": 120,
    "OPTIONAL": 100,
    "FILTER, BIND and AS": 200,
    "logical operators (|| && !)": 400,
    "arithmetic operators and path alternatives (+ - * |)": 400,
    "tokens": 20_000,
}
"""How much of each a query may have. Measured: at its limit the engine plans for a second or two."""

_PATTERNS, _OPTIONAL, _CLAUSES, _LOGIC, _ARITHMETIC, _TOKENS = MAXIMUM_COUNTS
_COUNTED_AS: Final = {
    **dict.fromkeys(("/", "^", "{", "["), _PATTERNS),
    **dict.fromkeys(("||", "&&", "!"), _LOGIC),
    **dict.fromkeys(("+", "-", "*", "|"), _ARITHMETIC),
    **dict.fromkeys(("FILTER", "BIND", "AS"), _CLAUSES),
    "OPTIONAL": _OPTIONAL,
}
_OPENING: Final = {"{": "group", "(": "expression", "[": "group", "<<": "group", "<<(": "group"}
_CLOSING: Final = frozenset({"}", ")", "]", ">>", ")>>"})
_TERMS: Final = frozenset({"iri", "string", "variable", "blank_node", "name", "number"})
_SERVICE: Final = re.compile("service", re.IGNORECASE)
_NO_WORD: Final = frozenset("?$:@'\"<>")
"""Characters of what is more than a keyword or the name of a function."""


@dataclass(frozen=True)
class Refusal:
    """Why a query is refused: a sentence, and the position in characters that it is about."""

    sentence: str
    position: int


def _service(query: str) -> Token | None:
    """Return the first word or prefix that is, or holds, SERVICE in some reading of the query."""
    if "SERVICE" not in query.upper():
        return None
    found = [word for word in words_in_any_reading(query) if _SERVICE.search(word.text.partition(":")[0])]
    return min(found, key=lambda word: word.start, default=None)


def _opens(token: Token, previous: Token | None, within: str, after_values: bool) -> str:
    """Return what a bracket opens: a group, a list of RDF terms, the data of VALUES, or an expression."""
    if token.text == "{":
        return "data" if after_values else "group"
    if token.text == "(" and within == "group" and (previous is None or previous.kind != "word"):
        return "list"
    if token.text == "(" and within in ("list", "data"):
        return within
    return _OPENING[token.text]


def _counted_as(token: Token, within: str) -> str | None:
    """Return which of the counts a token adds to, besides that of all tokens."""
    if within == "data":
        return None
    if token.text in (".", ";", ",") and within == "group":
        return _PATTERNS
    if within == "list" and token.kind in _TERMS:
        return _PATTERNS
    return _COUNTED_AS.get(token.text.upper()) if token.kind in ("punctuation", "word") else None


def _excess(tokens: Sequence[Token]) -> Refusal | None:
    """Return the first place where a query is nested too deeply or has too much of something."""
    counts = dict.fromkeys(MAXIMUM_COUNTS, 0)
    brackets = [""]
    negated: list[int] = []  # how many brackets are open at each negated one
    after_values = False
    previous: Token | None = None
    for token in tokens:
        for counted in (_TOKENS, _counted_as(token, brackets[-1])):
            if counted is not None:
                counts[counted] += 1
                if counts[counted] > MAXIMUM_COUNTS[counted]:
                    sentence = f"The query has more than {MAXIMUM_COUNTS[counted]} {counted}; ask in parts."
                    return Refusal(sentence, token.start)
        if token.kind == "punctuation" and token.text in _OPENING:
            brackets.append(_opens(token, previous, brackets[-1], after_values))
            if len(brackets) - 1 > MAXIMUM_DEPTH:
                return Refusal(f"Brackets are nested more than {MAXIMUM_DEPTH} deep.", token.start)
            if token.text == "(" and previous is not None and previous.text == "!":
                negated.append(len(brackets))
                if len(negated) > MAXIMUM_NEGATIONS:
                    return Refusal(f"Negations are nested more than {MAXIMUM_NEGATIONS} deep.", token.start)
            after_values = after_values and token.text != "{"
        elif token.kind == "punctuation" and token.text in _CLOSING and len(brackets) > 1:
            if negated and negated[-1] == len(brackets):
                negated.pop()
            brackets.pop()
        elif token.kind == "word":
            after_values = token.text.upper() == "VALUES"
        previous = token
    return None


def _surely_moderate(query: str) -> bool:
    """Whether a query cannot exceed anything, as its characters alone tell: most are so, and need not be read here."""
    within = query.count
    words = query.upper().count
    brackets = within("{") + within("(") + within("[") + within("<<")
    patterns = within("/") + within("^") + within("{") + within("[") + within(".") + within(";") + within(",")
    return (
        len(query) <= MAXIMUM_COUNTS[_TOKENS]
        and brackets <= MAXIMUM_DEPTH
        and patterns <= MAXIMUM_COUNTS[_PATTERNS]
        and within("!") <= MAXIMUM_NEGATIONS
        and within("|") + within("&") + within("+") + within("-") + within("*") <= MAXIMUM_COUNTS[_ARITHMETIC]
        and words("OPTIONAL") <= MAXIMUM_COUNTS[_OPTIONAL]
        and words("FILTER") + words("BIND") + words("AS") <= MAXIMUM_COUNTS[_CLAUSES]
        and not _has_list(query)
    )


def _has_list(query: str) -> bool:
    """Whether a bracket may open a list of RDF terms: one behind a variable, a prefixed name or punctuation."""
    for before in query.split("(")[:-1]:
        text = before.rstrip()
        if text and (not (text[-1].isalnum() or text[-1] == "_") or not _NO_WORD.isdisjoint(text.rsplit(None, 1)[-1])):
            return True
    return False


def refusal(query: str) -> Refusal | None:
    """Return why this query is not given to the engine, or None when it may be."""
    if len(query) > MAXIMUM_LENGTH:
        return Refusal(f"The query has more than {MAXIMUM_LENGTH} characters; ask in parts.", MAXIMUM_LENGTH)
    if word := _service(query):
        if word.text.upper() == "SERVICE":
            sentence = "SERVICE is refused: this endpoint asks no other endpoint."
        else:
            sentence = "Words and prefixes that contain SERVICE are refused: this endpoint asks no other endpoint."
        return Refusal(sentence, word.start)
    return None if _surely_moderate(query) else _excess(tokenise(query))
