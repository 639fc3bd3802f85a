"""Contradictions between data and ontology: what is found, where, and that HermiT agrees.

Each row of the table is a small ontology with data, and the rules that it breaks with their lines, or none. The last
columns say what HermiT makes of it (consistent, inconsistent, or the names of classes that can have no member), and
where the two differ, why.
"""

import io
from pathlib import Path
from typing import NamedTuple

import owlready2
import pytest
from pyoxigraph import RdfFormat, parse, serialize

from kg.checks.consistency import consistency_findings
from kg.finding import Finding
from kg.located import LocatedGraph
from kg.turtle import parse_turtle

ROOT = Path(__file__).resolve().parents[2]
CASES = ROOT / "tests" / "ontology"

EXAMPLE = "https://example.org/"
PROLOGUE = f"""@prefix : <{EXAMPLE}> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""

CONSISTENT: frozenset[str] = frozenset()
INCONSISTENT = None


class Case(NamedTuple):
    """A small ontology with data; `found` are `rule:line`, the lines from 1 behind the prologue."""

    name: str
    text: str
    found: tuple[str, ...]
    hermit: frozenset[str] | None
    differs: str = ""


CLASSES = ":A a owl:Class .\n:B a owl:Class .\n:C a owl:Class .\n"
DISJOINT = f"{CLASSES}:A owl:disjointWith :B .\n"  # four lines
OBJECT = ":p a owl:ObjectProperty .\n:q a owl:ObjectProperty .\n"
EMPTY_C = frozenset({"C"})

TABLE = [
    Case("members of one class", f"{DISJOINT}:x a :A .\n:y a :B .", (), CONSISTENT),
    Case("two disjoint types", f"{DISJOINT}:x a :A ,\n  :B .", ("disjoint-classes:6",), INCONSISTENT),
    Case("below a disjoint class", f"{DISJOINT}:C rdfs:subClassOf :B .\n:x a :A , :C .", ("disjoint-classes:6",), None),
    Case(
        "all disjoint",
        f"{CLASSES}[] a owl:AllDisjointClasses ; owl:members ( :A :B :C ) .\n:x a :C , :B .",
        ("disjoint-classes:5",),
        INCONSISTENT,
    ),
    Case(
        "disjoint union",
        f"{CLASSES}:C owl:disjointUnionOf ( :A :B ) .\n:x a :A , :B .",
        ("disjoint-classes:5",),
        INCONSISTENT,
    ),
    Case("by domain", f"{DISJOINT}{OBJECT}:p rdfs:domain :A .\n:x a :B .\n:x :p :y .", ("disjoint-classes:9",), None),
    Case("by range", f"{DISJOINT}{OBJECT}:p rdfs:range :A .\n:x a :B .\n:y :p :x .", ("disjoint-classes:9",), None),
    Case(
        "by sub-property",
        f"{DISJOINT}{OBJECT}:p rdfs:range :A .\n:q rdfs:subPropertyOf :p .\n:x a :B .\n:y :q :x .",
        ("disjoint-classes:10",),
        INCONSISTENT,
    ),
    Case(
        "by inverse",
        f"{DISJOINT}{OBJECT}:p rdfs:range :A .\n:q owl:inverseOf :p .\n:x a :B .\n:x :q :y .",
        ("disjoint-classes:10",),
        INCONSISTENT,
    ),
    Case(
        "by equivalent class",
        f"{DISJOINT}:C owl:equivalentClass :A .\n:x a :B , :C .",
        ("disjoint-classes:6",),
        INCONSISTENT,
    ),
    Case("by equality", f"{DISJOINT}:x a :A .\n:y a :B .\n:x owl:sameAs :y .", ("disjoint-classes:7",), INCONSISTENT),
    Case(
        "by symmetry",
        f"{DISJOINT}{OBJECT}:p a owl:SymmetricProperty ; rdfs:range :A .\n:x a :B .\n:x :p :y .",
        ("disjoint-classes:9",),
        INCONSISTENT,
    ),
    Case(
        "by transitivity",
        f"{DISJOINT}{OBJECT}:p a owl:TransitiveProperty .\n"
        ":C rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :p ; owl:allValuesFrom :A ] .\n"
        ":x a :C .\n:x :p :y .\n:y :p :z .\n:z a :B .",
        ("disjoint-classes:11",),
        INCONSISTENT,
    ),
    Case(
        "by a chain",
        f"{DISJOINT}{OBJECT}:r a owl:ObjectProperty ; owl:propertyChainAxiom ( :p :q ) ; rdfs:range :A .\n"
        ":z a :B .\n:x :p :y .\n:y :q :z .",
        ("disjoint-classes:10",),
        INCONSISTENT,
    ),
    Case(
        "by all values",
        f"{DISJOINT}{OBJECT}:C rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :p ; owl:allValuesFrom :A ] .\n"
        ":x a :C .\n:y a :B .\n:x :p :y .",
        ("disjoint-classes:10",),
        INCONSISTENT,
    ),
    Case(
        "by some values",
        f"{DISJOINT}{OBJECT}[ a owl:Restriction ; owl:onProperty :p ; owl:someValuesFrom :C ] rdfs:subClassOf :A .\n"
        ":x a :B .\n:y a :C .\n:x :p :y .",
        ("disjoint-classes:10",),
        INCONSISTENT,
    ),
    Case(
        "by a value",
        f"{DISJOINT}{OBJECT}:A owl:equivalentClass [ a owl:Restriction ; owl:onProperty :p ; owl:hasValue :y ] .\n"
        ":x a :B .\n:x :p :y .",
        ("disjoint-classes:9",),
        INCONSISTENT,
    ),
    Case(
        "by an intersection",
        f"{DISJOINT}:D a owl:Class .\n:A owl:equivalentClass [ a owl:Class ; owl:intersectionOf ( :C :D ) ] .\n"
        ":x a :C , :D .\n:x a :B .",
        ("disjoint-classes:7",),
        INCONSISTENT,
    ),
    Case(
        "by a union",
        f"{DISJOINT}:A owl:unionOf ( :C :D ) .\n:D a owl:Class .\n:x a :D .\n:x a :B .",
        ("disjoint-classes:7",),
        INCONSISTENT,
    ),
    Case("complement", f"{CLASSES}:B owl:complementOf :A .\n:x a :A .\n:x a :B .", ("complement-class:6",), None),
    Case(
        "member of nothing",
        f"{CLASSES}:A rdfs:subClassOf owl:Nothing .\n:x a :A .",
        ("empty-class:5", "unsatisfiable-class:4"),
        INCONSISTENT,
    ),
    Case(
        "disjoint properties",
        f"{OBJECT}:p owl:propertyDisjointWith :q .\n:x :p :y .\n:x :q :y .",
        ("disjoint-properties:5",),
        INCONSISTENT,
    ),
    Case(
        "disjoint properties apart", f"{OBJECT}:p owl:propertyDisjointWith :q .\n:x :p :y .\n:y :q :x .", (), CONSISTENT
    ),
    Case(
        "all disjoint properties",
        f"{OBJECT}[] a owl:AllDisjointProperties ; owl:members ( :p :q ) .\n:x :p :y .\n:x :q :y .",
        ("disjoint-properties:5",),
        INCONSISTENT,
    ),
    Case(
        "two literals",
        ":p a owl:DatatypeProperty , owl:FunctionalProperty .\n:x :p 1 ,\n  2 .",
        ("functional-property:3",),
        INCONSISTENT,
    ),
    Case(
        "one value in two forms",
        ":p a owl:DatatypeProperty , owl:FunctionalProperty .\n:x :p 1 , 1.0 .",
        (),
        CONSISTENT,
    ),
    Case(
        "two languages",
        ':p a owl:DatatypeProperty , owl:FunctionalProperty .\n:x :p "a"@en ,\n  "a"@th .',
        ("functional-property:3",),
        INCONSISTENT,
    ),
    Case(
        "two individuals",
        f"{OBJECT}:p a owl:FunctionalProperty .\n:x :p :y ,\n  :z .",
        ("inferred-same:5",),
        CONSISTENT,
        "OWL takes two names for one thing",
    ),
    Case(
        "two different individuals",
        f"{OBJECT}:p a owl:FunctionalProperty .\n:x :p :y , :z .\n:y owl:differentFrom :z .",
        ("same-and-different:4",),
        INCONSISTENT,
    ),
    Case(
        "inverse functional",
        f"{OBJECT}:p a owl:InverseFunctionalProperty .\n:x :p :z .\n:y :p :z .\n:x owl:differentFrom :y .",
        ("same-and-different:5",),
        INCONSISTENT,
    ),
    Case(
        "all different",
        f"{OBJECT}[] a owl:AllDifferent ; owl:distinctMembers ( :x :y ) .\n:x owl:sameAs :y .",
        ("same-and-different:4",),
        INCONSISTENT,
    ),
    Case(
        "one at most",
        f"{OBJECT}:A a owl:Class ; rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :p ; "
        'owl:maxCardinality "1"^^xsd:nonNegativeInteger ] .\n:x a :A ; :p :y , :z .\n:y owl:differentFrom :z .',
        ("same-and-different:4",),
        INCONSISTENT,
    ),
    Case(
        "none at most",
        f"{OBJECT}:A a owl:Class ; rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :p ; "
        'owl:maxCardinality "0"^^xsd:nonNegativeInteger ] .\n:x a :A .\n:x :p :y .',
        ("cardinality:5",),
        INCONSISTENT,
    ),
    Case(
        "none of a class at most",
        f"{OBJECT}{CLASSES}:A rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :p ; owl:onClass :B ; "
        'owl:maxQualifiedCardinality "0"^^xsd:nonNegativeInteger ] .\n:x a :A .\n:x :p :y .\n:y a :B .',
        ("cardinality:8",),
        INCONSISTENT,
    ),
    Case(
        "irreflexive", f"{OBJECT}:p a owl:IrreflexiveProperty .\n:x :p :x .", ("irreflexive-property:4",), INCONSISTENT
    ),
    Case(
        "asymmetric",
        f"{OBJECT}:p a owl:AsymmetricProperty .\n:x :p :y .\n:y :p :x .",
        ("asymmetric-property:5",),
        INCONSISTENT,
    ),
    Case(
        "denied",
        f"{OBJECT}[] a owl:NegativePropertyAssertion ; owl:sourceIndividual :x ; owl:assertionProperty :p ; "
        "owl:targetIndividual :y .\n:x :p :y .",
        ("negative-assertion:4",),
        INCONSISTENT,
    ),
    Case(
        "out of range",
        ':p a owl:DatatypeProperty ; rdfs:range xsd:integer .\n:x :p "one" .',
        ("datatype-range:2",),
        INCONSISTENT,
    ),
    Case(
        "in the range of a wider type",
        ":p a owl:DatatypeProperty ; rdfs:range xsd:decimal .\n:x :p 1 .",
        (),
        CONSISTENT,
    ),
    Case(
        "out of the range of integers",
        ":p a owl:DatatypeProperty ; rdfs:range xsd:positiveInteger .\n:x :p 0 .",
        ("datatype-range:2",),
        INCONSISTENT,
    ),
    Case(
        "a decimal that is whole", ":p a owl:DatatypeProperty ; rdfs:range xsd:integer .\n:x :p 1.0 .", (), CONSISTENT
    ),
    Case(
        "a literal for an individual",
        f'{OBJECT}:x :p "y" .',
        ("value-kind:3",),
        CONSISTENT,
        "the syntax of OWL 2 DL has no such axiom; HermiT is not asked",
    ),
    Case(
        "an individual for a literal",
        ":p a owl:DatatypeProperty .\n:x :p :y .",
        ("value-kind:2",),
        CONSISTENT,
        "the syntax of OWL 2 DL has no such axiom; HermiT is not asked",
    ),
    Case("below two disjoint classes", f"{DISJOINT}:C rdfs:subClassOf :A , :B .", ("unsatisfiable-class:5",), EMPTY_C),
    Case(
        "an empty class below another",
        f"{DISJOINT}:C rdfs:subClassOf :A , :B .\n:D a owl:Class ; rdfs:subClassOf :C .",
        ("unsatisfiable-class:5",),
        frozenset({"C", "D"}),
        "only the upper of two is told",
    ),
    Case(
        "two equal empty classes",
        f"{DISJOINT}:C rdfs:subClassOf :A , :B .\n:D a owl:Class ; owl:equivalentClass :C .",
        ("unsatisfiable-class:5", "unsatisfiable-class:6"),
        frozenset({"C", "D"}),
    ),
    Case(
        "some value out of the range",
        f"{DISJOINT}{OBJECT}:p rdfs:range :A .\n"
        ":C rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :p ; owl:someValuesFrom :B ] .",
        ("unsatisfiable-class:8",),
        EMPTY_C,
    ),
    Case(
        "some value in the range",
        f"{DISJOINT}{OBJECT}:p rdfs:range :A .\n"
        ":C rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :p ; owl:someValuesFrom :A ] .",
        (),
        CONSISTENT,
    ),
    Case(
        "a value that some other class needs",
        f"{DISJOINT}{OBJECT}:C rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :p ; owl:hasValue :y ] .\n"
        ":p rdfs:range :A .\n:y a :B .",
        (),
        EMPTY_C,
        "prototypes say nothing about individuals that have a name",
    ),
    Case(
        "by cases",
        f"{DISJOINT}:D a owl:Class ; rdfs:subClassOf [ a owl:Class ; owl:unionOf ( :A :B ) ] .\n"
        ":D owl:disjointWith :A , :B .\n:x a :D .",
        (),
        INCONSISTENT,
        "rules do not reason by cases",
    ),
    Case(
        "every use against the domain",
        f"{DISJOINT}{OBJECT}:p rdfs:domain :A .\n" + "".join(f":{name} a :B ; :p :x .\n" for name in "abcd"),
        ("disjoint-classes:7",),
        INCONSISTENT,
    ),
    Case(
        "two uses against the domain, and all",
        f"{DISJOINT}{OBJECT}:p rdfs:domain :A .\n" + "".join(f":{name} a :B ; :p :x .\n" for name in "ab"),
        ("disjoint-classes:8", "disjoint-classes:9"),
        INCONSISTENT,
    ),
    Case(
        "some uses against the domain",
        f"{DISJOINT}{OBJECT}:p rdfs:domain :A .\n:c a :A ; :p :x , :y .\n" + ":a a :B ; :p :x .\n:b a :B ; :p :x .\n",
        ("disjoint-classes:10", "disjoint-classes:9"),
        INCONSISTENT,
    ),
    Case(
        "an endless chain",
        f"{CLASSES}{OBJECT}:C rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :p ; owl:someValuesFrom :C ] .\n"
        ":x a :C .",
        (),
        CONSISTENT,
    ),
]


def located(folder: Path, text: str) -> list[LocatedGraph]:
    """The located graph of a text."""
    path = folder / "case.ttl"
    path.write_text(PROLOGUE + text, encoding="utf-8")
    return [LocatedGraph.of(parse_turtle(path, "https://example.org/"))]


def shown(findings: list[Finding]) -> tuple[str, ...]:
    """Findings as in the table."""
    return tuple(sorted(f"{finding.rule}:{finding.line - PROLOGUE.count(chr(10))}" for finding in findings))


def case_name(case: Case) -> str:
    """A test id."""
    return case.name.replace(" ", "-")


@pytest.mark.parametrize("case", TABLE, ids=case_name)
def test_findings(case: Case, tmp_path: Path) -> None:
    findings = consistency_findings(located(tmp_path, case.text))
    assert shown(findings) == case.found
    for finding in findings:
        assert "{" not in finding.message_en + finding.message_th, finding


def empty_classes(text: str) -> frozenset[str] | None:
    """The IRIs, without what is common, of the classes that HermiT proves to be empty; None where there is no model."""
    world = owlready2.World()
    triples = serialize(parse(text, format=RdfFormat.TURTLE), format=RdfFormat.N_TRIPLES)
    world.get_ontology(f"{EXAMPLE}#").load(fileobj=io.BytesIO(triples or b""))
    try:
        owlready2.sync_reasoner_hermit(world, debug=0)
    except owlready2.OwlReadyInconsistentOntologyError:
        return None
    return frozenset(found.iri.removeprefix(EXAMPLE) for found in world.inconsistent_classes() if EXAMPLE in found.iri)


@pytest.mark.parametrize("case", TABLE, ids=case_name)
def test_the_table_says_where_hermit_differs(case: Case) -> None:
    classes = [found for found in case.found if found.startswith("unsatisfiable")]
    contradictions = len(case.found) > len(classes)
    same = contradictions is (case.hermit is None) and (case.hermit is None or len(classes) == len(case.hermit))
    assert same is not bool(case.differs)


ASKED = [case for case in TABLE if "HermiT is not asked" not in case.differs]


@pytest.mark.reasoner
@pytest.mark.parametrize("case", [case for case in ASKED if case.hermit is None], ids=case_name)
def test_hermit_finds_no_model_either(java: str, case: Case) -> None:
    assert empty_classes(PROLOGUE + case.text) is None


@pytest.mark.reasoner
def test_hermit_finds_the_same_empty_classes(java: str) -> None:
    """All cases that have a model in one ontology, each with names of its own."""
    texts, expected = [], set()
    for number, case in enumerate(case for case in ASKED if case.hermit is not None):
        texts.append(PROLOGUE.replace(EXAMPLE, f"{EXAMPLE}{number}/") + case.text)
        expected |= {f"{number}/{name}" for name in case.hermit or ()}
    assert empty_classes("\n".join(texts)) == frozenset(expected)


# --- The ontology of the repository ---


@pytest.fixture(scope="module")
def repository() -> list[LocatedGraph]:
    """The ontology and the data of the repository."""
    paths = [*sorted((ROOT / "ontology").glob("*.ttl")), *sorted((ROOT / "data").rglob("*.ttl"))]
    return [
        LocatedGraph.of(parse_turtle(path, f"https://w3id.org/thai-smart-city/graph/{path.stem}")) for path in paths
    ]


def test_ontology_and_data_agree(repository: list[LocatedGraph]) -> None:
    assert consistency_findings(repository) == []


@pytest.mark.parametrize(
    "path",
    [*sorted((CASES / "inconsistent").glob("*.ttl")), *sorted((CASES / "unsatisfiable").glob("*.ttl"))],
    ids=lambda path: path.stem,
)
def test_what_reasoners_find_is_found(path: Path, repository: list[LocatedGraph]) -> None:
    case = LocatedGraph.of(parse_turtle(path, "https://example.org/"))
    findings = consistency_findings([*repository, case])
    expected = "unsatisfiable-class" if path.parent.name == "unsatisfiable" else ("disjoint-classes", "inferred-same")
    assert {finding.path for finding in findings} == {path}
    assert all(finding.rule in expected for finding in findings)


def test_a_rule_that_is_not_asked_for_finds_nothing(tmp_path: Path) -> None:
    graphs = located(tmp_path, f"{DISJOINT}:x a :A , :B .\n:C rdfs:subClassOf :A , :B .")
    assert consistency_findings(graphs, {}) == []


def test_the_finding_names_the_statements_and_the_axiom(tmp_path: Path) -> None:
    (finding,) = consistency_findings(
        located(tmp_path, f"{DISJOINT}{OBJECT}:p rdfs:domain :A .\n:x a :B .\n:x :p :y ."),
        prefixes={"": "https://example.org/"},
    )
    case = tmp_path / "case.ttl"
    assert finding.message_en == f":x is a :B ({case}:12) and a :A ({case}:13), which are disjoint ({case}:8)."
    assert finding.focus_node == "<https://example.org/x>"
