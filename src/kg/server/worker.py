"""A worker: a process that answers one question at a time, forked from the zygote and never to be trusted.

The engine cannot be told to stop, may end its process, and reads what strangers write. So a worker can open nothing, no
file and no socket, may take so much memory and no more, and ends by itself when its deadline passes and nobody ends it.
"""

import ctypes
import gc
import os
import resource
import signal
import socket
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from kg.errors import QueryError
from kg.results import SerialisationError
from kg.server.engine import Answering, NotAcceptableError, Question
from kg.server.messages import ANSWER, BEGIN, CUT, END, JOB, MORE, REFUSAL, Channel, ClosedError
from kg.store import GraphStore
from kg.syntax import MalformedQueryError

GROWN: Final = 64 * 1024 * 1024
"""Bytes of its own from which on a worker tells the front, which replaces it when there is time."""

_GRACE: Final = 1.0
"""Seconds after the deadline at which a worker ends by itself."""

_PR_SET_PDEATHSIG: Final = 1


@dataclass(frozen=True)
class Limits:
    """What a question may take: `timeout` in seconds, `memory` in bytes beside that of the data."""

    timeout: float = 10.0
    memory: int = 1024 * 1024 * 1024


def die_with_parent(parent: int) -> None:
    """Have the kernel end this process when its parent, whose id is `parent`, ends; elsewhere than on Linux do nothing.

    Without it the process ends when it next reads from its socket.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(0)


def _virtual_memory() -> int | None:
    """Return the bytes of address space that this process has, or None where the system does not tell."""
    try:
        with open("/proc/self/statm", "rb") as file:  # noqa: PTH123  # no more machinery than needed after a fork
            return int(file.read().split()[0]) * resource.getpagesize()
    except OSError:
        return None


def _lower(kind: int, value: int) -> None:
    """Lower a limit of this process for good."""
    with suppress(OSError, ValueError):  # it was lower already
        resource.setrlimit(kind, (value, value))


def confine(connection: socket.socket, memory: int) -> socket.socket:
    """Take from this process all that a worker does not need, and return its connection.

    All other files and sockets are closed, standard error too, on which the engine would print; no new one can be
    opened, as there is no number left for it.
    """
    grown = _virtual_memory()
    quiet = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):
        os.dup2(quiet, descriptor)
    kept = os.dup2(connection.detach(), 3)
    os.closerange(4, os.sysconf("SC_OPEN_MAX") if os.sysconf("SC_OPEN_MAX") > 0 else 65_536)
    _lower(resource.RLIMIT_NOFILE, 4)
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_FSIZE, 0)
    if grown is not None:
        _lower(resource.RLIMIT_AS, grown + memory)
    return socket.socket(fileno=kept)


class _Reply(Answering):
    """Sends an answer to the front: in one frame, or in many when it is long."""

    def __init__(self, channel: Channel) -> None:
        """Take the channel to the front."""
        self._channel = channel
        self.begun = False

    def begin(self, fields: Mapping[str, Any]) -> None:
        """Send the head of a long answer."""
        self.begun = True
        self._channel.send(BEGIN, fields)

    def more(self, body: bytes) -> None:
        """Send some of its body."""
        self._channel.send(MORE, None, body)

    def whole(self, fields: Mapping[str, Any], body: bytes) -> None:
        """Send an answer as a whole."""
        self._channel.send(ANSWER, {**fields, **_growth()}, body)

    def end(self, fields: Mapping[str, Any]) -> None:
        """Say that a long answer is complete."""
        self._channel.send(END, {**fields, **_growth()})


def _growth() -> dict[str, int]:
    """Return how many bytes this process holds for itself, if that is worth telling.

    Each page that it writes to is one that it no longer shares with the zygote; the engine writes where it reads.
    """
    own = resource.getrusage(resource.RUSAGE_SELF).ru_minflt * resource.getpagesize()
    return {"grown": own} if own > GROWN else {}


def _refusal(error: Exception) -> dict[str, Any]:
    """Return why there is no answer, as plain values."""
    if isinstance(error, MalformedQueryError):
        return {"kind": "malformed", **error.fields()}
    if isinstance(error, NotAcceptableError | SerialisationError):
        return {"kind": "not-acceptable", "sentence": str(error)}
    if isinstance(error, MemoryError):
        return {"kind": "memory"}
    if isinstance(error, QueryError):
        return {"kind": "failed", "sentence": str(error)}
    return {"kind": "defect", "sentence": f"{type(error).__name__}: {error}"}


def work(connection: socket.socket, data: GraphStore, limits: Limits) -> NoReturn:
    """Answer questions until the front closes the connection or the process is ended."""
    channel = Channel(confine(connection, limits.memory))
    gc.disable()
    while True:
        try:
            frame = channel.receive()
            if frame.kind != JOB:
                os._exit(1)
            signal.setitimer(signal.ITIMER_REAL, limits.timeout + _GRACE)
            reply = _Reply(channel)
            try:
                reply.answer(data, Question(query=frame.body.decode(), **frame.fields))
            except ClosedError:
                raise
            except Exception as error:
                channel.send(CUT if reply.begun else REFUSAL, _refusal(error))
            signal.setitimer(signal.ITIMER_REAL, 0)
            del frame, reply
        except ClosedError:
            os._exit(0)
