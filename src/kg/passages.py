"""Passages of archived texts as IRIs: RFC 5147 fragments `…/id/source/<slug>/text#char=start,end`.

Positions count characters (Unicode code points) of the text from 0; `start` is in, `end` is out.
"""

import re
from typing import Final, NamedTuple

from kg.namespaces import SOURCE

_PASSAGE: Final = re.compile(re.escape(SOURCE) + r"([a-z0-9]+(?:-[a-z0-9]+)*)/text#char=(0|[1-9][0-9]*),([1-9][0-9]*)")


class Passage(NamedTuple):
    """Characters `start` up to, not including, `end` of the archived text of the document `slug`."""

    slug: str
    start: int
    end: int

    def contains(self, start: int, end: int) -> bool:
        """Return whether all of [start, end) lies in the passage."""
        return self.start <= start and end <= self.end


def parse_passage(iri: str) -> Passage | None:
    """Return the passage that an IRI names, or None when the IRI is not of that form or start is not before end."""
    if (match := _PASSAGE.fullmatch(iri)) and int(match[2]) < int(match[3]):
        return Passage(match[1], int(match[2]), int(match[3]))
    return None
