"""The server: its processes, its socket, its start and its end."""

import gc
import signal
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from types import FrameType
from typing import TYPE_CHECKING, Final

from kg.content import Content
from kg.derivation import DataSource
from kg.server.pool import WorkerPool
from kg.server.scheduling import Capacity
from kg.server.worker import Limits

if TYPE_CHECKING:
    from kg.server.address import Addressing
    from kg.server.checking import Check
    from kg.server.served import SiteOfData

INTERRUPTED: Final = 3
"""Seconds that answers under way have after Ctrl-C."""


@dataclass(frozen=True)
class Settings:
    """How a server runs: what a question may take, how many at a time, bytes of the cache, where the log goes."""

    limits: Limits = field(default_factory=Limits)
    capacity: Capacity = field(default_factory=Capacity)
    cache: int = 64 * 1024 * 1024
    log: int | None = None


def start_pool(source: DataSource, settings: Settings) -> WorkerPool:
    """Begin to load data in a process of its own, and return at once."""
    return WorkerPool(source, settings.limits, settings.capacity)


def run(
    pool: WorkerPool,
    listener: socket.socket,
    content: Content,
    settings: Settings,
    ready: Callable[[], None],
    check: "Check | None" = None,
    make_site: "Callable[..., SiteOfData] | None" = None,
    addressing: "Addressing | None" = None,
) -> None:
    """Serve until a signal comes: SIGTERM lets answers under way be finished, SIGINT gives them three seconds.

    `content` is asked for the stored queries; `ready` is called when the data are loaded. With a `check` the content is
    watched, and what is saved and passes the check without a violation is served from then on. `make_site` makes the
    site of each state of the data; `addressing` says how the address of the server is known. Raises InputError when the
    data, or a stored query, cannot be read.
    """
    import uvicorn  # noqa: PLC0415  # while the data are loaded

    from kg.questions import stored_queries  # noqa: PLC0415
    from kg.server.application import create_app  # noqa: PLC0415
    from kg.server.cache import AnswerCache  # noqa: PLC0415
    from kg.server.http_protocol import EndpointProtocol  # noqa: PLC0415
    from kg.server.journal import AccessLog  # noqa: PLC0415
    from kg.server.served import Served  # noqa: PLC0415

    class Server(uvicorn.Server):
        """Uvicorn's, which ends sooner when somebody waits at the terminal."""

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            """Take a signal."""
            if sig == signal.SIGINT:
                self.config.timeout_graceful_shutdown = INTERRUPTED
            super().handle_exit(sig, frame)

    try:
        beside: Callable[[Served], Awaitable[None]] | None = None
        if check is not None:
            from kg.server.reloading import reload_when_saved, state_of  # noqa: PLC0415

            beside = partial(reload_when_saved, content, pool, check, state_of(content))
        questions = stored_queries(content)
        summary = pool.loaded()
        answers, log = AnswerCache(settings.cache), AccessLog(settings.log)
        app = create_app(summary, questions, pool, answers, log, beside, make_site, addressing)
        protocol = type("Connection", (EndpointProtocol,), {"endpoint": app.state.endpoint})
        config = uvicorn.Config(
            app,
            http=protocol,
            loop="auto",
            log_level="warning",
            access_log=False,
            lifespan="on",
            server_header=False,
            ws="none",
            timeout_graceful_shutdown=int(settings.limits.timeout) + 2,
        )
        ready()
        gc.collect()
        gc.freeze()  # what is there now stays; there is no need to look at it again and again
        Server(config).run(sockets=[listener])
    finally:
        pool.close()
