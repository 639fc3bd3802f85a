"""What is written down of each request: a line of the access log, and the metrics that Prometheus reads.

A line names the query by a digest. The query itself is told on the level DEBUG only.
"""

import asyncio
import os
import secrets
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from kg.server.cache import AnswerCache, Entry
    from kg.server.endpoint import Request
    from kg.server.pool import WorkerPool
    from kg.server.response import Response

_FLUSH: Final = 0.2
"""Seconds for which lines are held."""

_MOST_HELD: Final = 4096
"""Lines that are held when nobody reads them; more are dropped and counted."""

_BUCKETS: Final = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30)
"""Seconds."""


class AccessLog:
    """Writes lines to a file descriptor in bunches, by a thread, so that a slow reader holds nothing up."""

    def __init__(self, descriptor: int | None) -> None:
        """Take where to write to; None writes nowhere."""
        self.dropped = 0
        self._descriptor = descriptor
        self._lines: list[str] = []
        self._writing = False

    @property
    def wanted(self) -> bool:
        """Whether lines go anywhere."""
        return self._descriptor is not None

    def add(self, line: str) -> None:
        """Take a line without its end."""
        if self._descriptor is None:
            return
        if not self._lines and not self._writing:
            asyncio.get_running_loop().call_later(_FLUSH, self._flush)
        if len(self._lines) < _MOST_HELD or not self._writing:
            self._lines.append(line)
        else:
            self.dropped += 1

    def _flush(self) -> None:
        """Write what is held, unless that is being done."""
        if self._lines and not self._writing and self._descriptor is not None:
            self._writing = True
            text = "\n".join([*self._lines, ""]).encode()
            self._lines.clear()
            future = asyncio.get_running_loop().run_in_executor(None, _write, self._descriptor, text)
            future.add_done_callback(self._written)

    def _written(self, future: "asyncio.Future[None]") -> None:
        """Go on with the next bunch."""
        self._writing = False
        if future.exception() is None:
            self._flush()
        else:
            self._descriptor = None  # whoever read it is gone

    def close(self) -> None:
        """Write what is left."""
        if self._descriptor is not None and self._lines and not self._writing:
            _write(self._descriptor, "\n".join([*self._lines, ""]).encode())
            self._lines.clear()


def _write(descriptor: int, text: bytes) -> None:
    """Write all of a text."""
    while text:
        text = text[os.write(descriptor, text) :]


class _State(Collector):
    """What is so at the moment, asked for when the metrics are read."""

    def __init__(self, pool: "WorkerPool", cache: "AnswerCache", journal: "Journal") -> None:
        """Take whom to ask."""
        self._pool = pool
        self._cache = cache
        self._journal = journal

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics."""
        yield GaugeMetricFamily("kg_workers_busy", "Workers that have a question", self._pool.busy)
        yield GaugeMetricFamily("kg_questions_waiting", "Questions that wait for a worker", self._pool.waiting)
        yield GaugeMetricFamily("kg_cache_bytes", "Bytes that the cache of answers takes", self._cache.size)
        yield GaugeMetricFamily("kg_cache_answers", "Answers in the cache", len(self._cache))
        yield CounterMetricFamily(
            "kg_cache_request_hits", "Requests answered by their very bytes", self._journal.request_hits
        )
        yield CounterMetricFamily("kg_log_lines_dropped", "Lines of the access log dropped", self._journal.log.dropped)
        replaced = CounterMetricFamily("kg_workers_replaced", "Workers that were replaced", labels=["reason"])
        for reason, number in sorted(self._pool.replaced.items()):
            replaced.add_metric([reason], number)
        yield replaced


class Journal:
    """The access log and the metrics of a server."""

    def __init__(self, pool: "WorkerPool", cache: "AnswerCache", log: AccessLog) -> None:
        """Start at nothing."""
        self.log = log
        self.request_hits = 0
        self._registry = CollectorRegistry()
        self._registry.register(_State(pool, cache, self))
        self._responses = Counter(
            "kg_responses", "Responses of the endpoint", ["status", "outcome"], registry=self._registry
        )
        self._seconds = Histogram(
            "kg_response_seconds",
            "Seconds from a request to the end of its response, those from the cache left out",
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self._counters: dict[tuple[int, str], Counter] = {}
        self._boot = secrets.token_hex(4)
        self._number = 0

    def next_id(self) -> str:
        """Return a name for a request that no other has."""
        self._number += 1
        return f"{self._boot}-{self._number:x}"

    def record(self, request: "Request", response: "Response", identity: str, length: int) -> None:
        """Write down a response of `length` bytes."""
        seconds = time.perf_counter() - request.received
        counter = self._counters.get((response.status, response.outcome))
        if counter is None:
            counter = self._counters[response.status, response.outcome] = self._responses.labels(
                response.status, response.outcome
            )
        counter.inc()
        if response.outcome not in ("cached", "unmodified"):
            self._seconds.observe(seconds)
        if self.log.wanted:
            rows = "-" if response.rows is None else response.rows
            self.log.add(
                f"{_now()} id={identity} client={request.client or '-'} method={request.method[:20]} "
                f"status={response.status} outcome={response.outcome} query={response.digest or '-'} rows={rows} "
                f"bytes={length} ms={seconds * 1000:.1f}"
            )

    def hit(self, entry: "Entry", client: str, identity: str) -> None:
        """Write down that a request was answered by its very bytes."""
        self.request_hits += 1
        if self.log.wanted:
            rows = "-" if entry.rows is None else entry.rows
            self.log.add(
                f"{_now()} id={identity} client={client or '-'} method=GET status=200 outcome=cached "
                f"query={entry.digest} rows={rows} bytes={len(entry.body)} ms=0.0"
            )

    def metrics(self) -> bytes:
        """Return the metrics in the text format of Prometheus."""
        return generate_latest(self._registry)


_second = (0, "")


def _now() -> str:
    """Return the time of day in UTC, to the second."""
    global _second  # noqa: PLW0603  # formatting a time costs more than the rest of a line
    now = int(time.time())
    if now != _second[0]:
        _second = (now, time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now)))
    return _second[1]
