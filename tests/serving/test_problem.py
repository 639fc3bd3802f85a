"""Problem details: their members, and which of the two forms a client gets."""

import json
from http import HTTPStatus

import pytest

from kg.server.problem import MALFORMED_QUERY, TITLES, problem, query_problem, serialised
from kg.syntax import MalformedQueryError, fault

JSON = "application/problem+json"
TEXT = "text/plain; charset=utf-8"
FIREFOX = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

ACCEPTS = [
    (None, JSON),
    ("", JSON),
    ("*/*", JSON),
    ("application/*", JSON),
    ("application/json", JSON),
    ("application/problem+json", JSON),
    ("application/sparql-results+json", JSON),
    ("text/csv", JSON),
    ("text/*", JSON),
    ("text/turtle, application/rdf+xml;q=0.5", JSON),
    ("text/plain", TEXT),
    ("TEXT/Plain; charset=utf-8", TEXT),
    ("text/plain;q=0.1", TEXT),
    ("text/plain;q=0", JSON),
    ("text/plain;q=0, */*", JSON),
    ("text/plain, */*", TEXT),
    ("text/plain, */*;q=0.1", TEXT),
    ("text/plain;q=0.5, */*", JSON),
    ("text/plain;q=0.5, application/*;q=0.4", TEXT),
    ("text/plain, application/json", JSON),
    ("text/plain, application/json;q=0.9", TEXT),
    ("text/plain;q=0.8, application/problem+json;q=0.9", JSON),
    ("text/plain;q=0.8, application/problem+json;q=0.7", TEXT),
    ("text/plain, application/problem+json;q=0", TEXT),
    ("application/sparql-results+json, text/plain;q=0.5", TEXT),
    ("text/html", TEXT),
    (FIREFOX, TEXT),
    ("text/html, application/json", JSON),
    ("text/html;q=x, nonsense", JSON),
]


@pytest.mark.parametrize(("accept", "content_type"), ACCEPTS)
def test_accept_chooses_the_form(accept: str | None, content_type: str) -> None:
    members = problem(404, None, "There is nothing at this address.")
    found, body = serialised(members, accept)
    assert found == content_type
    if content_type == JSON:
        assert json.loads(body) == members
    else:
        assert body == b"There is nothing at this address.\n"


@pytest.mark.parametrize("status", TITLES)
def test_the_title_is_the_phrase_of_the_status(status: int) -> None:
    # Python 3.11 has the older phrases of two of them.
    older = {413: "Request Entity Too Large", 414: "Request-URI Too Long"}
    assert TITLES[status] == HTTPStatus(status).phrase or HTTPStatus(status).phrase == older[status]
    members = problem(status, None, "So it is.")
    assert members == {"type": "about:blank", "title": TITLES[status], "status": status, "detail": "So it is."}


TYPES = [
    (400, "Bad Request", "about:blank"),
    (400, "Malformed query", "https://w3id.org/thai-smart-city/problem/malformed-query"),
    (503, "Query ran out of time", "https://w3id.org/thai-smart-city/problem/query-ran-out-of-time"),
    (503, "  All workers are busy! ", "https://w3id.org/thai-smart-city/problem/all-workers-are-busy"),
]


@pytest.mark.parametrize(("status", "title", "kind"), TYPES)
def test_a_title_of_its_own_is_a_type_of_its_own(status: int, title: str, kind: str) -> None:
    assert problem(status, title, "So it is.")["type"] == kind


def test_a_status_that_is_not_answered_needs_a_title() -> None:
    with pytest.raises(KeyError):
        problem(418, None, "So it is.")


def test_members_that_are_not_known_are_left_out() -> None:
    members = problem(400, MALFORMED_QUERY, "So it is.", line=None, remedy="", column=0, excerpt="x")
    assert set(members) == {"type", "title", "status", "detail", "column", "excerpt"}


QUERY = "SELECT * {\n  ?s ?p 'เมือง'@th . <b>&\n} # ท้าย"
ERROR = fault(QUERY, QUERY.index("&"), "& is no operator of SPARQL.", "Write &&")


def test_the_problem_of_a_query_has_its_place_and_remedy() -> None:
    content_type, body = serialised(query_problem(ERROR), None)
    assert content_type == JSON
    assert "เมือง" in body.decode()
    assert json.loads(body) == {
        "type": "https://w3id.org/thai-smart-city/problem/malformed-query",
        "title": "Malformed query",
        "status": 400,
        "detail": "Line 2, column 25: & is no operator of SPARQL. Write &&",
        "line": 2,
        "column": 25,
        "remedy": "Write &&",
        "excerpt": "2 |   ?s ?p 'เมือง'@th . <b>&\n  |                        ^",
    }


def test_the_text_of_a_query_problem_is_that_of_the_error() -> None:
    for error in (ERROR, MalformedQueryError("So it is.", "Do that."), MalformedQueryError("So it is.")):
        assert serialised(query_problem(error), "text/plain") == (TEXT, f"{error}\n".encode())


def test_a_long_query_is_not_repeated() -> None:
    query = "ASK { " + " ".join(f"?{number} <p> ?o ." for number in range(1000)) + " & }"
    _, body = serialised(query_problem(fault(query, query.index("&"), "& is no operator.", "Write &&")), None)
    members = json.loads(body)
    assert len(members["excerpt"].split("\n")[0].removeprefix("1 | ")) == 53
    assert len(body) < 500


HOSTILE = ["<script>alert(1)</script>", "\ud800", 'a"b\\c\n', "\x00\x1b[31m"]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("accept", [None, "text/plain", FIREFOX])
def test_hostile_text_is_neither_markup_nor_a_broken_body(text: str, accept: str | None) -> None:
    content_type, body = serialised(query_problem(fault(text, 0, f"{text} is wrong.")), accept)
    assert content_type in (JSON, TEXT)
    body.decode("utf-8")
    if content_type == JSON:
        assert json.loads(body)["line"] == 1
