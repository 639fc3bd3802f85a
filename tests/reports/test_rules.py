"""Rules explained: the command, the page of all rules, and shapes as rules."""

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from kg.cli.errors import ExitCode
from kg.cli.options import LanguageChoice
from kg.cli.rule import RuleFormat
from kg.cli.rule import rule as command
from kg.errors import InputError
from kg.project import read_project
from kg.reports.report import SHAPE
from kg.reports.rules import as_markdown, as_record, as_text, documentation, explained, listing, nearest
from kg.reports.shapes import shape_examples, shape_rules, shape_text
from kg.rules import Rule, all_rules

ROOT = Path(__file__).parents[2]
RULE = Rule(
    "sample",
    "family",
    Path("sample.toml"),
    "warning",
    {"th": "ชื่อ", "en": "A <title> with `<code>`."},
    {"th": "ข้อความ {subject}", "en": "{subject} is wrong."},
    {"th": "แก้", "en": "Mend it."},
    {"th": "เหตุ", "en": "Because."},
    example={"passing": "ex:a ex:b 1 .\n", "failing": "# x\n    ex:a ex:b 2 .\n# y\n", "line": 2},
)
SHAPES = """@prefix ex: <https://example.org/> .
@prefix sh: <http://www.w3.org/ns/shacl#> .

ex:Thing a sh:NodeShape ;
    sh:targetClass ex:Thing ; sh:name "สิ่งของ"@th , "thing. really"@en ;
    sh:property ex:Thing-label , [ sh:path ex:x ; sh:minCount 1 ; sh:message "ไม่มี x"@th , "no x"@en ] .

# ex:Thing-label is a comment.
ex:Thing-label a sh:PropertyShape ; # a comment.
    sh:path ex:label ;
    sh:description "Only English." ;
    sh:severity sh:Warning ;
    sh:pattern \"\"\"a" . b\"\"\" ;
    sh:minInclusive 1.5 .

ex:Thing sh:order 1 .

<https://example.org/other/Thing> a ex:NoShape .
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with shapes and examples."""
    (tmp_path / "shapes").mkdir()
    (tmp_path / "examples" / "deep").mkdir(parents=True)
    (tmp_path / "shapes" / "a.ttl").write_text(SHAPES, encoding="utf-8")
    (tmp_path / "examples" / "deep" / "Thing-label.pass.ttl").write_text("# passes\n")
    (tmp_path / "examples" / "deep" / "Thing-label.fail.ttl").write_text("# fails\n")
    (tmp_path / "pyproject.toml").write_text('[tool.kg]\nshapes = ["shapes"]\nexamples = "examples"\n')
    return tmp_path


def run(*arguments: str) -> tuple[int, str, str]:
    """Run the command; returns exit code, stdout and stderr."""
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(command)
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.stdout, result.stderr


def test_the_page_of_all_rules_is_up_to_date() -> None:
    rules = all_rules(read_project(ROOT).rules)
    page = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    assert page == documentation(rules.values()), "write it: kg rule --format markdown > docs/rules.md"
    assert [line.removeprefix("### ") for line in page.splitlines() if line.startswith("### ")] == [
        row[1] for row in listing(rules.values(), "en")
    ]


def test_a_rule_as_text() -> None:
    assert as_text(explained(RULE), "en") == (
        "sample (family, warning, off unless selected)\n\n"
        "A <title> with `<code>`.\n\n"
        "Because.\n\n"
        "Message: {subject} is wrong.\n\n"
        "Remedy: Mend it.\n\n"
        "Passes:\n    ex:a ex:b 1 .\n\n"
        "Fails:\n    # x\n        ex:a ex:b 2 .\n        # ^ here: sample\n    # y\n"
    )


def test_a_rule_as_markdown_begins_no_tag() -> None:
    text = as_markdown(explained(RULE), "both")
    assert text.startswith("## sample\n\n**ชื่อ / A \\<title> with `<code>`.**\n\n")
    assert "```turtle\n# x\n    ex:a ex:b 2 .\n    # ^ ตรงนี้ / here: sample\n# y\n```" in text


def test_a_rule_as_json_has_both_languages() -> None:
    record = as_record(explained(RULE))
    assert json.loads(json.dumps(record)) == record
    assert record["title"] == RULE.title
    assert record["example"] == {
        "file": "example.ttl",
        "passing": "ex:a ex:b 1 .",
        "failing": "# x\n    ex:a ex:b 2 .\n# y",
        "line": 2,
    }


