"""What runs in CI: the action, the hooks, the snippets and the problem matchers."""

import json
import os
import re
import shutil
import subprocess
import textwrap
from pathlib import Path

import pytest

from kg.finding import Finding, Severity
from kg.reports import FORMATS, Report

from .conftest import Written

ROOT = Path(__file__).parents[2]
ACTION = (ROOT / "action.yml").read_text(encoding="utf-8")
HOOKS = (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
BASH = shutil.which("bash")

needs_bash = pytest.mark.skipif(BASH is None, reason="there is no bash")


def inputs() -> dict[str, str]:
    """Return the inputs of the action with their defaults."""
    section = ACTION.partition("\ninputs:\n")[2].partition("\noutputs:\n")[0]
    return dict(re.findall(r'^  ([a-z-]+):\n    description: .*\n    default: "?(.*?)"?$', section, re.MULTILINE))


def step(name: str) -> tuple[str, dict[str, str]]:
    """Return the shell of a step of the action, and its env."""
    text = ACTION.partition(f"    - name: {name}\n")[2].partition("\n    - name: ")[0]
    env = dict(re.findall(r"^        ([A-Z_]+): (.*)$", text.partition("run: |")[0], re.MULTILINE))
    return textwrap.dedent(text.partition("run: |\n")[2]), env


# Stands for the program: writes down what it is called with, and leaves with the code that it is told.
PROGRAM = """#!/usr/bin/env bash
printf '%s\\n' "$@" > "$CALLED"
for argument in "$@"; do
  case "$argument" in
    --report=markdown=*) echo "## summary" > "${argument#--report=markdown=}" ;;
  esac
done
exit "$CODE"
"""


def run_validate(tmp_path: Path, given: dict[str, str], code: int = 0) -> tuple[int, list[str], str, str]:
    """Run the step that validates; returns exit code, arguments, what is in the summary and the outputs."""
    shell, env = step("Validate")
    program = tmp_path / "environment" / "bin" / "kg"
    program.parent.mkdir(parents=True)
    program.write_text(PROGRAM)
    program.chmod(0o755)
    values = inputs() | given
    names = {name: re.fullmatch(r"\$\{\{ inputs\.([a-z-]+) \}\}", source) for name, source in env.items()}
    variables = {name: values[match[1]] for name, match in names.items() if match}
    summary, outputs, called = (tmp_path / name for name in ("summary", "outputs", "called"))
    summary.write_text("before\n")
    done = subprocess.run(
        [str(BASH), "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", shell],  # as GitHub runs `shell: bash`
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "CALLED": str(called), "CODE": str(code)}
        | variables
        | {
            "ENVIRONMENT": str(tmp_path / "environment"),
            "GITHUB_STEP_SUMMARY": str(summary),
            "GITHUB_OUTPUT": str(outputs),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return done.returncode, called.read_text().splitlines(), summary.read_text(), outputs.read_text()


@needs_bash
@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, ["--project=.", "--"]),
        ({"paths": "data/a b.ttl\n\ndata/$(x).ttl\n"}, ["--project=.", "--", "data/a b.ttl", "data/$(x).ttl"]),
        ({"project": "sub dir", "baseline": "b.json"}, ["--baseline=b.json", "--project=sub dir", "--"]),
        ({"shapes": "s.ttl\nt u.ttl", "paths": "d.ttl"}, ["--shapes=s.ttl", "--shapes=t u.ttl", "--", "d.ttl"]),
        ({"shapes": "s.ttl"}, ["--shapes=s.ttl", "--", "."]),
        ({"sarif-file": "kg.sarif"}, ["--report=sarif=kg.sarif", "--project=.", "--"]),
        ({"paths": "--help"}, ["--project=.", "--", "--help"]),
    ],
)
def test_the_action_hands_its_inputs_on(given: dict[str, str], expected: list[str], tmp_path: Path) -> None:
    code, arguments, summary, outputs = run_validate(tmp_path, given)
    assert arguments[:4] == ["validate", "--fail-on=violation", "--format=github", "--language=en"]
    assert arguments[4].startswith("--report=markdown=")
    assert arguments[5:] == expected
    assert (code, summary, outputs) == (0, "before\n## summary\n", "exit-code=0\n")


