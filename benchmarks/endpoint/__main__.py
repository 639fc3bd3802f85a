"""How many queries a second does the endpoint answer, and how soon, beside other servers?

    python -m benchmarks.endpoint --sizes 50000 500000 --connections 1 8 32 --rounds 3 --seconds 3 --output FILE.json

For each size the data are made, each server is loaded with them, and all must give equal answers to all kinds of
queries before anything is measured. Each server is then asked every query once, so that what it keeps, plans or
answers, is there, and the contenders take turns, round by round. Medians are compared. Ours runs twice: `kg` with its
cache, which then has every answer, and `kg-uncached`, where each query is evaluated.

Requests for one query are the same to the byte, which suits a server that knows them again whole; those of several
clients are not. `--different-clients` gives each request a header of its own: measure both before you compare `kg`.

Latencies are those of responses that came within a round; what is still under way at its end is in none of them. So a
percentile that rests on too few responses is not given.

wrk must be installed. A server that is not is left out and said to be missing; `--peers DIR` is searched before PATH.
Prints tables in Markdown, writes each round to the file, and ends with 1 when answers differ.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Hashable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
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
from benchmarks.endpoint.contenders import Server, UnavailableError, processor_time
from benchmarks.endpoint.generate import Manifest
from benchmarks.endpoint.workload import KINDS, accept, ask, canonical, queries
from benchmarks.endpoint.wrk import Measurement, measure

OURS: Final = ("kg", "kg-uncached")

COMPARED: Final = 3
"""Queries of each kind whose answers are compared."""


ENOUGH_FOR_MEDIAN: Final = 4
"""Responses for each connection from which the median of a round is given."""

ENOUGH_FOR_P99: Final = 100
"""Responses from which the 99th percentile of a round is given."""


@dataclass(frozen=True)
class Round:
    """A measurement and what was measured. `processor` is the processor time of the server in it, in seconds."""

    size: int
    kind: str
    connections: int
    contender: str
    number: int
    measurement: Measurement
    processor: float


@dataclass(frozen=True)
class Cell:
    """The medians of the rounds of one contender, kind and number of connections.

    `processor` is milliseconds of the server's processor time a request: what other work on the machine changes least.
    """

    rate: float
    p50: float | None
    p99: float | None
    processor: float | None
    hidden: float
    seconds: float
    refused: int
    broken: int


class Run:
    """All that is measured and noted."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        """Start with nothing measured."""
        self._arguments = arguments
        self.rounds: list[Round] = []
        self.servers: list[dict[str, Any]] = []
        self.missing: dict[str, str] = {}
        self.different: list[dict[str, Any]] = []
        self.cold: list[dict[str, Any]] = []

    def size(self, folder: Path, triples: int) -> None:
        """Measure all contenders with data of one size."""
        data, manifest = data_of_size(folder, triples)
        chosen = self._arguments.contenders
        groups = [[contender] for contender in chosen] if self._arguments.one_at_a_time else [chosen]
        path = search_path(self._arguments.peers)
        expected: dict[tuple[str, int], Hashable] = {}
        for group in groups:
            with ExitStack() as stack:
                servers = []
                started: dict[str, dict[str, float]] = {}
                for contender in group:
                    self._say(f"{triples} triples: {contender.name} starts")
                    try:
                        server = stack.enter_context(Server(contender, data, path, self._arguments.limit))
                    except UnavailableError as error:
                        self.missing[f"{contender.name}, {triples} triples"] = str(error)
                        self._say(f"{contender.name} is left out: {error}")
                        continue
                    servers.append(server)
                    started[contender.name] = {**server.seconds, "pss_loaded": server.memory()}
                self._measure(servers, triples, manifest, expected)
                for server in servers:
                    name = server.contender.name
                    entry = {"size": triples, "contender": name, **started[name], "pss_measured": server.memory()}
                    self.servers.append(entry)

    def _measure(
        self, servers: Sequence[Server], triples: int, manifest: Manifest, expected: dict[tuple[str, int], Hashable]
    ) -> None:
        """Compare the answers of the servers and measure those that agree, kind by kind, round by round."""
        for kind in self._arguments.kinds:
            sequence = queries(kind, manifest)
            agreeing = [server for server in servers if self._agrees(server, kind, sequence, triples, expected)]
            for server in agreeing:
                self._warm_up(server, kind, sequence, triples)
            for connections in self._arguments.connections:
                for number in range(self._arguments.rounds):
                    for server in agreeing:
                        before = processor_time(server.processes())
                        measured = measure(
                            server.url, sequence, accept(kind), connections, self._arguments.seconds,
                            different=self._arguments.different_clients,
                        )  # fmt: skip
                        used = processor_time(server.processes()) - before
                        name = server.contender.name
                        self.rounds.append(Round(triples, kind, connections, name, number, measured, used))
                        server.settle(self._arguments.settle)
                self._say(f"{triples} triples: {kind}, {connections} connections")

    def _agrees(
        self,
        server: Server,
        kind: str,
        sequence: Sequence[str],
        triples: int,
        expected: dict[tuple[str, int], Hashable],
    ) -> bool:
        """Whether a server answers as the first one does; what is different is noted."""
        for number, query in enumerate(sequence[:COMPARED]):
            try:
                answer = canonical(kind, ask(server.url, kind, query, self._arguments.limit))
                why = "" if expected.setdefault((kind, number), answer) == answer else "another answer than the first"
            except (httpx.HTTPError, ValueError, KeyError, SyntaxError) as error:
                why = f"no answer: {error!r}"
            if why:
                entry = {"size": triples, "kind": kind, "contender": server.contender.name, "query": query, "why": why}
                self.different.append(entry)
                self._say(f"{server.contender.name}, {kind}: {why}")
                server.settle(self._arguments.settle)
                return False
        return True

    def _warm_up(self, server: Server, kind: str, sequence: Sequence[str], triples: int) -> None:
        """Ask each query once, the same for every server; what cannot be asked in time is noted.

        It is not only for answers that are kept: a server that keeps the plan of each query and takes long to make one
        would else be measured while it plans.
        """
        name, begun = server.contender.name, time.monotonic()
        for number, query in enumerate(sequence):
            why = ""
            if time.monotonic() - begun > self._arguments.warm_up:
                why = f"{number} of {len(sequence)} queries asked in {self._arguments.warm_up:.0f} s"
            else:
                try:
                    ask(server.url, kind, query, self._arguments.limit)
                except httpx.HTTPError as error:
                    why = f"query {number + 1} of {len(sequence)}: {error!r}"
            if why:
                self.cold.append({"size": triples, "kind": kind, "contender": name, "why": why})
                self._say(f"{name}, {kind}: not warmed up: {why}")
                server.settle(self._arguments.settle)
                return

    @staticmethod
    def _say(sentence: str) -> None:
        """Tell how far it is."""
        print(sentence, file=sys.stderr, flush=True)

    def cells(self) -> dict[tuple[int, int, str, str], Cell]:
        """Return the medians by size, connections, kind and contender."""
        rounds: dict[tuple[int, int, str, str], list[Round]] = {}
        for one in self.rounds:
            rounds.setdefault((one.size, one.connections, one.kind, one.contender), []).append(one)
        found = {}
        for key, several in rounds.items():
            measured = [one.measurement for one in several]
            found[key] = Cell(
                statistics.median(one.rate for one in measured),
                _median(one.p50 for one in measured if one.responses >= ENOUGH_FOR_MEDIAN * key[1]),
                _median(one.p99 for one in measured if one.responses >= ENOUGH_FOR_P99),
                _median(
                    1000 * one.processor / one.measurement.answered
                    for one in several
                    if one.measurement.answered >= ENOUGH_FOR_MEDIAN * key[1]
                ),
                max(one.hidden for one in measured),
                measured[0].seconds,
                sum(one.refused for one in measured),
                sum(one.broken for one in measured),
            )
        return found


def _median(values: Iterable[float | None]) -> float | None:
    """Return the median of the values that are there, if any."""
    present = [value for value in values if value is not None]
    return statistics.median(present) if present else None


def rate_text(cell: Cell | None) -> str:
    """Return requests a second, what went wrong, and `<` where not one request was answered in a round."""
    if cell is None:
        return "–"
    text = number_text(cell.rate) if cell.rate else f"<{number_text(1 / cell.seconds)}"
    wrong = [f"{cell.refused} refused"] * bool(cell.refused) + [f"{cell.broken} broken"] * bool(cell.broken)
    return f"{text} ({', '.join(wrong)})" if wrong else text


def ratio_text(ours: Cell | None, peer: Cell | None) -> str:
    """Return how many times as many requests a second are answered by ours; `>` where the peer answered none."""
    if ours is None or peer is None or not ours.rate:
        return "n/a"
    return number_text(ours.rate / peer.rate) if peer.rate else f">{number_text(ours.rate * peer.seconds)}"


def latency_text(cell: Cell | None) -> str:
    """Return median and 99th percentile of the latency in milliseconds, and what share of the time they leave out."""
    return "–" if cell is None else f"{number_text(cell.p50)} / {number_text(cell.p99)}{hidden_text(cell.hidden)}"


def processor_text(cell: Cell | None) -> str:
    """Return the server's processor time a request in milliseconds."""
    return "–" if cell is None else number_text(cell.processor)


