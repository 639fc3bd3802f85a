"""Reading a request of the protocol: any bytes are a query or a refusal, and texts come through unchanged."""

from collections.abc import Callable
from urllib.parse import quote, quote_plus, unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.guard import MAXIMUM_LENGTH
from kg.protocol import ALLOWED_METHODS, DIRECT, FORM, UPDATE, ProtocolError, QueryRequest, read_request

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60) | st.text(
    st.sampled_from("%+& =;#?/กำ้ท่า\U0001f6f6\x00\r\n\u200bé41%2B"), min_size=1, max_size=40
)
METHODS = st.sampled_from([*ALLOWED_METHODS, "DELETE", "PUT", "get", ""])
TYPES = st.sampled_from(
    [None, "", FORM, DIRECT, UPDATE, f"{FORM}; charset=utf-8", f"{DIRECT};charset=latin-1", "a/b", ";"]
)
PIECES = st.sampled_from(
    [b"query=", b"&", b"=", b"+", b"%", b"%2B", b"%FF", b"%0", b"update=", b"format=", b"default-graph-uri=", b"ASK {}",
     b"named-graph-uri=", b"http://a/", b"qu%65ry=", "ก".encode(), b"\xe0\xb8", b"\x00", b";", b"query"]
)  # fmt: skip
BYTES = st.binary(max_size=60) | st.lists(PIECES, max_size=12).map(b"".join)
STATUSES = {400, 403, 405, 413, 415}


@given(METHODS, BYTES, TYPES, BYTES)
def test_any_bytes_are_a_query_or_a_refusal(method: str, query_string: bytes, kind: str | None, body: bytes) -> None:
    try:
        wanted = read_request(method, query_string, kind, body)
    except ProtocolError as error:
        told: ProtocolError | None = error
    else:
        told = None
    if told is not None:
        assert told.status in STATUSES
        assert told.sentence.endswith(".")
        assert len(told.sentence) < 300
        assert ("Allow" in told.headers) == (told.status == 405)
        return
    assert isinstance(wanted, QueryRequest)
    assert method in ("GET", "HEAD", "POST", "QUERY")
    if wanted.query is None:
        assert method in ("GET", "HEAD")
    else:
        assert len(wanted.query) <= MAXIMUM_LENGTH
        wanted.query.encode("utf-8")
    for iri in (*wanted.default_graphs, *wanted.named_graphs):
        assert ":" in iri
        assert not set(iri) & set(' <>"{}|\\^`\x00\n')


ENCODERS: dict[str, Callable[[str], str]] = {
    "percent": lambda text: quote(text, safe=""),
    "plus": quote_plus,
    "all percent": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
    "small hexadecimals": lambda text: "".join(f"%{byte:02x}" for byte in text.encode()),
}


@pytest.mark.parametrize("encoder", ENCODERS)
@given(query=TEXTS, form=TEXTS)
def test_a_text_comes_through_the_address_and_the_form_unchanged(encoder: str, query: str, form: str) -> None:
    encode = ENCODERS[encoder]
    pairs = f"query={encode(query)}&format={encode(form)}&other={encode(form)}".encode()
    expected = QueryRequest(query, format=form)
    assert read_request("GET", pairs, None, b"") == expected
    assert read_request("POST", b"", FORM, pairs) == expected
    address, body = pairs.split(b"&", 1)
    assert read_request("POST", address, FORM, body) == expected
    assert read_request("QUERY", body, FORM, address) == expected


@given(TEXTS)
def test_a_direct_text_is_not_decoded(query: str) -> None:
    for kind in (DIRECT, f"{DIRECT}; charset=UTF-8", f'{DIRECT.upper()} ; CHARSET="utf-8"'):
        assert read_request("POST", b"", kind, query.encode()).query == query


@given(st.binary(min_size=1, max_size=30))
def test_bytes_that_are_not_utf_8_are_refused(raw: bytes) -> None:
    """The oracle is the decoder of Python, after one decoding of the percent signs."""
    encoded = "".join(f"%{byte:02X}" for byte in raw).encode()
    assert unquote_to_bytes(encoded) == raw
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        for method, kind, sent in (("GET", None, b""), ("POST", FORM, b"query=" + encoded), ("POST", DIRECT, raw)):
            with pytest.raises(ProtocolError) as caught:
                read_request(method, b"query=" + encoded if method == "GET" else b"", kind, sent)
            assert caught.value.status == 400
    else:
        assert read_request("GET", b"query=" + encoded, None, b"").query == text


@given(st.lists(st.sampled_from(["http://a/b", "urn:x:ก", "https://a/%2B?x=y#z", "a:"]), max_size=4))
def test_graphs_keep_their_order(graphs: list[str]) -> None:
    pairs = [f"default-graph-uri={quote(graph, safe='')}" for graph in graphs]
    pairs += [f"named-graph-uri={quote(graph, safe='')}" for graph in reversed(graphs)]
    wanted = read_request("GET", "&".join(["query=ASK", *pairs]).encode(), None, b"")
    assert wanted.default_graphs == tuple(dict.fromkeys(graphs))
    assert wanted.named_graphs == tuple(dict.fromkeys(reversed(graphs)))


RELATIVE = [
    "",
    "data",
    "/data",
    "//a/b",
    "?x",
    "#x",
    "1a:b",
    "ก:b",
    "http://a b",
    "http://a/<b>",
    'a:"',
    "a:{}",
    "a:\\",
]


@pytest.mark.parametrize("parameter", ["default-graph-uri", "named-graph-uri"])
@pytest.mark.parametrize("iri", RELATIVE)
def test_what_is_no_absolute_iri_is_refused(parameter: str, iri: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        read_request("GET", f"query=ASK&{parameter}={quote(iri, safe='')}".encode(), None, b"")
    assert caught.value.status == 400
    assert parameter in caught.value.sentence
