"""How long `kg validate` takes beside pySHACL's own command on the same files, in turn.

    .venv/bin/python benchmarks/validate.py --runs 5

Ours reads every file in two parsers, checks terms, literals and characters, and runs the shapes in all scopes, with the
line of each finding. The peer validates the union of the data once with the shapes of `shapes/*.ttl` and says no line.
Prints the minimum, median and maximum in seconds, and the ratio of the medians.
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


def main() -> None:
    """Measure, and print a line for each command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    programs = Path(sys.executable).parent
    with tempfile.TemporaryDirectory() as folder:
        data = merged(sorted((ROOT / "data").rglob("*.ttl")), Path(folder) / "data.nt")
        shapes = merged(sorted((ROOT / "shapes").glob("*.ttl")), Path(folder) / "shapes.nt")
        terms = merged(sorted((ROOT / "ontology").glob("*.ttl")), Path(folder) / "ontology.nt")
        commands = {
            "kg validate": [str(programs / "kg"), "validate"],
            "pyshacl": [str(programs / "pyshacl"), "--advanced", "-s", shapes, "-e", terms, data],
        }
        times: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(runs):
            for name, command in commands.items():
                times[name].append(seconds(command))
    for name, taken in times.items():
        print(f"{min(taken):.2f} {statistics.median(taken):.2f} {max(taken):.2f}  {name}")
    ours, peer = (statistics.median(taken) for taken in times.values())
    print(f"ratio of the medians, peer to ours: {peer / ours:.1f}")


if __name__ == "__main__":
    main()
