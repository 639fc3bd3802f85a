"""`kg search`, `kg show`, `kg stats` and `kg export` as a user meets them."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import rdflib
from pyoxigraph import CanonicalizationAlgorithm, Dataset, NamedNode, Quad, RdfFormat, parse

from kg.cli.errors import ExitCode
from kg.content import Content
from kg.errors import InputError
from kg.export import EXPORT_FORMATS, exported
from kg.namespaces import GRAPH, ID
from kg.results import SerialisationError
from kg.store import graph_files, load_content

Program = Callable[..., "subprocess.CompletedProcess[str]"]
LABEL = rdflib.RDFS.label


def test_search(kg: Program) -> None:
    run = kg("search", "สามย่าน", "สมาร์ตซิตี้", "--limit", "1")
    assert (run.returncode, run.stdout) == (
        ExitCode.CLEAN,
        f"smart-city-area  พื้นที่เมืองอัจฉริยะ\n  สามย่านสมาร์ทซิตี้  <{ID}smart-city-area/samyan>\n",
    )
    assert "found, 1 shown" in run.stderr
    english = kg("search", "TH-50", "--language", "en").stdout
    assert english == f"province  province\n  Chiang Mai  [TH-50]  <{ID}division/TH-50>\n"


def test_search_says_what_was_perhaps_meant(kg: Program) -> None:
    run = kg("search", "ขอนแกน")
    assert run.returncode == ExitCode.CLEAN
    assert run.stderr == "Nothing has this name. Did you mean ขอนแก่น?\n"
    assert kg("search", "zzqq").stderr == "0 found.\n"


def test_search_as_json(kg: Program) -> None:
    document = json.loads(kg("search", "ภูเก็ต", "--kind", "province", "--format", "json").stdout)
    assert [hit["iri"] for hit in document["hits"]] == [f"{ID}division/TH-83"]
    assert document["total"] == 1


def test_the_key_of_a_text(kg: Program) -> None:
    assert kg("search", "--key", "พล.อ.อ.", "ประจินฯ").stdout == "พลออประจิน\n"


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["search"], ExitCode.USAGE, "Missing argument"),
        (["search", "a", "--kind", "provinse"], ExitCode.USAGE, "province"),
        (["search", "a", "--limit", "0"], ExitCode.USAGE, "--limit"),
        (["search", "a", "--root", "nowhere"], ExitCode.INPUT, "nowhere"),
        (["show", "Chiengmai"], ExitCode.INPUT, "Did you mean เชียงใหม่"),
        (["show", "zzqq"], ExitCode.INPUT, "zzqq: nothing here has this IRI or name.\n"),
        (["show", "TH-50", "--format", "html"], ExitCode.USAGE, "choose one of"),
        (
            ["export", "--graph", "division"],
            ExitCode.INPUT,
            "Did you mean https://w3id.org/thai-smart-city/graph/divisions?",
        ),
        (["export", "--format", "csv"], ExitCode.USAGE, "csv"),
        (["export", "--output", "/no/such/folder/x.nq"], ExitCode.INPUT, "/no/such/folder"),
        (["export", "--output", "/"], ExitCode.INPUT, "a folder"),
    ],
)
def test_what_cannot_be_done(arguments: list[str], code: int, sentence: str, kg: Program) -> None:
    run = kg(*arguments)
    assert (run.returncode, run.stdout) == (code, "")
    assert sentence in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize(
    "name",
    [
        f"{ID}division/TH-50",
        f"<{ID}division/TH-50>",
        "division:TH-50",
        "division/TH-50",
        "/id/division/TH-50",
        "TH-50",
        "จังหวัดเชียงใหม่",
    ],
)
def test_show_finds_a_thing_by(name: str, kg: Program) -> None:
    run = kg("show", name)
    assert run.returncode == ExitCode.CLEAN
    assert run.stdout.startswith(f"เชียงใหม่\n<{ID}division/TH-50>\n\n")


def test_show(kg: Program) -> None:
    lines = kg("show", "smart-city-area/samyan", "--language", "en").stdout.splitlines()
    assert lines[0] == "Samyan Smart City"
    assert "  สามย่านสมาร์ทซิตี้ @th  [smart-city-areas]" in lines
    assert any(line.startswith("  สามย่านสมาร์ทซิตี้ @th  [cioworldmagazine-2021-05-08") for line in lines)
    assert "What points here" in lines
    assert lines[-1].strip()[0].isdigit()


def test_show_says_what_else_has_the_name(kg: Program) -> None:
    run = kg("show", "กรุงเทพมหานคร")
    assert run.stdout.splitlines()[1] == f"<{ID}division/TH-10>"
    assert f"<{ID}organization/bma>" in run.stderr


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")  # rdflib's own
@pytest.mark.parametrize(
    ("form", "syntax"), [("ttl", "turtle"), ("nt", "nt"), ("rdfxml", "xml"), ("jsonld", "json-ld")]
)
def test_show_as_rdf(form: str, syntax: str, kg: Program, content: Content) -> None:
    subject = rdflib.URIRef(f"{ID}division/TH-50")
    graph = rdflib.Graph().parse(data=kg("show", "TH-50", "--format", form).stdout, format=syntax)
    assert rdflib.Literal("Chiang Mai", lang="en") in set(graph.objects(subject, LABEL))
    data = load_content(content)
    triples = {str(quad.triple) for quad in data.store.quads_for_pattern(NamedNode(str(subject)), None, None)}
    assert len(set(graph.predicate_objects(subject))) == len(triples)
    assert set(graph.predicates()) - {LABEL} <= set(graph.predicates(subject))


def test_stats(kg: Program, content: Content) -> None:
    data = load_content(content)
    document = json.loads(kg("stats", "--format", "json").stdout)
    assert document["triples"] == data.triples
    assert document["graphs"] == data.graphs
    counts = {one["iri"].rpartition("#")[2]: one for one in document["classes"]}
    assert (counts["Province"]["count"], counts["Province"]["label"]["th"]) == (76, "จังหวัด")
    assert document["languages"].keys() == {"th", "en", "th-latn"}
    lines = kg("stats", "--language", "en").stdout.splitlines()
    assert lines[0] == f"{data.triples:>7}  triples, each once"
    assert "     76  province (tsc:Province)" in lines


def canonical(quads: Dataset) -> set[str]:
    """Quads with blank nodes under names that depend on nothing but the graph."""
    quads.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return {str(quad) for quad in quads}


def of_files(content: Content, *, named: bool) -> set[str]:
    """All quads of the files, with or without their graphs."""
    found = Dataset()
    for name, path in graph_files(content).items():
        graph = [NamedNode(name)] if named else []
        for quad in parse(path=path, format=RdfFormat.TURTLE, rename_blank_nodes=True):
            found.add(Quad(quad.subject, quad.predicate, quad.object, *graph))
    return canonical(found)


@pytest.mark.parametrize("form", EXPORT_FORMATS)
def test_an_export_is_what_the_files_say(form: str, content: Content) -> None:
    body = exported(graph_files(content), form)
    found = canonical(Dataset(parse(body, format=EXPORT_FORMATS[form])))
    assert found == of_files(content, named=EXPORT_FORMATS[form].supports_datasets)
    assert exported(graph_files(content), form) == body


def test_literals_are_exported_as_they_are_written(tree: Path) -> None:
    path = tree / "data" / "sources" / "canal-news.ttl"
    with path.open("a", encoding="utf-8") as file:
        file.write('\n<https://e/x> <https://e/p> 007, 1.50, "1"^^<http://www.w3.org/2001/XMLSchema#boolean> .\n')
    lines = exported(graph_files(Content(tree)), "nt").decode()
    for lexical in ('"007"^^', '"1.50"^^', '"1"^^<http://www.w3.org/2001/XMLSchema#boolean>'):
        assert lexical in lines


def test_blank_nodes_of_two_files_stay_apart(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.ttl").write_text(f'_:x <https://e/p> "{name}" . [] <https://e/q> _:x .')
    files = {f"https://e/{name}": tmp_path / f"{name}.ttl" for name in ("a", "b")}
    quads = list(parse(exported(files, "nt"), format=RdfFormat.N_TRIPLES))
    assert len(quads) == 4
    assert len({quad.subject for quad in quads}) == 4


def test_what_a_format_cannot_hold_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.ttl"
    path.write_text("<https://e/a> <https://e/1> <https://e/b> .")
    with pytest.raises(SerialisationError, match="RDF/XML cannot hold"):
        exported({"https://e/": path}, "rdf")


def test_a_file_that_is_not_turtle_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.ttl"
    path.write_text("nonsense")
    with pytest.raises(InputError, match=r"a\.ttl:1:"):
        exported({"https://e/": path}, "nq")
    with pytest.raises(InputError, match="No such file"):
        exported({"https://e/": tmp_path / "b.ttl"}, "nq")


def test_export_to_a_file(kg: Program, tmp_path: Path) -> None:
    output = tmp_path / "divisions.trig"
    for _ in range(2):  # new, and in place of what is there
        run = kg("export", "--graph", "divisions", "--output", output)
        assert (run.returncode, run.stdout) == (ExitCode.CLEAN, "")
        assert {quad.graph_name for quad in parse(path=output, format=RdfFormat.TRIG)} == {
            NamedNode(f"{GRAPH}divisions")
        }
    assert [path.name for path in tmp_path.iterdir()] == ["divisions.trig"]


def test_a_failed_export_leaves_the_file(kg: Program, tree: Path, tmp_path: Path) -> None:
    output = tmp_path / "x.nq"
    output.write_text("before")
    (tree / "data" / "sources" / "canal-news.ttl").write_text("nonsense")
    run = kg("export", "--root", tree, "--output", output)
    assert (run.returncode, output.read_text()) == (ExitCode.INPUT, "before")


def test_export_to_standard_output(kg: Program, tree: Path) -> None:
    run = kg("export", "--root", tree)
    assert run.returncode == ExitCode.CLEAN
    assert all(line.endswith("> .") for line in run.stdout.splitlines())


def test_a_tree_of_others_can_be_searched(kg: Program, tree: Path, tmp_path: Path) -> None:
    moved = tmp_path / "moved"
    shutil.copytree(tree, moved)
    run = kg("search", "--root", moved, "คูคลอง", "--kind", "organization")
    assert run.returncode == ExitCode.CLEAN
    assert f"<{ID}committee/canals>" in run.stdout
