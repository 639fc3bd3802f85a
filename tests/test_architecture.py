"""The picture in docs/architecture.md is true: every module stands in it, and imports only from those above it."""

import ast
import re
import subprocess
import sys
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


def test_every_module_of_the_server_is_in_its_section() -> None:
    section = (ROOT / "docs" / "architecture.md").read_text("utf-8").partition("## The server")[2].partition("\n## ")[0]
    modules = {path.stem for path in (PACKAGE / "server").glob("*.py") if not path.stem.startswith("__")}
    assert modules - set(re.findall(r"[a-z_]+", section)) == set()


def test_the_processes_that_answer_load_no_server() -> None:
    program = (
        "import sys, kg.server.zygote\n"
        "print(sorted({'fastapi', 'starlette', 'uvicorn', 'jinja2', 'asyncio', 'rdflib'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
