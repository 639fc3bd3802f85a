"""Code Quality of GitLab: a JSON array, which a merge request shows beside the lines."""

import hashlib
import json
from pathlib import PurePath
from typing import Final, TextIO

from kg.baseline import fingerprints
from kg.finding import Language, Severity, displayed
from kg.reports.report import Report

SEVERITIES: Final[dict[Severity, str]] = {"violation": "major", "warning": "minor", "info": "info"}


def write(report: Report, language: Language, stream: TextIO) -> None:
    """Write one array, an issue a line. Fingerprints are unique, since GitLab shows only the first issue of each."""
    issues = [
        {
            "description": finding.sentences(language),
            "check_name": finding.rule,
            "fingerprint": hashlib.sha256(f"{fingerprint.text}:{fingerprint.number}".encode()).hexdigest(),
            "severity": SEVERITIES[finding.severity],
            "location": {"path": PurePath(displayed(finding.path)).as_posix(), "lines": {"begin": finding.line}},
        }
        for finding, fingerprint in zip(report.findings, fingerprints(report.findings, report.root), strict=True)
    ]
    lines = ",".join(f"\n{json.dumps(issue, ensure_ascii=False)}" for issue in issues)
    stream.write(f"[{lines}\n]\n")
