"""SARIF 2.1.0 (OASIS), which code scanning and editors read: one run, its rules, its results.

Columns are counted in UTF-16 code units, as what shows SARIF counts them. Paths are relative to the working folder,
which stands for %SRCROOT%; where that is on this machine is not told. A result that a baseline or an exception takes
out is there with its suppression; every other has an empty list, since all results have the property or none (section
3.27.23).
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePath
from typing import Any, Final, TextIO
from urllib.parse import quote

from kg import __version__
from kg.baseline import Fingerprint, fingerprints
from kg.finding import REMEDY, Finding, Language, Severity, Suppressed, displayed
from kg.namespaces import BASE
from kg.reports.report import RULES, Report
from kg.reports.source import Sources
from kg.rules import FOLDER, Rule

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS: Final[dict[Severity, str]] = {"violation": "error", "warning": "warning", "info": "note"}

_SAFE: Final = "/-._~!$&'()*+;=@,"
_SOURCE_ROOT: Final = "%SRCROOT%"


def _of(texts: Mapping[str, str], language: Language) -> str:
    """Return a text in one language or in both, or in the one that there is."""
    codes = ("th", "en") if language == "both" else (language,)
    wanted = [texts[code] for code in codes if texts.get(code)] or [text for text in texts.values() if text]
    return " / ".join(dict.fromkeys(wanted))


def _help(rule: Rule) -> dict[str, str]:
    """Return why a rule is and how it is kept, in both languages, as text and as Markdown."""
    parts = [(code, rule.why.get(code, ""), rule.remedy.get(code, "")) for code in ("th", "en")]
    text = [
        line for code, why, remedy in parts for line in (why, f"{REMEDY[code]}: {remedy}" if remedy else "") if line
    ]
    markdown = [
        line for code, why, remedy in parts for line in (why, f"**{REMEDY[code]}:** {remedy}" if remedy else "") if line
    ]
    return {"text": "\n\n".join(text), "markdown": "\n\n".join(markdown)} if text else {}


def _descriptor(rule_id: str, rule: Rule | None, severity: Severity, language: Language) -> dict[str, Any]:
    """Return the description of a rule (3.49); of one that nobody described, its id, since GitHub wants a text."""
    title = (_of(rule.title, language) if rule else "") or rule_id
    full = (_of(rule.why, language) if rule else "") or title
    descriptor: dict[str, Any] = {
        "id": rule_id,
        "shortDescription": {"text": title},
        "fullDescription": {"text": full},
        "help": (_help(rule) if rule else {}) or {"text": full},
        "defaultConfiguration": {"level": LEVELS[severity]},
    }
    if rule is not None:
        if rule.path.is_relative_to(FOLDER):  # those of a project are explained there
            descriptor["helpUri"] = f"{RULES}{quote(rule_id)}"
        descriptor["properties"] = {"tags": [rule.family]}
    return descriptor


def artifact_location(path: Path) -> dict[str, str]:
    """Return where a file is: below the working folder as a relative URI, elsewhere as a whole one."""
    shown = PurePath(displayed(path))
    if shown.is_absolute() or ".." in shown.parts:
        return {"uri": path.resolve().as_uri()}
    return {"uri": quote(shown.as_posix(), _SAFE), "uriBaseId": _SOURCE_ROOT}


def _region(finding: Finding, sources: Sources) -> dict[str, int]:
    """Return the term at the place of a finding (3.30), or only where it begins if the file does not have it."""
    place = (finding.path, finding.line, finding.column)
    region = {"startLine": finding.line, "startColumn": sources.utf16(*place)}
    if end := sources.end(*place):
        region |= {"endLine": finding.line, "endColumn": sources.utf16(finding.path, finding.line, end)}
    return region


def _about(finding: Finding) -> dict[str, str]:
    """Return what a finding is about, as terms of N-Triples."""
    terms = {
        "focusNode": finding.focus_node,
        "resultPath": finding.result_path,
        "value": finding.value,
        "sourceShape": finding.source_shape,
        "sourceConstraintComponent": finding.component,
    }
    return {name: term for name, term in terms.items() if term}


def _result(
    finding: Finding,
    fingerprint: Fingerprint,
    suppression: Suppressed | None,
    index: int,
    language: Language,
    sources: Sources,
) -> dict[str, Any]:
    """Return a finding as a result (3.27)."""
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": LEVELS[finding.severity],
        "message": {"text": finding.sentences(language) or finding.rule},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": artifact_location(finding.path),
                    "region": _region(finding, sources),
                }
            }
        ],
        "partialFingerprints": {"kgFinding/v1": f"{fingerprint.text}:{fingerprint.number}"},
        "suppressions": [],
    }
    if suppression is not None:
        reason = suppression.reason(language)
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": reason}]
    if about := _about(finding):
        result["properties"] = about
    return result


def _descriptors(report: Report, findings: Iterable[Finding], language: Language) -> list[dict[str, Any]]:
    """Return the rules of a run, and the shapes and checks that found something without being described, by id."""
    severities: dict[str, Severity] = {name: rule.severity for name, rule in report.rules.items()}
    for finding in findings:
        severities.setdefault(finding.rule, finding.severity)
    return [_descriptor(name, report.rules.get(name), severities[name], language) for name in sorted(severities)]


def log(report: Report, language: Language) -> dict[str, Any]:
    """Return the report as a SARIF log (3.13)."""
    told: list[tuple[Finding, Suppressed | None]] = [(finding, None) for finding in report.findings]
    told += [(one.finding, one) for one in report.suppressed]
    findings = [finding for finding, _ in told]
    descriptors = _descriptors(report, findings, language)
    index = {descriptor["id"]: number for number, descriptor in enumerate(descriptors)}
    sources = Sources()
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "kg validate",
                        "version": __version__,
                        "informationUri": BASE,
                        "rules": descriptors,
                    }
                },
                "language": "th" if language == "th" else "en",
                "columnKind": "utf16CodeUnits",
                "defaultEncoding": "utf-8",
                "originalUriBaseIds": {
                    _SOURCE_ROOT: {"description": {"text": "The folder in which kg validate was run."}}
                },
                "invocations": [{"executionSuccessful": report.successful, "exitCode": int(report.exit_code)}],
                "results": [
                    _result(finding, fingerprint, suppression, index[finding.rule], language, sources)
                    for (finding, suppression), fingerprint in zip(
                        told, fingerprints(findings, report.root), strict=True
                    )
                ],
            }
        ],
    }


def write(report: Report, language: Language, stream: TextIO) -> None:
    """Write the log as JSON on one line: a file of many results is large enough."""
    stream.write(json.dumps(log(report, language), ensure_ascii=False) + "\n")
