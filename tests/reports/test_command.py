"""What `kg validate` does with a report: further files, exceptions and baseline, streams."""

import datetime
import io
import json
import sys
from pathlib import Path

import pytest
import typer

from kg.cli.report import print_findings, print_report, report_targets, settled
from kg.errors import InputError
from kg.finding import Finding
from kg.project import Project
from kg.reports import Report
from kg.rules import all_rules
from kg.validation import Outcome

TODAY = datetime.date(2026, 11, 21)
EXCEPTION = '[[exception]]\nrule = "{}"\nreason = "why"\ndate = 2026-01-02\n'


def project(folder: Path, **settings: object) -> Project:
    """Return a project with settings."""
    return Project(folder, **settings)  # type: ignore[arg-type]


def outcome(*rules: str, folder: Path, broken: bool = False) -> Outcome:
    """Return what a validation found: a violation of each rule."""
    found = [Finding(folder / "data/plain.ttl", 1, 1, "violation", rule, "ก", f"{rule}.") for rule in rules]
    return Outcome(found, 1, 3, broken, all_rules())


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], []),
        (["sarif=a.sarif", "junit=b=c.xml"], [("sarif", Path("a.sarif")), ("junit", Path("b=c.xml"))]),
    ],
)
def test_targets_are_read(values: list[str], expected: list[tuple[str, Path]]) -> None:
    assert report_targets(values) == expected


@pytest.mark.parametrize("value", ["sarif", "sarif=", "xml=a", "=a", ""])
def test_what_is_no_target_is_refused(value: str) -> None:
    with pytest.raises(typer.BadParameter, match="write FORMAT=FILE, with one of text, json, github"):
        report_targets([value])


def test_a_report_goes_to_stdout_and_files_and_its_summary_to_stderr(
    report: Report, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    print_report(report, "json", "en", targets=[("sarif", Path("a.sarif")), ("text", Path("a.txt"))])
    captured = capsys.readouterr()
    assert len(captured.out.splitlines()) == len(report.findings)
    assert captured.err == f"{report.summary()}\n"
    assert json.loads((folder / "a.sarif").read_text(encoding="utf-8"))["version"] == "2.1.0"
    assert len((folder / "a.txt").read_text(encoding="utf-8").splitlines()) == len(report.findings)


def test_a_target_that_cannot_be_written_is_named(clean: Report) -> None:
    with pytest.raises(InputError, match=r"nowhere/a\.sarif: No such file"):
        print_report(clean, "text", "en", targets=[("sarif", Path("nowhere/a.sarif"))])


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_thai_can_be_written_to_a_stream_of_any_encoding(
    encoding: str, report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = io.BytesIO()
    stream = io.TextIOWrapper(content, encoding=encoding)
    monkeypatch.setattr(sys, "stdout", stream)
    print_report(report, "text", "th")
    stream.flush()
    assert "มีโหนดว่าง" in content.getvalue().decode()


def test_findings_without_a_report_are_sorted_and_printed_once(
    findings: list[Finding], capsys: pytest.CaptureFixture[str]
) -> None:
    assert print_findings([*reversed(findings), *findings], "text", "en") == findings
    assert len(capsys.readouterr().out.splitlines()) == len(findings)


def test_exceptions_and_baseline_take_findings_out(folder: Path) -> None:
    (folder / "e.toml").write_text(EXCEPTION.format("a") + EXCEPTION.format("gone"))
    known = project(folder, exceptions=folder / "e.toml")
    first = settled(outcome("a", "b", folder=folder), known, None, TODAY, new_baseline=folder / "b.json")
    assert [(one.finding.rule, one.by) for one in first.suppressed] == [("a", "exception"), ("b", "baseline")]
    assert [one.rule for one in first.findings] == ["unused-exception"]
    second = settled(outcome("a", "c", folder=folder), known, None, TODAY, folder / "b.json")
    assert [one.rule for one in second.findings] == ["stale-baseline", "c", "unused-exception"]


def test_the_baseline_of_the_project_is_the_default(folder: Path) -> None:
    settled(outcome("a", folder=folder), project(folder), None, TODAY, new_baseline=folder / "b.json")
    known = project(folder, baseline=folder / "b.json")
    assert settled(outcome("a", folder=folder), known, None, TODAY).findings == []


def test_what_is_told_of_them_is_weighed_by_the_settings(folder: Path) -> None:
    (folder / "e.toml").write_text(EXCEPTION.format("gone"))
    for settings, expected in (
        ({"severity": {"unused-exception": "info"}}, ["info"]),
        ({"ignore": ("unused-exception",)}, []),
    ):
        known = project(folder, exceptions=folder / "e.toml", **settings)
        told = settled(outcome(folder=folder), known, None, TODAY).findings
        assert [one.severity for one in told] == expected


@pytest.mark.parametrize(("part", "broken"), [(True, False), (False, True)])
def test_of_a_part_nothing_is_called_unused_or_gone(part: bool, broken: bool, folder: Path) -> None:
    (folder / "e.toml").write_text(EXCEPTION.format("gone"))
    whole = project(folder)
    settled(outcome("a", folder=folder), whole, None, TODAY, new_baseline=folder / "b.json")
    known = project(folder, exceptions=folder / "e.toml", baseline=folder / "b.json")
    wanted = {folder / "data/other.ttl"} if part else None
    assert settled(outcome(folder=folder, broken=broken), known, wanted, TODAY).findings == []
    with pytest.raises(typer.BadParameter, match="not written"):
        settled(outcome(folder=folder, broken=broken), known, wanted, TODAY, new_baseline=folder / "c.json")
    assert not (folder / "c.json").exists()
