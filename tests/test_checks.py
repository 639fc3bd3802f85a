"""Every check, on small trees: a case is the clean tree with some files replaced; `expected.txt` has its findings."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from kg.checks import CHECKS
from kg.checks.syntax import syntax_finding
from kg.content import find_content
from kg.dataset import read_dataset
from kg.finding import render, sort_findings

Program = Callable[..., "subprocess.CompletedProcess[str]"]

CASES_FOLDER = Path(__file__).parent / "fixtures" / "validate"
CASES = sorted(path.name for path in CASES_FOLDER.iterdir())


def findings(root: Path) -> list[str]:
    """Return the findings about a tree as lines in English."""
    dataset, errors = read_dataset(find_content(root))
    found = [syntax_finding(error) for error in errors]
    if not errors:
        for check in CHECKS.values():
            found += check(dataset)
    return [render(finding, "text", "en") for finding in sort_findings(found)]


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
