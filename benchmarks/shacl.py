"""Our SHACL validation beside pySHACL run whole: the same results, and how long each takes.

    .venv/bin/python benchmarks/shacl.py edits --count 300 --seed 1   # random edits of the content, compared
    .venv/bin/python benchmarks/shacl.py times --runs 5               # the whole content, in seconds

An edit deletes, doubles or changes some random triples of one file. Each is validated in the scopes of `pyproject.toml`
that see the file, by us and by pySHACL (its own SPARQL with `--engine rdflib`, else pyoxigraph's); the two must agree
on focus node, path, value, source shape, component and severity of every result, and of those below it (sh:detail).
"""

import argparse
import contextlib
import logging
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pyshacl
import rdflib
from pyoxigraph import BlankNode, Literal, NamedNode
from pyshacl.shape import Shape
from rdflib.namespace import SH

from kg.located import LocatedGraph
from kg.project import Project, Scope, read_project
from kg.shacl import Session, Validation, validate
from kg.shacl.graph import IndexGraph, rdflib_term
from kg.shacl.index import FileIndex, Index
from kg.shacl.paths import read_path, sparql
from kg.shacl.results import Result
from kg.turtle import oxigraph_term, parse_turtle

ROOT = Path(__file__).resolve().parent.parent
BASE = "https://example.org/base/"

Key = tuple[Any, ...]


class Job(NamedTuple):
    """One validation: shapes, data, and the files whose subjects are the focus nodes (None: all)."""

    shapes: tuple[LocatedGraph, ...]
    data: tuple[LocatedGraph, ...]
    focus: tuple[LocatedGraph, ...] | None


def located(text: str, name: str = "data.ttl") -> LocatedGraph:
    """Return a Turtle text as a located graph."""
    return LocatedGraph.of(parse_turtle(Path(name), BASE, text.encode()))


def content(project: Project) -> dict[Path, LocatedGraph]:
    """Read every file of a project."""
    return {path: LocatedGraph.of(parse_turtle(path, BASE)) for path in project.kinds}


def jobs(scopes: Sequence[Scope], graphs: dict[Path, LocatedGraph]) -> list[Job]:
    """Return the validations of a project."""

    def of(paths: Sequence[Path]) -> tuple[LocatedGraph, ...]:
        return tuple(graphs[path] for path in paths)

    found = []
    for scope in scopes:
        if scope.each:
            found += [Job(of(scope.shapes), of((*scope.with_, path)), of((path,))) for path in scope.each]
        else:
            found.append(Job(of(scope.shapes), of(scope.data), None if scope.focus is None else of(scope.focus)))
    return found


@contextlib.contextmanager
def only(subjects: frozenset[Any] | None) -> Iterator[None]:
    """Let shapes target these nodes only, as terms of pyoxigraph."""
    every_target = Shape.focus_nodes

    def focus_nodes(shape: Shape, graph: rdflib.Graph, debug: bool = False) -> set[Any]:
        targets: set[Any] = every_target(shape, graph, debug)  # type: ignore[no-untyped-call]
        return targets if subjects is None else {node for node in targets if oxigraph_term(node) in subjects}

    Shape.focus_nodes = focus_nodes  # type: ignore[method-assign]
    try:
        yield
    finally:
        Shape.focus_nodes = every_target  # type: ignore[method-assign]


def triples(graphs: Sequence[LocatedGraph]) -> rdflib.Graph:
    """Return the triples of located graphs as a plain graph of rdflib."""
    graph = rdflib.Graph(bind_namespaces="none")
    for one in graphs:
        for triple in one.triples:
            graph.add(tuple(map(rdflib_term, triple)))  # type: ignore[arg-type]
    return graph


