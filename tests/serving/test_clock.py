"""What the clock of the pool does at which moment, on a pool that only writes down what it is told."""

from collections import Counter
from typing import cast

import pytest
from tests.serving.test_scheduling import job

from kg.server.clock import NICE, REST, SHORT_TICK, TICK, Clock
from kg.server.jobs import BusyError, Job, Worker
from kg.server.processes import ZygoteProcess
from kg.server.scheduling import LEASH, SHORT_LEASH, Capacity, Schedule

TIMEOUT = 10.0
NOW = 1000.0


class Pool:
    """Two workers, and what was done to them, in order. `others_slow` counts slow questions of another client."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.others_slow = 0
        self.schedule = Schedule(Capacity(4, 16))
        self.clock = Clock(self, self.schedule, TIMEOUT)
        none = cast("ZygoteProcess", None)
        self.first, self.second = (Worker(number, none, cast("object", None)) for number in (1, 2))  # type: ignore[arg-type]

    def run(self, worker: Worker, seconds: float, asked: float | None = None, slow: bool = False) -> Job:
        """Let a worker have a question, for some seconds, that was asked so long ago."""
        one = job("client", f"ASK {{}} # {worker.number}", NOW - (seconds if asked is None else asked))
        one.started, one.slow, one.worker = NOW - seconds, slow, worker
        worker.job = one
        return one

    def workers(self) -> list[Worker]:
        """The two."""
        return [self.first, self.second]

    def running_slow(self) -> Counter[str]:
        """Those of others, and those of the two."""
        slow = Counter(worker.job.client for worker in self.workers() if worker.job and worker.job.slow)
        return slow + Counter({"other": self.others_slow})

    def end(self, worker: Worker, reason: str) -> None:
        """Write it down."""
        self.told.append(f"end {worker.number}: {reason}")

    def lower_priority(self, worker: Worker) -> None:
        """Write it down."""
        worker.nice = True
        self.told.append(f"nice {worker.number}")

    def take_back(self, worker: Worker) -> None:
        """Write it down."""
        worker.behind.clear()
        self.told.append(f"take back {worker.number}")

    def refuse(self, job: Job, kind: str) -> None:
        """Write it down."""
        job.finished = True
        self.told.append(f"refuse: {kind}")

    def dispatch(self) -> None:
        """Write it down."""
        self.told.append("dispatch")


LITTLE = 0.001

# Seconds that a question has run, seconds since it was asked, whether it is slow and its worker nice; what is done.
RUNNING: dict[str, tuple[float, float, bool, bool, list[str]]] = {
    "just begun": (0.0, 0.0, False, False, []),
    "nearly slow": (LEASH - LITTLE, LEASH, False, False, []),
    "slow": (LEASH + LITTLE, LEASH + LITTLE, False, False, []),
    "not yet of the least priority": (NICE - LITTLE, NICE, True, False, []),
    "of the least priority": (NICE + LITTLE, NICE + LITTLE, True, False, ["nice 1"]),
    "of the least priority already": (NICE + LITTLE, NICE + LITTLE, True, True, []),
    "nearly at its deadline": (TIMEOUT - LITTLE, TIMEOUT - LITTLE, True, True, []),
    "past its deadline": (TIMEOUT + LITTLE, TIMEOUT + LITTLE, True, True, ["end 1: deadline", "refuse: deadline"]),
    "past its deadline by waiting": (LITTLE, TIMEOUT + LITTLE, False, False, ["end 1: deadline", "refuse: deadline"]),
}


@pytest.mark.parametrize("name", RUNNING)
def test_a_question_that_runs(name: str) -> None:
    seconds, asked, slow, nice, expected = RUNNING[name]
    pool = Pool()
    pool.first.nice = nice
    one = pool.run(pool.first, seconds, asked, slow)
    assert pool.clock.look(NOW) == TICK
    assert pool.told == expected
    assert one.slow == (slow or asked > TIMEOUT or seconds > LEASH)


def test_a_query_past_its_deadline_is_known_to_be_slow() -> None:
    pool = Pool()
    one = pool.run(pool.first, LITTLE, TIMEOUT + LITTLE)
    pool.clock.look(NOW)
    again = job("client", one.question.query, NOW)
    pool.schedule.add(again)
    assert again.slow


@pytest.mark.parametrize(
    ("others", "fits"), [(0, True), (1, True), (2, True), (Capacity(4, 16).slow, False)]
)  # fmt: skip
def test_one_that_becomes_slow_where_no_more_may_waits(others: int, fits: bool) -> None:
    pool = Pool()
    pool.others_slow = others
    one = pool.run(pool.first, LEASH + LITTLE)
    pool.clock.look(NOW)
    assert one.slow
    assert pool.told == ([] if fits else ["end 1: leash", "dispatch"])
    assert (pool.first.job is one, one.worker is pool.first, len(pool.schedule)) == (fits, fits, 0 if fits else 1)


def test_one_that_can_neither_go_on_nor_wait_is_refused() -> None:
    pool = Pool()
    pool.others_slow = Capacity(4, 16).slow
    with pytest.raises(BusyError):  # noqa: PT012  # it comes when there is no room
        for number in range(100):
            waiting = job(f"client {number}", "ASK { ?s ?p ?o }", NOW)
            pool.schedule.slowed(waiting, Counter())
            pool.schedule.add(waiting)
    pool.run(pool.first, LEASH + LITTLE)
    pool.clock.look(NOW)
    assert pool.told == ["refuse: busy", "end 1: leash", "dispatch"]


def test_one_whose_client_left_is_ended_unless_it_ends_at_once() -> None:
    pool = Pool()
    pool.run(pool.first, SHORT_TICK - LITTLE).finished = True
    pool.run(pool.second, SHORT_TICK + LITTLE).finished = True
    pool.clock.look(NOW)
    assert pool.told == ["end 2: cancelled"]


def test_a_stream_has_told_its_client_and_goes_on() -> None:
    pool = Pool()
    pool.run(pool.first, 0.3).finished = True
    pool.first.streams = True
    pool.clock.look(NOW)
    assert pool.told == []


@pytest.mark.parametrize(("seconds", "expected"), [(SHORT_TICK - LITTLE, []), (SHORT_TICK + LITTLE, ["take back 1"])])
def test_what_stands_behind_others_is_looked_at_soon(seconds: float, expected: list[str]) -> None:
    pool = Pool()
    pool.run(pool.first, seconds)
    pool.first.behind.append(job("client", "ASK {} # behind"))
    assert pool.clock.look(NOW) == SHORT_TICK
    assert pool.told == expected


@pytest.mark.parametrize("grown", [False, True])
@pytest.mark.parametrize("nice", [False, True])
@pytest.mark.parametrize("rested", [REST - 1, REST + 1])
def test_who_rests(grown: bool, nice: bool, rested: float) -> None:
    pool = Pool()
    pool.first.grown, pool.first.nice = grown, nice
    pool.first.idle_since, pool.second.idle_since = NOW - rested, NOW - 2 * REST
    pool.clock.look(NOW)
    assert pool.told == (["end 1: rested"] if (grown or nice) and rested > REST else [])


def test_what_has_waited_for_too_long_is_refused() -> None:
    pool = Pool()
    for asked in (TIMEOUT + 1, TIMEOUT + 2, TIMEOUT - 1):
        pool.schedule.add(job(f"client {asked}", "ASK {}", NOW - asked))
    pool.clock.look(NOW)
    assert pool.told == ["refuse: busy", "refuse: busy", "dispatch"]
    assert len(pool.schedule) == 1


def test_the_leash_is_short_while_many_wait() -> None:
    pool = Pool()
    one = pool.run(pool.first, (SHORT_LEASH + LEASH) / 2)
    pool.clock.look(NOW)
    assert not one.slow
    for number in range(Capacity(4, 16).workers + 1):
        pool.schedule.add(job(f"client {number}", "ASK {}", NOW))
    pool.clock.look(NOW)
    assert one.slow
