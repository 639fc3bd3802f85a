"""From a question to the bytes of its answer, in one process: what is sent whole, what in pieces, and what is said."""

import gzip
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from backports.zstd import ZstdDecompressor
from hypothesis import given
from hypothesis import strategies as st
from tests.serving.exchange import rows

from kg.media import qualities_of_codings
from kg.results import SerialisationError
from kg.server.compression import ENCODINGS, IDENTITY, WORTHWHILE, chosen_encoding, compressor
from kg.server.engine import HELD, PIECE, Answering, NotAcceptableError, Question, volatile
from kg.store import GraphStore
from kg.syntax import MalformedQueryError


class Collected(Answering):
    """Keeps what is sent, and checks the order."""

    def __init__(self) -> None:
        self.fields: dict[str, Any] = {}
        self.pieces: list[bytes] = []
        self.state = "new"

    def begin(self, fields: Mapping[str, Any]) -> None:
        assert self.state == "new"
        self.state = "begun"
        self.fields = dict(fields)

    def more(self, body: bytes) -> None:
        assert self.state == "begun"
        assert body
        self.pieces.append(body)

    def end(self, fields: Mapping[str, Any]) -> None:
        assert self.state == "begun"
        self.state = "streamed"
        self.fields |= fields

    def whole(self, fields: Mapping[str, Any], body: bytes) -> None:
        assert self.state == "new"
        self.state = "whole"
        self.fields = dict(fields)
        self.pieces.append(body)

    @property
    def body(self) -> bytes:
        """All that was sent."""
        return b"".join(self.pieces)


def answered(data: GraphStore, query: str, **more: Any) -> Collected:
    """Return the answer to a question."""
    collected = Collected()
    collected.answer(data, Question(query, **more))
    return collected


ERRORS = [
    ("SELECT * { ?s ?p ?o }", "ttl", NotAcceptableError),
    ("CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }", "csv", NotAcceptableError),
    ("CONSTRUCT { ?s <http://example.org/> ?o } { ?s ?p ?o }", "rdfxml", SerialisationError),
    ("SELECT ?n { ?s <http://example.org/ferry#mark> ?n }", "xml", SerialisationError),
    ("SELCT", "csv", MalformedQueryError),
    ("SELECT * { SERVICE <http://a/> {} }", "csv", MalformedQueryError),
]


@pytest.mark.parametrize(("query", "form", "kind"), ERRORS)
def test_nothing_is_sent_before_an_error(small_data: GraphStore, query: str, form: str, kind: type[Exception]) -> None:
    collected = Collected()
    with pytest.raises(kind):
        collected.answer(small_data, Question(query, format=form))
    assert (collected.state, collected.pieces) == ("new", [])


ROWS = [
    ("SELECT * {}", 1),
    ("SELECT * { FILTER(false) }", 0),
    ("SELECT ?s { ?s a <http://example.org/ferry#Pier> }", 2),
    ("ASK {}", None),
    ("SELECT ?n { ?s <http://example.org/ferry#notice> ?n }", 1),
    ('SELECT ?x { VALUES ?x { "a\\nb" "\\"" "" "}},{" "<result>" "\\r\\n" } }', 6),
    (rows(1000), 1000),
    (rows(100_000), 100_000),
]


@pytest.mark.parametrize("form", ["json", "xml", "csv", "tsv"])
@pytest.mark.parametrize(("query", "number"), ROWS)
def test_rows_are_counted(small_data: GraphStore, query: str, number: int | None, form: str) -> None:
    assert answered(small_data, query, format=form).fields.get("rows") == number


