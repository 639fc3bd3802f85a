"""JUnit XML, in the form that CI servers read: a suite a file, a test case a finding, one that passes for a clean file.

No standard describes it; what is written is valid by the schema of the Jenkins xUnit plugin, which refuses what is not,
so the place of a finding is in the text. The name of a case has no line, so that a server that compares two runs by
names knows a case again.
"""

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path, PurePath
from typing import Final, TextIO
from xml.etree import ElementTree

from kg.finding import Finding, Language, Suppressed, displayed, one_line, sort_findings
from kg.reports.report import Report

_NO_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no character for (section 2.2)."""

_CLEAN: Final = {"th": "ไม่พบข้อผิดพลาด", "en": "no findings", "both": "ไม่พบข้อผิดพลาด / no findings"}


def _text(text: str) -> str:
    """Return a text that XML can hold."""
    return _NO_XML.sub("\ufffd", text)


def _case(suite: ElementTree.Element, finding: Finding, language: Language, names: Counter[str]) -> ElementTree.Element:
    """Add a case for a finding to a suite. Cases of one name are numbered."""
    name = f"{finding.rule}: {one_line(finding.message(language))}"
    names[name] += 1
    shown = name if names[name] == 1 else f"{name} ({names[name]})"
    path = PurePath(displayed(finding.path)).as_posix()
    return ElementTree.SubElement(suite, "testcase", {"name": _text(shown), "classname": _text(path), "time": "0"})


def _place(finding: Finding, language: Language) -> str:
    """Return where a finding is and all that it says."""
    return _text(f"{displayed(finding.path)}:{finding.line}:{finding.column}\n{finding.sentences(language)}")


def _suite(
    root: ElementTree.Element,
    path: Path,
    report: Report,
    findings: Iterable[Finding],
    suppressed: Iterable[Suppressed],
    language: Language,
) -> Counter[str]:
    """Add the suite of a file, and return how many cases it has of each kind."""
    counts, names = Counter[str](), Counter[str]()
    shown = _text(PurePath(displayed(path)).as_posix())
    suite = ElementTree.SubElement(root, "testsuite", {"name": shown})
    for finding in findings:
        case = _case(suite, finding, language, names)
        counts["tests"] += 1
        if report.is_failure(finding):
            counts["failures"] += 1
            attributes = {"message": _text(one_line(finding.message(language))), "type": finding.severity}
            ElementTree.SubElement(case, "failure", attributes).text = _place(finding, language)
        else:
            ElementTree.SubElement(case, "system-out").text = f"{finding.severity}: {_place(finding, language)}"
    for one in suppressed:
        case = _case(suite, one.finding, language, names)
        counts["tests"] += 1
        counts["skipped"] += 1
        ElementTree.SubElement(case, "skipped", {"message": _text(one_line(one.reason(language)))})
    if not counts["tests"]:
        counts["tests"] = 1
        ElementTree.SubElement(suite, "testcase", {"name": _CLEAN[language], "classname": shown, "time": "0"})
    for name in ("tests", "failures", "errors", "skipped"):
        suite.set(name, str(counts[name]))
    suite.set("time", "0")
    return counts


def write(report: Report, language: Language, stream: TextIO) -> None:
    """Write the suites. A finding below what makes the run fail passes, with what it says as output."""
    found: dict[Path, list[Finding]] = {path: [] for path in sorted(report.files)}
    for finding in report.findings:
        found.setdefault(finding.path, []).append(finding)
    suppressed: dict[Path, list[Suppressed]] = {}
    by_finding = {one.finding: one for one in report.suppressed}
    for finding in sort_findings(by_finding):
        found.setdefault(finding.path, [])
        suppressed.setdefault(finding.path, []).append(by_finding[finding])
    root = ElementTree.Element("testsuites", {"name": "kg validate"})
    total = Counter[str]()
    for path, findings in found.items():
        total += _suite(root, path, report, findings, suppressed.get(path, []), language)
    for name in ("tests", "failures", "errors"):
        root.set(name, str(total[name]))
    root.set("time", f"{report.seconds:.3f}")
    ElementTree.indent(root)
    stream.write('<?xml version="1.0" encoding="UTF-8"?>\n')
    stream.write(ElementTree.tostring(root, encoding="unicode") + "\n")
