"""HTTP/1.1 connections: uvicorn's, with two shorter ways for what most requests to an endpoint are.

A request whose very bytes were answered before, from the data that are still served, is answered from the cache without
being read. A plain GET of a query that came in one piece, and whose head is as strict as can be, goes to
`SparqlEndpoint.ask` at once. Every other request takes uvicorn's way to the ASGI application. Beside that, a request
that does not become complete in time, or whose head is too long, ends its connection.

A client may end its side of the connection when it has asked, and read on (section 9.6 of RFC 9112). One that is gone
looks the same until something is sent to it. So when its answer takes a while it is sent 100 (Continue), which every
client of HTTP/1.1 passes over (section 15.2 of RFC 9110), and a network that refuses it tells that the client is gone.
"""

import asyncio
import re
import select
import struct
from socket import SO_LINGER, SOL_SOCKET
from time import perf_counter
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from kg.protocol import MAXIMUM_HEAD, ProtocolError, read_request
from kg.server.endpoint import ABORT, Request, SparqlEndpoint, client_address, refused
from kg.server.jobs import Job
from kg.server.response import Response, raw

COMPLETE_WITHIN: Final = 30.0
"""Seconds within which a request must be complete."""

TAKEN_WITHIN: Final = 60.0
"""Seconds within which a client must take some of what is sent to it."""

HALF_CLOSED: Final = 0.1
"""Seconds between two looks at whether a client that sends no more is still there."""

PROBED_EVERY: Final = 1.0
"""Seconds between two lines that are sent to find out."""

_OK: Final = STATUS_LINE[200]
_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
_PLAIN: Final = re.compile(
    rb"GET ([!-~\x80-\xff]++) HTTP/1\.1\r\n((?:[!#$%&'*+.^_`|~0-9A-Za-z-]++:[ -~\t]*+\r\n)++)\r\n", re.DOTALL
)
"""A whole request in the narrowest reading of RFC 9112; what is not so is read by the parser. It never goes back.

But for one thing: a target may hold UTF-8 as it is, as people type it.
"""

_NOT_ASCII: Final = re.compile(rb"[\x80-\xff]")

_FIELD: Final = re.compile(rb"([^:\r\n]++):([^\r\n]*+)\r\n")
_NOT_PLAIN: Final = frozenset(
    {b"content-length", b"transfer-encoding", b"connection", b"expect", b"upgrade", b"forwarded", b"x-forwarded-for"}
)
"""Header fields of requests that are not plain."""

_RESET: Final = struct.pack("ii", 1, 0)
_LONGEST_TARGET: Final = 65_535
"""Bytes of the target of a request that the parser of addresses takes."""

_PIPELINED: Final = 16
"""Requests on a connection that may wait for the answer to one before them while more are read."""


