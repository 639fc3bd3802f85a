"""Annotations of GitHub Actions, as workflow commands that the runner reads from the log.

GitHub shows ten errors, ten warnings and ten notices of a step and drops the rest without a word, so no more are sent;
the rest stands in the log as text, between commands that stop the runner from looking for commands in it.
"""

import hashlib
from collections import Counter
from pathlib import PurePath
from typing import Final, TextIO

from kg.finding import Finding, Language, Severity, displayed, render
from kg.reports.report import Report
from kg.reports.source import Sources

LIMIT: Final = 10
"""Annotations of one level that GitHub shows for a step."""

LEVELS: Final[dict[Severity, str]] = {"violation": "error", "warning": "warning", "info": "notice"}


def _data(text: str) -> str:
    """Escape the message of a command, where a line break would end it."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """Escape a property of a command, where a comma or a colon would end it too."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def command(finding: Finding, language: Language, sources: Sources) -> str:
    """Return a finding as a workflow command, from where it begins to the end of the term there."""
    properties = {
        "file": PurePath(displayed(finding.path)).as_posix(),
        "line": str(finding.line),
        "endLine": str(finding.line),
        "col": str(finding.column),
        "title": finding.rule,
    }
    if end := sources.end(finding.path, finding.line, finding.column):
        properties["endColumn"] = str(end)
    told = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{LEVELS[finding.severity]} {told}::{_data(finding.sentences(language))}"


def write(report: Report, language: Language, stream: TextIO) -> None:
    """Write the annotations, and what GitHub would not show as text with a notice that says so."""
    total = Counter(LEVELS[finding.severity] for finding in report.findings)
    over = any(count > LIMIT for count in total.values())
    room = {level: LIMIT - (over and level == "notice") for level in LEVELS.values()}  # one for the closing notice
    rest, sources = [], Sources()
    for finding in report.findings:
        level = LEVELS[finding.severity]
        if room[level]:
            room[level] -= 1
            stream.write(command(finding, language, sources) + "\n")
        else:
            rest.append(render(finding, "text", language) + "\n")
    if rest:
        token = hashlib.sha256("".join(rest).encode()).hexdigest()  # what stands in the text cannot name it
        stream.write(f"::stop-commands::{token}\n{''.join(rest)}::{token}::\n")
        counts = ", ".join(f"{count} {level}{'' if count == 1 else 's'}" for level, count in total.items())
        stream.write(
            f"::notice title=kg validate::{counts}; GitHub shows {LIMIT} of each. "
            "The others stand in the log of this step.\n"
        )
