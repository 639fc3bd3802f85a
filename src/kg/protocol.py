"""A request of the SPARQL 1.1 Protocol (section 2.1) as a query and its data set, or as a status and a sentence.

The method QUERY is that of the draft "The HTTP QUERY Method": safe as GET, with the query in the body as with POST.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote_to_bytes

from kg.guard import MAXIMUM_LENGTH

ALLOWED_METHODS: Final = ("GET", "HEAD", "POST", "QUERY", "OPTIONS")
WITH_BODY: Final = ("POST", "QUERY")
"""Methods whose query may stand in the body."""

FORM: Final = "application/x-www-form-urlencoded"
DIRECT: Final = "application/sparql-query"
UPDATE: Final = "application/sparql-update"
MAXIMUM_BODY: Final = 1_048_576
"""Bytes of a request body."""

MAXIMUM_HEAD: Final = 262_144
"""Bytes of a request line with its headers."""

_READ_ONLY: Final = "The data set is read-only: updates are not taken."
_IRI: Final = re.compile('[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>"{}|\\\\^`\x7f]*')
_BAD_ESCAPE: Final = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_CHARSET: Final = re.compile(r";\s*charset\s*=\s*\"?([^\";\s]+)", re.IGNORECASE)


class ProtocolError(Exception):
    """A request that is answered with an error: an HTTP status, a sentence, and headers that belong to the status."""

    def __init__(self, status: int, sentence: str, headers: Mapping[str, str] | None = None) -> None:
        """Remember status, sentence and headers."""
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence
        self.headers = dict(headers or {})


@dataclass(frozen=True)
class QueryRequest:
    """What a request asks; without a `query`, what the service is. Graphs are absolute IRIs, `format` is as given."""

    query: str | None
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    format: str | None = None


_Parameters = dict[str, list[str]]
"""The values of the parameters that the protocol knows, in the order of the request."""

_KNOWN: Final = ("query", "default-graph-uri", "named-graph-uri", "format", "update")


def _text(raw: bytes, what: str) -> str:
    """Decode UTF-8. Raises ProtocolError 400."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ProtocolError(400, f"{what} is not UTF-8: byte {error.start + 1} cannot be read.") from error


def _decoded(raw: bytes) -> str:
    """Decode a name or value of a form, once. Raises ProtocolError 400."""
    if b"%" not in raw:
        return _text(raw.replace(b"+", b" "), "A parameter")
    if match := _BAD_ESCAPE.search(raw):
        shown = raw[match.start() : match.start() + 3].decode("ascii", "replace")
        raise ProtocolError(400, f"The percent-encoding {shown} is not two hexadecimal digits after %.")
    return _text(unquote_to_bytes(raw.replace(b"+", b" ")), "A parameter")


def _read_parameters(raw: bytes, parameters: _Parameters) -> None:
    """Add the parameters of a query string or of a form body."""
    for pair in raw.split(b"&"):
        name, _, value = pair.partition(b"=")
        values = parameters.get(_decoded(name))
        if values is not None:
            values.append(_decoded(value))


def _check_content_type(content_type: str | None) -> str:
    """Return the media type of a body. Raises ProtocolError 403 for an update, 415 for a type or charset not taken."""
    media_type = (content_type or "").partition(";")[0].strip().lower()
    taken = {"Accept-Post": f"{DIRECT}, {FORM}"}
    if media_type == UPDATE:
        raise ProtocolError(403, _READ_ONLY)
    if media_type not in (FORM, DIRECT):
        found = f"is {media_type}" if media_type else "has no Content-Type"
        raise ProtocolError(415, f"The body {found}; POST a query as {DIRECT} or as {FORM}.", taken)
    charset = _CHARSET.search(content_type or "")
    if charset and charset[1].lower() not in ("utf-8", "utf8", "us-ascii"):
        raise ProtocolError(415, f"The body is in {charset[1]}; only UTF-8 is taken.", taken)
    return media_type


def _not_too_long(query: str) -> str:
    """Return a query. Raises ProtocolError 413."""
    if len(query) > MAXIMUM_LENGTH:
        raise ProtocolError(413, f"The query has more than {MAXIMUM_LENGTH} characters; ask in parts.")
    return query


def _absolute(iris: list[str], parameter: str) -> tuple[str, ...]:
    """Return IRIs that were checked to be absolute, each once. Raises ProtocolError 400."""
    for iri in iris:
        if not _IRI.fullmatch(iri):
            raise ProtocolError(400, f"The value of {parameter} is not an absolute IRI.")
    return tuple(dict.fromkeys(iris))


def read_request(method: str, query_string: bytes, content_type: str | None, body: bytes) -> QueryRequest:
    """Read a GET, HEAD, POST or QUERY request. `query_string` and `body` are as received, undecoded.

    Parameters of a form may stand in the body, in the address, or in both. Raises ProtocolError: 400 for a request that
    is not well formed, 403 for an update, 405 for another method, 413 for a query that is too long, 415 for a body of
    another type.
    """
    if method not in ("GET", "HEAD", *WITH_BODY):
        raise ProtocolError(405, f"{method[:20]} is not allowed here.", {"Allow": ", ".join(ALLOWED_METHODS)})
    if method == "GET" and query_string.startswith(b"query=") and b"&" not in query_string:  # as most are
        return QueryRequest(_not_too_long(_decoded(query_string[6:])))
    parameters: _Parameters = {name: [] for name in _KNOWN}
    queries, formats = parameters["query"], parameters["format"]
    _read_parameters(query_string, parameters)
    if method in WITH_BODY:
        if _check_content_type(content_type) == FORM:
            _read_parameters(body, parameters)
        else:
            queries.append(_text(body, "The query"))
    if parameters["update"]:
        raise ProtocolError(403 if method in WITH_BODY else 400, _READ_ONLY)
    if len(queries) > 1:
        raise ProtocolError(400, f"The request has {len(queries)} queries; send one.")
    if not queries and (method in WITH_BODY or parameters["default-graph-uri"] or parameters["named-graph-uri"]):
        raise ProtocolError(400, "The request has no query; send one in the parameter query.")
    return QueryRequest(
        _not_too_long(queries[0]) if queries else None,
        _absolute(parameters["default-graph-uri"], "default-graph-uri"),
        _absolute(parameters["named-graph-uri"], "named-graph-uri"),
        formats[0] if formats else None,  # SPARQLWrapper sends a name and then media types
    )