def peer(job: Job, engine: str = "rdflib") -> frozenset[Key] | str:
    """Return what pySHACL says when it is run whole, or its complaint when it cannot run."""
    subjects = None if job.focus is None else frozenset(node for graph in job.focus for node in graph.subjects)
    shapes = triples(job.shapes)
    data = triples(job.data) if engine == "rdflib" else IndexGraph(Index([FileIndex(one) for one in job.data]))
    logging.getLogger("rdflib.term").setLevel(logging.CRITICAL)
    index = Index([FileIndex(graph) for graph in job.shapes])
    with only(subjects), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            _, report, text = pyshacl.validate(
                data, shacl_graph=shapes, advanced=True, inference="none", inplace=engine != "rdflib"
            )
        except Exception as error:  # whatever it is, it is what we must tell
            return f"{type(error).__name__}: {error}"
    if not isinstance(report, rdflib.Graph):
        return str(text)
    return frozenset(_reported(report, index, one) for one in report.objects(None, SH.result))


def _reported(report: rdflib.Graph, shapes: Index, result: Any) -> Key:
    """Return the key of a result of pySHACL."""

    def get(predicate: Any) -> Any:
        value = report.value(result, predicate)
        return None if value is None else oxigraph_term(value)

    path = get(SH.resultPath)
    terms = map(get, (SH.focusNode, SH.value, SH.sourceShape, SH.sourceConstraintComponent, SH.resultSeverity))
    below = sorted((_reported(report, shapes, one) for one in report.objects(result, SH.detail)), key=str)
    return (*terms, None if path is None else sparql(read_path(shapes, path)), tuple(below))


def key(result: Result) -> Key:
    """Return the key of a result of ours."""
    path = None if result.path is None else sparql(result.path)
    terms = (result.focus, result.value, result.source_shape, result.component, result.severity)
    return (*terms, path, tuple(sorted(map(key, result.details), key=str)))


def keys(validation: Validation) -> frozenset[Key]:
    """Return the keys of our results."""
    return frozenset(map(key, validation.results))


def _changed(term: Any, chance: random.Random, others: Sequence[Any]) -> Any:
    """Return another term in the place of an object."""
    if isinstance(term, Literal):
        return chance.choice(
            [
                Literal(
                    term.value + chance.choice(["", " ", "x", "๑", "\n"]), language=chance.choice(["th", "en", "de"])
                ),
                Literal(
                    term.value, datatype=NamedNode(f"http://www.w3.org/2001/XMLSchema#{chance.choice(_DATATYPES)}")
                ),
                Literal(chance.choice(["", "0", "-1", "2561-01-01", "2019-02-30", "NaN", "1e400", "01", "ก"])),
                Literal(str(chance.randint(-5, 3000)), datatype=term.datatype) if not term.language else term,
                chance.choice(others),
            ]
        )
    return chance.choice([*chance.choices(others, k=3), Literal(term.value), BlankNode("new"), NamedNode("urn:x-new")])


_DATATYPES = (
    "string",
    "integer",
    "decimal",
    "date",
    "time",
    "gYear",
    "boolean",
    "dateTime",
    "double",
    "anyURI",
    "token",
)


def edited(graph: LocatedGraph, chance: random.Random) -> LocatedGraph:
    """Return a file after a random edit: one to four triples are gone, doubled, changed or moved."""
    rows: list[Any] = list(zip(graph.triples, graph.objects, graph.predicates, strict=True))
    others = [triple[2] for triple in graph.triples]
    subjects = list(graph.subjects)
    for _ in range(chance.randint(1, 4)):
        number = chance.randrange(len(rows))
        (subject, predicate, value), *places = rows[number]
        match chance.choice(["gone", "gone", "doubled", "changed", "changed", "moved", "renamed"]):
            case "gone":
                rows.pop(number)
            case "doubled":
                rows.append(((subject, predicate, _changed(value, chance, others)), *places))
            case "changed":
                rows[number] = ((subject, predicate, _changed(value, chance, others)), *places)
            case "moved":
                rows[number] = ((chance.choice(subjects), predicate, value), *places)
            case "renamed":
                rows[number] = ((subject, chance.choice(rows)[0][1], value), *places)
    unique = {row[0]: row for row in rows}
    return replace(
        graph,
        triples=list(unique),
        objects=[row[1] for row in unique.values()],
        predicates=[row[2] for row in unique.values()],
    )


