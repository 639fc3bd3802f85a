"""Facts inside, at the edge of and outside the passages of the small tree."""

from pathlib import Path

import pytest

from kg.content import find_content
from kg.coverage import Fact, measure_coverage, read_inventory, read_reasons
from kg.dataset import load_dataset
from kg.errors import InputError

COMMITTEE = "https://w3id.org/thai-smart-city/id/committee/canals"
MEETING = "https://w3id.org/thai-smart-city/id/meeting/canals-1"


@pytest.mark.parametrize(
    ("start", "end", "resource"),
    [
        (18, 34, COMMITTEE),
        (20, 22, COMMITTEE),
        (63, 97, MEETING),
        (63, 98, None),
        (34, 40, None),
        (30, 45, None),
    ],
)
def test_a_fact_is_carried_by_a_passage_that_holds_all_of_it(
    start: int, end: int, resource: str | None, tree: Path
) -> None:
    (row,) = measure_coverage(load_dataset(find_content(tree)), [Fact("F1", "canal-news", start, end)])
    assert (str(row.resource) if row.resource else None) == resource
    assert row.missing == (resource is None)


def test_a_passage_over_most_of_the_document_is_no_evidence(tree: Path) -> None:
    source = tree / "data/sources/canal-news.ttl"
    text = source.read_text(encoding="utf-8")
    fact = Fact("F1", "canal-news", 0, 10)
    for passage, missing in (("<#char=0,75>", False), ("<#char=0,76>", True)):  # 0.6 of 125 characters is 75
        source.write_text(text.replace("<#char=18,34>", passage), encoding="utf-8")
        (row,) = measure_coverage(load_dataset(find_content(tree)), [fact])
        assert row.missing == missing


def test_the_tightest_passage_is_named(tree: Path) -> None:
    source = tree / "data/sources/canal-news.ttl"
    text = source.read_text(encoding="utf-8")
    source.write_text(text.replace("<#char=40,50>", "<#char=10,50>"), encoding="utf-8")
    (row,) = measure_coverage(load_dataset(find_content(tree)), [Fact("F1", "canal-news", 20, 30)])
    assert row.passage is not None
    assert (row.passage.start, row.passage.end) == (18, 34)


def test_a_document_is_found_by_the_digest_of_its_file(tree: Path, archive: Path) -> None:
    dataset = load_dataset(find_content(tree))
    (row,) = measure_coverage(dataset, [Fact("F1", "0001.txt", 18, 34)], archive)
    assert row.slug == "canal-news"
    with pytest.raises(InputError, match=r"^picture\.png is neither"):
        measure_coverage(dataset, [Fact("F1", "picture.png", 18, 34)], archive)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("facts.jsonl", '{"id": "F1", "document": "d", "span_start": 1, "span_end": 2, "more": "x"}\n\n'),
        ("facts.csv", "id,source,start,end\nF1,d,1,2\n"),
    ],
)
def test_an_inventory_is_json_lines_or_csv(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert read_inventory(tmp_path / name) == [Fact("F1", "d", 1, 2)]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("facts.jsonl", '{"id": "F1"\n', r"facts\.jsonl:1:12: not JSON"),
        ("facts.jsonl", "[]\n", r"facts\.jsonl:1: not a JSON object"),
        ("facts.jsonl", '{"id": "F1", "document": "d", "span_start": 1}\n', r"facts\.jsonl:1: no field 'end'"),
        ("facts.csv", "id,source,start,end\nF1,d,1,x\n", r"facts\.csv:2: the span is not two whole numbers"),
        ("facts.csv", "id,source,start,end\nF1,d,2,2\n", r"facts\.csv:2: the span 2 to 2 is empty"),
        ("facts.csv", "id,source,start,end\n", r"facts\.csv: the inventory holds no fact"),
        ("facts.jsonl", "\n", r"facts\.jsonl: the inventory holds no fact"),
    ],
)
def test_what_is_no_inventory_is_refused(tmp_path: Path, name: str, text: str, message: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=message):
        read_inventory(tmp_path / name)


def test_a_fact_may_be_left_out_for_a_reason(tree: Path, tmp_path: Path) -> None:
    reasons = tmp_path / "reasons.csv"
    reasons.write_text("id,reason\nF1,an advertisement\n")
    (row,) = measure_coverage(
        load_dataset(find_content(tree)), [Fact("F1", "canal-news", 0, 10)], None, read_reasons(reasons)
    )
    assert (row.missing, row.reason) == (False, "an advertisement")
    reasons.write_text("id,reason\nF1,\n")
    with pytest.raises(InputError, match="no reason is given for F1"):
        read_reasons(reasons)
    reasons.write_bytes(b"id,reason\nF1,\xa1\n")
    with pytest.raises(InputError, match=r"reasons\.csv:2:1: the file is not UTF-8"):
        read_reasons(reasons)
