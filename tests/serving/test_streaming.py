"""Long answers: right to the last byte, in every format and coding, in bounded memory."""

import gzip
import json
import time
from collections.abc import Iterator
from threading import Event, Thread
from xml.etree import ElementTree

import httpx
import psutil
import pytest
from backports.zstd import ZstdDecompressor
from pyoxigraph import RdfFormat, parse
from tests.serving.conftest import RUN, SMALL, Server, served
from tests.serving.exchange import CROSS, metric, own_memory, rows, until

from kg.server.engine import HELD

ROWS = 100_000
"""More than `HELD` bytes in each format."""

PLAIN = {"accept-encoding": "identity"}


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that takes its time, and keeps no answers."""
    log = tmp_path_factory.mktemp("patient") / "log"
    options = ("--timeout", "60", "--cache", "0")
    with served(log, "-c", RUN, "serve", "--port", "0", "--root", str(SMALL), *options) as running:
        yield running


def numbers(form: str, body: bytes) -> list[str]:
    """Return the values of a result, read by another library than wrote it."""
    text = body.decode()
    if form == "json":
        return [row["n"]["value"] for row in json.loads(text)["results"]["bindings"]]
    if form == "xml":
        return [
            element.text or "" for element in ElementTree.fromstring(text).iter() if element.tag.endswith("literal")
        ]
    lines = text.split("\r\n" if form == "csv" else "\n")
    assert lines.pop() == ""
    assert lines.pop(0) == ("n" if form == "csv" else "?n")
    return [line.strip('"') for line in lines]


@pytest.mark.parametrize("form", ["json", "xml", "csv", "tsv"])
def test_a_long_result_is_whole(patient: Server, form: str) -> None:
    response = httpx.get(patient.url, params={"query": rows(ROWS), "format": form}, timeout=30)
    assert response.status_code == 200
    assert response.headers["transfer-encoding"] == "chunked"
    assert "content-length" not in response.headers
    assert len(response.content) > HELD
    assert sorted(map(int, numbers(form, response.content))) == list(range(ROWS))


@pytest.mark.parametrize(
    ("form", "engine"),
    [
        ("nt", RdfFormat.N_TRIPLES),
        ("ttl", RdfFormat.TURTLE),
        ("rdfxml", RdfFormat.RDF_XML),
        ("jsonld", RdfFormat.JSON_LD),
    ],
)
def test_a_long_graph_is_whole(patient: Server, form: str, engine: RdfFormat) -> None:
    query = rows(ROWS).replace("SELECT (", "CONSTRUCT { <x:s> <x:p> ?n } { SELECT (", 1) + " }"
    response = httpx.get(patient.url, params={"query": query, "format": form}, timeout=30)
    assert response.status_code == 200
    assert len(response.content) > HELD
    assert len({quad.object.value for quad in parse(response.content, format=engine)}) == ROWS


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
@pytest.mark.parametrize("length", [1000, ROWS], ids=["held", "streamed"])
def test_a_coded_answer_is_the_same(patient: Server, coding: str, length: int) -> None:
    params = {"query": rows(length), "format": "csv"}
    plain = httpx.get(patient.url, params=params, headers={"accept-encoding": "identity"}, timeout=30)
    with httpx.stream("GET", patient.url, params=params, headers={"accept-encoding": coding}, timeout=30) as response:
        raw = b"".join(response.iter_raw())
    assert response.headers["content-encoding"] == coding
    assert "content-encoding" not in plain.headers
    assert (gzip.decompress(raw) if coding == "gzip" else ZstdDecompressor().decompress(raw)) == plain.content
    assert len(raw) < len(plain.content) / 2
    assert response.headers["etag"] != plain.headers["etag"]


def test_the_first_bytes_come_before_the_last_are_computed(patient: Server) -> None:
    begin = time.monotonic()
    params = {"query": rows(10_000_000, 40)}
    with httpx.stream("GET", patient.url, params=params, headers=PLAIN, timeout=30) as response:
        assert response.status_code == 200
        first = next(response.iter_raw())
        assert time.monotonic() - begin < 10
        assert first.startswith(b'{"head":{"vars":["n"]}')
    assert until(lambda: metric(patient.address, "kg_workers_busy") == 0)


def test_thirty_megabytes_take_bounded_memory(patient: Server) -> None:
    assert until(lambda: len(patient.processes()) >= 5)
    front = psutil.Process(patient.process.pid)
    most: dict[str, int] = {"front": 0, "worker": 0}
    done = Event()

    def watch() -> None:
        while not done.wait(0.05):
            most["front"] = max(most["front"], own_memory(front))
            for worker in patient.processes()[1:]:
                try:
                    most["worker"] = max(most["worker"], own_memory(worker))
                except psutil.NoSuchProcess:
                    continue

    before = own_memory(front)
    watching = Thread(target=watch)
    watching.start()
    length = lines = 0
    try:
        params = {"query": f"SELECT * {{ {CROSS} }} LIMIT 30000", "format": "tsv"}
        with httpx.stream("GET", patient.url, params=params, headers=PLAIN, timeout=60) as got:
            for piece in got.iter_raw():
                length += len(piece)
                lines += piece.count(b"\n")
    finally:
        done.set()
        watching.join()
    assert lines == 1 + 30_000
    assert length > 30_000_000
    assert most["worker"] > 0
    assert most["front"] < before + 24 * 1024 * 1024
    assert most["worker"] < 80 * 1024 * 1024


def test_answers_at_the_border_of_what_is_held(patient: Server) -> None:
    """Around the length from which on an answer is streamed nothing is lost or doubled."""
    for width in range(HELD // 10_000 - 6, HELD // 10_000 + 4):
        response = httpx.get(patient.url, params={"query": rows(10_000, width), "format": "csv"}, headers=PLAIN)
        assert len(response.content) == 3 + 10_000 * (width + 2)
        assert ("content-length" in response.headers) == (len(response.content) <= HELD)
