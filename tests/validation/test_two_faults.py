"""Two faults in one repository: both are told, or the one that hides the other by design is, and why.

A row is a few files with two faults, and what is told of them. What is hidden comes to light when the other fault is
mended, as the second half of the rows says.
"""

import datetime
from pathlib import Path

import pytest

from kg.cli.report import settled
from kg.project import read_project
from kg.validation import validate

PREFIXES = """@prefix ex: <https://example.org/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

"""
SHAPES = """@prefix ex: <https://example.org/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

ex:CanalShape a sh:NodeShape ;
    sh:targetClass ex:Canal ;
    sh:property ex:CanalShape-length , ex:CanalShape-label .

ex:CanalShape-length a sh:PropertyShape ;
    sh:path ex:length ;
    sh:minCount 1 ;
    sh:datatype xsd:integer .

ex:CanalShape-label a sh:PropertyShape ;
    sh:path rdfs:label ;
    sh:minCount 1 ;
    sh:severity sh:Warning .

ex:LongCanalShape a sh:NodeShape ;
    sh:targetClass ex:Canal ;
    sh:sparql [ sh:message "A canal as long as its label is odd." ; sh:select \"\"\"
            SELECT $this WHERE { $this <https://example.org/length> ?length . FILTER(STRLEN(STR(?length)) > 2) }
        \"\"\" ] .
"""
SETTINGS = """[tool.kg]
data = ["data.ttl"]
shapes = ["shapes.ttl"]
queries = ["queries"]
select = ["default", "format", "repeated-statement"]
ignore = ["vocabulary", "unused-prefix", "vacuous-shape", "unused-target"]
"""
GOOD = 'ex:a a ex:Canal ;\n    rdfs:label "a"@en ;\n    ex:length 7 .\n'
QUERY = "PREFIX ex: <https://example.org/>\nSELECT ?x WHERE { ?x a ex:Lock } ORDER BY ?x\n"


def told(root: Path, data: str, query: str = "") -> list[str]:
    """Return the findings about some data, each as `rule:line`, the lines from 1 behind the prefixes."""
    (root / "pyproject.toml").write_text(SETTINGS)
    (root / "shapes.ttl").write_text(SHAPES)
    (root / "data.ttl").write_text(PREFIXES + data)
    (root / "queries").mkdir(exist_ok=True)
    if query:
        (root / "queries" / "locks.rq").write_text(query)
    project = read_project(root)
    findings = settled(validate(project, cached=False), project, None, datetime.date(2026, 11, 21)).findings
    before = PREFIXES.count("\n")
    return [f"{one.rule}:{one.line - before if one.path.name == 'data.ttl' else one.path.name}" for one in findings]


TOLD = {
    "two literals": (
        GOOD + '\nex:b ex:dug "2018-02-30"^^xsd:date , "1"^^xsd:date .\n',
        ["lexical-form:5", "lexical-form:5"],
    ),
    "two resources that lack something": (
        'ex:a a ex:Canal ;\n    rdfs:label "a"@en .\n\nex:b a ex:Canal ;\n    ex:length 5 .\n',
        ["CanalShape-length:1", "CanalShape-label:4"],
    ),
    "one resource that lacks two things": ("ex:a a ex:Canal .\n", ["CanalShape-length:1", "CanalShape-label:1"]),
    "a literal, and a label twice in another resource": (
        GOOD + '\nex:b ex:dug "x"^^xsd:date .\n\nex:c skos:prefLabel "c"@en , "d"@en .\n',
        ["lexical-form:5", "two-preferred-labels:7"],
    ),
    "a character and a wrong value in one statement": (
        'ex:a a ex:Canal ;\n    rdfs:label "a\u200b"@en ;\n    ex:length "7" .\n',
        ["character-zero-width:2", "CanalShape-length:3"],
    ),
    "a warning, and form elsewhere": (
        "ex:a a ex:Canal ;\n    ex:length 7 .\n\nex:b a ex:Lock .\n\nex:c   a ex:Lock .\n",
        ["CanalShape-label:1", "format:6"],
    ),
    "a repeated statement, and a literal of another resource": (
        GOOD + '\nex:b ex:dug "x"^^xsd:date .\n\nex:a a ex:Canal .\n',
        ["lexical-form:5", "repeated-statement:7"],
    ),
}


@pytest.mark.parametrize(("data", "findings"), TOLD.values(), ids=TOLD.keys())
def test_both_are_told(data: str, findings: list[str], tmp_path: Path) -> None:
    assert told(tmp_path, data) == findings


HIDDEN = {
    "what is no Turtle has no triples": (
        'ex:a a ex:Canal\n\nex:b ex:dug "x"^^xsd:date .\n',
        ["syntax:1"],
        'ex:a a ex:Lock .\n\nex:b ex:dug "x"^^xsd:date .\n',
        ["lexical-form:3"],
    ),
    "form comes last in a file that is to be edited": (
        'ex:a   a ex:Lock ;\n    ex:dug "x"^^xsd:date .\n',
        ["lexical-form:2"],
        "ex:a   a ex:Lock .\n",
        ["format:1"],
    ),
    "a query of a shape comes after plain constraints of the node": (
        'ex:a a ex:Canal ;\n    ex:length 700 , 1.5 ;\n    rdfs:label "a"@en .\n',
        ["CanalShape-length:2"],
        'ex:a a ex:Canal ;\n    rdfs:label "a"@en ;\n    ex:length 700 .\n',
        ["LongCanalShape:1"],
    ),
}


@pytest.mark.parametrize(("data", "first", "mended", "then"), HIDDEN.values(), ids=HIDDEN.keys())
def test_one_hides_the_other(data: str, first: list[str], mended: str, then: list[str], tmp_path: Path) -> None:
    assert told(tmp_path, data) == first
    assert told(tmp_path, mended) == then


def test_an_empty_answer_waits_for_the_data(tmp_path: Path) -> None:
    """The answer may come back when the data are mended."""
    assert told(tmp_path, GOOD + '\nex:b ex:dug "x"^^xsd:date .\n', QUERY) == ["lexical-form:5"]
    assert told(tmp_path, GOOD, QUERY) == ["empty-answer:locks.rq"]


def test_an_empty_answer_for_want_of_a_value(tmp_path: Path) -> None:
    """A warning about something missing explains an empty answer only if the answer would be there with it."""
    gap = 'ex:a a ex:Canal ;\n    ex:length 7 .\n\nex:lock rdfs:label "lock"@en .\n'
    labels = "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>\nPREFIX ex: <https://example.org/>\n"
    labels += "SELECT ?x ?label WHERE { ?x a ex:Canal ; rdfs:label ?label } ORDER BY ?label\n"
    assert told(tmp_path, gap, labels) == ["CanalShape-label:1"]
    assert told(tmp_path, gap, labels.replace("ex:Canal", "ex:Lock")) == ["CanalShape-label:1", "empty-answer:locks.rq"]
