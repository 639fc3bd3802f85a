"""Each spelling that the documents use leads to the right resource, and to no other.

spellings.csv gives the spellings of the inventory and the resource that each of them means; a spelling that means
several resources has a row for each. A spelling is found by a label of the register or, for forms with a rank or a
title and for meeting numbers, by a printed form in the sources.
"""

import csv
from collections import defaultdict
from pathlib import Path

import pytest
from rdflib import RDFS, SKOS, Graph, Literal, Namespace, URIRef

TSC = Namespace("https://w3id.org/thai-smart-city/ontology#")
LABELS = (RDFS.label, SKOS.altLabel, SKOS.hiddenLabel)


def rows() -> dict[str, set[str]]:
    """The resources by spelling."""
    table: dict[str, set[str]] = defaultdict(set)
    with Path(__file__).with_name("spellings.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            table[row["spelling"]].add(row["iri"])
    return table


ROWS = rows()


@pytest.fixture(scope="session")
def found(register: Graph, sources: Graph, ontology: Graph) -> dict[str, set[str]]:
    """The resources of the register by each label and printed form that leads to them."""
    table: dict[str, set[str]] = defaultdict(set)
    printed = set(ontology.transitive_subjects(RDFS.subPropertyOf, TSC.asPrinted))
    known = set(register.subjects())
    for graph, properties in ((register, set(LABELS)), (sources, printed)):
        for subject, prop, value in graph:
            if prop in properties and subject in known and isinstance(value, Literal):
                table[str(value)].add(str(subject))
    return table


def test_printed_forms_are_known_to_the_ontology(ontology: Graph) -> None:
    assert TSC.numberAsPrinted in set(ontology.transitive_subjects(RDFS.subPropertyOf, TSC.asPrinted))


def test_every_resource_of_the_table_is_registered(register: Graph) -> None:
    named = {iri for iris in ROWS.values() for iri in iris}
    assert {iri for iri in named if (URIRef(iri), None, None) not in register} == set()


@pytest.mark.parametrize("spelling", sorted(ROWS))
def test_spelling_leads_to_its_resources(spelling: str, found: dict[str, set[str]]) -> None:
    assert found.get(spelling, set()) == ROWS[spelling]
