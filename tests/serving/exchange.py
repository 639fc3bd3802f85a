"""What the tests of the running server share: raw connections, queries that do not end, what the metrics say."""

import io
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPResponse
from typing import cast
from urllib.parse import quote, urlsplit

import httpx
import psutil
from prometheus_client.parser import text_string_to_metric_families

CROSS = " ".join(f"?s{number} ?p{number} ?o{number} ." for number in range(12))
"""A product of all triples with each other, of twelve factors."""

ENDLESS = f"SELECT (COUNT(*) AS ?n) {{ {CROSS} }}"
"""A query that no machine answers, in one row."""

ENDLESS_ROWS = f"SELECT * {{ {CROSS} }}"
"""A query whose answer no machine ends, row by row."""


def rows(length: int, width: int = 20) -> str:
    """Return a query with `length` solutions, a power of ten, of one value of `width` digits each, quickly computed."""
    digits = len(str(length)) - 1
    values = "".join(
        f"VALUES ?d{place} {{ {' '.join(str(digit) for digit in range(10))} }} " for place in range(digits)
    )
    number = ", ".join(f"STR(?d{place})" for place in range(digits))
    return f'SELECT (CONCAT("{"0" * (width - digits)}", {number}) AS ?n) {{ {values} }}'


def request(query: str, *lines: str, method: str = "GET", host: str = "localhost", version: str = "1.1") -> bytes:
    """Return the bytes of a request of a query in the address, with further header lines."""
    head = [f"{method} /sparql?query={quote(query)} HTTP/{version}", f"Host: {host}", "Accept: text/csv", *lines]
    return "\r\n".join([*head, "", ""]).encode()


def posted(query: str, *lines: str) -> bytes:
    """Return the bytes of a request of a query in the body, with further header lines."""
    body = query.encode()
    head = ["POST /sparql HTTP/1.1", "Host: localhost", "Accept: text/csv", "Content-Type: application/sparql-query"]
    return "\r\n".join([*head, f"Content-Length: {len(body)}", *lines, "", ""]).encode() + body


class _Shared(io.BufferedReader):
    """What several responses are read from, so that none may close it."""

    def close(self) -> None:
        """Leave it open."""


class Connection:
    """A raw connection: bytes out, responses in."""

    def __init__(self, address: str, timeout: float = 10) -> None:
        """Connect to the host and port of an address."""
        parts = urlsplit(address)
        self.socket = socket.create_connection((parts.hostname, parts.port or 80), timeout)
        self._raw = self.socket.makefile("rb", buffering=0)
        self._file = _Shared(cast("io.RawIOBase", self._raw))

    def makefile(self, *_arguments: object) -> io.BufferedReader:
        """Return what responses are read from, as `http.client` asks for it."""
        return self._file

    def send(self, *pieces: bytes, pause: float = 0.02) -> None:
        """Send bytes, each piece in a packet of its own."""
        for number, piece in enumerate(pieces):
            if number:
                time.sleep(pause)
            self.socket.sendall(piece)

    def answer(self, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
        """Read a response: its status, header fields in lower case, body. Raises what `http.client` raises."""
        response = HTTPResponse(cast("socket.socket", self), method=method)
        response.begin()
        body = response.read()
        return response.status, {name.lower(): value for name, value in response.getheaders()}, body

    def rest(self) -> bytes:
        """Read until the server closes the connection."""
        return self._file.read()

    def close(self) -> None:
        """Close the connection."""
        self._raw.close()
        self.socket.close()


@contextmanager
def connected(address: str, timeout: float = 10) -> Iterator[Connection]:
    """Connect, and close the connection at the end."""
    connection = Connection(address, timeout)
    try:
        yield connection
    finally:
        connection.close()


def metric(address: str, name: str, **labels: str) -> float:
    """Return the sum of the samples of a metric that have these labels."""
    text = httpx.get(f"{address}/metrics", timeout=10).text
    return sum(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


def until(condition: Callable[[], bool], seconds: float = 5) -> bool:
    """Wait until something is so, at most some seconds. Return whether it is."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return condition()


def alive(process: psutil.Process) -> bool:
    """Whether a process runs."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def share_of_processor(processes: list[psutil.Process], seconds: float = 0.5) -> float:
    """Return how much of a processor some processes use for a while, 1.0 being one of them."""

    def used() -> float:
        total = 0.0
        for process in processes:
            try:
                times = process.cpu_times()
            except psutil.NoSuchProcess:
                continue
            total += times.user + times.system
        return total

    begin = used()
    time.sleep(seconds)
    return (used() - begin) / seconds


def own_memory(process: psutil.Process) -> int:
    """Return the bytes that a process shares with no other."""
    return int(process.memory_full_info().uss)
