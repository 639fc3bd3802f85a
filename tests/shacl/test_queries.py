"""SPARQL in shapes: when one question answers for all focus nodes, and the results of pySHACL in every case."""

import subprocess
import sys

import pytest
from benchmarks.shacl import Job, keys, located, peer

from kg.shacl import Session, validate
from kg.shacl.queries import binds, is_asked_once, is_doubtful, is_plain, projected

PREFIXES = """
@prefix ex: <https://example.org/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
DATA = """
ex:a a ex:C ; ex:p 1 ; ex:q ex:b . ex:b a ex:C ; ex:p 2 , 3 . ex:c a ex:C ; ex:q ex:c , ex:a . [] a ex:C ; ex:p 1 .
ex:d ex:q ex:b ; ex:name "ก"@th . ex:C rdfs:subClassOf ex:Top .
"""

# Query (of a property shape of ex:p): is it plain, is it asked once?
QUERIES: dict[str, tuple[bool, bool]] = {
    "SELECT $this WHERE { $this ex:p ?v FILTER(?v > 1) }": (True, True),
    "SELECT $this ?value WHERE { $this $PATH ?value . FILTER(?value > 1) }": (True, True),
    "SELECT DISTINCT $this WHERE { $this $PATH ?v , ?w . FILTER(!sameTerm(?v, ?w)) }": (True, True),
    "SELECT $this WHERE { $this a ex:C . FILTER NOT EXISTS { $this ex:q ?o } }": (True, True),
    "SELECT $this WHERE { ?x ex:q $this . FILTER(?x != $this) }": (True, True),
    "SELECT $this WHERE { ?x ex:q ?y . FILTER(?x = $this) }": (False, False),
    "SELECT $this WHERE { $this a ex:C OPTIONAL { $this ex:q ?o } FILTER(!BOUND(?o)) }": (False, False),
    "SELECT $this WHERE { $this a ex:C OPTIONAL { ?o ex:q ?x } FILTER(?x = $this) }": (True, True),
    "SELECT $this WHERE { { $this ex:p ?v } UNION { $this ex:q ?v } }": (False, False),
    "SELECT $this WHERE { BIND($this AS ?that) ?that ex:q ?o }": (False, False),
    "SELECT $this WHERE { ?s ex:q ?o . FILTER(?o = ex:b) }": (True, False),
    "SELECT $this ?value WHERE { ?value ex:q ex:b }": (True, False),
    "SELECT $this WHERE { $this ex:q* ex:b }": (False, False),
    "SELECT $this WHERE { $this ex:q+ ex:b }": (True, True),
    "SELECT $this WHERE { $this ex:q/ex:p ?v }": (True, True),
    "SELECT $this (COUNT(?v) AS ?n) WHERE { $this ex:p ?v } GROUP BY $this HAVING (COUNT(?v) > 1)": (True, False),
    "SELECT $this WHERE { $this ex:p ?v } ORDER BY ?v LIMIT 1": (True, False),
    "SELECT ?v WHERE { $this ex:p ?v }": (False, False),
    "SELECT $this WHERE { $this ex:p ?v MINUS { $this ex:q ?o } }": (False, False),
    "SELECT $this WHERE { $this ex:p ?v . { SELECT $this WHERE { $this ex:q ?o } } }": (False, False),
    "SELECT $this ?path ?value WHERE { $this ?path ?value . FILTER(?path = ex:q) }": (True, True),
    "SELECT $this (?o AS ?value) WHERE { $this ex:q ?o }": (True, True),
    "SELECT $this WHERE { $this ex:p ?v , ?w . FILTER(STR(?v) < STR(?w)) # $this }\n }": (True, True),
    'SELECT $this WHERE { $this ex:p ?v . FILTER(STR(?v) = "{ $this }") }': (True, True),
    "SELECT $this WHERE { $this ex:p ?v . FILTER(?v = 1 || EXISTS { ?x ex:q $this . FILTER(?x != $this) }) }": (
        True,
        True,
    ),
}


def shapes(select: str, target: str, kind: str) -> str:
    """Return shapes with a query."""
    constraint = (
        f'sh:sparql [ sh:prefixes ex: ; sh:select """{select}""" ] ; sh:message "{{$this}} {{?value}} {{?n}}"@th'
    )
    body = f"sh:property [ sh:path ex:p ; {constraint} ]" if kind == "property" else constraint
    namespace = '"https://example.org/"^^xsd:anyURI'
    return f"""{PREFIXES}
    ex: a owl:Ontology ; sh:declare [ sh:prefix "ex" ; sh:namespace {namespace} ] .
    ex:S a sh:NodeShape ; {target} ; {body} .
    """


@pytest.mark.parametrize("select", QUERIES)
def test_what_a_query_allows(select: str) -> None:
    query = select.replace("$PATH", "ex:p")
    plain = is_plain(query) and not is_doubtful(query) and binds(query, ["this"])
    assert (plain, plain and is_asked_once(query)) == QUERIES[select]


RESPELT = '[] a ex:C ; ex:p "01"^^xsd:integer , 1 .'
"""What the store takes for one value."""


@pytest.mark.parametrize("more", ["", RESPELT], ids=["", "respelt"])
@pytest.mark.parametrize("kind", ["property", "node"])
@pytest.mark.parametrize(
    "target",
    ["sh:targetClass ex:Top", "sh:targetNode ex:a , ex:absent , 1", "sh:targetObjectsOf ex:p , ex:q"],
    ids=["class", "node", "objects"],
)
@pytest.mark.parametrize("select", QUERIES)
def test_the_results_of_pyshacl(select: str, target: str, kind: str, more: str) -> None:
    if kind == "node" and "$PATH" in select:
        select = select.replace("$PATH", "ex:p")
    job = Job((located(shapes(select, target, kind), "shapes.ttl"),), (located(PREFIXES + DATA + more),), None)
    ours, theirs = validate(*job), peer(job)
    if isinstance(theirs, str):
        assert ours.problems
    else:
        assert ours.problems == ()
        assert keys(ours) == theirs


def test_messages_keep_their_language_and_get_the_solution() -> None:
    select = "SELECT $this ?value ?n ?subject WHERE { $this ex:q ?value . ?subject ex:p ?n FILTER(?n = 2) }"
    job = Job((located(shapes(select, "sh:targetNode ex:d", "node")),), (located(PREFIXES + DATA),), None)
    (result,) = validate(*job).results
    assert result.messages == (("th", "https://example.org/d https://example.org/b 2"),)
    assert result.subject.value == "https://example.org/b"


def test_a_constraint_that_is_deactivated_is_not_asked() -> None:
    text = shapes("SELECT $this WHERE { $this ?p ?o }", "sh:targetClass ex:Top", "node")
    job = Job(
        (located(text.replace("sh:prefixes", "sh:deactivated true ; sh:prefixes")),), (located(PREFIXES + DATA),), None
    )
    assert validate(*job).results == ()
    assert peer(job) == frozenset()


def test_each_kind_of_question_is_screened() -> None:
    """Conforming focus nodes are cleared whether the question is asked once or for each of them."""
    for condition in ("$this ex:p ?v . FILTER(?v > 9)", "?s ex:q ex:absent ."):
        job = Job(
            (located(shapes(f"SELECT $this WHERE {{ {condition} }}", "sh:targetClass ex:Top", "node")),),
            (located(PREFIXES + DATA),),
            None,
        )
        session = Session()
        assert session.screen(job.shapes).suspects(session.index(job.data), None).by_shape == {}


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("SELECT $this ?a (COUNT(?b) AS ?n) WHERE {}", {"this", "a", "n"}),
        ("SELECT DISTINCT * { ?a ?b ?c }", {"*"}),
        ("PREFIX a: <urn:a> SELECT ?x{ ?x a:b ?y }", {"x"}),
        ("ASK { ?x ?y ?z }", set()),
    ],
)
def test_projection(query: str, names: set[str]) -> None:
    assert projected(query) == names


def test_a_path_that_pyshacl_writes_in_another_way_is_left_to_it() -> None:
    """It shortens ex:p/q to a name with a slash, which is a path of two steps."""
    text = f"""{PREFIXES}
    ex: a owl:Ontology ; sh:declare [ sh:prefix "ex" ; sh:namespace "https://example.org/"^^xsd:anyURI ] .
    ex:S a sh:NodeShape ; sh:targetClass ex:C ; sh:property [ sh:path <https://example.org/p/q> ; sh:sparql [
        sh:prefixes ex: ; sh:select "SELECT $this ?value {{ $this $PATH ?value }}" ] ] .
    """
    job = Job((located(text),), (located(PREFIXES + "ex:a a ex:C ; ex:p 1 ; <https://example.org/p/q> 2 ."),), None)
    session = Session()
    suspects = session.screen(job.shapes).suspects(session.index(job.data), None)
    assert [len(nodes or ()) for nodes in suspects.by_shape.values()] == [1]
    theirs = peer(job)
    assert isinstance(theirs, str) == bool(validate(*job).problems)
    assert isinstance(theirs, str) or keys(validate(*job)) == theirs


def test_a_graph_that_conforms_needs_no_pyshacl() -> None:
    program = (
        "import sys\n"
        "import kg.shacl, kg.shacl.screen\n"
        "print(sorted({'rdflib', 'pyshacl'} & set(sys.modules)))\n"
        "from pathlib import Path; from kg.located import LocatedGraph; from kg.turtle import parse_turtle\n"
        "def located(text): return LocatedGraph.of(parse_turtle(Path('x.ttl'), 'urn:x', text.encode()))\n"
        "prefix = '@prefix sh: <http://www.w3.org/ns/shacl#> . '\n"
        "shapes = located(prefix + '<urn:S> sh:targetNode <urn:a> ; sh:nodeKind sh:IRI .')\n"
        "print(kg.shacl.validate([shapes], [located('<urn:a> <urn:p> 1 .')]).results)\n"
        "print('pyshacl' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:3] == ["[]", "()", "False"]
