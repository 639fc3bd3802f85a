"""Each query of the tables finds what is meant, and what is found is in order and marked where it matches."""

import csv
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.content import Content
from kg.errors import InputError
from kg.namespaces import ID
from kg.search import SearchIndex, _distance, search_document, search_queries, shown_name, slug_of

HERE = Path(__file__).parent


def table(name: str) -> list[dict[str, str]]:
    """The rows of a table beside the tests: a query, what it is to find first, and why it is there."""
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


NOT_FIRST = {"Smart Mobility", "พล.ต.อ. อัศวิน ขวัญเมือง", "steering committee"}
"""Queries for which something else comes first: another thing of this name, a document that prints it, a prefix."""

NOT_FOUND = {"ปลัดกทม"}
"""Queries that find nothing: an abbreviation within a name that is nowhere abbreviated so."""

QUERIES = [*table("queries.csv"), *table("fresh-queries.csv")]


def test_there_are_enough_queries() -> None:
    assert len({row["query"] for row in QUERIES}) == len(QUERIES) >= 60


@pytest.mark.parametrize("row", QUERIES, ids=[row["query"] for row in QUERIES])
def test_query(row: dict[str, str], index: SearchIndex) -> None:
    iri = f"{ID}{row['first']}"
    assert index.resource(iri) is not None
    found = [hit.resource.iri for hit in index.search(row["query"]).hits]
    if row["query"] in NOT_FOUND:
        assert found == []
    elif row["query"] in NOT_FIRST:
        assert iri in found[1:3]
    else:
        assert found[0] == iri


@pytest.mark.parametrize("query", ["ภูเก็ต", "เลย", "อัจฉริยะ", "committee 2561", "Prawit", "ดิจิทัล", "50", "e"])
def test_order(query: str, index: SearchIndex) -> None:
    ways = ["exact", "prefix", "word", "part", "words"]
    hits = index.search(query).hits
    assert hits
    places = [ways.index(hit.how) for hit in hits]
    assert places == sorted(places)
    assert len({hit.resource.iri for hit in hits}) == len(hits)


def test_what_is_used_more_comes_first_among_equals(index: SearchIndex) -> None:
    hits = [hit for hit in index.search("อัจฉริยะ").hits if hit.how == "part" and hit.name.role == "label"]
    assert len(hits) > 10
    assert all(one.resource.uses >= other.resource.uses for one, other in pairwise(hits))


def test_a_part_that_cuts_a_character_comes_last(index: SearchIndex) -> None:
    names = [hit.name.text for hit in index.search("เลย").hits if hit.how == "part"]
    assert names
    cut = [all(name[place + 3 : place + 4] == "์" for place in [name.find("เลย")]) for name in names]
    assert cut == sorted(cut)


@pytest.mark.parametrize(
    ("query", "name", "marked"),
    [
        ("สมาร์ตซิตี้", "สามย่านสมาร์ทซิตี้", ["สมาร์ทซิตี้"]),
        ("เเม่เมาะ", "แม่เมาะเมืองน่าอยู่", ["แม่เมาะ"]),
        ("๑/๒๕๖๑", "1/2561", ["1/2561"]),
        ("chiangmai", "Chiang Mai", ["Chiang Mai"]),
        ("พล.อ.อ. ประจิน", "พล.อ.อ. ประจินฯ", ["พล.อ.อ. ประจิน"]),
        ("2561 committee", "Steering committee meeting 1/2561 (2018)", ["committee", "2561"]),
        ("ศูนย์สิริกิติ์", "ศูนย์การประชุมแห่งชาติสิริกิติ์", ["ศูนย์", "สิริกิติ์"]),
        ("อัจริยะ", "เทพราชเมืองอัจฉริยะ", ["อัจฉริยะ"]),
        ("วังจันทร์วัลเลย", "เมืองอัจฉริยะวังจันทร์วัลเลย์", ["วังจันทร์วัลเลย์"]),
        ("ขอนแกน", "ขอนแก่น", []),
    ],
)
def test_what_matches_is_marked(query: str, name: str, marked: list[str], index: SearchIndex) -> None:
    hit = next(hit for hit in index.search(query, language="en").hits if hit.name.text == name)
    assert [name[begin:end] for begin, end in index.ranges(hit)] == marked


