"""Data made for measurements: how many triples, in which graphs, always the same, and with an answer to each query."""

import json
from pathlib import Path

import pytest
from benchmarks.endpoint.generate import SOURCES, Manifest, area, generate, meeting, read_manifest
from benchmarks.endpoint.workload import KINDS, canonical, queries
from pyoxigraph import QueryResultsFormat, QuerySolutions, QueryTriples, RdfFormat, parse

from kg.content import Content
from kg.namespaces import GRAPH, ONTOLOGY
from kg.store import GraphStore, evaluate, load_content

SIZE = 5000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("made")


@pytest.fixture(scope="module")
def manifest(folder: Path) -> Manifest:
    return generate(folder, SIZE)


@pytest.fixture(scope="module")
def data(folder: Path, manifest: Manifest) -> GraphStore:
    loaded = load_content(Content(folder))
    assert loaded.triples == manifest.triples
    return loaded


def lines(path: Path) -> list[str]:
    return [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("@prefix")]


@pytest.mark.parametrize(
    ("triples", "shared"), [(3000, 0.01), (SIZE, 0.0), (SIZE, 0.01), (12_345, 0.25), (SIZE, 1.0), (20_001, 0.003)]
)
def test_the_union_has_as_many_triples_as_asked_for(tmp_path: Path, triples: int, shared: float) -> None:
    manifest = generate(tmp_path, triples, shared=shared)
    union = lines(tmp_path / "all.nt")
    assert len(union) == len(set(union)) == triples == manifest.triples
    quads = lines(tmp_path / "all.nq")
    assert len(quads) == len(set(quads)) == manifest.quads
    assert abs(manifest.quads - triples * (1 + shared)) <= SOURCES * 10  # rounded down in each part


def test_the_union_and_the_quads_are_those_of_the_graphs(folder: Path, manifest: Manifest) -> None:
    files = sorted((folder / "data").rglob("*.ttl"))
    assert len(files) == SOURCES + 1
    of_graphs = {path.stem: lines(path) for path in files}
    assert {line for graph in of_graphs.values() for line in graph} == set(lines(folder / "all.nt"))
    assert sum(map(len, of_graphs.values())) == manifest.quads
    expected = {f"{line[:-2]} <{GRAPH}{stem}> ." for stem, graph in of_graphs.items() for line in graph}
    assert set(lines(folder / "all.nq")) == expected


def test_every_file_is_read_by_a_parser(folder: Path, manifest: Manifest) -> None:
    assert len({str(triple) for triple in parse(path=folder / "all.nt", format=RdfFormat.N_TRIPLES)}) == SIZE
    assert sum(1 for _ in parse(path=folder / "all.nq", format=RdfFormat.N_QUADS)) == manifest.quads


def test_the_graphs_are_loaded_as_named_graphs(data: GraphStore, manifest: Manifest) -> None:
    names = ["register", *(f"invented-minutes-{number}" for number in range(1, SOURCES + 1))]
    assert set(data.graphs) == {f"{GRAPH}{name}" for name in names}
    assert sum(data.graphs.values()) == manifest.quads
    assert all(data.graphs.values())


def test_the_same_arguments_give_the_same_bytes(folder: Path, manifest: Manifest, tmp_path: Path) -> None:
    assert generate(tmp_path, SIZE) == manifest == read_manifest(tmp_path)
    made = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    assert made == sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file())
    assert all((folder / path).read_bytes() == (tmp_path / path).read_bytes() for path in made)


def test_another_seed_gives_other_data_of_the_same_size(folder: Path, manifest: Manifest, tmp_path: Path) -> None:
    other = generate(tmp_path, SIZE, seed=2)
    assert (other.triples, other.meetings) == (manifest.triples, manifest.meetings)
    assert set(lines(tmp_path / "all.nt")) != set(lines(folder / "all.nt"))


@pytest.mark.parametrize(("triples", "shared"), [(0, 0.01), (2999, 0.01), (SIZE, -0.1), (SIZE, 1.1)])
def test_a_number_out_of_range_is_refused(tmp_path: Path, triples: int, shared: float) -> None:
    with pytest.raises(ValueError, match="At least 3000 triples"):
        generate(tmp_path, triples, shared=shared)
    assert list(tmp_path.iterdir()) == []


