"""Mutates requests, as raw bytes, against a running server: `python -m tests.fuzz.requests --seconds 120 [--seed 1]`.

Whatever comes, the server answers with a status of HTTP or ends the connection, keeps its processes, and afterwards
answers a plain query as before. A failure is told with the seed and the bytes that were sent.
"""

import argparse
import random
import socket
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from http.client import HTTPException
from pathlib import Path
from typing import Final

from tests.serving.conftest import RUN, SMALL, Server, served
from tests.serving.exchange import ENDLESS, Connection, alive, metric, posted, request, rows, until

STATUSES: Final = {200, 204, 304, 400, 403, 404, 405, 406, 408, 413, 414, 415, 431, 500, 501, 503, 504}
"""Statuses that may be answered; 500 only as the engine's word about a query, never as a defect of ours."""

PLAIN: Final = ("SELECT (42 AS ?n) {}", b"n\r\n42\r\n")

SEEDS: Final = [
    request("SELECT ?s { ?s ?p 'ท่าใต้'@th }"),
    request("ASK {}", "If-None-Match: *", "Accept-Encoding: gzip;q=0.5, zstd", "Connection: keep-alive"),
    request("CONSTRUCT WHERE { ?s ?p ?o }", "Accept: text/turtle;q=0.5, */*;q=0.1"),
    request("SELECT * { ?s ?p ?o } ORDER BY ?o LIMIT 3", method="HEAD"),
    request(rows(100)),
    request("SELCT"),
    request(ENDLESS),
    posted("SELECT * { VALUES ?x { 1 2 3 } }"),
    posted("ASK {}", "Expect: 100-continue"),
    posted("ASK {}").replace(b"POST", b"QUERY"),
    b"POST /sparql HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 35\r\n\r\n"
    b"query=ASK+%7B%7D&format=csv&x=%25%2B",
    b"POST /sparql HTTP/1.1\r\nHost: a\r\nContent-Type: application/sparql-query\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"3\r\nASK\r\n3\r\n {}\r\n0\r\n\r\n",
    b"OPTIONS /sparql HTTP/1.1\r\nHost: a\r\nOrigin: http://a\r\nAccess-Control-Request-Method: POST\r\n\r\n",
    b"GET /sparql HTTP/1.1\r\nHost: a\r\nAccept: text/html\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nCookie: lang=en\r\n\r\n",
    b"GET /?lang=en&question=fares HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /.well-known/void?format=nt HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /static/site.css HTTP/1.0\r\n\r\n",
]
PIECES: Final = [
    b"\r\n", b"\r\n\r\n", b"\n", b"\r", b"\x00", b"\xff", b" ", b"\t", b":", b";", b",", b"=", b"&", b"?", b"#", b"%",
    b"%00", b"%FF", b"%E0%B8", b"%25", b"+", b"\"", b"{", b"}", b"(" * 70, b"<", b">", b"'''", b"\\", b"*", b"q=0",
    b"q=1.000", b"HTTP/1.0", b"HTTP/1.1", b"HTTP/2.0", b"GET ", b"POST ", b"Host: b\r\n", b"Content-Length: 0\r\n",
    b"Content-Length: 99999999999999999999\r\n", b"Transfer-Encoding: chunked\r\n", b"Connection: close\r\n",
    b"Connection: Upgrade\r\nUpgrade: websocket\r\n", b"Expect: 100-continue\r\n", b"X: " + b" " * 3000 + b"a\r\n",
    b"X: a\r\n" * 200, b"a" * 9000, "ท่า".encode(), "\U0001f6f6".encode(), b"default-graph-uri=http://a/", b"query=",
    b"update=", b"format=", b"SERVICE <http://127.0.0.1:9/> {}", b"INSERT DATA {}", b"X-Forwarded-For: a\r\n",
]  # fmt: skip


def _cut(data: bytes, chance: random.Random) -> bytes:
    """Leave some bytes out."""
    begin = chance.randrange(len(data) + 1)
    return data[:begin] + data[begin + chance.choice([1, 2, 8, 64]) :]


def _insert(data: bytes, chance: random.Random) -> bytes:
    """Put a piece in."""
    place = chance.randrange(len(data) + 1)
    return data[:place] + chance.choice(PIECES) + data[place:]


def _replace(data: bytes, chance: random.Random) -> bytes:
    """Change a byte."""
    place = chance.randrange(len(data)) if data else 0
    return data[:place] + bytes([chance.randrange(256)]) + data[place + 1 :]


