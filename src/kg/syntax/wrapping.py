"""What is no query: nothing, comments alone, or a query that is wrapped in something else."""

import re
from collections.abc import Iterator
from typing import Final

from kg.syntax.grammar import FORMS
from kg.syntax.reading import Fault, Reading

_COMMENT: Final = re.compile(r"#[^\r\n]*")
_WRAPPINGS: Final = (
    (r'\{\s*"\w+"\s*:', "This is JSON, not a query.", "Send the text of the query itself."),
    ("```", "``` is no part of a query.", "Leave out the lines with ```."),
    (r"(?:query|q)\s*=", "The name of the parameter stands before the query.", "Leave out what stands before the =."),
    (
        r"(?a:[A-Za-z]+(?:%20|\+)|%[0-9A-Fa-f]{2})\S*\s*\Z",
        "The query is percent-encoded once more than it is decoded.",
        "Encode it once.",
    ),
)
"""What a wrapped query begins with, the sentence, and the remedy."""


def nothing(reading: Reading) -> Iterator[Fault]:
    """Find that there is no query, or that it is in a comment."""
    if reading.tokens:
        return
    for comment in _COMMENT.finditer(reading.query):
        if any(form in comment.group().upper() for form in FORMS):
            sentence = "The query stands in a comment, which runs to the end of its line."
            yield Fault(comment.start(), sentence, "Put a line break behind the comment.")
    yield Fault(0, "There is no query here.", f"Write one that begins with one of {', '.join(FORMS)}.")


def wrapped(reading: Reading) -> Iterator[Fault]:
    """Find what a query is wrapped in."""
    for pattern, sentence, remedy in _WRAPPINGS:
        if re.compile(pattern).match(reading.query, reading.start(0)):
            yield reading.fault(0, sentence, remedy)
