"""The picture in docs/architecture.md is true: every module stands in it, and imports only from those above it."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "kg"
PICTURE = (ROOT / "docs" / "architecture.md").read_text("utf-8").split("```")[1]
PARTS = {path.stem for path in PACKAGE.glob("*.py") if not path.stem.startswith("__")} | {
    path.parent.name for path in PACKAGE.glob("*/__init__.py")
}


def lines_of_parts() -> dict[str, int]:
    """Return the line of the picture on which each module or package begins an entry."""
    return {
        name: number
        for number, line in enumerate(PICTURE.splitlines())
        for name in re.findall(r"(?:^|(?<=  ))([a-z]+)/?(?=  )", line)
        if name in PARTS
    }


def imports(path: Path) -> set[str]:
    """Return the modules and packages directly below `kg` that a file imports from."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        modules += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names |= {module.split(".")[1] for module in modules if module.startswith("kg.")}
    return names


def test_every_part_is_in_the_picture() -> None:
    assert set(lines_of_parts()) == PARTS


def test_a_module_imports_only_from_those_above_it() -> None:
    line = lines_of_parts()
    below = []
    for path in PACKAGE.rglob("*.py"):
        part = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if part in PARTS:
            below += [f"{part} imports {name}" for name in imports(path) - {part} if line[name] >= line[part]]
    assert below == []
