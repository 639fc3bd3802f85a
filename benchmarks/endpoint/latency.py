"""How soon does a small query come back, in quiet, beside runaway queries, and with more and more data?

    python -m benchmarks.endpoint.latency --sizes 50000 500000 5000000 --output FILE.json

For each size and server, one after another: the time from the start to the first answer and the memory; a lookup on one
connection and on eight; how soon a worker process that is killed is replaced, where there are such; and the lookup on
eight connections while two clients ask for the size of a cartesian product again and again. These differ each time, so
that none is known from before. wrk must be installed. Latencies are those of responses that came.
"""

import argparse
import json
import os
import signal
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
from benchmarks.endpoint.command import (
    conditions,
    data_of_size,
    hidden_text,
    number_text,
    parsed,
    parser,
    search_path,
    table,
)
from benchmarks.endpoint.contenders import Server, UnavailableError
from benchmarks.endpoint.workload import accept, address, ask, queries
from benchmarks.endpoint.wrk import Measurement, measure

RUNAWAY: Final = "SELECT (COUNT(*) AS ?count) (%d AS ?run) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
"""A query that no server comes to the end of; `%d` makes each another one."""

RUNAWAYS, CONNECTIONS = 2, 8

KILLED: Final = 10
"""Workers that are killed, one after another."""

PATIENCE: Final = 5.0
"""Seconds in which a worker that was killed must have been replaced."""


