"""The declarations of prefixes in Turtle and RDF/XML: those that are used, and no other."""

import re

import pytest
from pyoxigraph import QueryTriples, RdfFormat, parse, serialize

from kg.results import GRAPH_FORMATS, serialise
from kg.store import GraphStore, evaluate

FORMATS = {form.name: form for form in GRAPH_FORMATS}
PREFIXES = {
    "": "http://example.org/empty/",
    "other": "http://example.org/other/",
    "pier": "http://example.org/pier/",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "ท่า": "http://example.org/tha/",
}
QUERIES = [
    ("CONSTRUCT { ?s rdfs:label 'a' } { ?s ?p ?o }", {"pier", "rdfs"}, {"rdf", "rdfs"}),
    ("CONSTRUCT { <x:s> <x:p> '2018-01-31'^^xsd:date } {}", {"xsd"}, {"rdf"}),
    ("CONSTRUCT { <x:s> rdfs:label '@prefix b: <x:> .\\n@prefix c: <x:> .' } {}", {"rdfs"}, {"rdf", "rdfs"}),
    ("CONSTRUCT { empty:s tha:p tha:o , 'xmlns:a=\"b\"' } {}", {"", "ท่า"}, {"rdf", "ท่า"}),
    ("CONSTRUCT { ?s ?p ?o } { ?s ?p ?o FILTER(false) }", set(), {"rdf"}),
]
DECLARED = {"ttl": re.compile("^@prefix (.*?): ", re.MULTILINE), "rdfxml": re.compile(" xmlns:(.+?)=(?=[^<]*>\n)")}


def constructed(data: GraphStore, query: str) -> QueryTriples:
    """The result of a query, for which the prefixes are declared."""
    names = PREFIXES | {"empty": PREFIXES[""], "tha": PREFIXES["ท่า"]}
    prologue = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in names.items())
    result = evaluate(data, prologue + query)
    assert isinstance(result, QueryTriples)
    return result


@pytest.mark.parametrize("form", ["ttl", "rdfxml"])
@pytest.mark.parametrize(("query", "turtle", "xml"), QUERIES)
def test_prefixes(small_data: GraphStore, query: str, turtle: set[str], xml: set[str], form: str) -> None:
    body = serialise(constructed(small_data, query), FORMATS[form], PREFIXES)
    assert set(DECLARED[form].findall(body.decode())) == (turtle if form == "ttl" else xml)


@pytest.mark.parametrize("form", FORMATS)
def test_the_triples_stay_the_same(small_data: GraphStore, form: str) -> None:
    query = "CONSTRUCT { ?s rdfs:label ?o } { ?s rdfs:label ?o }"
    engine = FORMATS[form].engine
    assert isinstance(engine, RdfFormat)
    plain = serialize(constructed(small_data, query), format=engine) or b""
    body = serialise(constructed(small_data, query), FORMATS[form], PREFIXES)
    assert set(map(str, parse(body, format=engine))) == set(map(str, parse(plain, format=engine)))
