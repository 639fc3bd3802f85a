"""The table of faults (faults.toml): queries that the engine refuses, and what is said of each."""

import copy
import json
import pickle
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from string import Template
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import Store

from kg.guard import MAXIMUM_LENGTH, refusal
from kg.namespaces import BASE
from kg.syntax import WELL_KNOWN_PREFIXES, MalformedQueryError, explained, fault
from kg.syntax.stops import ROWS, Row

FAULTS: list[dict[str, Any]] = tomllib.loads((Path(__file__).parent / "faults.toml").read_text("utf-8"))["fault"]
QUERIES: Final = Path(__file__).resolve().parents[2] / "queries"
PREFIXES: Final = {"ferry": "http://example.org/ferry#", "pier": "http://example.org/pier/"}
IDS = [ascii(row["query"]) for row in FAULTS]
VALID: Final[list[str]] = sorted({row["fixed"] for row in FAULTS if "fixed" in row})


def refused(query: str) -> str | None:
    """Return what the engine says of a query that it does not take."""
    try:
        Store().query(query, base_iri=BASE)
    except (SyntaxError, RuntimeError) as error:
        return str(error)
    return None


@pytest.mark.parametrize("row", FAULTS, ids=IDS)
def test_a_fault_has_its_place_sentence_and_remedy(row: dict[str, Any]) -> None:
    message = refused(row["query"])
    assert message is not None
    error = explained(row["query"], message, PREFIXES)
    assert (error.line, error.column) == (row["line"], row["column"])
    assert row["sentence"] in error.sentence
    assert row["remedy"] in error.remedy
    assert bool(row["remedy"]) == bool(error.remedy)
    assert str(error).startswith(f"Line {row['line']}, column {row['column']}: {error.sentence}")


@pytest.mark.parametrize("row", FAULTS, ids=IDS)
def test_a_mended_query_is_taken(row: dict[str, Any]) -> None:
    if "fixed" in row:
        assert refused(row["fixed"]) is None


def test_the_table_has_no_query_twice() -> None:
    assert len({row["query"] for row in FAULTS}) == len(FAULTS) > 200


def fits(template: Template, text: str) -> bool:
    """Return whether a text is what a template gives for some values."""
    return (
        re.fullmatch(re.sub(r"\\\$(?:\\\{\w+\\\}|\w+)", ".*", re.escape(template.template)), text, re.DOTALL)
        is not None
    )


STOPS = [(table, row) for table, rows in ROWS.items() for row in rows]


@pytest.mark.parametrize(("table", "row"), STOPS, ids=[f"{table}: {row['say'].template}" for table, row in STOPS])
def test_each_row_of_the_stops_is_said_of_a_fault(table: str, row: Row) -> None:
    assert any(fits(row["say"], fault["sentence"]) and fits(row["write"], fault["remedy"]) for fault in FAULTS)


UNAIDED = """
import sys, tomllib
from pathlib import Path
from pyoxigraph import Store
from kg.namespaces import BASE
from kg.syntax import explained
queries = [row["query"] for row in tomllib.loads(Path(sys.argv[1]).read_text("utf-8"))["fault"]]
said = []
for query in queries:
    try:
        Store().query(query, base_iri=BASE)
    except (SyntaxError, RuntimeError) as error:
        said.append((query, str(error)))
events = []
sys.addaudithook(lambda event, _: events.append(event) if event in ("open", "import") else None)
for query, message in said:
    explained(query, message, {})
print(len(said), events)
"""


def test_an_explanation_opens_no_file_and_imports_nothing() -> None:
    path = Path(__file__).parent / "faults.toml"
    done = subprocess.run([sys.executable, "-c", UNAIDED, path], capture_output=True, text=True, check=True)
    assert done.stdout == f"{len(FAULTS)} []\n"


WRAPPINGS = [
    ("a line with Thai marks", "# กี่ที่\n", 1),
    ("an astral character", "# \U0001f3d9 \U0001f3d9\n", 1),
    ("CRLF", "# a\r\n\r\n", 2),
    ("tabs", "\t\t\n", 1),
]


