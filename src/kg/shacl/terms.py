"""The terms of RDF and SHACL that validation names, and what a term is called for short."""

from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode

Term = NamedNode | BlankNode | Literal

SHACL: Final = "http://www.w3.org/ns/shacl#"
_RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_RDFS: Final = "http://www.w3.org/2000/01/rdf-schema#"
XSD: Final = "http://www.w3.org/2001/XMLSchema#"


def sh(name: str) -> NamedNode:
    """Return a term of the SHACL vocabulary."""
    return NamedNode(SHACL + name)


TYPE: Final = NamedNode(f"{_RDF}type")
FIRST: Final = NamedNode(f"{_RDF}first")
REST: Final = NamedNode(f"{_RDF}rest")
NIL: Final = NamedNode(f"{_RDF}nil")
LANGUAGE_STRING: Final = NamedNode(f"{_RDF}langString")
CLASS: Final = NamedNode(f"{_RDFS}Class")
RESOURCE: Final = NamedNode(f"{_RDFS}Resource")
SUBCLASS: Final = NamedNode(f"{_RDFS}subClassOf")
ONTOLOGY: Final = NamedNode("http://www.w3.org/2002/07/owl#Ontology")
OWL_CLASS: Final = NamedNode("http://www.w3.org/2002/07/owl#Class")
STRING: Final = NamedNode(f"{XSD}string")
BOOLEAN: Final = NamedNode(f"{XSD}boolean")
INTEGER: Final = NamedNode(f"{XSD}integer")


def local_name(iri: str) -> str:
    """Return what stands behind the last `#` or `/` of an IRI; the IRI when that is nothing."""
    return iri[max(iri.rfind("#"), iri.rfind("/")) + 1 :] or iri
