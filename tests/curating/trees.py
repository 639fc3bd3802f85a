"""A copy of the content to work in, and the cases of the templates."""

import shutil
import tomllib
from pathlib import Path
from typing import Any

from kg.content import Content
from kg.skeletons import appended, render, templates

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
CASES: list[dict[str, Any]] = tomllib.loads((HERE / "cases.toml").read_text("utf-8"))["case"]
FILLED = [case for case in CASES if "filled" in case]


def copy_content(root: Path) -> Path:
    """Copy the content of the repository, its settings and the findings that it accepts to a folder."""
    for folder in ("ontology", "data", "shapes", "queries"):
        shutil.copytree(REPOSITORY / folder, root / folder)
    for name in ("pyproject.toml", "exceptions.toml"):
        if (REPOSITORY / name).exists():
            shutil.copy(REPOSITORY / name, root)
    return root


def skeleton(case: dict[str, Any], content: Content) -> str:
    """Return what the template of a case makes."""
    return render(templates(content)[case["template"]], case["slug"], case["arguments"], content)


def write_case(root: Path, case: dict[str, Any], text: str) -> None:
    """Write a description into the file of its case, at the end if there is one."""
    path = root / case["output"]
    path.write_text(appended(path, path.read_text("utf-8"), text) if path.exists() else text, "utf-8")


def filled(case: dict[str, Any]) -> str:
    """Return the skeleton of a case with its gaps filled in."""
    name: str = case["filled"]
    return (HERE / "filled" / name).read_text("utf-8")
