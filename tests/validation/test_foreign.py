"""Repositories as others have them: another domain, other habits, and no word about the house rules of this one.

`foreign/expected.toml` has the findings of each, `rule file:line`. A repository is copied before it is checked, so that
nothing around it counts.
"""

import datetime
import os
import shutil
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kg.cli import app
from kg.cli.report import settled
from kg.finding import Finding
from kg.project import read_project
from kg.validation import validate

FOREIGN = Path(__file__).parent / "foreign"
EXPECTED: dict[str, list[str]] = tomllib.loads((FOREIGN / "expected.toml").read_text("utf-8"))
TODAY = datetime.date(2026, 11, 21)


@pytest.fixture
def repository(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy of a repository in a folder of its own."""
    return Path(shutil.copytree(FOREIGN / request.param, tmp_path / request.param))


def found(root: Path) -> list[Finding]:
    """Return what a user is told about a repository."""
    project = read_project(root)
    return settled(validate(project), project, None, TODAY).findings


def told(root: Path) -> list[str]:
    """Return the findings of a repository, each as `rule file:line`."""
    return [f"{one.rule} {one.path.relative_to(root).as_posix()}:{one.line}" for one in found(root)]


@pytest.mark.parametrize(("repository", "findings"), EXPECTED.items(), ids=EXPECTED.keys(), indirect=["repository"])
def test_what_is_found_in_a_repository_of_others(repository: Path, findings: list[str]) -> None:
    assert told(repository) == findings


def test_every_repository_is_in_the_table() -> None:
    assert {path.name for path in FOREIGN.iterdir() if path.is_dir()} == set(EXPECTED)


@pytest.mark.parametrize("repository", ["library", "geography"], indirect=True)
def test_shapes_and_data_by_their_names(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same file and line come out when shapes and data are named instead of the project."""
    monkeypatch.chdir(repository)
    data = sorted(str(path) for path in repository.rglob("*.ttl") if path.name != "shapes.ttl")
    outcome = CliRunner().invoke(app, ["validate", "--shapes", "shapes.ttl", *data])
    assert outcome.exit_code == 1, outcome.output
    of_data = [line for line in EXPECTED[repository.name] if "shapes.ttl" not in line]
    for line in of_data:
        rule, _, place = line.partition(" ")
        assert any(row.startswith(f"{place}:") and f" {rule}: " in row for row in outcome.stdout.splitlines()), line


@pytest.mark.parametrize(("repository", "findings"), EXPECTED.items(), ids=EXPECTED.keys(), indirect=["repository"])
def test_line_ends_of_windows(repository: Path, findings: list[str]) -> None:
    for path in repository.rglob("*.ttl"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert told(repository) == findings


@pytest.mark.parametrize("repository", ["oddities"], indirect=True)
def test_links_between_folders(repository: Path) -> None:
    """A link to a file, one to nothing, one to the folder above, and a folder with the name of a file."""
    (repository / "again.ttl").symlink_to("grammar.ttl")
    (repository / "nowhere.ttl").symlink_to("missing.ttl")
    (repository / "ring").symlink_to("..")
    (repository / "folder.ttl").mkdir()
    before = EXPECTED["oddities"]
    places = {line.partition(" ")[2].partition(":")[0] for line in told(repository)}
    assert places <= {line.partition(" ")[2].partition(":")[0] for line in before} | {"again.ttl", "nowhere.ttl"}


@pytest.mark.skipif(os.name == "nt", reason="a name that is no text")
@pytest.mark.parametrize("repository", ["thesaurus"], indirect=True)
def test_a_name_that_is_no_text(repository: Path) -> None:
    shutil.copy(repository / "animals.ttl", os.fsdecode(os.fsencode(repository) + b"/caf\xe9.ttl"))
    rules = {line.partition(" ")[0] for line in told(repository)}
    assert "two-preferred-labels" in rules