def report(run: Run, arguments: argparse.Namespace) -> str:
    """Return the tables: for each size and number of connections the rates, the ratios and the latencies."""
    cells = run.cells()
    names = [contender.name for contender in arguments.contenders]
    ours = [name for name in names if name in OURS]
    peers = [name for name in names if name not in OURS]
    same = "each with a User-Agent of its own" if arguments.different_clients else "the same to the byte for one query"
    parts = [f"Requests: {same}.\n"]
    for size in arguments.sizes:
        for connections in arguments.connections:

            def cell(kind: str, name: str, place: tuple[int, int] = (size, connections)) -> Cell | None:
                return cells.get((*place, kind, name))

            parts.append(f"## {size} triples, {connections} connections\n\nRequests a second, medians:\n")
            parts.append(
                table(
                    ["kind", *names], [[kind, *(rate_text(cell(kind, n)) for n in names)] for kind in arguments.kinds]
                )
            )
            if ours and peers:
                pairs = [(mine, peer) for mine in ours for peer in peers]
                rows = [
                    [kind, *(ratio_text(cell(kind, mine), cell(kind, peer)) for mine, peer in pairs)]
                    for kind in arguments.kinds
                ]
                parts.append("\nTimes as many as the peer:\n")
                parts.append(table(["kind", *(f"{mine} : {peer}" for mine, peer in pairs)], rows))
            parts.append("\nProcessor time of the server in milliseconds a request:\n")
            rows = [[kind, *(processor_text(cell(kind, name)) for name in names)] for kind in arguments.kinds]
            parts.append(table(["kind", *names], rows))
            parts.append("\nLatency in milliseconds, median / 99th percentile:\n")
            rows = [[kind, *(latency_text(cell(kind, name)) for name in names)] for kind in arguments.kinds]
            parts.append(table(["kind", *names], rows) + "\n")
    header = ["server", "triples", "load s", "start s", "PSS loaded MB", "PSS measured MB"]
    parts.append("## Servers\n")
    parts.append(
        table(
            header,
            [
                [
                    entry["contender"],
                    str(entry["size"]),
                    number_text(entry["load"]),
                    number_text(entry["start"]),
                    number_text(entry["pss_loaded"] / 1e6),
                    number_text(entry["pss_measured"] / 1e6),
                ]
                for entry in run.servers
            ],
        )
    )
    parts += [f"\nMissing: {name}: {why}" for name, why in run.missing.items()]
    parts += [f"\nDifferent: {e['contender']}, {e['size']} triples, {e['kind']}: {e['why']}" for e in run.different]
    parts += [f"\nNot warmed up: {e['contender']}, {e['size']} triples, {e['kind']}: {e['why']}" for e in run.cold]
    return "\n".join(parts)


