"""Each rule: its examples pass and fail as they say, and its texts are whole in both languages."""

import re
from typing import Any

import pytest
from tests.rules.conftest import FindingsOf

from kg.checks.messages import filled
from kg.finding import Finding
from kg.rules import Rule, built_in
from kg.tokens import tokenise

RULES = built_in()
WITHOUT_EXAMPLE = {
    "blank-node": "asked of some repositories only",
    "dangling-iri": "needs the settings of a repository",
    "declared-twice": "needs two files",
    "missing-answer": "needs two files",
    "namespace-of-two-prefixes": "needs two files",
    "parsers-agree": "no text is known on which the parsers of today differ",
    "prefix-of-two-namespaces": "needs two files",
    "undeclared-foreign-term": "needs the settings of a repository",
    "unknown-rule": "needs the settings of a repository",
    "unknown-term": "needs the settings of a repository",
    "version-disagrees": "needs two files",
}
"""Rules that have no example, and why; they have tests of their own. Those of evidence need an archive."""

FAMILIES = {
    "agreement",
    "characters",
    "components",
    "consistency",
    "evidence",
    "hygiene",
    "literals",
    "prefixes",
    "queries",
    "syntax",
    "vocabulary",
}
"""The families of this folder."""

OURS = [rule for rule in RULES.values() if rule.family in FAMILIES]
EXAMPLES = [rule for rule in OURS if rule.example]

ENGLISH_FORMS = {"values", "need", "there", "conform"}
"""Words of messages that change with a number, which Thai words do not."""

THAI = re.compile("[\u0e01-\u0e5b]")


def name_of(rule: Rule) -> str:
    """A test id."""
    return rule.id


def example(rule: Rule, which: str) -> tuple[dict[str, str], dict[str, Any]]:
    """The files and the settings of an example of a rule; it is asked for if it is not by default."""
    assert rule.example is not None
    settings = {} if rule.default else {"select": ["default", rule.id]}
    files = {rule.example.get("file", "example.ttl"): rule.example[which], **rule.example.get("beside", {})}
    return files, settings | rule.example.get("settings", {})


def shown(findings: list[Finding]) -> list[str]:
    """Findings as text, for what pytest shows."""
    return [f"{finding.rule}:{finding.line}" for finding in findings]


@pytest.mark.parametrize("rule", EXAMPLES, ids=name_of)
def test_the_failing_example_gives_one_finding_at_its_line(rule: Rule, findings_of: FindingsOf) -> None:
    assert rule.example is not None
    findings = findings_of(*example(rule, "failing"))
    assert shown(findings) == [f"{rule.id}:{rule.example['line']}"]
    for finding in findings:
        texts = (finding.message_en, finding.message_th, finding.remedy_en, finding.remedy_th)
        assert not [text for text in texts if re.search(r"\{\w+\}", text)], texts


@pytest.mark.parametrize("rule", EXAMPLES, ids=name_of)
def test_the_passing_example_gives_none(rule: Rule, findings_of: FindingsOf) -> None:
    assert shown(findings_of(*example(rule, "passing"))) == []


def test_every_rule_has_an_example_or_a_reason() -> None:
    assert {rule.id for rule in OURS if not rule.example and rule.family != "evidence"} == set(WITHOUT_EXAMPLE)


@pytest.mark.parametrize("rule", OURS, ids=name_of)
def test_texts_are_in_both_languages(rule: Rule) -> None:
    for texts in (rule.title, rule.message, rule.remedy, rule.why):
        assert texts["en"].strip() == texts["en"] != ""
        assert texts["th"].strip() == texts["th"] != ""
        assert not THAI.search(re.sub(r"“[^”]*”|\([^)]*\)", "", texts["en"]))
        if re.sub(r"\[?\{\w+\} ?\]?", "", texts["th"]):
            assert THAI.search(texts["th"])
        assert not texts["th"].endswith(".")


@pytest.mark.parametrize("rule", OURS, ids=name_of)
def test_both_languages_speak_of_the_same(rule: Rule) -> None:
    names = {code: set(re.findall(r"\{(\w+)\}", rule.message[code] + rule.remedy[code])) for code in ("th", "en")}
    assert names["th"] == names["en"] - ENGLISH_FORMS


@pytest.mark.parametrize("rule", [rule for rule in OURS if rule.query], ids=name_of)
def test_placeholders_are_variables_of_the_query(rule: Rule) -> None:
    variables = {token.text[1:] for token in tokenise(rule.query or "") if token.kind == "variable"}
    texts = " ".join(text for texts in (rule.message, rule.remedy) for text in texts.values())
    assert set(re.findall(r"\{(\w+)\}", texts)) <= variables
    assert "subject" in variables


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        ("{a} is {b}.", {"a": "x", "b": "y"}, "x is y."),
        ("{a} is {b}.", {"a": "x"}, "x is {b}."),
        ("[Did you mean {a}? ]Mend it.", {"a": "x"}, "Did you mean x? Mend it."),
        ("[Did you mean {a}? ]Mend it.", {"a": ""}, "Mend it."),
        ("[Did you mean {a}? ]Mend it.", {}, "Mend it."),
        ("Write [] or {}.", {}, "Write [] or {}."),
        ("Set [tool.kg].", {}, "Set [tool.kg]."),
        ("{a}", {"a": "{b}", "b": "no"}, "{b}"),
    ],
)
def test_texts_are_filled(text: str, values: dict[str, str], expected: str) -> None:
    assert filled(text, values) == expected
