"""How the outcome of a run is written: for people, for other programs, for what shows results in a review.

| format | is | read by |
|---|---|---|
| `text` | a line a finding; on a terminal with the line of the file | people, grep, problem matchers |
| `json` | JSON lines, `docs/schemas/finding.schema.json` | scripts |
| `github` | workflow commands | GitHub Actions |
| `sarif` | SARIF 2.1.0 | code scanning, editors |
| `junit` | JUnit XML | test reports of most CI servers |
| `turtle` | a validation report of SHACL | what reads RDF |
| `markdown` | a summary | `$GITHUB_STEP_SUMMARY`, comments |
| `gitlab` | Code Quality JSON | GitLab |
"""

from collections.abc import Callable
from typing import Final, TextIO

from kg.finding import Format, Language
from kg.reports import github, gitlab, json_lines, junit, markdown, sarif, text, turtle
from kg.reports.report import Report

__all__ = ["FORMATS", "Report", "write"]

Writer = Callable[[Report, Language, TextIO], None]

FORMATS: Final[dict[Format, Writer]] = {
    "text": text.write,
    "json": json_lines.write,
    "github": github.write,
    "sarif": sarif.write,
    "junit": junit.write,
    "turtle": turtle.write,
    "markdown": markdown.write,
    "gitlab": gitlab.write,
}
"""Every format by its name."""


def write(report: Report, output: Format, language: Language, stream: TextIO, *, show_source: bool = False) -> None:
    """Write a report to a stream of text.

    With `show_source`, or where the stream is a terminal, the format text shows the lines of the files too.
    """
    if output == "text":
        text.write(report, language, stream, show_source=show_source)
    else:
        FORMATS[output](report, language, stream)
