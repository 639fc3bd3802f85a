"""A result of a query as bytes, in the formats of the SPARQL 1.1 results recommendations and of RDF.

The engine serialises. What it gets wrong is mended or refused here: a raw carriage return in XML, characters that XML
cannot hold, and RDF/XML for a predicate that no XML name can stand for.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

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
    Format(("ttl", "turtle"), "text/turtle; charset=utf-8", ("text/turtle", "application/x-turtle"), RdfFormat.TURTLE),
    Format(
        ("nt", "ntriples"),
        "application/n-triples",
        ("application/n-triples", "text/plain"),
        RdfFormat.N_TRIPLES,
    ),
    Format(
        ("rdfxml", "xml"),
        "application/rdf+xml",
        ("application/rdf+xml", "application/xml", "text/xml"),
        RdfFormat.RDF_XML,
    ),
    Format(("jsonld", "json"), "application/ld+json", ("application/ld+json", "application/json"), RdfFormat.JSON_LD),
)
"""Formats of a CONSTRUCT, a DESCRIBE or the service description, the preferred one first."""

_NOT_IN_XML: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")
_NAMELESS_ELEMENT: Final = re.compile(rb"<oxprefix: xmlns:oxprefix=\"([^\"]*)\"")
"""What the engine writes for a predicate that ends in no XML name; a `<` of a literal is always escaped."""

_HEADS: Final = {
    RdfFormat.TURTLE: re.compile(rb"(?:@prefix [^\n]*\n)*"),
    RdfFormat.RDF_XML: re.compile(rb"<\?xml[^>]*>\s*<rdf:RDF[^>]*>"),
}
"""Where the engine declares prefixes: all that it is given, whether they are used or not."""

_DECLARATION: Final = re.compile(rb"@prefix ([^\s:]*):[^\n]*\n| xmlns:([^=]+)=\"[^\"]*\"")
_PREFIX: Final = re.compile(rb"(?<![^\s<\"/^,;()\[\]])([^\s:<>\"/^,;()\[\]]*+):")
"""What may be a prefix in the text behind the head, and perhaps some words of literals, which do no harm."""


def formats_of(result: QueryResult) -> tuple[Format, ...]:
    """Return the formats that a result can be had in, the preferred one first."""
    return GRAPH_FORMATS if isinstance(result, QueryTriples) else RESULT_FORMATS


def _checked_xml(body: bytes) -> bytes:
    """Return XML with carriage returns written so that a parser keeps them (section 2.11 of XML 1.0)."""
    if match := _NOT_IN_XML.search(body):
        character = match.group().decode()
        raise SerialisationError(f"The result holds the character U+{ord(character):04X}, which XML cannot hold.")
    if match := _NAMELESS_ELEMENT.search(body):
        predicate = match[1].decode()
        raise SerialisationError(f"The predicate <{predicate}> ends in no XML name, so RDF/XML cannot hold it.")
    return body.replace(b"\r", b"&#13;")


def _without_unused_prefixes(body: bytes, form: RdfFormat) -> bytes:
    """Return Turtle or RDF/XML without the declarations of prefixes that nothing in it uses."""
    head = _HEADS[form].match(body) if form in _HEADS else None
    if head is None:
        return body
    rest = body[head.end() :]
    used = set(_PREFIX.findall(rest))
    return _DECLARATION.sub(lambda match: match[0] if match[match.lastindex or 0] in used else b"", head[0]) + rest


def serialise(result: QueryResult, form: Format, prefixes: Mapping[str, str]) -> bytes:
    """Return a result in one of its formats, in UTF-8.

    Turtle and RDF/XML abbreviate with those of `prefixes` (name to IRI) that they have a use for.

    Raises SerialisationError when the format cannot hold the result, and QueryError when the evaluation fails.
    """
    try:
        if isinstance(result, QueryTriples):
            assert isinstance(form.engine, RdfFormat)  # noqa: S101  # formats_of pairs them
            body = serialize(result, format=form.engine, prefixes=dict(prefixes)) or b""
            body = _without_unused_prefixes(body, form.engine)
        else:
            assert isinstance(form.engine, QueryResultsFormat)  # noqa: S101
            body = result.serialize(format=form.engine) or b""
    except (OSError, RuntimeError, ValueError) as error:
        raise QueryError(f"The query failed: {error}") from error
    if form.engine in (QueryResultsFormat.XML, RdfFormat.RDF_XML):
        return _checked_xml(body)
    return body
