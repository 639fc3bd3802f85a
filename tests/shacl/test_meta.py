"""The shapes themselves: each rule on its examples, SHACL for SHACL as in pySHACL, and shapes that break pySHACL."""

from pathlib import Path

import pytest
from benchmarks.shacl import Job, content, keys, located, peer

from kg.project import read_project
from kg.rules import Rule, built_in
from kg.shacl import Session, validate
from kg.shacl.meta import _shacl_for_shacl, check, check_targets
from kg.shacl.report import findings

ROOT = Path(__file__).resolve().parents[2]
RULES = [rule for rule in built_in().values() if rule.family == "shacl"]
PREFIXES = """@prefix ex: <https://example.org/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
"""


def told(shapes: str) -> list[tuple[str, int]]:
    """Return rule and line of each finding about a file of shapes and its validation of nothing."""
    session = Session()
    graphs = [located(shapes, "shapes.ttl")]
    found = [*check(graphs, {}, session), *check_targets(graphs, [], {}, session)]
    found += findings(validate(graphs, [], None, session), graphs, [], None, {}, session)
    return sorted((one.rule, one.line) for one in set(found) if not one.component)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_examples(rule: Rule) -> None:
    assert rule.example
    assert told(rule.example["passing"]) == []
    assert told(rule.example["failing"]) == [(rule.id, rule.example["line"])]


@pytest.mark.parametrize(
    ("shapes", "expected"),
    [
        ("ex:S a sh:NodeShape ; sh:targetNode ex:a ; sh:property [ sh:maxCount 1 ] .", [("shape-path", 4)]),
        (
            "ex:S a sh:PropertyShape ; sh:targetNode ex:a ; sh:nodeKind sh:IRI .",
            [("shape-path", 4)],
        ),
        ("ex:S a sh:NodeShape ; sh:targetNode ex:a ;\n sh:path ex:p .", [("shape-path", 5)]),
        ("ex:S sh:targetNode ex:a ;\n sh:path ex:p ,\n ex:q .", [("shape-path", 6)]),
        ("ex:S a sh:NodeShape ; sh:targetNode ex:a ; sh:property [ sh:path ( ex:p ) ] .", [("shape-path", 4)]),
        (
            "ex:S a sh:NodeShape ; sh:targetNode ex:a ; sh:or ( ex:T ex:U ) . ex:T sh:nodeKind sh:IRI .",
            [("undefined-shape", 4)],
        ),
        ("ex:S a sh:NodeShape ; sh:targetNode ex:a ; sh:minCount 1 .", [("shape-syntax", 4)]),
        ("ex:S a sh:NodeShape ; sh:targetNode ex:a ; sh:or () .", [("shape-syntax", 4)]),
        ("ex:S a sh:NodeShape ; sh:targetNode ex:a ; sh:flags 'z' ; sh:pattern 'a' .", [("invalid-pattern", 4)]),
        ("ex:S a sh:NodeShape ; sh:targetSubjectsOf ex:p , ex:q .", [("vacuous-shape", 4)]),
        ("ex:C a sh:NodeShape , rdfs:Class ; sh:nodeKind sh:IRI .", [("vacuous-shape", 4)]),
        (
            "ex:S a sh:NodeShape ; sh:targetNode ex:a ; sh:node ex:T .\nex:T a sh:NodeShape ; sh:node ex:S .",
            [("recursive-shape", 4), ("recursive-shape", 5)],
        ),
        ("ex:S a sh:NodeShape ; sh:targetNode ex:a ; sh:severity ex:Mine . ex:Mine a sh:Severity .", []),
        ("ex:S a sh:NodeShape ; sh:targetNode ex:a ; sh:message 'a'@th , 'b'@en , 'c' .", []),
    ],
)
def test_shapes_that_are_not_right(shapes: str, expected: list[tuple[str, int]]) -> None:
    assert [one for one in told(PREFIXES + shapes) if one != ("shape-syntax", 4) or one in expected] == expected


def test_shacl_for_shacl_says_what_pyshacl_says() -> None:
    shapes = located(
        PREFIXES
        + """
        ex:S a sh:NodeShape ; sh:nodeKind sh:Literal , sh:IRI ; sh:severity "x" ; sh:in ex:notAList ; sh:minCount 1 ;
            sh:property [ sh:path [ sh:inversePath ex:p ; sh:zeroOrMorePath ex:p ] ; sh:datatype 1 ; sh:maxCount 1.5 ] ;
            sh:and ( ex:T [ sh:path ex:p ; sh:uniqueLang 1 ] ) ; sh:targetClass [] ; sh:message 5 .
        """,
        "shapes.ttl",
    )
    job = Job((_shacl_for_shacl(),), (shapes,), None)
    validation = validate(*job)
    assert len(validation.results) > 8
    assert keys(validation) == peer(job)


def test_our_own_shapes_are_right_but_for_those_that_match_nothing() -> None:
    project = read_project(ROOT)
    graphs = content(project)
    shapes = [graph for path, graph in graphs.items() if project.kinds[path] == "shapes"]
    assert check(shapes) == []
    data = [graph for path, graph in graphs.items() if project.kinds[path] != "shapes"]
    assert {finding.rule for finding in check_targets(shapes, data)} <= {"vacuous-shape", "unused-target"}


def test_one_shape_that_cannot_be_used_does_not_keep_the_others_from_being_used() -> None:
    shapes = [
        located(
            PREFIXES
            + """ex:S a sh:NodeShape ; sh:targetNode ex:a , ex:b ; sh:lessThan ex:p .
            ex:T a sh:NodeShape ; sh:targetNode ex:a ; sh:nodeKind sh:Literal .
            ex:U a sh:NodeShape ; sh:targetNode ex:a ; sh:sparql [ sh:select "SELECT $this { ?nothing" ] .
            """,
            "shapes.ttl",
        )
    ]
    validation = validate(shapes, [])
    assert {problem.shape.value[-1] for problem in validation.problems} == {"S", "U"}
    assert [result.source_shape.value[-1] for result in validation.results] == ["T"]


def test_rules_of_shapes_are_applied_before_the_data_are_judged() -> None:
    shapes = located(
        PREFIXES
        + """ex:S a sh:NodeShape ; sh:targetClass ex:C ;
            sh:rule [ a sh:TripleRule ; sh:subject sh:this ; sh:predicate ex:p ; sh:object 1 ] ;
            sh:property [ sh:path ex:p ; sh:maxCount 0 ] .
        """
    )
    job = Job((shapes,), (located(PREFIXES + "ex:a a ex:C . ex:b a ex:D ."),), None)
    assert len(validate(*job).results) == 1
    assert keys(validate(*job)) == peer(job)
    assert len(job.data[0].triples) == 2
