"""What docs/search.md says is so."""

import json
import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pyoxigraph import QuerySolutions
from tests.search.test_index import NOT_FIRST, NOT_FOUND, table

from kg.cli.errors import ExitCode
from kg.content import Content
from kg.derivation import with_search_keys
from kg.namespaces import ID
from kg.search import SearchIndex, search_document, search_queries
from kg.site import Site
from kg.site.search_page import routes
from kg.store import evaluate, load_content

Program = Callable[..., "subprocess.CompletedProcess[str]"]

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "search.md").read_text("utf-8")


def block(language: str) -> str:
    """The one block of a language."""
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return str(found)


@pytest.mark.parametrize("line", block("sh").splitlines())
def test_commands(line: str, kg: Program) -> None:
    program, *arguments = shlex.split(line)
    assert program == "kg"
    run = kg(*arguments)
    assert run.returncode == ExitCode.CLEAN, run.stderr
    assert run.stdout


def test_the_document_is_a_real_one(index: SearchIndex) -> None:
    example = json.loads(block("json"))
    assert search_document(index, index.search("TH-50"), 0, 20) == example


def test_the_query_finds_what_it_is_about(content: Content) -> None:
    keyed = with_search_keys(load_content(content), search_queries(content))
    result = evaluate(keyed, block("sparql"))
    assert isinstance(result, QuerySolutions)
    assert f"{ID}smart-city-area/samyan" in {solution["thing"].value for solution in result}


def test_the_addresses_are_those_that_are_answered(site: Site) -> None:
    told = {urlsplit(address).path for address in re.findall(r"^\| `(/[^`]+)` \|", PAGE, re.MULTILINE)}
    answered = {getattr(route, "path", "") for route in routes(site)}
    assert told == {path for path in answered if not path.startswith("/reconcile/")}


def test_the_measures_are_those_of_the_tables() -> None:
    """The second row tells of the past; the others follow from what the tests of the queries expect."""
    tuned, fresh = (table(f"{name}.csv") for name in ("queries", "fresh-queries"))
    first, _, since = re.findall(r"^\| (?:\d+|the same).*\| (\d+) % \| (\d+) % \|$", PAGE, re.MULTILINE)
    for rows, stated in ((tuned, first), (fresh, since)):
        within = sum(row["query"] not in NOT_FOUND for row in rows) / len(rows)
        at_once = sum(row["query"] not in NOT_FOUND | NOT_FIRST for row in rows) / len(rows)
        assert tuple(map(int, stated)) == (round(at_once * 100), round(within * 100))
    assert f"has {len(tuned)} queries" in PAGE
    assert f"`fresh-queries.csv` {len(fresh)} that" in PAGE


def test_every_link_leads_to_a_file() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", PAGE)
    assert links
    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []
