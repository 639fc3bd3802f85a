"""The zygotes of a server: the one whose data are served, and those of data served before, while workers use them.

One that ends by itself is replaced by another that loads the same files. The data are exchanged by exchanging the
zygote, which has loaded the new ones beside the old.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from kg.derivation import DataSource
from kg.errors import InputError
from kg.server.processes import ZygoteProcess
from kg.server.worker import Limits
from kg.store import Summary

AGAIN: Final = 1.0
"""Seconds after which data that could not be loaded again are tried once more."""

_LOG: Final = logging.getLogger("kg.server")


class Zygotes:
    """Holds the zygotes. `current` is the one whose data are served; `ready` says that it can fork workers."""

    def __init__(self, source: DataSource, limits: Limits) -> None:
        """Start to load data. Call it in the main thread."""
        self.current = ZygoteProcess(source, limits)
        self.ready = False
        self.on_end: Callable[[], None] = lambda: None
        """Called when the current zygote has ended, and its workers with it."""

        self.on_return: Callable[[], None] = lambda: None
        """Called when another zygote has loaded the data after that."""

        self.on_other_data: Callable[[Summary], None] = lambda _summary: None
        """Called with what is known of the data whenever others are served from now on."""

        self._limits = limits
        self._retired: set[ZygoteProcess] = set()
        self._digest = ""
        self._loop: asyncio.AbstractEventLoop | None = None

    def loaded(self) -> Summary:
        """Wait until the first data are loaded and return what is known of them. Raises DataError and InputError."""
        summary = self.current.loaded()
        self._digest = summary.digest
        return summary

    def start(self) -> None:
        """Begin to notice the end of the zygote, in the event loop that runs; the data must have been loaded."""
        self._loop = asyncio.get_running_loop()
        self._watch()

    def close(self) -> None:
        """End all of them, and all workers with them."""
        if self._loop is not None:
            self._loop.remove_reader(self.current)
        self._loop = None
        self.ready = False
        for zygote in (self.current, *self._retired):
            zygote.end()

    def _watch(self) -> None:
        """Notice the end of the current zygote, which has loaded its data."""
        assert self._loop is not None  # noqa: S101  # start() was called
        self._loop.add_reader(self.current, self._ended)
        self.ready = True

    # One that ends by itself

    def _ended(self) -> None:
        """Start another zygote; the workers of the one that ended are gone too."""
        _LOG.error("The process that holds the data ended; it is started anew.")
        self.ready = False
        self.on_end()
        self._load_again(self.current)

    def _load_again(self, ended: ZygoteProcess) -> None:
        """Start another zygote for the files of one that ended, unless it has been replaced since."""
        if self._loop is None or self.current is not ended:
            return
        self._loop.remove_reader(ended)
        ended.end()
        self.current = ZygoteProcess(ended.source, self._limits)
        self._loop.add_reader(self.current, self._loaded_again)

    def _loaded_again(self) -> None:
        """Go on with the other zygote. Its data are others if the files have changed since the first one read them."""
        if self._loop is None:
            return
        self._loop.remove_reader(self.current)
        try:
            summary = self.current.loaded()
        except InputError as error:
            _LOG.error("The data cannot be loaded again: %s", error)
            self._loop.call_later(AGAIN, self._load_again, self.current)
            return
        self._watch()
        self._serve(summary)
        self.on_return()

    def _serve(self, summary: Summary) -> None:
        """Tell of the data that are served from now on, if they are others."""
        if summary.digest != self._digest:
            self._digest = summary.digest
            self.on_other_data(summary)

    # Other data

    async def load(self, source: DataSource) -> ZygoteProcess:
        """Load other data beside those that are served.

        Raises DataError and InputError. What comes back is to be given to `exchange`, or to be ended.
        """
        loop = asyncio.get_running_loop()
        zygote = ZygoteProcess(source, self._limits)
        told = asyncio.Event()
        loop.add_reader(zygote, told.set)
        try:
            await told.wait()
            loop.remove_reader(zygote)
            zygote.loaded()
        except BaseException:
            loop.remove_reader(zygote)
            zygote.end()
            raise
        return zygote

    def exchange(self, zygote: ZygoteProcess) -> ZygoteProcess:
        """Serve the data of another zygote, which has loaded them. Return the old one, which is to be released."""
        assert self._loop is not None  # noqa: S101  # start() was called
        old, self.current = self.current, zygote
        self._loop.remove_reader(old)
        self._retired.add(old)
        self._watch()
        self._serve(zygote.summary)
        return old

    def release(self, zygote: ZygoteProcess) -> None:
        """End a zygote whose last worker has ended, if its data are no longer served."""
        if zygote in self._retired:
            self._retired.remove(zygote)
            if self._loop is not None:
                self._loop.run_in_executor(None, zygote.end)  # to give back much memory takes a while
