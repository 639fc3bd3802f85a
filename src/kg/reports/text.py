"""Text for people: a line a finding, and on a terminal the line of the file with a mark under the place.

What is not for a terminal stays one line a finding, `file:line:column: severity rule: message`, so that grep and
problem matchers can read it.
"""

import os
import shutil
import textwrap
from collections.abc import Callable
from itertools import groupby
from typing import Final, TextIO

from rich.cells import cell_len

from kg.finding import REMEDY, Finding, Language, Severity, displayed, one_line, render, summary
from kg.reports.report import Report
from kg.reports.source import Sources

TAB: Final = 4
"""Cells from one tab stop to the next, as tabs are shown here."""

_SGR: Final[dict[str, str]] = {"violation": "1;31", "warning": "33", "info": "36", "file": "1", "gutter": "2"}
"""Select Graphic Rendition of ECMA-48, section 8.3.117: bold red, yellow, cyan, bold, faint."""

_CUT: Final = "…"

Paint = Callable[[str, str], str]
"""Takes a text and what it is (a severity, `file` or `gutter`), and gives it back in its colour."""


def is_terminal(stream: TextIO) -> bool:
    """Return whether a person looks at the stream."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def is_coloured(stream: TextIO) -> bool:
    """Return whether to colour: FORCE_COLOR asks for it, NO_COLOR forbids it, else a terminal has it."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or is_terminal(stream)


def _plain(text: str, _kind: str) -> str:
    """Give a text back as it is."""
    return text


def _coloured(text: str, kind: str) -> str:
    """Give a text back in the colour of what it is."""
    return f"\x1b[{_SGR[kind]}m{text}\x1b[0m"


def _cells(line: str) -> list[tuple[str, int]]:
    """Return what is shown for each character, with the cells that it takes: tabs as spaces, controls as a mark."""
    shown: list[tuple[str, int]] = []
    at = 0
    for character in line:
        piece = " " * (TAB - at % TAB) if character == "\t" else one_line(character) or " "
        width = cell_len(piece)
        shown.append((piece, width))
        at += width
    return shown


def excerpt(line: str, column: int, end: int, width: int) -> tuple[str, str]:
    """Return a line as it is shown and the marks under the characters from `column` to before `end`.

    Columns count characters from 1. A line of more than `width` cells is cut round the place. A Thai vowel or tone mark
    takes no cell: a place there is marked under the letter that carries it.
    """
    cells = _cells(line)
    start = min(column - 1, len(cells))
    while 0 < start < len(cells) and cells[start][1] == 0:
        start -= 1
    first, last = 0, len(cells)
    before, total = sum(size for _, size in cells[:start]), sum(size for _, size in cells)
    if total > width:
        room = width - 2 * cell_len(_CUT)
        left = total
        while before > room // 3 and left > room and first < start:
            before -= cells[first][1]
            left -= cells[first][1]
            first += 1
        while first < start and cells[first][1] == 0:  # no mark without its letter
            first += 1
        last, used = first, 0
        while last < len(cells) and used + cells[last][1] <= room:
            used += cells[last][1]
            last += 1
    lead = _CUT if first else ""
    shown = lead + "".join(piece for piece, _ in cells[first:last]) + (_CUT if last < len(cells) else "")
    pad = cell_len(lead) + sum(size for _, size in cells[first:start])
    marked = sum(size for _, size in cells[start : max(min(end - 1, last), start + 1)])
    return shown.rstrip(), " " * pad + "^" * max(marked, 1)


def _source_lines(finding: Finding, sources: Sources, width: int, paint: Paint) -> list[str]:
    """Return the line of the file and the mark under it, or nothing when the file does not have the place."""
    line = sources.line(finding.path, finding.line)
    if line is None:
        return []
    end = sources.end(finding.path, finding.line, finding.column) or finding.column + 1
    number = str(finding.line)
    gutter = f"  {number} | "
    shown, mark = excerpt(line, finding.column, end, max(width - len(gutter), 20))
    blank = f"  {' ' * len(number)} | "
    return [
        paint(gutter, "gutter") + shown,
        paint(blank, "gutter") + paint(mark, finding.severity),
    ]


def _wrapped(label: str, text: str, width: int) -> str:
    """Return a remedy under its finding, in lines of the terminal; Thai has no spaces to break at."""
    lines = textwrap.wrap(
        one_line(text),
        max(width - 4, 40),
        initial_indent=f"  {label}: ",
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join(lines)


def _write_blocks(report: Report, language: Language, stream: TextIO, paint: Paint, width: int) -> None:
    """Write the findings by file, each with its line of the file and its remedy."""
    sources = Sources()
    for path, group in groupby(report.findings, key=lambda finding: finding.path):
        findings = list(group)
        stream.write(f"{paint(one_line(displayed(path)), 'file')}: {summary(findings)}\n")
        for finding in findings:
            place = f"{one_line(displayed(path))}:{finding.line}:{finding.column}:"
            severity: Severity = finding.severity
            message = one_line(finding.message(language))
            stream.write(f"{place} {paint(severity, severity)} {one_line(finding.rule)}: {message}\n")
            for line in _source_lines(finding, sources, width, paint):
                stream.write(f"{line}\n")
            for code, _, remedy in finding.texts(language):
                if remedy:
                    stream.write(f"{_wrapped(REMEDY[code], remedy, width)}\n")
        stream.write("\n")


def write(report: Report, language: Language, stream: TextIO, *, show_source: bool = False) -> None:
    """Write the findings: in blocks on a terminal or with `show_source`, else a line each."""
    paint: Paint = _coloured if is_coloured(stream) else _plain
    if show_source or is_terminal(stream):
        _write_blocks(report, language, stream, paint, shutil.get_terminal_size().columns)
        return
    for finding in report.findings:
        head, severity, rest = render(finding, "text", language).partition(f" {finding.severity} ")
        stream.write(f"{head} {paint(severity.strip(), finding.severity)} {rest}\n")
