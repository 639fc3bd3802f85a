"""The graph of the search keys has what was derived, once for each name, and is told apart."""

from pathlib import Path

import pytest
from pyoxigraph import QuerySolutions

from kg.content import Content
from kg.derivation import QUERIES, SEARCH_KEYS, data_digest, key_queries, search_key_quads, source_of, with_search_keys
from kg.export import exported
from kg.search import search_queries
from kg.store import GraphStore, evaluate, graph_files, load_content

PREFIXES = "PREFIX tsc: <https://w3id.org/thai-smart-city/ontology#> PREFIX id: <https://w3id.org/thai-smart-city/id/> "


@pytest.fixture(scope="module")
def keyed(content: Content) -> GraphStore:
    """The content of the repository with the search keys."""
    return with_search_keys(load_content(content), search_queries(content))


def values(data: GraphStore, query: str) -> list[str]:
    """The values of the first column."""
    result = evaluate(data, PREFIXES + query)
    assert isinstance(result, QuerySolutions)
    return [str(solution[0].value) for solution in result]


def test_everything_else_stays(keyed: GraphStore, content: Content) -> None:
    plain = load_content(content)
    assert {name: size for name, size in keyed.graphs.items() if name != SEARCH_KEYS} == plain.graphs
    assert keyed.triples == plain.triples + keyed.graphs[SEARCH_KEYS]


@pytest.mark.parametrize(
    ("resource", "key"),
    [
        ("id:division\\/TH-50", "chiangmai"),
        ("id:division\\/TH-50", "th50"),
        ("id:meeting\\/committee-1-2561", "1/2561"),
        ("id:smart-city-area\\/samyan", "สามย่านสมาร์ตซิตี้"),
        ("id:person\\/prajin-janntong", "พลออประจิน"),
    ],
)
def test_keys(resource: str, key: str, keyed: GraphStore) -> None:
    assert key in values(keyed, f"SELECT ?key {{ {resource} tsc:searchKey ?key }}")


def test_keys_are_only_in_their_graph(keyed: GraphStore) -> None:
    assert values(keyed, "SELECT DISTINCT ?g { GRAPH ?g { ?x tsc:searchKey ?key } }") == [SEARCH_KEYS]


def test_each_key_stands_once_in_the_union(keyed: GraphStore) -> None:
    pairs = "SELECT (COUNT(*) AS ?n) { ?x tsc:searchKey ?key }"
    named = f"SELECT (COUNT(*) AS ?n) {{ GRAPH <{SEARCH_KEYS}> {{ ?x tsc:searchKey ?key }} }}"
    assert values(keyed, pairs) == values(keyed, named)
    assert int(values(keyed, pairs)[0]) > 1000


def test_the_graph_says_that_it_is_derived(keyed: GraphStore) -> None:
    derived = "http://www.w3.org/ns/prov#wasDerivedFrom"
    assert values(keyed, f"SELECT ?g {{ ?g <{derived}> id:dataset\\/thai-smart-city }}") == [SEARCH_KEYS]


def test_a_tree_whose_graphs_share_nothing(tree: Path) -> None:
    content = Content(tree)
    keyed = with_search_keys(load_content(content), search_queries(content))
    assert keyed.graphs[SEARCH_KEYS] > 4
    assert keyed.triples == int(values(keyed, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")[0])


@pytest.mark.parametrize("form", ["nq", "nt"])
def test_an_export_may_have_the_keys(form: str, keyed: GraphStore, content: Content) -> None:
    quads = search_key_quads(load_content(content), search_queries(content))
    files = graph_files(content)
    lines = exported(files, form, quads).decode().splitlines()
    assert len(lines) == len(exported(files, form).splitlines()) + len(quads)
    assert len(quads) == keyed.graphs[SEARCH_KEYS]


# --- What is loaded ---


def with_queries(tree: Path, names: tuple[str, ...] = QUERIES) -> Content:
    """A tree with some of the queries that keys are made by."""
    folder = tree / "queries" / "pages" / "search"
    folder.mkdir(parents=True, exist_ok=True)
    for number, (name, text) in enumerate(search_queries(Content(tree)).items(), 1):
        if name in names:
            (folder / f"{number:02}-{name}.rq").write_text(text, "utf-8")
    return Content(tree)


@pytest.mark.parametrize(
    ("names", "has_keys"), [((), False), (QUERIES[:1], False), (QUERIES[1:], False), (QUERIES, True)]
)
def test_a_tree_has_keys_if_it_has_the_queries(tree: Path, names: tuple[str, ...], has_keys: bool) -> None:
    content = with_queries(tree, names)
    data, summary = source_of(content).load()
    assert (SEARCH_KEYS in data.graphs) is (SEARCH_KEYS in summary.graphs) is has_keys
    plain = load_content(content)
    assert (data.triples > plain.triples) is has_keys
    assert (summary.digest == plain.summary.digest) is not has_keys


@pytest.mark.parametrize("changed", ["nothing", "names", "misprints", "kinds", "spellings", "data"])
def test_the_digest_covers_what_keys_are_made_by(tree: Path, changed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    content = with_queries(tree)
    before = source_of(content).digest()
    if changed == "spellings":
        other = tree / "other.toml"
        other.write_text("", "utf-8")
        monkeypatch.setattr("kg.derivation._SPELLINGS", other)
    elif changed == "data":
        path = content.data_files()[0]
        path.write_text(f"{path.read_text('utf-8')}\n# more\n", "utf-8")
    elif changed != "nothing":
        (tree / f"queries/pages/search/01-{changed}.rq").write_text("SELECT * { }\n", "utf-8")
    after = source_of(content).digest()
    assert (after == before) is (changed in {"nothing", "kinds"})
    assert after == data_digest(tuple(graph_files(content).values()), key_queries(content))
