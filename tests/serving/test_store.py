"""Loading: graphs, union, digest and version; what is said of a file that cannot be read; names that nothing has."""

import hashlib
from pathlib import Path

import pytest
from pyoxigraph import Literal, QueryBoolean, QuerySolutions

from kg.errors import InputError
from kg.namespaces import GRAPH, ID, ONTOLOGY
from kg.store import GraphStore, evaluate, load
from kg.syntax import MalformedQueryError
from kg.vocabulary import UnknownName, unknown_names

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


def test_the_digest_stands_for_the_names_and_bytes_of_the_files(tmp_path: Path) -> None:
    texts = {"b.ttl": "<http://a/a> <http://a/b> 2.50 .", "a.ttl": "<http://a/a> <http://a/b> 'ก'@th ."}
    for name, text in texts.items():
        (tmp_path / name).write_text(text, "utf-8")
    lines = [f"{name}\0{hashlib.sha256(text.encode()).hexdigest()}\n" for name, text in texts.items()]
    found = load([tmp_path / name for name in texts]).summary.digest
    assert found == hashlib.sha256("".join(lines).encode()).hexdigest()


DIGESTS = [
    ("another folder", "folder/a.ttl", "<http://a/a> <http://a/b> 1 .", True),
    ("another name", "b.ttl", "<http://a/a> <http://a/b> 1 .", False),
    ("another literal of the same value", "a.ttl", "<http://a/a> <http://a/b> 01 .", False),
    ("another byte, the same triples", "a.ttl", "<http://a/a> <http://a/b> 1 .\n", False),
]


@pytest.mark.parametrize(("name", "text", "same"), [case[1:] for case in DIGESTS], ids=[case[0] for case in DIGESTS])
def test_what_the_digest_depends_on(tmp_path: Path, name: str, text: str, same: bool) -> None:
    path = tmp_path / "a.ttl"
    path.write_text("<http://a/a> <http://a/b> 1 .")
    before = load([path]).summary.digest
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(text)
    assert (load([tmp_path / name]).summary.digest == before) is same


DCAT = "<http://www.w3.org/ns/dcat#{}>"
VERSIONS = [
    (f"<http://a/a> a {DCAT.format('Dataset')} ; {DCAT.format('version')} '1.2' .", "1.2"),
    (f"<http://a/a> {DCAT.format('version')} '1.2' .", ""),
    ("", ""),
]


@pytest.mark.parametrize(("text", "version"), VERSIONS)
def test_the_version_is_that_of_the_data_set(tmp_path: Path, text: str, version: str) -> None:
    path = tmp_path / "a.ttl"
    path.write_text(text)
    assert load([path]).summary.version == version


SHARED = "<http://a/s> <http://a/p> 1 ."


def number(data: GraphStore, query: str) -> int:
    """Return the one number that a query gives."""
    result = evaluate(data, query)
    assert isinstance(result, QuerySolutions)
    (row,) = result
    assert isinstance(row[0], Literal)
    return int(row[0].value)


@pytest.mark.parametrize(("second", "disjoint"), [("<http://a/s> <http://a/p> 2 .", True), (SHARED, False)])
def test_the_union_has_each_triple_once(tmp_path: Path, second: str, disjoint: bool) -> None:
    for name, text in {"a": f"{SHARED} <http://a/s> <http://a/p> [ <http://a/q> 1 ] .", "b": second}.items():
        (tmp_path / f"{name}.ttl").write_text(text)
    data = load([tmp_path / "a.ttl", tmp_path / "b.ttl"])
    count = "SELECT (COUNT(*) AS ?count)"
    both = f"FROM <{GRAPH}a> FROM <{GRAPH}b>"
    assert data.disjoint is disjoint
    assert data.graphs == {f"{GRAPH}a": 3, f"{GRAPH}b": 1}
    assert data.triples == 3 + disjoint
    assert number(data, f"{count} {{ ?s ?p ?o }}") == 3 + disjoint
    assert number(data, f"{count} {{ GRAPH ?g {{ ?s ?p ?o }} }}") == 4
    assert number(data, f"{count} FROM <{GRAPH}a> {{ ?s ?p ?o }}") == 3
    assert number(data, f"{count} {both} {{ ?s ?p ?o }}") == 3 + disjoint
    assert number(data, f"{count} FROM NAMED <{GRAPH}b> {{ GRAPH ?g {{ ?s ?p ?o }} }}") == 1
    assert number(data, f"{count} {{ ?s <http://a/p> ?o . GRAPH ?g {{ ?o <http://a/q> 1 }} }}") == 1


