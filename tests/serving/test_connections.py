"""HTTP/1.1 on raw connections: packets that part and join requests, what is too long or too slow, what is no HTTP."""

import http.client
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import quote

import httpx
import psutil
import pytest
from tests.serving.conftest import SMALL, Server, served
from tests.serving.exchange import connected, metric, own_memory, posted, request, rows, until

from kg.protocol import MAXIMUM_HEAD

ONE, TWO, THREE = (f"SELECT ({number} AS ?n) {{}}" for number in (1, 2, 3))


def csv(*numbers: int) -> list[bytes]:
    """Return the answers to queries of numbers."""
    return [f"n\r\n{number}\r\n".encode() for number in numbers]


# Packets, and the bodies that come back, all of status 200. Each row is sent three times on connections of its own, so
# that answers come from a worker, from the cache by their question, and from the cache by the bytes of a request.
PACKETS: dict[str, tuple[list[bytes], list[bytes]]] = {
    "one": ([request(ONE)], csv(1)),
    "one after another": ([request(ONE), request(TWO), request(ONE)], csv(1, 2, 1)),
    "two in a packet": ([request(ONE) + request(TWO)], csv(1, 2)),
    "the same two in a packet": ([request(ONE) + request(ONE)], csv(1, 1)),
    "two in a packet, twice": ([request(ONE) + request(TWO)] * 2, csv(1, 2, 1, 2)),
    "in two pieces": ([request(ONE)[:40], request(ONE)[40:]], csv(1)),
    "cut in the empty line": ([request(ONE)[:-2], request(ONE)[-2:]], csv(1)),
    "cut before the last byte": ([request(ONE)[:-1], request(ONE)[-1:]], csv(1)),
    "byte by byte": ([bytes([byte]) for byte in request(ONE)], csv(1)),
    "one and a half": ([request(ONE) + request(TWO)[:50], request(TWO)[50:]], csv(1, 2)),
    "one and a half, twice": ([request(ONE) + request(TWO)[:50], request(TWO)[50:]] * 2, csv(1, 2, 1, 2)),
    "the end of one and another": ([request(ONE)[:50], request(ONE)[50:] + request(TWO)], csv(1, 2)),
    "after a POST": ([posted(TWO), request(ONE), posted(TWO), request(ONE)], csv(2, 1, 2, 1)),
    "behind a POST in its packet": ([posted(TWO) + request(ONE)], csv(2, 1)),
    "a POST behind it": ([request(ONE) + posted(TWO), request(THREE)], csv(1, 2, 3)),
    "a POST in two pieces": ([posted(TWO)[:-5], posted(TWO)[-5:], request(ONE)], csv(2, 1)),
    "a POST whose body is a request": (
        [posted(f"SELECT (4 AS ?n) {{ BIND('''{request(ONE).decode()}''' AS ?x) }}")], csv(4),
    ),
    "an empty line before it": ([b"\r\n" + request(ONE), request(ONE)], csv(1, 1)),
    "many in a packet": ([b"".join(request(query) for query in (ONE, TWO, THREE) * 20)], csv(1, 2, 3) * 20),
    "many packets at once": ([request(ONE), request(TWO), request(THREE)] * 10, csv(1, 2, 3) * 10),
    "with a body of no bytes": ([request(ONE, "Content-Length: 0"), request(TWO)], csv(1, 2)),
    "a chunked POST": (
        [posted(ONE).replace(b"Content-Length: 19\r\n", b"Transfer-Encoding: chunked\r\n").replace(
            ONE.encode(), b"5\r\n" + ONE[:5].encode() + b"\r\ne\r\n" + ONE[5:].encode() + b"\r\n0\r\n\r\n"),
         request(TWO)],
        csv(1, 2),
    ),
    "an absolute address": ([request(ONE).replace(b"GET /", b"GET http://localhost/"), request(ONE)], csv(1, 1)),
    "a fragment": ([request(ONE).replace(b" HTTP", b"#ask HTTP"), request(ONE)], csv(1, 1)),
    "header names in capitals": ([request(ONE).replace(b"Accept", b"ACCEPT"), request(ONE)], csv(1, 1)),
    "many headers, the last one not ASCII": ([request(ONE, *(f"X-{n}: a" for n in range(60)), "X: ท่า")], csv(1)),
    "a header of spaces": ([request(ONE, "X:" + " " * 60_000 + "a" + " " * 60_000, "Y: a")], csv(1)),
    "a header twice": ([request(ONE, "Accept: text/turtle"), request(ONE)], csv(1, 1)),
}  # fmt: skip


