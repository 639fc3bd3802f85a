"""A response before it is sent: status, header fields, and the body or the stream that gives it."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from kg.server.cache import Entry
from kg.server.jobs import Stream

MAXIMUM_AGE: Final = 60
"""Seconds for which an answer may be used again without asking, where the data do not change."""

_ENTITY_TAG: Final = re.compile(r'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')


@dataclass(slots=True)
class Response:
    """What a request is answered with.

    `fields` are header fields, named in lower case: those that not every response has, or has otherwise. `entry` is the
    answer in the cache that it is, if it is one. `outcome`, `digest` (of the query) and `rows` are for the log.
    """

    status: int
    fields: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    stream: Stream | None = None
    entry: Entry | None = None
    outcome: str = "answered"
    digest: str = ""
    rows: int | None = None

    @classmethod
    def of(
        cls,
        status: int,
        content_type: str,
        body: bytes,
        entity_tag: str = "",
        seen: str = "",
        outcome: str = "answered",
        maximum_age: int = MAXIMUM_AGE,
    ) -> "Response":
        """Return a response with a body, or 304 without one where `seen`, an `If-None-Match`, names its entity tag."""
        fields = {"cache-control": f"public, max-age={maximum_age}"}
        if entity_tag:
            fields["etag"] = entity_tag
            if seen and matches(seen, entity_tag):
                return cls(304, fields, outcome="unmodified")
        fields |= {"content-type": content_type, "content-length": str(len(body))}
        return cls(status, fields, body, outcome=outcome)


def raw(fields: Mapping[str, str]) -> bytes:
    """Return header fields as lines of HTTP/1.1."""
    return "".join([f"{name}: {value}\r\n" for name, value in fields.items()]).encode("latin-1")


def matches(if_none_match: str, entity_tag: str) -> bool:
    """Whether an `If-None-Match` header names the entity tag, by weak comparison (section 13.1.2 of RFC 9110)."""
    if if_none_match.strip() == "*":
        return True
    return entity_tag.removeprefix("W/") in _ENTITY_TAG.findall(if_none_match)


def entity_tag(digest: str, parts: Iterable[str]) -> str:
    """Return the entity tag of what is made of the data of a digest and of these texts.

    It is weak, as the order of solutions may be another after a new start.
    """
    tag = hashlib.blake2b(digest.encode(), digest_size=12)
    for part in parts:
        tag.update(b"\0" + part.encode())
    return f'W/"{tag.hexdigest()}"'