def main() -> int:
    """Measure, print the tables, and return the exit code."""
    options = argparse.ArgumentParser(
        prog="python -m benchmarks.endpoint",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[parser()],
    )
    options.add_argument("--sizes", type=int, nargs="+", default=[50_000], metavar="TRIPLES")
    options.add_argument("--connections", type=int, nargs="+", default=[1, 8, 32])
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS), metavar="KIND")
    options.add_argument(
        "--different-clients", action="store_true", help="give each request a User-Agent of its own, for all servers"
    )
    options.add_argument("--one-at-a-time", action="store_true", help="run one server after another, for large data")
    options.add_argument("--warm-up", type=float, default=120.0, help="most seconds for it, a kind and server")
    options.add_argument(
        "--settle", type=float, default=20.0, help="seconds for a server to come to rest after a round"
    )
    arguments = parsed(options)
    run = Run(arguments)
    with tempfile.TemporaryDirectory(prefix="endpoint-") as temporary:
        for size in arguments.sizes:
            run.size(arguments.data or Path(temporary), size)
    print(report(run, arguments))
    if arguments.output is not None:
        raw = {
            "conditions": conditions() | {"different_clients": arguments.different_clients},
            "contenders": [asdict(contender) for contender in arguments.contenders],
            "servers": run.servers,
            "missing": run.missing,
            "different": run.different,
            "cold": run.cold,
            "rounds": [asdict(one) for one in run.rounds],
        }
        arguments.output.write_text(json.dumps(raw, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 1 if run.different else 0


if __name__ == "__main__":
    sys.exit(main())
