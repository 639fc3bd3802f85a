"""What is mended in the engine's results: declarations of prefixes, carriage returns, faults, whole and in pieces."""

import re
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, QuerySolutions, QueryTriples, RdfFormat, parse, serialize

from kg.results import (
    GRAPH_FORMATS,
    RESULT_FORMATS,
    PieceFilter,
    RowCount,
    SerialisationError,
    finished,
    serialise,
    write,
)
from kg.store import GraphStore, evaluate

FORMATS = {form.name: form for form in GRAPH_FORMATS}
PREFIXES = {
    "": "http://example.org/empty/",
    "other": "http://example.org/other/",
    "pier": "http://example.org/pier/",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "ท่า": "http://example.org/tha/",
}
QUERIES = [
    ("CONSTRUCT { ?s rdfs:label 'a' } { ?s ?p ?o }", {"pier", "rdfs"}, {"rdf", "rdfs"}),
    ("CONSTRUCT { <x:s> <x:p> '2018-01-31'^^xsd:date } {}", {"xsd"}, {"rdf"}),
    ("CONSTRUCT { <x:s> rdfs:label '@prefix b: <x:> .\\n@prefix c: <x:> .' } {}", {"rdfs"}, {"rdf", "rdfs"}),
    ("CONSTRUCT { empty:s tha:p tha:o , 'xmlns:a=\"b\"' } {}", {"", "ท่า"}, {"rdf", "ท่า"}),
    ("CONSTRUCT { ?s ?p ?o } { ?s ?p ?o FILTER(false) }", set(), {"rdf"}),
]
DECLARED = {"ttl": re.compile("^@prefix (.*?): ", re.MULTILINE), "rdfxml": re.compile(" xmlns:(.+?)=(?=[^<]*>\n)")}


def constructed(data: GraphStore, query: str) -> QueryTriples:
    """The result of a query, for which the prefixes are declared."""
    names = PREFIXES | {"empty": PREFIXES[""], "tha": PREFIXES["ท่า"]}
    prologue = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in names.items())
    result = evaluate(data, prologue + query)
    assert isinstance(result, QueryTriples)
    return result


@pytest.mark.parametrize("form", ["ttl", "rdfxml"])
@pytest.mark.parametrize(("query", "turtle", "xml"), QUERIES)
def test_prefixes(small_data: GraphStore, query: str, turtle: set[str], xml: set[str], form: str) -> None:
    """All that are used are declared, and of the others at most the empty one, which is not told from other colons."""
    body = serialise(constructed(small_data, query), FORMATS[form], PREFIXES)
    declared, used = set(DECLARED[form].findall(body.decode())), turtle if form == "ttl" else xml
    assert used <= declared <= used | {""}


@pytest.mark.parametrize("form", FORMATS)
def test_the_triples_stay_the_same(small_data: GraphStore, form: str) -> None:
    query = "CONSTRUCT { ?s rdfs:label ?o } { ?s rdfs:label ?o }"
    engine = FORMATS[form].engine
    assert isinstance(engine, RdfFormat)
    plain = serialize(constructed(small_data, query), format=engine) or b""
    body = serialise(constructed(small_data, query), FORMATS[form], PREFIXES)
    assert set(map(str, parse(body, format=engine))) == set(map(str, parse(plain, format=engine)))


ROW_FORMATS = {form.name: form for form in RESULT_FORMATS}
TEXTS = st.text(st.sampled_from("ab,\"\n\r\t<>&'}{]\\ท่\U0001f6f6") | st.just("\r"), max_size=12)


def selected(data: GraphStore, texts: list[str]) -> QuerySolutions:
    """A result with these texts, a row each."""
    literals = " ".join(str(Literal(text)) for text in texts)
    result = evaluate(data, f"SELECT ?x ?y {{ VALUES ?x {{ {literals} }} BIND(<http://a/> AS ?y) }}")
    assert isinstance(result, QuerySolutions)
    return result


@pytest.mark.parametrize("form", ROW_FORMATS)
@given(texts=st.lists(TEXTS, max_size=6), data=st.data())
def test_pieces_are_the_whole(small_data: GraphStore, form: str, texts: list[str], data: st.DataObject) -> None:
    """However a result is cut, it is mended as the whole is, and its rows are counted."""
    output = BytesIO()
    write(selected(small_data, texts), ROW_FORMATS[form], {}, output)
    body = output.getvalue()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(body)), max_size=12)))
    mended, rows, of_whole = PieceFilter(ROW_FORMATS[form]), RowCount(ROW_FORMATS[form]), RowCount(ROW_FORMATS[form])
    pieces = []
    for begin, end in zip([0, *cuts], [*cuts, len(body)], strict=True):
        if begin < end:
            pieces.append(mended.feed(body[begin:end]))
            rows.feed(body[begin:end])
    whole = finished(body, ROW_FORMATS[form])
    assert b"".join([*pieces, mended.finish()]) == whole
    of_whole.feed(whole)
    assert of_whole.total == len(texts)
    if not cuts or cuts[0] > 200:  # the first piece, which tells an ASK from a SELECT, is a long one
        assert rows.total == len(texts)


FAULTS = [
    b"a\x01b", b"\x00", b"\x0b", b"\xef\xbf\xbe", b"\xef\xbf\xbf", b"<oxprefix: xmlns:oxprefix=\"http://example.org/\"",
]  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
@given(before=st.integers(0, 9000), after=st.integers(0, 9000), cut=st.integers(20, 5000))
def test_a_fault_is_found_wherever_it_is_cut(fault: bytes, before: int, after: int, cut: int) -> None:
    body = b"x" * before + fault + b"y" * after
    mended = PieceFilter(FORMATS["rdfxml"])
    with pytest.raises(SerialisationError):  # noqa: PT012  # in which piece depends on the cut
        for begin in range(0, len(body), cut):
            mended.feed(body[begin : begin + cut])
        pytest.fail("not found")


@pytest.mark.parametrize("length", [0, 1, 4095, 4096, 4097, 300_000])
def test_text_that_xml_can_hold_passes(length: int) -> None:
    body = ("ท่า\r\n\t" * length).encode()[:length].decode("utf-8", "ignore").encode()
    mended = PieceFilter(FORMATS["rdfxml"])
    passed = b"".join([*(mended.feed(body[at : at + 1000]) for at in range(0, len(body), 1000)), mended.finish()])
    assert passed == body.replace(b"\r", b"&#13;")
