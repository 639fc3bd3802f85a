"""Every check, on small trees: a case is the clean tree with some files replaced; `expected.txt` has its findings."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from kg.finding import render
from kg.project import read_project
from kg.validation import validate

Program = Callable[..., "subprocess.CompletedProcess[str]"]

REPOSITORY = Path(__file__).parent.parent
CASES_FOLDER = Path(__file__).parent / "fixtures" / "validate"
CASES = sorted(path.name for path in CASES_FOLDER.iterdir())


def findings(root: Path) -> list[str]:
    """Return the findings about a tree as lines in English."""
    outcome = validate(read_project(root, like=REPOSITORY), cached=False)
    return [render(finding, "text", "en") for finding in outcome.told()]


@pytest.mark.parametrize("case", CASES)
def test_findings(case: str, tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(CASES_FOLDER / case, tree, dirs_exist_ok=True)
    monkeypatch.chdir(tree)
    assert findings(tree) == (tree / "expected.txt").read_text(encoding="utf-8").splitlines()


def test_every_case_but_the_clean_ones_has_a_finding() -> None:
    clean = {case for case in CASES if not (CASES_FOLDER / case / "expected.txt").read_text(encoding="utf-8").strip()}
    assert clean == {"clean", "proper-name-in-both-languages"}


def test_the_content_has_no_violation_and_no_vacuous_shape(kg: Program) -> None:
    run = kg("validate")
    vacuous = [line for line in run.stdout.splitlines() if "vacuous-shape" in line]
    assert (run.returncode, vacuous) == (0, []), run.stdout