@pytest.mark.parametrize(
    ("name", "near"),
    [("blank-nod", ["blank-node"]), ("THING-LABEL", ["Thing-label"]), ("xyzzy", [])],
)
def test_near_names(name: str, near: list[str]) -> None:
    assert nearest(name, ["blank-node", "Thing-label", "syntax"])[:1] == near


def test_shapes_are_rules(project: Path) -> None:
    rules = shape_rules(read_project(project))
    assert {name: (one.family, one.severity) for name, one in rules.items()} == {
        "Thing": (SHAPE, "violation"),
        "Thing-label": (SHAPE, "warning"),
    }
    assert rules["Thing"].title == {"th": "สิ่งของ", "en": "thing. really"}
    assert rules["Thing"].message == {"th": "ไม่มี x", "en": "no x"}
    assert rules["Thing-label"].why == {"th": "Only English.", "en": "Only English."}


@pytest.mark.parametrize(
    ("name", "begins", "ends", "statements"),
    [
        ("Thing", "ex:Thing a sh:NodeShape", "ex:Thing sh:order 1 .", 2),
        ("Thing-label", "ex:Thing-label a sh:PropertyShape", "sh:minInclusive 1.5 .", 1),
    ],
)
def test_the_text_of_a_shape_is_whole(name: str, begins: str, ends: str, statements: int, project: Path) -> None:
    text = shape_text(shape_rules(read_project(project))[name])
    assert text.startswith(begins)
    assert text.endswith(ends)
    assert len(text.split("\n\n")) == statements


def test_the_text_of_every_shape_of_the_repository_is_found() -> None:
    rules = shape_rules(read_project(ROOT))
    assert len(rules) > 100
    assert [name for name, one in rules.items() if not shape_text(one).endswith(".")] == []


def test_examples_of_a_shape(project: Path) -> None:
    known = read_project(project)
    assert shape_examples(known, "Thing-label") == {"passing": "# passes\n", "failing": "# fails\n"}
    assert shape_examples(known, "Thing-*") == {}
    assert shape_examples(known, "Thing") == {}


def test_shapes_that_are_no_turtle_are_named(project: Path) -> None:
    (project / "shapes" / "a.ttl").write_text("ex:a")
    with pytest.raises(InputError, match=r"a\.ttl"):
        shape_rules(read_project(project))


def test_the_command_lists_rules_and_shapes(project: Path) -> None:
    code, output, _ = run("--project", str(project))
    assert code == ExitCode.CLEAN
    families = [line.rstrip(":") for line in output.splitlines() if line.endswith(":") and line[0] != " "]
    assert families == [*sorted(set(families) - {SHAPE}), SHAPE]
    listed = {line.split()[0] for line in output.splitlines() if line.startswith("  ")}
    assert listed == set(all_rules()) | {"Thing", "Thing-label"}


def test_the_command_explains_a_shape(project: Path) -> None:
    code, output, _ = run("Thing-label", "--project", str(project))
    assert code == ExitCode.CLEAN
    assert "ex:Thing-label a sh:PropertyShape" in output
    assert "Fails:\n    # fails" in output


@pytest.mark.parametrize("language", ["th", "en", "both"])
def test_the_command_explains_each_rule(language: str, project: Path) -> None:
    for name, one in all_rules().items():
        with redirect_stdout(io.StringIO()) as output, redirect_stderr(io.StringIO()):
            command(name, LanguageChoice(language), RuleFormat.TEXT, project)
        for code in ("th", "en") if language == "both" else (language,):
            assert one.title[code] in output.getvalue()


def test_the_command_lists_as_json_and_markdown(project: Path) -> None:
    records = json.loads(run("--format", "json", "--project", str(project))[1])
    assert {record["id"] for record in records} == set(all_rules()) | {"Thing", "Thing-label"}
    assert run("--format", "markdown", "--project", str(project))[1] == documentation(all_rules().values())


def test_an_unknown_rule_has_near_names(project: Path) -> None:
    code, output, errors = run("thing-labl", "--project", str(project))
    assert (code, output) == (ExitCode.USAGE, "")
    assert errors.startswith("kg: thing-labl: no rule and no shape of this name. Did you mean Thing-label")
    assert errors.endswith("? See kg rule.\n")
