"""Exceptions: findings that are accepted, each with a reason and a date. They are data, in a TOML file.

```toml
[[exception]]
rule = "blank-node"                 # the id of a rule, or the name of a shape
path = "data/sources/**"            # a pattern below the project: * within a folder, ** across folders; without it: all
focus = "https://example.org/x"     # the focus node; without it: all
reason = "…"                        # or { th = "…", en = "…" }
date = 2026-11-21                   # when it was accepted
by = "…"                            # by whom
until = 2027-11-21                  # the last day on which it holds; without it: until it is removed
```

An exception without reason or date, or with anything that cannot be understood, does not hold, and neither does one
whose last day is past. One that accepts nothing is told too, so that the file does not grow old.
"""

import datetime
import re
import tomllib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from kg.baseline import Applied, below
from kg.errors import InputError
from kg.finding import Finding, Severity, Suppressed, displayed

_HEADER: Final = re.compile(r"\s*\[\[\s*(?:exception|\"exception\"|'exception')\s*\]\]")
_NAMES: Final = ("rule", "path", "focus", "reason", "date", "by", "until")


@dataclass(frozen=True)
class Acceptance:
    """An exception that can be understood; `line` is where its table begins in the file."""

    line: int
    rule: str
    reason_th: str
    reason_en: str
    date: datetime.date
    path: str = ""
    focus: str = ""
    by: str = ""
    until: datetime.date | None = None

    def accepts(self, finding: Finding, root: Path) -> bool:
        """Return whether a finding is one of those that this exception is about."""
        return (
            finding.rule == self.rule
            and (not self.focus or finding.focus_node in {self.focus, f"<{self.focus}>"})
            and (not self.path or _pattern(self.path).fullmatch(below(finding.path, root)) is not None)
        )


@dataclass(frozen=True)
class Exceptions:
    """The exceptions of a file, and what is wrong with those that cannot be understood."""

    path: Path
    accepted: tuple[Acceptance, ...]
    findings: tuple[Finding, ...]


def _pattern(glob: str) -> re.Pattern[str]:
    """Return a pattern of paths as a regular expression: `**` is any folders, `*` and `?` stay within one."""
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", glob)
    signs = {"**/": r"(?:.*/)?", "**": r".*", "*": r"[^/]*", "?": r"[^/]"}
    return re.compile("".join(signs.get(part) or re.escape(part) for part in parts), re.DOTALL)


def _header_lines(content: str, count: int) -> list[int]:
    """Return the line of each `[[exception]]`, from 1. What looks like one within a text of several lines is none."""
    found = []
    lines = content.splitlines(keepends=True)
    for number, line in enumerate(lines, start=1):
        if not _HEADER.match(line):
            continue
        try:
            tomllib.loads("".join(lines[: number - 1]))
        except tomllib.TOMLDecodeError:
            continue
        found.append(number)
    return found if len(found) == count else [1] * count


def _date(value: Any) -> datetime.date | None:
    """Return a date of TOML or of ISO 8601, or None when it is none."""
    if isinstance(value, datetime.datetime):
        return value.date()
    if isinstance(value, datetime.date):
        return value
    try:
        return datetime.date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _reasons(value: Any) -> tuple[str, str]:
    """Return the reason in Thai and English, one for the other where only one is given; empty when there is none."""
    texts = value if isinstance(value, dict) else {"th": value, "en": value}
    given = [texts.get(code) for code in ("th", "en")]
    thai, english = (text.strip() if isinstance(text, str) else "" for text in given)
    return thai or english, english or thai


