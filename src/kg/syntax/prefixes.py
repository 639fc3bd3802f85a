"""Prefixes that are not declared, and IRIs without < and >."""

import difflib
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from kg.syntax.characters import INVISIBLE
from kg.syntax.error import SHOWN, cut, printable
from kg.syntax.grammar import SCHEMES
from kg.syntax.reading import Fault, Reading

WELL_KNOWN_PREFIXES: Final[Mapping[str, str]] = tomllib.loads(
    Path(__file__).with_name("prefixes.toml").read_text("utf-8")
)
"""Prefixes that people use without declaring them, name to IRI; read at once, as a worker may open no file later."""

_BARE_IRI: Final = re.compile(r"[^\s<>\"{}|\\^`]{0,200}")
_NOT_IN_IRI: Final = re.compile(r"[\x00-\x20<\"{}|\\^`]")


def begins_iri(reading: Reading, index: int) -> bool:
    """Return whether a prefixed name is rather an IRI without < and >."""
    prefix = reading.text(index).partition(":")[0]
    return reading.kind(index) == "name" and prefix.lower() in SCHEMES and prefix not in reading.declared


def bare_iris(reading: Reading) -> Iterator[Fault]:
    """Find an IRI without < and >, without > alone, or with what it cannot hold."""
    for index, token in enumerate(reading.tokens):
        if token.text == "<" and reading.glued(index + 1) and begins_iri(reading, index + 1):
            content, closed, _ = reading.query[token.start + 1 :].partition("\n")[0].partition(">")
            held = _NOT_IN_IRI.search(content)
            if not closed or held is None or "<" in content:
                yield reading.fault(index, "The IRI that begins with < here is not closed.", "Write > at its end.")
                return
            what = {" ": "a space", "\t": "a tab"}.get(held.group(), printable(held.group()))
            sentence = f"The IRI that begins here holds {what}, which an IRI cannot hold."
            yield reading.fault(index, sentence, f"Write %{ord(held.group()):02X} for it, or > where the IRI ends.")
        elif begins_iri(reading, index):
            match = _BARE_IRI.match(reading.query, token.start)
            iri = cut(match.group().rstrip(".;,)") if match else "")
            yield reading.fault(index, "An IRI stands between < and >.", f"Write <{iri}>")


def undeclared(reading: Reading) -> Iterator[Fault]:
    """Find the first prefix that the query does not declare, and say which lines to add for all of them."""
    missing: dict[str, int] = {}
    for index, token in enumerate(reading.tokens):
        if token.kind == "name" and reading.word(index - 1) != "PREFIX" and not INVISIBLE.search(token.text):
            prefix = token.text.partition(":")[0]
            if prefix not in reading.declared and prefix.lower() not in SCHEMES:
                missing.setdefault(prefix, index)
    if not missing:
        return
    first, at = next(iter(missing.items()))
    known = {**WELL_KNOWN_PREFIXES, **reading.prefixes}
    sentence = f"The prefix {cut(first)}: is not declared."
    if first in known:
        if len(missing) > 1:
            sentence = f"The prefixes {', '.join(f'{cut(prefix)}:' for prefix in [*missing][:9])} are not declared."
        lines = [f"PREFIX {prefix}: <{known[prefix]}>" for prefix in missing if prefix in known]
        remedy = f"Add {lines[0]}" if len(lines) == 1 else "\n".join(["Add these lines before the query:", *lines])
        yield reading.fault(at, sentence, remedy)
    names = [*sorted(reading.declared), *reading.prefixes, *WELL_KNOWN_PREFIXES]
    by_small = {name.lower(): name for name in reversed(names) if name}
    if close := difflib.get_close_matches(first[:SHOWN].lower(), by_small, n=1):
        yield reading.fault(at, sentence, f"Did you mean {by_small[close[0]]}:?")
    yield reading.fault(at, sentence, f"Add PREFIX {cut(first)}: <…> with the IRI that it stands for.")
