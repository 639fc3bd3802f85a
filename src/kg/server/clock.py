"""The clock of the pool: looks at what runs, waits and rests, again and again, and ends what takes too long."""

import asyncio
import time
from collections import Counter
from typing import Final, Protocol

from kg.server.jobs import BusyError, Job, Worker
from kg.server.scheduling import Schedule

TICK: Final = 0.05
SHORT_TICK: Final = 0.01
"""Seconds between two looks; the short ones while questions stand behind others."""

NICE: Final = 1.0
"""Seconds after which a worker gets the least priority, so that it takes nothing from the others."""

REST: Final = 10.0
"""Seconds without work after which a worker that has grown, or has the least priority, is replaced."""


class Watched(Protocol):
    """What the clock looks at, and tells what to do: the pool."""

    def workers(self) -> list[Worker]:
        """Return the workers."""

    def running_slow(self) -> Counter[str]:
        """Return how many workers the slow questions hold, by client address."""

    def end(self, worker: Worker, reason: str) -> None:
        """End a worker at once, and have another made."""

    def lower_priority(self, worker: Worker) -> None:
        """Let a worker run when nothing else wants to."""

    def take_back(self, worker: Worker) -> None:
        """Give what stands behind a question to others."""

    def refuse(self, job: Job, kind: str) -> None:
        """Tell who asked that there is no answer."""

    def dispatch(self) -> None:
        """Give questions that wait to workers."""


class Clock:
    """Keeps deadlines, leashes and rests. Times are in seconds, moments are those of `time.monotonic`."""

    def __init__(self, pool: Watched, schedule: Schedule, timeout: float) -> None:
        """Take what is looked at, the questions that wait, and the seconds that a question may take in all."""
        self._pool = pool
        self._schedule = schedule
        self._timeout = timeout
        self._next: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin to look, in the event loop that runs."""
        self._next = asyncio.get_running_loop().call_later(TICK, self._tick)

    def stop(self) -> None:
        """Look no more."""
        if self._next is not None:
            self._next.cancel()

    def _tick(self) -> None:
        """Look, and set the next look."""
        self._next = asyncio.get_running_loop().call_later(self.look(time.monotonic()), self._tick)

    def look(self, now: float) -> float:
        """Do what is due at a moment, and return after how many seconds to look again."""
        behind = False
        for worker in self._pool.workers():
            if worker.job is not None:
                behind = behind or bool(worker.behind)
                self._look_at(worker, worker.job, now)
            elif (worker.grown or worker.nice) and now - worker.idle_since > REST:
                self._pool.end(worker, "rested")
        for job in self._schedule.expired(now - self._timeout):
            self._pool.refuse(job, "busy")
        if len(self._schedule):
            self._pool.dispatch()
        return SHORT_TICK if behind else TICK

    def _look_at(self, worker: Worker, job: Job, now: float) -> None:
        """End what has passed its deadline; call slow what has passed its leash."""
        if now - job.asked > self._timeout:
            self._schedule.slowed(job, Counter())
            self._pool.end(worker, "deadline")
            self._pool.refuse(job, "deadline")
            return
        taken = now - job.started
        if job.finished and not worker.streams and taken > SHORT_TICK:  # its client left when it stood behind another
            self._pool.end(worker, "cancelled")
            return
        if worker.behind and taken > SHORT_TICK:
            self._pool.take_back(worker)
        if taken > NICE and not worker.nice:
            self._pool.lower_priority(worker)
        if not job.slow and taken > self._schedule.leash:
            fits = self._schedule.slowed(job, self._pool.running_slow())
            if not fits and not job.finished:
                self._put_back(worker, job)

    def _put_back(self, worker: Worker, job: Job) -> None:
        """Stop a question that has become slow where no more slow ones may run, and let it wait."""
        worker.job = job.worker = None
        try:
            self._schedule.add(job)
        except BusyError:
            self._pool.refuse(job, "busy")
        self._pool.end(worker, "leash")
