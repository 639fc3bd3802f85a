"""What the tests share: the real content, the small tree of the fixtures, and an archive with one invented text."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Generator
from pathlib import Path

import pytest
import rdflib
from hypothesis import settings
from rdflib.term import _toPythonMapping

from kg.content import Content, find_content
from kg.dataset import Dataset, load_dataset

settings.register_profile("no deadline", deadline=None)  # how long an example takes depends on what else runs
settings.load_profile("no deadline")

REPOSITORY = Path(__file__).resolve().parent.parent
FIXTURES = Path(__file__).resolve().parent / "fixtures"

# Invented. The no-break space and the SARA AM of two characters are as careless pages print them.
NEWS = (
    "ข่าวประชาสัมพันธ์\nคณะกรรมการคูคลองประชุมครั้งที่\u00a01 เมื่อวันที่ 5 มีนาคม 2561 ณ ศาลากลาง "
    "และก\u0e4d\u0e32หนดประชุมครั้งต่อไปในเดือนหน้า\n"
)

Program = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Make a skipped test a failed one where KG_REQUIRE_ALL is set: there, everything that a test needs must be."""
    report = yield
    if os.environ.get("KG_REQUIRE_ALL") and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped although KG_REQUIRE_ALL is set: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Do the same for a whole module that would be skipped, as by `pytest.importorskip`."""
    report = yield
    if os.environ.get("KG_REQUIRE_ALL") and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"skipped although KG_REQUIRE_ALL is set: {report.longrepr}"
    return report


@pytest.fixture(scope="module", autouse=True)
def _rdflib_as_it_was() -> Generator[None]:
    """Fail where a module leaves rdflib reading literals otherwise than before: what runs after it would rest on it."""
    before = rdflib.NORMALIZE_LITERALS, dict(_toPythonMapping)
    yield
    assert (rdflib.NORMALIZE_LITERALS, dict(_toPythonMapping)) == before


@pytest.fixture(scope="session")
def content() -> Content:
    """The content of the repository."""
    return find_content(REPOSITORY)


@pytest.fixture(scope="session")
def dataset(content: Content) -> Dataset:
    """The content of the repository, read."""
    return load_dataset(content)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the small clean tree of the fixtures."""
    root = tmp_path / "tree"
    shutil.copytree(FIXTURES / "tree", root)
    return root


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A folder with the text of the small tree's one document, under a name that tells nothing."""
    folder = tmp_path / "archive"
    folder.mkdir()
    (folder / "0001.txt").write_bytes(NEWS.encode())
    (folder / "picture.png").write_bytes(b"\x89PNG\xff")
    return folder


@pytest.fixture(scope="session")
def kg() -> Program:
    """The program `kg`, started as its own process: `kg("validate", cwd=…, env={…})`."""

    def run(
        *arguments: str | Path, cwd: Path = REPOSITORY, env: dict[str, str] | None = None
    ) -> "subprocess.CompletedProcess[str]":
        environment = {name: value for name, value in os.environ.items() if not name.startswith("KG_")} | (env or {})
        command = [sys.executable, "-c", "from kg.cli import main; main()", *map(str, arguments)]
        return subprocess.run(
            command,
            cwd=cwd,
            env=environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )

    return run
