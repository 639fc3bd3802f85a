"""What stands in the files of the repository: nothing of a machine or a registry, and commands that exist."""

import re
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
IGNORED = {
    ".git",
    ".venv",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    ".hypothesis",
    "__pycache__",
    "build",
    "dist",
}


def text_files() -> list[Path]:
    """Return the text files of the repository: those that git knows or would add, or, without git, all."""
    try:
        listing = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=REPOSITORY,
            capture_output=True,
            check=True,
        ).stdout
        paths = [REPOSITORY / name.decode() for name in listing.split(b"\0") if name]
    except (OSError, subprocess.CalledProcessError):
        paths = [path for path in REPOSITORY.rglob("*") if not IGNORED & set(path.relative_to(REPOSITORY).parts)]
    return sorted(path for path in paths if path.is_file() and b"\0" not in path.read_bytes()[:8192])


# Written in pieces, so that this file does not find itself.
FORBIDDEN = {
    "a registry's host": re.compile(r"py" r"pi\.org|python" r"hosted\.org|registry\.npm" r"js|/sim" r"ple/?[\"'\s]"),
    "a path of a machine": re.compile(r"(?<![\w.~/-])/(?:wo" r"rk|ro" r"ot|ho" r"me|Us" r"ers)/[\w.-]"),
    "a folder beside the repository": re.compile(r"\.\./sha" r"red|sha" r"red/(?:facts|sources|design|reference)"),
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_names(what: str) -> None:
    allowed = {REPOSITORY / ".ci" / "run"} if "beside" in what else set()
    found = [
        f"{path.relative_to(REPOSITORY)}:{number}: {line.strip()[:100]}"
        for path in text_files()
        if path not in allowed
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if FORBIDDEN[what].search(line)
    ]
    assert found == []


@pytest.mark.parametrize("name", ["LICENSE", "LICENSE-DATA", "CHANGELOG.md", "Makefile", ".ci/run"])
def test_the_file_is_there(name: str) -> None:
    assert (REPOSITORY / name).stat().st_size > 0


def test_the_check_can_be_run() -> None:
    assert (REPOSITORY / ".ci" / "run").stat().st_mode & 0o111


def test_commands_in_the_documentation_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (REPOSITORY / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    commands = {path.stem for path in (REPOSITORY / "src/kg/cli").glob("*.py")}
    unknown = []
    pages = [*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").glob("**/*.md")]
    for page in pages:
        if page.name == "THIRD_PARTY_NOTICES.md":  # the words of others
            continue
        text = page.read_text(encoding="utf-8")
        code = "\n".join(re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL))
        unknown += [f"{page.name}: make {name}" for name in re.findall(r"\bmake ([a-z]+)", code) if name not in targets]
        unknown += [f"{page.name}: kg {name}" for name in re.findall(r"\bkg ([a-z]+)", code) if name not in commands]
    assert unknown == []
