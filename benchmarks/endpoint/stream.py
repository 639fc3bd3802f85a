"""How fast does a large result come, and how much memory does the server take for it?

    python -m benchmarks.endpoint.stream --triples 1000000 --output FILE.json

asks each server for all triples in the JSON format, reads the result as it comes and keeps none of it, and samples the
memory of all processes of the server (PSS). A result is whole when it has as many solutions as there are triples.
"""

import argparse
import json
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import httpx
from benchmarks.endpoint.command import conditions, data_of_size, number_text, parsed, parser, search_path, table
from benchmarks.endpoint.contenders import Server, UnavailableError
from benchmarks.endpoint.workload import accept, address

QUERY: Final = "SELECT ?s ?p ?o { ?s ?p ?o }"

MARK: Final = b'"s"'
"""Stands once in the head of the result and once in each solution; in a literal its quotes would be escaped."""

INTERVAL: Final = 0.1
"""Seconds between two samples of the memory."""


class Peak:
    """Samples the memory of a server in a context; `bytes` is the most that was seen."""

    def __init__(self, server: Server) -> None:
        """Take the memory as it is now for the most."""
        self._server = server
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._sample)
        self.bytes = server.memory()

    def __enter__(self) -> "Peak":
        """Begin to sample."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End sampling."""
        self._over.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._over.wait(INTERVAL):
            self.bytes = max(self.bytes, self._server.memory())


def read(url: str, limit: float) -> dict[str, Any]:
    """Read the large result, and return its bytes and solutions, the seconds to its first and last byte, and its error.

    `error` is empty when the transfer came to its proper end.
    """
    size = marks = 0
    tail, first, error = b"", None, ""
    headers = {"Accept": accept("star"), "Accept-Encoding": "identity"}
    begun = time.perf_counter()
    try:
        with httpx.stream("GET", address(url, QUERY), headers=headers, timeout=limit) as response:
            response.raise_for_status()
            for piece in response.iter_raw():
                first = first or time.perf_counter() - begun
                size += len(piece)
                text = tail + piece
                marks += text.count(MARK)
                tail = text[-len(MARK) + 1 :]
    except httpx.HTTPError as problem:
        error = repr(problem)
    seconds = time.perf_counter() - begun
    return {"bytes": size, "solutions": max(0, marks - 1), "first_byte": first, "seconds": seconds, "error": error}


def main() -> int:
    """Measure, print a table, and return 1 when a result was not whole."""
    options = argparse.ArgumentParser(
        prog="python -m benchmarks.endpoint.stream",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[parser(["kg-uncached", "oxigraph-memory"])],
    )
    options.add_argument("--triples", type=int, default=1_000_000)
    arguments = parsed(options)
    found: list[dict[str, Any]] = []
    missing: list[str] = []
    with ExitStack() as stack:
        folder = arguments.data or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="stream-")))
        data, manifest = data_of_size(folder, arguments.triples)
        for contender in arguments.contenders:
            print(contender.name, file=sys.stderr, flush=True)
            try:
                with Server(contender, data, search_path(arguments.peers), arguments.limit) as server:
                    before = server.memory()
                    with Peak(server) as peak:
                        result = read(server.url, arguments.limit)
                    after = server.memory()
            except UnavailableError as error:
                missing.append(f"{contender.name}: {error}")
                continue
            whole = not result["error"] and result["solutions"] == manifest.triples
            found.append(
                {"contender": contender.name, **result, "whole": whole}
                | {"pss_before": before, "pss_peak": peak.bytes, "pss_after": after}
            )
    header = ["server", "MB", "solutions", "whole", "first byte s", "seconds", "MB/s"]
    header += ["PSS MB before", "peak", "growth", "after"]
    rows = [
        [
            e["contender"], number_text(e["bytes"] / 1e6), str(e["solutions"]),
            "yes" if e["whole"] else f"no {e['error']}", number_text(e["first_byte"]), number_text(e["seconds"]),
            number_text(e["bytes"] / 1e6 / e["seconds"]), number_text(e["pss_before"] / 1e6),
            number_text(e["pss_peak"] / 1e6), number_text((e["pss_peak"] - e["pss_before"]) / 1e6),
            number_text(e["pss_after"] / 1e6),
        ]
        for e in found
    ]  # fmt: skip
    print(table(header, rows))
    for sentence in missing:
        print(f"\nMissing: {sentence}")
    if arguments.output is not None:
        raw = {"conditions": conditions(), "triples": arguments.triples, "missing": missing, "servers": found}
        arguments.output.write_text(json.dumps(raw, indent=1) + "\n", encoding="utf-8")
    return 0 if all(e["whole"] for e in found) else 1


if __name__ == "__main__":
    sys.exit(main())
