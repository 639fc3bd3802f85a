"""What a rule asks for and why, for people and programs: `kg rule`, and the page `docs/rules.md`."""

import difflib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Final

from kg.finding import Language
from kg.reports.markdown import code as in_code
from kg.reports.report import SHAPE
from kg.rules import Rule

_WORDS: Final[dict[str, dict[str, str]]] = {
    "why": {"th": "เหตุผล", "en": "Why"},
    "message": {"th": "ข้อความ", "en": "Message"},
    "remedy": {"th": "วิธีแก้", "en": "Remedy"},
    "passing": {"th": "ตัวอย่างที่ผ่าน", "en": "Passes"},
    "failing": {"th": "ตัวอย่างที่ไม่ผ่าน", "en": "Fails"},
    "here": {"th": "ตรงนี้", "en": "here"},
    "shape": {"th": "นิยาม", "en": "Shape"},
    "settings": {"th": "การตั้งค่า [tool.kg]", "en": "Settings of [tool.kg]"},
    "beside": {"th": "ไฟล์ประกอบ", "en": "Beside it"},
    "severity": {"th": "ระดับ", "en": "Severity"},
    "optional": {"th": "ปิดไว้จนกว่าจะเลือกใช้", "en": "off unless selected"},
}
_LANGUAGE_OF: Final = {"ttl": "turtle", "rq": "sparql", "toml": "toml", "json": "json"}


@dataclass(frozen=True)
class Explanation:
    """A rule with what explains it: the text of the shape, if it is one, and the examples."""

    rule: Rule
    definition: str = ""
    passing: str = ""
    failing: str = ""
    line: int = 0
    file: str = "example.ttl"
    settings: Mapping[str, Any] | None = None
    beside: Mapping[str, str] = field(default_factory=dict)


def explained(rule: Rule, definition: str = "", examples: Mapping[str, Any] | None = None) -> Explanation:
    """Return the explanation of a rule, with its own examples or with those given."""
    table = examples if examples is not None else (rule.example or {})
    return Explanation(
        rule,
        definition.strip("\n"),
        str(table.get("passing", "")).strip("\n"),
        str(table.get("failing", "")).strip("\n"),
        int(table.get("line", 0)) - _leading_breaks(str(table.get("failing", ""))),
        str(table.get("file", "example.ttl")),
        table.get("settings"),
        {name: str(text).strip("\n") for name, text in table.get("beside", {}).items()},
    )


def _leading_breaks(text: str) -> int:
    """Return how many line breaks a text begins with; TOML keeps all but the first."""
    return len(text) - len(text.lstrip("\n"))


def nearest(name: str, names: Iterable[str]) -> list[str]:
    """Return up to three names that a mistyped one may stand for, the likeliest first."""
    lowered = {known.lower(): known for known in names}
    return [lowered[close] for close in difflib.get_close_matches(name.lower(), lowered, n=3)]


def _languages(language: Language) -> Sequence[str]:
    """Return the codes of the languages asked for."""
    return ("th", "en") if language == "both" else (language,)


def _all(texts: Mapping[str, str], language: Language) -> str:
    """Return a text in one language or in both."""
    return " / ".join(dict.fromkeys(texts[code] for code in _languages(language) if texts.get(code)))


def _word(name: str, language: Language) -> str:
    """Return a heading in one language or in both."""
    return _all(_WORDS[name], language)


def _marked(example: Explanation, language: Language) -> str:
    """Return the failing example with a comment under the line where it fails; Turtle, SPARQL and TOML have `#`."""
    lines = example.failing.split("\n")
    if not 1 <= example.line <= len(lines):
        return example.failing
    line = lines[example.line - 1]
    indent = len(line) - len(line.lstrip())
    mark = f"{' ' * indent}# ^ {_word('here', language)}: {example.rule.id}"
    return "\n".join([*lines[: example.line], mark, *lines[example.line :]])


def _indented(text: str) -> str:
    """Return a text with each line indented."""
    return "\n".join(f"    {line}".rstrip() for line in text.split("\n"))


def _settings_text(settings: Mapping[str, Any]) -> str:
    """Return settings as lines of TOML, whose lists and texts are written as those of JSON."""
    return "\n".join(f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in settings.items())


def as_text(one: Explanation, language: Language) -> str:
    """Return an explanation for a terminal."""
    rule = one.rule
    state = "" if rule.default else f", {_word('optional', language)}"
    parts = [f"{rule.id} ({rule.family}, {rule.severity}{state})"]
    if title := _all(rule.title, language):
        parts.append(title)
    parts += [rule.why[code] for code in _languages(language) if rule.why.get(code)]
    for name, texts in (("message", rule.message), ("remedy", rule.remedy)):
        parts += [f"{_WORDS[name][code]}: {texts[code]}" for code in _languages(language) if texts.get(code)]
    blocks = (
        ("shape", one.definition),
        ("settings", _settings_text(one.settings) if one.settings else ""),
        *(("beside", f"# {name}\n{text}") for name, text in one.beside.items()),
        ("passing", one.passing),
        ("failing", _marked(one, language) if one.failing else ""),
    )
    parts += [f"{_word(name, language)}:\n{_indented(text)}" for name, text in blocks if text]
    return "\n\n".join(parts) + "\n"


