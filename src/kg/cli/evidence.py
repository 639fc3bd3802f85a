"""`kg evidence`: what the graph quotes, against the archived texts."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from kg.cli.errors import ExitCode
from kg.cli.options import FormatChoice, LanguageChoice, RootOption


def evidence(
    archive: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Folder of the archived texts; without it only the form of evidence is checked."
        ),
    ] = None,
    output: Annotated[FormatChoice, typer.Option("--format", help="How to write findings.")] = FormatChoice.TEXT,
    language: Annotated[LanguageChoice, typer.Option(help="Language of the messages.")] = LanguageChoice.ENGLISH,
    root: RootOption = None,
) -> None:
    """Check that every passage exists and that every printed form stands in a passage of its subject.

    The texts are found by their SHA-256; the names of the files do not matter.
    """
    from kg.checks.evidence_iris import check_evidence_iris
    from kg.cli.report import print_findings, say
    from kg.content import find_content
    from kg.dataset import load_dataset
    from kg.evidence import check_evidence
    from kg.finding import summary

    dataset = load_dataset(find_content(root))
    found = check_evidence_iris(dataset) if archive is None else check_evidence(dataset, archive)
    printed = print_findings(found, output.value, language.value)
    say(f"{len(dataset.sources)} sources: {summary(printed)}.")
    if printed:
        sys.exit(ExitCode.FINDINGS)
