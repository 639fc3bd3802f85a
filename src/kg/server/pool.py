"""The pool: gives questions to workers, and ends the workers of those that take too long.

A worker answers one question at a time. To wake a process costs more than a light query does, so while queries are
light the next ones are put behind the one that a worker has; if that takes long, they are taken back and given to
others. The deadline counts from when a question came. A worker that is ended is replaced at once.

The data are exchanged by exchanging the zygote: from then on questions are given to workers of the new one, and those
of the old one end with what they have.
"""

import asyncio
import socket
import time
from collections import Counter, deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

from kg.derivation import DataSource
from kg.server.clock import Clock
from kg.server.engine import Question
from kg.server.jobs import Job, Reply, Stream, Worker
from kg.server.messages import ANSWER, BEGIN, JOB, KILL, NICE, REFUSAL, Frame, packed
from kg.server.processes import ZygoteProcess
from kg.server.scheduling import Capacity, Schedule, crowded
from kg.server.worker import Limits
from kg.server.zygotes import Zygotes
from kg.store import Summary

_CHUNK: Final = 65_536

_BEHIND: Final = 8
"""Questions that may stand behind one."""

_LIGHT: Final = 0.000_5
"""Seconds that questions take on the average up to which one is rather put behind another than given to who sleeps."""

_FRESH: Final = 0.002
"""Seconds up to which a running question may get others behind it."""

_STILLBORN: Final = 0.05
"""Seconds within which a worker that ends without a question was none, and for which the next one is put off."""


