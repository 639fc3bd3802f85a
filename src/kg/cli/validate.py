"""`kg validate`: every check on every file."""

import datetime
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from kg.cli.errors import ExitCode
from kg.cli.options import FailOn, FormatChoice, LanguageChoice, RootOption

if TYPE_CHECKING:
    from kg.reports import Report


@dataclass(frozen=True)
class _Wanted:
    """What a run is about, as the command line says it."""

    paths: list[Path]
    shapes: list[Path]
    project: Path | None
    root: Path | None
    cached: bool
    fail_on: FailOn
    baseline: Path | None
    new_baseline: Path | None


def _run(wanted: _Wanted) -> "Report":
    """Run the checks once."""
    from kg.cli.progress import ProgressBar
    from kg.cli.projects import chosen_project
    from kg.cli.report import settled
    from kg.finding import fails
    from kg.reports import Report
    from kg.validation import BREAKING, validate

    begun = time.monotonic()
    project, only = chosen_project(wanted.paths, wanted.shapes, wanted.project, wanted.root)
    with ProgressBar() as progress:
        outcome = validate(project, wanted.cached and not wanted.shapes, progress)
    told = settled(
        outcome,
        project,
        only,
        datetime.datetime.now(tz=datetime.UTC).date(),
        wanted.baseline,
        wanted.new_baseline,
    )
    code = ExitCode.CLEAN
    if outcome.broken and any(finding.rule in BREAKING for finding in told.findings):
        code = ExitCode.INPUT
    elif fails(told.findings, wanted.fail_on.value):
        code = ExitCode.FINDINGS
    return Report(
        told.findings,
        told.suppressed,
        [path for path in project.kinds if only is None or path.resolve() in only],
        outcome.triples,
        outcome.rules,
        wanted.fail_on.value,
        code,
        time.monotonic() - begun,
        project.root,
    )


_LOOKED_AT: Final = frozenset({".ttl", ".rq", ".csv", ".toml", ".md"})
"""Endings of the files whose saves matter."""

_LOOK: Final = 1000
"""Milliseconds after which files are looked at though no save was told, as one may come before the watching begins."""


def _places(wanted: _Wanted) -> list[Path]:
    """Return the folders that are watched."""
    from kg.cli.projects import chosen_project

    project, _ = chosen_project(wanted.paths, wanted.shapes, wanted.project, wanted.root)
    places = {path.resolve() for path in (project.root, *(path.parent for path in project.kinds))}
    return sorted(place for place in places if not any(other in place.parents for other in places))


def _state(places: list[Path]) -> dict[Path, tuple[int, int]]:
    """Return when each file was changed, and how long it is."""
    found = {}
    for place in places:
        for path in place.rglob("*"):
            if path.suffix in _LOOKED_AT and not any(part.startswith(".") for part in path.relative_to(place).parts):
                with suppress(OSError):
                    status = path.stat()
                    found[path] = status.st_mtime_ns, status.st_size
    return found


def _saves(places: list[Path], known: dict[Path, tuple[int, int]]) -> Iterator[None]:
    """Wait for files to be saved, from a known state on, until the user has had enough."""
    from watchfiles import watch

    for _ in watch(*places, raise_interrupt=False, yield_on_timeout=True, rust_timeout=_LOOK):
        now = _state(places)
        if now != known:
            known = now
            yield


def validate(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="Report on these files and folders only; those from outside are checked with the project."),
    ] = None,
    shapes: Annotated[
        list[Path] | None,
        typer.Option("--shapes", "-s", help="Check PATHS with these shapes (files or folders), and with nothing else."),
    ] = None,
    project: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="A repository; its pyproject.toml may have [tool.kg]. Default: around here."),
    ] = None,
    output: Annotated[FormatChoice, typer.Option("--format", help="How to write findings.")] = FormatChoice.TEXT,
    report: Annotated[
        list[str] | None,
        typer.Option(metavar="FORMAT=FILE", help="Write the findings to a file too, as --report sarif=kg.sarif."),
    ] = None,
    language: Annotated[LanguageChoice, typer.Option(help="Language of the messages.")] = LanguageChoice.ENGLISH,
    fail_on: Annotated[FailOn, typer.Option(help="Least severity that makes the command fail.")] = FailOn.VIOLATION,
    baseline: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Known findings, which are not reported again.")
    ] = None,
    new_baseline: Annotated[
        Path | None, typer.Option("--write-baseline", metavar="FILE", help="Write what is found now as known.")
    ] = None,
    show_source: Annotated[
        bool, typer.Option("--show-source", help="Show the lines of the files, as on a terminal.")
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Check again whenever a file is saved. Stop with Ctrl-C.")
    ] = False,
    cache: Annotated[bool, typer.Option(help="Keep results in .kg_cache and check only what has changed.")] = True,
    root: RootOption = None,
) -> None:
    """Check ontology, data, shapes and queries: syntax, names, literals, SHACL and more; each finding has its line.

    Exit codes: 0 clean, 1 findings, 2 usage, 3 a file cannot be read or is not Turtle.
    """
    from kg.cli.errors import exit_code
    from kg.cli.report import print_report, report_targets, say
    from kg.errors import KnowledgeGraphError

    targets = report_targets(report or [])
    wanted = _Wanted(paths or [], shapes or [], project, root, cache, fail_on, baseline, new_baseline)

    def once() -> int:
        made = _run(wanted)
        print_report(made, output.value, language.value, show_source=show_source, targets=targets)
        return made.exit_code

    if not watch:
        sys.exit(once())
    if new_baseline is not None:
        raise typer.BadParameter("a baseline is written once, not at each save.", param_hint="--write-baseline")
    places = _places(wanted)
    known = _state(places)
    once()
    for _ in _saves(places, known):
        say(f"\n{datetime.datetime.now().astimezone():%H:%M:%S}")
        try:
            once()
        except (
            KnowledgeGraphError,
            OSError,
        ) as error:  # a file that is half saved or gone is mended with the next save
            exit_code(error)
