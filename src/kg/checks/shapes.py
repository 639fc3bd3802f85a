"""SHACL by pySHACL, in the scopes that the folders of shapes stand for, with the place of each result.

| shapes | data graph | focus nodes |
|---|---|---|
| `shapes/source/*.ttl` | one source with the ontology | what the source describes |
| `shapes/*.ttl` | one source with ontology, catalog and register | what the source describes |
| `shapes/*.ttl` | ontology, catalog and register | what catalog and register describe |
| `shapes/*.ttl` | everything | what the readings describe |
| `shapes/union/*.ttl` | everything | all |
"""

import contextlib
import logging
import multiprocessing
import os
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pyshacl
import rdflib
from pyparsing import ParseException
from pyshacl.errors import ReportableRuntimeError
from pyshacl.shape import Shape
from pyshacl.shapes_graph import ShapesGraph
from rdflib.namespace import RDF, SH
from rdflib.term import Node

from kg.checks.sparql_graph import SparqlGraph
from kg.content import ShapeScope
from kg.dataset import Dataset, GraphFile, locate, union
from kg.errors import KnowledgeGraphError
from kg.finding import Finding, Severity, displayed

_SEVERITY: Final[dict[Node, Severity]] = {SH.Violation: "violation", SH.Warning: "warning", SH.Info: "info"}
_LOG: Final = logging.getLogger("pyshacl")
_PROCESSES: Final = 2
_PLACEHOLDER: Final = re.compile(r"\{[?$]\w+\}")


@dataclass(frozen=True)
class _Job:
    """One run of pySHACL: `data` makes the data graph, the subjects of `focus` are the focus nodes (None: all)."""

    shapes: tuple[GraphFile, ...]
    data: tuple[GraphFile, ...]
    focus: tuple[GraphFile, ...] | None


def _scope(dataset: Dataset, scope: ShapeScope) -> tuple[GraphFile, ...]:
    """Return the shape files of one scope."""
    paths = set(dataset.content.shape_files(scope))
    return tuple(file for file in dataset.of("shapes") if file.path in paths)


def _jobs(dataset: Dataset) -> list[_Job]:
    """Return the runs that the shapes call for; a scope without shapes calls for none."""
    everything = (*dataset.ontology, *dataset.data)
    per_source, per_file, whole = _scope(dataset, "source"), _scope(dataset, "file"), _scope(dataset, "union")
    jobs = []
    if whole:
        jobs.append(_Job(whole, everything, None))
    if per_file:
        shared = dataset.of("ontology", "catalog", "register")
        jobs.append(_Job(per_file, shared, dataset.of("catalog", "register")))
        if readings := dataset.of("readings"):
            jobs.append(_Job(per_file, everything, readings))
        jobs += [_Job(per_file, dataset.context(source), (source,)) for source in dataset.sources]
    if per_source:
        jobs += [_Job(per_source, (*dataset.ontology, source), (source,)) for source in dataset.sources]
    return jobs


@contextlib.contextmanager
def _only(subjects: frozenset[Node | None] | None) -> Iterator[None]:
    """Let shapes target these nodes only.

    pySHACL's own `focus_nodes` also skips the value nodes of sh:node, sh:not and sh:or, so that those always hold.
    """
    every_target = Shape.focus_nodes

    def focus_nodes(shape: Shape, data_graph: rdflib.Graph, debug: bool = False) -> set[Node]:
        targets: set[Node] = every_target(shape, data_graph, debug)  # type: ignore[no-untyped-call]
        return targets if subjects is None else targets & subjects

    Shape.focus_nodes = focus_nodes  # type: ignore[method-assign]
    try:
        yield
    finally:
        Shape.focus_nodes = every_target  # type: ignore[method-assign]


def _named_shape(shapes: rdflib.Graph, shape: Node) -> str:
    """Return the local name of a shape, or of the nearest named shape that holds it."""
    seen: set[Node] = set()
    while isinstance(shape, rdflib.BNode) and shape not in seen:
        seen.add(shape)
        shape = next(iter(shapes.subjects(None, shape)), shape)
    name = str(shape)
    return name[max(name.rfind("#"), name.rfind("/")) + 1 :] if isinstance(shape, rdflib.URIRef) else "unnamed-shape"


def _short(node: Node | None) -> str:
    """Return the last part of an IRI, or a literal in quotes, to name it in a message."""
    if node is None:
        return ""
    return str(node).rstrip("/").rpartition("/")[2] if isinstance(node, rdflib.URIRef) else f'"{node}"'


def _messages(shapes: rdflib.Graph, report: rdflib.Graph, result: Node) -> dict[str, str]:
    """Return the messages of a result by language; one without a language stands under an empty text.

    pySHACL drops the language when it fills in `{?variable}`, so such a message is compared with those of the shape.
    """
    told = [
        template
        for link in (SH.sourceConstraint, SH.sourceShape)
        for holder in report.objects(result, link)
        for template in shapes.objects(holder, SH.message)
        if isinstance(template, rdflib.Literal) and template.language
    ]
    messages = {}
    for message in sorted(report.objects(result, SH.resultMessage), key=str):
        language = message.language if isinstance(message, rdflib.Literal) else None
        for template in told:
            parts = _PLACEHOLDER.split(str(template))
            if not language and re.fullmatch(".*".join(map(re.escape, parts)), str(message), re.DOTALL):
                language = template.language
        messages[language or ""] = str(message)
    return messages


