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
from kg.tokens import tokenise

VIEWS: Final = ("table", "list", "timeline", "map", "facts", "figures", "network")
"""How a section may show its rows; `table` unless the header says otherwise."""

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


def read_page_query(path: Path) -> StoredQuery:
    """Read a query of `queries/pages/`. Raises InputError, with the file, for what is not as it should be."""
    query = read_stored_query(path)
    if query.view is not None and query.view not in VIEWS:
        raise InputError(f"{path}:1:1: unknown view {query.view!r}; known are {', '.join(VIEWS)}.")
    variables = {token.text[1:] for token in tokenise(query.query) if token.kind == "variable"}
    for name in query.parameters:
        if name not in variables:
            raise InputError(f"{path}:1:1: the header names the parameter {name!r}, which is not in the query.")
    return query


def page_queries(content: Content) -> Mapping[str, tuple[StoredQuery, ...]]:
    """Return the queries behind the sections of pages by kind, those of a kind in the order of their names.

    Raises InputError as `read_page_query` does.
    """
    found: dict[str, list[StoredQuery]] = {}
    for path in content.page_query_files():
        found.setdefault(path.parent.name, []).append(read_page_query(path))
    return {kind: tuple(queries) for kind, queries in found.items()}
