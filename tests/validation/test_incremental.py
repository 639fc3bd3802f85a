"""A run that remembers finds what a whole run finds, whatever was edited in between."""

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from kg.finding import Finding
from kg.project import read_project
from kg.validation import validate
from kg.validation.cache import FOLDER

REPOSITORY = Path(__file__).resolve().parent.parent.parent
SMALL = REPOSITORY / "tests" / "fixtures" / "tree"

Edit = Callable[[Path, random.Random], str]


def _lines(root: Path, chance: random.Random) -> tuple[Path, list[str], int]:
    """Choose a line of a Turtle file that says something."""
    while True:
        path = chance.choice(sorted(root.rglob("*.ttl")))
        lines = path.read_text("utf-8").splitlines(keepends=True)
        told = [number for number, line in enumerate(lines) if line.strip() and not line.startswith(("#", "@"))]
        if told:
            return path, lines, chance.choice(told)


def drop_a_line(root: Path, chance: random.Random) -> str:
    path, lines, number = _lines(root, chance)
    gone = lines.pop(number)
    path.write_text("".join(lines), "utf-8")
    return f"dropped {gone!r} of {path.name}"


def repeat_a_line(root: Path, chance: random.Random) -> str:
    path, lines, number = _lines(root, chance)
    lines.insert(number, lines[number])
    path.write_text("".join(lines), "utf-8")
    return f"repeated {lines[number]!r} of {path.name}"


def change_a_character(root: Path, chance: random.Random) -> str:
    path, lines, number = _lines(root, chance)
    line = lines[number]
    place = chance.randrange(len(line))
    lines[number] = line[:place] + chance.choice('aZ1ก. ;"<>\u200b') + line[place + 1 :]
    path.write_text("".join(lines), "utf-8")
    return f"made {lines[number]!r} of {line!r} in {path.name}"


def move_everything_down(root: Path, chance: random.Random) -> str:
    path = chance.choice(sorted(root.rglob("*.ttl")))
    path.write_text("# moved\n" + path.read_text("utf-8"), "utf-8")
    return f"moved {path.name} down"


def exchange_two_lines(root: Path, chance: random.Random) -> str:
    path, lines, first = _lines(root, chance)
    second = chance.randrange(len(lines))
    lines[first], lines[second] = lines[second], lines[first]
    path.write_text("".join(lines), "utf-8")
    return f"exchanged lines {first} and {second} of {path.name}"


def remove_a_file(root: Path, chance: random.Random) -> str:
    path = chance.choice(sorted(root.rglob("*.ttl")))
    path.unlink()
    return f"removed {path.name}"


def copy_a_file(root: Path, chance: random.Random) -> str:
    path = chance.choice(sorted(root.rglob("*.ttl")))
    copy = path.with_name(f"copy-{path.name}")
    copy.write_bytes(path.read_bytes())
    return f"copied {path.name}"


EDITS: tuple[Edit, ...] = (
    drop_a_line,
    drop_a_line,
    repeat_a_line,
    change_a_character,
    change_a_character,
    move_everything_down,
    exchange_two_lines,
    remove_a_file,
    copy_a_file,
)


def found(root: Path, cached: bool) -> list[Finding]:
    """Return the findings about a tree that is laid out as ours is."""
    return list(validate(read_project(root, like=REPOSITORY), cached).findings)


def copied(source: Path, root: Path) -> Path:
    """Copy the content of a tree, without what is not content."""
    for name in ("ontology", "data", "shapes", "queries"):
        shutil.copytree(source / name, root / name)
    return root


@pytest.mark.parametrize("seed", range(12))
def test_small_edits_one_after_another(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    root = copied(SMALL, tmp_path / "tree")
    found(root, cached=True)
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    told = []
    for _ in range(6):
        if chance.random() < 0.3:  # what was broken is mended, so that not everything ends at the syntax
            for path in list(root.rglob("*.ttl")):
                path.unlink()
            for path, content in before.items():
                if FOLDER not in path.parts:
                    path.write_bytes(content)
            told.append("mended all")
        told.append(chance.choice(EDITS)(root, chance))
        assert found(root, cached=True) == found(root, cached=False), told


def test_edits_of_the_content(tmp_path: Path) -> None:
    chance = random.Random(2018)
    root = copied(REPOSITORY, tmp_path / "tree")
    found(root, cached=True)
    for edit in (move_everything_down, repeat_a_line, drop_a_line, copy_a_file):
        kept = {path: path.read_bytes() for path in root.rglob("*.ttl")}
        told = edit(root, chance)
        assert found(root, cached=True) == found(root, cached=False), told
        for path in list(root.rglob("*.ttl")):
            path.unlink()
        for path, content in kept.items():
            path.write_bytes(content)
    assert found(root, cached=True) == found(root, cached=False)


def test_a_damaged_result_is_found_anew(tmp_path: Path) -> None:
    root = copied(SMALL, tmp_path / "tree")
    shutil.copytree(REPOSITORY / "tests/fixtures/validate/shape-fails-in-register", root, dirs_exist_ok=True)
    expected = found(root, cached=True)
    assert expected
    for path in (root / FOLDER).glob("??/*"):
        path.write_bytes(path.read_bytes()[:-3])
    assert found(root, cached=True) == expected


def test_nothing_is_kept_where_nothing_can_be_written(tmp_path: Path) -> None:
    root = copied(SMALL, tmp_path / "tree")
    (root / FOLDER).write_text("in the way")
    assert found(root, cached=True) == found(root, cached=False)


def test_what_is_kept_does_not_end_up_in_a_repository(tmp_path: Path) -> None:
    root = copied(SMALL, tmp_path / "tree")
    found(root, cached=True)
    assert (root / FOLDER / ".gitignore").read_text().splitlines()[-1] == "*"
