"""A question on its way to a worker, and what comes back."""

import asyncio
import socket
from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from kg.server.engine import Question
from kg.server.messages import END, MORE, Frame, Unpacker
from kg.server.processes import ZygoteProcess
from kg.store import Summary

_CHUNK: Final = 65_536


class BusyError(Exception):
    """The question cannot be taken now. The message says why."""


class CutError(Exception):
    """An answer ends before it is complete. The message says why."""


class Owner(Protocol):
    """What jobs and streams tell of their end: the pool."""

    def withdraw(self, job: "Job") -> None:
        """Forget a question."""

    def cancel_stream(self, worker: "Worker") -> None:
        """End a worker whose stream nobody wants."""

    def finish_stream(self, worker: "Worker", last: Frame | None) -> None:
        """Take back a worker whose stream has ended with its last frame, or end it when there was none."""


@dataclass(slots=True, eq=False)
class Worker:
    """The front's side of a worker process: it has a `job`, and perhaps the next ones `behind` it in its socket.

    It answers from the data of the zygote that forked it.
    """

    number: int
    zygote: ZygoteProcess
    connection: socket.socket
    unpacker: Unpacker = field(default_factory=Unpacker)
    job: "Job | None" = None
    behind: "deque[Job]" = field(default_factory=deque)
    streams: bool = False
    idle_since: float = 0.0
    grown: bool = False
    nice: bool = False


class Reply:
    """What became of a question: an `answer` with its fields and body, a `stream`, or a `refusal` with fields.

    `data` is what is known of the data that it was answered from; a refusal need not have any.
    """

    __slots__ = ("body", "data", "fields", "kind", "stream")

    def __init__(
        self,
        kind: str,
        fields: Mapping[str, Any],
        body: bytes = b"",
        stream: "Stream | None" = None,
        data: Summary | None = None,
    ) -> None:
        """Take the kind, which is one of `answer`, `stream` and `refusal`, and what belongs to it."""
        self.kind = kind
        self.fields = fields
        self.body = body
        self.stream = stream
        self.data = data


@dataclass(slots=True, eq=False)
class Job:
    """A question on its way. `done` is called once, with the reply, unless the job is cancelled."""

    owner: Owner
    question: Question
    client: str
    done: Callable[[Reply], None]
    asked: float
    slow: bool = False
    started: float = 0.0
    worker: Worker | None = None
    finished: bool = False

    def cancel(self) -> None:
        """Give up: the client is gone. What it holds is free at once; `done` is not called any more."""
        self.finished = True
        self.owner.withdraw(self)


class Stream:
    """The pieces of a long answer, to be read once; raises CutError when it ends before it is complete."""

    def __init__(self, owner: Owner, worker: Worker, frames: deque[Frame]) -> None:
        """Take the worker that sends it, and what it has sent already."""
        self._owner = owner
        self._worker = worker
        self._frames = frames
        self.rows: int | None = None

    def cancel(self) -> None:
        """Give up: the client is gone. The worker is free at once; who reads the pieces gets CutError."""
        if self._worker.streams:
            self._owner.cancel_stream(self._worker)

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        """Yield the pieces. Only what the reader takes is read from the worker, which waits meanwhile."""
        loop = asyncio.get_running_loop()
        last: Frame | None = None
        try:
            while True:
                while self._frames:
                    frame = self._frames.popleft()
                    if frame.kind == MORE:
                        yield frame.body
                        continue
                    last = frame
                    if frame.kind != END:
                        raise CutError("The evaluation failed when part of the answer was sent.")
                    self.rows = frame.fields.get("rows")
                    return
                try:
                    data = await loop.sock_recv(self._worker.connection, _CHUNK)
                except OSError:
                    data = b""
                if not data:
                    raise CutError("The deadline passed, or the worker ended, when part of the answer was sent.")
                self._frames.extend(self._worker.unpacker.feed(data))
        finally:
            self._owner.finish_stream(self._worker, last)
