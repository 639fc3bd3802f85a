"""The words and marks of SPARQL and of what is taken for it: grammar.toml, read once, as a worker may open no file."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

_TABLE: Final[Mapping[str, Any]] = tomllib.loads(Path(__file__).with_name("grammar.toml").read_text("utf-8"))


def _by_word(table: Mapping[str, str]) -> dict[str, str]:
    """Return the key of each word in a table of words."""
    return {word: key for key, words in table.items() for word in words.split()}


FORMS: Final[tuple[str, ...]] = tuple(_TABLE["forms"].split())
UPDATES: Final = frozenset(_TABLE["updates"].split())
PROLOGUE: Final[tuple[str, ...]] = tuple(_TABLE["prologue"].split())
CLAUSES: Final[tuple[str, ...]] = tuple(_TABLE["clauses"].split())
AGGREGATES: Final = frozenset(_TABLE["aggregates"].split())
CASTS: Final[tuple[str, ...]] = tuple(_TABLE["casts"].split())
SCHEMES: Final = frozenset(_TABLE["schemes"].split())

ARGUMENTS: Final[Mapping[str, tuple[int, int]]] = {
    word: (int(least), int(most))
    for word, (least, most) in ((word, key.split()) for word, key in _by_word(_TABLE["arguments"]).items())
}
"""How many arguments each function takes, at least and at most, or -1 for any number."""

WORDS: Final = frozenset({*FORMS, *PROLOGUE, *CLAUSES, *_TABLE["others"].split(), *ARGUMENTS})
"""Every keyword and function, in upper case."""

FOREIGN: Final = _by_word(_TABLE["foreign"])
"""Words of other languages in upper case, and what to write instead."""

FOREIGN_OPERATORS: Final[Mapping[str, str]] = _TABLE["operators"]
MARKS: Final = _by_word(_TABLE["marks"])

BRACKETS: Final = {"{": "}", "(": ")", "[": "]"}
OPERATORS: Final = frozenset({"=", "!=", "<", ">", "<=", ">=", "&&", "||", "+", "-", "*", "/"})
TERMS: Final = frozenset({"iri", "string", "variable", "blank_node", "name", "number"})
"""Kinds of tokens that are a term, or begin one."""
