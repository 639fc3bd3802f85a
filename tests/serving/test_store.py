"""Loading: what the graphs hold, what the version stands for, and what is said of a file that cannot be read."""

import hashlib
from pathlib import Path

import pytest
from pyoxigraph import QueryBoolean

from kg.errors import InputError
from kg.namespaces import GRAPH
from kg.store import GraphStore, evaluate, load
from kg.syntax import MalformedQueryError

BAD_FILES = [
    (b"@prefix a: <http://a/> .\na:b a:c ;;\n  a:d x:y .", ":2:9: "),
    (b"<http://a/a> <b> 1 .", ":1:14: No scheme found in an absolute IRI"),
    (b'<http://a/a> <http://a/b> "\xff" .', ":1:"),
    (b"<http://a/a> <http://a/b> 'a", ":1:27: Unexpected end of file"),
]


@pytest.mark.parametrize(("text", "place"), BAD_FILES)
def test_bad_file(tmp_path: Path, text: bytes, place: str) -> None:
    path = tmp_path / "bad.ttl"
    path.write_bytes(text)
    with pytest.raises(InputError) as caught:
        load([path])
    assert str(caught.value).startswith(f"{path}{place}")
    assert "Parser error" not in str(caught.value)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.ttl: No such file"):
        load([tmp_path / "none.ttl"])


def test_two_files_of_one_stem(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "same.ttl").write_text("<http://a/a> <http://a/b> 1 .")
    with pytest.raises(InputError, match="same stem"):
        load(sorted(tmp_path.glob("*/same.ttl")))


def test_graphs_and_union(small_data: GraphStore) -> None:
    assert small_data.graphs == {f"{GRAPH}ferry": 3, f"{GRAPH}piers": 6, f"{GRAPH}timetable-2560": 6}
    assert small_data.triples == 14
    assert small_data.prefixes["pier"] == "http://example.org/pier/"


def test_a_blank_node_is_one_in_its_graph_and_in_the_union(tmp_path: Path) -> None:
    path = tmp_path / "a.ttl"
    path.write_text("<http://a/a> <http://a/b> [ <http://a/c> 1 ] .")
    result = evaluate(load([path]), "ASK { ?s <http://a/b> ?o . GRAPH ?g { ?o <http://a/c> 1 } }")
    assert isinstance(result, QueryBoolean)
    assert bool(result)


def test_version_is_the_digest_of_the_sorted_quads(tmp_path: Path) -> None:
    path = tmp_path / "a.ttl"
    path.write_text("@prefix a: <http://a/> . a:z a:p 2.50 . a:a a:p '1'^^a:t , 'ก'@th .", "utf-8")
    lines = [
        '<http://a/a> <http://a/p> "1"^^<http://a/t> <GRAPHa> .\n',
        '<http://a/a> <http://a/p> "ก"@th <GRAPHa> .\n',
        '<http://a/z> <http://a/p> "2.50"^^<http://www.w3.org/2001/XMLSchema#decimal> <GRAPHa> .\n',
    ]
    text = "".join(lines).replace("GRAPH", GRAPH)
    assert load([path]).version == hashlib.sha256(text.encode()).hexdigest()


def test_version_does_not_depend_on_blank_node_labels_or_order(tmp_path: Path) -> None:
    path = tmp_path / "a.ttl"
    versions = set()
    for text in (
        "<http://a/a> <http://a/b> _:x . _:x <http://a/c> 1 .",
        "_:y <http://a/c> 1 .\n<http://a/a> <http://a/b> _:y .",
    ):
        path.write_text(text)
        versions.add(load([path]).version)
    path.write_text("<http://a/a> <http://a/b> _:x . _:x <http://a/c> 2 .")
    assert len(versions) == 1
    assert load([path]).version not in versions


QUERIES = [
    ("SELEC * {}", "Line 1, column 1: A query begins with SELECT, ASK, CONSTRUCT or DESCRIBE, not with SELEC."),
    ("SELECT ?x { ?s ?p 'a }", "Line 1, column 19: The string that begins with ' here is not closed."),
    ("SELECT * { ?s a <http://e/ x> }", "Line 1, column 17: The IRI that begins here is not closed"),
    ("SELECT * {\n ?s ?p", "Line 1, column 10: { is not closed."),
    ("SELECT * { FILTER(1 }", "Line 1, column 21: ) is expected before }."),
    ("SELECT * { } }", "Line 1, column 14: No bracket is open that } could close."),
    ("ASK {} ASK {}", "Line 1, column 8: ASK is not expected here"),
    ("SELECT * { ?s ?p ?o } ORDER ?o", "Line 1, column 29: ?o is not expected here"),
    ("SELECT * { ?s ?p 'กี่'@th FILTER(BOUNDED(?o)) }", "Line 1, column 34: BOUNDED is not expected here"),
    ("# ถาม\nSELECT * { ?s ?p ?o FILTER(?o > ) }", "Line 2, column 33: ) is not expected here"),
    ("SELECT * { ?s piers:x ?o }", "Line 1, column 15: The prefix piers: is not declared. Did you mean pier:?"),
    ("SELECT * { ?s zzz:x ?o }", "Line 1, column 15: The prefix zzz: is not declared.\n"),
    ("PREFIX a: <http://a/>", "There is no query here"),
    ("DROP ALL", "Line 1, column 1: DROP is an update. The data set is read-only"),
    ("SELECT ?s (COUNT(?p) AS ?n) { ?s ?p ?o }", "The SELECT contains a variable that is unbound."),
]  # fmt: skip


@pytest.mark.parametrize(("query", "message"), QUERIES, ids=[query for query, _ in QUERIES])
def test_malformed_query(small_data: GraphStore, query: str, message: str) -> None:
    with pytest.raises(MalformedQueryError) as caught:
        evaluate(small_data, query)
    assert message in f"{caught.value}\n"
    assert "expected one of" not in str(caught.value)


def test_the_caret_stands_under_the_place(small_data: GraphStore) -> None:
    with pytest.raises(MalformedQueryError) as caught:
        evaluate(small_data, "SELECT * { ?s ?p 'กี่ที่'@th FILTER(BOUNDED(?o)) }")
    sentence, line, caret = str(caught.value).splitlines()
    assert "column 37" in sentence
    # Each of the two syllables has two marks that take no width.
    assert caret.index("^") == line.index("BOUNDED") - 4


def test_a_long_line_is_cut(small_data: GraphStore) -> None:
    with pytest.raises(MalformedQueryError) as caught:
        evaluate(small_data, f"SELECT * {{ {'?s ?p ?o . ' * 50} BOUNDED }}")
    _, line, caret = str(caught.value).splitlines()
    assert len(line) < 120
    assert line[caret.index("^") :].startswith("BOUNDED")
