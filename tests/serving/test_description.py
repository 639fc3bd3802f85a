"""The data set description of a query, and the merge of several default graphs."""

from pathlib import Path

import pytest
from pyoxigraph import QuerySolutions

from kg.description import DataSetDescription, data_set_description
from kg.namespaces import graph_iri
from kg.store import evaluate, load

BASE = "http://example.org/base/"

DESCRIPTIONS = [
    ("SELECT * { ?s ?p ?o }", (), ()),
    ("SELECT * FROM <http://a/1> FROM <http://a/2> { ?s ?p ?o }", ("http://a/1", "http://a/2"), ()),
    ("SELECT * FROM <http://a/1> FROM <http://a/1> { ?s ?p ?o }", ("http://a/1",), ()),
    ("SELECT * FROM NAMED <http://a/1> FROM <http://a/2> { ?s ?p ?o }", ("http://a/2",), ("http://a/1",)),
    ("PREFIX a: <http://a/> SELECT * from a:x\\,y FROM named a: { ?s ?p ?o }", ("http://a/x,y",), ("http://a/",)),
    ("SELECT * FROM <one> { ?s ?p ?o }", (f"{BASE}one",), ()),
    ("BASE <http://b/c/> SELECT * FROM <../one> { ?s ?p ?o }", ("http://b/one",), ()),
    ("SELECT * FROM <http://a/\\u0E01> { ?s ?p ?o }", ("http://a/\u0e01",), ()),
    ("PREFIX a: <http://a/ns#> SELECT * FROM a:x { ?s ?p ?o }", ("http://a/ns#x",), ()),
    ('SELECT * { ?s ?p "FROM <http://a/1>" } # FROM <http://a/2>', (), ()),
    ("SELECT * FROM b:undeclared { ?s ?p ?o }", (), ()),
    ("SELECT * FROM", (), ()),
]


@pytest.mark.parametrize(("query", "default", "named"), DESCRIPTIONS)
def test_description(query: str, default: tuple[str, ...], named: tuple[str, ...]) -> None:
    assert data_set_description(query, BASE) == DataSetDescription(default, named)


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three files: the first two hold one triple in common, and each holds one of its own."""
    folder = tmp_path_factory.mktemp("graphs")
    for name in ("one", "two", "three"):
        common = "" if name == "three" else "<http://x/s> <http://x/p> 1 ."
        (folder / f"{name}.ttl").write_text(f"{common} <http://x/{name}> <http://x/p> 2 .")
    return sorted(folder.glob("*.ttl"))


def count(paths: list[Path], query: str, default: tuple[str, ...] = (), named: tuple[str, ...] = ()) -> int:
    """The one number that a query gives."""
    solutions = evaluate(load(paths), query, default, named)
    assert isinstance(solutions, QuerySolutions)
    return int(next(iter(solutions))[0].value)


ONE, TWO, THREE = (graph_iri(Path(f"{name}.ttl")) for name in ("one", "two", "three"))


def test_a_triple_of_two_graphs_is_one_solution(paths: list[Path]) -> None:
    query = f"SELECT (COUNT(*) AS ?n) FROM <{ONE}> FROM <{TWO}> {{ ?s ?p ?o }}"
    assert count(paths, query) == 3
    assert count(paths, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", (ONE, TWO)) == 3


def test_the_protocol_wins_over_from(paths: list[Path]) -> None:
    query = f"SELECT (COUNT(*) AS ?n) FROM <{ONE}> {{ ?s ?p ?o }}"
    assert count(paths, query, (TWO, THREE)) == 3


def test_named_graphs_beside_a_merge(paths: list[Path]) -> None:
    query = f"SELECT (COUNT(*) AS ?n) FROM <{ONE}> FROM <{TWO}> FROM NAMED <{THREE}> {{ GRAPH ?g {{ ?s ?p ?o }} }}"
    assert count(paths, query) == 1
