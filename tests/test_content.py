"""Where the content is found, and what role and graph each file gets."""

from pathlib import Path

import pytest

from kg.content import find_content
from kg.dataset import load_dataset, printed_properties, read_dataset
from kg.errors import InputError
from kg.namespaces import graph_iri


def test_the_named_folder_comes_before_the_environment(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KG_ROOT", str(tree / "nowhere"))
    assert find_content(tree).root == tree


def test_the_environment_comes_before_the_checkout(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KG_ROOT", str(tree))
    assert find_content().root == tree


def test_a_folder_without_content_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no folder ontology/ and data/ here"):
        find_content(tmp_path)


def test_files_are_listed_by_their_folder(tree: Path) -> None:
    content = find_content(tree)
    (tree / "data" / ".draft.ttl").write_text("not Turtle")
    assert [path.name for path in content.ontology_files()] == ["external.ttl", "thai-smart-city.ttl"]
    assert [path.name for path in content.data_files()] == ["bodies.ttl", "canal-news.ttl"]
    assert [path.name for path in content.query_files()] == ["meetings.rq"]
    assert [[path.name for path in content.shape_files(scope)] for scope in ("source", "file", "union")] == [
        ["evidence.ttl"],
        ["meetings.ttl"],
        ["meetings.ttl"],
    ]


def test_each_file_has_a_role_and_a_graph(tree: Path) -> None:
    files = load_dataset(find_content(tree)).files
    assert {(file.path.name, file.role) for file in files} == {
        ("thai-smart-city.ttl", "ontology"),
        ("external.ttl", "ontology"),
        ("bodies.ttl", "register"),
        ("canal-news.ttl", "source"),
        ("evidence.ttl", "shapes"),
        ("meetings.ttl", "shapes"),
    }
    assert all(
        file.iri == graph_iri(file.path) == f"https://w3id.org/thai-smart-city/graph/{file.path.stem}" for file in files
    )


def test_two_files_of_one_stem_are_refused(tree: Path) -> None:
    (tree / "data" / "readings").mkdir(exist_ok=True)
    (tree / "data" / "readings" / "bodies.ttl").write_text("")
    with pytest.raises(InputError, match=r"bodies\.ttl: the graph \S+/graph/bodies is already that of"):
        read_dataset(find_content(tree))


def test_a_folder_without_a_role_is_refused(tree: Path) -> None:
    (tree / "data" / "drafts").mkdir()
    (tree / "data" / "drafts" / "draft.ttl").write_text("")
    with pytest.raises(InputError, match="no role for data/drafts/"):
        read_dataset(find_content(tree))


def test_printed_properties_are_found_however_deep(tree: Path) -> None:
    with (tree / "ontology" / "thai-smart-city.ttl").open("a") as file:
        file.write("\ntsc:dayAsPrinted rdfs:subPropertyOf tsc:dateAsPrinted .\n")
    names = {str(node).rpartition("#")[2] for node in printed_properties(load_dataset(find_content(tree)))}
    assert names == {"asPrinted", "dateAsPrinted", "dayAsPrinted"}
