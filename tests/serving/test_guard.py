"""What never reaches the engine: SERVICE in any spelling, and more than the engine bears."""

import re
import subprocess
import sys
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, QueryBoolean, QuerySolutions, Store

from kg.guard import MAXIMUM_COUNTS, MAXIMUM_DEPTH, MAXIMUM_LENGTH, refusal
from kg.tokens import tokenise, words_in_any_reading

SERVICE = [
    "SELECT * { SERVICE <http://a/> { ?s ?p ?o } }",
    "SELECT * { service silent <http://a/> { } }",
    "SELECT * { SERVICESILENT<http://a/>{} }",
    "PREFIX e: <http://a/> SELECT * { SERVICEe:a{} }",
    "SELECT * { ?s ?p 1SERVICE<http://a/>{} }",
    "SELECT * { ?s ?p trueSERVICE<http://a/>{} }",
    "PREFIX e: <http://a/> SELECT * { ?s ?p trueSERVICEe:a{} }",
    "SELECT * { SERVICE ?x {} }",
    "SELECT * { #\nSERVICE#\n<http://a/> {} }",
    "SELECT * { { SELECT * { SERVICE <http://a/> {} } } }",
    "ASK { FILTER EXISTS { SERVICE <http://a/> {} } }",
    "ASK { FILTER(1 < 'x>' && EXISTS { SERVICE <http://a/> {} } && ''='') }",
    "ASK { FILTER(1<'x>' && EXISTS { SERVICE <http://a/> {} } && ''='') }",
    "ASK { FILTER(?a<#>'''\n?b && EXISTS { SERVICE <http://a/> {} } #'''\n) }",
    "ASK { VALUES ?x { '''a'} SERVICE <http://a/> {} #\\q'''\n}",
    "ASK { FILTER(?a<?b)SERVICE?x#>\n{} }",
    "PREFIX e: <http://a/> SELECT * { ?s e:it\\'s ?o . SERVICE <http://a/> {} ?s e:it\\'s ?o }",
]
NO_SERVICE = [
    "ASK { VALUES ?x { '''a'} SERVICE <http://a/> {} VALUES ?y { 'b''' } }",
    "SELECT * { ?service ?p 'SERVICE' } # SERVICE",
    'SELECT * { ?s ?p """a "SERVICE" b""" , \'\'\'SERVICE\'\'\' }',
    "SELECT * { <http://service/SERVICE> ?p ?o }",
    "PREFIX e: <http://a/> SELECT * { e:service e:a.service $SERVICE ; e:b _:service }",
    "SELECT * { ?s <http://www.w3.org/2000/01/rdf-schema#label> ?l .\n FILTER(CONTAINS(?l, 'e-service')) }",
    "SELECT * { ?s ?p 'บริการ service'@th }",
]


@pytest.mark.parametrize("query", SERVICE)
def test_service_is_refused(query: str) -> None:
    reason = refusal(query)
    assert reason is not None
    assert "SERVICE" in reason.sentence
    assert "service" in query[reason.position :].lower()


@pytest.mark.parametrize("query", NO_SERVICE)
def test_the_word_elsewhere_is_no_service(query: str) -> None:
    assert refusal(query) is None


@pytest.mark.parametrize("query", NO_SERVICE)
def test_the_engine_sees_no_service_either(query: str) -> None:
    result = Store().query(query)
    assert isinstance(result, QuerySolutions | QueryBoolean)


