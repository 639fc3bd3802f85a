"""The front's hold on the zygote: to start it, to have it fork and end workers, to notice its end."""

import logging
import os
import socket
import subprocess
import sys
from typing import Final

from kg.derivation import DataSource
from kg.errors import InputError
from kg.server.messages import BROKEN, FORK, LOAD, Channel, ClosedError, packed
from kg.server.worker import Limits
from kg.server.zygote import HUGE_PAGES
from kg.store import DataError, Summary

_LOG: Final = logging.getLogger("kg.server")


class ZygoteProcess:
    """The zygote as the front sees it. Make it in the main thread: the kernel ends it when that thread ends."""

    def __init__(self, source: DataSource, limits: Limits) -> None:
        """Start the process, which loads the data while this one goes on."""
        self.source = source
        self._summary: Summary | None = None
        self._control, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, "-m", "kg.server.zygote", str(theirs.fileno())]
            self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()], env={**os.environ, **HUGE_PAGES})
        told = {
            "front": os.getpid(),
            "graphs": {name: str(path) for name, path in source.graphs.items()},
            "key_queries": dict(source.key_queries),
            "timeout": limits.timeout,
            "memory": limits.memory,
        }
        self._control.sendall(packed(LOAD, told))

    def loaded(self) -> Summary:
        """Wait until the data are loaded and return what is known of them.

        Raises DataError when a file is not Turtle, and InputError when the data cannot be loaded for another reason.
        """
        try:
            frame = Channel(self._control).receive()
        except ClosedError as error:
            raise InputError("The process that loads the data ended; is there memory for them?") from error
        if frame.kind == BROKEN:
            raise (DataError if frame.fields["syntax"] else InputError)(frame.body.decode())
        self._summary = Summary(**frame.fields)
        return self._summary

    @property
    def summary(self) -> Summary:
        """Return what is known of the data, which must have been loaded."""
        assert self._summary is not None  # noqa: S101  # loaded() was called
        return self._summary

    def fileno(self) -> int:
        """Return the descriptor that becomes readable when the data are loaded, and when the zygote has ended."""
        return self._control.fileno()

    def fork(self, number: int) -> socket.socket | None:
        """Have a worker made and return the connection to it, or None when the zygote is gone.

        A question may be sent before the worker is there.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                socket.send_fds(self._control, [packed(FORK, {"number": number})], [theirs.fileno()])
            except OSError:  # which is dealt with where the end of the zygote is noticed
                ours.close()
                return None
        ours.setblocking(False)
        return ours

    def tell(self, kind: bytes, number: int) -> None:
        """Have something done to a worker: KILL or NICE."""
        try:
            self._control.sendall(packed(kind, {"number": number}))
        except OSError:
            _LOG.debug("The process that holds the data is gone.")

    def end(self) -> None:
        """End the zygote, and its workers with it."""
        self._control.close()
        self._process.kill()
        self._process.wait()
