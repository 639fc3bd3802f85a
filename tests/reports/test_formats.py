"""Each format by its own rules: what it escapes, counts, leaves out, and that a machine can read it."""

import dataclasses
import io
import json
import re
import urllib.parse
from pathlib import Path
from xml.etree import ElementTree

import pyoxigraph
import pytest
import rdflib
from rdflib.namespace import DCTERMS, RDF, SH

from kg.finding import SEVERITIES, Finding, Format, Language, Severity, sort_findings
from kg.reports import FORMATS, Report, github, markdown
from kg.reports.report import RULES
from kg.reports.text import excerpt
from kg.rules import built_in

from .conftest import ODD, PLAIN, Written

SCHEMA = Path(__file__).parents[2] / "docs" / "schemas" / "finding.schema.json"
LANGUAGES: tuple[Language, ...] = ("th", "en", "both")


@pytest.mark.parametrize("output", FORMATS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_report_is_the_same_text_each_time(
    output: Format, language: Language, report: Report, written: Written
) -> None:
    assert written(report, output, language) == written(report, output, language)


@pytest.mark.parametrize("output", FORMATS)
def test_the_language_is_the_one_asked_for(output: Format, report: Report, written: Written) -> None:
    thai, english = written(report, output, "th"), written(report, output, "en")
    if output in {"json", "turtle"}:  # these have both
        assert thai == english
        assert "มีโหนดว่าง" in thai
        assert "a blank node" in thai
    else:
        assert ("มีโหนดว่าง" in thai, "มีโหนดว่าง" in english.replace(ODD, "")) == (True, False)
        assert ("a blank node" in english, "There is a blank" in thai) == (True, False)


@pytest.mark.parametrize("output", FORMATS)
def test_nothing_found_can_be_written(output: Format, clean: Report, written: Written) -> None:
    assert "violation" not in written(clean, output).replace("violation | 0", "").replace("0 violations", "")


def test_the_summary_counts_what_is_not_told(report: Report, clean: Report) -> None:
    assert report.summary() == (
        "3 files, 1234 triples: 2 violations, 2 warnings, 2 notes; 1 accepted by exceptions; 1 known from the baseline."
    )
    assert clean.summary() == "1 file, 3 triples: 0 violations, 0 warnings, 0 notes."


# text


def test_text_is_a_line_a_finding_where_no_terminal_is(report: Report, written: Written) -> None:
    assert written(report, "text").splitlines() == [
        f"{name}:{rest}"
        for name in (PLAIN, ODD)
        for rest in (
            "1:1: info note: A note.",
            "2:22: violation blank-node: There is a blank node. Remedy: Give it an IRI.",
            "3:7: warning Thing-c: Wrong value | \ufffd[31m.",
        )
    ]


def test_text_can_show_the_line(report: Report, written: Written) -> None:
    block = written(report, "text", show_source=True).split("\n\n")[0]
    assert block.splitlines() == [
        "data/plain.ttl: 1 violation, 1 warning, 1 note",
        "data/plain.ttl:1:1: info note: A note.",
        "  1 | @prefix ex: <https://example.org/> .",
        "    | ^^^^^^^",
        "data/plain.ttl:2:22: violation blank-node: There is a blank node.",
        '  2 | ex:a ex:b "น้ำ 𝒳"@th , [ ] ;',
        "    |                     ^",
        "  Remedy: Give it an IRI.",
        "data/plain.ttl:3:7: warning Thing-c: Wrong value | \ufffd[31m.",
        "  3 |     ex:c <https://example.org/d> .",
        "    |          ^^^^^^^^^^^^^^^^^^^^^^^",
    ]


class Terminal(io.StringIO):
    """A stream that says that a person looks at it."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("terminal", "variables", "coloured"),
    [
        (True, {}, True),
        (False, {}, False),
        (True, {"NO_COLOR": "1"}, False),
        (True, {"NO_COLOR": ""}, True),
        (False, {"FORCE_COLOR": "1"}, True),
        (True, {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        (True, {"TERM": "dumb"}, False),
    ],
)
def test_colour_is_for_those_who_can_see_it(
    terminal: bool, variables: dict[str, str], coloured: bool, report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    stream = Terminal() if terminal else io.StringIO()
    FORMATS["text"](report, "en", stream)
    assert ("\x1b[1;31mviolation\x1b[0m" in stream.getvalue()) is coloured
    assert "\x1b[31m" not in stream.getvalue()  # of the message


@pytest.mark.parametrize(
    ("line", "column", "end", "width", "expected"),
    [
        ("abc def", 5, 8, 80, ("abc def", "    ^^^")),
        ("\tab", 2, 4, 80, ("    ab", "    ^^")),
        ("ที่นี่ x", 8, 9, 80, ("ที่นี่ x", "   ^")),  # four marks take no cell
        ("ที่", 2, 3, 80, ("ที่", "^")),  # a mark stands over its letter
        ("漢字 x", 4, 5, 80, ("漢字 x", "     ^")),
        ("a\u0301b", 3, 4, 80, ("a\u0301b", " ^")),
        ("abc", 4, 5, 80, ("abc", "   ^")),  # after the end
        ("0123456789" * 3, 25, 26, 12, ("…0123456789", "     ^")),
        ("0123456789" * 3, 12, 13, 12, ("…8901234567…", "    ^")),
        ("0123456789" * 3, 1, 2, 12, ("0123456789…", "^")),
        ("a\x1bb", 3, 4, 80, ("a\ufffdb", "  ^")),
    ],
)
def test_the_mark_stands_under_the_place(
    line: str, column: int, end: int, width: int, expected: tuple[str, str]
) -> None:
    assert excerpt(line, column, end, width) == expected


# json


def test_json_lines_fit_their_schema(report: Report, written: Written) -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    lines = written(report, "json").splitlines()
    assert len(lines) == len(report.findings)
    for line in lines:
        record = json.loads(line)
        assert list(record) == list(schema["properties"])
        assert set(record) == set(schema["required"])
        for name, told in schema["properties"].items():
            kind = {"string": str, "integer": int}.get(told.get("type", "string"))
            assert isinstance(record[name], kind or str)
            assert record[name] in told.get("enum", [record[name]])
            assert re.search(told.get("pattern", ""), str(record[name]))
    assert schema["properties"]["severity"]["enum"] == list(SEVERITIES)


# github


def parsed(command: str) -> tuple[str, dict[str, str], str]:
    """Read a workflow command as the runner does."""
    match = re.fullmatch(r"::([a-z]+) (.*?)::(.*)", command)
    assert match, command
    unescaped = [match[3], *(pair.partition("=")[2] for pair in match[2].split(","))]
    for sign, code in (("\r", "%0D"), ("\n", "%0A"), (":", "%3A"), (",", "%2C"), ("%", "%25")):
        unescaped = [text.replace(code, sign) for text in unescaped]
    names = [pair.partition("=")[0] for pair in match[2].split(",")]
    return match[1], dict(zip(names, unescaped[1:], strict=True)), unescaped[0]


def test_annotations_can_be_read_back(report: Report, written: Written) -> None:
    commands = [parsed(line) for line in written(report, "github").splitlines()]
    assert commands[-2] == (
        "error",
        {"file": ODD, "line": "2", "endLine": "2", "col": "22", "title": "blank-node", "endColumn": "23"},
        "There is\na blank node. Remedy: Give it an IRI.",
    )
    assert [level for level, _, _ in commands] == ["notice", "error", "warning"] * 2


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ((10, 10, 10), {"error": 10, "warning": 10, "notice": 10}),
        ((11, 3, 0), {"error": 10, "warning": 3, "notice": 1}),
        ((0, 0, 12), {"notice": 10}),
        ((25, 12, 30), {"error": 10, "warning": 10, "notice": 10}),
    ],
)
def test_no_more_annotations_than_are_shown(
    counts: tuple[int, int, int], shown: dict[str, int], folder: Path, written: Written
) -> None:
    found = [
        Finding(folder / PLAIN, number + 1, 1, severity, "r", "ก", "::error::x ##[add-path]y")
        for severity, count in zip(SEVERITIES, counts, strict=True)
        for number in range(count)
    ]
    lines = written(Report(sort_findings(found), root=folder), "github").splitlines()
    levels = [line[2:].partition(" ")[0] for line in lines if re.match(r"::(error|warning|notice) ", line)]
    assert {level: levels.count(level) for level in dict.fromkeys(sorted(levels))} == dict(sorted(shown.items()))
    if max(counts) > github.LIMIT:
        stop = next(number for number, line in enumerate(lines) if line.startswith("::stop-commands::"))
        token = lines[stop].removeprefix("::stop-commands::")
        assert lines[-2] == f"::{token}::"
        assert not any(token in line for line in lines[stop + 1 : -2])
        assert len(lines[stop + 1 : -2]) + sum(shown.values()) - 1 == sum(counts)
        assert lines[-1].startswith("::notice title=kg validate::")
        assert f"{max(counts)} " in lines[-1]


# sarif


def test_sarif_tells_rules_results_and_places(report: Report, folder: Path, written: Written) -> None:
    log = json.loads(written(report, "sarif"))
    assert log["version"] == "2.1.0"
    [run] = log["runs"]
    rules, results = run["tool"]["driver"]["rules"], run["results"]
    assert [rule["id"] for rule in rules] == ["Thing-c", "blank-node", "note"]
    described = rules[1]
    assert described["shortDescription"] == {"text": "There is no blank node."}
    assert {"Its name changes.", "ชื่อเปลี่ยนทุกครั้ง", "Remedy: Give it an IRI."} <= set(
        described["help"]["text"].split("\n\n")
    )
    assert "**Remedy:** Give it an IRI." in described["help"]["markdown"]
    assert described["properties"] == {"tags": ["hygiene"]}
    assert [rule["defaultConfiguration"]["level"] for rule in rules] == ["warning", "error", "note"]
    assert all(rule["shortDescription"]["text"] and rule["help"]["text"] for rule in rules)
    assert len(results) == len(report.findings) + len(report.suppressed)
    for result in results:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        location = result["locations"][0]["physicalLocation"]
        assert location["artifactLocation"]["uriBaseId"] in run["originalUriBaseIds"]
        uri = location["artifactLocation"]["uri"]
        assert re.fullmatch(r"[A-Za-z0-9/_.~,%-]+", uri)
        assert urllib.parse.unquote(uri) in {ODD, PLAIN}
    assert run["columnKind"] == "utf16CodeUnits"
    assert run["invocations"] == [{"executionSuccessful": True, "exitCode": 1}]
    assert [result["suppressions"] for result in results[-2:]] == [
        [{"kind": "external", "status": "accepted", "justification": reason}] for reason in ("accepted", "known")
    ]
    assert all(result["suppressions"] == [] for result in results[:-2])
    assert str(folder) not in written(report, "sarif")


def test_sarif_counts_columns_in_utf16(report: Report, written: Written) -> None:
    results = json.loads(written(report, "sarif"))["runs"][0]["results"]
    region = results[1]["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 2, "startColumn": 23, "endLine": 2, "endColumn": 24}


def test_sarif_links_to_the_page_of_a_built_in_rule_only(report: Report, written: Written) -> None:
    name, rule = next(iter(built_in().items()))
    rules = dict(report.rules) | {name: rule}
    log = json.loads(written(dataclasses.replace(report, rules=rules), "sarif"))
    links = {one["id"]: one.get("helpUri") for one in log["runs"][0]["tool"]["driver"]["rules"]}
    assert links == {name: f"{RULES}{name}", "Thing-c": None, "blank-node": None, "note": None}


def test_sarif_of_a_file_elsewhere_has_its_whole_uri(folder: Path, written: Written, tmp_path: Path) -> None:
    finding = Finding(tmp_path.parent / "away.ttl", 1, 1, "info", "r", "ก", "x")
    [result] = json.loads(written(Report([finding], root=folder), "sarif"))["runs"][0]["results"]
    [location] = result["locations"]
    assert location["physicalLocation"]["artifactLocation"] == {"uri": (tmp_path.parent / "away.ttl").as_uri()}
    assert location["physicalLocation"]["region"] == {"startLine": 1, "startColumn": 1}


@pytest.mark.parametrize(("code", "successful"), [(0, True), (1, True), (2, False), (3, False), (70, False)])
def test_sarif_tells_a_run_that_did_not_end(code: int, successful: bool, clean: Report, written: Written) -> None:
    log = json.loads(written(dataclasses.replace(clean, exit_code=code), "sarif"))
    assert log["runs"][0]["invocations"] == [{"executionSuccessful": successful, "exitCode": code}]


def test_sarif_fingerprints_stay_when_lines_move(report: Report, folder: Path, written: Written) -> None:
    def prints(one: Report) -> list[str]:
        results = json.loads(written(one, "sarif"))["runs"][0]["results"]
        return [result["partialFingerprints"]["kgFinding/v1"] for result in results]

    moved = [dataclasses.replace(finding, line=finding.line + 40, value=finding.value) for finding in report.findings]
    assert prints(dataclasses.replace(report, findings=moved)) == prints(report)
    assert len(set(prints(report))) == len(prints(report))


# junit


def test_junit_has_a_suite_a_file_and_a_case_a_finding(report: Report, written: Written) -> None:
    root = ElementTree.fromstring(written(report, "junit").encode())
    suites = {suite.get("name"): suite for suite in root}
    assert list(suites) == ["data/clean.ttl", PLAIN, ODD]
    counted = {name: [suite.get(key) for key in ("tests", "failures", "skipped")] for name, suite in suites.items()}
    assert counted == {"data/clean.ttl": ["1", "0", "0"], PLAIN: ["5", "1", "2"], ODD: ["3", "1", "0"]}
    assert (root.get("tests"), root.get("failures")) == ("9", "2")
    for suite in root:
        assert len(suite.findall("testcase")) == int(suite.get("tests", ""))
        assert len(suite.findall("testcase/failure")) == int(suite.get("failures", ""))
        assert len(suite.findall("testcase/skipped")) == int(suite.get("skipped", ""))
    failure = suites[ODD].find("testcase/failure")
    assert failure is not None
    assert failure.attrib == {"message": "There is a blank node.", "type": "violation"}
    assert (failure.text or "").startswith(f"{ODD}:2:22\n")
    assert [one.get("message") for one in root.iter("skipped")] == ["accepted", "known"]


def test_junit_replaces_what_xml_cannot_hold(report: Report, written: Written) -> None:
    assert "Wrong value | \ufffd[31m." in written(report, "junit")


def test_junit_numbers_cases_of_one_name(folder: Path, written: Written) -> None:
    found = [Finding(folder / PLAIN, line, 1, "warning", "r", "ก", "x") for line in (1, 2, 3)]
    root = ElementTree.fromstring(written(Report(found, root=folder), "junit").encode())
    assert [case.get("name") for case in root.iter("testcase")] == ["r: x", "r: x (2)", "r: x (3)"]


@pytest.mark.parametrize(("fail_on", "failures"), [("violation", 2), ("warning", 4), ("info", 6)])
def test_junit_fails_from_the_same_severity_as_the_run(
    fail_on: Severity, failures: int, report: Report, written: Written
) -> None:
    root = ElementTree.fromstring(written(dataclasses.replace(report, fail_on=fail_on), "junit").encode())
    assert len(list(root.iter("failure"))) == failures


# turtle


def results_of(text: str) -> tuple[rdflib.Graph, rdflib.term.Node]:
    """Return the graph of a report and its one node."""
    graph = rdflib.Graph().parse(data=text, format="turtle")
    assert len(graph) == len(list(pyoxigraph.parse(text, format=pyoxigraph.RdfFormat.TURTLE)))
    [node] = graph.subjects(RDF.type, SH.ValidationReport)
    return graph, node


def test_turtle_is_a_validation_report(report: Report, folder: Path, written: Written) -> None:
    graph, node = results_of(written(report, "turtle"))
    assert graph.value(node, SH.conforms) == rdflib.Literal(False)
    results = list(graph.objects(node, SH.result))
    assert len(results) == len(report.findings)
    for result in results:  # what SHACL says that each has exactly once
        for required in (SH.focusNode, SH.resultSeverity, SH.sourceConstraintComponent, DCTERMS.source):
            assert len(list(graph.objects(result, required))) == 1
        assert {message.language for message in graph.objects(result, SH.resultMessage)} == {"th", "en"}  # type: ignore[attr-defined]
        place = str(graph.value(result, DCTERMS.source))
        file, _, lines = place.partition("#line=")
        assert urllib.parse.unquote(file) in {f"{folder.as_uri()}/{ODD}", f"{folder.as_uri()}/{PLAIN}"}
        assert lines in {"0,1", "1,2", "2,3"}
    [first, _] = graph.subjects(SH.resultSeverity, SH.Violation)
    ex = rdflib.Namespace("https://example.org/")
    head = graph.value(first, SH.resultPath)
    assert head is not None
    path = rdflib.collection.Collection(graph, head)
    assert graph.value(path[0], SH.inversePath) == ex.b
    assert path[1] == ex.c
    assert graph.value(first, SH.focusNode) == ex.a
    assert graph.value(first, SH.sourceShape) == ex.Shape
    assert graph.value(first, SH.sourceConstraintComponent) == SH.NodeKindConstraintComponent


def test_turtle_keeps_the_blank_nodes_of_two_files_apart(report: Report, written: Written) -> None:
    graph, _ = results_of(written(report, "turtle"))
    assert len(set(graph.objects(None, SH.value))) == 2


def test_turtle_of_a_clean_run_conforms(clean: Report, written: Written) -> None:
    graph, node = results_of(written(clean, "turtle"))
    assert (graph.value(node, SH.conforms), len(graph)) == (rdflib.Literal(True), 2)


@pytest.mark.parametrize("text", ["not a term", "<a> . <b> <c> <d>", '"open', "<https://example.org/ x>"])
def test_turtle_leaves_out_what_is_no_term(text: str, folder: Path, written: Written) -> None:
    finding = Finding(
        folder / PLAIN, 1, 1, "info", "r", "ก", "x", focus_node=text, value=text, source_shape=text, component=text
    )
    graph, node = results_of(written(Report([finding], root=folder), "turtle"))
    result = graph.value(node, SH.result)
    assert graph.value(result, SH.value) is None
    assert graph.value(result, SH.sourceShape) is None
    assert str(graph.value(result, SH.focusNode)) == (folder / PLAIN).as_uri()
    assert str(graph.value(result, SH.sourceConstraintComponent)) == f"{RULES}r"


# markdown, gitlab


def test_markdown_is_a_table_that_no_message_breaks(report: Report, written: Written) -> None:
    text = written(report, "markdown")
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert all(len(re.findall(r"(?<!\\)\|", row)) in {3, 5} for row in rows)
    assert "| warning | `data/plain.ttl:3:7` | `Thing-c` | Wrong value \\| \ufffd\\[31m. |" in rows
    assert rows[2:6] == ["| violation | 2 |", "| warning | 2 |", "| note | 2 |", "| accepted | 2 |"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_markdown_ends_at_some_length(language: Language, folder: Path, written: Written) -> None:
    found = [
        Finding(folder / PLAIN, line, 1, severity, "r", "ก", "x")
        for severity in SEVERITIES
        for line in range(1, markdown.LIMIT)
    ]
    text = written(Report(sort_findings(found), root=folder), "markdown", language)
    rows = [line for line in text.splitlines() if "`r`" in line]
    assert len(rows) == markdown.LIMIT
    assert sum("violation" in row or "ข้อผิดพลาด" in row for row in rows) == markdown.LIMIT - 1
    assert str(len(found) - markdown.LIMIT) in text.splitlines()[-1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a", "`a`"), ("a`b", "`` a`b ``"), ("a|b", "`a\\|b`"), ("`", "`` ` ``")],
)
def test_markdown_code(text: str, expected: str) -> None:
    assert markdown.code(text) == expected


def test_gitlab_has_unique_fingerprints_that_stay(report: Report, written: Written) -> None:
    issues = json.loads(written(report, "gitlab"))
    assert len({issue["fingerprint"] for issue in issues}) == len(report.findings)
    assert [issue["severity"] for issue in issues] == ["info", "major", "minor"] * 2
    assert issues[1]["location"] == {"path": PLAIN, "lines": {"begin": 2}}
    moved = [dataclasses.replace(finding, line=finding.line + 9) for finding in report.findings]
    again = json.loads(written(dataclasses.replace(report, findings=moved), "gitlab"))
    assert [issue["fingerprint"] for issue in again] == [issue["fingerprint"] for issue in issues]
