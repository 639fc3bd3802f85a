"""How rules that are queries are asked, placed and told."""

from pathlib import Path

import pytest
from tests.rules.conftest import FindingsOf

from kg.checks.hygiene import asks_graphs, hygiene_findings, rule_store
from kg.errors import InputError
from kg.finding import Finding
from kg.located import LocatedGraph
from kg.project import Project
from kg.rules import Rule, built_in, read_rule
from kg.turtle import parse_turtle

TEXTS = """
[title]
th = "ชื่อ"
en = "Title."
[message]
th = "{subject} กับ {object} ที่ {language} และ {own}"
en = "{subject} and {object} in {language} of {own}."
[remedy]
th = "แก้"
en = "Mend it."
[why]
th = "เพราะ"
en = "Because."
"""


def rule_of(folder: Path, query: str, on: str = '["ontology", "data"]') -> Rule:
    """A rule with a query."""
    path = folder / "family" / "a-rule.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"severity = 'info'\non = {on}\nquery = '''\n{query}\n'''\n{TEXTS}", encoding="utf-8")
    return read_rule(path)


def asked(
    folder: Path,
    query: str,
    files: dict[str, str],
    own: tuple[str, ...] = (),
    languages: tuple[str, ...] = (),
) -> list[Finding]:
    """The findings of a rule with the query about some Turtle files."""
    paths = []
    for name, text in files.items():
        paths.append(folder / name)
        paths[-1].write_text(f"@prefix ex: <https://example.org/> .\n{text}\n", encoding="utf-8")
    project = Project(folder, data=tuple(paths), own=own, languages=languages, graph="urn:graph:{stem}")
    graphs = [LocatedGraph.of(parse_turtle(path, "urn:b")) for path in paths]
    rule = rule_of(folder, query)
    store = rule_store(graphs, project, rule.on, named=asks_graphs([rule]))
    return hygiene_findings([rule], store, graphs, project, {"ex": "https://example.org/"})


def places(findings: list[Finding]) -> list[tuple[str, int, int]]:
    """Where findings are."""
    return [(finding.path.name, finding.line, finding.column) for finding in findings]


A = "ex:a ex:p ex:b ,\n  ex:c ."
B = "ex:a a ex:C .\nex:a ex:p ex:d .\nex:a ex:q 'd' ."


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("SELECT ?subject { BIND(<https://example.org/a> AS ?subject) }", ("b.ttl", 2, 1)),  # where it has a type
        (
            "SELECT ?subject ?predicate ?object { ?subject ?predicate ?object FILTER(STR(?object) = 'd') }",
            ("b.ttl", 4, 11),
        ),
        ("SELECT ?subject ?predicate { ?subject ?predicate 'd' }", ("b.ttl", 4, 11)),
        (
            "SELECT ?subject ?predicate ?object { VALUES (?subject ?predicate ?object) { "
            "(<https://example.org/a> <https://example.org/p> <https://example.org/c>) } }",
            ("a.ttl", 3, 3),
        ),
        (
            "SELECT ?subject ?predicate { VALUES (?subject ?predicate) { "
            "(<https://example.org/a> <https://example.org/none>) } }",
            ("b.ttl", 2, 1),
        ),
        ("SELECT ?subject { BIND(<urn:nobody> AS ?subject) }", ("a.ttl", 1, 1)),
        (
            "SELECT ?subject ?predicate ?graph { BIND(<https://example.org/p> AS ?predicate) "
            "GRAPH ?graph { ?subject ?predicate <https://example.org/d> } }",
            ("b.ttl", 3, 11),
        ),
    ],
)
def test_the_place_of_a_row(query: str, place: tuple[str, int, int], tmp_path: Path) -> None:
    assert places(asked(tmp_path, query, {"a.ttl": A, "b.ttl": B})) == [place]


def test_a_triple_of_two_files_is_one_row(tmp_path: Path) -> None:
    query = "SELECT ?subject (COUNT(*) AS ?object) { ?subject <https://example.org/p> ?value } GROUP BY ?subject"
    (finding,) = asked(tmp_path, query, {"a.ttl": A, "b.ttl": A})
    assert finding.message_en.startswith("ex:a and 2 in")


