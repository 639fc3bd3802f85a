"""Findings to stdout or to files, talk to stderr, in colour only where a person looks and NO_COLOR is unset."""

import datetime
import io
import sys
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from kg.finding import Finding, Format, Language, displayed, sort_findings

if TYPE_CHECKING:
    from kg.baseline import Applied
    from kg.project import Project
    from kg.reports.report import Report
    from kg.validation import Outcome


def report_targets(values: Iterable[str]) -> list[tuple[Format, Path]]:
    """Return format and file of each `FORMAT=FILE`. Raises typer.BadParameter for what is none."""
    from kg.reports import FORMATS

    found: list[tuple[Format, Path]] = []
    for value in values:
        name, sign, file = value.partition("=")
        output = next((known for known in FORMATS if known == name), None)
        if output is None or not sign or not file:
            raise typer.BadParameter(
                f"{value}: write FORMAT=FILE, with one of {', '.join(FORMATS)}.", param_hint="--report"
            )
        found.append((output, Path(file)))
    return found


def settled(
    outcome: "Outcome",
    project: "Project",
    wanted: Collection[Path] | None,
    today: datetime.date,
    baseline: Path | None = None,
    new_baseline: Path | None = None,
) -> "Applied":
    """Take what exceptions and the baseline accept out of the findings of a run, and write a new baseline if asked to.

    `wanted` are the files to report on (None: all); `baseline` stands for that of the project. What there is to tell of
    exceptions and baseline is among the findings, weighed by the settings as all are; findings that only repeat others
    of those that are left are taken out last. Of a part of the project, or of
    one with a file that is not Turtle, no exception is called unused and no known finding gone, since they may be.
    Raises InputError when a file cannot be read or written, typer.BadParameter when a baseline cannot be made.
    """
    from kg.baseline import Applied, apply_baseline, read_baseline, write_baseline
    from kg.exceptions import apply_exceptions, read_exceptions
    from kg.validation import weighed

    found = [one for one in outcome.findings if wanted is None or one.path.resolve() in wanted]
    checked: Collection[Path] | None = () if outcome.broken else wanted
    suppressed, told = [], []
    if project.exceptions is not None:
        applied = apply_exceptions(read_exceptions(project.exceptions), found, project.root, today, checked)
        found, suppressed, told = applied.findings, applied.suppressed, applied.told
    if new_baseline is not None:
        if wanted is not None or outcome.broken:
            reason = "a file is not Turtle" if outcome.broken else "it is of the whole project; name no paths"
            raise typer.BadParameter(f"not written: {reason}.", param_hint="--write-baseline")
        write_baseline(new_baseline, found, project.root)
    chosen = new_baseline or baseline or project.baseline
    if chosen is not None:
        applied = apply_baseline(read_baseline(chosen), found, project.root, checked)
        found, suppressed, told = applied.findings, [*suppressed, *applied.suppressed], [*told, *applied.told]
    return Applied(sort_findings([*outcome.told(found), *weighed(told, outcome.rules, project)]), suppressed, told)


def print_report(
    report: "Report",
    output: Format,
    language: Language,
    *,
    show_source: bool = False,
    targets: Sequence[tuple[Format, Path]] = (),
) -> None:
    """Write a report to stdout and to further files, and its summary to stderr.

    Raises InputError when a file cannot be written.
    """
    from kg.errors import InputError
    from kg.reports import write

    for form, path in targets:
        try:
            with path.open("w", encoding="utf-8", newline="\n") as stream:
                write(report, form, language, stream, show_source=show_source)
        except OSError as error:
            raise InputError(f"{displayed(path)}: {error.strerror}.") from error
    if isinstance(sys.stdout, io.TextIOWrapper):  # what is no terminal may have an encoding without Thai
        encoding = sys.stdout.encoding if output == "text" and sys.stdout.isatty() else "utf-8"
        sys.stdout.reconfigure(encoding=encoding, errors="backslashreplace")
    write(report, output, language, sys.stdout, show_source=show_source)
    sys.stdout.flush()
    say(report.summary())


def print_findings(findings: Iterable[Finding], output: Format, language: Language) -> list[Finding]:
    """Print findings to stdout without a summary, sorted and without duplicates, and return them in that order."""
    from kg.reports import Report, write

    ordered = sort_findings(findings)
    write(Report(ordered), output, language, sys.stdout)
    return ordered


def say(sentence: str) -> None:
    """Say something about the work to stderr."""
    print(sentence, file=sys.stderr)