@pytest.mark.parametrize("name", PACKETS)
def test_packets(address: str, name: str) -> None:
    packets, bodies = PACKETS[name]
    for _ in range(3):
        with connected(address) as connection:
            connection.send(*packets, pause=0.001 if len(packets) > 5 else 0.02)
            answers = [connection.answer() for _ in bodies]
            assert [(status, body) for status, _, body in answers] == [(200, body) for body in bodies]
            assert len({headers["x-request-id"] for _, headers, _ in answers}) == len(bodies)
            connection.socket.settimeout(0.05)
            with pytest.raises(TimeoutError):
                connection.socket.recv(1)


def test_requests_that_come_while_another_is_answered_keep_their_answers(address: str) -> None:
    """Those that wait are not taken for one another, now or when the same bytes come again."""
    slow = f"SELECT (COUNT(*) AS ?n) {{ {rows(1000000)[rows(1000000).index('{') + 1 : -1]} }}"
    for repeat in range(2):
        with connected(address) as connection:
            connection.send(request(f"{slow} # {repeat}"), request(ONE), request(TWO), request(THREE))
            assert [connection.answer()[2] for _ in range(4)] == csv(1000000, 1, 2, 3)
            connection.send(request(ONE), request(TWO), request(THREE))
            assert [connection.answer()[2] for _ in range(3)] == csv(1, 2, 3)


ERRORS = [
    (request("SELCT"), 400),
    (request(ONE).replace(b"text/csv", b"image/png"), 406),
    (request(ONE).replace(b"/sparql", b"/nothing"), 404),
    (request(ONE, method="DELETE"), 405),
    (request("SELECT * { SERVICE <http://a/> {} }"), 400),
    (posted("SELCT"), 400),
    (posted(ONE).replace(b"sparql-query", b"pdf"), 415),
    (request(ONE).replace(b"query=", b"query=%FF"), 400),
]


@pytest.mark.parametrize(("sent", "status"), ERRORS)
def test_a_connection_goes_on_after_an_error(address: str, sent: bytes, status: int) -> None:
    with connected(address) as connection:
        connection.send(sent)
        assert connection.answer()[0] == status
        connection.send(request(ONE))
        assert connection.answer()[2] == csv(1)[0]
        connection.send(sent + request(TWO))
        assert connection.answer()[0] == status
        assert connection.answer()[2] == csv(2)[0]


@pytest.mark.parametrize("sent", [request(ONE, "Connection: close"), request(ONE, version="1.0"),
                                  posted(ONE, "Connection: close")])  # fmt: skip
def test_a_connection_ends_when_the_client_says_so(address: str, sent: bytes) -> None:
    for _ in range(3):
        with connected(address) as connection:
            connection.send(sent)
            status, headers, body = connection.answer()
            assert (status, headers["connection"], body) == (200, "close", csv(1)[0])
            assert connection.rest() == b""


def test_expect_continue(address: str) -> None:
    head, body = posted(ONE, "Expect: 100-continue").split(b"\r\n\r\n")
    with connected(address) as connection:
        connection.send(head + b"\r\n\r\n")
        assert connection.socket.recv(25) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.send(body)
        assert connection.answer()[2] == csv(1)[0]


def test_upgrade_is_passed_over(address: str) -> None:
    sent = request(ONE, "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk")
    with connected(address) as connection:
        connection.send(sent)
        assert connection.answer()[2] == csv(1)[0]
        connection.send(request(TWO))
        assert connection.answer()[2] == csv(2)[0]


NO_HTTP = [
    b"\x00\x01\x02\x03",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"HELO localhost\r\n\r\n",
    b"GET /sparql HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    b"POST /sparql HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
    b"POST /sparql HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"POST /sparql HTTP/1.1\r\nHost: a\r\nContent-Type: application/sparql-query\r\n"
    b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"GET /sparql HTTP/1.1\r\nHost: a\r\nBad Name: b\r\n\r\n",
    b"GET /sparql HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n",
    b"GET /sparql HTTP/1.1\r\n Host: a\r\n\r\n",
    b"GET sparql HTTP/1.1\r\nHost: a\r\n\r\n",
    b"FETCH /sparql HTTP/1.1\r\nHost: a\r\n\r\n",
]


