"""The baseline: what is known again, what is new, what is gone, and how the file is kept."""

import dataclasses
import json
from pathlib import Path

import pytest

from kg.baseline import apply_baseline, baseline_text, fingerprints, read_baseline, write_baseline
from kg.errors import InputError
from kg.finding import Finding

FOCUSED = Finding(
    Path("data/a.ttl"),
    3,
    7,
    "violation",
    "Thing-label",
    "ไม่มีชื่อ",
    "a: no label.",
    focus_node="<https://example.org/a>",
    result_path="<https://example.org/label>",
)
TOLD = Finding(Path("data/a.ttl"), 9, 1, "violation", "buddhist-era", "ปี", "The year 2561 is of the Buddhist era.")


def same(one: Finding, other: Finding) -> bool:
    """Return whether two findings have one fingerprint."""
    first, second = (fingerprints([finding], Path.cwd())[0].text for finding in (one, other))
    return first == second


@pytest.mark.parametrize(
    ("finding", "change", "known"),
    [
        (FOCUSED, {"line": 40, "column": 2}, True),
        (FOCUSED, {"message_en": "said otherwise", "message_th": "อื่น", "severity": "info"}, True),
        (FOCUSED, {"rule": "Other"}, False),
        (FOCUSED, {"path": Path("data/b.ttl")}, False),
        (FOCUSED, {"focus_node": "<https://example.org/b>"}, False),
        (FOCUSED, {"result_path": "<https://example.org/q>"}, False),
        (FOCUSED, {"value": '"x"'}, False),
        (TOLD, {"line": 40}, True),
        (TOLD, {"message_th": "อื่น"}, True),
        (TOLD, {"message_en": "The year 2562 is of the Buddhist era."}, False),
        (TOLD, {"focus_node": "<https://example.org/a>"}, False),
    ],
)
def test_what_a_finding_is_known_by(finding: Finding, change: dict[str, object], known: bool) -> None:
    assert same(finding, dataclasses.replace(finding, **change)) is known  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "other", "known"),
    [
        ("It is also in data/b.ttl:12:3.", "It is also in data/b.ttl:7:30.", True),
        ("It stands on line 12 too.", "It stands on line 13 too.", True),
        ("It is also in data/b.ttl:12:3.", "It is also in data/c.ttl:12:3.", False),
        ("_:b12 has no label.", "_:b13 has no label.", True),
        ("10:30:00 is no time.", "10:31:00 is no time.", False),
    ],
)
def test_places_in_a_message_do_not_matter(one: str, other: str, known: bool) -> None:
    first, second = (dataclasses.replace(TOLD, message_en=message) for message in (one, other))
    assert same(first, second) is known


def test_blank_nodes_do_not_matter() -> None:
    first, second = (dataclasses.replace(FOCUSED, focus_node=f"_:b{number}") for number in (1, 2))
    assert same(first, second)


@pytest.mark.parametrize(
    ("known", "now", "new", "gone"),
    [
        ([], [FOCUSED], [FOCUSED], 0),
        ([FOCUSED], [FOCUSED], [], 0),
        ([FOCUSED], [], [], 1),
        ([FOCUSED, TOLD], [TOLD], [], 1),
        ([FOCUSED], [dataclasses.replace(FOCUSED, line=30), TOLD], [TOLD], 0),
        ([TOLD], [TOLD, dataclasses.replace(TOLD, line=30)], [dataclasses.replace(TOLD, line=30)], 0),
        ([TOLD, dataclasses.replace(TOLD, line=30)], [TOLD], [], 1),
    ],
)
def test_only_what_is_new_is_left(
    known: list[Finding], now: list[Finding], new: list[Finding], gone: int, tmp_path: Path
) -> None:
    path = tmp_path / "baseline.json"
    assert write_baseline(path, known, Path.cwd()) == len(known)
    applied = apply_baseline(read_baseline(path), now, Path.cwd())
    assert applied.findings == new
    assert [one.finding for one in applied.suppressed] == [finding for finding in now if finding not in new]
    assert [(one.rule, one.severity) for one in applied.told] == [("stale-baseline", "info")] * gone


def test_a_stale_finding_is_told_at_its_line(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    write_baseline(path, [FOCUSED, TOLD], Path.cwd())
    [told] = apply_baseline(read_baseline(path), [FOCUSED], Path.cwd()).told
    assert "buddhist-era" in path.read_text(encoding="utf-8").splitlines()[told.line - 1]
    assert told.message_en == (
        "This known finding is gone: data/a.ttl: buddhist-era: The year 2561 is of the Buddhist era."
    )


@pytest.mark.parametrize(("checked", "told"), [(None, 1), (["data/a.ttl"], 1), (["data/b.ttl"], 0)])
def test_nothing_is_said_of_files_that_were_not_checked(checked: list[str] | None, told: int, tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    write_baseline(path, [FOCUSED], Path.cwd())
    looked_at = None if checked is None else [Path(name) for name in checked]
    assert len(apply_baseline(read_baseline(path), [], Path.cwd(), looked_at).told) == told


def test_the_file_is_the_same_for_the_same_findings() -> None:
    again = [dataclasses.replace(finding, line=finding.line + 5) for finding in (TOLD, FOCUSED, TOLD)]
    text = baseline_text([FOCUSED, TOLD], Path.cwd())
    assert text == baseline_text(again, Path.cwd())
    lines = [json.loads(line.rstrip(",")) for line in text.splitlines() if "fingerprint" in line]
    assert [(line["rule"], line["count"], line["finding"]) for line in lines] == [
        ("Thing-label", 1, "a: no label."),
        ("buddhist-era", 1, "The year 2561 is of the Buddhist era."),
    ]


def test_paths_are_those_below_the_project(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    finding = dataclasses.replace(TOLD, path=tmp_path / "a" / "ข.ttl")
    elsewhere = dataclasses.replace(TOLD, path=Path("/elsewhere/ข.ttl"))
    assert '"path": "a/ข.ttl"' in baseline_text([finding], tmp_path)
    assert '"path": "/elsewhere/ข.ttl"' in baseline_text([elsewhere], tmp_path)


def test_a_file_that_cannot_be_replaced_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "baseline.json"
    write_baseline(path, [FOCUSED], Path.cwd())
    before = path.read_bytes()

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(InputError, match="No space left on device"):
        write_baseline(path, [TOLD], Path.cwd())
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_new_file_can_be_read_by_others_as_any_file(tmp_path: Path) -> None:
    path, plain = tmp_path / "baseline.json", tmp_path / "plain"
    plain.write_text("")
    write_baseline(path, [], Path.cwd())
    assert path.stat().st_mode == plain.stat().st_mode
    path.chmod(0o640)
    write_baseline(path, [FOCUSED], Path.cwd())
    assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", r"baseline.json:1:2: this is not JSON"),
        (b"\xff", "not UTF-8"),
        (b"[]", "no baseline of version 1"),
        (b'{"version": 2, "findings": []}', "no baseline of version 1"),
        (b'{"version": 1}', "an entry lacks"),
        (b'{"version": 1, "findings": [{"rule": "a", "path": "b"}]}', "an entry lacks"),
        (b'{"version": 1, "findings": [{"rule": 1, "path": "b", "fingerprint": "c"}]}', "an entry lacks"),
        (b'{"version": 1, "findings": ["a"]}', "an entry lacks"),
    ],
)
def test_what_is_no_baseline_is_refused(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_baseline(path)


def test_a_baseline_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.json: No such file"):
        read_baseline(tmp_path / "none.json")
