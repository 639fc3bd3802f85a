"""What the front, the zygote and the workers say to each other: frames on a stream socket.

A frame is a kind (one byte), the lengths of its two parts (four bytes each, big-endian), its fields as JSON, and its
body as bytes. JSON, because what evaluates the queries of strangers is not to be trusted with more.
"""

import json
import socket
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

JOB: Final = b"J"
"""To a worker: a question. Body: the query."""

ANSWER: Final = b"A"
"""From a worker: a whole answer. Body: the serialised result."""

BEGIN: Final = b"B"
"""From a worker: the head of an answer that is too long to be held. Its body follows in MORE, then END or CUT."""

MORE: Final = b"M"
END: Final = b"E"
CUT: Final = b"C"
"""From a worker: the evaluation failed when part of the answer was sent."""

REFUSAL: Final = b"R"
"""From a worker: there is no answer; the fields say why."""

LOAD: Final = b"L"
"""To the zygote: load these data. Fields: `front` (process), `graphs` (IRI to path), `timeout`, `memory`."""

READY: Final = b"Y"
"""From the zygote: the data are loaded; the fields are those of `kg.store.Summary`."""

BROKEN: Final = b"X"
"""From the zygote: the data cannot be loaded. Body: why, in a sentence; field: `syntax`, whether it is that."""

FORK: Final = b"F"
"""To the zygote: make a worker, which gets the socket that comes with the frame."""

KILL: Final = b"K"
"""To the zygote: end a worker at once."""

NICE: Final = b"N"
"""To the zygote: let a worker run when nothing else wants to."""

_HEAD: Final = struct.Struct("!cII")
_CHUNK: Final = 65_536


@dataclass(frozen=True, slots=True)
class Frame:
    """A message: its kind, its fields, and its body."""

    kind: bytes
    fields: dict[str, Any]
    body: bytes


class ClosedError(Exception):
    """The other side is gone."""


def packed(kind: bytes, fields: Mapping[str, Any] | None = None, body: bytes = b"") -> bytes:
    """Return a frame as bytes."""
    told = json.dumps(fields).encode() if fields else b""
    return b"".join((_HEAD.pack(kind, len(told), len(body)), told, body))


class Unpacker:
    """Puts frames together from what a socket gives, in whatever pieces."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._held = bytearray()

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Take some bytes and yield the frames that are complete."""
        self._held += data
        begin = 0
        while len(self._held) - begin >= _HEAD.size:
            kind, told, length = _HEAD.unpack_from(self._held, begin)
            body = begin + _HEAD.size + told
            if len(self._held) < body + length:
                break
            fields = json.loads(self._held[begin + _HEAD.size : body]) if told else {}
            frame = Frame(kind, fields, bytes(self._held[body : body + length]))
            begin = body + length
            yield frame
        del self._held[:begin]


class Channel:
    """A blocking socket that frames are read from and written to."""

    def __init__(self, connection: socket.socket) -> None:
        """Take a connected stream socket."""
        self._socket = connection
        self._unpacker = Unpacker()
        self._frames: Iterator[Frame] = iter(())

    def receive(self) -> Frame:
        """Return the next frame. Raises ClosedError when there will be none."""
        while (frame := next(self._frames, None)) is None:
            try:
                data = self._socket.recv(_CHUNK)
            except ConnectionError as error:
                raise ClosedError from error
            if not data:
                raise ClosedError
            self._frames = self._unpacker.feed(data)
        return frame

    def send(self, kind: bytes, fields: Mapping[str, Any] | None = None, body: bytes = b"") -> None:
        """Send a frame. Raises ClosedError when the other side is gone."""
        try:
            self._socket.sendall(packed(kind, fields, body))
        except ConnectionError as error:
            raise ClosedError from error
