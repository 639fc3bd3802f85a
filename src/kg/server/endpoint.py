"""`/sparql`: the SPARQL 1.1 Protocol as an ASGI application, without the machinery of a framework."""

import logging
import re
from collections.abc import Mapping
from typing import Final

from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from kg.errors import QueryError
from kg.media import negotiated
from kg.protocol import ALLOWED_METHODS, MAXIMUM_BODY, ProtocolError, QueryRequest, read_request
from kg.results import GRAPH_FORMATS, Format, SerialisationError
from kg.server.engine import Answer, BusyError, Engine, NotAcceptableError, Question, chosen
from kg.server.service import serialised_description
from kg.store import GraphStore
from kg.syntax import MalformedQueryError

RETRY_AFTER: Final = 2
"""Seconds that a client is asked to wait when all workers are busy."""

_HEADERS: Final = {
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "Allow, Retry-After",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "cross-origin",
    "referrer-policy": "no-referrer",
    "vary": "Accept",
    "x-content-type-options": "nosniff",
}
_PREFLIGHT: Final = {
    "access-control-allow-headers": "Accept, Content-Type",
    "access-control-allow-methods": ", ".join(ALLOWED_METHODS),
    "access-control-max-age": "86400",
    "allow": ", ".join(ALLOWED_METHODS),
}
_HTML: Final = Format(("html",), "text/html", ("text/html", "application/xhtml+xml"), GRAPH_FORMATS[0].engine)
"""A browser at the bare address is sent to the page with the form; nothing is serialised in this format."""

_HOST: Final = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
_LOG: Final = logging.getLogger("kg.server")


def own_address(scope: Scope) -> str:
    """Return the address that the client used, scheme to path, without the slash at its end."""
    host = Headers(scope=scope).get("host", "")
    if not _HOST.fullmatch(host):
        host = "localhost"
    return f"{scope['scheme']}://{host}{scope['path'].rstrip('/')}"


async def _body(receive: Receive, headers: Headers) -> bytes:
    """Read a request body. Raises ProtocolError 413 for one that is too long."""
    too_long = ProtocolError(413, f"The body is longer than {MAXIMUM_BODY} bytes.", {"connection": "close"})
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length) > MAXIMUM_BODY:
        raise too_long
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > MAXIMUM_BODY:
            raise too_long
        if not message.get("more_body", False):
            return bytes(body)


class SparqlEndpoint:
    """The ASGI application: one for the life of the server. Errors are a sentence in text/plain."""

    def __init__(self, data: GraphStore, engine: Engine) -> None:
        """Take the data, which the description of the service is computed from, and what evaluates the queries."""
        self._data = data
        self._engine = engine

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["method"] == "OPTIONS":
            await _send(scope, send, 204, _PREFLIGHT, b"")
            return
        try:
            status, headers, body = await self._answer(scope, receive)
        except ProtocolError as error:
            status, headers, body = error.status, error.headers, error.sentence.encode()
        except MalformedQueryError as error:
            status, headers, body = 400, {}, str(error).encode()
        except (NotAcceptableError, SerialisationError) as error:
            status, headers, body = 406, {}, str(error).encode()
        except BusyError:
            status, headers = 503, {"retry-after": str(RETRY_AFTER)}
            body = b"All workers are busy; ask again in a moment."
        except QueryError as error:
            status, headers, body = 500, {}, str(error).encode()
        except Exception:
            _LOG.exception("A defect of the server")
            status, headers, body = 500, {}, b"The server has a defect; the query may be right."
        if status >= 400:
            headers = {"content-type": "text/plain; charset=utf-8", **headers}
            body += b"\n"
        await _send(scope, send, status, headers, body)

    async def _answer(self, scope: Scope, receive: Receive) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body of a request that is not OPTIONS; raise what is wrong with it."""
        headers = Headers(scope=scope)
        body = await _body(receive, headers) if scope["method"] == "POST" else b""
        request = read_request(scope["method"], scope["query_string"], headers.get("content-type"), body)
        accept = ", ".join(headers.getlist("accept")) if "accept" in headers else None
        if request.query is None:
            return self._description(scope, request, accept)
        question = Question(request.query, request.default_graphs, request.named_graphs, request.format, accept)
        answer: Answer = await self._engine.answer(question)
        return 200, {"content-type": answer.content_type}, answer.body

    def _description(
        self, scope: Scope, request: QueryRequest, accept: str | None
    ) -> tuple[int, dict[str, str], bytes]:
        """Return what the service is, in RDF, or send a browser to the page with the form."""
        if request.format is None and negotiated(accept, (*GRAPH_FORMATS, _HTML)) is _HTML:
            root = scope.get("root_path", "")
            return 303, {"location": f"{root}/#ask"}, b""
        form = chosen(request.format, accept, GRAPH_FORMATS)
        return 200, {"content-type": form.content_type}, serialised_description(self._data, own_address(scope), form)


async def _send(scope: Scope, send: Send, status: int, headers: Mapping[str, str], body: bytes) -> None:
    """Send a whole response; HEAD gets the headers of GET and no body."""
    fields = {**_HEADERS, **headers}
    if status != 204:
        fields["content-length"] = str(len(body))
    raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in fields.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
