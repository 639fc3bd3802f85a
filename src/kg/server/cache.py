"""The cache of serialised answers.

An answer stays true as long as the same data are served; when they are exchanged the cache is emptied. An answer is
found again in two ways: by what was asked, and by the very bytes of a request, which spares reading it.
"""

from collections import OrderedDict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Final

LONGEST_REQUEST: Final = 8192
"""Bytes of a request up to which it is remembered."""

_OVERHEAD: Final = 512
"""Bytes that an entry takes beside its texts, about."""


@dataclass(slots=True, eq=False)
class Entry:
    """An answer.

    `fields` are the header fields that are its own, `head` all lines of the HTTP head that stay the same with the
    empty one at the end, `body` the content. `digest` is that of the query, `rows` the number of solutions, and
    `requests` are those that it answers.
    """

    key: Hashable
    fields: Mapping[str, str]
    head: bytes
    body: bytes
    digest: str = ""
    rows: int | None = None
    requests: list[bytes] = field(default_factory=list)

    @property
    def size(self) -> int:
        """Return about how many bytes the entry takes, without the requests that it answers."""
        return 2 * len(self.head) + len(self.body) + _OVERHEAD


class AnswerCache:
    """Answers by key and by request, the least recently used thrown away first; `size` and `capacity` are in bytes."""

    def __init__(self, capacity: int) -> None:
        """Start empty. With a capacity of 0 nothing is kept."""
        self.capacity = capacity
        self.size = 0
        self._entries: OrderedDict[Hashable, Entry] = OrderedDict()
        self._requests: dict[bytes, Entry] = {}

    def __len__(self) -> int:
        """Return the number of answers."""
        return len(self._entries)

    def by_key(self, key: Hashable) -> Entry | None:
        """Return the answer to a question."""
        entry = self._entries.get(key)
        if entry is not None:
            self._entries.move_to_end(key)
        return entry

    def by_request(self, request: bytes) -> Entry | None:
        """Return the answer to a request, given as its bytes."""
        entry = self._requests.get(request)
        if entry is not None:
            self._entries.move_to_end(entry.key)
        return entry

    def add(self, entry: Entry) -> None:
        """Keep an answer, unless it alone would take a quarter of the cache."""
        if entry.size * 4 > self.capacity:
            return
        self._remove(entry.key)
        self._entries[entry.key] = entry
        self.size += entry.size
        self._shrink()

    def remember(self, request: bytes, entry: Entry) -> None:
        """Keep that these bytes are answered by this entry, if it is still there."""
        if len(request) > LONGEST_REQUEST or request in self._requests or self._entries.get(entry.key) is not entry:
            return
        entry.requests.append(request)
        self._requests[request] = entry
        self.size += len(request) + _OVERHEAD
        self._shrink()

    def clear(self) -> None:
        """Throw away everything."""
        self._entries.clear()
        self._requests.clear()
        self.size = 0

    def _shrink(self) -> None:
        """Throw away what has not been asked for the longest."""
        while self.size > self.capacity:
            self._remove(next(iter(self._entries)))

    def _remove(self, key: Hashable) -> None:
        """Throw away an answer."""
        entry = self._entries.pop(key, None)
        if entry is not None:
            self.size -= entry.size
            for request in entry.requests:
                del self._requests[request]
                self.size -= len(request) + _OVERHEAD