# Pieces whose meaning depends on what stands before them. The engine refuses port 9 without opening a connection.
PIECES = (
    "'", "\"", "'''",
    "<", ">", "#", "\n", " ", "\\q", "\\u0041", "{", "}", "(", ")",
    "?o", "FILTER(?o<", "<?o)", "<'x>", "<#>", "&&",
    "e:it\\'s", "VALUES ?x {", "true", "1", ".", ",", "=", "@en", "^^", "//",
    "http:", "<urn:'>", "\u00a0", "ก",
    "?s ?p ", "'a'",
    "SERVICE<http://127.0.0.1:9/>{}", "SERVICE e:a{}", "EXISTS{SERVICE?o#>\n{}}", "VALUES ?o{<http://127.0.0.1:9/>}",
)  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=12), st.sampled_from(["{}", "?s ?p ?o FILTER({})"]))
def test_no_spelling_reaches_the_engine_as_service(pieces: list[str], place: str) -> None:
    query = f"PREFIX e: <http://127.0.0.1:9/> ASK {{{place.replace('{}', ''.join(pieces))}}}"
    store = Store()
    store.add(Quad(NamedNode("http://a/a"), NamedNode("http://a/b"), Literal("x")))
    if refusal(query) is None:
        try:
            store.query(query)  # an OSError is that of SERVICE
        except SyntaxError:
            pass
        except RuntimeError as error:
            assert "custom function" in str(error)  # noqa: PT017


BLANK = st.sampled_from([" ", "\n", "\t", "#'\n", "", "#<\n"])
BEFORE = st.sampled_from(
    ["?s ?p ?o .", "?s ?p 'x' .", "?s ?p <a> .", "?s ?p true", "?s ?p 1", "FILTER(1<2)", "{}", "?s ?p 'a'@en ."]
)


@given(
    before=st.lists(BEFORE, max_size=4),
    blanks=st.lists(BLANK, min_size=6, max_size=6),
    word=st.sampled_from(["SERVICE", "sErViCe"]),
)
def test_service_is_found_whatever_stands_before_it(before: list[str], blanks: list[str], word: str) -> None:
    query = (
        f"ASK {{{blanks[0]}{blanks[1].join(before)}{blanks[2]} {word}{blanks[3]}<http://a/>{blanks[4]}{{}}{blanks[5]}}}"
    )
    assert refusal(query) is not None


@given(st.text(alphabet=st.sampled_from("<>'\"#\\?:{}().a1 \nSERVICEก"), max_size=200))
def test_tokens_cover_the_text(query: str) -> None:
    """Between the tokens there is nothing but white space and comments."""
    end = 0
    for token in tokenise(query):
        assert re.fullmatch(r"(?:\s|#[^\r\n]*(?:[\r\n]|$))*", query[end : token.start])
        assert query[token.start : token.start + len(token.text)] == token.text
        end = token.start + len(token.text)
    usual = {(token.start, token.text) for token in tokenise(query) if token.kind in ("word", "name")}
    assert usual <= {(token.start, token.text) for token in words_in_any_reading(query)}


def chain(before: str, part: str, joint: str, after: str, count: int) -> str:
    return before + joint.join([part] * count) + after