@pytest.mark.parametrize("encoding", [IDENTITY, *ENCODINGS])
@pytest.mark.parametrize("form", ["json", "xml", "csv", "tsv"])
def test_a_long_answer_goes_in_pieces(small_data: GraphStore, form: str, encoding: str) -> None:
    plain = answered(small_data, rows(100_000), format=form)
    coded = answered(small_data, rows(100_000), format=form, encoding=encoding)
    assert plain.state == coded.state == "streamed"
    assert len(plain.body) > HELD
    assert max(map(len, plain.pieces[1:])) <= PIECE + 8192
    decoded: dict[str, Callable[[bytes], bytes]] = {
        IDENTITY: bytes,
        "gzip": gzip.decompress,
        "zstd": lambda body: ZstdDecompressor().decompress(body),
    }
    assert decoded[encoding](coded.body) == plain.body
    assert coded.fields.get("encoding", IDENTITY) == encoding


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_short_answer_is_not_coded(small_data: GraphStore, encoding: str) -> None:
    short = answered(small_data, "ASK {}", encoding=encoding)
    assert (short.state, short.body) == ("whole", b'{"head":{},"boolean":true}')
    assert short.fields.get("encoding", IDENTITY) == IDENTITY
    longer = answered(small_data, rows(1000), encoding=encoding)
    assert (longer.state, longer.fields["encoding"]) == ("whole", encoding)
    assert len(answered(small_data, rows(1000)).body) > WORTHWHILE


@given(
    st.sampled_from(["RAND", "now", "Uuid", "STRUUID", "bnode"]),
    st.sampled_from(["{}()", "'{}()'", "# {}()\n", "?{}", "x:{}"]),
)
def test_volatile(name: str, place: str) -> None:
    assert volatile(f"SELECT ({place.format(name)} AS ?x) {{}}") == (place == "{}()")


CODINGS = [
    ("", "identity"),
    ("gzip", "gzip"),
    ("zstd", "zstd"),
    ("gzip, zstd", "zstd"),
    ("gzip, deflate, br", "gzip"),
    ("br", "identity"),
    ("GZIP", "gzip"),
    ("*", "zstd"),
    ("*;q=0.5", "zstd"),
    ("zstd;q=0, *", "gzip"),
    ("gzip;q=0.5, zstd;q=0.1", "gzip"),
    ("gzip;q=0", "identity"),
    ("gzip;q=0, zstd;q=0", "identity"),
    ("identity", "identity"),
    ("identity;q=0", "identity"),
    ("gzip;q=0.2, identity;q=0.8", "identity"),
    ("gzip;q=0.8, identity;q=0.2", "gzip"),
    ("gzip; q=0.000", "identity"),
    ("gzip ; Q=1.0", "gzip"),
    ("x-gzip", "identity"),
    ("nonsense;;;,,,", "identity"),
]


@pytest.mark.parametrize(("accept", "coding"), CODINGS)
def test_coding(accept: str, coding: str) -> None:
    assert chosen_encoding(qualities_of_codings(accept)) == coding


NAMES = st.sampled_from(["gzip", "zstd", "identity", "br", "*"])
THOUSANDTHS = st.integers(0, 1000)


@given(st.dictionaries(NAMES, THOUSANDTHS), st.randoms())
def test_coding_against_the_standard(wanted: dict[str, int], random: Any) -> None:
    """Section 12.5.3 of RFC 9110: none is given that is excluded, nor one that is wanted less than another on offer."""
    parts = [f"{name};q={quality / 1000:.3f}" for name, quality in wanted.items()]
    random.shuffle(parts)
    chosen = chosen_encoding(qualities_of_codings(", ".join(parts)))
    quality = {name: wanted.get(name, wanted.get("*", 0)) for name in ENCODINGS}
    assert chosen in (*ENCODINGS, IDENTITY)
    if chosen == IDENTITY:
        assert max(quality.values()) == 0 or max(quality.values()) < wanted.get(IDENTITY, 0)
    else:
        assert quality[chosen] == max(quality.values()) > 0
        assert quality[chosen] >= wanted.get(IDENTITY, 0)


@given(st.text(max_size=60) | st.text(st.sampled_from("gzipstd*;q=0.1, "), max_size=60))
def test_any_header_gives_a_coding(accept: str) -> None:
    assert chosen_encoding(qualities_of_codings(accept)) in (*ENCODINGS, IDENTITY)


def test_no_other_coding() -> None:
    with pytest.raises(ValueError, match="br"):
        compressor("br")
