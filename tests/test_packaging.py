"""The wheel works on its own, and the locks pin everything by its hash and say nothing of where it comes from."""

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
LOCKS = sorted((REPOSITORY / "requirements").glob("*.txt"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-build-isolation"]
    subprocess.run([*command, "--no-deps", "--no-index", "--wheel-dir", folder, REPOSITORY], check=True, timeout=120)
    (path,) = folder.glob("*.whl")
    return path


def test_the_wheel_has_all_content(wheel: Path) -> None:
    inside = {name.removeprefix("kg/content/") for name in zipfile.ZipFile(wheel).namelist() if "/content/" in name}
    folders = ("ontology", "data", "shapes", "queries")
    files = {path for folder in folders for path in (REPOSITORY / folder).rglob("*") if path.is_file()}
    settings = {"pyproject.toml", "exceptions.toml"}  # what kg validate asks of the content
    assert inside == {path.relative_to(REPOSITORY).as_posix() for path in files} | settings


def test_the_wheel_has_all_modules_templates_and_the_type_marker(wheel: Path) -> None:
    inside = {name for name in zipfile.ZipFile(wheel).namelist() if "/content/" not in name and name.startswith("kg/")}
    package = REPOSITORY / "src" / "kg"
    files = {path for path in package.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    assert inside == {path.relative_to(REPOSITORY / "src").as_posix() for path in files}
    assert "kg/py.typed" in inside


def test_the_wheel_works_in_an_empty_folder(wheel: Path, tmp_path: Path) -> None:
    site, empty = tmp_path / "site", tmp_path / "empty"
    empty.mkdir()
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--no-index",
    ]
    subprocess.run([*command, "--target", site, wheel], check=True, timeout=120)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KG_")}
    environment["PYTHONPATH"] = str(site)

    def kg(*arguments: str) -> "subprocess.CompletedProcess[str]":
        program = "import kg, sys; assert kg.__file__.startswith(sys.argv.pop(1)); from kg.cli import main; main()"
        return subprocess.run(
            [sys.executable, "-c", program, str(site), *arguments],
            cwd=empty,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    version = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["version"]
    assert kg("version").stdout == f"{version}\n"
    run = kg("validate")
    assert run.returncode == 0, run.stdout + run.stderr


def test_the_version_is_stated_once() -> None:
    version = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["version"]
    code = [path for path in (REPOSITORY / "src").rglob("*.py") if f'"{version}"' in path.read_text(encoding="utf-8")]
    assert code == []
    assert f"## [{version}]" in (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_pins_everything_by_hash_and_names_no_host(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    requirements = text.replace("\\\n", " ").splitlines()
    assert requirements
    for requirement in requirements:
        assert re.match(r"[a-z0-9-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", requirement), requirement
    assert not re.search(r"://|index|find-links", text)


def test_the_locks_hold_what_the_project_asks_for() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    groups = project["dependency-groups"]
    wanted = {
        "build.txt": groups["build"],
        "run.txt": [*groups["build"], *project["project"]["dependencies"]],
        "test.txt": [*groups["build"], *(one for one in groups["test"] if isinstance(one, str))],
    }
    assert {path.name for path in LOCKS} == set(wanted)
    for lock in LOCKS:
        locked = set(re.findall(r"^([a-z0-9-]+)==", lock.read_text(encoding="utf-8"), re.MULTILINE))
        names = {re.split(r"[<>=!~]", wish)[0].lower().replace(".", "-") for wish in wanted[lock.name]}
        assert names <= locked, lock.name


def test_the_locks_agree() -> None:
    pins: dict[str, set[str]] = {}
    for lock in LOCKS:
        for name, version in re.findall(r"^([a-z0-9-]+)==(\S+)", lock.read_text(encoding="utf-8"), re.MULTILINE):
            pins.setdefault(name, set()).add(version)
    assert {name: versions for name, versions in pins.items() if len(versions) > 1} == {}