def _prose(text: str) -> str:
    """Return a text for Markdown, where `<` would begin a tag unless it is in code."""
    pieces = re.split(r"(`[^`]*`)", text.strip())
    return "".join(piece if piece.startswith("`") else piece.replace("<", "\\<") for piece in pieces)


def as_markdown(one: Explanation, language: Language, level: int = 2) -> str:
    """Return an explanation as a section of Markdown, whose heading is the id, so that this is its anchor."""
    rule = one.rule
    state = "" if rule.default else f" · {_word('optional', language)}"
    parts = [f"{'#' * level} {rule.id}"]
    if title := _all(rule.title, language):
        parts.append(f"**{_prose(title)}**")
    parts.append(f"{_word('severity', language)}: {in_code(rule.severity)}{state}")
    parts += [_prose(rule.why[code]) for code in _languages(language) if rule.why.get(code)]
    for name, texts in (("message", rule.message), ("remedy", rule.remedy)):
        lines = [f"- {_WORDS[name][code]}: {_prose(texts[code])}" for code in _languages(language) if texts.get(code)]
        if lines:
            parts.append("\n".join(lines))
    fence = _LANGUAGE_OF.get(one.file.rpartition(".")[2], "")
    blocks = (
        ("shape", "turtle", one.definition),
        ("settings", "toml", _settings_text(one.settings) if one.settings else ""),
        *(("beside", fence, f"# {name}\n{text}") for name, text in one.beside.items()),
        ("passing", fence, one.passing),
        ("failing", fence, _marked(one, language) if one.failing else ""),
    )
    parts += [f"{_word(name, language)}:\n\n```{form}\n{text}\n```" for name, form, text in blocks if text]
    return "\n\n".join(parts) + "\n"


def as_record(one: Explanation) -> dict[str, Any]:
    """Return an explanation as plain values for JSON, in both languages."""
    rule = one.rule
    record: dict[str, Any] = {
        "id": rule.id,
        "family": rule.family,
        "severity": rule.severity,
        "default": rule.default,
        "title": dict(rule.title),
        "why": dict(rule.why),
        "message": dict(rule.message),
        "remedy": dict(rule.remedy),
    }
    if one.definition:
        record["shape"] = one.definition
    if one.passing or one.failing:
        record["example"] = {"file": one.file, "passing": one.passing, "failing": one.failing, "line": one.line}
        if one.settings:
            record["example"]["settings"] = dict(one.settings)
        if one.beside:
            record["example"]["beside"] = dict(one.beside)
    return record


def by_family(rules: Iterable[Rule]) -> list[tuple[str, list[Rule]]]:
    """Return the rules of each family, both by name; shapes come last."""
    ordered = sorted(rules, key=lambda rule: (rule.family == SHAPE, rule.family, rule.id))
    return [(family, list(group)) for family, group in groupby(ordered, key=lambda rule: rule.family)]


def listing(rules: Iterable[Rule], language: Language) -> list[tuple[str, str, str, str]]:
    """Return a row a rule: family, id, severity and title."""
    return [
        (family, rule.id, rule.severity, _all(rule.title, language))
        for family, group in by_family(rules)
        for rule in group
    ]


def documentation(rules: Iterable[Rule]) -> str:
    """Return the page of all rules in Markdown, in both languages; the anchor of a rule is its id."""
    families = by_family(rules)
    parts = [
        "# Rules · กฎ\n\n"
        "What `kg validate` asks of Turtle, family by family. `kg rule ID` shows one of them.\n"
        "This page is written from `src/kg/rules`; do not edit it.\n\n"
        "สิ่งที่ `kg validate` ตรวจในไฟล์ Turtle แยกตามหมวด คำสั่ง `kg rule ID` แสดงกฎทีละข้อ\n"
        "หน้านี้สร้างจาก `src/kg/rules` จึงไม่ควรแก้โดยตรง\n"
    ]
    table = ["| family | rule | severity | |", "|---|---|---|---|"]
    table += [
        f"| {family} | [{rule.id}](#{rule.id}) | {rule.severity} | {_cell(rule.title)} |"
        for family, group in families
        for rule in group
    ]
    parts.append("\n".join(table) + "\n")
    for family, group in families:
        parts.append(f"## Family: {family}\n")
        parts += [as_markdown(explained(rule), "both", level=3) for rule in group]
    return "\n".join(parts)


def _cell(title: Mapping[str, str]) -> str:
    """Return a title in both languages for the cell of a table."""
    return "<br>".join(_prose(title[code]).replace("|", "\\|") for code in ("th", "en") if title.get(code))
