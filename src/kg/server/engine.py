"""Where queries are evaluated. The endpoint knows `Engine` only, so that worker processes can take the threads' place.

What goes in and out (`Question`, `Answer`, and the errors) is plain data that can be sent between processes.
"""

import asyncio
import os
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, Protocol

from kg.media import listing, named, negotiated
from kg.results import Format, formats_of, serialise
from kg.store import GraphStore, evaluate

WORKERS: Final = min(8, 2 * (os.cpu_count() or 1))
"""Queries that are evaluated at a time; the engine releases the interpreter while it works."""

QUEUE: Final = 32
"""Queries that may wait."""


class BusyError(Exception):
    """All workers are busy and the queue is full."""


class NotAcceptableError(Exception):
    """The client takes none of the formats that the result can be had in. The message lists these."""


@dataclass(frozen=True)
class Question:
    """A query, the graphs that it is asked of, and what the client takes: `?format=`, else `Accept`."""

    query: str
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    format: str | None = None
    accept: str | None = None


@dataclass(frozen=True)
class Answer:
    """A serialised result and its content type."""

    content_type: str
    body: bytes


class Engine(Protocol):
    """What evaluates queries."""

    async def answer(self, question: Question) -> Answer:
        """Answer a question.

        Raises BusyError, NotAcceptableError, MalformedQueryError, SerialisationError and QueryError.
        """


def chosen(form: str | None, accept: str | None, offers: tuple[Format, ...]) -> Format:
    """Return the format that a client gets. Raises NotAcceptableError with the list of what there is."""
    found = negotiated(accept, offers) if form is None else named(form, offers)
    if found is None:
        asked = (
            "The Accept header excludes all formats" if form is None else f"There is no format {form[:40]!r} for this"
        )
        raise NotAcceptableError(f"{asked}. There are, as format and as media type:\n{listing(offers)}")
    return found


def answer(data: GraphStore, question: Question) -> Answer:
    """Evaluate and serialise. Raises what `Engine.answer` raises, except BusyError."""
    result = evaluate(data, question.query, question.default_graphs, question.named_graphs)
    form = chosen(question.format, question.accept, formats_of(result))
    return Answer(form.content_type, serialise(result, form, data.prefixes))


def _answer_in_thread(data: GraphStore, question: Question) -> Answer:
    """Answer as `answer` does; an error that leaves takes no result along, as one may not die in another thread."""
    try:
        return answer(data, question)
    except Exception as error:
        traceback.clear_frames(error.__traceback__)
        raise


class ThreadEngine:
    """Evaluates in a few threads of this process. A query that runs on cannot be stopped: it keeps its thread."""

    def __init__(self, data: GraphStore, workers: int = WORKERS, queue: int = QUEUE) -> None:
        """Start with no thread; up to `workers` are started as queries come, and `queue` more queries may wait."""
        self._data = data
        self._places = workers + queue
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="query")
        self._taken = 0

    @property
    def pending(self) -> int:
        """Return the number of queries that are being evaluated or wait."""
        return self._taken

    async def answer(self, question: Question) -> Answer:
        """Answer a question; see `Engine.answer`."""
        if self._taken >= self._places:
            raise BusyError
        self._taken += 1
        future = asyncio.get_running_loop().run_in_executor(self._threads, _answer_in_thread, self._data, question)
        future.add_done_callback(self._release)
        return await asyncio.shield(future)

    def _release(self, future: asyncio.Future[Answer]) -> None:
        """Give a place free; a client that went away leaves an error that nobody reads."""
        self._taken -= 1
        if not future.cancelled():
            future.exception()
