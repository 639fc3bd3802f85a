"""A document is added by adding files only: an invented sixth one, from its Turtle to an answer and to its checks."""

import csv
import io
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kg.content import find_content

ADDED = Path(__file__).parent / "fixtures" / "sixth-document"
SLUG = "invented-2024-02-02-committee-1-2567"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The content with the files of the invented document copied in, and nothing edited."""
    root = tmp_path_factory.mktemp("six") / "tree"
    here = find_content(Path(__file__).resolve().parent.parent).root
    for folder in ("ontology", "data", "shapes", "queries"):
        shutil.copytree(here / folder, root / folder)
    for folder in ("data", "queries"):
        for path in (ADDED / folder).rglob("*.*"):
            target = root / path.relative_to(ADDED)
            assert not target.exists(), "a file would be edited"
            shutil.copy(path, target)
    return root


def kg(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command on the tree."""
    command = [sys.executable, "-m", "kg", *arguments, "--root", str(root)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)


def test_it_is_valid(root: Path) -> None:
    done = kg(root, "validate", "--fail-on", "violation")
    assert done.returncode == 0, done.stdout
    assert SLUG not in done.stdout


def test_its_passages_hold_what_is_printed(root: Path, tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    shutil.copytree(ADDED / "archive", archive)
    done = kg(root, "evidence", "--archive", str(archive))
    found = [line for line in done.stdout.splitlines() if SLUG in line]
    assert found == []
    text = archive / "invented.txt"
    text.write_text(text.read_text("utf-8").replace("40", "41"), "utf-8")
    changed = kg(root, "evidence", "--archive", str(archive))
    assert changed.returncode == 1
    assert any(SLUG in line for line in changed.stdout.splitlines())


def test_its_facts_are_covered(root: Path) -> None:
    done = kg(root, "coverage", str(ADDED / "inventory.csv"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{SLUG}: 3 of 3 facts" in done.stdout


def test_its_question_is_answered(root: Path) -> None:
    done = kg(root, "query", "chair-of-the-invented-meeting", "--format", "csv")
    assert done.returncode == 0, done.stderr
    expected = (ADDED / "queries" / "chair-of-the-invented-meeting.csv").read_text("utf-8")
    assert list(csv.reader(io.StringIO(done.stdout))) == list(csv.reader(io.StringIO(expected)))


def test_damage_in_it_is_found(root: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged"
    shutil.copytree(root, damaged)
    path = damaged / "data" / "sources" / f"{SLUG}.ttl"
    text = path.read_text("utf-8")
    path.write_text(text.replace('"2024-02-01"^^xsd:date', '"2567-02-01"^^xsd:date'), "utf-8")
    done = kg(damaged, "validate")
    assert done.returncode == 1
    line = next(number for number, line in enumerate(path.read_text("utf-8").splitlines(), 1) if "2567-02-01" in line)
    assert f"{SLUG}.ttl:{line}:" in done.stdout
