"""How much is done at a time, and in which order.

A question is quick until it has run for the leash, and slow from then on. Slow questions may never hold all workers,
nor those of one client address all places that slow ones have; one too many is stopped and waits, or is turned away.
Waiting questions are taken in turn from the clients, quick ones first.
"""

import hashlib
import os
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from kg.server.jobs import BusyError, Job

LEASH: Final = 0.5
SHORT_LEASH: Final = 0.1
"""Seconds after which a question is slow; the short ones while many wait."""

CROWD: Final = 0.05
"""Seconds after which a running question no longer keeps another from a free worker."""

_REMEMBERED: Final = 1024
"""Slow queries that are remembered, so that they are taken for slow at once."""


@dataclass(frozen=True)
class Capacity:
    """How much is done at a time: `workers`, and questions that may wait, in all and of a client address."""

    workers: int = max(4, (os.cpu_count() or 1) + 2)
    queue: int = 256

    @property
    def processors(self) -> int:
        """Return how many quick questions run at a time while none of them takes long."""
        return min(self.workers, max(2, os.cpu_count() or 1))

    @property
    def slow(self) -> int:
        """Return how many workers slow questions may hold."""
        return max(1, self.workers - max(1, self.workers // 4))

    @property
    def slow_of_a_client(self) -> int:
        """Return how many workers the slow questions of a client address may hold."""
        return max(1, self.slow - 1)

    @property
    def slow_queue(self) -> int:
        """Return how many slow questions may wait."""
        return max(1, self.queue // 16)


def crowded(running: Iterable[Job], now: float, processors: int) -> bool:
    """Whether as many quick questions run as there are processors; more would only be in their way.

    One that has run for `CROWD` seconds, at the moment `now`, no longer counts, so that it keeps nobody waiting.
    """
    return sum(not job.slow and now - job.started < CROWD for job in running) >= processors


class Waiting:
    """Questions that wait, taken in turn from the clients."""

    def __init__(self) -> None:
        """Start empty."""
        self._clients: OrderedDict[str, deque[Job]] = OrderedDict()
        self._length = 0

    def __len__(self) -> int:
        """Return how many wait."""
        return self._length

    def of(self, client: str) -> int:
        """Return how many of a client wait."""
        return len(self._clients.get(client, ()))

    def push(self, job: Job) -> None:
        """Add a question behind the others of its client."""
        self._clients.setdefault(job.client, deque()).append(job)
        self._length += 1

    def push_first(self, job: Job) -> None:
        """Put a question back before the others of its client."""
        self._clients.setdefault(job.client, deque()).appendleft(job)
        self._length += 1

    def pop(self, fits: Callable[[Job], bool] = lambda _job: True) -> Job | None:
        """Take the first question of the first client whose question fits; the client is then the last in turn."""
        for client, jobs in self._clients.items():
            if fits(jobs[0]):
                job = jobs[0]
                self.remove(job)
                if client in self._clients:
                    self._clients.move_to_end(client)
                return job
        return None

    def remove(self, job: Job) -> bool:
        """Take a question out. Return whether it was there."""
        jobs = self._clients.get(job.client)
        if jobs is None or job not in jobs:
            return False
        jobs.remove(job)
        self._length -= 1
        if not jobs:
            del self._clients[job.client]
        return True

    def older_than(self, moment: float) -> list[Job]:
        """Return the questions that were asked before a moment."""
        return [job for jobs in self._clients.values() for job in jobs if job.asked < moment]


class SlowQueries:
    """Remembers the queries that were slow, the last ones."""

    def __init__(self) -> None:
        """Start with none."""
        self._marks: OrderedDict[bytes, None] = OrderedDict()

    def __contains__(self, query: str) -> bool:
        """Whether a query was slow."""
        return bool(self._marks) and _mark(query) in self._marks

    def add(self, query: str) -> None:
        """Remember a query."""
        mark = _mark(query)
        self._marks[mark] = None
        self._marks.move_to_end(mark)
        if len(self._marks) > _REMEMBERED:
            self._marks.popitem(last=False)

    def discard(self, query: str) -> None:
        """Forget a query, which was quick this time."""
        self._marks.pop(_mark(query), None)


def _mark(query: str) -> bytes:
    """Return what a query is remembered by."""
    return hashlib.blake2b(query.encode(), digest_size=16).digest()


class Schedule:
    """The questions that wait, and which of them is next."""

    def __init__(self, capacity: Capacity) -> None:
        """Start with none."""
        self._capacity = capacity
        self._quick = Waiting()
        self._slow = Waiting()
        self._known_slow = SlowQueries()

    def __len__(self) -> int:
        """Return how many questions wait."""
        return len(self._quick) + len(self._slow)

    @property
    def leash(self) -> float:
        """Return after how many seconds a question is slow now."""
        return SHORT_LEASH if len(self._quick) > self._capacity.workers else LEASH

    def add(self, job: Job) -> None:
        """Let a new question wait. Raises BusyError when too many do."""
        job.slow = job.question.query in self._known_slow
        queue = self._slow if job.slow else self._quick
        most = self._capacity.slow_queue if job.slow else self._capacity.queue
        if len(queue) >= most or queue.of(job.client) >= max(1, most // 2):
            raise BusyError("All workers are busy, and as many questions wait as may.")
        queue.push(job)

    def next(self, running_slow: Callable[[], Counter[str]]) -> Job | None:
        """Take the question that is to be answered next, or None.

        `running_slow` tells how many workers the slow questions hold, by client address.
        """
        if self._slow:
            running = running_slow()
            if not self._quick or not running:
                job = self._slow.pop(lambda waiting: self._fits(waiting, running))
                if job is not None:
                    return job
        return self.next_quick()

    def next_quick(self) -> Job | None:
        """Take the quick question that is to be answered next, or None."""
        return self._quick.pop()

    def again(self, job: Job) -> None:
        """Put back a question that was given out and not begun."""
        self._quick.push_first(job)

    def _fits(self, job: Job, running: Counter[str]) -> bool:
        """Whether a slow question may run beside the slow ones that do."""
        return running.total() < self._capacity.slow and running[job.client] < self._capacity.slow_of_a_client

    def slowed(self, job: Job, running_slow: Counter[str]) -> bool:
        """Note that a running question has become slow. Return whether it may go on."""
        fits = self._fits(job, running_slow)
        job.slow = True
        self._known_slow.add(job.question.query)
        return fits

    def ended(self, job: Job, seconds: float) -> None:
        """Note how long a slow question took."""
        if job.slow and seconds < SHORT_LEASH:
            self._known_slow.discard(job.question.query)

    def withdraw(self, job: Job) -> None:
        """Forget a question that waits."""
        if not self._quick.remove(job):
            self._slow.remove(job)

    def expired(self, moment: float) -> list[Job]:
        """Take out and return the questions that were asked before a moment."""
        jobs = [*self._quick.older_than(moment), *self._slow.older_than(moment)]
        for job in jobs:
            self.withdraw(job)
        return jobs
