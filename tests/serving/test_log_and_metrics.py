"""What a server tells of itself: the access log, the metrics, the state."""

import hashlib
import re
from concurrent.futures import ThreadPoolExecutor

import httpx
import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.serving.conftest import Serve, Server
from tests.serving.exchange import ENDLESS, ENDLESS_ROWS, connected, metric, posted, request, rows, until

LINE = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ id=(?P<id>\S+) client=(?P<client>\S+) method=(?P<method>\S+) "
    r"status=(?P<status>\d{3}) outcome=(?P<outcome>\S+) query=(?P<query>\S+) rows=(?P<rows>\S+) bytes=(?P<bytes>\d+) "
    r"ms=(?P<ms>\d+\.\d)"
)
SECRET = "ความลับ-secret-4711"


def digest(query: str) -> str:
    """Return what the log calls a query."""
    return hashlib.blake2b(query.encode(), digest_size=8).hexdigest()


def lines(server: Server, number: int) -> list[dict[str, str]]:
    """Return the fields of the lines of the access log, when there are as many."""

    def read() -> list[dict[str, str]]:
        found = [LINE.fullmatch(line) for line in server.log.read_text("utf-8").splitlines()]
        return [match.groupdict() for match in found if match]

    assert until(lambda: len(read()) >= number), server.log.read_text("utf-8")
    return read()


def test_a_line_for_each_request(serve: Serve) -> None:
    server = serve("--timeout", "1")
    found = f"SELECT * {{ VALUES ?x {{ '{SECRET}' 2 3 }} }}"
    shown: list[tuple[str, str, str, str]] = []
    identities = []

    def ask(method: str, query: str, outcome: str, number: str = "-", **more: str) -> None:
        sent = {"accept-encoding": "identity", **more}
        response = httpx.request(method, server.url, params={"query": query}, headers=sent, timeout=10)
        identities.append(response.headers["x-request-id"])
        known = outcome not in ("refused", "preflight")
        shown.append((f"{response.status_code}", outcome, digest(query) if known else "-", number))

    ask("GET", found, "answered", "3")
    ask("GET", found, "cached", "3")
    ask("HEAD", found, "cached", "3")
    ask("GET", "ASK {}", "answered")
    ask("GET", f"SELCT {SECRET}", "malformed")
    ask("GET", "ASK { }", "not-acceptable", accept="image/png")
    ask("DELETE", "ASK {}", "refused")
    ask("OPTIONS", "ASK {}", "preflight")
    ask("GET", f"{ENDLESS} #{SECRET}", "deadline")
    plain = {"accept-encoding": "identity"}
    tag = httpx.get(server.url, params={"query": found}, headers=plain).headers["etag"]
    shown.append(("200", "cached", digest(found), "3"))
    identities.append("")
    ask("GET", found, "unmodified", **{"if-none-match": tag})
    ask("GET", rows(100_000), "answered", "100000")

    told = lines(server, len(shown))
    assert [(one["status"], one["outcome"], one["query"], one["rows"]) for one in told] == shown
    assert [one["id"] for one, identity in zip(told, identities, strict=True) if identity] == [
        *filter(None, identities)
    ]
    assert len({one["id"] for one in told}) == len(told)
    assert {one["client"] for one in told} == {"127.0.0.1"}
    text = server.log.read_text("utf-8")
    for word in (SECRET, SECRET.partition("-")[0], "VALUES", "SELCT"):
        assert word not in text
    assert 900 < float(told[8]["ms"]) < 2500
    assert int(told[-1]["bytes"]) > 2_000_000
    assert len(text.splitlines()) == len(told), "there are other lines"


def test_what_ends_early_is_in_the_log(serve: Serve) -> None:
    server = serve("--timeout", "2")
    for sent in (request(ENDLESS), posted(ENDLESS)):
        with connected(server.address) as connection:
            connection.send(sent)
            assert until(lambda: metric(server.address, "kg_workers_busy") == 1)
    with connected(server.address) as connection, pytest.raises(ConnectionResetError):  # noqa: PT012
        connection.send(request(ENDLESS_ROWS))
        while connection.socket.recv(1 << 20):
            pass
    told = lines(server, 3)
    assert [(one["status"], one["outcome"], one["method"]) for one in told] == [
        ("499", "cancelled", "GET"),
        ("499", "cancelled", "POST"),
        ("200", "cut", "GET"),
    ]
    assert int(told[2]["bytes"]) > 1_000_000


def test_no_log_when_it_is_not_wanted(serve: Serve) -> None:
    server = serve("--no-access-log")
    for _ in range(3):
        assert httpx.get(server.url, params={"query": "ASK {}"}).status_code == 200
    assert not until(lambda: server.log.stat().st_size > 0, 0.5)


def test_metrics(serve: Serve) -> None:
    server = serve("--timeout", "1")
    for _ in range(3):
        httpx.get(server.url, params={"query": "ASK {}"})
    httpx.get(server.url, params={"query": "SELCT"})
    httpx.get(server.url, params={"query": ENDLESS}, timeout=10)
    response = httpx.get(f"{server.address}/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=")
    assert response.headers["cache-control"] == "no-store"
    families = {family.name: family for family in text_string_to_metric_families(response.text)}
    assert all(family.documentation for family in families.values())
    address = server.address
    assert metric(address, "kg_responses_total", status="400", outcome="malformed") == 1
    assert metric(address, "kg_responses_total", status="504", outcome="deadline") == 1
    assert metric(address, "kg_responses_total", status="200", outcome="answered") == 1
    hits = metric(address, "kg_responses_total", outcome="cached") + metric(address, "kg_cache_request_hits_total")
    assert hits == 2
    assert metric(address, "kg_cache_answers") == 1
    assert 0 < metric(address, "kg_cache_bytes") < 10_000
    assert metric(address, "kg_workers_replaced_total", reason="deadline") == 1
    assert metric(address, "kg_response_seconds_count") == 3
    assert 1 <= metric(address, "kg_response_seconds_sum") < 3
    assert metric(address, "kg_workers_busy") == metric(address, "kg_questions_waiting") == 0


def test_metrics_and_state_are_told_under_load(serve: Serve) -> None:
    server = serve("--timeout", "2", "--workers", "4")
    with ThreadPoolExecutor(6) as threads:
        running = [
            threads.submit(httpx.post, server.url, data={"query": f"{ENDLESS} #{number}"}, timeout=15)
            for number in range(6)
        ]
        assert until(lambda: metric(server.address, "kg_workers_busy") >= 2)
        assert until(lambda: metric(server.address, "kg_questions_waiting") >= 1)
        response = httpx.get(f"{server.address}/healthz", timeout=1)
        assert (response.status_code, response.json()["status"]) == (200, "ok")
        assert {one.result().status_code for one in running} <= {503, 504}


def test_a_log_that_nobody_reads_holds_nothing_up(serve: Serve, server: Server) -> None:
    """The lines of many requests at once are all there, and the front has not grown."""
    front = psutil.Process(server.process.pid)
    before = front.memory_info().rss
    with httpx.Client() as client:
        for number in range(500):
            assert client.get(server.url, params={"query": f"ASK {{}} #{number % 5}"}).status_code == 200
    assert front.memory_info().rss < before + 32 * 1024 * 1024