# What is repeated, and how often it may be: query at a count, and the greatest count that passes.
PATTERNS = MAXIMUM_COUNTS["triple patterns, groups, list items and path steps"]
LIMITS: dict[str, tuple[Callable[[int], str], int]] = {
    "groups": (lambda n: "ASK " + "{" * n + "}" * n, MAXIMUM_DEPTH),
    "nested optionals": (lambda n: "ASK {" + "OPTIONAL {?s ?p ?o " * n + "}" * n + "}", MAXIMUM_DEPTH - 1),
    "parentheses": (lambda n: "ASK { FILTER(" + "(" * n + "1" + ")" * n + ") }", MAXIMUM_DEPTH - 2),
    "IF": (lambda n: "ASK { FILTER(" + "IF(" * n + "1" + ",1,1)" * n + ") }", MAXIMUM_DEPTH - 2),
    "collections": (lambda n: "ASK {?s ?p " + "(" * n + "1" + ")" * n + "}", MAXIMUM_DEPTH - 1),
    "blank nodes": (lambda n: "ASK {?s ?p " + "[<p> " * n + "1" + "]" * n + "}", MAXIMUM_DEPTH - 1),
    "path groups": (lambda n: "ASK {?s " + "(" * n + "<p>" + ")*" * n + " ?o}", MAXIMUM_DEPTH - 1),
    "sub-selects": (lambda n: "ASK {" + "{SELECT * {" * n + "?s ?p ?o" + "}}" * n + "}", (MAXIMUM_DEPTH - 1) // 2),
    "or": (lambda n: chain("ASK {FILTER(", "?o=1", "||", ")}", n), MAXIMUM_COUNTS["logical operators (|| && !)"] + 1),
    "not": (lambda n: "ASK {FILTER(" + "!" * n + "1)}", MAXIMUM_COUNTS["logical operators (|| && !)"]),
    "union": (lambda n: chain("ASK {", "{?s ?p ?o}", " UNION ", "}", n), PATTERNS - 1),
    "graph": (lambda n: chain("ASK {", "GRAPH ?g {?s ?p ?o}", " ", "}", n), PATTERNS - 1),
    "path": (lambda n: chain("ASK {?s ", "<p>", "/", " ?o}", n), PATTERNS),
    "patterns": (lambda n: "ASK {" + " . ".join(f"?s{i} ?p ?s{i + 1}" for i in range(n)) + "}", PATTERNS),
    "objects": (lambda n: chain("ASK {?s ?p ", "?o", ",", "}", n), PATTERNS),
    "list items": (lambda n: chain("ASK {?s ?p (", "1", " ", ")}", n), PATTERNS - 1),
    "optionals": (lambda n: chain("ASK {?s ?p ?o ", "OPTIONAL {?s ?p ?o}", " ", "}", n), MAXIMUM_COUNTS["OPTIONAL"]),
    "filters": (lambda n: chain("ASK {?s ?p ?o ", "FILTER(?o=1)", " ", "}", n), MAXIMUM_COUNTS["FILTER, BIND and AS"]),
    "sums": (lambda n: chain("ASK {FILTER(", "?o", "+", ")}", n), 401),
}  # fmt: skip


@pytest.mark.parametrize("name", LIMITS)
def test_limit(name: str) -> None:
    build, most = LIMITS[name]
    assert refusal(build(most)) is None
    assert refusal(build(most + 1)) is not None


ENGINE = """
import sys, threading, pyoxigraph
def run():
    store = pyoxigraph.Store()
    result = store.query(sys.stdin.read(), base_iri="http://a/")
    result.serialize(format=pyoxigraph.QueryResultsFormat.JSON)
    print("answered")
thread = threading.Thread(target=run)
thread.start()
thread.join()
"""


@pytest.mark.parametrize("name", LIMITS)
def test_engine_bears_what_the_guard_lets_through(name: str) -> None:
    """At its limit each kind is answered by the engine in a thread, within seconds and without a crash."""
    build, most = LIMITS[name]
    done = subprocess.run(
        [sys.executable, "-c", ENGINE], input=build(most), capture_output=True, text=True, timeout=30, check=False
    )
    assert (done.returncode, done.stdout) == (0, "answered\n"), done.stderr


def test_many_values_are_no_patterns() -> None:
    rows = " ".join(f"(<http://a/{number}> {number} 'x')" for number in range(1000))
    assert refusal(f"SELECT * {{ VALUES (?a ?b ?c) {{ {rows} }} }}") is None
    assert refusal(f"SELECT * {{ ?s ?p ?o FILTER(?o IN ({', '.join(['1'] * 1000)})) }}") is None


def test_length() -> None:
    assert refusal("ASK {}" + " " * (MAXIMUM_LENGTH - 6)) is None
    assert refusal("ASK {}" + " " * (MAXIMUM_LENGTH - 5)) is not None


@pytest.mark.parametrize(
    "part", ["a.", "ก", "'", '"', "<", "'''a ", "<<", "\\", "service <", "\"'", "a", ":", "_:a.", "@a-"]
)
def test_time_is_linear(part: str) -> None:
    query = ("service" + part * MAXIMUM_LENGTH)[:MAXIMUM_LENGTH]
    begin = time.monotonic()
    refusal(query)
    tokenise(query)
    assert time.monotonic() - begin < 5
