"""`/sparql`: from a request of the SPARQL 1.1 Protocol to a response, by the cache or by a worker.

`SparqlEndpoint.ask` holds the whole of it and waits for nothing; it is called with a function that takes the response.
`kg.server.http_protocol` calls it for plain GET requests, and the ASGI application here for all others.
"""

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from ipaddress import ip_network
from time import perf_counter
from typing import Any, Final

from starlette.types import Receive, Scope, Send

from kg.media import qualities_of_codings
from kg.protocol import (
    ALLOWED_METHODS,
    DIRECT,
    FORM,
    MAXIMUM_BODY,
    WITH_BODY,
    ProtocolError,
    QueryRequest,
    read_request,
)
from kg.server.cache import AnswerCache, Entry
from kg.server.compression import IDENTITY, chosen_encoding
from kg.server.engine import Question
from kg.server.jobs import BusyError, CutError, Job, Reply, Stream
from kg.server.journal import Journal
from kg.server.pool import WorkerPool
from kg.server.problem import problem, query_problem, serialised
from kg.server.response import MAXIMUM_AGE, Response, entity_tag, matches, raw
from kg.store import Summary
from kg.syntax import MalformedQueryError

RETRY_AFTER: Final = 2
"""Seconds that a client is asked to wait when it cannot be served now."""

_LOG: Final = logging.getLogger("kg.server")
ABORT: Final = "kg.abort"
"""The name of the ASGI extension by which a connection is reset, so that no client takes a part for the whole."""

Respond = Callable[[Response], None]
Describe = Callable[[Scope, QueryRequest, str | None], Awaitable[Response]]
"""Describes the service to a client that takes what its `Accept` header says."""

_OF_UNMODIFIED: Final = ("etag", "cache-control", "x-dataset-version", "x-dataset-digest")
"""Header fields of an answer that 304 has too (section 15.4.5 of RFC 9110)."""

_METHODS: Final = ", ".join(ALLOWED_METHODS)
_PREFLIGHT: Final = {
    "access-control-allow-headers": "Accept, Accept-Language, Content-Type, If-None-Match, X-Requested-With",
    "access-control-allow-methods": _METHODS,
    "access-control-max-age": "86400",
    "allow": _METHODS,
    "accept-post": f"{DIRECT}, {FORM}",
    "accept-query": f'"{DIRECT}", "{FORM}"',
}
READING: Final = {
    **{name: value for name, value in _PREFLIGHT.items() if name.startswith("access-control-")},
    "access-control-allow-methods": "GET, HEAD, OPTIONS",
    "allow": "GET, HEAD, OPTIONS",
}
"""Header fields of the answer to OPTIONS where there is something to be read and nothing to be asked."""


def common_fields(summary: Summary) -> dict[str, str]:
    """Return the header fields of every response of the endpoint."""
    return {
        "vary": "Accept, Accept-Encoding",
        "access-control-allow-origin": "*",
        "access-control-expose-headers": (
            "Allow, Content-Location, ETag, Link, Retry-After, Warning, "
            "X-Dataset-Digest, X-Dataset-Version, X-Request-Id"
        ),
        "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
        "cross-origin-resource-policy": "cross-origin",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        **dataset_fields(summary),
    }


def dataset_fields(summary: Summary) -> dict[str, str]:
    """Return the header fields that tell which data an answer is from."""
    return {
        "x-dataset-version": summary.version or "unknown",
        "x-dataset-digest": f"sha-256={summary.digest}",
    }


@lru_cache(1024)
def client_address(host: str) -> str:
    """Return what counts as one client: an address of IPv4, a network of 64 bits of IPv6."""
    try:
        return str(ip_network((host, 64), strict=False)) if ":" in host else host
    except ValueError:
        return host


@lru_cache(256)
def encoding_of(accept_encoding: str) -> str:
    """Return the content coding for an `Accept-Encoding` header."""
    return chosen_encoding(qualities_of_codings(accept_encoding))


