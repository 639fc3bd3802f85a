"""Findings to stdout, talk to stderr, in colour only where a person looks and NO_COLOR is unset."""

import os
import sys
from collections.abc import Iterable
from typing import Final

from rich.console import Console
from rich.text import Text

from kg.finding import Finding, Format, Language, Severity, render, sort_findings

_STYLES: Final[dict[Severity, str]] = {"violation": "bold red", "warning": "yellow", "info": "cyan"}


def print_findings(findings: Iterable[Finding], output: Format, language: Language) -> list[Finding]:
    """Print the findings to stdout, sorted and without duplicates, a line each, and return them in that order."""
    ordered = sort_findings(findings)
    colour = output == "text" and sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    console = Console(highlight=False, soft_wrap=True)
    for finding in ordered:
        line = render(finding, output, language)
        if colour:
            text = Text(line)
            text.highlight_words([f" {finding.severity} "], _STYLES[finding.severity])
            console.print(text)
        else:
            print(line)
    return ordered


def say(sentence: str) -> None:
    """Say something about the work to stderr."""
    print(sentence, file=sys.stderr)
