"""How long `kg validate` takes beside pySHACL's own command on the same files, in turn.

    .venv/bin/python benchmarks/validate.py --runs 3

Ours is run three ways: cold (nothing is remembered), after a comment was added to one source file, and with nothing
changed. It runs all layers, in two parsers, with the line of each finding. The peer validates the union of ontology and
data once with the union of all shapes, and says no line. The file that is changed is put back in the end.
Prints the minimum, median and maximum in seconds, and how many times as long as each of ours the peer takes.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import rdflib

ROOT = Path(__file__).resolve().parent.parent


def merged(files: list[Path], target: Path) -> str:
    """Write the union of Turtle files as N-Triples and return its path."""
    graph = rdflib.Graph()
    for file in files:
        graph.parse(file, format="turtle")
    graph.serialize(target, format="nt", encoding="utf-8")
    return str(target)


def seconds(command: list[str]) -> float:
    """Return how long a command takes. Raises SystemExit unless it ends with 0 or 1 (findings)."""
    start = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    if done.returncode > 1:
        raise SystemExit(f"{command[0]} ended with {done.returncode}")
    return time.perf_counter() - start


def after_a_change(command: list[str], file: Path, number: int) -> float:
    """Return how long a command takes after a comment was added to a file."""
    content = file.read_bytes()
    try:
        file.write_bytes(content + f"# change {number} of {time.time()}\n".encode())
        return seconds(command)
    finally:
        file.write_bytes(content)


def main() -> None:
    """Measure, and print a line for each command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    runs = parser.parse_args().runs
    programs = Path(sys.executable).parent
    ours = [str(programs / "kg"), "validate"]
    changed = sorted((ROOT / "data" / "sources").glob("*.ttl"))[0]
    seconds(ours)  # so that something is remembered
    with tempfile.TemporaryDirectory() as folder:
        data = merged(sorted((ROOT / "data").rglob("*.ttl")), Path(folder) / "data.nt")
        shapes = merged(sorted((ROOT / "shapes").rglob("*.ttl")), Path(folder) / "shapes.nt")
        terms = merged(sorted((ROOT / "ontology").glob("*.ttl")), Path(folder) / "ontology.nt")
        peer = [str(programs / "pyshacl"), "--advanced", "-s", shapes, "-e", terms, data]
        times: dict[str, list[float]] = {}
        for number in range(runs):
            for name, taken in (
                ("kg validate --no-cache", seconds([*ours, "--no-cache"])),
                ("kg validate, one file changed", after_a_change(ours, changed, number)),
                ("kg validate, nothing changed", seconds(ours)),
                ("pyshacl --advanced", seconds(peer)),
            ):
                times.setdefault(name, []).append(taken)
    peer_median = statistics.median(times["pyshacl --advanced"])
    for name, all_taken in times.items():
        median = statistics.median(all_taken)
        print(f"{min(all_taken):.2f} {median:.2f} {max(all_taken):.2f}  {name}: peer {peer_median / median:.1f} times")


if __name__ == "__main__":
    main()
