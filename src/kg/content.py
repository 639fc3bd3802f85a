"""Where the knowledge is: the folders `ontology/`, `data/`, `shapes/` and `queries/`, and the files in them."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from kg.errors import InputError
from kg.finding import displayed

FOLDERS: Final = ("ontology", "data", "shapes", "queries")
"""The folders that make up the content; `shapes` and `queries` may be missing from a small tree."""

REQUIRED_FOLDERS: Final = ("ontology", "data")

ShapeScope = Literal["source", "file", "union"]
"""`source`: one source graph alone; `file`: a source or the readings with the register; `union`: all graphs."""


def _files(folder: Path, pattern: str) -> list[Path]:
    """Return the files in `folder` that match, hidden ones left out, in the order of their paths."""
    return sorted(path for path in folder.glob(pattern) if path.is_file() and not path.name.startswith("."))


def read_text(path: Path) -> str:
    """Return the text of a UTF-8 file, its line ends as line feeds. Raises InputError when it is not one."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"{displayed(path)}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise InputError(f"{displayed(path)}:{line}:1: the file is not UTF-8; save it as UTF-8.") from error


@dataclass(frozen=True)
class Content:
    """A tree of content. `root` is the folder that holds `ontology/`, `data/`, `shapes/` and `queries/`."""

    root: Path

    def ontology_files(self) -> list[Path]:
        """Return the Turtle files of the ontology, sorted."""
        return _files(self.root / "ontology", "**/*.ttl")

    def data_files(self) -> list[Path]:
        """Return the Turtle files of the data (catalog, register, sources, readings), sorted."""
        return _files(self.root / "data", "**/*.ttl")

    def shape_files(self, scope: ShapeScope) -> list[Path]:
        """Return the Turtle files of the shapes of one scope, sorted."""
        folder = self.root / "shapes"
        return _files(folder if scope == "file" else folder / scope, "*.ttl")

    def query_files(self) -> list[Path]:
        """Return the stored queries, sorted. Their expected answers stand beside them."""
        pages = self.root / "queries" / "pages"
        return [path for path in _files(self.root / "queries", "**/*.rq") if pages not in path.parents]

    def page_query_files(self) -> list[Path]:
        """Return the queries behind the sections of pages, sorted: `queries/pages/<kind>/<nn>-<name>.rq`."""
        return _files(self.root / "queries" / "pages", "*/*.rq")

    def turtle_files(self) -> list[Path]:
        """Return every Turtle file of the tree: ontology, data, shapes."""
        return [*self.ontology_files(), *self.data_files(), *_files(self.root / "shapes", "**/*.ttl")]


def _missing_folders(root: Path) -> list[str]:
    """Return the names of the required folders that `root` lacks."""
    return [name for name in REQUIRED_FOLDERS if not (root / name).is_dir()]


def find_content(root: Path | None = None) -> Content:
    """Find the content: `root`, else the folder in KG_ROOT, else that of the wheel, else that of the checkout.

    Raises InputError when the folder named by `root` or KG_ROOT lacks `ontology/` or `data/`, or when none is found.
    """
    named = root if root is not None else Path(os.environ["KG_ROOT"]) if os.environ.get("KG_ROOT") else None
    if named is not None:
        if missing := _missing_folders(named):
            folders = " and ".join(f"{name}/" for name in missing)
            raise InputError(
                f"{named}: no folder {folders} here; name one that holds ontology/ and data/ with --root or KG_ROOT."
            )
        return Content(named)
    package = Path(__file__).resolve().parent
    for candidate in (package / "content", package.parent.parent):
        if not _missing_folders(candidate):
            return Content(candidate)
    raise InputError("No ontology/ and data/ found; name the folder that holds them with --root or KG_ROOT.")
