"""Queries that would take everything: they end at the deadline, nothing of them stays, and others are answered."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import psutil
import pytest
from tests.serving.conftest import RUN, SMALL, Serve, Server, served
from tests.serving.exchange import (
    CROSS,
    ENDLESS,
    ENDLESS_ROWS,
    alive,
    connected,
    metric,
    own_memory,
    posted,
    request,
    share_of_processor,
    until,
)

TIMEOUT = 0.7
WORKERS = 4


def doubled(times: int) -> str:
    """Return a query whose last value is a text of 2 to the `times` characters."""
    steps = " ".join(f"BIND(CONCAT(?v{number}, ?v{number}) AS ?v{number + 1})" for number in range(times))
    return f"SELECT (STRLEN(?v{times}) AS ?n) {{ BIND('x' AS ?v0) {steps} }}"


def values(variables: int, length: int) -> str:
    """Return a product of `variables` blocks of `length` values each."""
    row = " ".join(str(number) for number in range(length))
    return " ".join(f"VALUES ?v{number} {{ {row} }}" for number in range(variables))


LATE = "CONCAT(STR(?o0), STR(?s5), STR(?o11))"
"""A text that is known only when all of the product is joined."""

# What is asked, and the status of the answer: 504 for time, 503 for memory, whichever ends first where both may.
RUNAWAYS: dict[str, tuple[str, set[int]]] = {
    "product of triples": (ENDLESS, {504}),
    "product of VALUES": (f"SELECT (COUNT(*) AS ?n) {{ {values(12, 30)} }}", {504}),
    "unbounded path": (f"SELECT (COUNT(*) AS ?n) {{ ?a (!<x:x>|^!<x:x>)* ?b . {CROSS} }}", {504}),
    "paths joined": (f"SELECT (COUNT(*) AS ?n) {{ {' '.join(f'?a{i} (!<x:x>|^!<x:x>)* ?b{i} .' for i in range(9))} }}",
                     {504}),
    "order of a product": (f"SELECT * {{ {CROSS} }} ORDER BY ?o5 ?s7 LIMIT 1", {503, 504}),
    "distinct of a product": (f"SELECT (COUNT(DISTINCT *) AS ?n) {{ {CROSS} }}", {503, 504}),
    "groups of a product": (f"SELECT (COUNT(*) AS ?n) {{ {CROSS} }} GROUP BY {' '.join(f'?o{i}' for i in range(12))}",
                            {503, 504}),
    "GROUP_CONCAT": (f"SELECT (STRLEN(GROUP_CONCAT(CONCAT(STR(?o0), STR(?o1), STR(?o2)))) AS ?n) {{ {CROSS} }}",
                     {503, 504}),
    "regular expression": (f"ASK {{ {CROSS} FILTER(REGEX({LATE}, '(.*)*(a+)+b{{9}}z$')) }}", {504}),
    "REPLACE": (f"ASK {{ {CROSS} FILTER(REPLACE({LATE}, '(.)', '$1$1') = 'x') }}", {504}),
    "doubling": (doubled(44), {503, 504}),
    "MINUS": (f"SELECT (COUNT(*) AS ?n) {{ {{ SELECT * {{ {CROSS} }} }} MINUS {{ ?s0 ?o11 ?x }} }}", {503, 504}),
    "EXISTS": (f"ASK {{ ?s ?p ?o FILTER EXISTS {{ {CROSS} FILTER({LATE} = ?o) }} }}", {503, 504}),
    "OPTIONAL": (f"ASK {{ ?s ?p ?o OPTIONAL {{ {CROSS} FILTER({LATE} = 'x') }} FILTER(BOUND(?o11)) }}", {503, 504}),
    "CONSTRUCT that finds nothing": (f"CONSTRUCT {{ ?s0 ?p0 ?o0 }} {{ {CROSS} FILTER({LATE} = 'none') }}", {504}),
    "DESCRIBE that finds nothing": (f"DESCRIBE ?s0 {{ {CROSS} FILTER({LATE} = 'none') }}", {504}),
}  # fmt: skip


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with short limits."""
    options = ("--timeout", f"{TIMEOUT}", "--workers", f"{WORKERS}", "--memory", "192", "--queue", "64")
    log = tmp_path_factory.mktemp("strict") / "log"
    with served(log, "-c", RUN, "serve", "--port", "0", "--root", str(SMALL), *options) as running:
        assert until(lambda: len(running.processes()) == 1 + WORKERS)
        yield running