@pytest.mark.parametrize(("before", "lines"), [case[1:] for case in WRAPPINGS], ids=[case[0] for case in WRAPPINGS])
def test_the_place_moves_with_what_stands_before(before: str, lines: int) -> None:
    for row in FAULTS:
        query = before + row["query"]
        message = refused(query)
        assert message is not None
        error = explained(query, message, PREFIXES)
        if row["sentence"] != "There is no query here.":
            assert (error.line, error.column) == (row["line"] + lines, row["column"]), query


EXCERPTS = [
    ("ASK { ?s ?p 'กี่' x", 18, "1 | ASK { ?s ?p 'กี่' x\n  |                 ^"),
    ("ASK {\n\t?s\t?p x", 13, "2 | \t?s\t?p x\n  | \t  \t   ^"),
    ("ASK { '橋' x", 10, "1 | ASK { '橋' x\n  |            ^"),
    ("ASK {}\r\nx\r\n", 8, "2 | x\n  | ^"),
    ("ASK { '\x1b[31m\u202e' x", 15, "1 | ASK { '\ufffd[31m\ufffd' x\n  |                ^"),
    ("", 0, "1 | \n  | ^"),
]


@pytest.mark.parametrize(("query", "position", "excerpt"), EXCERPTS)
def test_the_excerpt_has_a_caret_under_the_place(query: str, position: int, excerpt: str) -> None:
    error = fault(query, position, "So it is.")
    assert error.excerpt == excerpt
    assert str(error) == f"Line {error.line}, column {error.column}: So it is.\n{excerpt}"


@pytest.mark.parametrize("position", [0, 70, 5_000, 9_999])
def test_an_excerpt_shows_a_hundred_characters(position: int) -> None:
    query = "".join(chr(ord("a") + number % 26) for number in range(10_000))
    line, caret = fault(query, position, "So it is.").excerpt.split("\n")
    assert len(line.removeprefix("1 | ")) <= 100
    assert line[caret.index("^")] == query[position]


ERRORS = [
    MalformedQueryError("A graph is not named by an absolute IRI."),
    MalformedQueryError("So it is.", "Do that."),
    fault("ASK {\n  ก x", 10, "So it is.", "Do that.\nAnd that."),
]


@pytest.mark.parametrize("error", ERRORS)
def test_an_error_crosses_the_border_of_a_process(error: MalformedQueryError) -> None:
    for other in (
        pickle.loads(pickle.dumps(error)),
        copy.copy(error),
        MalformedQueryError(**error.fields()),
        MalformedQueryError(**json.loads(json.dumps(error.fields()))),
    ):
        assert type(other) is MalformedQueryError
        assert other.fields() == error.fields()
        assert str(other) == str(error)


def test_an_error_without_a_place_is_its_sentence() -> None:
    error = MalformedQueryError("So it is.", "Do that.")
    assert str(error) == "So it is. Do that."
    assert (error.line, error.column, error.excerpt) == (None, None, "")


@pytest.mark.parametrize(("prefix", "iri"), WELL_KNOWN_PREFIXES.items())
def test_a_well_known_prefix_is_proposed(prefix: str, iri: str) -> None:
    query = f"ASK {{ ?s {prefix}:x ?o }}"
    error = explained(query, refused(query) or "", {})
    assert error.remedy == f"Add PREFIX {prefix}: <{iri}>"
    assert refused(f"PREFIX {prefix}: <{iri}> {query}") is None


def test_the_prefix_of_the_data_comes_before_the_well_known_one() -> None:
    query = "ASK { ?s geo:x ?o }"
    assert explained(query, refused(query) or "", {"geo": "http://a/"}).remedy == "Add PREFIX geo: <http://a/>"


def check(query: str, message: str) -> None:
    """Assert that a refused query is explained with a place that lies in it."""
    error = explained(query, message, PREFIXES)
    assert error.sentence
    assert error.sentence.endswith(".")
    assert error.line is not None
    assert error.column is not None
    lines = query.split("\n")
    assert 1 <= error.line <= len(lines)
    assert 1 <= error.column <= len(lines[error.line - 1]) + 1
    assert len(error.excerpt.split("\n")[0]) <= len(f"{error.line} | ") + 100
    assert len(error.sentence) < 300
    assert str(error).isprintable() or "\n" in str(error)


