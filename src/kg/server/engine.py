"""From a question to the bytes of its answer, in the process of a worker.

A short answer is sent as a whole, with its length; a long one in pieces as it is computed, so that the memory it takes
does not grow with it. What goes in and out is plain data that can be sent between processes.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from kg.media import listing, named, negotiated
from kg.results import Format, PieceFilter, RowCount, finished, formats_of, write
from kg.server.compression import IDENTITY, WORTHWHILE, compressor
from kg.store import GraphStore, evaluate
from kg.tokens import tokenise
from kg.vocabulary import abbreviated, unknown_names

HELD: Final = 1024 * 1024
"""Bytes of an answer up to which it is sent as a whole."""

PIECE: Final = 128 * 1024
"""Bytes of a piece of a longer answer, before compression."""

_VOLATILE: Final = frozenset({"RAND", "NOW", "UUID", "STRUUID", "BNODE"})
"""Functions that may give something else the next time."""

_NOT_IN_A_HEADER: Final = re.compile(r"[^\x20-\x21\x23-\x5b\x5d-\x7e]")


class NotAcceptableError(Exception):
    """The client takes none of the formats that the result can be had in. The message lists these."""


@dataclass(frozen=True, slots=True)
class Question:
    """A query, the graphs that it is asked of, and what the client takes.

    `format` is that of `?format=` and comes before `accept`; `encoding` is a content coding of `kg.server.compression`.
    """

    query: str
    default_graphs: Sequence[str] = ()
    named_graphs: Sequence[str] = ()
    format: str | None = None
    accept: str | None = None
    encoding: str = IDENTITY


@lru_cache(256)
def chosen(form: str | None, accept: str | None, offers: tuple[Format, ...]) -> Format:
    """Return the format that a client gets. Raises NotAcceptableError with the list of what there is."""
    found = negotiated(accept, offers) if form is None else named(form, offers)
    if found is None:
        asked = (
            "The Accept header excludes all formats" if form is None else f"There is no format {form[:40]!r} for this"
        )
        raise NotAcceptableError(f"{asked}. There are, as format and as media type:\n{listing(offers)}")
    return found


def volatile(query: str) -> bool:
    """Whether a query calls a function that may give something else the next time."""
    text = query.upper()
    if not any(name in text for name in _VOLATILE):  # so that most queries need not be read
        return False
    return any(token.kind == "word" and token.text.upper() in _VOLATILE for token in tokenise(query))


def _warnings(data: GraphStore, query: str) -> list[str]:
    """Return what the client should know of its query, as text that a header can hold."""
    warnings = []
    for unknown in unknown_names(data, query):
        nearest = f"; did you mean {abbreviated(unknown.nearest, data.prefixes)}?" if unknown.nearest else ""
        sentence = f"{abbreviated(unknown.iri, data.prefixes)} is not in the data{nearest}"
        warnings.append(_NOT_IN_A_HEADER.sub(lambda match: f"%{match[0].encode().hex('%').upper()}", sentence[:400]))
    return warnings


class Answering(ABC):
    """Answers questions; how the answer is sent is up to the class below."""

    @abstractmethod
    def begin(self, fields: Mapping[str, Any]) -> None:
        """Send the head of a long answer; the fields are as in `whole`."""

    @abstractmethod
    def more(self, body: bytes) -> None:
        """Send some of its body."""

    @abstractmethod
    def end(self, fields: Mapping[str, Any]) -> None:
        """Say that a long answer is complete; the fields tell `rows`."""

    @abstractmethod
    def whole(self, fields: Mapping[str, Any], body: bytes) -> None:
        """Send an answer as a whole.

        The fields are `content_type` and, where there is something to tell, `encoding`, `volatile` (true), `warnings`
        (a list of text), `rows` (their number).
        """

    def answer(self, data: GraphStore, question: Question) -> None:
        """Evaluate a question and send the answer.

        Raises MalformedQueryError, NotAcceptableError, SerialisationError and QueryError; after `begin` was called,
        what was sent is then not the whole answer.
        """
        query = question.query
        result = evaluate(data, query, question.default_graphs, question.named_graphs)
        form = chosen(question.format, question.accept, formats_of(result))
        fields: dict[str, Any] = {"content_type": form.content_type}
        if question.encoding != IDENTITY:
            fields["encoding"] = question.encoding
        if volatile(query):
            fields["volatile"] = True
        if warnings := _warnings(data, query):
            fields["warnings"] = warnings
        output = _Output(self, form, fields)
        write(result, form, data.prefixes, output)
        output.close()


class _Output:
    """What the engine writes into: holds a short answer and sends it whole, sends a long one piece by piece."""

    def __init__(self, sender: Answering, form: Format, fields: dict[str, Any]) -> None:
        """Take where to send to, the format, and the fields of the head."""
        self._sender = sender
        self._form = form
        self._fields = fields
        self._held: list[bytes] = []
        self._length = 0
        self._rows = RowCount(form)
        self._compressor = compressor(fields.get("encoding", IDENTITY))
        self._filter: PieceFilter | None = None

    def write(self, piece: bytes) -> int:
        """Take some bytes of the serialised result."""
        self._held.append(piece)
        self._length += len(piece)
        if self._length > (HELD if self._filter is None else PIECE):
            if self._filter is None:
                self._filter = PieceFilter(self._form)
                self._sender.begin(self._fields)
            self._send(self._filter.feed(self._taken()))
        return len(piece)

    def flush(self) -> None:
        """Do nothing: the answer goes when it is due."""

    def _taken(self) -> bytes:
        """Return what is held, and hold nothing."""
        body = b"".join(self._held)
        self._held.clear()
        self._length = 0
        return body

    def _send(self, body: bytes) -> None:
        """Send some of the body of a long answer."""
        self._rows.feed(body)
        if self._compressor is not None:
            body = self._compressor.compress(body)
        if body:
            self._sender.more(body)

    def close(self) -> None:
        """Send what is left. Raises SerialisationError when the format cannot hold the result."""
        if self._filter is not None:
            self._send(self._filter.feed(self._taken()) + self._filter.finish())
            if self._compressor is not None:
                self._sender.more(self._compressor.flush())
            self._sender.end({"rows": self._rows.total})
            return
        body = finished(self._taken(), self._form)
        self._rows.feed(body)
        if self._compressor is not None and len(body) >= WORTHWHILE:
            body = self._compressor.compress(body) + self._compressor.flush()
        else:
            self._fields.pop("encoding", None)
        if (rows := self._rows.total) is not None:
            self._fields["rows"] = rows
        self._sender.whole(self._fields, body)
