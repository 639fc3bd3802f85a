"""What docs/validation.md says is so: options, settings, formats, rules, files."""

import dataclasses
import datetime
import re
from pathlib import Path

import pytest
import typer

from kg.cli.errors import ExitCode
from kg.cli.validate import validate
from kg.exceptions import read_exceptions
from kg.project import Project, read_project
from kg.reports import FORMATS
from kg.rules import built_in

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "validation.md").read_text(encoding="utf-8")


def block(marker: str) -> str:
    """Return the block of TOML that begins with a marker."""
    blocks: list[str] = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    return next(text for text in blocks if text.startswith(marker))


def section(title: str) -> str:
    """Return the text below a heading of the page."""
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_the_options_exist() -> None:
    app = typer.Typer(add_completion=False)
    app.command()(validate)
    known = {name for one in typer.main.get_command(app).params for name in (*one.opts, *one.secondary_opts)}
    told = set(re.findall(r"^\| `(--[a-z-]+)", PAGE, re.MULTILINE))
    assert len(told) > 5
    assert told - known == set()


def test_every_format_is_described() -> None:
    assert re.findall(r"^\| `(\w+)` \|", section("Formats"), re.MULTILINE) == list(FORMATS)


def test_the_exit_codes_are_those_of_the_program() -> None:
    told = {int(code) for code in re.findall(r"^\| (\d+) \|", section("Exit codes"), re.MULTILINE)}
    assert told == set(ExitCode) - {ExitCode.QUERY}


def test_the_settings_can_be_read(tmp_path: Path) -> None:
    text = block("[tool.kg]")
    (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")
    for name in ("ontology", "data/sources", "data/readings", "shapes/source", "queries", "rules"):
        (tmp_path / name).mkdir(parents=True)
    project = read_project(tmp_path)
    assert (project.languages, project.select, dict(project.severity)) == (
        ("th", "en"),
        ("default",),
        {"missing-label": "info"},
    )
    names = {field.name for field in dataclasses.fields(Project)} - {"root", "scopes", "configured", "severity"}
    assert names - set(re.findall(r"^([a-z]+) = ", text, re.MULTILINE)) == set()


def test_the_exception_of_the_page_holds(tmp_path: Path) -> None:
    path = tmp_path / "exceptions.toml"
    path.write_text(block("[[exception]]"), encoding="utf-8")
    exceptions = read_exceptions(path)
    assert exceptions.findings == ()
    assert [(one.rule, one.until) for one in exceptions.accepted] == [("blank-node", datetime.date(2027, 11, 21))]


@pytest.mark.parametrize(
    "rule", ["stale-baseline", "incomplete-exception", "expired-exception", "unused-exception", "buddhist-era"]
)
def test_the_rules_that_it_names_exist(rule: str) -> None:
    assert rule in PAGE
    assert rule in built_in()


def test_the_links_lead_to_files() -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)", PAGE) if "://" not in link]
    assert links
    assert [link for link in links if not (ROOT / "docs" / link).is_file()] == []


def test_the_inputs_of_the_action_are_listed_with_their_defaults() -> None:
    action = (ROOT / "action.yml").read_text(encoding="utf-8").partition("\ninputs:\n")[2].partition("\noutputs:\n")[0]
    inputs = dict(re.findall(r'^  ([a-z-]+):\n    description: .*\n    default: "?(.*?)"?$', action, re.MULTILINE))
    listed = re.findall(r"^\| `([a-z-]+)` \| (?:`(.*?)`)? ?\|", section("GitHub"), re.MULTILINE)
    assert dict(listed) == inputs
