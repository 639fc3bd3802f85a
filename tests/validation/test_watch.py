"""`kg validate --watch` and `--project` from elsewhere: what a curator has open beside the editor."""

import queue
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
SMALL = REPOSITORY / "tests" / "fixtures" / "tree"
SOURCE = Path("data/sources/canal-news.ttl")
PATIENCE = 60.0
"""Seconds after which a line that does not come is missed."""

Until = Callable[[str], list[str]]


@pytest.fixture
def watched(tree: Path) -> Iterator[Until]:
    """A running `kg validate --watch`; called with a text it returns the lines up to the one that has it."""
    command = [sys.executable, "-c", "from kg.cli import main; main()", "validate", "--root", ".", "--watch"]
    process = subprocess.Popen(
        command, cwd=tree, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8"
    )
    lines: queue.Queue[str] = queue.Queue()
    assert process.stdout is not None
    stream = process.stdout

    def read() -> None:
        for line in stream:
            lines.put(line)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()

    def until(text: str) -> list[str]:
        found: list[str] = []
        end = time.monotonic() + PATIENCE
        while not found or text not in found[-1]:
            try:
                found.append(lines.get(timeout=max(0.1, end - time.monotonic())))
            except queue.Empty:
                pytest.fail(f"no line with {text!r} came; there are {found}")
        return found

    yield until
    process.terminate()
    process.wait(PATIENCE)
    reader.join(PATIENCE)
    stream.close()


def test_findings_are_told_as_files_are_saved(watched: Until, tree: Path) -> None:
    watched("0 violations, 0 warnings")
    whole = (tree / SOURCE).read_text("utf-8")
    (tree / SOURCE).write_text(whole.replace("tsc:heldOn", "tsc:heldOnn", 1), "utf-8")
    assert any(f"{SOURCE}:20:" in line and "unknown-term" in line for line in watched(" 1 violation,"))
    (tree / SOURCE).write_text(whole[: len(whole) // 2], "utf-8")
    assert any("violation syntax" in line for line in watched(" 1 violation,"))
    (tree / SOURCE).write_text(whole, "utf-8")
    watched("0 violations, 0 warnings")


def test_a_project_is_checked_from_any_folder(tmp_path: Path) -> None:
    project, elsewhere = tmp_path / "project", tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.copytree(REPOSITORY / "tests/fixtures/tree/ontology", project / "ontology")
    (project / "data.ttl").write_text(
        '@prefix ex: <https://e.example/> .\n\nex:a ex:born "1990-02-30"^^<http://www.w3.org/2001/XMLSchema#date> .\n',
        "utf-8",
    )
    (project / "pyproject.toml").write_text('[tool.kg]\ndata = ["data.ttl"]\n', "utf-8")
    command = [sys.executable, "-c", "from kg.cli import main; main()", "validate", "--project", str(project)]
    done = subprocess.run(command, cwd=elsewhere, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 1, done.stderr
    assert [line.split(": ")[:2] for line in done.stdout.splitlines()] == [
        [f"{project / 'data.ttl'}:3:14", "violation lexical-form"]
    ]
