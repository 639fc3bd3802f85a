"""One fault, one finding: a copy of this repository is damaged in one place, as curators do it, and mended again.

`faults.toml` is the table. A fault replaces the first `old` by `new` (or adds a file, or removes one), and is found by
`rule` in the line that begins the text `at` of the damaged file; nothing else is found that was not there before.
"""

import datetime
import os
import shutil
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from kg.cli.report import settled
from kg.finding import Finding
from kg.project import read_project
from kg.validation import validate

REPOSITORY = Path(__file__).resolve().parents[2]
EVERY = 1 if os.environ.get("KG_ALL_FAULTS") else 6
"""A fault takes two seconds, so one in so many is tried; with KG_ALL_FAULTS set in the environment, all are."""

FAULTS: list[dict[str, Any]] = tomllib.loads((Path(__file__).parent / "faults.toml").read_text("utf-8"))["fault"]
COPIED = ("ontology", "data", "shapes", "queries", "docs")
FILES = ("pyproject.toml", "exceptions.toml", "CHANGELOG.md", "README.md")
TODAY = datetime.date(2026, 11, 21)


def found(root: Path) -> list[Finding]:
    """Return what a user is told about a repository."""
    project = read_project(root)
    return settled(validate(project), project, None, TODAY).findings


def alike(finding: Finding) -> tuple[Path, str, str]:
    """Return what two findings have in common that are the same but for the line."""
    return finding.path, finding.rule, finding.message_en


@dataclass(frozen=True)
class Copy:
    """A copy of the repository, and what is found in it before it is damaged."""

    root: Path
    before: Counter[tuple[Path, str, str]]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """A copy of the repository, validated once, so that each fault costs only what depends on it."""
    root = tmp_path_factory.mktemp("faults") / "repository"
    root.mkdir()
    for name in COPIED:
        shutil.copytree(REPOSITORY / name, root / name, ignore=shutil.ignore_patterns("pages"))
    for name in FILES:
        shutil.copy(REPOSITORY / name, root / name)
    examples = read_project(REPOSITORY).examples
    if examples is not None:
        (root / examples.relative_to(REPOSITORY)).mkdir(parents=True)
    return Copy(root, Counter(map(alike, found(root))))


@pytest.fixture
def damaged(request: pytest.FixtureRequest, copy: Copy) -> Iterator[str]:
    """Damage the copy and return the text of the damaged file; mend the copy in the end."""
    fault: dict[str, Any] = request.param
    path = copy.root / fault["file"]
    before = path.read_bytes() if path.is_file() else None
    if "old" in fault:
        assert before is not None
        text = before.decode("utf-8")
        assert fault["old"] in text, f"{fault['file']} has changed: choose another place for this fault"
        damaged = text.replace(fault["old"], fault["new"], 1).encode(fault.get("encoding", "utf-8"), "surrogateescape")
        if "encoding" in fault:  # of the new text alone
            damaged = before.replace(fault["old"].encode(), fault["new"].encode(fault["encoding"]), 1)
        path.write_bytes(damaged)
    elif "new" in fault:
        path.write_text(fault["new"], "utf-8")
    else:
        path.unlink()
    where = copy.root / fault.get("where", fault["file"])
    yield where.read_text("utf-8", errors="replace")
    if before is None:
        path.unlink()
    else:
        path.write_bytes(before)


@pytest.mark.parametrize(
    ("damaged", "fault"),
    [(fault, fault) for fault in FAULTS[::EVERY]],
    ids=[f"{fault['layer']}: {fault['name']}" for fault in FAULTS[::EVERY]],
    indirect=["damaged"],
)
def test_one_fault_is_one_finding(damaged: str, fault: dict[str, Any], copy: Copy) -> None:
    at = damaged.find(fault["at"])
    assert at >= 0, f"{fault['at']!r} is not in the damaged file"
    line = damaged.count("\n", 0, at) + 1 + fault.get("below", 0)
    known, new = copy.before.copy(), []
    for finding in found(copy.root):
        if known[alike(finding)]:
            known[alike(finding)] -= 1
        else:
            new.append((finding.path.relative_to(copy.root).as_posix(), finding.line, finding.rule))
    assert new == [(fault.get("where", fault["file"]), line, fault["rule"])]


def test_every_layer_has_faults() -> None:
    assert len(FAULTS) >= 80
    assert len({(fault["layer"], fault["name"]) for fault in FAULTS}) == len(FAULTS)
    assert {fault["layer"] for fault in FAULTS} >= {
        "syntax",
        "prefixes",
        "vocabulary",
        "literals",
        "characters",
        "shapes",
        "ontology",
        "queries",
        "shapes themselves",
        "agreement",
        "files",
    }
