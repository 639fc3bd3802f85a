"""The harness of the rules: a few files and settings in, findings out."""

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from kg.finding import Finding
from kg.project import Project, read_project
from kg.validation import validate

FindingsOf = Callable[..., list[Finding]]


def pytest_configure(config: pytest.Config) -> None:
    """Name the marker of the tests that need a reasoner."""
    config.addinivalue_line("markers", "reasoner: runs HermiT, which needs Java")


@pytest.fixture
def java() -> str:
    """Path of the Java virtual machine that HermiT needs; the test is skipped where there is none."""
    path = shutil.which("java")
    if path is None:
        pytest.skip("HermiT needs java, which is not installed")
    return path


def write(root: Path, files: Mapping[str, str], settings: Mapping[str, Any]) -> Project:
    """Write files, and settings unless there are none, into a folder, and read it as a project."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    if settings:
        kinds = {"ontology", "data", "shapes"} & settings.keys()
        table = dict(settings) if kinds else {"data": ["**/*.ttl"], **settings}
        lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in table.items()]
        configuration = root / "pyproject.toml"
        before = configuration.read_text(encoding="utf-8") if configuration.is_file() else ""
        configuration.write_text("\n".join([before, "[tool.kg]", *lines, ""]), encoding="utf-8")
    return read_project(root)


@pytest.fixture
def findings_of(tmp_path: Path) -> FindingsOf:
    """A function: the findings about some files, by name, with settings of `[tool.kg]`."""
    count = 0

    def run(files: Mapping[str, str], settings: Mapping[str, Any] | None = None) -> list[Finding]:
        nonlocal count
        count += 1
        root = tmp_path / str(count)
        root.mkdir()
        return [*validate(write(root, files, settings or {}), cached=False).told()]

    return run
