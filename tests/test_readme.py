"""What the README says of the project is what the project is."""

import csv
import io
import re
from importlib.metadata import version
from pathlib import Path

import pytest

from kg.content import find_content
from kg.namespaces import BASE
from kg.results import RESULT_FORMATS, serialise
from kg.store import GraphStore, evaluate, load_content

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")
CSV = next(form for form in RESULT_FORMATS if form.name == "csv")


@pytest.fixture(scope="module")
def store() -> GraphStore:
    """The content in the engine that serves it."""
    return load_content(find_content(ROOT))


def count(store: GraphStore, pattern: str) -> int:
    """The number of distinct ?x of a pattern."""
    query = f"PREFIX tsc: <{BASE}ontology#> PREFIX owl: <http://www.w3.org/2002/07/owl#>"
    answer = evaluate(store, f"{query} SELECT (COUNT(DISTINCT ?x) AS ?n) {{ {pattern} }}")
    return int(serialise(answer, CSV, {}).decode().split()[1])


def own(kind: str) -> str:
    """The pattern of our own terms of a kind."""
    return f"?x a owl:{kind} FILTER(STRSTARTS(STR(?x), STR(tsc:)))"


def test_counts(store: GraphStore) -> None:
    """Each row of the table is computed."""
    table = README.split("<!-- counts -->")[1].split("<!-- /counts -->")[0]
    stated = dict(re.findall(r"^\| (.+?) \| ([\d+ ]+) \|$", table, re.MULTILINE))
    properties = count(store, own("ObjectProperty")) + count(store, own("DatatypeProperty"))
    facts = (ROOT / "tests" / "inventory" / "facts.csv").read_text("utf-8").splitlines()
    assert stated == {
        "source documents": str(count(store, "?x a tsc:SourceDocument")),
        "facts of the documents that a passage carries": str(len(facts) - 1),
        "resources with evidence": str(count(store, "?x tsc:evidence ?passage")),
        "passages cited": str(count(store, "?resource tsc:evidence ?x")),
        "readings marked as the curator's": str(count(store, "?x a tsc:Reading")),
        "things noted as not stated": str(count(store, "?x a tsc:Omission")),
        "differences between or within documents": str(count(store, "?x a tsc:Discrepancy")),
        "first-level divisions (76 provinces and Bangkok)": str(count(store, "?x a tsc:Division")),
        f"triples, in {len(store.graphs)} named graphs": str(store.triples),
        "classes and properties of our own": f"{count(store, own('Class'))} + {properties}",
        "stored questions with their answers": str(len(find_content(ROOT).query_files())),
    }


def test_the_example_gives_the_answer_beside_it(store: GraphStore) -> None:
    query, expected = re.findall(r"query=\n(.+?)'\n```\n\n```csv\n(.+?)```", README, re.DOTALL)[0]
    answer = serialise(evaluate(store, query), CSV, {}).decode()
    assert list(csv.reader(io.StringIO(answer))) == list(csv.reader(io.StringIO(expected)))


def test_every_link_leads_to_a_file() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_every_question_named_is_stored() -> None:
    named = set(re.findall(r"kg query ([a-z0-9-]+) ", README)) - {"--list"}
    assert named
    assert named <= {path.stem for path in find_content(ROOT).query_files()}


def test_the_finding_is_a_real_one() -> None:
    case = ROOT / "tests" / "fixtures" / "validate" / "buddhist-era-date" / "expected.txt"
    assert case.read_text("utf-8").strip() in README


def test_the_version_is_the_package_s() -> None:
    assert re.findall(r"version (\d+\.\d+\.\d+)", README) == [version("thai-smart-city-kg")]
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert re.findall(r"^## \[(\d+\.\d+\.\d+)\]", changelog, re.MULTILINE)[0] == version("thai-smart-city-kg")
