"""IRIs of the project as plain strings, so that the server need not load rdflib to know them."""

from pathlib import Path
from typing import Final

BASE: Final = "https://w3id.org/thai-smart-city/"
"""The one base of every IRI that the project mints."""

ONTOLOGY: Final = f"{BASE}ontology#"
SHAPES: Final = f"{BASE}shapes#"
ID: Final = f"{BASE}id/"
GRAPH: Final = f"{BASE}graph/"
SOURCE: Final = f"{ID}source/"

DCTERMS: Final = "http://purl.org/dc/terms/"
ORG: Final = "http://www.w3.org/ns/org#"
OWL: Final = "http://www.w3.org/2002/07/owl#"
RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS: Final = "http://www.w3.org/2000/01/rdf-schema#"
SHACL: Final = "http://www.w3.org/ns/shacl#"
XSD: Final = "http://www.w3.org/2001/XMLSchema#"


def graph_iri(path: Path) -> str:
    """Return the IRI of the named graph of a Turtle file: `…/graph/<file stem>`."""
    return f"{GRAPH}{path.stem}"