@dataclass(slots=True)
class Request:
    """What the endpoint needs to know of a request: `headers` by name in lower case, `client` as `client_address` says.

    `received` is when it came, in seconds of `time.perf_counter`.
    """

    method: str
    path: str
    query_string: bytes
    headers: Mapping[bytes, bytes]
    client: str
    received: float

    def header(self, name: bytes) -> str | None:
        """Return a header field as text."""
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")


def request_of(scope: Scope, received: float) -> Request:
    """Return the request of an ASGI scope."""
    headers: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        headers[name] = headers[name] + b", " + value if name in headers else value
    client = client_address(scope["client"][0]) if scope["client"] else ""
    return Request(scope["method"], scope["path"], scope["query_string"], headers, client, received)


def refused(
    status: int, sentence: str, accept: str | None, outcome: str, error: MalformedQueryError | None = None
) -> Response:
    """Return an error response: the sentence, or what is wrong with the query, as the client takes it."""
    told = problem(status, None, sentence) if error is None else query_problem(error)
    content_type, body = serialised(told, accept)
    fields = {"content-type": content_type, "content-length": str(len(body)), "cache-control": "no-store"}
    if status == 503:
        fields["retry-after"] = str(RETRY_AFTER)
    return Response(status, fields, body, outcome=outcome)