class WorkerPool:
    """The workers of a server and the questions for them. Make it in the main thread, start it in an event loop."""

    def __init__(self, source: DataSource, limits: Limits, capacity: Capacity) -> None:
        """Start to load data in a process of its own."""
        self.limits = limits
        self.capacity = capacity
        self.replaced: Counter[str] = Counter()
        """How many workers were replaced, by reason."""

        self._zygotes = Zygotes(source, limits)
        self._workers: dict[int, Worker] = {}
        self._idle: list[Worker] = []
        self._schedule = Schedule(capacity)
        self._clock = Clock(self, self._schedule, limits.timeout)
        self._numbers = 0
        self._sending: set[asyncio.Task[None]] = set()
        self._average = 0.0
        self._closed = False
        self._loop: asyncio.AbstractEventLoop | None = None

    def loaded(self) -> Summary:
        """Wait until the data are loaded and return what is known of them. Raises DataError and InputError."""
        return self._zygotes.loaded()

    async def start(self, on_other_data: Callable[[Summary], None]) -> None:
        """Make the workers. Call it once, in the event loop of the server, when the data are loaded.

        `on_other_data` is called with what is known of the data whenever others are served from then on.
        """
        self._loop = asyncio.get_running_loop()
        self._zygotes.on_end = self._lose_all
        self._zygotes.on_return = self._make_workers
        self._zygotes.on_other_data = on_other_data
        self._zygotes.start()
        self._make_workers()
        self._clock.start()

    def close(self) -> None:
        """End all processes."""
        if not self._closed:
            self._closed = True
            self._clock.stop()
            self._zygotes.close()
            for worker in self.workers():
                self._drop(worker)

    def workers(self) -> list[Worker]:
        """Return the workers."""
        return list(self._workers.values())

    @property
    def busy(self) -> int:
        """Return how many workers have a question."""
        return len(self._workers) - len(self._idle)

    @property
    def waiting(self) -> int:
        """Return how many questions wait."""
        return len(self._schedule)

    # The data

    async def load(self, source: DataSource) -> ZygoteProcess:
        """Load other data beside those that are served.

        Raises DataError and InputError. What comes back is to be given to `exchange`, or to be ended.
        """
        return await self._zygotes.load(source)

    def exchange(self, zygote: ZygoteProcess) -> None:
        """Serve the data of another zygote, which has loaded them.

        What runs ends with the old data; what waits, and what comes from now on, is answered from the new ones.
        """
        old = self._zygotes.exchange(zygote)
        for worker in [worker for worker in self._idle if worker.zygote is old]:
            self.end(worker, "exchanged")
        self._release(old)
        self._make_workers()

    def _release(self, zygote: ZygoteProcess) -> None:
        """Let a zygote go that no worker needs."""
        if not any(worker.zygote is zygote for worker in self._workers.values()):
            self._zygotes.release(zygote)

    def _lose_all(self) -> None:
        """Notice that the zygote has ended, and its workers with it."""
        for worker in self.workers():
            if worker.zygote is self._zygotes.current:
                self._lose(worker)

    # Workers

    def _make_workers(self) -> None:
        """Have all workers made by a zygote that has loaded the data."""
        for _ in range(self.capacity.workers):
            self._fork(self._zygotes.current)

    def _fork(self, zygote: ZygoteProcess) -> None:
        """Have a worker made, unless the zygote is no longer served, and give it a question if one waits."""
        if self._loop is None or zygote is not self._zygotes.current or not self._zygotes.ready:
            return
        self._numbers += 1
        connection = zygote.fork(self._numbers)
        if connection is None:
            return
        worker = Worker(self._numbers, zygote, connection, idle_since=time.monotonic())
        self._workers[worker.number] = worker
        self._loop.add_reader(connection, self._readable, worker)
        self._idle.append(worker)
        self.dispatch()

    def lower_priority(self, worker: Worker) -> None:
        """Let a worker run when nothing else wants to."""
        worker.nice = True
        worker.zygote.tell(NICE, worker.number)

    def _drop(self, worker: Worker) -> None:
        """Have no more to do with a worker; what stood behind its question is given to others."""
        del self._workers[worker.number]
        self.take_back(worker)
        if worker in self._idle:
            self._idle.remove(worker)
        if worker.streams:
            worker.connection.shutdown(socket.SHUT_RDWR)  # the stream reads the end of it, and closes it
        else:
            if self._loop is not None:
                self._loop.remove_reader(worker.connection)
            worker.connection.close()
        self._release(worker.zygote)

    def end(self, worker: Worker, reason: str) -> None:
        """End a worker at once, and have another made, unless its data are no longer served."""
        if worker.number in self._workers:
            self.replaced[reason] += 1
            worker.zygote.tell(KILL, worker.number)
            self._drop(worker)
            worker.job = None
            self._fork(worker.zygote)

    def _lose(self, worker: Worker) -> None:
        """Notice that a worker has ended by itself: the engine failed, or took more memory than it may."""
        self.replaced["lost"] += 1
        self._drop(worker)
        job, worker.job = worker.job, None
        if job is not None:
            self.refuse(job, "memory")
        if self._loop is not None:
            stillborn = job is None and time.monotonic() - worker.idle_since < _STILLBORN
            self._loop.call_later(_STILLBORN if stillborn else 0, self._fork, worker.zygote)

    def _readable(self, worker: Worker) -> None:
        """Read what a worker sends."""
        try:
            data = worker.connection.recv(_CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._lose(worker)
            return
        frames = deque(worker.unpacker.feed(data))
        while frames and not worker.streams and worker.number in self._workers:
            self._received(worker, frames.popleft(), frames)

    def _received(self, worker: Worker, frame: Frame, more: deque[Frame]) -> None:
        """Take the first frame of a reply."""
        job = worker.job
        if job is not None and job.finished and frame.kind == BEGIN:
            self.end(worker, "cancelled")
        elif job is not None and frame.kind == BEGIN:
            assert self._loop is not None  # noqa: S101  # it called this
            self.take_back(worker)
            self._loop.remove_reader(worker.connection)
            worker.streams = True
            stream = Stream(self, worker, more)
            self._finish(job, Reply("stream", frame.fields, stream=stream, data=worker.zygote.summary))
        elif job is not None and frame.kind in (ANSWER, REFUSAL):
            self._free(worker, job, frame)
            kind = "answer" if frame.kind == ANSWER else "refusal"
            self._finish(job, Reply(kind, frame.fields, frame.body, data=worker.zygote.summary))
        else:
            self.end(worker, "confused")

    def cancel_stream(self, worker: Worker) -> None:
        """End a worker whose stream nobody wants."""
        self.end(worker, "cancelled")

    def finish_stream(self, worker: Worker, last: Frame | None) -> None:
        """Take back a worker whose stream has ended with its last frame, or end it when there was none."""
        if worker.number not in self._workers or self._loop is None or worker.job is None:
            worker.connection.close()
        elif last is None or worker.behind:
            self.end(worker, "cut")
            worker.connection.close()
        else:
            worker.streams = False
            self._loop.add_reader(worker.connection, self._readable, worker)
            self._free(worker, worker.job, last)

    def _free(self, worker: Worker, job: Job, frame: Frame) -> None:
        """Go on with a worker that has finished a job: with what stands behind it, with what waits, or with rest."""
        now = time.monotonic()
        taken = now - job.started
        worker.grown = worker.grown or "grown" in frame.fields
        self._schedule.ended(job, taken)
        self._average += (taken - self._average) / (4 if taken > self._average else 32)
        if worker.behind:
            worker.job = worker.behind.popleft()
            worker.job.started = now
        elif worker.zygote is not self._zygotes.current:
            self.end(worker, "exchanged")
        else:
            worker.job = None
            worker.idle_since = now
            self._idle.append(worker)
        if len(self._schedule):
            self.dispatch()

    def take_back(self, worker: Worker) -> None:
        """Give what stands behind a question to others. The worker answers it all the same; nobody will listen."""
        for index, job in enumerate(worker.behind):
            if not job.finished:
                worker.behind[index] = replace(job, finished=True)
                job.worker = None
                self._schedule.again(job)

    # Questions

    def submit(self, question: Question, client: str, done: Callable[[Reply], None]) -> Job:
        """Take a question of a client address. `done` is called with the reply, never before this returns.

        Raises BusyError when it can neither be answered nor wait.
        """
        job = Job(self, question, client, done, time.monotonic())
        self._schedule.add(job)
        self.dispatch()
        return job

    def running_slow(self) -> Counter[str]:
        """Return how many workers the slow questions hold, by client address."""
        return Counter(worker.job.client for worker in self._workers.values() if worker.job and worker.job.slow)

    def dispatch(self) -> None:
        """Give questions to idle workers, or put them behind others."""
        while len(self._schedule):
            before = self._before() if self._average < _LIGHT else None
            if self._idle and (before is not None or not self._crowded()):
                job = self._schedule.next(self.running_slow)
            else:
                job = None if before is None else self._schedule.next_quick()
            if job is None:
                return
            if before is None or job.slow:
                self._give(self._chosen(job), job)
            else:
                before.behind.append(job)
                self._send(before, job)

    def _crowded(self) -> bool:
        """Whether more questions at a time would only be in each other's way."""
        running = [worker.job for worker in self._workers.values() if worker.job is not None]
        return crowded(running, time.monotonic(), self.capacity.processors)

    def _before(self) -> Worker | None:
        """Return the worker that another question may be put behind, or None."""
        now = time.monotonic()
        found: Worker | None = None
        for worker in self._workers.values():
            job = worker.job
            if (
                job is not None
                and worker.zygote is self._zygotes.current
                and not (job.slow or worker.nice or worker.streams)
                and now - job.started < _FRESH
                and len(worker.behind) < (_BEHIND if found is None else len(found.behind))
            ):
                found = worker
        return found

    def _chosen(self, job: Job) -> Worker:
        """Return the idle worker for a question: the last used one, for a slow question one of the least priority."""
        for index in range(len(self._idle) - 1, -1, -1):
            if self._idle[index].nice == job.slow:
                return self._idle.pop(index)
        return self._idle.pop()

    def _give(self, worker: Worker, job: Job) -> None:
        """Give a question to an idle worker."""
        if job.slow and not worker.nice:
            self.lower_priority(worker)
        worker.job = job
        job.started = time.monotonic()
        self._send(worker, job)

    def _send(self, worker: Worker, job: Job) -> None:
        """Send a question to a worker."""
        assert self._loop is not None  # noqa: S101  # start() was called
        job.worker = worker
        question = job.question
        fields: dict[str, Any] = {"accept": question.accept, "encoding": question.encoding}
        if question.default_graphs or question.named_graphs:
            fields |= {"default_graphs": question.default_graphs, "named_graphs": question.named_graphs}
        if question.format is not None:
            fields["format"] = question.format
        frame = packed(JOB, fields, question.query.encode())
        try:
            sent = worker.connection.send(frame)
        except OSError:  # the worker has ended, which is noticed when it is read from
            return
        if sent < len(frame):
            task = self._loop.create_task(self._send_rest(worker, frame[sent:]))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    async def _send_rest(self, worker: Worker, rest: bytes) -> None:
        """Send what did not fit into the buffer of the socket."""
        with suppress(OSError):
            await asyncio.get_running_loop().sock_sendall(worker.connection, rest)

    def _finish(self, job: Job, reply: Reply) -> None:
        """Tell who asked."""
        if not job.finished:
            job.finished = True
            job.done(reply)

    def refuse(self, job: Job, kind: str) -> None:
        """Tell who asked that there is no answer, for a reason that `SparqlEndpoint` knows."""
        self._finish(job, Reply("refusal", {"kind": kind}))

    def withdraw(self, job: Job) -> None:
        """Forget a question; the worker that has it is ended, as it cannot be told to stop."""
        if job.worker is not None and job.worker.job is job:
            self.end(job.worker, "cancelled")
        else:
            self._schedule.withdraw(job)
