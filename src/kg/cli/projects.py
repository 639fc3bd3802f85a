"""Which project a command is about: the one named, that of the working folder, or what came with the program."""

import os
from collections.abc import Sequence
from pathlib import Path

from kg.content import find_content
from kg.errors import InputError
from kg.project import Project, defines_shapes, project_of, read_project, settings, turtle_below, with_files


def _around(folder: Path) -> Path | None:
    """Return the nearest folder, from a folder upwards, whose pyproject.toml has settings for this program."""
    return next((parent for parent in (folder, *folder.parents) if settings(parent) is not None), None)


def turtle_files(paths: Sequence[Path]) -> list[Path]:
    """Return files as they are, and the Turtle files below folders. Raises InputError for what is not there."""
    files: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            below = turtle_below(path)
            if not below:
                raise InputError(f"{path}: no Turtle file (*.ttl) in this folder.")
            files.update((file, None) for file in below)
        elif path.exists():
            files[path] = None
        else:
            raise InputError(f"{path}: no such file.")
    return list(files)


def chosen_project(
    paths: Sequence[Path], shapes: Sequence[Path], project: Path | None, root: Path | None
) -> tuple[Project, frozenset[Path] | None]:
    """Return the project of a command, and the files that it is to report on (None: all).

    Paths with shapes are a project of their own, as are paths outside of any project that has settings. Paths in a
    project are those that are reported on; paths outside of it are checked with it, like the data it has.
    Raises InputError when something named is not there.
    """
    files = turtle_files(paths)
    if shapes:
        return project_of(files, turtle_files(shapes), Path.cwd()), None
    if project is not None:
        chosen = read_project(project)
    elif root is not None or os.environ.get("KG_ROOT"):
        chosen = read_project(find_content(root).root, shipped())
    elif (around := _around(Path.cwd())) is not None:
        chosen = read_project(around)
    elif files:
        shape_files = [path for path in files if defines_shapes(path)]
        return project_of([path for path in files if path not in set(shape_files)], shape_files, Path.cwd()), None
    elif turtle_below(Path.cwd()):
        chosen = read_project(Path.cwd())
    else:
        chosen = read_project(shipped())
    if not files:
        return chosen, None
    known = {path.resolve(): path for path in chosen.kinds}
    chosen = with_files(chosen, [path for path in files if path.resolve() not in known])
    return chosen, frozenset(path.resolve() for path in files)


def shipped() -> Path:
    """Return the folder of the content that came with the program."""
    package = Path(__file__).resolve().parent.parent
    return package / "content" if (package / "content").is_dir() else package.parent.parent
