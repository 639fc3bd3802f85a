"""Exceptions: what they accept, and what is told of those that do not hold."""

import datetime
from pathlib import Path

import pytest

from kg.errors import InputError
from kg.exceptions import apply_exceptions, read_exceptions
from kg.finding import Finding
from kg.rules import built_in

TODAY = datetime.date(2026, 11, 21)
HEAD = '[[exception]]\nrule = "r"\nreason = "why"\ndate = 2026-01-02\n'


def finding(path: str = "data/a.ttl", rule: str = "r", focus: str = "") -> Finding:
    """Return a finding below the project."""
    return Finding(Path(path), 1, 1, "violation", rule, "ก", "x", focus_node=focus)


def file(tmp_path: Path, text: str) -> Path:
    """Write exceptions."""
    path = tmp_path / "exceptions.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("more", "one", "accepted"),
    [
        ("", finding(), True),
        ("", finding(rule="s"), False),
        ('path = "data/a.ttl"', finding(), True),
        ('path = "data/*.ttl"', finding(), True),
        ('path = "data/*.ttl"', finding("data/sources/a.ttl"), False),
        ('path = "*.ttl"', finding(), False),
        ('path = "**/*.ttl"', finding(), True),
        ('path = "**/*.ttl"', finding("a.ttl"), True),
        ('path = "data/**"', finding("data/sources/x/a.ttl"), True),
        ('path = "data/?.ttl"', finding(), True),
        ('path = "data/a.tt."', finding(), False),
        ('path = "data/[a].ttl"', finding("data/[a].ttl"), True),
        ('focus = "https://example.org/a"', finding(focus="<https://example.org/a>"), True),
        ('focus = "<https://example.org/a>"', finding(focus="<https://example.org/a>"), True),
        ('focus = "https://example.org/a"', finding(focus="<https://example.org/ab>"), False),
        ('focus = "https://example.org/a"', finding(), False),
        ("until = 2026-11-21", finding(), True),  # the last day is one of its days
        ("until = 2026-11-20", finding(), False),
        ('until = "2027-01-01"', finding(), True),
    ],
)
def test_what_an_exception_accepts(more: str, one: Finding, accepted: bool, tmp_path: Path) -> None:
    exceptions = read_exceptions(file(tmp_path, f"{HEAD}{more}\n"))
    assert exceptions.findings == ()
    applied = apply_exceptions(exceptions, [one], Path.cwd(), TODAY)
    assert (applied.findings, [each.finding for each in applied.suppressed]) == (
        ([], [one]) if accepted else ([one], [])
    )


@pytest.mark.parametrize(
    ("reason", "thai", "english"),
    [
        ('"why"', "why (who, 2026-01-02)", "why (who, 2026-01-02)"),
        ('{ th = "เหตุ", en = "why" }', "เหตุ (who, 2026-01-02)", "why (who, 2026-01-02)"),
        ('{ th = "เหตุ" }', "เหตุ (who, 2026-01-02)", "เหตุ (who, 2026-01-02)"),
    ],
)
def test_the_reason_is_kept(reason: str, thai: str, english: str, tmp_path: Path) -> None:
    text = f'[[exception]]\nrule = "r"\nreason = {reason}\ndate = 2026-01-02\nby = "who"\n'
    [one] = apply_exceptions(read_exceptions(file(tmp_path, text)), [finding()], Path.cwd(), TODAY).suppressed
    assert (one.by, one.reason_th, one.reason_en) == ("exception", thai, english)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('rule = "r"\ndate = 2026-01-02', "no reason"),
        ('rule = "r"\nreason = " "\ndate = 2026-01-02', "no reason"),
        ('rule = "r"\nreason = {}\ndate = 2026-01-02', "no reason"),
        ('rule = "r"\nreason = 7\ndate = 2026-01-02', "no reason"),
        ('rule = "r"\nreason = "why"', "no date"),
        ('rule = "r"\nreason = "why"\ndate = "soon"', "date of an exception must be a date"),
        ('rule = "r"\nreason = "why"\ndate = 2026-01-02\nuntil = 7', "until of an exception must be a date"),
        ('reason = "why"\ndate = 2026-01-02', "names no rule"),
        ('rule = ""\nreason = "why"\ndate = 2026-01-02', "rule of an exception must be a text"),
        ('rule = "r"\nreason = "why"\ndate = 2026-01-02\nfile = "x"', "An exception has no file"),
    ],
)
def test_an_incomplete_exception_does_not_hold(text: str, message: str, tmp_path: Path) -> None:
    exceptions = read_exceptions(file(tmp_path, f"# first\n\n[[exception]]\n{text}\n"))
    applied = apply_exceptions(exceptions, [finding()], Path.cwd(), TODAY)
    assert applied.findings == [finding()]
    [told] = applied.told
    assert (told.rule, told.severity, told.line) == ("incomplete-exception", "violation", 3)
    assert message in told.message_en


def test_an_exception_that_is_past_is_told(tmp_path: Path) -> None:
    exceptions = read_exceptions(file(tmp_path, f"{HEAD}\n{HEAD}until = 2026-11-20\n"))
    told = apply_exceptions(exceptions, [finding()], Path.cwd(), TODAY).told
    assert [(one.rule, one.severity, one.line, one.message_en) for one in told] == [
        ("expired-exception", "warning", 6, "The exception for r ended on 2026-11-20.")
    ]


@pytest.mark.parametrize(
    ("more", "checked", "told"),
    [
        ("", None, True),
        ("", ["data/a.ttl"], False),  # another file may need it
        ('path = "data/a.ttl"', ["data/a.ttl"], True),
        ('path = "data/a.ttl"', ["data/b.ttl"], False),
    ],
)
def test_an_exception_that_accepts_nothing_is_told(
    more: str, checked: list[str] | None, told: bool, tmp_path: Path
) -> None:
    exceptions = read_exceptions(file(tmp_path, f"{HEAD}{more}\n"))
    looked_at = None if checked is None else [Path(name) for name in checked]
    found = apply_exceptions(exceptions, [finding(rule="s")], Path.cwd(), TODAY, looked_at).told
    assert [(one.rule, one.severity, one.line) for one in found] == [("unused-exception", "warning", 1)] * told


def test_the_lines_are_those_of_tables(tmp_path: Path) -> None:
    text = f'{HEAD}by = """\n[[exception]]\n"""\n\n  [[ exception ]] # second\nrule = "r"\n'
    assert [one.line for one in read_exceptions(file(tmp_path, text)).findings] == [9, 9]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"[[exception", "not TOML"),
        (b"\xff", "not UTF-8"),
        (b"rule = 1", r"nothing but tables \[\[exception\]\]"),
        (b"exception = 1", r"nothing but tables \[\[exception\]\]"),
    ],
)
def test_what_is_no_file_of_exceptions_is_refused(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "exceptions.toml"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_exceptions(path)


@pytest.mark.parametrize("rule", ["incomplete-exception", "expired-exception"])
def test_the_examples_of_the_rules_are_true(rule: str, tmp_path: Path) -> None:
    example = built_in()[rule].example
    assert example is not None
    found = {}
    for kind in ("passing", "failing"):
        exceptions = read_exceptions(file(tmp_path, example[kind]))
        told = apply_exceptions(exceptions, [finding("data/imported/a.ttl", "blank-node")], Path.cwd(), TODAY).told
        found[kind] = sorted({(one.rule, one.line) for one in told})
    assert found == {"passing": [], "failing": [(rule, example["line"])]}
