"""JSON lines: an object a finding, as `docs/schemas/finding.schema.json` describes it."""

import json
from typing import TextIO

from kg.baseline import fingerprints
from kg.finding import Language, record
from kg.reports.report import Report


def write(report: Report, _language: Language, stream: TextIO) -> None:
    """Write each finding as an object on a line of its own, with both languages and the fingerprint."""
    for finding, fingerprint in zip(report.findings, fingerprints(report.findings, report.root), strict=True):
        stream.write(json.dumps(record(finding) | {"fingerprint": fingerprint.text}, ensure_ascii=False) + "\n")