def idle(server: Server) -> bool:
    """Whether no worker has a question."""
    return metric(server.address, "kg_workers_busy") == 0


@pytest.mark.parametrize("name", RUNAWAYS)
def test_a_runaway_ends_in_time_and_leaves_nothing(strict: Server, name: str) -> None:
    query, statuses = RUNAWAYS[name]
    before = strict.processes()
    begin = time.monotonic()
    response = httpx.post(strict.url, data={"query": query}, timeout=10)
    assert time.monotonic() - begin < TIMEOUT + 5
    assert response.status_code in statuses, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["status"] == response.status_code
    assert len(response.json()["detail"]) > 20
    assert response.headers["cache-control"] == "no-store"
    assert "etag" not in response.headers
    if response.status_code == 503:
        assert int(response.headers["retry-after"]) > 0
    assert until(lambda: idle(strict) and len([one for one in strict.processes() if alive(one)]) == 1 + WORKERS)
    assert [one for one in before if not alive(one)], "the worker that had the query lives on"
    assert all(own_memory(one) < 64 * 1024 * 1024 for one in strict.processes()[1:])


def test_the_processor_is_idle_afterwards(strict: Server) -> None:
    with ThreadPoolExecutor(4) as threads:
        queries = [f"{ENDLESS} #{number}" for number in range(4)]
        statuses = list(threads.map(lambda query: httpx.post(strict.url, data={"query": query}).status_code, queries))
    assert set(statuses) <= {503, 504}
    assert until(lambda: idle(strict))
    time.sleep(0.2)
    assert share_of_processor([psutil.Process(strict.process.pid), *strict.processes()]) < 0.2


@pytest.mark.parametrize("way", ["GET", "POST", "gzip"])
def test_an_endless_answer_is_cut_and_never_looks_complete(strict: Server, way: str) -> None:
    """A chunked body has no last chunk, and the connection is reset, which also tells who reads to its end."""
    query = f"{ENDLESS_ROWS} #{way}"
    sent = {
        "GET": request(query),
        "POST": posted(query),
        "gzip": request(query, "Accept-Encoding: gzip"),
    }[way]
    with connected(strict.address) as connection:
        begin = time.monotonic()
        connection.send(sent)
        received = bytearray()
        with pytest.raises(ConnectionResetError):  # noqa: PT012  # it may come with any of them
            while True:
                piece = connection.socket.recv(1 << 20)
                assert piece, "the connection ended as if the answer had"
                received += piece
        assert time.monotonic() - begin < TIMEOUT + 6
    assert received.startswith(b"HTTP/1.1 200 OK\r\n")
    assert not received.endswith(b"\r\n0\r\n\r\n")
    assert until(lambda: idle(strict))


def test_a_client_library_notices_the_cut(strict: Server) -> None:
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        httpx.get(strict.url, params={"query": f"{ENDLESS_ROWS} # library"}, timeout=10)