ONTOLOGY_TEXT = f"""
PREFIX tsc: <{ONTOLOGY}>
tsc:Meeting a <http://www.w3.org/2002/07/owl#Class> .
<{ID}meeting/first> a tsc:Meeting ; tsc:heldOn "2018-01-31" .
"""
NAMES = [
    ("a class that is misspelt", "ASK { ?s a tsc:Meting }", {f"{ONTOLOGY}Meting": f"{ONTOLOGY}Meeting"}),
    ("a class in small letters", "ASK { ?s a tsc:meeting }", {f"{ONTOLOGY}meeting": f"{ONTOLOGY}Meeting"}),
    ("a known class", "ASK { ?s a tsc:Meeting }", {}),
    ("a property that stands in a triple only", "ASK { ?s tsc:heldOn ?o }", {}),
    ("a name like no other", "ASK { ?s a tsc:Zzyzx }", {f"{ONTOLOGY}Zzyzx": ""}),
    ("a relative IRI", "ASK { <id/meeting/fist> ?p ?o }", {f"{ID}meeting/fist": f"{ID}meeting/first"}),
    ("a known relative IRI", "ASK { <id/meeting/first> ?p ?o }", {}),
    ("a name with an escape", "ASK { ?s a tsc:Meet\\-ing }", {f"{ONTOLOGY}Meet-ing": f"{ONTOLOGY}Meeting"}),
    ("an IRI behind BASE", f"BASE <{ID}> ASK {{ <meeting/fist> ?p ?o }}", {f"{ID}meeting/fist": f"{ID}meeting/first"}),
    ("a known graph", "ASK { GRAPH <graph/a> { ?s ?p ?o } }", {}),
    ("an unknown graph", f"ASK FROM <{GRAPH}b> {{ ?s ?p ?o }}", {f"{GRAPH}b": ""}),
    ("a name in the prologue only", "PREFIX x: <ontology#Nothing> ASK { ?s ?p ?o }", {}),
    ("a name of others", "ASK { ?s a <http://example.org/Meting> }", {}),
    ("a name in a string", "ASK { ?s ?p 'tsc:Meting' }", {}),
    ("a name twice", "ASK { ?s a tsc:Zzyzx ; ?p tsc:Zzyzx }", {f"{ONTOLOGY}Zzyzx": ""}),
    ("more than three", "ASK { tsc:q1 tsc:q2 tsc:q3, tsc:q4 }", {f"{ONTOLOGY}q{n}": "" for n in (1, 2, 3)}),
]


@pytest.mark.parametrize("shared", [False, True], ids=["graphs apart", "graphs that share a triple"])
@pytest.mark.parametrize(("query", "names"), [case[1:] for case in NAMES], ids=[case[0] for case in NAMES])
def test_unknown_names(tmp_path: Path, query: str, names: dict[str, str], shared: bool) -> None:
    files = [tmp_path / "a.ttl", tmp_path / "c.ttl"]
    files[0].write_text(ONTOLOGY_TEXT)
    files[1].write_text(ONTOLOGY_TEXT if shared else "")
    data = load(files)
    assert data.disjoint is not shared
    assert unknown_names(data, f"PREFIX tsc: <{ONTOLOGY}> {query}") == [UnknownName(*pair) for pair in names.items()]


QUERIES = [
    ("SELEC * {}", "Line 1, column 1: A query begins with SELECT, ASK, CONSTRUCT or DESCRIBE, not with SELEC."),
    ("SELECT ?x { ?s ?p 'a }", "Line 1, column 19: The string that begins with ' here is not closed."),
    ("SELECT * { ?s a <http://e/ x> }", "Line 1, column 17: The IRI that begins here holds a space"),
    ("SELECT * {\n ?s ?p", "Line 1, column 10: { is not closed."),
    ("SELECT * { FILTER(1 }", "Line 1, column 21: ) is expected before }."),
    ("SELECT * { } }", "Line 1, column 14: No bracket is open that } could close."),
    ("# ถาม\nSELECT * { ?s ?p ?o FILTER(?o > ) }", "Line 2, column 33: What stands behind > is missing."),
    ("SELECT * { ?s piers:x ?o }", "Line 1, column 15: The prefix piers: is not declared. Did you mean pier:?"),
    ("PREFIX a: <http://a/>", "There is no query here"),
    ("DROP ALL", "Line 1, column 1: DROP is an update. The data set is read-only"),
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
