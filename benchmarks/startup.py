"""How long from a command to the first answer over HTTP, ours and a peer's in turn.

    .venv/bin/python benchmarks/startup.py --runs 7
    .venv/bin/python benchmarks/startup.py --runs 7 --peer 'rdflib-endpoint serve --port {port} {files}'

A run starts the command anew in its own process group, asks one query again and again until it is answered, and kills
the group. Prints the minimum, median and maximum in seconds, and the ratio of the medians.
"""

import argparse
import os
import shlex
import signal
import socket
import statistics
import subprocess
import time
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parent.parent
OURS = "make --silent serve PORT={port}"
QUERY = "SELECT ?s WHERE { ?s a <https://w3id.org/thai-smart-city/ontology#Meeting> } LIMIT 1"
LIMIT = 120.0
"""Seconds after which a run is given up."""


def free_port() -> int:
    """Return a port of this machine that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def answers(url: str) -> bool:
    """Whether the query is answered with one solution."""
    try:
        headers = {"Accept": "application/sparql-results+json"}
        answer = httpx.get(url, params={"query": QUERY}, headers=headers, timeout=LIMIT)
        return answer.status_code == 200 and len(answer.json()["results"]["bindings"]) == 1
    except (httpx.TransportError, ValueError, KeyError):
        return False


def first_answer(command: str, path: str) -> float:
    """Return the seconds from the start of a command to the first answer at a path of its server.

    Raises SystemExit when the command ends or the time runs out before.
    """
    port = free_port()
    files = " ".join(
        shlex.quote(str(file)) for folder in ("ontology", "data") for file in (ROOT / folder).rglob("*.ttl")
    )
    words = shlex.split(command.format(port=port, files=files))
    start = time.perf_counter()
    process = subprocess.Popen(
        words, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        while not answers(f"http://127.0.0.1:{port}{path}"):
            if process.poll() is not None or time.perf_counter() - start > LIMIT:
                raise SystemExit(f"No answer from: {command}")
            time.sleep(0.01)
        return time.perf_counter() - start
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def main() -> None:
    """Measure, and print a line for each command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--peer", help="another command; {port} and {files} are filled in")
    parser.add_argument("--peer-path", default="/", help="where the peer's endpoint is")
    arguments = parser.parse_args()
    contenders = {OURS: "/sparql"} | ({arguments.peer: arguments.peer_path} if arguments.peer else {})
    seconds: dict[str, list[float]] = {command: [] for command in contenders}
    for command, path in contenders.items():  # one run each that does not count
        first_answer(command, path)
    for _ in range(arguments.runs):
        for command, path in contenders.items():
            seconds[command].append(first_answer(command, path))
    medians = []
    for command, runs in seconds.items():
        medians.append(statistics.median(runs))
        print(f"{min(runs):.2f} {medians[-1]:.2f} {max(runs):.2f}  {command}")
    if len(medians) == 2:
        print(f"ratio of the medians, peer to ours: {medians[1] / medians[0]:.1f}")


if __name__ == "__main__":
    main()