@pytest.mark.parametrize("sent", NO_HTTP)
def test_what_is_no_http_is_400_and_the_end(address: str, sent: bytes) -> None:
    with connected(address) as connection:
        connection.send(sent)
        status, headers, _ = connection.answer()
        assert (status, headers["connection"]) == (400, "close")
        assert connection.rest() == b""


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET /sparql?query=" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
        (b"GET /sparql HTTP/1.1\r\nHost: a\r\nX: " + b"a" * (MAXIMUM_HEAD + 1), 431),
        (b"GET /sparql HTTP/1.1\r\nHost: a\r\n" + b"X: a\r\n" * (MAXIMUM_HEAD // 6 + 1), 431),
    ],
    ids=["address", "header", "headers"],
)
def test_a_head_that_is_too_long(address: str, sent: bytes, status: int) -> None:
    with connected(address) as connection:
        connection.send(sent)
        answered, headers, body = connection.answer()
        assert (answered, headers["connection"]) == (status, "close")
        assert b"longer than" in body


def test_a_head_that_is_nearly_too_long(address: str) -> None:
    lines = [f"X-{number}: {'a' * 1000}" for number in range(200)]
    with connected(address) as connection:
        for _ in range(2):
            connection.send(request(ONE, *lines))
            assert connection.answer()[2] == csv(1)[0]


def test_a_body_that_is_too_long_is_refused_before_it_is_sent(address: str) -> None:
    head = posted("").replace(b"Content-Length: 0", b"Content-Length: 1000000000")
    with connected(address) as connection:
        connection.send(head)
        status, headers, _ = connection.answer()
        assert (status, headers["connection"]) == (413, "close")


def test_a_client_that_takes_nothing_fills_no_memory(address: str, server: Server) -> None:
    """Requests of a client that reads no answer are left where they are."""
    front = psutil.Process(server.process.pid)
    sent = request(rows(10000, 60))
    assert len(httpx.get(f"{address}/sparql", params={"query": rows(10000, 60), "format": "csv"}).content) > 600_000
    with connected(address, 1) as connection:
        connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.send(sent)
        before = own_memory(front)
        with suppress(TimeoutError):
            for _ in range(100):
                connection.send(sent, pause=0)
                time.sleep(0.002)
            for _ in range(400):
                connection.send(sent * 100)
            pytest.fail("all of it was taken")
        assert own_memory(front) < before + 32 * 1024 * 1024


def test_a_thousand_connections(address: str) -> None:
    connections = [socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2])), 10) for _ in range(500)]
    try:
        assert httpx.get(f"{address}/sparql", params={"query": ONE, "format": "csv"}).content == csv(1)[0]
        for connection in connections:
            connection.sendall(request(ONE))
        assert all(connection.recv(15) == b"HTTP/1.1 200 OK" for connection in connections)
    finally:
        for connection in connections:
            connection.close()


IMPATIENT = """
import sys
import kg.server.http_protocol as protocol
protocol.COMPLETE_WITHIN = 1.0
protocol.TAKEN_WITHIN = 2.0
sys.argv[0] = "kg"
from kg.cli import main
main()
"""


