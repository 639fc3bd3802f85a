"""The cache of answers, against a model: a plain dictionary that forgets nothing says what may be answered."""

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from kg.server.cache import LONGEST_REQUEST, AnswerCache, Entry

KEYS = st.integers(0, 12)
REQUESTS = st.integers(0, 20)
LENGTHS = st.integers(0, 3000)


def entry(key: int, body: bytes) -> Entry:
    """Return an answer."""
    return Entry(key, {"etag": f'"{key}"'}, b"head", body)


class Cache(RuleBasedStateMachine):
    """What is done to a cache, and what must be so at any time."""

    def __init__(self) -> None:
        super().__init__()
        self.cache = AnswerCache(0)
        self.latest: dict[int, Entry] = {}
        self.remembered: dict[bytes, Entry] = {}

    @initialize(capacity=st.sampled_from([0, 2000, 10_000, 30_000]))
    def start(self, capacity: int) -> None:
        self.cache = AnswerCache(capacity)

    @rule(key=KEYS, length=LENGTHS)
    def add(self, key: int, length: int) -> None:
        added = entry(key, bytes(length))
        self.cache.add(added)
        fits = added.size * 4 <= self.cache.capacity
        assert (self.cache.by_key(key) is added) == fits
        if fits:
            self.latest[key] = added

    @rule(key=KEYS, number=REQUESTS, long=st.booleans())
    def remember(self, key: int, number: int, long: bool) -> None:
        request = b"%d" % number + b" " * (LONGEST_REQUEST if long else 100)
        held = self.cache.by_key(key)
        if held is not None:
            self.cache.remember(request, held)
            if not long:
                self.remembered.setdefault(request, held)
                if self.cache.by_request(self.one(request)) is None:
                    del self.remembered[request]
            else:
                assert self.cache.by_request(request) is None

    @rule(key=KEYS, number=REQUESTS)
    def remember_what_was_thrown_away(self, key: int, number: int) -> None:
        gone = entry(key, b"never added")
        request = b"gone %d" % number
        self.cache.remember(request, gone)
        assert self.cache.by_request(request) is None

    @rule(key=KEYS)
    def find(self, key: int) -> None:
        found = self.cache.by_key(key)
        assert found is None or found is self.latest[key]

    @staticmethod
    def one(request: bytes) -> bytes:
        """Return equal bytes that are another object."""
        return bytes(bytearray(request))

    @invariant()
    def it_is_within_its_bounds(self) -> None:
        assert 0 <= self.cache.size <= self.cache.capacity

    @invariant()
    def a_request_is_answered_by_what_it_was_answered_by_or_not_at_all(self) -> None:
        for request, answer in list(self.remembered.items()):
            found = self.cache.by_request(self.one(request))
            assert found is None or found is answer
            if found is None:
                del self.remembered[request]
            else:
                assert self.cache.by_key(answer.key) is answer

    @invariant()
    def the_size_is_that_of_what_is_held(self) -> None:
        held = [found for key in range(13) if (found := self.cache.by_key(key))]
        assert len(held) == len(self.cache)
        assert self.cache.size >= sum(one.size + sum(map(len, one.requests)) for one in held)
        if not held:
            assert self.cache.size == 0


TestCache = Cache.TestCase
TestCache.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=60))
def test_the_least_recently_used_goes_first(asked: list[int]) -> None:
    """With room for five answers of one size, the last five different ones asked for are there."""
    size = entry(0, bytes(1000)).size
    cache = AnswerCache(size * 5)
    for key in asked:
        if cache.by_key(key) is None:
            cache.add(entry(key, bytes(1000)))
    recent = list(dict.fromkeys(reversed(asked)))[:5]
    assert {key for key in range(10) if cache.by_key(key) is not None} == set(recent)