def _finding(job: _Job, shapes: rdflib.Graph, report: rdflib.Graph, result: Node) -> Finding:
    """Return one sh:ValidationResult as a finding at the place of its statement."""

    def get(predicate: rdflib.URIRef) -> Node | None:
        return next(iter(report.objects(result, predicate)), None)

    focus, path, value = get(SH.focusNode), get(SH.resultPath), get(SH.value)
    messages = _messages(shapes, report, result)
    english = messages.get("en") or messages.get("") or next(iter(messages.values()), "The shape does not hold.")
    subject = _short(focus)
    found = f"{subject} ({_short(value)})" if value is not None and value != focus else subject
    file, position = locate((*(job.focus or ()), *job.data), focus, path, value)
    severity = get(SH.resultSeverity)
    return Finding(
        file.path,
        *position,
        _SEVERITY.get(severity, "violation") if severity else "violation",
        _named_shape(shapes, get(SH.sourceShape) or rdflib.BNode()),
        f"{found}: {messages.get('th') or english}",
        f"{found}: {english}",
    )


def _unusable(files: tuple[GraphFile, ...], error: Exception) -> KnowledgeGraphError:
    """Return the error for shapes that pySHACL cannot use, with the place of the query or the shape if known."""
    places = [
        f"{displayed(file.path)}:{position.line}:{position.column}"
        for file in files
        for (subject, predicate, value), position in file.turtle.positions.items()
        if f"'{subject}'" in str(error)
        or (isinstance(error, ParseException) and predicate in (SH.select, SH.ask) and str(value) in error.pstr)
    ]
    where = places[0] if places else ", ".join(displayed(file.path) for file in files)
    return KnowledgeGraphError(f"{where}: pySHACL cannot use these shapes: {error}")


def _run(job: _Job) -> list[Finding]:
    """Run pySHACL once. Raises KnowledgeGraphError when it cannot use the shapes."""
    shapes, data = union(job.shapes), SparqlGraph(triple for file in job.data for triple in file.graph)
    subjects = None if job.focus is None else frozenset(node for file in job.focus for node in file.first_positions)
    try:
        with _only(subjects):
            _, report, text = pyshacl.validate(
                data,
                shacl_graph=shapes,
                advanced=True,
                inference="none",
                inplace=True,  # the union was made for this run
                meta_shacl=False,
                do_owl_imports=False,
                allow_warnings=True,
                allow_infos=True,
            )
    except (ReportableRuntimeError, ParseException) as error:
        raise _unusable(job.shapes, error) from error
    if not isinstance(report, rdflib.Graph):
        raise _unusable(job.shapes, RuntimeError(text))
    return [_finding(job, shapes, report, result) for result in report.subjects(RDF.type, SH.ValidationResult)]


def _vacuous(dataset: Dataset) -> list[Finding]:
    """Return a note for each shape that targets a class, a property or nodes of which the whole dataset holds nothing.

    A target by SPARQL may well select nothing: it looks for what should not be there.
    Raises KnowledgeGraphError when pySHACL cannot read the shapes.
    """
    data = SparqlGraph(triple for file in (*dataset.ontology, *dataset.data) for triple in file.graph)
    found = []
    shape_files = dataset.of("shapes")
    try:
        shapes = ShapesGraph(union(shape_files), logger=_LOG).shapes
    except ReportableRuntimeError as error:
        raise _unusable(shape_files, error) from error
    for shape in shapes:
        if any(list(kind) for kind in shape.target()) and not shape.focus_nodes(data):
            file = next(file for file in shape_files if shape.node in file.first_positions)
            name = _named_shape(file.graph, shape.node)
            found.append(
                Finding(
                    file.path,
                    *file.first_positions[shape.node],
                    "info",
                    "vacuous-shape",
                    f"ไม่มีข้อมูลใดตรงกับเป้าหมายของ {name} จึงไม่ได้ตรวจอะไรเลย",
                    f"{name} targets nothing in the whole dataset, so it checks nothing.",
                    "ตรวจชื่อคลาสหรือพร็อพเพอร์ตีของเป้าหมาย",
                    "Check the class or the property that it targets.",
                )
            )
    return found


_pending: list[_Job] = []
"""The jobs of the run at hand, where forked processes find them without copying."""


def _run_pending(index: int) -> list[Finding]:
    """Run one of the pending jobs, in a forked process."""
    return _run(_pending[index])


def _run_all(jobs: list[_Job]) -> list[list[Finding]]:
    """Run the jobs, in forked processes where the platform has them and no thread could be caught in the fork."""
    may_fork = "fork" in multiprocessing.get_all_start_methods() and threading.active_count() == 1
    processes = min(_PROCESSES, os.cpu_count() or 1, len(jobs))
    if not may_fork or processes < 2:
        return [_run(job) for job in jobs]
    _pending[:] = jobs
    try:
        with multiprocessing.get_context("fork").Pool(processes) as pool:
            return pool.map(_run_pending, range(len(jobs)), chunksize=1)
    finally:
        _pending.clear()


def check_shapes(dataset: Dataset) -> list[Finding]:
    """Return a finding for each result of SHACL validation, and a note for each shape that matches nothing.

    Raises KnowledgeGraphError when pySHACL cannot make sense of the shapes.
    """
    if not dataset.of("shapes"):
        return []
    found = _vacuous(dataset)
    for findings in _run_all(_jobs(dataset)):
        found += findings
    return found