def test_small_queries_are_answered_while_runaways_run(strict: Server) -> None:
    """Runaways of one client get no more than their places, and all others are answered soon."""
    with ThreadPoolExecutor(8) as threads:
        runaways = [
            threads.submit(httpx.post, strict.url, data={"query": f"{ENDLESS} # beside {number}"}, timeout=15)
            for number in range(8)
        ]
        time.sleep(0.2)
        seconds = []
        with httpx.Client(timeout=10) as client:
            for number in range(60):
                begin = time.monotonic()
                response = client.get(strict.url, params={"query": f"SELECT ({number} AS ?n) {{}}", "format": "csv"})
                seconds.append(time.monotonic() - begin)
                assert (response.status_code, response.text) == (200, f"n\r\n{number}\r\n")
                time.sleep(0.01)
        assert {runaway.result().status_code for runaway in runaways} <= {503, 504}
    assert sorted(seconds)[len(seconds) // 2] < 1
    assert max(seconds) < TIMEOUT + 5
    assert until(lambda: idle(strict))


LEAVING = {
    "GET": request(f"{ENDLESS} # leaves"),
    "POST": posted(f"{ENDLESS} # leaves"),
    "GET, streaming": request(f"{ENDLESS_ROWS} # leaves"),
    "POST, streaming": posted(f"{ENDLESS_ROWS} # leaves"),
    "POST with a second request behind it": posted(f"{ENDLESS} # leaves first") + request("ASK {}"),
    "GET with a second request behind it": request(f"{ENDLESS} # leaves first") + request("ASK {}"),
    "streaming with a second request behind it": request(f"{ENDLESS_ROWS} # leaves first") + request("ASK {}"),
}


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose deadline no test waits for."""
    log = tmp_path_factory.mktemp("patient") / "log"
    options = ("--timeout", "60", "--workers", f"{WORKERS}")
    with served(log, "-c", RUN, "serve", "--port", "0", "--root", str(SMALL), *options) as running:
        assert until(lambda: len(running.processes()) == 1 + WORKERS)
        yield running


MOMENTS = [(way, reads) for way in LEAVING for reads in (False, True) if "streaming" in way or not reads]


@pytest.mark.parametrize(("way", "reads"), MOMENTS)
def test_a_client_that_leaves_frees_its_worker(patient: Server, way: str, reads: bool) -> None:
    """Before the first bytes, or after them, where there are some before the end."""
    lost = metric(patient.address, "kg_workers_replaced_total", reason="cancelled")
    with connected(patient.address) as connection:
        connection.send(LEAVING[way])
        assert until(lambda: metric(patient.address, "kg_workers_busy") == 1)
        if reads:
            assert connection.socket.recv(100)
    assert until(lambda: idle(patient), 1)
    assert metric(patient.address, "kg_workers_replaced_total", reason="cancelled") == lost + 1
    assert until(lambda: len([one for one in patient.processes() if alive(one)]) == 1 + WORKERS)


def test_head_of_an_endless_answer_holds_no_worker(patient: Server) -> None:
    response = httpx.head(patient.url, params={"query": f"{ENDLESS_ROWS} # head"}, timeout=10)
    assert response.status_code == 200
    assert "content-length" not in response.headers
    assert until(lambda: idle(patient), 1)


def test_a_reader_that_stops_reading_holds_little_memory(patient: Server) -> None:
    """The stream of an answer that nobody takes stands still: neither the front nor the worker gathers it."""
    front = psutil.Process(patient.process.pid)
    before = own_memory(front)
    with connected(patient.address) as connection:
        connection.send(request(f"{ENDLESS_ROWS} # unread"))
        assert connection.socket.recv(100)
        time.sleep(1)
        assert own_memory(front) < before + 16 * 1024 * 1024
        assert all(own_memory(worker) < 64 * 1024 * 1024 for worker in patient.processes()[1:])
        assert share_of_processor([front, *patient.processes()]) < 0.2
    assert until(lambda: idle(patient), 1)


def test_full_queue_is_503_with_retry_after(serve: Serve) -> None:
    """One worker and a short queue: who cannot even wait is told so at once, in plain words."""
    running = serve("--workers", "1", "--queue", "2", "--timeout", "2")
    with ThreadPoolExecutor(8) as threads:
        asked = [
            threads.submit(httpx.post, running.url, data={"query": f"{ENDLESS} #{number}"}, timeout=15)
            for number in range(8)
        ]
        responses = [one.result() for one in asked]
    assert {response.status_code for response in responses} <= {503, 504}
    busy = [response for response in responses if response.status_code == 503]
    assert len(busy) >= 5
    assert min(response.elapsed.total_seconds() for response in busy) < 3
    for response in busy:
        assert int(response.headers["retry-after"]) > 0
        assert response.json()["title"] == "Service Unavailable"
    assert until(lambda: idle(running))
    assert httpx.get(running.url, params={"query": "ASK {}"}, timeout=10).status_code == 200
