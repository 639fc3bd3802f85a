"""The program as a user meets it: exit codes, streams, sentences."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from kg import __version__
from kg.cli.errors import EXIT_CODES, ExitCode, exit_code
from kg.errors import InputError, KnowledgeGraphError, QueryError

Program = Callable[..., "subprocess.CompletedProcess[str]"]

CASES = Path(__file__).parent / "fixtures" / "validate"


@pytest.mark.parametrize(
    ("case", "arguments", "code"),
    [
        ("clean", [], ExitCode.CLEAN),
        ("clean", ["--fail-on", "warning"], ExitCode.CLEAN),
        ("unknown-term-in-query", [], ExitCode.FINDINGS),
        ("shape-fails-in-union", [], ExitCode.CLEAN),
        ("shape-fails-in-union", ["--fail-on", "warning"], ExitCode.FINDINGS),
        ("syntax-error", [], ExitCode.INPUT),
        ("clean", ["--no-such-option"], ExitCode.USAGE),
        ("clean", ["--format", "xml"], ExitCode.USAGE),
        ("clean", ["no-such-file.ttl"], ExitCode.INPUT),
        ("clean", ["--root", "data"], ExitCode.INPUT),
    ],
)
def test_exit_codes_of_validate(case: str, arguments: list[str], code: int, tree: Path, kg: Program) -> None:
    shutil.copytree(CASES / case, tree, dirs_exist_ok=True)
    root = [] if "--root" in arguments else ["--root", "."]
    run = kg("validate", *root, *arguments, cwd=tree)
    assert run.returncode == code, run.stdout + run.stderr
    assert "Traceback" not in run.stderr
    if code in {ExitCode.CLEAN, ExitCode.FINDINGS}:
        assert run.stdout.splitlines() == (tree / "expected.txt").read_text(encoding="utf-8").splitlines()


BROKEN = {
    "a source in another encoding": (
        "data/sources/legacy-news.ttl",
        b"# a\n# \xa1\xd2\xc3\n",
        "data/sources/legacy-news.ttl:2:3: violation syntax: The file is not UTF-8. Remedy: Save the file as UTF-8.\n",
    ),
    "a query in another encoding": (
        "queries/legacy.rq",
        b"# a\n# \xa1\xd2\xc3\n",
        "queries/legacy.rq:2:3: violation syntax: The file is not UTF-8. Remedy: Save the file as UTF-8.\n",
    ),
    "an answer in another encoding": (
        "queries/meetings.csv",
        b"meeting\r\n\xa1\r\n",
        "queries/meetings.csv:2:1: violation syntax: The file is not UTF-8. Remedy: Save the file as UTF-8.\n",
    ),
    "a property shape without a path": (
        "shapes/broken.ttl",
        b"@prefix sh: <http://www.w3.org/ns/shacl#> .\n"
        b"@prefix shapes: <https://w3id.org/thai-smart-city/shapes#> .\n"
        b"@prefix tsc: <https://w3id.org/thai-smart-city/ontology#> .\n"
        b"shapes:Meeting-path a sh:NodeShape ; sh:targetClass tsc:Meeting ;\n"
        b"    sh:property [ sh:minCount 1 ] .\n",
        "shapes/broken.ttl:5:17: violation shape-path: ",
    ),
    "a constraint whose query is not SPARQL": (
        "shapes/broken.ttl",
        b"@prefix sh: <http://www.w3.org/ns/shacl#> .\n"
        b"@prefix shapes: <https://w3id.org/thai-smart-city/shapes#> .\n"
        b"@prefix tsc: <https://w3id.org/thai-smart-city/ontology#> .\n"
        b"shapes:Meeting-query a sh:NodeShape ; sh:targetClass tsc:Meeting ;\n"
        b"    sh:sparql [ sh:message 'x'@en ; sh:select 'SELECT $this {' ] .\n",
        "shapes/broken.ttl:5:61: violation query-syntax: ",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_file_that_cannot_be_used_is_named(case: str, tree: Path, kg: Program) -> None:
    path, content, message = BROKEN[case]
    (tree / path).write_bytes(content)
    run = kg("validate", "--root", ".", cwd=tree)
    assert run.returncode == (ExitCode.FINDINGS if path.startswith("shapes/") else ExitCode.INPUT)
    assert (run.stdout + run.stderr).startswith(message)


def test_a_folder_stands_for_the_turtle_files_in_it(tree: Path, kg: Program) -> None:
    shutil.copytree(CASES / "unknown-term", tree, dirs_exist_ok=True)
    for folder, places in (("data", ["data/sources/canal-news.ttl"]), ("ontology", [])):
        run = kg("validate", "--root", ".", folder, cwd=tree)
        assert [line.split(":")[0] for line in run.stdout.splitlines()] == places


def test_a_folder_without_turtle_is_named(tree: Path, kg: Program) -> None:
    run = kg("validate", "--root", ".", "queries", cwd=tree)
    assert (run.returncode, run.stderr) == (ExitCode.INPUT, "kg: queries: no Turtle file (*.ttl) in this folder.\n")


def test_validate_reports_on_the_named_files_only(tree: Path, kg: Program) -> None:
    shutil.copytree(CASES / "unknown-term", tree, dirs_exist_ok=True)
    run = kg("validate", "--root", ".", "data/sources/canal-news.ttl", cwd=tree)
    assert [line.split(":")[0] for line in run.stdout.splitlines()] == ["data/sources/canal-news.ttl"]


def test_a_file_outside_the_tree_is_checked_as_a_source(tree: Path, tmp_path: Path, kg: Program) -> None:
    draft = tmp_path / "draft-news.ttl"
    draft.write_text(
        "@prefix tsc: <https://w3id.org/thai-smart-city/ontology#> .\n<https://example.org/m> a tsc:Meeting .\n"
    )
    run = kg("validate", "--root", tree, draft, cwd=tmp_path)
    assert run.returncode == ExitCode.FINDINGS
    assert [line.split(" ")[2] for line in run.stdout.splitlines()] == [
        "Evidence-given:",
        "Meeting-label:",
        "UnionMeeting-isHeldBy:",
    ]


@pytest.mark.parametrize(
    ("language", "thai", "english"), [("th", True, False), ("en", False, True), ("both", True, True)]
)
def test_messages_are_in_the_language_asked_for(
    language: str, thai: bool, english: bool, tree: Path, kg: Program
) -> None:
    shutil.copytree(CASES / "shape-fails-in-register", tree, dirs_exist_ok=True)
    output = kg("validate", "--root", ".", "--language", language, cwd=tree).stdout
    assert ("การประชุมต้องมีชื่อภาษาไทย" in output) is thai
    assert ("A meeting must have a Thai label." in output) is english


def test_a_message_with_a_variable_keeps_its_language(tree: Path, kg: Program) -> None:
    shutil.copytree(CASES / "sparql-constraint", tree, dirs_exist_ok=True)
    run = kg("validate", "--root", ".", "--language", "th", cwd=tree)
    assert run.stdout.endswith("/id/committee/canals จัดประชุมในวันหนึ่ง\n")


def test_json_lines(tree: Path, kg: Program) -> None:
    shutil.copytree(CASES / "banned-characters", tree, dirs_exist_ok=True)
    lines = kg("validate", "--root", ".", "--format", "json", cwd=tree).stdout.splitlines()
    assert {json.loads(line)["path"] for line in lines} == {"data/register/bodies.ttl"}


def test_evidence(tree: Path, archive: Path, kg: Program) -> None:
    assert kg("evidence", "--root", tree).returncode == ExitCode.CLEAN
    assert kg("evidence", "--root", tree, "--archive", archive).returncode == ExitCode.CLEAN
    (archive / "0001.txt").unlink()
    run = kg("evidence", "--root", tree, "--archive", archive)
    assert run.returncode == ExitCode.FINDINGS
    assert "evidence-digest" in run.stdout
    assert kg("evidence", "--root", tree, "--archive", tree / "nowhere").returncode == ExitCode.INPUT


def test_coverage(tree: Path, archive: Path, tmp_path: Path, kg: Program) -> None:
    folder = tmp_path / "inventory"
    folder.mkdir()
    archive.rename(tmp_path / "sources")  # the default: beside the inventory's folder
    inventory = folder / "facts.csv"
    inventory.write_text("id,source,start,end\nF1,0001.txt,18,34\nF2,0001.txt,0,10\n")
    run = kg("coverage", "--root", tree, inventory, "--verbose")
    assert (run.returncode, run.stdout.splitlines()) == (
        ExitCode.FINDINGS,
        [
            "canal-news: 1 of 2 facts",
            "carried F1: https://w3id.org/thai-smart-city/id/committee/canals #char=18,34",
            "missing F2: canal-news #char=0,10",
        ],
    )
    elsewhere = kg("coverage", "--root", tree, inventory, "--archive", tmp_path / "nowhere")
    assert elsewhere.returncode == ExitCode.INPUT
    assert "nowhere: no such folder" in elsewhere.stderr
    reasons = tmp_path / "reasons.csv"
    reasons.write_text("id,reason\nF2,a caption of the site\n")
    run = kg("coverage", "--root", tree, inventory, "--except", reasons)
    assert (run.returncode, run.stdout) == (
        ExitCode.CLEAN,
        "canal-news: 1 of 2 facts, 1 left out for a reason\n",
    )


def test_version(kg: Program) -> None:
    assert kg("version").stdout == f"{__version__}\n"
    assert re.fullmatch(r"\d+\.\d+\.\d+", __version__)


def test_every_command_explains_itself(kg: Program) -> None:
    for command in ("validate", "evidence", "coverage", "query", "serve", "version"):
        run = kg(command, "--help")
        assert (run.returncode, "Usage:" in run.stdout) == (ExitCode.CLEAN, True)


def test_the_program_starts_without_the_heavy_libraries(kg: Program) -> None:
    run = kg("version", env={"PYTHONPROFILEIMPORTTIME": "1"})
    assert not {"rdflib", "pyshacl", "pyoxigraph"} & {line.split("|")[-1].strip() for line in run.stderr.splitlines()}


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InputError("x"), ExitCode.INPUT),
        (QueryError("x"), ExitCode.QUERY),
        (KnowledgeGraphError("x"), ExitCode.INPUT),
        (FileNotFoundError(2, "No such file"), ExitCode.INPUT),
        (RuntimeError("x"), ExitCode.DEFECT),
    ],
)
def test_the_table_of_exit_codes(error: Exception, code: ExitCode, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(error) is code
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("kg: ")
    assert "Traceback" not in captured.err


def test_a_subclass_stands_before_its_base_in_the_table() -> None:
    kinds = [kind for kind, _ in EXIT_CODES]
    assert not any(issubclass(later, earlier) for i, earlier in enumerate(kinds) for later in kinds[i + 1 :])


def test_debugging_shows_the_traceback(kg: Program, tmp_path: Path) -> None:
    assert "Traceback" in kg("validate", "--root", tmp_path, env={"KG_DEBUG": "1"}).stderr
