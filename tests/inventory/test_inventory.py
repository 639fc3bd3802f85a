"""Each fact of the inventory has its evidence, and what looks alike stays apart."""

import csv
from collections import Counter
from pathlib import Path

import pytest
from rdflib import RDFS, Graph, URIRef

from kg.coverage import measure_coverage, read_inventory
from kg.dataset import Dataset
from kg.namespaces import BASE

HERE = Path(__file__).parent
FACTS = {"F0": 123, "F1": 112, "F2": 89, "F3": 80, "F4": 91}


def pairs() -> list[tuple[str, str]]:
    """The pairs of look-alikes."""
    with (HERE / "look_alikes.csv").open(encoding="utf-8") as lines:
        return [(row["one"], row["other"]) for row in csv.DictReader(lines)]


def test_the_inventory_is_whole() -> None:
    facts = read_inventory(HERE / "facts.csv")
    assert Counter(fact.id.partition("-")[0] for fact in facts) == FACTS


def test_every_fact_is_carried_by_a_passage_of_its_document(dataset: Dataset) -> None:
    rows = measure_coverage(dataset, read_inventory(HERE / "facts.csv"))
    assert [row.fact.id for row in rows if row.missing] == []


@pytest.fixture(scope="module")
def union(dataset: Dataset) -> Graph:
    """The union of all graphs."""
    union = Graph()
    for file in dataset.files:
        union += file.graph
    return union


@pytest.mark.parametrize(("one", "other"), pairs())
def test_look_alikes_stay_apart(union: Graph, one: str, other: str) -> None:
    first, second = URIRef(f"{BASE}id/{one}"), URIRef(f"{BASE}id/{other}")
    for resource in (first, second):
        assert set(union.objects(resource, RDFS.label)), f"{resource} is not described"
    labels = [set(union.objects(resource, RDFS.label)) for resource in (first, second)]
    assert labels[0] & labels[1] == set()
    same = [str(p) for p in {*union.predicates(first, second), *union.predicates(second, first)} if "same" in str(p)]
    assert same == []
