"""The notebooks of the documentation: each runs against the server, from the top, and finds what it is about."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.site.live import live

REPOSITORY = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((REPOSITORY / "docs" / "notebooks").glob("*.ipynb"))


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an endpoint with the data of the repository."""
    with live(REPOSITORY, tmp_path_factory.mktemp("notebook") / "log", "--no-access-log") as address:
        yield f"{address.rstrip('/')}/sparql"


def read(path: Path) -> list[dict[str, Any]]:
    """The cells of a notebook."""
    cells: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))["cells"]
    return cells


def run(path: Path) -> dict[str, Any]:
    """Run the code of a notebook and return its variables, with what the last line of each cell gives by its id."""
    variables: dict[str, Any] = {}
    for cell in read(path):
        if cell["cell_type"] == "code":
            tree = ast.parse("".join(cell["source"]), f"{path.name}#{cell['id']}")
            last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
            exec(compile(tree, f"{path.name}#{cell['id']}", "exec"), variables)
            if isinstance(last, ast.Expr):
                name = f"{path.name}#{cell['id']}"
                variables[f"shown {cell['id']}"] = eval(compile(ast.Expression(last.value), name, "eval"), variables)
    return variables


def test_there_is_a_notebook() -> None:
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_is_kept_without_answers(path: Path) -> None:
    """Answers that are kept would be of other data than those beside them some day."""
    whole = json.loads(path.read_text("utf-8"))
    assert (whole["nbformat"], whole["nbformat_minor"]) == (4, 5)
    assert len({cell["id"] for cell in whole["cells"]}) == len(whole["cells"])
    assert all(not cell["outputs"] and cell["execution_count"] is None for cell in whole["cells"] if "outputs" in cell)


def test_the_first_hour(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KG_ENDPOINT", endpoint)
    found = run(REPOSITORY / "docs" / "notebooks" / "first-hour.ipynb")
    assert set(found["areas"]["status"]) >= {"Plan approved", "Emblem awarded"}
    assert str(found["areas"]["day"].min().date()) == "2021-05-08"
    assert found["shown areas"]["count"].sum() == len(found["areas"])
    assert len(found["provinces"]) == 77
    assert found["shown map"].loc["TH-50", "name"] == "เชียงใหม่"
    assert (found["passages"]["from"].astype(int) < found["passages"]["to"].astype(int)).all()
    assert len(found["passages"]) >= 2
    assert ("รองนายกรัฐมนตรี", "ประจิน จั่นตอง", "2018-01-31") in found["posts"]
    assert found["shown absent"].sum() == len(found["absent"]) > 0
    assert endpoint in found["shown cite"]
    assert "None" not in found["shown cite"]
