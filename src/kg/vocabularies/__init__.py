"""The terms of published vocabularies: one text file each, with the IRI of a term a line below a header of comments.

The header says where the terms come from and what is done about a term that is not there:

    # namespace: http://www.w3.org/2004/02/skos/core#
    # also: …                    (a further namespace of the same terms)
    # source: where the list was taken from, with its version
    # severity: violation        (or warning, where the vocabulary grows faster than this list)
    # member: _[1-9][0-9]*       (a regular expression for terms that no list can hold)

A line is a local name, what follows the namespace. Names of terms are facts; no text of a vocabulary is here.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from kg.finding import SEVERITIES, Severity

FOLDER: Final = Path(__file__).resolve().parent

_HEADER: Final = re.compile(r"# (\w+): *(.+?)\s*")


@dataclass(frozen=True)
class Vocabulary:
    """A published vocabulary: its namespaces, the local names of its terms, and how grave an unknown one is."""

    name: str
    namespaces: tuple[str, ...]
    terms: frozenset[str]
    severity: Severity
    member: re.Pattern[str] | None = None

    def has(self, local: str) -> bool:
        """Return whether the vocabulary has a term of this local name. The namespace itself is known."""
        return not local or local in self.terms or bool(self.member and self.member.fullmatch(local))


def _read(path: Path) -> Vocabulary:
    """Read the file of a vocabulary."""
    header: dict[str, str] = {}
    terms = []
    for line in path.read_text("utf-8").splitlines():
        if match := _HEADER.fullmatch(line):
            header[match[1]] = match[2]
        elif line and not line.startswith("#"):
            terms.append(line)
    return Vocabulary(
        path.stem,
        (header["namespace"], *header.get("also", "").split()),
        frozenset(terms),
        next(name for name in SEVERITIES if name == header["severity"]),
        re.compile(header["member"]) if "member" in header else None,
    )


@cache
def vocabularies() -> Mapping[str, Vocabulary]:
    """Return the vocabularies by namespace."""
    found = [_read(path) for path in sorted(FOLDER.glob("*.txt"))]
    return {namespace: vocabulary for vocabulary in found for namespace in vocabulary.namespaces}
