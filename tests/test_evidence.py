"""Passages, printed forms and digests, on the small tree with one change each."""

from pathlib import Path

import pytest

from kg.content import find_content
from kg.dataset import load_dataset
from kg.evidence import check_evidence
from kg.finding import render, sort_findings

SOURCE = Path("data/sources/canal-news.ttl")


def findings(tree: Path, archive: Path) -> list[str]:
    found = sort_findings(check_evidence(load_dataset(find_content(tree)), archive))
    return [render(finding, "text", "en").removeprefix(f"{SOURCE}:") for finding in found]


def test_clean_evidence_has_no_finding(tree: Path, archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tree)
    assert findings(tree, archive) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "<#char=63,97>",
            "<#char=63,127>",
            [
                "19:34: violation evidence-range: #char=63,127 ends 2 characters after the text, which has 125. "
                "Remedy: Let it end at 125 or before."
            ],
        ),
        (
            '"5 มีนาคม 2561"@th',
            '"6 มีนาคม 2561"@th',
            [
                '18:23: violation evidence-printed-form: "6 มีนาคม 2561" stands in no passage of its subject. '
                "Remedy: It stands nowhere in the text: compare the spelling with the document."
            ],
        ),
        (
            "<#char=18,34>",
            "<#char=19,34>",
            [
                '13:19: violation evidence-printed-form: "คณะกรรมการคูคลอง" stands in no passage of its subject. '
                "Remedy: It stands at #char=18,34: widen or add a passage."
            ],
        ),
        (
            "    tsc:evidence <#char=18,34> .",
            "    tsc:asPrinted 'ประชุม'@th .",
            [
                '13:19: violation evidence-printed-form: "คณะกรรมการคูคลอง" stands in no passage of its subject. '
                "Remedy: Add tsc:evidence. It stands at #char=18,34: widen or add a passage.",
                '14:19: violation evidence-printed-form: "ประชุม" stands in no passage of its subject. '
                "Remedy: Add tsc:evidence. It stands at #char=34,40, #char=97,103: widen or add a passage.",
            ],
        ),
        (
            "<#char=40,50>",
            "<#char=40,40>",
            [
                '17:19: violation evidence-printed-form: "ครั้งที่ 1" stands in no passage of its subject. '
                "Remedy: It stands at #char=40,50: widen or add a passage.",
                "19:18: violation evidence-form: "
                "<https://w3id.org/thai-smart-city/id/source/canal-news/text#char=40,40> "
                "is not a passage in the form of RFC 5147. Remedy: Write <#char=start,end> with start before end.",
            ],
        ),
        (
            "tsc:characterCount 125",
            "tsc:characterCount 124",
            [
                "9:24: violation evidence-length: The text of canal-news has 125 characters, not 124. "
                "Remedy: Write tsc:characterCount 125."
            ],
        ),
    ],
    ids=["past the end", "not printed", "outside the passage", "no evidence", "empty passage", "length"],
)
def test_findings(
    old: str, new: str, expected: list[str], tree: Path, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (tree / SOURCE).read_text(encoding="utf-8")
    assert text.count(old) == 1
    (tree / SOURCE).write_text(text.replace(old, new), encoding="utf-8")
    monkeypatch.chdir(tree)
    assert findings(tree, archive) == expected


def test_a_text_that_was_changed_is_missing(tree: Path, archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tree)
    with (archive / "0001.txt").open("a") as file:
        file.write(" ")
    (line,) = findings(tree, archive)
    assert line.startswith("10:16: violation evidence-digest: No file of the archive has the SHA-256 ")


def test_a_document_without_a_text_is_found(tree: Path, archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tree)
    (tree / "data/sources/other-news.ttl").write_text("")
    (line,) = findings(tree, archive)
    assert line.startswith("data/sources/other-news.ttl:1:1: violation evidence-no-text: ")
