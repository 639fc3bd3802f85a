"""The baseline: findings that were there when a repository began to validate. Only what is new fails.

A finding is known again by its fingerprint, which does not depend on lines, so that it survives what is written above
it. The file is JSON with a finding a line, sorted, each with the sentence that it was reported with, so that a review
shows what was added and what is gone. Two findings with one fingerprint are counted: a third one is new.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any, Final, NamedTuple

from kg.errors import InputError
from kg.finding import Finding, Suppressed, displayed, one_line, relative, sort_findings
from kg.writing import create_file, replace_file

VERSION: Final = 1

_PLACE: Final = re.compile(r"(\b(?:lines?|columns?)\s+|\.\w{1,5}:)\d+(?::\d+)?", re.IGNORECASE)
"""A line or a column in a message, or both after a file: what moves when something is written above."""

_BLANK: Final = re.compile(r"_:[^\s,)\]]+")
"""A blank node, whose label is not the same in the next run."""


class Fingerprint(NamedTuple):
    """What a finding is known by: 64 hexadecimal digits, and the how manieth with these it is, from 1."""

    text: str
    number: int


def below(path: Path, root: Path) -> str:
    """Return a path below `root` relative to it, with slashes; another as it is."""
    return PurePath(relative(path, root.resolve())).as_posix()


def _identity(finding: Finding, root: Path) -> list[str]:
    """Return what makes a finding the same in the next run."""
    terms = [finding.focus_node, finding.result_path, finding.value]
    if finding.focus_node:
        about = [_BLANK.sub("_:", term) for term in (*terms, finding.source_shape, finding.component)]
    else:
        about = [_BLANK.sub("_:", _PLACE.sub(r"\1", one_line(finding.message_en)))]
    return [finding.rule, below(finding.path, root), *about]


def fingerprints(findings: Iterable[Finding], root: Path) -> list[Fingerprint]:
    """Return the fingerprint of each finding: of its rule, its path below `root`, and what it is about.

    That is focus node, path, value, shape and component where there is a focus node, else the message without places.
    """
    counts: Counter[str] = Counter()
    found = []
    for finding in findings:
        text = hashlib.sha256(json.dumps(_identity(finding, root), ensure_ascii=False).encode()).hexdigest()
        counts[text] += 1
        found.append(Fingerprint(text, counts[text]))
    return found


@dataclass(frozen=True)
class Entry:
    """A finding of a baseline, or several with one fingerprint; `line` is where it stands in the file."""

    fingerprint: str
    rule: str
    path: str
    count: int
    finding: str
    line: int = 1


@dataclass(frozen=True)
class Baseline:
    """The findings that a file lists, by fingerprint."""

    path: Path
    entries: dict[str, Entry]


@dataclass(frozen=True)
class Applied:
    """What is left of some findings, what is suppressed, and what there is to tell of the file that did it."""

    findings: list[Finding]
    suppressed: list[Suppressed]
    told: list[Finding]


def _entry(table: Any, lines: Sequence[str]) -> Entry:
    """Return an entry of the file. Raises KeyError or TypeError when it is none."""
    texts = [table[name] for name in ("fingerprint", "rule", "path")]
    count = table.get("count", 1)
    if not all(isinstance(text, str) for text in texts) or not isinstance(count, int) or count < 1:
        raise TypeError
    line = next((number for number, line in enumerate(lines, start=1) if texts[0] in line), 1)
    return Entry(texts[0], texts[1], texts[2], count, str(table.get("finding", "")), line)


def read_baseline(path: Path) -> Baseline:
    """Read a baseline. Raises InputError when the file cannot be read or is none."""
    try:
        content = path.read_text(encoding="utf-8")
        table = json.loads(content)
    except OSError as error:
        raise InputError(f"{displayed(path)}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{displayed(path)}: the file is not UTF-8.") from error
    except json.JSONDecodeError as error:
        raise InputError(f"{displayed(path)}:{error.lineno}:{error.colno}: this is not JSON: {error.msg}.") from error
    if not isinstance(table, dict) or table.get("version") != VERSION:
        raise InputError(
            f"{displayed(path)}: this is no baseline of version {VERSION}; write it with --write-baseline."
        )
    lines = content.splitlines()
    try:
        entries = [_entry(entry, lines) for entry in table["findings"]]
    except (AttributeError, KeyError, TypeError) as error:
        raise InputError(
            f"{displayed(path)}: an entry lacks fingerprint, rule or path; write the file with --write-baseline."
        ) from error
    return Baseline(path, {entry.fingerprint: entry for entry in entries})


def baseline_text(findings: Iterable[Finding], root: Path) -> str:
    """Return the baseline of some findings as text, the same for the same findings in any order."""
    ordered = sort_findings(findings)
    entries: dict[str, dict[str, Any]] = {}
    for finding, fingerprint in zip(ordered, fingerprints(ordered, root), strict=True):
        entry = entries.setdefault(
            fingerprint.text,
            {
                "rule": finding.rule,
                "path": below(finding.path, root),
                "count": 0,
                "finding": _BLANK.sub("_:", _PLACE.sub(r"\1", one_line(finding.message_en))),
                "fingerprint": fingerprint.text,
            },
        )
        entry["count"] = fingerprint.number
    ordered_entries = sorted(
        entries.values(), key=lambda entry: (entry["path"], entry["rule"], entry["finding"], entry["fingerprint"])
    )
    lines = ",".join(f"\n    {json.dumps(entry, ensure_ascii=False)}" for entry in ordered_entries)
    return f'{{\n  "version": {VERSION},\n  "findings": [{lines}\n  ]\n}}\n'


def write_baseline(path: Path, findings: Iterable[Finding], root: Path) -> int:
    """Write a baseline at once, so that nobody reads half of one, and return how many findings it has.

    Raises InputError when the file cannot be written; one that was there stays then.
    """
    known = sort_findings(findings)
    content = baseline_text(known, root).encode()
    try:
        (replace_file if path.exists() else create_file)(path, content)
    except OSError as error:
        raise InputError(f"{displayed(path)}: {error.strerror}.") from error
    return len(known)


def apply_baseline(
    baseline: Baseline, findings: Iterable[Finding], root: Path, checked: Collection[Path] | None = None
) -> Applied:
    """Take the known findings out, and tell which of them are no longer there.

    `checked` are the files that were looked at; without it all were. Nothing is said of other files.
    """
    remaining, suppressed = [], []
    seen: Counter[str] = Counter()
    ordered = list(findings)
    for finding, fingerprint in zip(ordered, fingerprints(ordered, root), strict=True):
        entry = baseline.entries.get(fingerprint.text)
        seen[fingerprint.text] += 1
        if entry is None or fingerprint.number > entry.count:
            remaining.append(finding)
        else:
            name = displayed(baseline.path)
            suppressed.append(
                Suppressed(finding, "baseline", f"อยู่ในรายการข้อค้นพบเดิม {name}", f"It is in the baseline {name}.")
            )
    looked_at = None if checked is None else {below(path, root) for path in checked}
    told = [
        _stale(baseline, entry, entry.count - seen[entry.fingerprint])
        for entry in baseline.entries.values()
        if seen[entry.fingerprint] < entry.count and (looked_at is None or entry.path in looked_at)
    ]
    return Applied(remaining, suppressed, told)


def _stale(baseline: Baseline, entry: Entry, gone: int) -> Finding:
    """Return the note that findings of the baseline are gone."""
    times = "" if gone == 1 else f" ({gone})"
    return Finding(
        baseline.path,
        entry.line,
        1,
        "info",
        "stale-baseline",
        f"ข้อค้นพบเดิมนี้ไม่มีแล้ว{times}: {entry.path}: {entry.rule}: {entry.finding}",
        f"This known finding is gone{times}: {entry.path}: {entry.rule}: {entry.finding}",
        "เขียนไฟล์ใหม่ด้วย --write-baseline",
        "Write the file anew with --write-baseline.",
    )
