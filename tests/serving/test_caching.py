"""What may be kept, how a client asks whether it is still true, and answers that are never kept."""

import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.serving.conftest import SMALL, Serve
from tests.serving.exchange import connected, metric, posted, request

from kg.server.response import entity_tag, matches

QUERY = "SELECT ?s { ?s ?p 'ท่าใต้'@th }"


def tag_of(client: httpx.Client, query: str = QUERY, **more: str) -> str:
    """Return the entity tag of the answer to a query, asked with further headers."""
    response = client.get("/sparql", params={"query": query}, headers=more)
    assert response.status_code == 200
    return str(response.headers["etag"])


# An If-None-Match header, made from the entity tag, and whether it matches.
CONDITIONS: dict[str, tuple[str, bool]] = {
    "the tag": ("{tag}", True),
    "the tag, strong": ("{opaque}", True),
    "any": ("*", True),
    "last of a list": ('"a", W/"b", {tag}', True),
    "first of a list": ('{tag}, "a"', True),
    "in a list without spaces": ('"a",{tag},"b"', True),
    "in a list with empty members": (', ,{tag},, "b"', True),
    "a tag with a comma before it": ('"a,b", {tag}', True),
    "another": ('"a"', False),
    "another, weak": ('W/"a"', False),
    "in no quotation marks": ("{bare}", False),
    "inside another": ('"x{bare}x"', False),
    "nothing": ("", False),
    "an open quotation mark": ('"{bare}', False),
    "w in lower case is none": ('w/"a"', False),
}


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("name", CONDITIONS)
def test_if_none_match(client: httpx.Client, name: str, method: str) -> None:
    tag = tag_of(client)
    opaque = tag.removeprefix("W/")
    header, same = CONDITIONS[name]
    sent = header.format(tag=tag, opaque=opaque, bare=opaque.strip('"'))
    for _ in range(2):
        response = client.request(method, "/sparql", params={"query": QUERY}, headers={"if-none-match": sent})
        assert response.status_code == (304 if same else 200)
        assert response.headers["etag"] == tag
        assert response.headers["cache-control"] == "public, max-age=60"
        assert response.headers["vary"] == "Accept, Accept-Encoding"
        assert response.headers["x-dataset-digest"].startswith("sha-256=")
        if same:
            assert response.content == b""
            assert "content-type" not in response.headers
        elif method == "GET":
            assert response.json()["results"]["bindings"]


def test_if_none_match_before_the_answer_is_known(client: httpx.Client) -> None:
    """The query is evaluated to say whether it changed: its syntax and its format are judged all the same."""
    fresh = "SELECT ?s { ?s ?p 'ท่าใต้'@th } # not asked before"
    assert client.get("/sparql", params={"query": fresh}, headers={"if-none-match": "*"}).status_code == 304
    for query, accept, status in (("SELCT", "*/*", 400), ("ASK {}", "image/png", 406)):
        sent = {"if-none-match": "*", "accept": accept}
        assert client.get("/sparql", params={"query": query}, headers=sent).status_code == status


def test_if_none_match_of_a_post_is_answered(client: httpx.Client) -> None:
    """A POST has no representation that a client could hold: 200, or 304 as for a GET, and never 412."""
    response = client.post("/sparql", data={"query": QUERY}, headers={"if-none-match": tag_of(client)})
    assert response.status_code in (200, 304)


def test_tags_tell_apart_what_differs(client: httpx.Client) -> None:
    """Another query, format, coding or data set description has another entity tag; the same has the same."""
    big = "SELECT * { ?s ?p ?o . ?a ?b ?c }"
    graph = "https://w3id.org/thai-smart-city/graph/ferry"
    tags = [
        tag_of(client),
        tag_of(client, f"{QUERY} "),
        tag_of(client, accept="text/csv"),
        tag_of(client, accept="application/sparql-results+xml"),
        tag_of(client, big, **{"accept-encoding": "identity"}),
        tag_of(client, big, **{"accept-encoding": "gzip"}),
        tag_of(client, big, **{"accept-encoding": "zstd"}),
        *(
            client.get("/sparql", params={"query": QUERY, parameter: graph}).headers["etag"]
            for parameter in ("default-graph-uri", "named-graph-uri")
        ),
    ]
    assert len(set(tags)) == len(tags)
    assert tag_of(client) == tag_of(client, accept="application/json") == tags[0]
    assert all(re.fullmatch(r'W/"[0-9a-f]+"', tag) for tag in tags)


def test_tags_and_digest_stay_over_a_restart(serve: Serve) -> None:
    first, second = serve(), serve()
    answers = [httpx.get(server.url, params={"query": QUERY}).headers for server in (first, second)]
    assert answers[0]["etag"] == answers[1]["etag"]
    assert answers[0]["x-dataset-digest"] == answers[1]["x-dataset-digest"]


