"""The place of each kind of result, and what a finding says when the shape says nothing."""

import pytest
from benchmarks.shacl import located

from kg.finding import Finding
from kg.shacl import Session, validate
from kg.shacl.report import findings

PREFIXES = """@prefix ex: <https://example.org/> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
NAMES = {"ex": "https://example.org/", "sh": "http://www.w3.org/ns/shacl#", "xsd": "http://www.w3.org/2001/XMLSchema#"}

DATA = f"""{PREFIXES}
ex:a a ex:C ;
    ex:p 1 , "x" ,
        3 ;
    ex:q ex:b ;
    ex:l "ก"@th ,
        "ข"@th .

ex:b a ex:C ; ex:q [
        ex:r ex:a ,
            7
    ] .
ex:far ex:mentions
    ex:nowhere .
"""
TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"

# Shape of ex:a (its body), where the finding is, its rule, its English and its Thai sentence.
CASES: dict[str, tuple[int, int, str, str, str]] = {
    "sh:property [ sh:path ex:p ; sh:datatype xsd:integer ]": (
        *(6, 14, "S"),
        '"x" must be a well-formed literal of the datatype xsd:integer.',
        '"x" ต้องเป็นลิเทอรัลชนิด xsd:integer ที่เขียนถูกรูปแบบ',
    ),
    "sh:property [ sh:path ex:p ; sh:maxCount 2 ]": (
        *(7, 9, "S"),
        "At most 2 values of ex:p are allowed; there are 3.",
        "มีค่าของ ex:p ได้ไม่เกิน 2 ค่า แต่มี 3",
    ),
    "sh:property [ sh:path ex:name ; sh:minCount 1 ]": (
        *(5, 1, "S"),
        "At least 1 value of ex:name is needed; there are 0.",
        "ต้องมีอย่างน้อย 1 ค่าของ ex:name แต่มี 0",
    ),
    "sh:property [ sh:path ex:l ; sh:uniqueLang true ]": (
        *(10, 9, "S"),
        "ex:l must have at most one value in each language.",
        "ex:l ต้องมีไม่เกินหนึ่งค่าในแต่ละภาษา",
    ),
    f"sh:closed true ; sh:property [ sh:path ex:p ] , [ sh:path ex:q ] ; sh:ignoredProperties ( {TYPE} ex:x )": (
        *(9, 5, "S"),
        "The shape is closed: ex:l is not allowed here.",
        "เชปนี้ปิด จึงมี ex:l ไม่ได้",
    ),
    "sh:property [ sh:path [ sh:inversePath ex:r ] ; sh:nodeKind sh:IRI ]": (
        *(13, 14, "S"),
        "[] must be of the node kind sh:IRI.",
        "[] ต้องเป็นโหนดชนิด sh:IRI",
    ),
    "sh:property [ sh:path ( ex:q ex:q ex:r ) ; sh:in ( ex:a 8 ) ]": (
        *(8, 10, "S"),
        "7 must be one of (ex:a 8).",
        "7 ต้องเป็นค่าหนึ่งใน (ex:a 8)",
    ),
    "sh:property [ sh:path [ sh:alternativePath ( ex:none ex:q ) ] ; sh:class ex:D ]": (
        *(8, 10, "S"),
        "ex:b must be a ex:D.",
        "ex:b ต้องเป็น ex:D",
    ),
    "sh:property [ sh:path [ sh:oneOrMorePath ex:q ] ; sh:nodeKind sh:IRI ]": (
        *(8, 10, "S"),
        "[] must be of the node kind sh:IRI.",
        "[] ต้องเป็นโหนดชนิด sh:IRI",
    ),
    "sh:property [ sh:path ex:q ; sh:node [ sh:class ex:D ] ]": (
        *(8, 10, "S"),
        "ex:b must conform to the shape [].",
        "ex:b ต้องเป็นไปตามเชป []",
    ),
    "sh:property [ sh:path ex:q ; sh:hasValue ex:c ]": (
        *(5, 1, "S"),
        "ex:q must have the value ex:c.",
        "ex:q ต้องมีค่า ex:c",
    ),
    "sh:property [ sh:path ex:q ; sh:equals ex:none ]": (
        *(8, 10, "S"),
        "The values of ex:q must be those of ex:none; ex:b is on one side only.",
        "ค่าของ ex:q ต้องเหมือนกับค่าของ ex:none แต่ ex:b มีอยู่ฝ่ายเดียว",
    ),
    "sh:property [ sh:path ex:none ; sh:equals ex:q ]": (
        *(8, 10, "S"),
        "The values of ex:none must be those of ex:q; ex:b is on one side only.",
        "ค่าของ ex:none ต้องเหมือนกับค่าของ ex:q แต่ ex:b มีอยู่ฝ่ายเดียว",
    ),
    'sh:pattern "z$"': (
        *(5, 1, "S"),
        'ex:a must match the pattern "z$".',
        'ex:a ต้องตรงกับรูปแบบ "z$"',
    ),
    'sh:sparql [ sh:select "SELECT $this ?value { $this a ?c . ?value <https://example.org/r> 7 }" ]': (
        *(12, 20, "S"),
        "The SPARQL constraint of the shape does not hold.",
        "ข้อมูลนี้ไม่ผ่านเงื่อนไข SPARQL ของเชป",
    ),
    'sh:sparql [ sh:select "SELECT $this ?subject { $this a ?c . ?subject <https://example.org/mentions> ?o }" ]': (
        *(16, 1, "S"),
        "The SPARQL constraint of the shape does not hold.",
        "ข้อมูลนี้ไม่ผ่านเงื่อนไข SPARQL ของเชป",
    ),
}


def found(shapes: str, data: str = DATA) -> list[Finding]:
    """Return the findings of one file of shapes and one of data."""
    graphs, files, session = [located(shapes, "shapes.ttl")], [located(data)], Session()
    validation = validate(graphs, files, None, session)
    return findings(validation, graphs, files, None, NAMES, session)


@pytest.mark.parametrize("body", CASES)
def test_place_and_sentence(body: str) -> None:
    finding = found(f"{PREFIXES}ex:S a sh:NodeShape ; sh:targetNode ex:a ; {body} .")[0]
    line, column, rule, english, thai = CASES[body]
    assert (finding.line, finding.column, finding.rule) == (line, column, rule)
    assert finding.message_en.partition(": ")[2] == english
    assert finding.message_th.partition(": ")[2] == thai


@pytest.mark.parametrize(
    ("target", "place"),
    [
        ("ex:b", ("data.ttl", 12, 1)),
        ("ex:nowhere", ("data.ttl", 17, 5)),
        ("ex:absent", ("shapes.ttl", 5, 19)),
    ],
)
def test_place_of_a_focus_node(target: str, place: tuple[str, int, int]) -> None:
    (finding,) = found(f"{PREFIXES}ex:S a sh:NodeShape ;\n    sh:targetNode {target} ; sh:class ex:D .")
    assert (finding.path.name, finding.line, finding.column) == place


def test_a_shape_without_a_name_has_the_component_as_rule() -> None:
    (finding,) = found(f"{PREFIXES}[ sh:targetNode ex:b ; sh:nodeKind sh:Literal ] .")
    assert finding.rule == "NodeKindConstraintComponent"
    assert finding.message_en == "b: ex:b must be of the node kind sh:Literal."


def test_the_file_in_focus_is_looked_at_first_and_has_the_value_too_many() -> None:
    shapes = [
        located(f"{PREFIXES}ex:S sh:targetClass ex:C ; sh:property [ sh:path ex:p ; sh:maxCount 1 ] .", "shapes.ttl")
    ]
    first, second = located(f"{PREFIXES}ex:a a ex:C ; ex:p 1 .", "a.ttl"), located(f"{PREFIXES}ex:a ex:p 2 .", "b.ttl")
    for focus, other in ((first, second), (second, first)):
        data = [first, second]
        (finding,) = findings(validate(shapes, data, [focus]), shapes, data, [focus])
        assert finding.path == focus.path, other


def test_what_a_finding_is_about() -> None:
    (finding,) = found(f"{PREFIXES}ex:S sh:targetNode ex:a ; sh:property [ sh:path ex:q ; sh:class ex:D ] .")
    assert finding.focus_node == "<https://example.org/a>"
    assert finding.result_path == "<https://example.org/q>"
    assert finding.value == "<https://example.org/b>"
    assert finding.component == "<http://www.w3.org/ns/shacl#ClassConstraintComponent>"
    assert finding.source_shape == "[]"
    assert finding.severity == "violation"


def test_no_label_of_a_blank_node_is_told() -> None:
    shapes = f"{PREFIXES}ex:S sh:targetObjectsOf ex:q ; sh:property [ sh:path ex:r ; sh:nodeKind sh:BlankNode ] ."
    told = [str(finding) for finding in found(shapes)]
    labels = {term.value for term in located(DATA).subjects if term.value and "example" not in term.value}
    assert len(told) == 2
    assert not [label for label in labels for text in told if label in text]
