"""What a query finds in a store, for tests that compare it with a page."""

from pyoxigraph import Literal, NamedNode, QuerySolution, QuerySolutions

from kg.store import GraphStore, evaluate


def solutions(store: GraphStore, query: str) -> QuerySolutions:
    """Return the solutions of a SELECT, which know their variables."""
    found = evaluate(store, query)
    assert isinstance(found, QuerySolutions)
    return found


def rows(store: GraphStore, query: str) -> list[QuerySolution]:
    """Return the solutions of a SELECT."""
    return list(solutions(store, query))


def text_in(row: QuerySolution, name: str) -> str:
    """Return the IRI or the lexical form in a column."""
    value = row[name]
    assert isinstance(value, NamedNode | Literal)
    return value.value