@pytest.fixture(scope="module")
def impatient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that waits for its clients a second instead of half a minute."""
    log = tmp_path_factory.mktemp("impatient") / "log"
    with served(log, "-c", IMPATIENT, "serve", "--port", "0", "--root", str(SMALL), "--timeout", "1") as running:
        yield running


SLOW = {
    "nothing": (b"", b""),
    "a head without an end": (request(ONE)[:-10], b"X-Slow: a\r\n"),
    "a body without an end": (posted(ONE)[:-10], b" "),
    "a second request without an end": (request(ONE) + request(TWO)[:-10], b"X: a\r\n"),
}


@pytest.mark.parametrize("name", SLOW)
def test_a_request_that_does_not_end(impatient: Server, name: str) -> None:
    """A client that sends a little now and then gains nothing by it."""
    first, more = SLOW[name]
    begin = time.monotonic()
    with connected(impatient.address) as connection:
        connection.send(first)
        connection.socket.settimeout(0.1)
        ended = False
        while not ended and time.monotonic() < begin + 6:
            try:
                connection.send(more)
                ended = connection.socket.recv(65536) == b""
            except TimeoutError:
                continue
            except OSError:
                ended = True
        assert ended
    assert 0.9 < time.monotonic() - begin < 20
    assert metric(impatient.address, "kg_workers_busy") == 0


def test_an_answer_that_is_not_taken(impatient: Server) -> None:
    """Whoever stops reading loses the connection, and the memory of what was for him is free."""
    front = psutil.Process(impatient.process.pid)

    def others() -> int:
        return len([one for one in front.net_connections() if one.status == psutil.CONN_ESTABLISHED])

    sent = request(rows(10000, 60))
    with connected(impatient.address) as first, connected(impatient.address) as second:
        for connection in (first, second):
            connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        first.send(sent * 40)
        second.send(request(rows(1000000, 60)))
        assert first.socket.recv(1)
        assert second.socket.recv(1)
        assert others() == 2
        assert until(lambda: others() == 0, 12)
        with pytest.raises((ConnectionResetError, http.client.HTTPException)):  # noqa: PT012
            while second.socket.recv(1 << 16):
                pass
            raise http.client.IncompleteRead(b"")


def test_a_slow_reader_gets_all(impatient: Server) -> None:
    """Who goes on reading is not cut, however slow."""
    with connected(impatient.address) as connection:
        connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        connection.send(request(rows(10000, 60), "Connection: close"))
        received = bytearray()
        while piece := connection.socket.recv(16384):
            received += piece
            time.sleep(0.05)
    assert len(received.partition(b"\r\n\r\n")[2]) == 3 + 10_000 * 62


def test_half_closed_connections_do_not_stay(address: str, server: Server) -> None:
    """The end of what a client sends is the end of the connection, whatever was asked."""
    front = psutil.Process(server.process.pid)
    with connected(address) as connection:
        port = connection.socket.getsockname()[1]
        connection.send(request(ONE))
        assert connection.answer()[2] == csv(1)[0]
        connection.socket.shutdown(socket.SHUT_WR)
        assert connection.rest() == b""
        assert until(lambda: all(one.raddr.port != port for one in front.net_connections() if one.raddr))


HOSTS = [
    (b"GET /sparql?query=ASK%20%7B%7D HTTP/1.1\r\n\r\n", b"400"),
    (b"GET /sparql?query=ASK%20%7B%7D HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", b"400"),
    (b"GET /sparql?query=ASK%20%7B%7D HTTP/1.1\r\nAccept: */*\r\n\r\n", b"400"),
    (b"GET /sparql?query=ASK%20%7B%7D HTTP/1.1\r\nHost: a\r\n\r\n", b"200"),
    (b"GET /sparql?query=ASK%20%7B%7D HTTP/1.0\r\n\r\n", b"200"),
]


@pytest.mark.parametrize(("request_", "status"), HOSTS)
def test_a_request_names_its_host_once(server: Server, request_: bytes, status: bytes) -> None:
    host, port = server.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(request_)
        assert connection.recv(65536).split(b" ")[1] == status


def test_a_long_answer_is_not_sent_by_http_1_0(server: Server) -> None:
    host, port = server.address.removeprefix("http://").split(":")
    query = quote("SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(f"GET /sparql?query={query} HTTP/1.0\r\n\r\n".encode())
        assert connection.recv(65536).split(b" ")[1] == b"505"


@pytest.mark.parametrize(
    ("query", "status", "answer"),
    [
        ("SELECT(STR('ท่าใต้')AS?s){}".encode(), b"200", "ท่าใต้".encode()),
        ("SELECT(STR('ท่า%20ใต้')AS?s){}".encode(), b"200", "ท่า ใต้".encode()),
        ("SELECT*{?a?b?c.?d?e?f.?g?h?i.?j?k?l.FILTER(?c!='ท่า')}".encode(), b"200", b"bindings"),
        (b"SELECT(STR('\xe0\xb8')AS?s){}", b"400", b"UTF-8"),
    ],
)
def test_thai_that_is_not_percent_encoded(server: Server, query: bytes, status: bytes, answer: bytes) -> None:
    host, port = server.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(b"GET /sparql?query=" + query + b" HTTP/1.1\r\nHost: a\r\n\r\n")
        received = connection.recv(65536)
        while answer not in received and len(received) < 100_000:
            received += connection.recv(65536)
        assert received.split(b" ")[1] == status
