"""A small project with names that formats have to escape, and a report on it."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest

from kg.finding import Finding, Format, Language, Suppressed, sort_findings
from kg.reports import Report, write
from kg.rules import Rule

ODD = "data/แฟ้ม a,b:c%#?.ttl"
PLAIN = "data/plain.ttl"
TEXT = '@prefix ex: <https://example.org/> .\nex:a ex:b "น้ำ 𝒳"@th , [ ] ;\n\tex:c <https://example.org/d> .\n'
RULE = Rule(
    "blank-node",
    "hygiene",
    Path("blank-node.toml"),
    "violation",
    {"th": "ไม่มีโหนดว่าง", "en": "There is no blank node."},
    {"th": "มีโหนดว่าง", "en": "There is a blank node."},
    {"th": "ตั้ง IRI", "en": "Give it an IRI."},
    {"th": "ชื่อเปลี่ยนทุกครั้ง", "en": "Its name changes."},
)

Written = Callable[..., str]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with two files of the same text."""
    (tmp_path / "data").mkdir()
    for name in (ODD, PLAIN):
        (tmp_path / name).write_text(TEXT, encoding="utf-8")
    for name in ("NO_COLOR", "FORCE_COLOR", "GITHUB_ACTIONS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def findings(folder: Path) -> list[Finding]:
    """A violation with all terms, a warning of a shape without any, a note, in both files."""
    ex = "https://example.org/"
    found = []
    for name in (ODD, PLAIN):
        path = folder / name
        found += [
            Finding(
                path,
                2,
                22,
                "violation",
                "blank-node",
                "มีโหนดว่าง",
                "There is\na blank node.",
                "ตั้ง IRI",
                "Give it an IRI.",
                focus_node=f"<{ex}a>",
                result_path=f"^<{ex}b>/<{ex}c>",
                value="_:b7",
                source_shape=f"<{ex}Shape>",
                component="<http://www.w3.org/ns/shacl#NodeKindConstraintComponent>",
            ),
            Finding(path, 3, 7, "warning", "Thing-c", "ค่าผิด", "Wrong value | \x1b[31m."),
            Finding(path, 1, 1, "info", "note", "หมายเหตุ", "A note."),
        ]
    return sort_findings(found)


@pytest.fixture
def report(findings: list[Finding], folder: Path) -> Report:
    """A run that failed, with a finding accepted by an exception and one known from a baseline."""
    accepted, known = (
        Finding(folder / PLAIN, 2, 1, "violation", "blank-node", "ก", f"Number {number}.") for number in (1, 2)
    )
    return Report(
        findings,
        [
            Suppressed(accepted, "exception", "ยอมรับ", "accepted"),
            Suppressed(known, "baseline", "เดิม", "known"),
        ],
        [folder / ODD, folder / PLAIN, folder / "data/clean.ttl"],
        1234,
        {"blank-node": RULE},
        "violation",
        1,
        0.25,
        folder,
    )


@pytest.fixture
def clean(folder: Path) -> Report:
    """A run without findings."""
    return Report([], (), [folder / PLAIN], 3, {"blank-node": RULE}, root=folder)


@pytest.fixture
def written() -> Written:
    """Writes a report and gives back the text."""

    def text(report: Report, output: Format, language: Language = "en", *, show_source: bool = False) -> str:
        stream = io.StringIO()
        write(report, output, language, stream, show_source=show_source)
        return stream.getvalue()

    return text
