"""Stored queries and the queries in shapes."""

from pathlib import Path

import pytest
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store

from kg.checks.stored_queries import answer_findings, shape_query_findings, text_findings
from kg.finding import Finding
from kg.located import LocatedGraph
from kg.turtle import parse_turtle

RDFS = "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>\n"


def shown(findings: list[Finding]) -> list[str]:
    """Findings as they are compared."""
    return [f"{finding.rule}:{finding.line}:{finding.column}" for finding in findings]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ASK { ?s ?p ?o }", []),
        ("ASK { ?s ?p }", ["query-syntax:1:13"]),
        ("SELEC ?s { ?s ?p ?o }", ["query-syntax:1:1"]),
        ("", ["query-syntax:1:1"]),
        ("ASK { ?s rdfs:label ?o }", ["undeclared-prefix:1:10"]),  # and nothing about the syntax
        ("ASK {\n  SERVICE <https://example.org/> { ?s ?p ?o } }", ["service:2:3"]),
        ("ASK {\n  SERVICESILENT<https://example.org/> { ?s ?p ?o } }", ["service:2:3"]),
        ("ASK { ?s ?p 'SERVICE' } # SERVICE", []),
        ("SELECT ?s (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?s HAVING (?n > 1)", ["having-alias:1:61"]),
        ("SELECT ?s (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?s HAVING (COUNT(*) > 1) ORDER BY ?n", []),
        ("SELECT * { { SELECT ?s (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?s HAVING (?n > 1) } }", ["having-alias:1:74"]),
        ("SELECT ?s (MAX(?o) AS ?m) { ?s ?p ?o BIND(1 AS ?n) } GROUP BY ?s HAVING (MAX(?n) > 1)", []),
        (f"{RDFS}ASK {{ ?s rdfs:lable ?o }}", ["unknown-foreign-term:2:10"]),
        (
            f"{RDFS}ASK {{ ?s rdfs:label ?o , <http://www.w3.org/2004/02/skos/core#Koncept> }}",
            ["unknown-foreign-term:2:26"],
        ),
        ("# columns (en): One | Two\nSELECT ?s ?o { ?s ?p ?o }", []),
        ("# title (en): T\n# columns (en): One |\n#   Two\nSELECT ?s ?o { ?s ?p ?o }", []),
        ("# columns (th): ก\n# columns (en): One | Two\nSELECT ?s ?o { ?s ?p ?o }", ["heading-count:1:1"]),
        (
            "# columns (th): ก\n# columns (en): One | Two\nSELECT ?s_th ?s_en { ?s ?p ?s_th , ?s_en }",
            ["heading-count:2:1"],
        ),
        ("# columns (en): One\nSELECT ?s ?order ?source { ?s ?order ?source }", []),
        ("# columns (en): One\nASK { ?s ?p ?o }", []),
        ("# columns (en): One\nSELECT ?s ?o { ?s rdfs:label ?o }", ["undeclared-prefix:2:19"]),
        ("SELECT ?s { ?s ?p ?o }\n" + "{" * 80 + "}" * 80, ["query-syntax:2:65"]),
    ],
)
def test_texts(text: str, expected: list[str]) -> None:
    assert shown(text_findings(Path("a.rq"), text)) == expected


@pytest.fixture
def store() -> Store:
    """Two triples."""
    store = Store()
    for number in (1, 2):
        subject, predicate = NamedNode(f"urn:{number}"), NamedNode("urn:p")
        store.add(Quad(subject, predicate, Literal(number), DefaultGraph()))
    return store


