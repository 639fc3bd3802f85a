"""The pool: gives questions to workers, and ends the workers of those that take too long.

A worker answers one question at a time. To wake a process costs more than a light query does, so while queries are
light the next ones are put behind the one that a worker has; if that takes long, they are taken back and given to
others. The deadline counts from when a question came. A worker that is ended is replaced at once.
"""

import asyncio
import logging
import socket
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from kg.server.engine import Question
from kg.server.jobs import BusyError, Job, Reply, Stream, Worker
from kg.server.messages import ANSWER, BEGIN, JOB, KILL, NICE, REFUSAL, Frame, packed
from kg.server.processes import ZygoteProcess
from kg.server.scheduling import Capacity, Schedule
from kg.server.worker import Limits
from kg.store import Summary

_LOG: Final = logging.getLogger("kg.server")
_CHUNK: Final = 65_536

_TICK: Final = 0.05
_SHORT_TICK: Final = 0.01
"""Seconds between two looks at what is running; the short ones while questions stand behind others."""

_BEHIND: Final = 8
"""Questions that may stand behind one."""

_LIGHT: Final = 0.000_5
"""Seconds that questions take on the average up to which one is rather put behind another than given to who sleeps."""

_CROWD: Final = 0.05
"""Seconds after which a running question no longer keeps another from a free worker."""

_FRESH: Final = 0.002
"""Seconds up to which a running question may get others behind it."""

_NICE: Final = 1.0
"""Seconds after which a worker gets the least priority, so that it takes nothing from the others."""

_REST: Final = 10.0
"""Seconds without work after which a worker that has grown, or has the least priority, is replaced."""