@dataclass
class Runaways:
    """Clients that ask for runaway queries until the context ends. `answers` has status and seconds of each."""

    url: str
    patience: float
    answers: list[tuple[str, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Prepare the threads."""
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(n,), daemon=True) for n in range(RUNAWAYS)]

    def start(self) -> None:
        """Start to ask."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Ask no more. The server is to be ended next, and with it the queries that are under way."""
        self._over.set()

    def join(self) -> None:
        """Wait until the clients have ended."""
        for thread in self._threads:
            thread.join()

    def _ask(self, run: int) -> None:
        while not self._over.is_set():
            begun = time.monotonic()
            try:
                status = str(httpx.get(address(self.url, RUNAWAY % run), timeout=self.patience).status_code)
            except httpx.TimeoutException:
                status = "gave up"
            except httpx.TransportError:
                status = "cut"
            if self._over.is_set():
                return
            self.answers.append((status, time.monotonic() - begun))
            run += RUNAWAYS
            if status != "gave up":
                time.sleep(0.05)  # a refusal may come at once


def _children(process: int) -> set[int]:
    """Return the processes that a process of one thread has started."""
    return set(map(int, Path(f"/proc/{process}/task/{process}/children").read_text().split()))


def replacements(server: Server, query: str) -> list[dict[str, float | None]]:
    """Kill workers, one after another, and return how many milliseconds it takes until another is there.

    `answer` is how long a lookup takes that is asked at that moment. Empty where the server has no workers; None where
    nothing came in `PATIENCE` seconds.
    """
    found: list[dict[str, float | None]] = []
    for _ in range(KILLED):
        workers = server.workers()
        if not workers:
            break
        worker, parent = next(iter(workers.items()))
        before = _children(parent)
        begun = time.perf_counter()
        os.kill(worker, signal.SIGKILL)
        forked: float | None = None
        while forked is None and time.perf_counter() - begun < PATIENCE:
            if _children(parent) - before:
                forked = (time.perf_counter() - begun) * 1000
        asked = time.perf_counter()
        answer: float | None = None
        try:
            ask(server.url, "lookup", query, PATIENCE)
            answer = (time.perf_counter() - asked) * 1000
        except httpx.HTTPError:
            pass
        found.append({"forked": forked, "answer": answer})
        time.sleep(0.2)
    return found


def examine(server: Server, sequence: list[str], seconds: float, patience: float) -> dict[str, Any]:
    """Return all that is measured of a server that has just been started; it is busy with runaways at the end."""
    loaded = server.memory()

    def lookup(connections: int) -> Measurement:
        return measure(server.url, sequence, accept("lookup"), connections, seconds)

    for query in sequence:
        ask(server.url, "lookup", query, patience)
    single, quiet = lookup(1), lookup(CONNECTIONS)
    measured = server.memory()
    replaced = replacements(server, sequence[0])
    runaways = Runaways(server.url, patience)
    runaways.start()
    time.sleep(1.0)
    beside = lookup(CONNECTIONS)
    busy = server.memory()
    runaways.stop()
    return {
        **server.seconds,
        "pss_loaded": loaded, "pss_measured": measured, "pss_with_runaways": busy,
        "single": asdict(single), "quiet": asdict(quiet), "with_runaways": asdict(beside),
        "runaways": list(runaways.answers), "replacements": replaced, "clients": runaways,
    }  # fmt: skip


def _latency(measured: dict[str, Any]) -> str:
    """Return rate, median, 99th percentile and longest latency of a measurement."""
    wrong = f", {measured['refused']} refused" * bool(measured["refused"])
    latencies = " / ".join(number_text(measured[name]) for name in ("p50", "p99", "longest"))
    rate = number_text(measured["answered"] / measured["seconds"])
    return f"{rate}/s{wrong}: {latencies}{hidden_text(measured['hidden'])}"


def _replaced(found: list[dict[str, float | None]]) -> str:
    """Return the medians of the milliseconds until another worker is there and until the next answer."""
    if not found:
        return "–"
    medians = []
    for name in ("forked", "answer"):
        values = [one[name] for one in found]
        present = [value for value in values if value is not None]
        lost = f" ({len(values) - len(present)} never)" * (len(present) < len(values))
        medians.append((number_text(statistics.median(present)) if present else "n/a") + lost)
    return " + ".join(medians)


def _runaways(answers: list[tuple[str, float]]) -> str:
    """Return how many runaway queries ended how, and after how many seconds at the median."""
    counts = Counter(status for status, _ in answers)
    if not counts:
        return "none ended"
    seconds = number_text(statistics.median(seconds for _, seconds in answers))
    return ", ".join(f"{count} × {status}" for status, count in sorted(counts.items())) + f" after {seconds} s"


def main() -> int:
    """Measure and print a table."""
    options = argparse.ArgumentParser(
        prog="python -m benchmarks.endpoint.latency",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[parser(["kg-uncached", "oxigraph-memory"], seconds=20.0)],
    )
    options.add_argument("--sizes", type=int, nargs="+", default=[50_000], metavar="TRIPLES")
    options.add_argument("--patience", type=float, default=30.0, help="seconds after which a runaway client gives up")
    arguments = parsed(options)
    found: list[dict[str, Any]] = []
    missing: list[str] = []
    with ExitStack() as stack:
        folder = arguments.data or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="latency-")))
        for size in arguments.sizes:
            data, manifest = data_of_size(folder, size)
            for contender in arguments.contenders:
                print(f"{size} triples: {contender.name}", file=sys.stderr, flush=True)
                try:
                    with Server(contender, data, search_path(arguments.peers), arguments.limit) as server:
                        entry = examine(server, queries("lookup", manifest), arguments.seconds, arguments.patience)
                except UnavailableError as error:
                    missing.append(f"{contender.name}, {size} triples: {error}")
                    continue
                entry.pop("clients").join()
                found.append({"size": size, "contender": contender.name, **entry})
    header = [
        "server", "triples", "load + start s", "PSS MB loaded", "measured", "with runaways",
        "lookup, 1 connection: ms median / p99 / longest", f"{CONNECTIONS} connections", "beside runaways",
        "runaways", "worker killed: ms to the next + answer",
    ]  # fmt: skip
    rows = [
        [
            e["contender"], str(e["size"]), number_text(e["load"] + e["start"]),
            *(number_text(e[name] / 1e6) for name in ("pss_loaded", "pss_measured", "pss_with_runaways")),
            *(_latency(e[name]) for name in ("single", "quiet", "with_runaways")),
            _runaways(e["runaways"]), _replaced(e["replacements"]),
        ]
        for e in found
    ]  # fmt: skip
    print(table(header, rows))
    for sentence in missing:
        print(f"\nMissing: {sentence}")
    if arguments.output is not None:
        raw = {"conditions": conditions(), "missing": missing, "servers": found}
        arguments.output.write_text(json.dumps(raw, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
