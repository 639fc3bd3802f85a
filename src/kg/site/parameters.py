"""Queries with a parameter: those behind the sections of pages, asked of one subject.

A query below `queries/pages/` is as any stored query, with two more keys in its header: `view` says how its answer is
shown, and `parameter` names the variables, without their mark, that stand for an IRI which is given when it is asked.
Each occurrence of the variable becomes that IRI, so it must not stand where SPARQL wants a variable: in the list of
SELECT, after AS, after GROUP BY.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final

from kg.content import Content
from kg.errors import InputError
from kg.questions import StoredQuery, read_stored_query
from kg.site.figures import DRAWN
from kg.tokens import tokenise

VIEWS: Final = ("table", "list", "timeline", "facts", "figures", "note", "passages", *DRAWN)
"""How a section may show its rows; `table` unless the header says otherwise."""

MAP: Final = "map"
"""The folder of the queries behind the map: one of the divisions, the others with the view `map`."""

_NOT_IN_AN_IRI: Final = re.compile(r"[\x00-\x20<>\"{}|^`\\]")


@lru_cache(1024)
def _pieces(query: str) -> tuple[tuple[str, str], ...]:
    """Return a query in pieces: for each variable the text before it and its name; the rest, with an empty name."""
    found = []
    end = 0
    for kind, text, start in tokenise(query):
        if kind == "variable":
            found.append((query[end:start], text))
            end = start + len(text)
    return (*found, (query[end:], ""))


def bound(query: str, **iris: str) -> str:
    """Return a query with each of the named variables replaced by an IRI.

    What stands in a string, in a comment or in a longer name stays as it is. Raises ValueError for what is no IRI.
    """
    for iri in iris.values():
        if not iri or _NOT_IN_AN_IRI.search(iri):
            raise ValueError(f"{iri!r} is not an IRI")
    return "".join(
        f"{before}<{iris[variable[1:]]}>" if variable[1:] in iris else before + variable
        for before, variable in _pieces(query)
    )


def _line_of(key: str, text: str) -> int:
    """Return the line of a key in the header of a query, from 1."""
    return 1 + next((number for number, line in enumerate(text.splitlines()) if line.startswith(f"# {key}:")), 0)


def read_page_query(path: Path) -> StoredQuery:
    """Read a query of `queries/pages/`. Raises InputError, with the file, for what is not as it should be."""
    query = read_stored_query(path)
    if query.view is not None and query.view not in VIEWS:
        line = _line_of("view", query.text)
        raise InputError(f"{path}:{line}:1: unknown view {query.view!r}; known are {', '.join(VIEWS)}.")
    variables = {token.text[1:] for token in tokenise(query.query) if token.kind == "variable"}
    for name in query.parameters:
        if name not in variables:
            line = _line_of("parameter", query.text)
            raise InputError(f"{path}:{line}:1: the header names the parameter {name!r}, which is not in the query.")
    for name in DRAWN.get(query.view or "", ()):
        if name not in variables:
            line = _line_of("view", query.text)
            raise InputError(f"{path}:{line}:1: the view {query.view!r} needs ?{name}, which is not in the query.")
    return query


def page_queries(content: Content) -> Mapping[str, tuple[StoredQuery, ...]]:
    """Return the queries behind the sections of pages by kind, those of a kind in the order of their names.

    Raises InputError as `read_page_query` does.
    """
    found: dict[str, list[StoredQuery]] = {}
    for path in content.page_query_files():
        found.setdefault(path.parent.name, []).append(read_page_query(path))
    return {kind: tuple(queries) for kind, queries in found.items()}


def divisions_query(content: Content) -> StoredQuery:
    """Return the query of the divisions that a map shows. Raises InputError when there is none."""
    for path in content.page_query_files():
        if path.parent.name == MAP and (query := read_page_query(path)).view != MAP:
            return query
    raise InputError(f"{content.root}: a map is to be drawn, but queries/pages/{MAP}/ has no query of the divisions.")