def compare_edits(count: int, seed: int, engine: str) -> int:
    """Compare on the content and on random edits of it, print a line for each that differs, and return how many do."""
    project = read_project(ROOT)
    graphs = content(project)
    files = [path for path, kind in project.kinds.items() if kind == "data"]
    chance = random.Random(seed)  # noqa: S311  # edits need no secrecy
    different = failed = results = compared = 0
    session = Session()
    for number in range(count + 1):
        path = chance.choice(files)
        changed = graphs if number == 0 else graphs | {path: edited(graphs[path], chance)}
        for job in jobs(project.scopes, changed):
            if number and changed[path] not in job.data:
                continue
            ours, theirs = validate(*job, session), peer(job, engine)
            compared += 1
            results += len(ours.results)
            if isinstance(theirs, str):
                failed += 1
                print(f"edit {number} of {path.name}: pySHACL fails: {theirs}")
            elif keys(ours) != theirs:
                different += 1
                print(f"edit {number} of {path.name}: {keys(ours) ^ theirs}")
    print(f"{count} edits, {compared} validations, {results} results, {different} differ, {failed} failed in pySHACL")
    return different


def seconds(runs: int, work: Callable[[], object]) -> str:
    """Return the median of how long some work takes, and in parentheses that of the processor time, in seconds."""
    walls, processors = [], []
    for _ in range(runs):
        start, before = time.perf_counter(), os.times()
        work()
        walls.append(time.perf_counter() - start)
        processors.append(sum(os.times()[:4]) - sum(before[:4]))
    return f"{statistics.median(walls):7.3f} ({statistics.median(processors):.3f})"


def measure(runs: int) -> None:
    """Time the whole content: ours from nothing, ours after an edit of one file, pySHACL in our scopes and bare."""
    project = read_project(ROOT)
    graphs = content(project)
    source = sorted(path for path, kind in project.kinds.items() if kind == "data")[-1]

    def cold() -> None:
        session = Session()
        for job in jobs(project.scopes, graphs):
            validate(*job, session)

    def one_file() -> None:
        for job in jobs(project.scopes, graphs | {source: replace(graphs[source])}):
            validate(*job, warm)

    def whole() -> None:
        for job in jobs(project.scopes, graphs):
            peer(job, "pyoxigraph")

    def screen() -> None:
        session = Session()
        for job in jobs(project.scopes, graphs):
            subjects = None if job.focus is None else [session.file(graph).subjects for graph in job.focus]
            session.screen(job.shapes).suspects(session.index(job.data), subjects)

    cold()
    print("median seconds (of the processor)")
    print(f"{seconds(runs, screen)}  the screen alone, every scope, files already parsed")
    print(f"{seconds(runs, cold)}  ours, every scope, files already parsed, pySHACL imported")
    warm = Session()
    for job in jobs(project.scopes, graphs):
        validate(*job, warm)
    print(f"{seconds(runs, one_file)}  ours, after one file of data has changed")
    sys.stdout.flush()
    print(f"{seconds(runs, whole)}  pySHACL in the same scopes, SPARQL by pyoxigraph")
    with tempfile.TemporaryDirectory() as folder:
        shapes, data = Path(folder) / "shapes.nt", Path(folder) / "data.nt"
        kinds = project.kinds
        for target, wanted in ((shapes, ("shapes",)), (data, ("ontology", "data"))):
            merged = triples([graph for path, graph in graphs.items() if kinds[path] in wanted])
            merged.serialize(target, format="nt", encoding="utf-8")
        command = [str(Path(sys.executable).parent / "pyshacl"), "-a", "-s", str(shapes), str(data)]
        bare = seconds(runs, lambda: subprocess.run(command, capture_output=True, check=False))
    print(f"{bare}  pyshacl -a, all shapes on all data, once")


def main() -> int:
    """Do what the command line says; return 1 when results differ."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    edits = commands.add_parser("edits")
    edits.add_argument("--count", type=int, default=300)
    edits.add_argument("--seed", type=int, default=1)
    edits.add_argument("--engine", choices=("rdflib", "pyoxigraph"), default="pyoxigraph")
    times = commands.add_parser("times")
    times.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    if options.command == "edits":
        return min(compare_edits(options.count, options.seed, options.engine), 1)
    measure(options.runs)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
