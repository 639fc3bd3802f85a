"""What the endpoint says of queries, in Thai: every sentence and every remedy that there is."""

import json
import re
import tomllib
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any, Final

import pytest
from pyoxigraph import Store

from kg.namespaces import BASE
from kg.server.problem import problem
from kg.site.answering import Answer
from kg.site.query_troubles import hints, trouble
from kg.site.sentences import remedy_in_thai, sentence_in_thai
from kg.syntax import explained
from kg.syntax.grammar import FOREIGN

FAULTS: Final[list[dict[str, Any]]] = tomllib.loads(
    (Path(__file__).parents[1] / "serving" / "faults.toml").read_text("utf-8")
)["fault"]
PREFIXES: Final = {"ferry": "http://example.org/ferry#", "pier": "http://example.org/pier/"}
ROWS: Final = tomllib.loads((files("kg.site") / "sentences.toml").read_text("utf-8"))
PROSE: Final = re.compile(r"\b[a-z]{2,} [a-z]{2,}\b|, (?:or|and)\b")
"""English that is no code."""


def is_thai(text: str | None) -> bool:
    """Whether a text is in Thai but for code."""
    return text is not None and PROSE.search(text) is None and re.search("[\u0e01-\u0e5b]", text) is not None


@pytest.mark.parametrize("row", FAULTS, ids=[ascii(row["query"]) for row in FAULTS])
def test_what_is_said_of_a_fault_is_there_in_thai(row: dict[str, Any]) -> None:
    try:
        Store().query(row["query"], base_iri=BASE)
        pytest.fail("The query is taken.")
    except (SyntaxError, RuntimeError) as error:
        said = explained(row["query"], str(error), PREFIXES)
    assert is_thai(sentence_in_thai(said.sentence)), said.sentence
    assert not said.remedy or is_thai(remedy_in_thai(said.remedy)), said.remedy


@pytest.mark.parametrize("remedy", sorted(set(FOREIGN.values())))
def test_remedies_for_words_of_other_languages(remedy: str) -> None:
    assert is_thai(remedy_in_thai(remedy))


@pytest.mark.parametrize(
    "sentence",
    [
        "SERVICE is refused: this endpoint asks no other endpoint.",
        "The query has more than 65536 characters; ask in parts.",
        "The query has more than 64 patterns; ask in parts.",
        "Brackets are nested more than 64 deep.",
        "The query took longer than 7.5 seconds and was stopped. Narrow it, or add a LIMIT.",
        "All places for long queries are taken. Ask again in a moment.",
        "tsc:heldOnn is not in the data; did you mean tsc:heldOn?",
        "tsc:nothing is not in the data",
    ],
)
def test_what_the_endpoint_does_not_do(sentence: str) -> None:
    thai = sentence_in_thai(sentence)
    assert is_thai(thai)
    assert set(re.findall(r"[0-9.]+[0-9]", sentence)) <= set(re.findall(r"[0-9.]+[0-9]", str(thai)))


@pytest.mark.parametrize("kind", ["sentences", "remedies"])
def test_each_pair_has_the_same_names(kind: str) -> None:
    assert len({english for english, _ in ROWS[kind]}) == len(ROWS[kind])
    for english, thai in ROWS[kind]:
        names = [set(Template(text).get_identifiers()) if "$" in text else set() for text in (english, thai)]
        assert names[0] == names[1], english


def test_what_is_not_known_stays_english() -> None:
    assert sentence_in_thai("The moon is made of cheese.") is None
    assert remedy_in_thai("Eat it.") is None


def answer(detail: str, remedy: str = "") -> Answer:
    """The answer to a malformed query."""
    whole = f"Line 1, column 3: {detail} {remedy}".rstrip()
    told = problem(400, "Malformed query", whole, line=1, column=3, remedy=remedy)
    return Answer(400, "application/problem+json", json.dumps(told).encode())


@pytest.mark.parametrize(
    ("detail", "remedy", "language", "expected"),
    [
        ("The query ends too early.", "", "th", ("คำสั่งจบก่อนเวลา", "", "th")),
        ("The query ends too early.", "", "en", ("The query ends too early.", "", "en")),
        ("? is not closed.", "Write ) where it ends.", "th", ("ยังไม่ได้ปิด ?", "เขียน ) ตรงที่จบ", "th")),
        ("It is wrong.", "Leave it out.", "th", ("It is wrong.", "Leave it out.", "en")),
        ("The query ends too early.", "Pray.", "th", ("The query ends too early.", "Pray.", "en")),
    ],
)
def test_the_page_speaks_one_language(detail: str, remedy: str, language: str, expected: tuple[str, str, str]) -> None:
    told = trouble(answer(detail, remedy), "x", language)
    assert (told.sentence, told.remedy, told.language) == expected


def test_a_query_is_mended_in_either_language() -> None:
    said = answer("The prefix tsx: is not declared.", "Did you mean tsc:?")
    for language in ("th", "en"):
        assert trouble(said, "ASK { ?s tsx:x ?o }", language).mended == "ASK { ?s tsc:x ?o }"
    (hint,) = hints(["a:b is not in the data; did you mean a:z?"], "ASK { ?s a:b ?o }", {"a": "https://a/"}, "th")
    assert (hint.sentence, hint.mended) == ("ไม่มี a:b ในข้อมูล หมายถึง a:z หรือไม่", "ASK { ?s a:z ?o }")