class EndpointProtocol(HttpToolsProtocol):
    """A connection. `endpoint`, and the path that it is at, are set on a subclass for each server."""

    endpoint: SparqlEndpoint
    path: str = "/sparql"

    def __init__(self, *arguments: Any, **more: Any) -> None:
        """Start without a request."""
        super().__init__(*arguments, **more)
        self.url = b""
        self._complete = True
        self._head_length = 0
        self._in_head = False
        self._asking: Request | None = None
        self._job: Job | None = None
        self._held = b""
        self._handed: tuple[Request, Response] | None = None
        self._ends = False
        self._sends_no_more = False
        self._probed = -PROBED_EVERY
        self._probe: asyncio.TimerHandle | None = None
        self._running: RequestResponseCycle | None = None
        self._last = 0.0
        self._unread = 0
        self._moved = 0.0
        self._watch: asyncio.TimerHandle | None = None
        self._name = ""
        self._target = b"%b?" % self.path.encode()

    # The connection

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to watch the time."""
        super().connection_made(transport)
        self._name = client_address(self.client[0]) if self.client else ""
        self._last = self.loop.time()
        self._watch = self.loop.call_later(COMPLETE_WITHIN, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """Give up what the client waited for."""
        super().connection_lost(exc)
        if self._running is not None and not self._running.response_complete:  # not always the last one that came
            self._running.disconnected = True
            self._running.message_event.set()
        if self._watch is not None:
            self._watch.cancel()
        if self._probe is not None:
            self._probe.cancel()
        if self._asking is not None:
            if self._job is not None:
                self._job.cancel()
            response = Response(499, outcome="cancelled")
            self.endpoint.journal.record(self._asking, response, self.endpoint.journal.next_id(), 0)
            self._asking = self._job = None

    def eof_received(self) -> bool:  # type: ignore[override]
        """Note that the client sends no more. Return whether the connection stays, for answers that are under way."""
        self._sends_no_more = True
        stays = self._owes()
        if stays and self._probe is None:
            self._probe = self.loop.call_later(HALF_CLOSED, self._look_for_client)
        return stays

    def _owes(self) -> bool:
        """Whether a request that came to its end has no whole answer yet."""
        cycles = [self._running, *(cycle for cycle, _ in self.pipeline)]
        unanswered = (cycle is not None and not (cycle.more_body or cycle.response_complete) for cycle in cycles)
        return bool(self._held) or self._asking is not None or any(unanswered)

    def _look_for_client(self) -> None:
        """Reset the connection when a client that sends no more turns out to be gone, so that its worker is free."""
        if self.transport.is_closing():
            return
        state = select.poll()
        state.register(self.transport.get_extra_info("socket").fileno(), 0)
        if state.poll(0):  # an error, or both sides are closed
            self.abort()
            return
        now = self.loop.time()
        if self._may_continue() and now - self._probed >= PROBED_EVERY:
            self._probed = now
            self.transport.write(_CONTINUE)
        self._probe = self.loop.call_later(HALF_CLOSED, self._look_for_client)

    def _may_continue(self) -> bool:
        """Whether nothing of the next answer is sent yet, so that 100 (Continue) may be, which HTTP/1.0 has not."""
        if self._asking is not None:
            return True
        cycle = self._running
        return cycle is not None and not cycle.response_started and cycle.scope["http_version"] != "1.0"

    def _close_if_all_is_answered(self) -> None:
        """End a connection whose client sends no more and has all answers."""
        if self._sends_no_more and not self._owes():
            self.transport.close()

    def on_response_complete(self) -> None:
        """Go on with the next request, if there is one."""
        super().on_response_complete()
        self._close_if_all_is_answered()

    def shutdown(self) -> None:
        """End the connection, after the answer that is under way."""
        if self._asking is not None:
            self._ends = True
        else:
            super().shutdown()

    def _look(self) -> None:
        """End a connection on which nothing has come, or a request is incomplete, or nothing is taken, for too long."""
        now = self.loop.time()
        if (self._rests() or not self._complete) and now - self._last >= COMPLETE_WITHIN:
            self.transport.close()
        unread = self.transport.get_write_buffer_size()
        if not unread or unread != self._unread:
            self._unread, self._moved = unread, now
        elif now - self._moved >= TAKEN_WITHIN:
            self.abort()
        self._watch = self.loop.call_later(COMPLETE_WITHIN / 4, self._look)

    def _rests(self) -> bool:
        """Whether no request is under way."""
        return self._complete and self._asking is None and (self.cycle is None or self.cycle.response_complete)

    def timeout_keep_alive_handler(self) -> None:
        """End a connection that rests; one that was used since by the shortest way stays."""
        rest = self._last + self.timeout_keep_alive - self.loop.time()
        if rest > 0:
            self.timeout_keep_alive_task = self.loop.call_later(rest, self.timeout_keep_alive_handler)
        else:
            super().timeout_keep_alive_handler()

    def abort(self) -> None:
        """Reset the connection, so that the client cannot take what it has for the whole."""
        connection = self.transport.get_extra_info("socket")
        if connection is not None and connection.fileno() >= 0:
            connection.setsockopt(SOL_SOCKET, SO_LINGER, _RESET)
        self.transport.abort()

    # Requests

    def data_received(self, data: bytes) -> None:
        """Answer from the cache, ask, or read on."""
        if self._asking is not None:  # what comes before the answer to a plain request waits for it
            self._held += data
            if len(self._held) > MAXIMUM_HEAD:
                self.transport.pause_reading()
            return
        if self._rests():
            self._last = self.loop.time()
            entry = self.endpoint.cache.by_request(data)
            if entry is not None:
                identity = self.endpoint.journal.next_id()
                self.transport.write(
                    b"".join((_OK, self._date(), b"x-request-id: ", identity.encode(), b"\r\n", entry.head, entry.body))
                )
                self.endpoint.journal.hit(entry, self._name, identity)
                return
            if self._ask(data):
                return
        if self._in_head or self._complete:
            self._head_length += len(data)
        super().data_received(data)
        if self._in_head and self._head_length > MAXIMUM_HEAD:
            self._refuse(431, f"The head of the request is longer than {MAXIMUM_HEAD} bytes.")

    def _refuse(self, status: int, sentence: str) -> None:
        """Answer a request that is not read to its end, and end the connection."""
        if not self.transport.is_closing():
            response = refused(status, sentence, None, "refused")
            fields = raw({**self.endpoint.common, **response.fields, "connection": "close"})
            head = (STATUS_LINE[status], self._date(), fields, b"\r\n")
            self.transport.write(b"".join((*head, response.body)))
            self.transport.close()

    def on_message_begin(self) -> None:
        """Note that a request has begun."""
        super().on_message_begin()
        self._complete = False
        self._in_head = True

    def on_headers_complete(self) -> None:
        """Note that the head is complete."""
        self._in_head = False
        self._head_length = 0
        if len(self.url) > _LONGEST_TARGET:
            self._refuse(414, f"The address is longer than {_LONGEST_TARGET} bytes; POST the query.")
            return
        super().on_headers_complete()
        if 0 < len(self.pipeline) <= _PIPELINED:
            self.flow.resume_reading()  # else nobody would notice that the client has gone

    def on_message_complete(self) -> None:
        """Note that the request is complete."""
        self._complete = True
        if self.cycle is not None:
            super().on_message_complete()

    def on_body(self, body: bytes) -> None:
        """Take some of a body, unless its request was refused."""
        if self.cycle is not None:
            super().on_body(body)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        """Go uvicorn's way, or send the long answer for which there is a cycle now."""
        self._running = cycle
        cycle.scope["extensions"] = {ABORT: self.abort}  # type: ignore[dict-item]
        if self._handed is None:
            super()._start_asgi_task(cycle, app)
            return
        (request, response), self._handed = self._handed, None
        sending = self.endpoint.send(cycle.scope, request, response, cycle.receive, cycle.send)  # type: ignore[arg-type]
        task = self.loop.create_task(sending)
        task.add_done_callback(self.tasks.discard)
        self.tasks.add(task)

    # The short way

    def _ask(self, data: bytes) -> bool:
        """Ask the endpoint, if the data are a plain GET of a query and nothing else. Return whether they were."""
        if (
            not data.startswith(self._target, 4)
            or len(data) > MAXIMUM_HEAD
            or (match := _PLAIN.fullmatch(data)) is None
        ):
            return False
        fields = _FIELD.findall(match[2])
        headers = {name.lower(): value.strip(b" \t") for name, value in fields}
        if len(headers) != len(fields) or b"host" not in headers or not _NOT_PLAIN.isdisjoint(headers):
            return False
        query_string = _encoded(match[1])[len(self._target) :]
        if len(query_string) > _LONGEST_TARGET - len(self._target):
            return False
        request = Request("GET", self.path, query_string, headers, self._name, perf_counter())
        try:
            wanted = read_request("GET", query_string, None, b"")
        except ProtocolError as error:
            self._respond(request, data, self.endpoint.protocol_error(error, request.header(b"accept")))
            return True
        if wanted.query is None:
            return False
        self._asking = request
        job = self.endpoint.ask(request, wanted, lambda response: self._respond(request, data, response))
        if self._asking is request:
            self._job = job
        return True

    def _respond(self, request: Request, received: bytes, response: Response) -> None:
        """Send a response of the short way, and go on with what came meanwhile."""
        self._asking = self._job = None
        if response.stream is not None:
            if self.transport.is_closing():
                response.stream.cancel()
            else:
                self._handed = request, response
                super().data_received(_encoded(received))
        elif not self.transport.is_closing():
            identity = self.endpoint.journal.next_id()
            parts = [STATUS_LINE[response.status], self._date(), b"x-request-id: ", identity.encode(), b"\r\n"]
            if self._ends:
                parts.append(b"connection: close\r\n")
            if response.entry is not None:
                parts += (response.entry.head, response.body)
                self.endpoint.cache.remember(received, response.entry)
            else:
                parts += (raw({**self.endpoint.common, **response.fields}), b"\r\n", response.body)
            self.transport.write(b"".join(parts))
            self.endpoint.journal.record(request, response, identity, len(response.body))
            if self._ends:
                self.transport.close()
        if self._held:
            held, self._held = self._held, b""
            self.transport.resume_reading()
            self.data_received(held)
        self._close_if_all_is_answered()

    def _date(self) -> bytes:
        """Return the header lines that uvicorn adds to every response."""
        return b"".join([b"%b: %b\r\n" % field for field in self.server_state.default_headers])


def _encoded(data: bytes) -> bytes:
    """Return data with what is not ASCII percent-encoded, which the parser insists on."""
    return data if data.isascii() else _NOT_ASCII.sub(lambda match: b"%%%02X" % match[0][0], data)
