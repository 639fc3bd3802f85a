"""A summary in Markdown, as GitHub and GitLab show it: what was checked, how many findings, and a table of them."""

import re
from collections import Counter
from pathlib import PurePath
from typing import Final, TextIO

from kg.finding import REMEDY, SEVERITIES, Finding, Language, Severity, displayed, one_line
from kg.reports.report import Report

LIMIT: Final = 200
"""Findings in the table; a summary of GitHub may have a mebibyte."""

_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]()<>#|~&@!$])")
_NAMES: Final[dict[Severity, dict[str, str]]] = {
    "violation": {"th": "ข้อผิดพลาด", "en": "violation"},
    "warning": {"th": "คำเตือน", "en": "warning"},
    "info": {"th": "ข้อสังเกต", "en": "note"},
}
_WORDS: Final = {
    "th": ("ผลการตรวจสอบ", "ระดับ", "จำนวน", "ตำแหน่ง", "กฎ", "ข้อความ", "ไม่พบข้อผิดพลาด", "และอีก {} รายการ", "ยอมรับแล้ว"),
    "en": ("Validation", "severity", "count", "place", "rule", "message", "No findings.", "and {} more", "accepted"),
}


def escape(text: str) -> str:
    """Return a text of one line that Markdown shows as it is, also in the cell of a table."""
    return _SPECIAL.sub(r"\\\1", one_line(text))


def code(text: str) -> str:
    """Return a text of one line as code, in as many backquotes as it needs."""
    line = one_line(text).replace("|", "\\|")
    runs = [len(run) for run in re.findall("`+", line)]
    marks = "`" * (max(runs, default=0) + 1)
    return f"{marks} {line} {marks}" if runs else f"{marks}{line}{marks}"


def _row(finding: Finding, language: Language, names: dict[Severity, str]) -> str:
    """Return the row of a finding."""
    place = f"{PurePath(displayed(finding.path)).as_posix()}:{finding.line}:{finding.column}"
    told = [
        escape(message) + (f"<br>**{REMEDY[each]}:** {escape(remedy)}" if remedy else "")
        for each, message, remedy in finding.texts(language)
    ]
    return f"| {names[finding.severity]} | {code(place)} | {code(finding.rule)} | {'<br>'.join(told)} |"


def write(report: Report, language: Language, stream: TextIO) -> None:
    """Write the summary; at most LIMIT findings, the gravest first."""
    codes = ("th", "en") if language == "both" else (language,)
    words = [" / ".join(pair) for pair in zip(*(_WORDS[each] for each in codes), strict=True)]
    title, severity, count, place, rule, message, none, more, accepted = words
    names = {name: " / ".join(_NAMES[name][each] for each in codes) for name in SEVERITIES}
    failed = any(report.is_failure(finding) for finding in report.findings) or not report.successful
    stream.write(f"## {title} {'❌' if failed else '✅'}\n\n{report.summary()}\n\n")
    if not report.findings and not report.suppressed:
        stream.write(f"{none}\n")
        return
    counts = Counter(finding.severity for finding in report.findings)
    stream.write(f"| {severity} | {count} |\n|---|--:|\n")
    for name in SEVERITIES:
        stream.write(f"| {names[name]} | {counts[name]} |\n")
    if report.suppressed:
        stream.write(f"| {accepted} | {len(report.suppressed)} |\n")
    if report.findings:
        stream.write(f"\n| {severity} | {place} | {rule} | {message} |\n|---|---|---|---|\n")
        gravest = sorted(report.findings, key=lambda finding: SEVERITIES.index(finding.severity))
        for finding in gravest[:LIMIT]:
            stream.write(_row(finding, language, names) + "\n")
        if len(gravest) > LIMIT:
            left_off = more.replace("{}", str(len(gravest) - LIMIT))
            stream.write(f"\n{left_off}\n")
