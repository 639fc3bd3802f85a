"""One file: read, parsed by two parsers with the place of everything, and checked for what concerns it alone."""

import errno
import json
import multiprocessing
import os
import stat
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from kg.finding import Finding, displayed
from kg.located import LocatedGraph
from kg.project import Kind, Project
from kg.turtle import Position, PrefixDeclaration
from kg.validation.cache import Cache, digest, program

Progress = Callable[[str, int, int], None]
"""Told what is done now, how many steps are done, and how many there are."""

_MANY: Final = 8
"""Files from which on it is worth while to examine them in several processes."""


def relative(path: Path, root: Path) -> str:
    """Return a path relative to the project where it is below it, with slashes, else as it is."""
    try:
        return path.relative_to(root).as_posix()
    except ValueError:
        return str(path)


def finding_record(finding: Finding, root: Path) -> dict[str, Any]:
    """Return a finding as plain values, its path relative to the project."""
    return {**asdict(finding), "path": relative(finding.path, root)}


def finding_of(record: dict[str, Any], root: Path) -> Finding:
    """Return the finding of a record."""
    return Finding(**{**record, "path": root / record["path"]})


@dataclass(frozen=True)
class ExaminedFile:
    """A Turtle file and what it says of itself. `record` is as `_examined` makes it."""

    path: Path
    kind: Kind
    digest: str
    content: bytes = field(repr=False)
    record: dict[str, Any] = field(repr=False)
    root: Path = field(repr=False)

    @property
    def broken(self) -> bool:
        """Whether the file is not Turtle, or cannot be read."""
        return self.record["graph"] is None

    @cached_property
    def findings(self) -> list[Finding]:
        """What concerns this file alone."""
        return [finding_of(record, self.root) for record in self.record["findings"]]

    @cached_property
    def graph(self) -> LocatedGraph:
        """The triples with their places. Not to be asked of a broken file."""
        return LocatedGraph.from_record(self.path, self.record["graph"])

    @property
    def triples(self) -> int:
        """How many triples the file has."""
        return 0 if self.broken else int(self.record["count"])

    @cached_property
    def prefixes(self) -> dict[str, str]:
        """The prefixes that the file declares; the last declaration of each counts."""
        return {declaration.prefix: declaration.namespace for declaration in self.declarations}

    @cached_property
    def declarations(self) -> tuple[PrefixDeclaration, ...]:
        """The prefix declarations in their order."""
        return tuple(
            PrefixDeclaration(prefix, namespace, Position(line, column))
            for prefix, namespace, line, column in self.record["declarations"]
        )

    @cached_property
    def used_prefixes(self) -> frozenset[str]:
        """The prefixes that names in the file have."""
        return frozenset(self.record["used"])


def _broken(findings: list[Finding], root: Path) -> dict[str, Any]:
    """Return the record of a file that has no triples for us."""
    return {
        "graph": None,
        "findings": [finding_record(one, root) for one in findings],
        "declarations": [],
        "used": [],
        "count": 0,
    }


def _unreadable(path: Path, error: OSError) -> Finding:
    """Return the finding for a file that cannot be read."""
    why = error.strerror or str(error)
    return Finding(
        path,
        1,
        1,
        "violation",
        "unreadable",
        f"อ่านไฟล์นี้ไม่ได้: {why}",
        f"The file cannot be read: {why}.",
        "ตรวจสิทธิ์ในการอ่านไฟล์ หรือเอาไฟล์ออกจากรายการ",
        "Give it the permission to be read, or take it from the list of files.",
    )


def examined(path: Path, content: bytes, kind: Kind, project: Project, formatted: bool) -> dict[str, Any]:
    """Parse a file and check what concerns it alone; with `formatted`, whether it is in the form of the formatter."""
    from kg.checks.blank_nodes import check_blank_nodes  # noqa: PLC0415  # rdflib is loaded for a changed file only
    from kg.checks.characters import check_characters  # noqa: PLC0415
    from kg.checks.literals import check_literals  # noqa: PLC0415
    from kg.checks.prefixes import PrefixUse, file_findings  # noqa: PLC0415
    from kg.checks.repetitions import repetition_findings  # noqa: PLC0415
    from kg.checks.syntax import check_parsers, syntax_finding  # noqa: PLC0415
    from kg.checks.text_forms import text_form_findings  # noqa: PLC0415
    from kg.checks.vocabularies import foreign_term_findings  # noqa: PLC0415
    from kg.turtle import TurtleSyntaxError, decoded, parse_turtle  # noqa: PLC0415

    try:
        turtle = parse_turtle(path, project.graph_iri(path), content)
    except TurtleSyntaxError as error:
        return _broken([syntax_finding(error)], project.root)
    text = decoded(path, content)
    graph = LocatedGraph.of(turtle)
    prefixes = {one.prefix: str(one.namespace) for one in turtle.declarations}
    found = [
        *check_parsers(turtle),
        *check_characters(path, text, kind != "shapes"),
        *text_form_findings(path, text),
        *file_findings(PrefixUse(path, turtle.declarations, turtle.used_prefixes), text=text),
        *foreign_term_findings(graph, prefixes=prefixes),
        *repetition_findings(turtle),
    ]
    if kind != "shapes":
        found += check_literals(turtle)
    if kind == "data":
        found += check_blank_nodes(turtle)
    if formatted and content.strip():
        from kg.formatting import check_format  # noqa: PLC0415

        found += [one for one in (check_format(path, content),) if one is not None]
    return {
        "graph": graph.record(),
        "findings": [finding_record(one, project.root) for one in found],
        "declarations": [(one.prefix, str(one.namespace), *one.position) for one in turtle.declarations],
        "used": sorted(turtle.used_prefixes),
        "count": len(graph.triples),
    }


