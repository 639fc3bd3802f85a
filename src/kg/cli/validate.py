"""`kg validate`: every check on every file."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from kg.cli.errors import ExitCode
from kg.cli.options import FormatChoice, LanguageChoice, RootOption


class FailOn(StrEnum):
    """The least severity that makes the program fail."""

    VIOLATION = "violation"
    WARNING = "warning"


def validate(
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="Report on these Turtle files only; one from outside the tree is checked as a source."),
    ] = None,
    output: Annotated[FormatChoice, typer.Option("--format", help="How to write findings.")] = FormatChoice.TEXT,
    language: Annotated[LanguageChoice, typer.Option(help="Language of the messages.")] = LanguageChoice.ENGLISH,
    fail_on: Annotated[FailOn, typer.Option(help="Least severity that makes the command fail.")] = FailOn.VIOLATION,
    root: RootOption = None,
) -> None:
    """Check ontology, data and shapes: syntax, terms, literals, form of evidence, SHACL; each finding has its line.

    Exit codes: 0 clean, 1 findings, 3 a file is not Turtle.
    """
    from kg.checks import CHECKS
    from kg.checks.syntax import syntax_finding
    from kg.cli.report import print_findings, say
    from kg.content import find_content
    from kg.dataset import read_dataset
    from kg.errors import InputError
    from kg.finding import fails, summary

    for path in files or []:
        if not path.is_file():
            raise InputError(f"{path}: {'a folder; name files in it' if path.is_dir() else 'no such file'}.")
    dataset, errors = read_dataset(find_content(root), files or [])
    found = [syntax_finding(error) for error in errors]
    if not errors:  # half a dataset would only give findings that are none
        for check in CHECKS.values():
            found += check(dataset)
    if files:
        wanted = {path.resolve() for path in files}
        found = [finding for finding in found if finding.path.resolve() in wanted]
    printed = print_findings(found, output.value, language.value)
    triples = sum(len(file.graph) for file in dataset.files)
    say(f"{len(dataset.files)} files, {triples} triples: {summary(printed)}.")
    if errors and any(finding.rule == "syntax" for finding in printed):
        sys.exit(ExitCode.INPUT)
    if fails(printed, fail_on.value):
        sys.exit(ExitCode.FINDINGS)