def answer(data: GraphStore, query: str) -> tuple[int, bytes]:
    """Return the number of solutions or triples of an answer, and the answer as a server writes it."""
    result = evaluate(data, query)
    if isinstance(result, QueryTriples):
        content = result.serialize(format=RdfFormat.TURTLE) or b""
        return sum(1 for _ in parse(content, format=RdfFormat.TURTLE)), content
    assert isinstance(result, QuerySolutions)
    content = result.serialize(format=QueryResultsFormat.JSON) or b""
    return len(json.loads(content)["results"]["bindings"]), content


# Of queries about one thing: the same in all data. Of the others: what 5,000 triples have, and a limit.
ROWS = {
    "lookup": (1, 1), "star": (24, 24), "three-hops": (1, 1), "aggregate": (5, 5), "path": (1, 3), "text": (1, 50),
    "optional": (21, 24), "construct": (36, 60),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_every_query_has_an_answer(data: GraphStore, manifest: Manifest, kind: str) -> None:
    least, most = ROWS[kind]
    for query in queries(kind, manifest):
        size, content = answer(data, query)
        assert least <= size <= most, query
        assert canonical(kind, content)


@pytest.mark.parametrize("kind", KINDS)
def test_the_queries_of_a_sequence_differ_and_have_no_placeholder_left(manifest: Manifest, kind: str) -> None:
    sequence = queries(kind, manifest)
    assert (
        len(sequence) == len(set(sequence)) == {"aggregate": 1, "optional": 1, "text": 20}.get(kind, manifest.meetings)
    )
    assert not any("%(" in query for query in sequence)
    assert sequence == queries(kind, manifest)


def test_the_names_of_things_are_known_beforehand(folder: Path, manifest: Manifest) -> None:
    subjects = {line.split(" ", 1)[0] for line in lines(folder / "all.nt")}
    numbers = range(1, manifest.meetings + 1)
    assert {f"<{name(number)}>" for name in (meeting, area) for number in numbers} <= subjects


def test_each_passage_carries_one_resource(folder: Path, manifest: Manifest) -> None:
    passages = [line.split(" ")[2] for line in lines(folder / "all.nt") if f"<{ONTOLOGY}evidence>" in line]
    assert len(passages) == len(set(passages)) > manifest.meetings


TERM = {"type": "literal", "value": "x"}


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (
            [{"a": TERM}, {"a": {"type": "uri", "value": "i"}}],
            [{"a": {"type": "uri", "value": "i"}}, {"a": TERM}],
            True,
        ),
        ([{"a": TERM}], [{"a": TERM | {"datatype": "http://www.w3.org/2001/XMLSchema#string"}}], True),
        ([{"a": TERM | {"type": "typed-literal", "datatype": "urn:d"}}], [{"a": TERM | {"datatype": "urn:d"}}], True),
        ([{"a": TERM | {"xml:lang": "TH"}}], [{"a": TERM | {"xml:lang": "th"}}], True),
        ([{"a": TERM}], [{"a": TERM}, {"a": TERM}], False),
        ([{"a": TERM}], [{"b": TERM}], False),
        ([{"a": TERM}], [{"a": TERM | {"xml:lang": "th"}}], False),
        ([{"a": TERM}], [{"a": {"type": "uri", "value": "x"}}], False),
        ([{"a": TERM}], [], False),
    ],
)
def test_answers_are_compared_as_solutions(one: list[object], other: list[object], equal: bool) -> None:
    forms = [canonical("star", json.dumps({"results": {"bindings": rows}}).encode()) for rows in (one, other)]
    assert (forms[0] == forms[1]) is equal


@pytest.mark.parametrize(
    ("other", "equal"),
    [
        ("@prefix : <urn:> . :s :p _:y , _:z . _:z :q 1 .", True),
        ("@prefix : <urn:> . :s :p _:y , _:z .", False),
        ("@prefix : <urn:> . :s :p _:y , _:z . _:z :q 2 .", False),
    ],
)
def test_answers_are_compared_as_graphs(other: str, equal: bool) -> None:
    one = canonical("construct", b"<urn:s> <urn:p> _:a , _:b . _:a <urn:q> 1 .")
    assert (one == canonical("construct", other.encode())) is equal