PIECES = st.sampled_from(
    [
        *"{}()[]<>\"'\\.;,|&!=^@?#%*/$-1a\n\t“๑｛\u00a0\u200b\ufeff\U0001f3d9",
        *("^^", '"""', "\r\n", "กี่", "@th", "?x", "_:b", "a:b", "rdfs:label"),
        *("AS", "SELECT", "FILTER", "GROUP BY", "VALUES", "BIND(", "COUNT("),
    ]
)


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """A valid query with some pieces taken out, put in, moved or doubled."""
    query = draw(st.sampled_from(VALID))
    for _ in range(draw(st.integers(1, 4))):
        begin = draw(st.integers(0, len(query)))
        end = min(len(query), begin + draw(st.integers(0, 12)))
        piece = draw(PIECES | st.just(query[begin:end]) | st.text(max_size=4))
        query = query[:begin] + piece + query[draw(st.sampled_from((begin, end))) :]
    return query


@given(damaged())
@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_damaged_query_is_explained(query: str) -> None:
    if not query.isascii() and any("\ud800" <= character <= "\udfff" for character in query):
        return
    if refusal(query) is None and (message := refused(query)) is not None:
        check(query, message)


@given(st.lists(PIECES, max_size=60).map(" ".join))
@settings(max_examples=300, deadline=None)
def test_rubbish_is_explained(query: str) -> None:
    if refusal(query) is None and (message := refused(query)) is not None:
        check(query, message)


STORED = sorted(path.relative_to(QUERIES).as_posix() for path in QUERIES.rglob("*.rq"))


@pytest.mark.parametrize("name", STORED[::6])
def test_a_stored_query_without_one_of_its_characters(name: str) -> None:
    query = (QUERIES / name).read_text("utf-8")
    for position in range(0, len(query), 7):
        damaged_query = query[:position] + query[position + 1 :]
        if (message := refused(damaged_query)) is not None:
            check(damaged_query, message)


N = MAXIMUM_LENGTH
LONG = {
    "letters": "x" * N, "words": "SELECT * { " + "foo " * N, "braces": "SELECT * " + "{" * N, "less": "<" * N,
    "open IRIs": "ASK { " + "<http:" * N, "bare IRIs": "ASK { " + "a:b,http:x," * N, "quotes": "'\"\n" * N,
    "long strings": "ASK { '''\\'" + "'''\\'" * N, "variables": "SELECT * { " + "?x " * N, "dots": "ASK { a" + "." * N,
    "blank node": "ASK { _:a" + "." * N, "curly quotes": "“" * N, "Thai": "ก" * N,
    "SELECT": "SELECT ?x { ?s ?p ?o } " * N,
    "nested SELECT": "SELECT ?x { " * N, "comments": "ASK { ?s ?p ?o #}\n" * N, "percent": "SELECT%20" * N,
    "rows": "SELECT * { VALUES (?x) { " + "(1) " * 6_000 + "(1 2) } }",
    "list": "ASK { FILTER(?x IN (" + "1, " * 9_000 + ")) }",
    "lines": "SELECT * {" + "\n" * 65_000 + " x }", "blank groups": "ASK { " + "{ _:a ?p ?o } " * 100 + "}",
    "negations": "ASK { FILTER(" + "!(" * 60 + "1 1" + ")" * 60 + ") }",
    "backslashes": "ASK { ?s ?p '" + "\\\\" * 30_000 + "\\d' }",
}  # fmt: skip


@pytest.mark.parametrize("query", [query[:N] for query in LONG.values()], ids=LONG)
def test_the_longest_are_explained(query: str) -> None:
    """Each would take minutes if the time were not bounded."""
    message = "error at 1:9: expected [_]"
    check(query, message)


MESSAGES = [
    "",
    "error at 1:5: expected The SELECT contains a variable that is unbound",
    "error at 1:1: expected x",
    "error at 99:99: expected x",
    "error at 1:999: expected x",
    "no position",
]


@pytest.mark.parametrize("message", MESSAGES)
@pytest.mark.parametrize("query", ["ASK {}", "", "ASK { (SELECT ?x) }", "ASK {}\n" * 3])
def test_any_message_of_the_engine_is_taken(query: str, message: str) -> None:
    check(query, message)