class SparqlEndpoint:
    """The endpoint: one for the life of the server; also the ASGI application for it.

    `common` are the header fields of every response, unless a response has others of the same names.
    """

    def __init__(
        self,
        summary: Summary,
        pool: WorkerPool,
        cache: AnswerCache,
        journal: Journal,
        describe: Describe,
        maximum_age: int = MAXIMUM_AGE,
    ) -> None:
        """Take what is known of the data, who answers, what is kept, what is written down, and the description.

        `maximum_age` is for how many seconds an answer may be used again without asking.
        """
        self.cache = cache
        self.journal = journal
        self._pool = pool
        self._describe = describe
        self._maximum_age = maximum_age
        self.exchange(summary)

    def exchange(self, summary: Summary) -> None:
        """Take what is known of other data, which the pool answers from now on."""
        self.common = common_fields(summary)
        self._digest = summary.digest
        self.cache.clear()

    # What both ways to a response share

    def ask(self, request: Request, wanted: QueryRequest, respond: Respond) -> Job | None:
        """Answer a query; `respond` is called once, now or later. Return the job, if there is one to be cancelled."""
        assert wanted.query is not None  # noqa: S101  # the description of the service is asked for elsewhere
        accept = request.header(b"accept")
        encoding = encoding_of(request.header(b"accept-encoding") or "")
        key = (wanted.query, wanted.default_graphs, wanted.named_graphs, wanted.format, accept, encoding)
        entry = self.cache.by_key(key)
        if entry is not None:
            respond(self._from_entry(entry, request, "cached"))
            return None
        question = Question(wanted.query, wanted.default_graphs, wanted.named_graphs, wanted.format, accept, encoding)
        try:
            return self._pool.submit(
                question, request.client, lambda reply: respond(self._replied(reply, request, question, key))
            )
        except BusyError as error:
            respond(refused(503, f"{error} Ask again in a moment.", accept, "busy"))
            return None

    def _from_entry(self, entry: Entry, request: Request, outcome: str) -> Response:
        """Return an answer as the client wants it: whole, or as something that it has already."""
        seen = request.headers.get(b"if-none-match")
        if seen is not None and matches(seen.decode("latin-1"), entry.fields["etag"]):
            fields = {name: entry.fields[name] for name in _OF_UNMODIFIED}
            return Response(304, fields, outcome="unmodified", digest=entry.digest)
        return Response(
            200, entry.fields, entry.body, entry=entry, outcome=outcome, digest=entry.digest, rows=entry.rows
        )

    def _replied(self, reply: Reply, request: Request, question: Question, key: tuple[Any, ...]) -> Response:
        """Return the response that a worker's reply makes."""
        digest = hashlib.blake2b(question.query.encode(), digest_size=8).hexdigest()
        if reply.kind == "refusal":
            response = self._refusal(reply.fields, request.header(b"accept"))
            response.digest = digest
            return response
        assert reply.data is not None  # noqa: S101  # what is answered is answered from data
        told = reply.fields
        # Not always those of `common`: a question that runs when the data are exchanged is answered from the old ones.
        fields = {"content-type": told["content_type"], **dataset_fields(reply.data)}
        encoding = told.get("encoding", IDENTITY)
        rows = told.get("rows")
        if encoding != IDENTITY:
            fields["content-encoding"] = encoding
        if "warnings" in told:
            fields["warning"] = ", ".join(f'199 - "{warning}"' for warning in told["warnings"])
        if "volatile" in told:
            fields["cache-control"] = "no-store"
        else:
            graphs = (*(f"d{iri}" for iri in question.default_graphs), *(f"n{iri}" for iri in question.named_graphs))
            parts = (question.query, *graphs, told["content_type"], encoding)
            fields["cache-control"] = f"public, max-age={self._maximum_age}"
            fields["etag"] = entity_tag(reply.data.digest, parts)
        if reply.stream is not None:
            return Response(200, fields, stream=reply.stream, digest=digest)
        fields["content-length"] = str(len(reply.body))
        if "volatile" in told:
            return Response(200, fields, reply.body, digest=digest, rows=rows)
        head = raw({**self.common, **fields}) + b"\r\n"
        entry = Entry(key, fields, head, reply.body, digest, rows)
        if reply.data.digest == self._digest:
            self.cache.add(entry)
        return self._from_entry(entry, request, "answered")

    def _refusal(self, told: Mapping[str, Any], accept: str | None) -> Response:
        """Return the error that a worker, or the pool, made of a question."""
        kind = told["kind"]
        timeout, memory = self._pool.limits.timeout, self._pool.limits.memory // (1024 * 1024)
        if kind == "malformed":
            error = MalformedQueryError(**{name: value for name, value in told.items() if name != "kind"})
            return refused(400, str(error), accept, "malformed", error=error)
        status, sentence = {
            "not-acceptable": (406, told.get("sentence")),
            "busy": (503, "All places for long queries are taken. Ask again in a moment."),
            "deadline": (
                504,
                f"The query took longer than {timeout:g} seconds and was stopped. Narrow it, or add a LIMIT.",
            ),
            "memory": (
                503,
                f"The query made its worker end: it needs more memory than it may have ({memory} MB), or is more than "
                "the engine can read. Narrow it, or ask in parts.",
            ),
            "failed": (500, told.get("sentence")),
        }.get(kind, (500, None))
        if sentence is None:
            _LOG.error("A defect of a worker: %s", told.get("sentence", ""))
            kind, sentence = "defect", "The server has a defect; the query may be right."
        return refused(status, sentence, accept, kind)

    def protocol_error(self, error: ProtocolError, accept: str | None) -> Response:
        """Return the response to a request that is not one of the protocol."""
        response = refused(error.status, error.sentence, accept, "refused")
        response.fields = {**response.fields, **{name.lower(): value for name, value in error.headers.items()}}
        return response

    # The ASGI application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = request_of(scope, perf_counter())
        try:
            response = await self._response(scope, request, receive)
        except ProtocolError as error:
            response = self.protocol_error(error, request.header(b"accept"))
        except asyncio.CancelledError:  # by uvicorn, when the time to finish has passed
            sentence = "The server is being stopped. Ask again in a moment."
            response = refused(503, sentence, request.header(b"accept"), "stopped")
        except Exception:
            _LOG.exception("A defect of the server")
            sentence = "The server has a defect; the query may be right."
            response = refused(500, sentence, request.header(b"accept"), "defect")
        if response is None:
            self.journal.record(request, Response(499, outcome="cancelled"), self.journal.next_id(), 0)
        else:
            await self.send(scope, request, response, receive, send)

    async def _response(self, scope: Scope, request: Request, receive: Receive) -> Response | None:
        """Return the response to a request, or None when the client has gone. Raises ProtocolError."""
        if scope["http_version"] != "1.0" and [name for name, _ in scope["headers"]].count(b"host") != 1:
            raise ProtocolError(400, "A request of HTTP/1.1 names its host, once.")
        if request.method == "OPTIONS":
            return Response(204, _PREFLIGHT, outcome="preflight")
        body = await _body(receive, request) if request.method in WITH_BODY else b""
        wanted = read_request(request.method, request.query_string, request.header(b"content-type"), body)
        if wanted.query is None:
            return await self._describe(scope, wanted, request.header(b"accept"))
        answered: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        job = self.ask(request, wanted, lambda response: None if answered.done() else answered.set_result(response))
        if job is None:
            return await answered
        gone = asyncio.ensure_future(_disconnected(receive))
        try:
            await asyncio.wait((answered, gone), return_when=asyncio.FIRST_COMPLETED)
            if answered.done():
                return answered.result()
            job.cancel()
            return None
        finally:
            gone.cancel()
            if not answered.done():
                job.cancel()

    async def send(self, scope: Scope, request: Request, response: Response, receive: Receive, send: Send) -> None:
        """Send a response, and write down what became of it. HEAD gets the headers of GET and no body."""
        # An answer of HTTP/1.0 without a length has no other end than that of the connection.
        if response.stream is not None and scope["http_version"] == "1.0":
            response.stream.cancel()
            sentence = "The answer is too long for HTTP/1.0; ask with HTTP/1.1."
            response = refused(505, sentence, request.header(b"accept"), "refused")
        identity = self.journal.next_id()
        fields = {**self.common, **response.fields, "x-request-id": identity}
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in fields.items()]
        empty = request.method == "HEAD"
        if response.stream is None:
            await send({"type": "http.response.start", "status": response.status, "headers": headers})
            await send({"type": "http.response.body", "body": b"" if empty else response.body})
            self.journal.record(request, response, identity, len(response.body))
        else:
            gone = asyncio.ensure_future(_disconnected(receive))
            gone.add_done_callback(partial(_cancel_unless_sent, response.stream))
            try:
                await self._send_stream(scope, request, response, send, headers, identity)
            finally:
                gone.cancel()

    async def _send_stream(
        self,
        scope: Scope,
        request: Request,
        response: Response,
        send: Send,
        headers: list[tuple[bytes, bytes]],
        identity: str,
    ) -> None:
        """Send a long answer piece by piece. One that ends too early resets the connection."""
        assert response.stream is not None  # noqa: S101  # the caller looked
        length = 0
        pieces = response.stream.pieces()
        try:
            begun = False
            async for piece in pieces:
                if not begun:
                    await send({"type": "http.response.start", "status": response.status, "headers": headers})
                    begun = True
                if request.method == "HEAD":
                    response.stream.cancel()
                    break
                length += len(piece)
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
            response.rows = response.stream.rows
        except (CutError, asyncio.CancelledError):
            response.outcome = "cut"
            scope["extensions"][ABORT]()
        finally:
            await pieces.aclose()
            self.journal.record(request, response, identity, length)


def _cancel_unless_sent(stream: Stream, gone: "asyncio.Future[None]") -> None:
    """Give up a stream when its client is gone, and not when the waiting for that was given up."""
    if not gone.cancelled():
        stream.cancel()


async def _body(receive: Receive, request: Request) -> bytes:
    """Read a request body. Raises ProtocolError 413 for one that is too long."""
    too_long = ProtocolError(413, f"The body is longer than {MAXIMUM_BODY} bytes.", {"connection": "close"})
    length = request.header(b"content-length") or ""
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


async def _disconnected(receive: Receive) -> None:
    """Wait until the client is gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
