"""A finding: what a check has to say about one place in one file, and how it is written out."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Literal

Severity = Literal["violation", "warning", "info"]
Language = Literal["th", "en", "both"]
Format = Literal["text", "json", "github", "sarif", "junit", "turtle", "markdown", "gitlab"]

SEVERITIES: Final[tuple[Severity, ...]] = ("violation", "warning", "info")
"""Severities, gravest first."""

REMEDY: Final = {"th": "วิธีแก้", "en": "Remedy"}
"""What stands before a remedy, by language."""

_BREAK: Final = re.compile(r"[ \t]*[\r\n\x85\u2028\u2029]+\s*")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True)
class Finding:
    """What is wrong at one place. `line` and `column` count from 1; `rule` names the check or the shape.

    What it is about, where that is known, as terms of N-Triples: the focus node, the path as SPARQL writes it, the
    value, the shape and the constraint component (SHACL, section 3.6.2).
    """

    path: Path
    line: int
    column: int
    severity: Severity
    rule: str
    message_th: str
    message_en: str
    remedy_th: str = ""
    remedy_en: str = ""
    focus_node: str = ""
    result_path: str = ""
    value: str = ""
    source_shape: str = ""
    component: str = ""

    def texts(self, language: Language) -> list[tuple[str, str, str]]:
        """Return language, message and remedy (perhaps empty) for one language or for both, Thai first."""
        texts = {"th": (self.message_th, self.remedy_th), "en": (self.message_en, self.remedy_en)}
        return [(code, *texts[code]) for code in (("th", "en") if language == "both" else (language,))]

    def message(self, language: Language) -> str:
        """Return the message without the remedy, in one language or in both."""
        return " / ".join(message for _, message, _ in self.texts(language))

    def sentences(self, language: Language) -> str:
        """Return the message and, if there is one, the remedy, in one language or in both."""
        return " / ".join(
            f"{message} {REMEDY[code]}: {remedy}" if remedy else message
            for code, message, remedy in self.texts(language)
        )


@dataclass(frozen=True)
class Suppressed:
    """A finding that is not reported, and why: it stands in a baseline, or an exception accepts it."""

    finding: Finding
    by: Literal["baseline", "exception"]
    reason_th: str
    reason_en: str

    def reason(self, language: Language) -> str:
        """Return the reason in one language or in both."""
        reasons = {"th": self.reason_th, "en": self.reason_en}
        codes = ("th", "en") if language == "both" and self.reason_th != self.reason_en else (language,)
        return " / ".join(reasons["en" if code == "both" else code] for code in codes)


def displayed(path: Path) -> str:
    """Return the path as a user would type it: relative when it is below the working folder."""
    return relative(path, Path.cwd())


@lru_cache(maxsize=4096)
def _resolved(path: Path, _working_folder: Path) -> Path:
    """Return a path without links, seen from the working folder; thousands of findings are about few files."""
    return path.resolve()


def relative(path: Path, folder: Path) -> str:
    """Return a path below a folder relative to it, another as it is. The folder is absolute and has no links."""
    try:
        return str(_resolved(path, Path.cwd()).relative_to(folder))
    except ValueError:
        return str(path)


def record(finding: Finding) -> dict[str, Any]:
    """Return a finding as plain values, the path as a user would type it."""
    return vars(finding) | {"path": displayed(finding.path)}


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


def one_line(text: str) -> str:
    """Return a text without line breaks and without control characters, which a file could send to the terminal."""
    return _CONTROL.sub("\ufffd", _BREAK.sub(" ", text.strip()).replace("\t", " "))


def render(finding: Finding, output: Literal["text", "json"], language: Language) -> str:
    """Return one finding as a line: `file:line:column: severity rule: message`, or a JSON object."""
    if output == "json":
        return json.dumps(record(finding), ensure_ascii=False)
    path, text = one_line(displayed(finding.path)), one_line(finding.sentences(language))
    return f"{path}:{finding.line}:{finding.column}: {finding.severity} {one_line(finding.rule)}: {text}"


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
