"""What the endpoint says of a query, in Thai: its sentences and remedies by the templates of `sentences.toml`.

The endpoint speaks English to everybody, whatever `Accept-Language` says: programs and logs compare what it says, and
an answer that is kept for one client is right for all. People read it on the query page, in the language of that page.
"""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from string import Template
from typing import Final

_NAME: Final = re.compile(r"\$(\w+)")


@dataclass(frozen=True)
class _Pair:
    """A template in English, as a pattern, and the one in Thai; `own` is how many letters the first has of its own."""

    english: re.Pattern[str]
    thai: Template
    own: int


def _pattern(template: str) -> re.Pattern[str]:
    """Return the pattern of what a template gives: a name stands for any text, and for the same text each time."""
    pieces: list[str] = []
    known: set[str] = set()
    end = 0
    for match in _NAME.finditer(template):
        name = match[1]
        pieces += [re.escape(template[end : match.start()]), f"(?P={name})" if name in known else f"(?P<{name}>.*?)"]
        known.add(name)
        end = match.end()
    return re.compile("".join([*pieces, re.escape(template[end:])]), re.DOTALL)


@cache
def _pairs(kind: str) -> Sequence[_Pair]:
    """Return the pairs of a kind, `sentences` or `remedies`, those with the most letters of their own first."""
    rows = tomllib.loads((files("kg.site") / "sentences.toml").read_text("utf-8"))[kind]
    pairs = [_Pair(_pattern(english), Template(thai), len(_NAME.sub("", english))) for english, thai in rows]
    return sorted(pairs, key=lambda pair: -pair.own)


def _in_thai(text: str, kind: str) -> str | None:
    """Return a text in Thai, or None where no template gives it."""
    for pair in _pairs(kind):
        if match := pair.english.fullmatch(text):
            return pair.thai.substitute(match.groupdict())
    return None


def sentence_in_thai(sentence: str) -> str | None:
    """Return a sentence of the endpoint in Thai, or None for one that is not known here."""
    return _in_thai(sentence, "sentences")


def remedy_in_thai(remedy: str) -> str | None:
    """Return a remedy of the endpoint in Thai, or None for one that is not known here."""
    return _in_thai(remedy, "remedies")
