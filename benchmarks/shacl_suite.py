"""The SHACL test suite of the W3C, run through our validation and through pySHACL.

    .venv/bin/python benchmarks/shacl_suite.py --suite DIR

DIR holds the tests of the suite (`core/…` and `sparql/…`, each a Turtle file with a `sht:Validate`); any other Turtle
file below it that defines shapes is validated against itself, for the comparison only. Prints a line a test where one
of the three parts from another, then a table. Returns 1 when we differ from pySHACL, or fail where it passes.

A test is passed when focus node, path, value, component and severity of the results are those of the expected report;
blank nodes are all alike, results that differ in nothing else count once, and a failure is expected where the test says
so.
"""

import argparse
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.shacl import Job, Key, key, peer
from pyoxigraph import BlankNode, NamedNode

from kg.errors import InputError
from kg.located import LocatedGraph
from kg.project import defines_shapes
from kg.shacl import Validation, validate
from kg.shacl.index import FileIndex, Index
from kg.shacl.paths import PathError, read_path, sparql
from kg.shacl.terms import TYPE, sh
from kg.turtle import parse_turtle

_MANIFEST = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
_TESTS = "http://www.w3.org/ns/shacl-test#"
_BASE = "http://example.org/suite/"


def read(path: Path, suite: Path) -> LocatedGraph:
    """Read a file of the suite; its base tells where it is."""
    return LocatedGraph.of(parse_turtle(path, _BASE + path.relative_to(suite).as_posix()))


def plain(term: Any) -> str:
    """Return a term as text, and every blank node as the same."""
    return "[]" if isinstance(term, BlankNode) else str(term)


def expected(index: Index, report: Any) -> set[tuple[str, ...]] | None:
    """Return the results that a test expects, or None when it expects a failure."""
    if report == NamedNode(_TESTS + "Failure"):
        return None
    found = set()
    for result in index.objects(report, sh("result")):
        values = {}
        for name in ("focusNode", "value", "sourceConstraintComponent", "resultSeverity"):
            values[name] = next(map(plain, index.objects(result, sh(name))), "None")
        try:
            path = next((sparql(read_path(index, one)) for one in index.objects(result, sh("resultPath"))), "None")
        except PathError:
            path = "?"
        found.add((*values.values(), path))
    return found


def told(keys: frozenset[Key]) -> set[tuple[str, ...]]:
    """Return results in the form of the expected ones."""
    return {(plain(one[0]), plain(one[1]), plain(one[3]), plain(one[4]), str(one[5])) for one in keys}


def ours(validation: Validation) -> frozenset[Key] | str:
    """Return our results, or what keeps us from having any."""
    if validation.problems:
        return "; ".join(problem.message for problem in validation.problems)
    return frozenset(map(key, validation.results))


def run(path: Path, suite: Path, table: Counter[str]) -> bool:
    """Run one file, count it in the table, print it when something differs, and return whether we are as pySHACL."""
    try:
        graph = read(path, suite)
        index = Index([FileIndex(graph)])
        actions = [value for _, value in index.pairs(NamedNode(_MANIFEST + "action"))]
        if not actions and not defines_shapes(path):
            return True
        data, shapes = [graph], [graph]
        if actions:
            data, shapes = (
                [
                    graph if (other := suite / value.value.removeprefix(_BASE)) == path else read(other, suite)
                    for value in index.objects(actions[0], NamedNode(_TESTS + name))
                ]
                for name in ("dataGraph", "shapesGraph")
            )
    except InputError as error:
        print(f"{path.relative_to(suite)}: not read: {error}")
        table["not read"] += 1
        return True
    job = Job(tuple(shapes), tuple(data), None)
    we, they = ours(validate(*job)), peer(job)
    same = we == they if isinstance(we, frozenset) else isinstance(they, str)
    table["like pySHACL" if same else "unlike pySHACL"] += 1
    right = {}
    reports = [value for _, value in index.pairs(NamedNode(_MANIFEST + "result"))]
    if reports and NamedNode(_TESTS + "Validate") in {value for _, value in index.pairs(TYPE)}:
        wanted = expected(index, reports[0])
        for name, found in (("ours", we), ("pySHACL", they)):
            right[name] = wanted == (None if isinstance(found, str) else told(found))
            table[f"{name} {'passes' if right[name] else 'fails'}"] += 1
    if not same or not all(right.values()):
        print(f"{path.relative_to(suite)}: {'like' if same else 'UNLIKE'} pySHACL; {right}")
        if not same:
            print("   ours   ", we if isinstance(we, str) else sorted(map(str, we - set(they))))
            print("   pySHACL", they if isinstance(they, str) else sorted(map(str, they - set(we))))
    return same and (right.get("ours", True) or not right.get("pySHACL", True))


def main() -> int:
    """Run the suite and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--suite", type=Path, required=True)
    suite = parser.parse_args().suite.resolve()
    table: Counter[str] = Counter()
    fine = [run(path, suite, table) for path in sorted(suite.rglob("*.ttl")) if path.name != "manifest.ttl"]
    for name, count in sorted(table.items()):
        print(f"{count:5}  {name}")
    return 0 if all(fine) else 1


if __name__ == "__main__":
    raise SystemExit(main())
