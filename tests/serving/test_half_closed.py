"""A client that has asked and ends its side of the connection gets its answers; one that is gone holds no worker."""

import select
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.serving.conftest import RUN, SMALL, Server, served
from tests.serving.exchange import ENDLESS, ENDLESS_ROWS, Connection, connected, metric, posted, request, rows, until

from kg.server.http_protocol import HALF_CLOSED, PROBED_EVERY

ONE, TWO, THREE = (f"SELECT ({number} AS ?n) {{}}" for number in (1, 2, 3))
DEADLINE = 3.0
"""Seconds that a query may take; longer than two lines that ask whether the client is there are apart."""

assert DEADLINE > 2 * PROBED_EVERY + HALF_CLOSED

LONG = rows(10000, 200)
"""A query whose answer is sent in pieces."""

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


@pytest.fixture(scope="module")
def halved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose deadline a test can wait for."""
    log = tmp_path_factory.mktemp("half") / "log"
    options = ("--timeout", f"{DEADLINE}", "--workers", "6")
    with served(log, "-c", RUN, "serve", "--port", "0", "--root", str(SMALL), *options) as running:
        assert until(lambda: len(running.processes()) == 7)
        yield running


# What is sent before the end, and the statuses and bodies that come back.
SENT: dict[str, tuple[list[bytes], list[tuple[int, bytes]]]] = {
    "GET": ([request(ONE)], [(200, b"n\r\n1\r\n")]),
    "POST": ([posted(ONE)], [(200, b"n\r\n1\r\n")]),
    "POST in pieces": ([posted(ONE)[:-9], posted(ONE)[-9:]], [(200, b"n\r\n1\r\n")]),
    "HTTP/1.0": ([request(ONE, version="1.0")], [(200, b"n\r\n1\r\n")]),
    "GET, pipelined": ([request(ONE) + request(TWO) + request(THREE)], [(200, b"n\r\n%d\r\n" % n) for n in (1, 2, 3)]),
    "GET and POST": ([request(ONE), posted(TWO), request(THREE)], [(200, b"n\r\n%d\r\n" % n) for n in (1, 2, 3)]),
    "forty": ([(request(ONE) + posted(TWO)) * 20], [(200, b"n\r\n1\r\n"), (200, b"n\r\n2\r\n")] * 20),
    "half a request behind it": ([request(ONE) + request(TWO)[:30]], [(200, b"n\r\n1\r\n")]),
    "half a body behind it": ([posted(ONE) + posted(TWO)[:-3]], [(200, b"n\r\n1\r\n")]),
    "half a body behind a GET": ([request(ONE), posted(TWO)[:-3]], [(200, b"n\r\n1\r\n")]),
    "an error": ([request("SELCT")], [(400, b"")]),
    "slow GET": ([request(ENDLESS + " # GET")], [(504, b"")]),
    "slow POST": ([posted(ENDLESS + " # POST")], [(504, b"")]),
    "slow, of HTTP/1.0": ([request(ENDLESS + " # 1.0", version="1.0")], [(504, b"")]),
    "quick ones behind a slow GET": (
        [request(ENDLESS + " # first"), request(ONE) + posted(TWO)],
        [(504, b""), (200, b"n\r\n1\r\n"), (200, b"n\r\n2\r\n")],
    ),
    "slow ones behind a quick one": (
        [request(ONE) + posted(ENDLESS + " # second") + request(ENDLESS + " # third")],
        [(200, b"n\r\n1\r\n"), (504, b""), (504, b"")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SENT)
def test_all_answers_come_and_then_the_end(halved: Server, name: str) -> None:
    packets, expected = SENT[name]
    with connected(halved.address, timeout=20) as connection:
        connection.send(*packets)
        connection.socket.shutdown(socket.SHUT_WR)
        answers = [connection.answer() for _ in expected]
        assert [(status, body if status == 200 else b"") for status, _, body in answers] == expected
        assert connection.rest() == b""


@pytest.mark.parametrize("sent", [request(LONG), posted(LONG)], ids=["GET", "POST"])
def test_a_long_answer_comes_whole(halved: Server, sent: bytes) -> None:
    with connected(halved.address) as connection:
        connection.send(sent)
        connection.socket.shutdown(socket.SHUT_WR)
        status, headers, body = connection.answer()
        assert (status, headers["transfer-encoding"]) == (200, "chunked")
        assert len(body) == 3 + 10_000 * 202
        assert connection.rest() == b""


@pytest.mark.parametrize(
    "sent", [request(ONE)[:-2], posted(ONE)[:-3], b""], ids=["half a head", "half a body", "nothing"]
)
def test_half_a_request_is_the_end(halved: Server, sent: bytes) -> None:
    with connected(halved.address) as connection:
        connection.send(sent)
        connection.socket.shutdown(socket.SHUT_WR)
        assert connection.rest() == b""


# Who is told 100 (Continue) while a slow answer is awaited: nobody of HTTP/1.0, which has no such status.
PROBED = [(request(ENDLESS + " # probed"), True), (posted(ENDLESS + " # probed"), True),
          (request(ENDLESS + " # probed", version="1.0"), False)]  # fmt: skip


@pytest.mark.parametrize(("sent", "probed"), PROBED, ids=["GET", "POST", "HTTP/1.0"])
def test_a_slow_answer_is_announced(halved: Server, sent: bytes, probed: bool) -> None:
    """More than once, as the client may go at any time; and always before the answer."""
    with connected(halved.address) as connection:
        connection.send(sent)
        connection.socket.shutdown(socket.SHUT_WR)
        before, answer, _ = connection.rest().partition(b"HTTP/1.1 504")
        assert answer
        assert before == CONTINUE * (before.count(b"\n") // 2)
        assert (before.count(CONTINUE) > 1) == probed


def _close(connection: Connection) -> None:
    """Leave as a process that has nothing more to do does."""
    connection.close()


def _reset(connection: Connection) -> None:
    """Leave as a process that ends with something unread does."""
    connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    connection.close()


def _end_and_close(connection: Connection) -> None:
    """End this side first, as `nc -N` does, and leave when the server has asked whether anybody is there."""
    connection.socket.shutdown(socket.SHUT_WR)
    assert select.select([connection.socket], [], [], 10)[0]
    connection.close()


LEAVING = {
    "GET": request(f"{ENDLESS} # leaves"),
    "POST": posted(f"{ENDLESS} # leaves"),
    "GET, streaming": request(f"{ENDLESS_ROWS} # leaves"),
    "POST, streaming": posted(f"{ENDLESS_ROWS} # leaves"),
    "pipelined": request(f"{ENDLESS} # leaves") + posted(ONE) + request(TWO),
}


@pytest.mark.parametrize("leave", [_close, _reset, _end_and_close])
@pytest.mark.parametrize("name", LEAVING)
def test_a_client_that_is_gone_frees_its_worker(
    patient: Server, name: str, leave: Callable[[Connection], None]
) -> None:
    """Long before the deadline of a minute, which no test waits for."""
    before = metric(patient.address, "kg_workers_replaced_total", reason="cancelled")
    connection = Connection(patient.address)
    connection.send(LEAVING[name])
    assert until(lambda: metric(patient.address, "kg_workers_busy") == 1)
    leave(connection)
    assert until(lambda: metric(patient.address, "kg_workers_busy") == 0, 10)
    assert metric(patient.address, "kg_workers_replaced_total", reason="cancelled") == before + 1


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose deadline no test waits for."""
    log: Path = tmp_path_factory.mktemp("patient") / "log"
    with served(log, "-c", RUN, "serve", "--port", "0", "--root", str(SMALL), "--timeout", "60") as running:
        yield running
