"""The lexical structure of a SPARQL query: its tokens, and the words that stand in it in any reading.

The engine's parser has no scanner: it tries `<` as an IRI or as an operator by context, and takes a keyword that
touches its neighbour (`SERVICESILENT<…>`). So one text may hold a word for the engine that a plain scanner takes
for part of a string. `tokenise` gives the usual reading; `words_in_any_reading` gives every word of every reading.
Section 19.8 of SPARQL 1.1 Query Language has the grammar of the terminals.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal, NamedTuple
from urllib.parse import urljoin

Kind = Literal["iri", "string", "language", "variable", "blank_node", "name", "word", "number", "punctuation", "bad"]
"""`name` is a prefixed name, `word` a keyword or a function, `bad` characters that no token begins with."""

_BASE_CHARACTERS: Final = (
    "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d\u2070-\u218f\u2c00-\u2fef"
    "\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_NAME_CHARACTERS: Final = f"{_BASE_CHARACTERS}_0-9\u00b7\u0300-\u036f\u203f-\u2040\\-"
_ESCAPES: Final = r"%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?#@%]"
_PREFIX: Final = rf"(?:[{_BASE_CHARACTERS}](?:[{_NAME_CHARACTERS}.]{{0,63}}[{_NAME_CHARACTERS}])?)?"
"""Bounded, so that a long run of names and dots is not scanned again from each of its names."""

_LOCAL: Final = (
    rf"(?:(?:[{_BASE_CHARACTERS}_0-9:]|{_ESCAPES})"
    rf"(?:(?:[{_NAME_CHARACTERS}:]|{_ESCAPES})|\.+(?=[{_NAME_CHARACTERS}:%\\]))*)?"
)

_TOKEN: Final = re.compile(
    rf"""
      (?P<blank>[ \t\r\n]+|\#[^\r\n]*)
    | (?P<iri><(?:[^<>"{{}}|^`\\\x00-\x20]|\\u[0-9A-Fa-f]{{4}}|\\U[0-9A-Fa-f]{{8}})*>)
    | (?P<string>'''(?:(?:'|'')?(?:[^'\\]|\\.))*'''|\"\"\"(?:(?:"|"")?(?:[^"\\]|\\.))*\"\"\"
                |'(?:[^'\\\r\n]|\\.)*'|"(?:[^"\\\r\n]|\\.)*")
    | (?P<language>@[A-Za-z]+(?:-[A-Za-z0-9]+)*(?:--[A-Za-z]+)?)
    | (?P<variable>[?$][{_BASE_CHARACTERS}_0-9][{_BASE_CHARACTERS}_0-9\u00b7\u0300-\u036f\u203f-\u2040]*)
    | (?P<blank_node>_:[{_BASE_CHARACTERS}_0-9](?:[{_NAME_CHARACTERS}.]*[{_NAME_CHARACTERS}])?)
    | (?P<name>{_PREFIX}:{_LOCAL})
    | (?P<word>[A-Za-z_][A-Za-z0-9_-]*)
    | (?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    | (?P<punctuation><<\(|\)>>|<<|>>|\|\||&&|\^\^|!=|<=|>=|[{{}}()\[\].,;*/|^?!=<>+\-~&$])
    | (?P<bad>[^\x00-\x7f]+|.)
    """,
    re.VERBOSE | re.DOTALL,
)


_CODE_POINT: Final = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_ESCAPED: Final = re.compile(r"\\(.)")
_ABSOLUTE: Final = re.compile("[A-Za-z][A-Za-z0-9+.-]*:")
_HIERARCHICAL: Final = re.compile("<[A-Za-z][A-Za-z0-9+.-]*://")


class Token(NamedTuple):
    """A token of a query: its kind, its text, and where it starts, in characters from the start of the query."""

    kind: Kind
    text: str
    start: int


def tokenise(query: str) -> list[Token]:
    """Return the tokens of a query in the usual (longest) reading; white space and comments are left out."""
    tokens = []
    for match in _TOKEN.finditer(query):
        kind = match.lastgroup
        if kind != "blank":
            tokens.append(Token(kind, match.group(), match.start()))  # type: ignore[arg-type]  # the groups are the kinds
    return tokens


def iris(
    tokens: Sequence[Token], prefixes: Mapping[str, str] | None = None, base: str = ""
) -> Iterator[tuple[int, str]]:
    """Yield the index and the IRI of each IRI and prefixed name of a query that stands outside its prologue.

    `prefixes` and `base` hold until the query declares its own (section 4.1 of SPARQL 1.1 Query Language). A name whose
    prefix nobody declares is passed over.
    """
    known = dict(prefixes or {})

    def absolute(text: str) -> str:
        text = _CODE_POINT.sub(lambda match: chr(int(match[1] or match[2], 16)), text) if "\\" in text else text
        return text if _ABSOLUTE.match(text) else urljoin(base, text)  # urljoin would drop the "#" at the end of one

    declared = -1  # where the last declaration ends
    for index, (kind, text, _) in enumerate(tokens):
        if kind == "word":
            word = text.upper()
            if word == "BASE" and [token.kind for token in tokens[index + 1 : index + 2]] == ["iri"]:
                base, declared = absolute(tokens[index + 1].text[1:-1]), index + 1
            elif word == "PREFIX" and [token.kind for token in tokens[index + 1 : index + 3]] == ["name", "iri"]:
                known[tokens[index + 1].text.removesuffix(":")] = absolute(tokens[index + 2].text[1:-1])
                declared = index + 2
        elif index > declared and kind == "iri":
            yield index, absolute(text[1:-1])
        elif index > declared and kind == "name":
            prefix, _, local = text.partition(":")
            if prefix in known:
                yield index, known[prefix] + (_ESCAPED.sub(r"\1", local) if "\\" in local else local)


def words_in_any_reading(query: str) -> list[Token]:
    """Return the words, and the prefixed names, of every reading of a query.

    Readings part where `<` may open an IRI or be an operator (not before `scheme://`, which no expression begins with),
    and where three quotation marks open a long string unless the engine refuses an escape in it: then they are an empty
    string and the start of another. Each position is scanned once, so that the time is linear.
    """
    words = []
    seen = set()
    waiting = [0]
    while waiting:
        position = waiting.pop()
        if position in seen or position >= len(query):
            continue
        seen.add(position)
        match = _TOKEN.match(query, position)
        if match is None:
            continue
        waiting.append(match.end())
        text = match.group()
        if match.lastgroup == "iri" and not _HIERARCHICAL.match(text):
            waiting.append(position + 1)
        elif text.startswith(("'''", '"""')) and "\\" in text:
            waiting.append(position + 2)
        elif match.lastgroup in ("word", "name"):
            words.append(Token(match.lastgroup, text, position))  # type: ignore[arg-type]
    return words


def line_and_column(query: str, position: int) -> tuple[int, int]:
    """Return the line and the column, both from 1 and in characters, of a position of a query."""
    before = query[:position]
    return before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1
