"""The answer to a client's query as the query page needs it: by the endpoint itself, in process, as any other request.

The page asks for formats of one solution or triple a line, so that the first rows of a long answer can be read without
the rest.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from starlette.requests import Request
from starlette.types import ASGIApp, Message

from kg.server.endpoint import ABORT

ACCEPT: Final = "text/tab-separated-values, application/n-triples;q=0.9, application/problem+json;q=0.8"
"""What the page asks for: a table, a graph, or what is wrong."""

LONGEST: Final = 4 * 1024 * 1024
"""Bytes of an answer that are read; more are not needed to show the first rows."""

_KEPT: Final = ("type", "asgi", "scheme", "client", "server")
"""What the scope of the page's request has that its query's has too."""

_WARNING: Final = re.compile(r'199 - "([^"]*)"')


@dataclass(frozen=True)
class Answer:
    """An answer of the endpoint: status, content type, body, warnings; `complete` unless it was longer than is read."""

    status: int
    content_type: str
    body: bytes
    warnings: tuple[str, ...] = ()
    complete: bool = True
    fields: Mapping[str, str] = field(default_factory=dict)


class RunQuery(Protocol):
    """Runs a client's query: takes it, an `Accept` header, and the request of the page that it came with."""

    def __call__(self, query: str, accept: str, request: Request, /) -> Awaitable[Answer]:
        """Return the answer; errors are answers too, as problem details (RFC 9457)."""


def run_by(endpoint: ASGIApp) -> RunQuery:
    """Return what runs queries by an endpoint, which is asked by POST in the name of the client of the page."""

    async def run(query: str, accept: str, request: Request) -> Answer:
        host = [pair for pair in request.scope["headers"] if pair[0] == b"host"][:1] or [(b"host", b"localhost")]
        scope = {
            **{key: request.scope[key] for key in _KEPT if key in request.scope},
            "http_version": "1.1",
            "method": "POST",
            "path": "/sparql",
            "raw_path": b"/sparql",
            "root_path": "",
            "query_string": b"",
            "headers": [
                *host,
                (b"accept", accept.encode()),
                (b"content-type", b"application/sparql-query"),
                (b"user-agent", b"the query page"),
            ],
            "extensions": {ABORT: lambda: None},
        }
        reader = _Reader(query.encode("utf-8", "replace"))
        await endpoint(scope, reader.receive, reader.send)
        return reader.answer()

    return run


class _Reader:
    """Reads the response of an ASGI application, and is gone when it has read enough."""

    def __init__(self, body: bytes) -> None:
        """Take the body of the request."""
        self._pending = [body]
        self._status = 500
        self._fields: dict[str, str] = {}
        self._body = bytearray()
        self._enough: Callable[[], None] = lambda: None
        self._complete = True

    async def receive(self) -> Message:
        """Give the body of the request, and say later that the client is gone, when it has enough."""
        if self._pending:
            return {"type": "http.request", "body": self._pending.pop(), "more_body": False}
        gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._enough = lambda: None if gone.done() else gone.set_result(None)
        await gone
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """Take a part of the response."""
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._fields = {name.decode("latin-1"): value.decode("latin-1") for name, value in message["headers"]}
        elif self._complete:
            self._body += message.get("body", b"")
            if len(self._body) > LONGEST:
                self._complete = False
                self._enough()

    def answer(self) -> Answer:
        """Return what was read; of a long answer whole lines only."""
        body = bytes(self._body)
        if not self._complete:
            body = body[: body.rfind(b"\n") + 1]
        content_type = self._fields.get("content-type", "").partition(";")[0]
        warnings: tuple[Any, ...] = tuple(_WARNING.findall(self._fields.get("warning", "")))
        return Answer(self._status, content_type, body, warnings, self._complete, self._fields)