VOLATILE = [
    "SELECT (RAND() AS ?x) {}",
    "SELECT (rand() AS ?x) {}",
    "SELECT (UUID() AS ?x) {}",
    "SELECT (STRUUID() AS ?x) {}",
    "SELECT (NOW() AS ?x) {}",
    "SELECT (BNODE() AS ?x) {}",
    "SELECT ?x { BIND(UUID() AS ?x) }",
    "SELECT ?x { { SELECT (STRUUID() AS ?x) {} } }",
    "CONSTRUCT { <x:s> <x:p> ?x } { BIND(UUID() AS ?x) }",
    "CONSTRUCT { <x:s> <x:p> ?x } { BIND(STR(NOW()) AS ?x) }",
]


@pytest.mark.parametrize("query", VOLATILE)
def test_volatile_answers_are_new_each_time(client: httpx.Client, query: str) -> None:
    seen = set()
    for _ in range(3):
        response = client.get("/sparql", params={"query": query}, headers={"if-none-match": "*"})
        assert response.status_code == 200
        assert response.headers["cache-control"] == "no-store"
        assert "etag" not in response.headers
        seen.add(response.text)
    if "BNODE" not in query:
        assert len(seen) == 3


LASTING = [
    "SELECT ?now { ?now ?p 'RAND()' } # UUID()",
    "SELECT (<http://www.w3.org/2001/XMLSchema#string>('NOW()') AS ?x) {}",
    "PREFIX rand: <http://example.org/> SELECT * { ?s rand:uuid ?o }",
    "SELECT ?uuid { BIND(<urn:uuid:1> AS ?uuid) }",
]


@pytest.mark.parametrize("query", LASTING)
def test_names_and_texts_are_not_volatile(client: httpx.Client, query: str) -> None:
    response = client.get("/sparql", params={"query": query})
    assert response.headers["cache-control"] == "public, max-age=60"
    assert "etag" in response.headers


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "QUERY"])
def test_errors_are_not_to_be_kept(client: httpx.Client, method: str) -> None:
    sent = {"params": {"query": "SELCT"}} if method in ("GET", "HEAD") else {"content": "SELCT"}
    response = client.request(method, "/sparql", headers={"content-type": "application/sparql-query"}, **sent)
    assert response.status_code == 400
    assert response.headers["cache-control"] == "no-store"
    assert "etag" not in response.headers


def test_an_answer_from_the_cache_is_the_answer(serve: Serve) -> None:
    """Whether it comes from a worker, by its question or by its bytes, it is the same but for its name and time."""
    server, bare = serve(), serve("--cache", "0")
    answers = []
    with connected(server.address) as connection, connected(bare.address) as other:
        for _ in range(3):
            connection.send(request(QUERY))
            answers.append(connection.answer())
        connection.send(posted(QUERY))
        answers.append(connection.answer())
        for _ in range(2):
            other.send(request(QUERY))
            answers.append(other.answer())
    for _, headers, _ in answers:
        assert headers.pop("x-request-id")
        assert headers.pop("date")
    assert all(answer == answers[0] for answer in answers)
    assert metric(server.address, "kg_cache_request_hits_total") == 2
    assert metric(server.address, "kg_cache_answers") == 1
    assert metric(bare.address, "kg_cache_answers") == 0
    assert metric(bare.address, "kg_responses_total", outcome="answered") == 2


def test_the_cache_stays_within_its_bounds(serve: Serve) -> None:
    server = serve("--cache", "1")

    def ask(number: int) -> str:
        query = f"SELECT * {{ ?s ?p ?o . ?a ?b ?c BIND({number} AS ?n) }}"
        params = {"query": query, "format": "csv"}
        return httpx.get(server.url, params=params, headers={"accept-encoding": "identity"}, timeout=30).text

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(ask, range(60)))
    assert sum(map(len, answers)) > 1_000_000
    assert len({len(answer.splitlines()) for answer in answers}) == 1
    assert 200_000 < metric(server.address, "kg_cache_bytes") <= 1024 * 1024
    assert 3 < metric(server.address, "kg_cache_answers") < 60


def test_data_that_changed_have_another_digest(serve: Serve, tmp_path: Path) -> None:
    root = tmp_path / "tree"
    shutil.copytree(SMALL, root)
    with (root / "data/register/piers.ttl").open("a") as file:
        file.write("# a remark\n")
    before, after = (httpx.get(server.url, params={"query": QUERY}).headers for server in (serve(), serve(root=root)))
    assert before["x-dataset-digest"] != after["x-dataset-digest"]
    assert before["etag"] != after["etag"]


TAGS = st.lists(
    st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters='"'), max_size=8), max_size=5
)


@given(TAGS, st.data())
def test_a_list_of_tags_matches_its_members_and_nothing_else(tags: list[str], data: st.DataObject) -> None:
    header = ", ".join(f'{data.draw(st.sampled_from(["", "W/"]))}"{tag}"' for tag in tags)
    for tag in tags:
        assert matches(header, f'W/"{tag}"')
    other = entity_tag("digest", tags)
    assert matches(header, other) == (other[3:-1] in tags)