def is_latin(character: str) -> bool:
    """Whether a character of a key is a Latin letter."""
    return "a" <= character <= "z"


@given(data=st.data())
def test_any_part_of_a_name_finds_it(data: st.DataObject, index: SearchIndex) -> None:
    resource = data.draw(st.sampled_from(index.resources))
    name = data.draw(st.sampled_from(sorted(resource.labels.values()) or ["-"]))
    words = index.folding.words(name)[:100]
    if words:
        begin = data.draw(st.integers(0, len(words) - 1))
        while begin and is_latin(words[begin]) and is_latin(words[begin - 1]):
            begin -= 1  # such a word is found from its beginning
        part = words[begin : data.draw(st.integers(begin + 1, len(words)))].strip()
        if part and index.folding.words(part) == part:  # a part of a misprint's context may fold on
            assert resource in [hit.resource for hit in index.search(part).hits]


@pytest.mark.parametrize(
    ("name", "query", "how"),
    [
        ("Korea is an example", "AIS", None),
        ("Korea is an example", "isan", None),
        ("Korea is an example", "is an", "word"),
        ("Korea is an example", "is an ex", "word"),
        ("Korea is an example", "orea", "near"),
        ("Korea is an example", "exam", "word"),
        ("Korea is an example", "koreais", "prefix"),
        ("Korea is an example", "example korea", "words"),
        ("Korea is an example", "ample korea", None),
        ("University of Chiang Mai", "chiangmai", "word"),
        ("University of Chiang Mai", "chiangm", "near"),
        ("University of Chiang Mai", "chiang m", "word"),
        ("สำนักงานdepa", "depa", "part"),
        ("5G towers", "g tow", "part"),
        ("วังจันทร์วัลเลย์", "จันทร์วัล", "part"),
    ],
)
def test_latin_letters_are_found_from_the_beginning_of_a_word(name: str, query: str, how: str | None) -> None:
    index = SearchIndex(tables(("https://e/a", name, "label")))
    assert [hit.how for hit in index.search(query).hits] == ([] if how is None else [how])


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("chairman", "participation-role/chair"),
        ("โคราช", "division/TH-30"),
        ("Korat", "division/TH-30"),
        ("แปดริ้ว", "division/TH-24"),
        ("Isan", "region/northeast"),
        ("เมืองนำร่อง", "designation-status/pilot"),
    ],
)
def test_everyday_words_find_what_they_are_said_of(query: str, first: str, index: SearchIndex) -> None:
    hit = index.search(query).hits[0]
    assert (hit.resource.iri, hit.name.role) == (f"{ID}{first}", "hidden")


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("smart cty budget", [True, False, False]),
        ("ภูเก็ต zzqq ภูเก็ต", [True, False]),
        ("ภูเก็ต", []),
        ("– … –", []),
        ("", []),
    ],
)
def test_words_are_looked_for_singly(text: str, numbers: list[bool], index: SearchIndex) -> None:
    assert [bool(results.hits) for results in index.singly(text)] == numbers


@given(text=st.text(max_size=60))
def test_anything_may_be_looked_for(text: str, index: SearchIndex) -> None:
    results = index.search(text)
    if not results.key:
        assert results.hits == ()
    for hit in results.hits[:20]:
        assert all(0 <= begin < end <= len(hit.name.text) for begin, end in index.ranges(hit))


@pytest.mark.parametrize(
    ("query", "suggestion"),
    [("Chiengmai", "Chiang Mai"), ("ขอนแกน", "ขอนแก่น"), ("Pravit", "Prawit Wongsuwan"), ("ขอนแก่น", None), ("qq", None)],
)
def test_did_you_mean(query: str, suggestion: str | None, index: SearchIndex) -> None:
    results = index.search(query)
    assert results.suggestion == suggestion
    assert all((hit.how == "near") == (suggestion is not None) for hit in results.hits)


def test_kinds(index: SearchIndex) -> None:
    assert {"province", "smart-city-area", "person", "organization", "concept", "class"} <= set(index.kinds)
    everything = index.search("ภูเก็ต")
    provinces = index.search("ภูเก็ต", "province")
    assert [hit.resource.iri for hit in provinces.hits] == [f"{ID}division/TH-83"]
    assert [hit.resource.iri for hit in index.search("ภูเก็ต", "division").hits] == [f"{ID}division/TH-83"]
    assert everything.of_kind("province").hits == provinces.hits
    groups = everything.by_kind()
    assert next(iter(groups)).slug == "province"
    assert sum(map(len, groups.values())) == len(everything.hits)