def _wrong(table: Any) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a table, in Thai and English."""
    if not isinstance(table, dict):
        yield "ข้อยกเว้นต้องเป็นตาราง", "An exception must be a table."
        return
    if unknown := sorted(set(table) - set(_NAMES)):
        names = ", ".join(_NAMES)
        yield f"ข้อยกเว้นไม่มีฟิลด์ {unknown[0]} มีเพียง {names}", f"An exception has no {unknown[0]}; there are {names}."
    for name in ("rule", "path", "focus", "by"):
        if name in table and (not isinstance(table[name], str) or not table[name].strip()):
            yield f"{name} ของข้อยกเว้นต้องเป็นข้อความ", f"The {name} of an exception must be a text."
    if "rule" not in table:
        yield "ข้อยกเว้นไม่ได้ระบุกฎ", "The exception names no rule."
    if not any(_reasons(table.get("reason"))):
        yield "ข้อยกเว้นไม่มีเหตุผล", "The exception has no reason."
    if "date" not in table:
        yield "ข้อยกเว้นไม่มีวันที่", "The exception has no date."
    for name in ("date", "until"):
        if name in table and _date(table[name]) is None:
            yield (
                f"{name} ของข้อยกเว้นต้องเป็นวันที่ เช่น 2026-11-21",
                f"The {name} of an exception must be a date, as 2026-11-21.",
            )


def _acceptance(line: int, table: dict[str, Any]) -> Acceptance:
    """Return the exception of a table with which nothing is wrong."""
    return Acceptance(
        line,
        table["rule"],
        *_reasons(table["reason"]),
        _date(table["date"]) or datetime.date.min,
        table.get("path", ""),
        table.get("focus", ""),
        table.get("by", ""),
        _date(table.get("until")),
    )


def _told(
    path: Path, line: int, severity: Severity, rule: str, message: tuple[str, str], remedy: tuple[str, str]
) -> Finding:
    """Return a finding about the file itself; messages and remedies are in Thai and English."""
    return Finding(path, line, 1, severity, rule, *message, *remedy)


def read_exceptions(path: Path) -> Exceptions:
    """Read the exceptions of a file. Raises InputError when it cannot be read or is not TOML."""
    try:
        content = path.read_text(encoding="utf-8")
        document = tomllib.loads(content)
    except OSError as error:
        raise InputError(f"{displayed(path)}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{displayed(path)}: the file is not UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{displayed(path)}: this is not TOML: {error}.") from error
    tables = document.get("exception", [])
    if set(document) - {"exception"} or not isinstance(tables, list):
        raise InputError(f"{displayed(path)}: there must be nothing but tables [[exception]].")
    accepted, findings = [], []
    remedy = ("เติมหรือแก้ไขข้อยกเว้น มิฉะนั้นจะไม่มีผล", "Complete or mend it; until then it does not hold.")
    for line, table in zip(_header_lines(content, len(tables)), tables, strict=True):
        wrong = list(_wrong(table))
        findings += [_told(path, line, "violation", "incomplete-exception", message, remedy) for message in wrong]
        if not wrong:
            accepted.append(_acceptance(line, table))
    return Exceptions(path, tuple(accepted), tuple(findings))


def _suppressed(finding: Finding, acceptance: Acceptance) -> Suppressed:
    """Return a finding as suppressed, with the reason, the date and who accepted it."""
    noted = ", ".join(part for part in (acceptance.by, acceptance.date.isoformat()) if part)
    return Suppressed(finding, "exception", f"{acceptance.reason_th} ({noted})", f"{acceptance.reason_en} ({noted})")


def apply_exceptions(
    exceptions: Exceptions,
    findings: Iterable[Finding],
    root: Path,
    today: datetime.date,
    checked: Collection[Path] | None = None,
) -> Applied:
    """Take the accepted findings out, and tell of exceptions that are incomplete, past, or accept nothing.

    `checked` are the files that were looked at; without it all were. With it, an exception that accepts nothing is told
    only if its path fits one of them.
    """
    path = exceptions.path
    told = list(exceptions.findings)
    holding = [one for one in exceptions.accepted if one.until is None or one.until >= today]
    told += [
        _told(
            path,
            one.line,
            "warning",
            "expired-exception",
            (f"ข้อยกเว้นของ {one.rule} สิ้นสุดแล้วเมื่อ {one.until}", f"The exception for {one.rule} ended on {one.until}."),
            ("แก้ข้อมูล หรือทบทวนแล้วเลื่อนวันที่", "Mend the data, or review it and set another date."),
        )
        for one in exceptions.accepted
        if one not in holding
    ]
    used: set[Acceptance] = set()
    remaining, suppressed = [], []
    for finding in findings:
        fitting = [one for one in holding if one.accepts(finding, root)]
        used.update(fitting)
        if fitting:
            suppressed.append(_suppressed(finding, fitting[0]))
        else:
            remaining.append(finding)
    looked_at = None if checked is None else [below(one, root) for one in checked]
    for one in holding:
        fits = looked_at is None or (one.path and any(_pattern(one.path).fullmatch(name) for name in looked_at))
        if one not in used and fits:
            told.append(
                _told(
                    path,
                    one.line,
                    "warning",
                    "unused-exception",
                    (f"ข้อยกเว้นของ {one.rule} ไม่ตรงกับข้อค้นพบใด", f"The exception for {one.rule} accepts nothing."),
                    ("ลบข้อยกเว้นนี้", "Remove it."),
                )
            )
    return Applied(remaining, suppressed, told)