def _repeat(data: bytes, chance: random.Random) -> bytes:
    """Say some of it again."""
    begin = chance.randrange(len(data) + 1)
    length = chance.choice([1, 8, 64, 512])
    return data[:begin] + data[begin : begin + length] * chance.choice([2, 3, 50]) + data[begin + length :]


def _join(data: bytes, chance: random.Random) -> bytes:
    """Send another request behind it."""
    return data + chance.choice(SEEDS)


def _splice(data: bytes, chance: random.Random) -> bytes:
    """End it as another request ends."""
    other = chance.choice(SEEDS)
    return data[: chance.randrange(len(data) + 1)] + other[chance.randrange(len(other) + 1) :]


MUTATIONS: Final[Sequence[Callable[[bytes, random.Random], bytes]]] = (_cut, _insert, _replace, _repeat, _join, _splice)


def mutated(chance: random.Random) -> bytes:
    """Return the bytes of a request with some damage."""
    data = chance.choice(SEEDS)
    for _ in range(chance.choice([0, 1, 1, 2, 3, 6])):
        data = chance.choice(MUTATIONS)(data, chance)
    return data


def exchanged(address: str, data: bytes, chance: random.Random) -> list[int]:
    """Send some bytes, in one piece or several, and return the statuses that come back.

    Raises AssertionError for an answer that is none, or that should not be.
    """
    connection = Connection(address, timeout=0.15)
    statuses: list[int] = []
    try:
        cuts = sorted(chance.randrange(len(data) + 1) for _ in range(chance.choice([0, 0, 1, 3])))
        pieces = [data[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(data)], strict=True)]
        connection.send(*pieces, pause=0.001)
        if chance.random() < 0.3:
            connection.socket.shutdown(socket.SHUT_WR)
        method = data.lstrip(b"\r\n").partition(b" ")[0].decode("latin-1")
        while True:
            status, headers, body = connection.answer(method)
            statuses.append(status)
            assert status in STATUSES, f"status {status}"
            assert status != 500 or headers["content-type"] == "application/problem+json", body
            assert b"Traceback" not in body, body
            method = "GET"  # the next one, if there is one
    except (OSError, HTTPException, TimeoutError):
        pass  # the connection ended, or waits for the rest of a request
    finally:
        connection.close()
    return statuses


def fuzz(server: Server, seconds: float, seed: int) -> Counter[int]:
    """Mutate for some seconds and return how often each status was answered. Raises AssertionError at a failure."""
    chance = random.Random(seed)
    statuses: Counter[int] = Counter()
    number = len(server.processes())
    front = server.process
    end = time.monotonic() + seconds
    count = 0
    while time.monotonic() < end:
        data = mutated(chance)
        count += 1
        told = f"seed {seed}, request {count}: {data!r}"
        try:
            statuses.update(exchanged(server.address, data, chance))
        except AssertionError as error:
            raise AssertionError(f"{error} ({told})") from error
        assert front.poll() is None, f"the server ended ({told})"
        if count % 50 == 0:
            assert answers(server), f"a plain query is not answered ({told})"
    assert until(lambda: metric(server.address, "kg_workers_busy") == 0, 15), "a worker stays busy"
    assert until(lambda: sum(map(alive, server.processes())) == number), "a process is missing"
    assert answers(server), "a plain query is not answered at the end"
    assert "Traceback" not in server.log.read_text("utf-8", "replace"), server.log.read_text("utf-8", "replace")
    return statuses


def answers(server: Server) -> bool:
    """Whether a plain query has its answer, from the cache by its bytes or not."""
    query, expected = PLAIN
    for more in ("", f" # {time.monotonic_ns()}"):
        connection = Connection(server.address, timeout=5)
        try:
            connection.send(request(query + more))
            status, _, body = connection.answer()
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()
        if (status, body) != (200, expected):
            return False
    return True


def main() -> None:
    """Start a server on the small tree, and mutate."""
    parser = argparse.ArgumentParser(description="Mutate requests against a running server.")
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        command = ("-c", RUN, "serve", "--port", "0", "--root", str(SMALL), "--timeout", "1")
        with served(Path(folder) / "log", *command) as server:
            assert until(lambda: len(server.processes()) > 4)
            statuses = fuzz(server, options.seconds, options.seed)
    print(f"seed {options.seed}: {statuses.total()} answers: {dict(sorted(statuses.items()))}", file=sys.stdout)


if __name__ == "__main__":
    main()
