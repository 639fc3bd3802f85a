"""What is answered next: every question in its turn, none lost or doubled, and places that no one can take alone."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from kg.server.engine import Question
from kg.server.jobs import BusyError, Job, Reply, Worker
from kg.server.messages import Frame
from kg.server.scheduling import CROWD, Capacity, Schedule, Waiting, crowded


class Nobody:
    """An owner of jobs who does nothing with them."""

    def withdraw(self, job: Job) -> None:
        """Do nothing."""

    def cancel_stream(self, worker: Worker) -> None:
        """Do nothing."""

    def finish_stream(self, worker: Worker, last: Frame | None) -> None:
        """Do nothing."""


def job(client: str, query: str = "ASK {}", asked: float = 0.0) -> Job:
    """Return a question of a client."""

    def done(reply: Reply) -> None:
        """Do nothing."""

    return Job(Nobody(), Question(query), client, done, asked)


CLIENTS = st.sampled_from("abcde")


@given(st.lists(CLIENTS, max_size=40))
def test_clients_take_turns(clients: list[str]) -> None:
    """Nobody has a second turn while another who waits has had none."""
    waiting = Waiting()
    jobs = [job(client) for client in clients]
    for one in jobs:
        waiting.push(one)
    order = []
    while (taken := waiting.pop()) is not None:
        order.append(taken)
    assert len(waiting) == 0
    assert sorted(map(id, order)) == sorted(map(id, jobs))
    left = Counter(clients)
    turns: Counter[str] = Counter()
    for taken in order:
        assert all(turns[taken.client] <= turns[other] for other in left if left[other] > 0)
        turns[taken.client] += 1
        left[taken.client] -= 1
    for client in set(clients):
        assert [one for one in order if one.client == client] == [one for one in jobs if one.client == client]


@given(st.lists(CLIENTS, max_size=20), st.sets(CLIENTS))
def test_only_what_fits_is_taken(clients: list[str], fitting: set[str]) -> None:
    waiting = Waiting()
    for client in clients:
        waiting.push(job(client))
    taken = []
    while (one := waiting.pop(lambda candidate: candidate.client in fitting)) is not None:
        taken.append(one.client)
    assert Counter(taken) == Counter(client for client in clients if client in fitting)
    assert len(waiting) == sum(client not in fitting for client in clients)


@pytest.mark.parametrize("workers", range(1, 40))
def test_slow_questions_never_have_all_places(workers: int) -> None:
    capacity = Capacity(workers, 256)
    assert 1 <= capacity.slow_of_a_client <= capacity.slow <= workers
    if workers > 1:
        assert capacity.slow < workers
    if workers > 3:
        assert capacity.slow_of_a_client < capacity.slow


# Of each question that runs whether it is slow, and the seconds since it began; processors; whether it is crowded.
RUNNING: list[tuple[list[tuple[bool, float]], int, bool]] = [
    ([], 1, False),
    ([(False, 0.0)], 2, False),
    ([(False, 0.0)], 1, True),
    ([(False, 0.0), (False, CROWD / 2)], 2, True),
    ([(False, 0.0), (False, CROWD * 2)], 2, False),
    ([(False, 0.0), (True, 0.0)], 2, False),
    ([(False, 0.0), (True, 0.0), (False, 0.0)], 2, True),
    ([(True, CROWD * 2)] * 9, 2, False),
    ([(False, CROWD * 2)] * 9, 2, False),
    ([(False, 0.0)] * 9, 8, True),
]


@pytest.mark.parametrize(("running", "processors", "expected"), RUNNING)
def test_as_many_quick_questions_at_a_time_as_there_are_processors(
    running: list[tuple[bool, float]], processors: int, expected: bool
) -> None:
    """Those that turn out to take a while, and slow ones, keep nobody from a free worker."""
    jobs = []
    for slow, seconds in running:
        jobs.append(job("client"))
        jobs[-1].slow, jobs[-1].started = slow, 1000.0 - seconds
    assert crowded(jobs, 1000.0, processors) == expected


class Scheduling(RuleBasedStateMachine):
    """Questions come, are taken, turn out slow, end and are withdrawn; the clock goes on."""

    def __init__(self) -> None:
        super().__init__()
        self.capacity = Capacity(4, 16)
        self.schedule = Schedule(self.capacity)
        self.waiting: list[Job] = []
        self.running: list[Job] = []
        self.now = 0.0

    @initialize(workers=st.integers(2, 8), queue=st.integers(1, 64))
    def start(self, workers: int, queue: int) -> None:
        self.capacity = Capacity(workers, queue)
        self.schedule = Schedule(self.capacity)

    def slow(self) -> Counter[str]:
        """How many places the slow questions hold, by client."""
        return Counter(one.client for one in self.running if one.slow)

    @rule(client=CLIENTS, number=st.integers(0, 6))
    def come(self, client: str, number: int) -> None:
        self.now += 0.1
        one = job(client, f"ASK {{}} #{number}", self.now)
        try:
            self.schedule.add(one)
        except BusyError:
            assert len(self.waiting) >= 1
        else:
            self.waiting.append(one)

    @precondition(lambda self: len(self.running) < self.capacity.workers)
    @rule()
    def take(self) -> None:
        one = self.schedule.next(self.slow)
        if one is None:
            assert all(waiting.slow for waiting in self.waiting)
            assert not self.waiting or self.slow().total() > 0
            return
        self.waiting.remove(one)
        self.running.append(one)

    @precondition(lambda self: any(not one.slow for one in self.running))
    @rule(data=st.data())
    def turn_out_slow(self, data: st.DataObject) -> None:
        one = data.draw(st.sampled_from([one for one in self.running if not one.slow]))
        if self.schedule.slowed(one, self.slow()):
            assert one.slow
            return
        self.running.remove(one)
        try:
            self.schedule.add(one)
        except BusyError:
            return
        assert one.slow
        self.waiting.append(one)

    @precondition(lambda self: self.running)
    @rule(data=st.data(), seconds=st.floats(0, 2))
    def end(self, data: st.DataObject, seconds: float) -> None:
        one = data.draw(st.sampled_from(self.running))
        self.running.remove(one)
        self.schedule.ended(one, seconds)

    @precondition(lambda self: self.waiting)
    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        one = data.draw(st.sampled_from(self.waiting))
        self.waiting.remove(one)
        self.schedule.withdraw(one)

    @rule(age=st.floats(0, 3))
    def expire(self, age: float) -> None:
        gone = self.schedule.expired(self.now - age)
        assert {id(one) for one in gone} == {id(one) for one in self.waiting if one.asked < self.now - age}
        self.waiting = [one for one in self.waiting if one not in gone]

    @invariant()
    def none_is_lost_or_doubled(self) -> None:
        assert len(self.schedule) == len(self.waiting)

    @invariant()
    def slow_questions_keep_to_their_places(self) -> None:
        slow = self.slow()
        assert slow.total() <= self.capacity.slow
        assert all(number <= self.capacity.slow_of_a_client for number in slow.values())

    @invariant()
    def no_more_wait_than_may(self) -> None:
        assert len(self.waiting) <= self.capacity.queue + self.capacity.slow_queue

    @invariant()
    def the_leash_is_shorter_when_many_wait(self) -> None:
        assert 0 < self.schedule.leash <= 0.5

    def teardown(self) -> None:
        """All that waits is taken in the end, when places become free."""
        for _ in range(len(self.waiting)):
            self.running = []
            self.take()
        assert self.waiting == []
        assert len(self.schedule) == 0


TestScheduling = Scheduling.TestCase
TestScheduling.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