def test_a_hidden_label_finds_but_is_not_shown() -> None:
    index = SearchIndex(tables(("https://e/a", "River", "label"), ("https://e/a", "Rivver", "hidden")))
    hit = index.search("rivver").hits[0]
    assert (hit.how, hit.name.role, shown_name(hit, "en")) == ("exact", "hidden", "River")
    assert index.search("riwer").suggestion == index.search("rivwer").suggestion == "River"


@pytest.mark.parametrize(("iri", "slug"), [("https://e/o#SmartCityArea", "smart-city-area"), ("http://e/Cat", "cat")])
def test_slug(iri: str, slug: str) -> None:
    assert slug_of(iri) == slug


@pytest.mark.parametrize(
    ("one", "other", "most", "distance"),
    [
        ("", "", 2, 0),
        ("abc", "abc", 2, 0),
        ("abc", "acb", 2, 1),
        ("abc", "ab", 2, 1),
        ("abc", "abcd", 2, 1),
        ("abc", "axc", 2, 1),
        ("abcd", "badc", 2, 2),
        ("abc", "xyz", 2, 3),
        ("abc", "xyz", 1, 2),
        ("ca", "abc", 3, 3),  # each part is changed once: this is no unrestricted distance
    ],
)
def test_distance(one: str, other: str, most: int, distance: int) -> None:
    assert _distance(one, other, most) == _distance(other, one, most) == distance


def test_the_document(index: SearchIndex) -> None:
    results = index.search("ดิจิทัล")
    document = search_document(index, results, 2, 3)
    assert set(document) == {"query", "key", "total", "offset", "limit", "suggestion", "kinds", "hits"}
    assert [hit["iri"] for hit in document["hits"]] == [hit.resource.iri for hit in results.hits[2:5]]
    assert set(document["hits"][0]) == {"iri", "kind", "label", "match", "uses"}
    assert set(document["hits"][0]["match"]) == {"name", "language", "role", "how", "ranges"}
    assert sum(kind["count"] for kind in document["kinds"]) == document["total"] == len(results.hits)


def literal(value: str, language: str = "") -> Any:
    """A term as the index wants it."""
    return SimpleNamespace(value=value, language=language)


def tables(*names: tuple[str, str, str]) -> dict[str, list[dict[str, Any]]]:
    """The answers for a few names: resource, name, role."""
    iris = dict.fromkeys(resource for resource, _, _ in names)
    kind = literal("https://e/Thing")
    return {
        "names": [{"resource": literal(r), "name": literal(n, "en"), "role": literal(role)} for r, n, role in names],
        "kinds": [{"resource": literal(iri), "kind": kind, "is_wider": literal("false")} for iri in iris],
        "uses": [{"resource": literal("https://e/b"), "uses": literal("7")}],
        "misprints": [],
    }


def test_an_index_of_a_few_names() -> None:
    index = SearchIndex(
        tables(
            ("https://e/a", "River", "label"),
            ("https://e/b", "River", "label"),
            ("https://e/b", "river!", "hidden"),
            ("https://e/c", "…", "label"),
        )
    )
    assert [(hit.resource.iri, hit.name.text) for hit in index.search("RIVER").hits] == [
        ("https://e/b", "River"),
        ("https://e/a", "River"),
    ]
    assert index.search("…").hits == ()
    assert [hit.resource.iri for hit in index.suggestions("riv")] == ["https://e/b"]


def test_an_empty_index_finds_nothing() -> None:
    assert SearchIndex(tables()).search("river").hits == ()


@pytest.fixture
def no_queries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Content:
    """A tree without the queries of the search, and a program that came without them."""
    (tmp_path / "kg").mkdir()
    monkeypatch.setattr("kg.search.__file__", str(tmp_path / "kg" / "search.py"))
    return Content(tmp_path / "tree")


def test_a_missing_query_is_named(no_queries: Content) -> None:
    with pytest.raises(InputError, match=r"no query \*-names\.rq"):
        search_queries(no_queries)


def test_a_tree_without_the_queries_takes_those_of_the_program(tree: Path, content: Content) -> None:
    assert search_queries(Content(tree)) == search_queries(content)