def content_of(path: Path) -> bytes:
    """Return what a file holds. Raises OSError when it cannot be read, or is a device or a pipe, which need not end."""
    with os.fdopen(
        os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)), "rb"
    ) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "it is no regular file")
        return file.read()


def text_of(path: Path) -> tuple[str, list[Finding]]:
    """Return the text of a query or of its answer, line ends as line feeds, and what is wrong with its characters.

    The text is empty where the file cannot be read or is not UTF-8; the finding has the rule `unreadable` or `syntax`.
    """
    from kg.checks.characters import check_characters  # noqa: PLC0415
    from kg.checks.syntax import syntax_finding  # noqa: PLC0415
    from kg.checks.text_forms import text_form_findings  # noqa: PLC0415
    from kg.turtle import TurtleSyntaxError, decoded  # noqa: PLC0415

    try:
        text = decoded(path, content_of(path)).replace("\r\n", "\n")
    except OSError as error:
        return "", [_unreadable(path, error)]
    except TurtleSyntaxError as error:
        return "", [syntax_finding(error)]
    return text, [*check_characters(path, text, escapes=False), *text_form_findings(path, text)]


def _key(path: Path, content: bytes, kind: Kind, project: Project, formatted: bool) -> str:
    """Return what the record of a file is kept under."""
    settings = json.dumps([project.graph_iri(path), kind, relative(path, project.root), formatted])
    return digest("file", program(), settings, content)


_PENDING: list[tuple[Path, bytes, Kind, Project, bool]] = []
"""Files to be examined, where forked processes find them without copying."""


def _examined_pending(number: int) -> dict[str, Any]:
    """Examine one of the pending files, in a forked process."""
    return examined(*_PENDING[number])


def _examined_all(tasks: list[tuple[Path, bytes, Kind, Project, bool]], told: Callable[[int], None]) -> Iterator[Any]:
    """Examine files, in forked processes when there are many and nothing could be caught in the fork."""
    processes = min(os.cpu_count() or 1, 8)
    may_fork = "fork" in multiprocessing.get_all_start_methods() and threading.active_count() == 1
    if len(tasks) < _MANY or processes < 2 or not may_fork:
        for number, task in enumerate(tasks):
            told(number)
            yield examined(*task)
        return
    _PENDING[:] = tasks
    try:
        with multiprocessing.get_context("fork").Pool(processes) as pool:
            for number, record in enumerate(pool.imap(_examined_pending, range(len(tasks)), chunksize=1)):
                told(number)
                yield record
    finally:
        _PENDING.clear()


def examine_all(project: Project, cache: Cache, formatted: bool, progress: Progress) -> dict[Path, ExaminedFile]:
    """Read and check every file of a project, or remember what was found when it was the same."""
    contents: dict[Path, bytes] = {}
    records: dict[Path, dict[str, Any]] = {}
    keys: dict[Path, str] = {}
    for path, kind in project.kinds.items():
        try:
            contents[path] = content_of(path)
        except OSError as error:
            contents[path], keys[path] = b"", digest(str(error))
            records[path] = _broken([_unreadable(path, error)], project.root)
            continue
        keys[path] = _key(path, contents[path], kind, project, formatted)
        record = cache.get(keys[path])
        if record is not None:
            records[path] = record
    new = [path for path in project.kinds if path not in records]
    tasks = [(path, contents[path], project.kinds[path], project, formatted) for path in new]
    found = _examined_all(tasks, lambda number: progress(displayed(new[number]), number, len(new)))
    for path, record in zip(new, found, strict=True):
        records[path] = record
        cache.put(keys[path], record)
    return {
        path: ExaminedFile(path, kind, keys[path], contents[path], records[path], project.root)
        for path, kind in project.kinds.items()
    }
