"""Questions of our own, for the pages and the description: asked of the workers as those of clients are."""

import asyncio
from typing import Final

from kg.errors import QueryError
from kg.server.engine import Question
from kg.server.jobs import BusyError, CutError, Reply
from kg.server.pool import WorkerPool
from kg.store import Summary

_CLIENT: Final = "the server itself"


class Asking:
    """Asks the workers about the data of a summary, and about no others."""

    def __init__(self, pool: WorkerPool, summary: Summary) -> None:
        """Take the workers, and what is known of the data."""
        self._pool = pool
        self._digest = summary.digest

    async def __call__(self, query: str, media_type: str) -> bytes:
        """Return the serialised result of a query. Raises QueryError when there is none, for whatever reason."""
        replied: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        question = Question(query, accept=media_type)
        try:
            self._pool.submit(question, _CLIENT, lambda reply: None if replied.done() else replied.set_result(reply))
            reply = await replied
            if reply.kind == "refusal":
                raise QueryError(reply.fields.get("sentence", reply.fields["kind"]))
            if reply.data is not None and reply.data.digest != self._digest:
                if reply.stream is not None:
                    reply.stream.cancel()
                raise QueryError("The data were exchanged.")
            if reply.stream is None:
                return reply.body
            return b"".join([piece async for piece in reply.stream.pieces()])
        except (BusyError, CutError) as error:
            raise QueryError(str(error)) from error