class WorkerPool:
    """The workers of a server and the questions for them. Make it in the main thread, start it in an event loop."""

    def __init__(self, graphs: Mapping[str, Path], limits: Limits, capacity: Capacity) -> None:
        """Start to load Turtle files, by the IRIs of their named graphs, in a process of its own."""
        self.limits = limits
        self.capacity = capacity
        self.replaced: Counter[str] = Counter()
        """How many workers were replaced, by reason."""

        self._graphs = graphs
        self._zygote = ZygoteProcess(graphs, limits)
        self._workers: dict[int, Worker] = {}
        self._idle: list[Worker] = []
        self._schedule = Schedule(capacity)
        self._numbers = 0
        self._sending: set[asyncio.Task[None]] = set()
        self._average = 0.0
        self._closed = False
        self._forking = False
        self._loop: asyncio.AbstractEventLoop | None = None

    def loaded(self) -> Summary:
        """Wait until the data are loaded and return what is known of them. Raises DataError and InputError."""
        return self._zygote.loaded()

    async def start(self) -> None:
        """Make the workers. Call it once, in the event loop of the server, when the data are loaded."""
        self._loop = asyncio.get_running_loop()
        self._make_workers()
        self._loop.call_later(_TICK, self._tick)

    def close(self) -> None:
        """End all processes."""
        if not self._closed:
            self._closed = True
            if self._loop is not None:
                self._loop.remove_reader(self._zygote)
            self._zygote.end()
            for worker in list(self._workers.values()):
                self._drop(worker)

    @property
    def busy(self) -> int:
        """Return how many workers have a question."""
        return len(self._workers) - len(self._idle)

    @property
    def waiting(self) -> int:
        """Return how many questions wait."""
        return len(self._schedule)

    # The zygote

    def _make_workers(self) -> None:
        """Make all workers of a zygote that has loaded the data."""
        assert self._loop is not None  # noqa: S101  # start() was called
        self._loop.add_reader(self._zygote, self._zygote_ended)
        self._forking = True
        for _ in range(self.capacity.workers):
            self._fork()

    def _zygote_ended(self) -> None:
        """Start another zygote, which loads the same files; the workers of the old one ended with it."""
        assert self._loop is not None  # noqa: S101  # it called this
        _LOG.error("The process that holds the data ended; it is started anew.")
        self._forking = False
        self._loop.remove_reader(self._zygote)
        self._zygote.end()
        for worker in list(self._workers.values()):
            self._lose(worker)
        self._zygote = ZygoteProcess(self._graphs, self.limits)
        self._loop.add_reader(self._zygote, self._zygote_loaded)

    def _zygote_loaded(self) -> None:
        """Go on with another zygote."""
        assert self._loop is not None  # noqa: S101  # it called this
        self._loop.remove_reader(self._zygote)
        self._zygote.loaded()
        self._make_workers()

    # Workers

    def _fork(self) -> None:
        """Have a worker made, and give it a question if one waits."""
        if self._closed or not self._forking or self._loop is None:
            return
        self._numbers += 1
        connection = self._zygote.fork(self._numbers)
        if connection is None:
            return
        worker = Worker(self._numbers, connection, idle_since=time.monotonic())
        self._workers[worker.number] = worker
        self._loop.add_reader(connection, self._readable, worker)
        self._idle.append(worker)
        self._dispatch()

    def _lower_priority(self, worker: Worker) -> None:
        """Let a worker run when nothing else wants to."""
        worker.nice = True
        self._zygote.tell(NICE, worker.number)

    def _drop(self, worker: Worker) -> None:
        """Have no more to do with a worker; what stood behind its question is given to others."""
        del self._workers[worker.number]
        self._take_back(worker)
        if worker in self._idle:
            self._idle.remove(worker)
        if worker.streams:
            worker.connection.shutdown(socket.SHUT_RDWR)  # the stream reads the end of it, and closes it
        else:
            if self._loop is not None:
                self._loop.remove_reader(worker.connection)
            worker.connection.close()

    def _end(self, worker: Worker, reason: str) -> None:
        """End a worker at once, and have another made."""
        if worker.number in self._workers:
            self.replaced[reason] += 1
            self._zygote.tell(KILL, worker.number)
            self._drop(worker)
            worker.job = None
            self._fork()

    def _lose(self, worker: Worker) -> None:
        """Notice that a worker has ended by itself: the engine failed, or took more memory than it may."""
        self.replaced["lost"] += 1
        self._drop(worker)
        job, worker.job = worker.job, None
        if job is not None:
            self._finish(job, Reply("refusal", {"kind": "memory"}))
        if self._loop is not None and self._forking:
            stillborn = job is None and time.monotonic() - worker.idle_since < _TICK
            self._loop.call_later(_TICK if stillborn else 0, self._fork)

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
            self._end(worker, "cancelled")
        elif job is not None and frame.kind == BEGIN:
            assert self._loop is not None  # noqa: S101  # it called this
            self._take_back(worker)
            self._loop.remove_reader(worker.connection)
            worker.streams = True
            self._finish(job, Reply("stream", frame.fields, stream=Stream(self, worker, more)))
        elif job is not None and frame.kind in (ANSWER, REFUSAL):
            self._free(worker, job, frame)
            self._finish(job, Reply("answer" if frame.kind == ANSWER else "refusal", frame.fields, frame.body))
        else:
            self._end(worker, "confused")

    def cancel_stream(self, worker: Worker) -> None:
        """End a worker whose stream nobody wants."""
        self._end(worker, "cancelled")

    def finish_stream(self, worker: Worker, last: Frame | None) -> None:
        """Take back a worker whose stream has ended with its last frame, or end it when there was none."""
        if worker.number not in self._workers or self._loop is None or worker.job is None:
            worker.connection.close()
        elif last is None or worker.behind:
            self._end(worker, "cut")
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
        else:
            worker.job = None
            worker.idle_since = now
            self._idle.append(worker)
        if len(self._schedule):
            self._dispatch()

    def _take_back(self, worker: Worker) -> None:
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
        self._dispatch()
        return job

    def _running_slow(self) -> Counter[str]:
        """Return how many workers the slow questions hold, by client address."""
        return Counter(worker.job.client for worker in self._workers.values() if worker.job and worker.job.slow)

    def _dispatch(self) -> None:
        """Give questions to idle workers, or put them behind others."""
        while len(self._schedule):
            before = self._before() if self._average < _LIGHT else None
            if self._idle and (before is not None or not self._crowded()):
                job = self._schedule.next(self._running_slow)
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
        """Whether as many workers are at quick questions as there are processors; more would only be in their way."""
        begun = time.monotonic() - _CROWD
        jobs = [worker.job for worker in self._workers.values()]
        return sum(job is not None and not job.slow and job.started > begun for job in jobs) >= self.capacity.processors

    def _before(self) -> Worker | None:
        """Return the worker that another question may be put behind, or None."""
        now = time.monotonic()
        found: Worker | None = None
        for worker in self._workers.values():
            job = worker.job
            if (
                job is not None
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
            self._lower_priority(worker)
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

    def withdraw(self, job: Job) -> None:
        """Forget a question; the worker that has it is ended, as it cannot be told to stop."""
        if job.worker is not None and job.worker.job is job:
            self._end(job.worker, "cancelled")
        else:
            self._schedule.withdraw(job)

    # Time

    def _tick(self) -> None:
        """Look at what is running and waiting, and at who rests."""
        if self._closed or self._loop is None:
            return
        now = time.monotonic()
        behind = False
        for worker in list(self._workers.values()):
            if worker.job is not None:
                behind = behind or bool(worker.behind)
                self._watch(worker, worker.job, now)
            elif (worker.grown or worker.nice) and now - worker.idle_since > _REST:
                self._end(worker, "rested")
        for job in self._schedule.expired(now - self.limits.timeout):
            self._finish(job, Reply("refusal", {"kind": "busy"}))
        if len(self._schedule):
            self._dispatch()
        self._loop.call_later(_SHORT_TICK if behind else _TICK, self._tick)

    def _watch(self, worker: Worker, job: Job, now: float) -> None:
        """End what has passed its deadline; call slow what has passed its leash."""
        if now - job.asked > self.limits.timeout:
            self._schedule.slowed(job, Counter())
            self._end(worker, "deadline")
            self._finish(job, Reply("refusal", {"kind": "deadline"}))
            return
        taken = now - job.started
        if job.finished and not worker.streams and taken > _SHORT_TICK:  # its client left when it stood behind another
            self._end(worker, "cancelled")
            return
        if worker.behind and taken > _SHORT_TICK:
            self._take_back(worker)
        if taken > _NICE and not worker.nice:
            self._lower_priority(worker)
        if not job.slow and taken > self._schedule.leash:
            fits = self._schedule.slowed(job, self._running_slow())
            if not fits and not job.finished:
                self._put_back(worker, job)

    def _put_back(self, worker: Worker, job: Job) -> None:
        """Stop a question that has become slow where no more slow ones may run, and let it wait."""
        worker.job = job.worker = None
        try:
            self._schedule.add(job)
        except BusyError:
            self._finish(job, Reply("refusal", {"kind": "busy"}))
        self._end(worker, "leash")
