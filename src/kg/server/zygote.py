"""The zygote: a process of one thread that loads the data once and forks workers, which share its memory.

A fork takes milliseconds whatever the size of the data, so a worker that must be ended costs little. The front starts
the zygote with `python -m kg.server.zygote FD` and tells it what to load; when the front is gone, so is the zygote, and
its workers with it.
"""

import gc
import os
import signal
import socket
import sys
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import Final

from kg.derivation import DataSource
from kg.errors import KnowledgeGraphError
from kg.server.messages import BROKEN, FORK, KILL, NICE, READY, Channel, ClosedError, Unpacker
from kg.server.worker import Limits, die_with_parent, work
from kg.store import DataError, GraphStore

HUGE_PAGES: Final = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}
"""Environment in which the C library asks for huge pages, so that a fork copies a hundredth of the page tables."""

_LEAST_PRIORITY: Final = 19


class Zygote:
    """The workers by the numbers that the front gives them."""

    def __init__(self, control: socket.socket, data: GraphStore, limits: Limits) -> None:
        """Take the socket to the front, the data, and what a question may take."""
        self._control = control
        self._data = data
        self._limits = limits
        self._workers: dict[int, int] = {}

    def run(self) -> None:
        """Do what the front asks until it is gone."""
        signal.signal(signal.SIGCHLD, self._reap)
        unpacker = Unpacker()
        descriptors: list[int] = []
        while True:
            try:
                data, received, _, _ = socket.recv_fds(self._control, 65_536, 64)
            except ConnectionError:
                return
            if not data:
                return
            descriptors += received
            for frame in unpacker.feed(data):
                number = int(frame.fields["number"])
                if frame.kind == FORK:
                    self._fork(number, descriptors.pop(0))
                elif (process := self._workers.get(number)) is not None:
                    if frame.kind == KILL:
                        os.kill(process, signal.SIGKILL)
                    elif frame.kind == NICE:
                        os.setpriority(os.PRIO_PROCESS, process, _LEAST_PRIORITY)

    def _fork(self, number: int, descriptor: int) -> None:
        """Make a worker that answers at the socket."""
        parent = os.getpid()
        # A child that ends before it is entered would be reaped as a stranger.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
        try:
            process = os.fork()
            if process == 0:
                try:
                    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
                    die_with_parent(parent)
                    work(socket.socket(fileno=descriptor), self._data, self._limits)
                finally:
                    os._exit(70)
            self._workers[number] = process
        finally:
            os.close(descriptor)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})

    def _reap(self, _signal: int, _frame: FrameType | None) -> None:
        """Forget the workers that ended. No number of a process is used anew before that, so none is killed wrongly."""
        while True:
            try:
                process, _ = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if process == 0:
                return
            self._workers = {number: other for number, other in self._workers.items() if other != process}


def main() -> None:
    """Load what the front names in its first frame, say so, and serve it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes of a terminal; the front decides
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    control = socket.socket(fileno=int(sys.argv[1]))
    channel = Channel(control)
    try:
        wanted = channel.receive().fields
        die_with_parent(wanted["front"])
        graphs = {name: Path(path) for name, path in wanted["graphs"].items()}
        data, summary = DataSource(graphs, wanted["key_queries"]).load()
        channel.send(READY, asdict(summary))
    except ClosedError:
        return
    except KnowledgeGraphError as error:
        channel.send(BROKEN, {"syntax": isinstance(error, DataError)}, str(error).encode())
        return
    gc.collect()
    gc.freeze()
    Zygote(control, data, Limits(wanted["timeout"], wanted["memory"])).run()


if __name__ == "__main__":
    main()
