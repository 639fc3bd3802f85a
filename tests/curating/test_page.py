"""The worked example of docs/curating.md is run, command by command, and gives what the page shows."""

import json
import os
import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.curating.trees import REPOSITORY, copy_content

from kg.content import find_content
from kg.skeletons import gaps, render, templates

Program = Callable[..., "subprocess.CompletedProcess[str]"]

PAGE = (REPOSITORY / "docs" / "curating.md").read_text("utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL)
FILE = Path("data/register/invented-people.ttl")


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A git repository with the content, committed."""
    root = copy_content(tmp_path_factory.mktemp("page"))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgsign=false"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "content"]):
        subprocess.run([*git, *command], cwd=root, check=True, env=environment)
    return root


def edited(root: Path, block: str) -> None:
    """Do to the files what a block of Turtle of the page shows: an edit, or a description in place of another."""
    if edit := re.fullmatch(r"@@ (\S+)\n-(.*)\n\+(.*)\n", block):
        path = root / edit[1]
        text = path.read_text("utf-8")
        assert text.count(edit[2]) == 1
        path.write_text(text.replace(edit[2], edit[3]), "utf-8")
        return
    head, _, body = (root / FILE).read_text("utf-8").partition("\n\n")
    if block.startswith("@prefix"):
        assert f"{head}\n\n{body}" == block
    else:
        (root / FILE).write_text(f"{head}\n\n{block}", "utf-8")


def test_the_example(repository: Path, kg: Program) -> None:
    output, commands = "", []
    for kind, block in BLOCKS:
        if kind == "turtle":
            edited(repository, block)
        elif kind == "text":
            assert output == block
        elif kind == "sh":
            for line in block.splitlines():
                command, _, remark = line.partition(" # ")
                words = shlex.split(command)
                run = kg(*words[1:], cwd=repository, env={"KG_ROOT": "."})
                expected = int(remark.removeprefix("ends with ")) if remark else 0
                assert (words[0], run.returncode) == ("kg", expected), f"{line}\n{run.stdout}{run.stderr}"
                output = run.stdout
                commands.append(words[1])
                if words[1] == "validate" and remark:
                    lines = {int(found.split(":")[1]) for found in output.splitlines() if ": violation " in found}
                    assert lines == set(gaps((repository / FILE).read_text("utf-8")))
    assert set(commands) == {"new", "validate", "fmt", "diff"}


def members(document: Any, above: str = "") -> set[str]:
    """Return the names of the members of a JSON document that the page must explain."""
    if isinstance(document, list):
        return {name for entry in document for name in members(entry, above)}
    if not isinstance(document, dict):
        return set()
    inside = {name for key, value in document.items() if key != "names" for name in members(value, key)}
    return {*document, *inside} if above != "names" else set()


def test_every_member_of_the_json_is_explained(tmp_path: Path, kg: Program) -> None:
    for name, value in (("old", 1), ("new", 2)):
        (tmp_path / f"{name}.ttl").write_text(f"<http://e/> <http://p/> [ <http://q/> {value} ] .", "utf-8")
    document = json.loads(kg("diff", tmp_path / "old.ttl", tmp_path / "new.ttl", "--format", "json").stdout)
    table = PAGE.split("### The JSON")[1].split("\n## ")[0]
    assert members(document) - set(re.findall(r"`(\w+)`", table)) == set()


def test_the_template_of_the_page_works(repository: Path) -> None:
    (text,) = [block for kind, block in BLOCKS if kind == "jinja"]
    (repository / "data" / "templates" / "topic.ttl.jinja").write_text(text, "utf-8")
    content = find_content(repository)
    made = render(templates(content)["topic"], "new-topic", {"name": "หัวข้อ"}, content)
    assert made.endswith('\ntopic:new-topic rdfs:label "หัวข้อ"@th .\n')
