"""A request of the SPARQL 1.1 Protocol (section 2.1) as a query and its data set, or as a status and a sentence."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote_to_bytes

ALLOWED_METHODS: Final = ("GET", "HEAD", "POST", "OPTIONS")
FORM: Final = "application/x-www-form-urlencoded"
DIRECT: Final = "application/sparql-query"
UPDATE: Final = "application/sparql-update"
MAXIMUM_BODY: Final = 1_048_576
"""Bytes of a request body."""

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


@dataclass(frozen=True)
class _Parameters:
    """The parameters that the protocol knows, in the order of the request."""

    query: list[str] = field(default_factory=list)
    default_graphs: list[str] = field(default_factory=list)
    named_graphs: list[str] = field(default_factory=list)
    formats: list[str] = field(default_factory=list)
    updates: list[str] = field(default_factory=list)

    def list_of(self, name: str) -> list[str] | None:
        """Return where values of a parameter go, or None for a parameter that is not ours."""
        return {
            "query": self.query,
            "default-graph-uri": self.default_graphs,
            "named-graph-uri": self.named_graphs,
            "format": self.formats,
            "update": self.updates,
        }.get(name)


def _text(raw: bytes, what: str) -> str:
    """Decode UTF-8. Raises ProtocolError 400."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ProtocolError(400, f"{what} is not UTF-8: byte {error.start + 1} cannot be read.") from error


def _decoded(raw: bytes) -> str:
    """Decode a name or value of a form, once. Raises ProtocolError 400."""
    if match := _BAD_ESCAPE.search(raw):
        shown = raw[match.start() : match.start() + 3].decode("ascii", "replace")
        raise ProtocolError(400, f"The percent-encoding {shown} is not two hexadecimal digits after %.")
    return _text(unquote_to_bytes(raw.replace(b"+", b" ")), "A parameter")


def _read_parameters(raw: bytes, parameters: _Parameters) -> None:
    """Add the parameters of a query string or of a form body."""
    for pair in raw.split(b"&"):
        name, _, value = pair.partition(b"=")
        values = parameters.list_of(_decoded(name))
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


def _absolute(iris: list[str], parameter: str) -> tuple[str, ...]:
    """Return IRIs that were checked to be absolute. Raises ProtocolError 400."""
    for iri in iris:
        if not _IRI.fullmatch(iri):
            raise ProtocolError(400, f"The value of {parameter} is not an absolute IRI.")
    return tuple(iris)


def read_request(method: str, query_string: bytes, content_type: str | None, body: bytes) -> QueryRequest:
    """Read a GET, HEAD or POST request. `query_string` and `body` are as received, undecoded.

    Parameters of a form may stand in the body, in the address, or in both. Raises ProtocolError: 400 for a request that
    is not well formed, 403 for an update, 405 for another method, 415 for a body of another type.
    """
    if method not in ("GET", "HEAD", "POST"):
        raise ProtocolError(405, f"{method[:20]} is not allowed here.", {"Allow": ", ".join(ALLOWED_METHODS)})
    parameters = _Parameters()
    _read_parameters(query_string, parameters)
    if method == "POST":
        if _check_content_type(content_type) == FORM:
            _read_parameters(body, parameters)
        else:
            parameters.query.append(_text(body, "The query"))
    if parameters.updates:
        raise ProtocolError(403 if method == "POST" else 400, _READ_ONLY)
    if len(parameters.query) > 1:
        raise ProtocolError(400, f"The request has {len(parameters.query)} queries; send one.")
    if len(parameters.formats) > 1:
        raise ProtocolError(400, f"The request names {len(parameters.formats)} formats; name one.")
    if not parameters.query and (method == "POST" or parameters.default_graphs or parameters.named_graphs):
        raise ProtocolError(400, "The request has no query; send one in the parameter query.")
    return QueryRequest(
        parameters.query[0] if parameters.query else None,
        _absolute(parameters.default_graphs, "default-graph-uri"),
        _absolute(parameters.named_graphs, "named-graph-uri"),
        parameters.formats[0] if parameters.formats else None,
    )