@pytest.mark.parametrize(
    ("query", "messages"),
    [
        (
            "SELECT ?subject ?language { ?subject ?p ?o FILTER(?language = ?language) } LIMIT 1",
            ["ex:a and {object} in th, en of {own}."],
        ),
        (
            "SELECT DISTINCT ?subject { ?subject ?p ?o FILTER(STRSTARTS(STR(?subject), ?own)) }",
            ["ex:a and {object} in {language} of https://example.org/."],
        ),
        (
            "SELECT DISTINCT (?o AS ?object) ?subject ?language { ?subject ?p ?o "
            "FILTER(STRSTARTS(STR(?o), ?own) && STR(?o) = CONCAT(?own, 'b') && ?language = 'th') }",
            ["ex:a and ex:b in th of https://example.org/."],
        ),
        (
            "SELECT DISTINCT ?subject { ?subject ?p ?o FILTER('?own' = '?own') }",
            ["ex:a and {object} in {language} of {own}."],
        ),
    ],
)
def test_what_is_bound_beforehand(query: str, messages: list[str], tmp_path: Path) -> None:
    own = ("https://example.org/", 'urn:"x"')
    assert [finding.message_en for finding in asked(tmp_path, query, {"a.ttl": A}, own, ("th", "en"))] == messages


@pytest.mark.parametrize(
    "query", ["SELECT ?subject {", "ASK { ?subject ?p ?o }", "SELECT ?own { ?s ?p ?o } GROUP BY ?own"]
)
def test_a_query_that_cannot_be_asked(query: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a-rule\.toml: the query "):
        asked(tmp_path, query, {"a.ttl": A}, own=("https://example.org/",))


def test_what_a_finding_is_about(tmp_path: Path) -> None:
    (finding,) = asked(
        tmp_path, "SELECT ?subject ?predicate ?object { ?subject ?predicate ?object }", {"a.ttl": "ex:a ex:p 'x'@th ."}
    )
    about = (finding.focus_node, finding.result_path, finding.value)
    assert about == ("<https://example.org/a>", "<https://example.org/p>", '"x"@th')


# --- Rules that need two files ---


def test_a_term_that_two_files_declare(findings_of: FindingsOf) -> None:
    text = "@prefix owl: <http://www.w3.org/2002/07/owl#> .\n<https://example.org/A> a owl:Class .\n"
    settings = {"ontology": ["ontology"], "select": ["declared-twice"]}
    (finding,) = findings_of({"ontology/a.ttl": text, "ontology/b.ttl": text}, settings)
    assert (finding.rule, finding.path.name, finding.line) == ("declared-twice", "b.ttl", 2)


@pytest.mark.parametrize(
    ("label", "definition", "found"),
    [
        ("canal", "A canal.", True),
        ("canal", "Canal", True),
        ("canal", "A canal is a canal!", True),
        ("canal", "A canal is a dug waterway.", False),
        ("canal", "Canals.", True),
        ("lock gate", "The lock-gate", True),
        ("lock gate", "A gate.", False),
        ("c++", "C++", True),
        ("(a", "A.", True),
    ],
)
def test_circular_definitions(label: str, definition: str, found: bool, findings_of: FindingsOf) -> None:
    text = (
        "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
        f'<https://example.org/A> rdfs:label "{label}"@en ; rdfs:comment "{definition}"@en .\n'
    )
    assert [finding.rule for finding in findings_of({"a.ttl": text})] == ["circular-definition"] * found


def test_circular_definitions_in_thai(findings_of: FindingsOf) -> None:
    text = (
        "@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n"
        '<urn:a> skos:prefLabel "คลอง"@th ; skos:definition "คลองคือคลอง"@th .\n'
        '<urn:b> skos:prefLabel "คลอง"@th ; skos:definition "ทางน้ำที่ขุดขึ้น"@th .\n'
    )
    assert [(finding.rule, finding.line) for finding in findings_of({"a.ttl": text})] == [("circular-definition", 2)]


@pytest.mark.parametrize("rule", [rule for rule in built_in().values() if rule.query], ids=lambda rule: rule.id)
def test_an_empty_repository_has_no_finding(rule: Rule, tmp_path: Path) -> None:
    project = Project(tmp_path, own=("https://example.org/",), languages=("th", "en"))
    assert hygiene_findings([rule], rule_store([], project), [], project) == []
