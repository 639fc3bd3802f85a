"""The register and the ontology as rdflib graphs, read once."""

from pathlib import Path

import pytest
from rdflib import Graph

ROOT = Path(__file__).parents[2]


def read(folder: Path) -> Graph:
    """Read every Turtle file of a folder into one graph; an absent folder gives an empty graph."""
    graph = Graph()
    for path in sorted(folder.glob("*.ttl")):
        graph.parse(path)
    return graph


@pytest.fixture(scope="session")
def register() -> Graph:
    """All of data/register."""
    return read(ROOT / "data" / "register")


@pytest.fixture(scope="session")
def sources() -> Graph:
    """All of data/sources, merged: which document says it does not matter here."""
    return read(ROOT / "data" / "sources")


@pytest.fixture(scope="session")
def ontology() -> Graph:
    """The ontology with its external terms."""
    return read(ROOT / "ontology")