@needs_bash
@pytest.mark.parametrize("text", ['"; touch pwned; "', "$(touch pwned)", "`touch pwned`", "a\n; touch pwned"])
@pytest.mark.parametrize("name", sorted(set(inputs()) - {"python-version"}))
def test_no_input_of_the_action_is_run(name: str, text: str, tmp_path: Path) -> None:
    run_validate(tmp_path, {name: text})
    assert not (tmp_path / "pwned").exists()


@needs_bash
@pytest.mark.parametrize("code", [0, 1, 3])
def test_the_action_ends_as_the_program_does(code: int, tmp_path: Path) -> None:
    ended, _, summary, outputs = run_validate(tmp_path, {}, code)
    assert (ended, outputs) == (code, f"exit-code={code}\n")
    assert summary.endswith("## summary\n")


def test_the_shell_of_the_action_has_no_expression() -> None:
    for name in ("Install kg", "Validate"):
        shell, env = step(name)
        assert "${{" not in shell
        assert env
        used = set(re.findall(r"\$\{?#?([A-Z_]{3,})", shell))
        assert used - {"GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"} <= set(env)


def test_the_action_is_pinned_and_knows_its_inputs() -> None:
    for used in re.findall(r"uses: (\S+)", ACTION):
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", used)
    assert set(re.findall(r"inputs\.([a-z-]+)", ACTION)) == set(inputs())


@needs_bash
def test_the_installation_can_be_read_by_the_shell() -> None:
    for name in ("Install kg", "Validate"):
        done = subprocess.run([str(BASH), "-n"], input=step(name)[0], text=True, capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
    assert {"requirements/build.txt", "requirements/run.txt"} == set(
        re.findall(r"requirements/\w+\.txt", step("Install kg")[0])
    )


def test_the_hooks_name_commands_that_exist() -> None:
    entries = re.findall(r"^  entry: kg ([a-z]+)$", HOOKS, re.MULTILINE)
    assert entries == ["validate", "fmt"]
    assert all((ROOT / "src/kg/cli" / f"{name}.py").is_file() for name in entries)
    patterns = re.findall(r"^  files: (.*)$", HOOKS, re.MULTILINE)
    assert [[name for name in ("a.ttl", "a.rq", "a.ttl.bak") if re.search(one, name)] for one in patterns] == [
        ["a.ttl", "a.rq"],
        ["a.ttl"],
    ]


def test_the_snippets_ask_for_formats_that_exist() -> None:
    asked = re.findall(r"--report (\w+)=", (ROOT / "docs/ci/gitlab.yml").read_text(encoding="utf-8"))
    assert asked == ["junit", "gitlab"]
    assert set(asked) <= set(FORMATS)


def matchers() -> list[tuple[str, dict[str, object]]]:
    """Return owner and matcher of the two files, with the one pattern that each has."""
    github = json.loads((ROOT / "docs/ci/problem-matcher.json").read_text(encoding="utf-8"))["problemMatcher"]
    [task] = json.loads((ROOT / "docs/ci/vscode-tasks.json").read_text(encoding="utf-8"))["tasks"]
    return [
        (one["owner"], one["pattern"][0] if isinstance(one["pattern"], list) else one["pattern"])
        for one in (*github, *task["problemMatcher"])
    ]


SEVERITY_OF: dict[str, Severity] = {"kg-violation": "violation", "kg-warning": "warning", "kg-info": "info"}


@pytest.mark.parametrize(("owner", "pattern"), matchers())
def test_problem_matchers_read_the_text(
    owner: str, pattern: dict[str, str | int], folder: Path, written: Written
) -> None:
    found = [
        Finding(folder / "data" / "ก ข:1.ttl", 12, 3, severity, "Thing-label", "ก", "No: 1:2: warning x: y")
        for severity in SEVERITY_OF.values()
    ]
    text = written(Report(found, root=folder), "text")
    matches = [re.match(str(pattern["regexp"]), line) for line in text.splitlines()]
    [match] = [one for one in matches if one]
    names = ("file", "line", "column", "code", "message")
    assert [match[int(pattern[name])] for name in names] == [
        "data/ก ข:1.ttl",
        "12",
        "3",
        "Thing-label",
        "No: 1:2: warning x: y",
    ]
    assert f": {SEVERITY_OF[owner]} " in match[0]
