"""A finding: what a check has to say about one place in one file, and how it is written out."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Literal

Severity = Literal["violation", "warning", "info"]
Language = Literal["th", "en", "both"]
Format = Literal["text", "json", "github"]

SEVERITIES: Final[tuple[Severity, ...]] = ("violation", "warning", "info")
"""Severities, gravest first."""

_ANNOTATION_LEVEL: Final[dict[Severity, str]] = {"violation": "error", "warning": "warning", "info": "notice"}
_REMEDY: Final = {"th": "วิธีแก้", "en": "Remedy"}


@dataclass(frozen=True)
class Finding:
    """What is wrong at one place. `line` and `column` count from 1; `rule` names the check or the shape."""

    path: Path
    line: int
    column: int
    severity: Severity
    rule: str
    message_th: str
    message_en: str
    remedy_th: str = ""
    remedy_en: str = ""

    def sentences(self, language: Language) -> str:
        """Return the message and, if there is one, the remedy, in one language or in both."""
        texts = {"th": (self.message_th, self.remedy_th), "en": (self.message_en, self.remedy_en)}
        parts = []
        for code in ("th", "en") if language == "both" else (language,):
            message, remedy = texts[code]
            parts.append(f"{message} {_REMEDY[code]}: {remedy}" if remedy else message)
        return " / ".join(parts)


def displayed(path: Path) -> str:
    """Return the path as a user would type it: relative when it is below the working folder."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def sort_findings(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings without duplicates, by file, line, column, severity, rule and message."""
    return sorted(
        set(findings),
        key=lambda one: (
            str(one.path),
            one.line,
            one.column,
            SEVERITIES.index(one.severity),
            one.rule,
            one.message_en,
        ),
    )


def _escape(text: str) -> str:
    """Escape a text for a workflow command, where a line break would end it."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def render(finding: Finding, output: Format, language: Language) -> str:
    """Return one finding as a line: `file:line:column: severity rule: message`, a JSON object, or an annotation."""
    path = displayed(finding.path)
    if output == "json":
        return json.dumps(asdict(finding) | {"path": path}, ensure_ascii=False)
    text = finding.sentences(language)
    if output == "github":
        place = f"file={path},line={finding.line},col={finding.column},title={finding.rule}"
        return f"::{_ANNOTATION_LEVEL[finding.severity]} {place}::{_escape(text)}"
    return f"{path}:{finding.line}:{finding.column}: {finding.severity} {finding.rule}: {text}"


def fails(findings: Iterable[Finding], fail_on: Severity) -> bool:
    """Return whether a finding is at least as grave as `fail_on`."""
    limit = SEVERITIES.index(fail_on)
    return any(SEVERITIES.index(finding.severity) <= limit for finding in findings)


def summary(findings: Iterable[Finding]) -> str:
    """Return how many findings there are of each severity, in a phrase."""
    counts = dict.fromkeys(SEVERITIES, 0)
    for finding in findings:
        counts[finding.severity] += 1
    plural = {"violation": "violations", "warning": "warnings", "info": "notes"}
    singular = {"violation": "violation", "warning": "warning", "info": "note"}
    return ", ".join(f"{count} {(singular if count == 1 else plural)[name]}" for name, count in counts.items())
