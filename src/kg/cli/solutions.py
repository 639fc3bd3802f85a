"""Questions of our own to the content of a tree, for the commands that show what is in it."""

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyoxigraph import BlankNode, Literal, NamedNode

    from kg.content import Content
    from kg.search import SearchIndex
    from kg.store import GraphStore


class ShownLanguage(StrEnum):
    """In which language labels are shown."""

    THAI = "th"
    ENGLISH = "en"


def solutions(data: "GraphStore", query: str) -> "list[dict[str, NamedNode | BlankNode | Literal]]":
    """Return the solutions of a SELECT, variable to term; what is not bound is not in it. Raises QueryError."""
    from pyoxigraph import BlankNode, Literal, NamedNode, QuerySolutions

    from kg.store import evaluate

    found = evaluate(data, query)
    assert isinstance(found, QuerySolutions)  # noqa: S101  # the query is a SELECT of ours
    names = [variable.value for variable in found.variables]
    rows = (zip(names, solution, strict=True) for solution in found)
    return [{name: value for name, value in row if isinstance(value, NamedNode | BlankNode | Literal)} for row in rows]


def search_index(content: "Content", data: "GraphStore") -> "SearchIndex":
    """Return the index over the names of a tree that has been loaded. Raises InputError for a query that it lacks."""
    from kg.search import SearchIndex, search_queries

    return SearchIndex({name: solutions(data, query) for name, query in search_queries(content).items()})