@pytest.mark.parametrize(
    ("text", "answer", "expected"),
    [
        ("SELECT ?s { ?s ?p ?o } ORDER BY ?s", "s\nurn:1\n", []),
        ("SELECT ?s { ?s ?p ?o }", "s\nurn:1\n", ["unordered-answer:1:1"]),
        ("SELECT ?s { ?s ?p ?o } LIMIT 1", "s\nurn:1\n", []),
        ("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", "n\n2\n", []),
        ("SELECT ?s { ?s ?p 1 }", "s\nurn:1\n", []),
        ("SELECT * { { SELECT ?s { ?s ?p ?o } ORDER BY ?s } }", "s\nurn:1\n", ["unordered-answer:1:1"]),
        ("# a\nSELECT ?s { ?s ?p 3 }", "s\nurn:1\n", ["empty-answer:2:1"]),
        ("SELECT ?s { ?s ?p 3 }", "s\n", []),  # the table says so
        ("# The answer is empty: nobody is third.\nSELECT ?s { ?s ?p 3 }", "s\nurn:1\n", []),
        ("# คำตอบว่าง เพราะไม่มีที่สาม\nSELECT ?s { ?s ?p 3 }", "s\nurn:1\n", []),
        ("CONSTRUCT { ?s ?p 4 } WHERE { ?s ?p 3 }", "s\n", []),
        ("CONSTRUCT { ?s ?p 4 } WHERE { ?s ?p 3 }", "s\nurn:1\n", ["empty-answer:1:1"]),
        ("CONSTRUCT { ?s ?p 4 } WHERE { ?s ?p ?o }", "s\nurn:1\n", []),
        ("ASK { ?s ?p 3 }", "false\n", []),
        ("SELECT ?s { ?s ?p }", "s\nurn:1\n", []),  # of its text something is said elsewhere
        ("SELECT ?s { SERVICE <http://localhost:9/> { ?s ?p ?o } }", "s\nurn:1\n", []),
    ],
)
def test_answers(text: str, answer: str, expected: list[str], store: Store, tmp_path: Path) -> None:
    path = tmp_path / "a.rq"
    path.with_suffix(".csv").write_text(answer, encoding="utf-8")
    assert shown(answer_findings({path: text}, store)) == expected


def test_an_answer_is_missing_where_others_have_one(store: Store, tmp_path: Path) -> None:
    text = "ASK { ?s ?p ?o }"
    (tmp_path / "with").mkdir()
    queries = {tmp_path / name: text for name in ("a.rq", "b.rq", "with/a.rq", "with/b.rq")}
    (tmp_path / "with" / "a.csv").write_text("true\n", encoding="utf-8")
    (finding,) = answer_findings(queries, store)
    assert (finding.rule, finding.path) == ("missing-answer", tmp_path / "with" / "b.rq")
    assert "b.csv" in finding.message_en


SHAPES = '''@prefix sh: <http://www.w3.org/ns/shacl#> .

<urn:s> sh:declare [ sh:prefix "rdfs" ; sh:namespace "http://www.w3.org/2000/01/rdf-schema#" ] .
<urn:shape> sh:sparql [ sh:prefixes <urn:s> ; sh:select """
  SELECT $this WHERE {
    $this $PATH ?value ; rdfs:label ?label .
    %s
  }""" ] .
'''


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", []),
        ("FILTER(?value > )", ["query-syntax:7:21"]),
        ("?value skos:broader ?other .", ["undeclared-prefix:7:12"]),
        ("SERVICE <https://example.org/> { ?s ?p ?o }", ["service:7:5"]),
    ],
)
def test_queries_in_shapes(line: str, expected: list[str], tmp_path: Path) -> None:
    path = tmp_path / "shapes.ttl"
    text = SHAPES % line
    path.write_text(text, encoding="utf-8")
    assert shown(shape_query_findings(LocatedGraph.of(parse_turtle(path, "urn:b")), text)) == expected


def test_a_query_in_a_short_string_begins_behind_its_quotation_mark(tmp_path: Path) -> None:
    path = tmp_path / "shapes.ttl"
    text = "<urn:s> <http://www.w3.org/ns/shacl#ask> 'ASK { $this ?p }' .\n"
    path.write_text(text, encoding="utf-8")
    (finding,) = shape_query_findings(LocatedGraph.of(parse_turtle(path, "urn:b")), text)
    assert (finding.line, finding.column) == (1, text.index("}") + 1)
