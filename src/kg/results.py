"""A result of a query as bytes, in the formats of the SPARQL 1.1 results recommendations and of RDF.

The engine serialises. What it gets wrong is mended or refused here: a raw carriage return in XML, characters that XML
cannot hold, and RDF/XML for a predicate that no XML name can stand for.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import IO, Final, Protocol, cast

from pyoxigraph import QueryResultsFormat, QueryTriples, RdfFormat, serialize

from kg.errors import QueryError
from kg.store import QueryResult


class SerialisationError(QueryError):
    """A result cannot be written in the format that was asked for; another format can hold it."""


@dataclass(frozen=True)
class Format:
    """A serialisation.

    `names` are what `?format=` and `--format` call it, the first one being its own; `content_type` is what is sent with
    it; `media_types` are what a client may call it, the first one being the registered one.
    """

    names: tuple[str, ...]
    content_type: str
    media_types: tuple[str, ...]
    engine: QueryResultsFormat | RdfFormat

    @property
    def name(self) -> str:
        """Return the name that the format goes by."""
        return self.names[0]


RESULT_FORMATS: Final = (
    Format(
        ("json",),
        "application/sparql-results+json",
        ("application/sparql-results+json", "application/json"),
        QueryResultsFormat.JSON,
    ),
    Format(
        ("xml",),
        "application/sparql-results+xml",
        ("application/sparql-results+xml", "application/xml", "text/xml"),
        QueryResultsFormat.XML,
    ),
    Format(("csv",), "text/csv; charset=utf-8; header=present", ("text/csv",), QueryResultsFormat.CSV),
    Format(
        ("tsv",), "text/tab-separated-values; charset=utf-8", ("text/tab-separated-values",), QueryResultsFormat.TSV
    ),
)
"""Formats of a SELECT or an ASK, the preferred one first."""

GRAPH_FORMATS: Final = (
    Format(
        ("ttl", "turtle", "n3"), "text/turtle; charset=utf-8", ("text/turtle", "application/x-turtle"), RdfFormat.TURTLE
    ),
    Format(
        ("nt", "ntriples"),
        "application/n-triples",
        ("application/n-triples", "text/plain"),
        RdfFormat.N_TRIPLES,
    ),
    Format(
        ("rdfxml", "xml", "rdf+xml", "rdf"),
        "application/rdf+xml",
        ("application/rdf+xml", "application/xml", "text/xml"),
        RdfFormat.RDF_XML,
    ),
    Format(
        ("jsonld", "json", "json-ld"),
        "application/ld+json",
        ("application/ld+json", "application/json"),
        RdfFormat.JSON_LD,
    ),
)
"""Formats of a CONSTRUCT, a DESCRIBE or the service description, the preferred one first."""

_NOT_IN_XML: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")
_NAMELESS_ELEMENT: Final = re.compile(rb"<oxprefix: xmlns:oxprefix=\"([^\"]*)\"")
"""What the engine writes for a predicate that ends in no XML name; a `<` of a literal is always escaped."""

_HEADS: Final[dict[QueryResultsFormat | RdfFormat, re.Pattern[bytes]]] = {
    RdfFormat.TURTLE: re.compile(rb"(?:@prefix [^\n]*\n)*"),
    RdfFormat.RDF_XML: re.compile(rb"<\?xml[^>]*>\s*<rdf:RDF[^>]*>"),
}
"""Where the engine declares prefixes: all that it is given, whether they are used or not."""

_DECLARATION: Final = re.compile(rb"@prefix ([^\s:]*):[^\n]*\n| xmlns:([^=]+)=\"[^\"]*\"")
_XML: Final = (QueryResultsFormat.XML, RdfFormat.RDF_XML)
_LONGEST_FAULT: Final = 4096
"""Bytes that are held back, so that no fault is cut in two."""

_SEPARATORS: Final[dict[QueryResultsFormat | RdfFormat, bytes]] = {
    QueryResultsFormat.JSON: b'"}},{"',
    QueryResultsFormat.XML: b"<result>",
    QueryResultsFormat.CSV: b"\n",
    QueryResultsFormat.TSV: b"\n",
}
"""What stands between two solutions, or in each, and nowhere in a literal, where it would be escaped."""

_IS_BOOLEAN: Final = re.compile(
    rb'\s*(?:\{"head":\{\},"boolean"|<\?xml[^>]*>\s*<sparql[^>]*><head></head><boolean>|(?:true|false)$)'
)
_NO_BINDING: Final = re.compile(rb'"bindings":\[\]')


def formats_of(result: QueryResult) -> tuple[Format, ...]:
    """Return the formats that a result can be had in, the preferred one first."""
    return GRAPH_FORMATS if isinstance(result, QueryTriples) else RESULT_FORMATS


def _check_xml(body: bytes) -> None:
    """Raise SerialisationError for what XML cannot hold."""
    if match := _NOT_IN_XML.search(body):
        character = match.group().decode()
        raise SerialisationError(f"The result holds the character U+{ord(character):04X}, which XML cannot hold.")
    if match := _NAMELESS_ELEMENT.search(body):
        predicate = match[1].decode()
        raise SerialisationError(f"The predicate <{predicate}> ends in no XML name, so RDF/XML cannot hold it.")


def _checked_xml(body: bytes) -> bytes:
    """Return XML with carriage returns written so that a parser keeps them (section 2.11 of XML 1.0)."""
    _check_xml(body)
    return body.replace(b"\r", b"&#13;")


def _without_unused_prefixes(body: bytes, form: QueryResultsFormat | RdfFormat) -> bytes:
    """Return Turtle or RDF/XML without the declarations of prefixes that nothing in it uses."""
    head = _HEADS[form].match(body)
    if head is None:
        return body
    rest = body[head.end() :]

    def kept(match: re.Match[bytes]) -> bytes:
        """Return a declaration if its prefix may be used: if it stands before a colon anywhere, be it in a literal."""
        return match[0] if match[match.lastindex or 0] + b":" in rest else b""

    return _DECLARATION.sub(kept, head[0]) + rest


class Output(Protocol):
    """What a result is written into."""

    def write(self, piece: bytes, /) -> int:
        """Take some bytes and return how many."""

    def flush(self) -> None:
        """Pass on what was taken."""


def write(result: QueryResult, form: Format, prefixes: Mapping[str, str], output: Output) -> None:
    """Write a result in one of its formats, as the engine does; `finished` or `PieceFilter` mends what it gets wrong.

    Turtle and RDF/XML declare all of `prefixes` (name to IRI). Raises QueryError when the evaluation fails, and what
    `output` raises.
    """
    file = cast("IO[bytes]", output)
    try:
        if isinstance(result, QueryTriples):
            assert isinstance(form.engine, RdfFormat)  # noqa: S101  # formats_of pairs them
            serialize(result, file, format=form.engine, prefixes=dict(prefixes))
        else:
            assert isinstance(form.engine, QueryResultsFormat)  # noqa: S101
            result.serialize(file, format=form.engine)
    except (OSError, RuntimeError, ValueError) as error:
        raise QueryError(f"The query failed: {error}") from error


def finished(body: bytes, form: Format) -> bytes:
    """Return a whole result that the engine wrote, mended, and without declarations of prefixes that nothing uses.

    Raises SerialisationError when the format cannot hold the result.
    """
    if form.engine in _HEADS:
        body = _without_unused_prefixes(body, form.engine)
    return _checked_xml(body) if form.engine in _XML else body


class PieceFilter:
    """Mends a long result piece by piece."""

    def __init__(self, form: Format) -> None:
        """Take the format of the result."""
        self._is_xml = form.engine in _XML
        self._held = b""

    def feed(self, piece: bytes) -> bytes:
        """Take a piece of the result and return what can be sent.

        Raises SerialisationError when the format cannot hold the result.
        """
        if not self._is_xml:
            return piece
        body = self._held + piece
        _check_xml(body)
        self._held = body[-_LONGEST_FAULT:]
        return body[:-_LONGEST_FAULT].replace(b"\r", b"&#13;")

    def finish(self) -> bytes:
        """Return what was held back."""
        return self._held.replace(b"\r", b"&#13;")


class RowCount:
    """Counts the solutions in a serialised result, piece by piece; `total` is None for what has no rows.

    In JSON, rows without any binding are not counted.
    """

    def __init__(self, form: Format) -> None:
        """Take the format of the result."""
        self._separator = _SEPARATORS.get(form.engine)
        self._quoted = form.engine == QueryResultsFormat.CSV
        self._tail = b""
        self._found = 0
        self._first: bytes | None = None

    def feed(self, piece: bytes) -> None:
        """Take a piece of the result."""
        if self._separator is None:
            return
        if self._first is None:
            self._first = piece
        if self._quoted:
            between = (self._tail + piece).split(b'"')
            self._found += sum(text.count(b"\n") for text in between[::2])
            self._tail = b'"' if len(between) % 2 == 0 else b""
            return
        piece = self._tail + piece
        self._found += piece.count(self._separator)
        self._tail = piece[len(piece) - len(self._separator) + 1 :]

    @property
    def total(self) -> int | None:
        """Return how many solutions there were."""
        if self._separator is None or self._first is None or _IS_BOOLEAN.match(self._first):
            return None
        if self._separator == _SEPARATORS[QueryResultsFormat.JSON]:
            return 0 if _NO_BINDING.search(self._first) else self._found + 1
        return self._found - (self._separator == b"\n")  # the first line names the variables


def serialise(result: QueryResult, form: Format, prefixes: Mapping[str, str]) -> bytes:
    """Return a result in one of its formats, in UTF-8.

    Turtle and RDF/XML abbreviate with those of `prefixes` (name to IRI) that they have a use for.

    Raises SerialisationError when the format cannot hold the result, and QueryError when the evaluation fails.
    """
    output = BytesIO()
    write(result, form, prefixes, output)
    return finished(output.getvalue(), form)
