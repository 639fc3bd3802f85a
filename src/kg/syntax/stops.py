"""What stands where the engine stops: the rules of stops.toml, which says what its fields are."""

import difflib
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any, Final

from kg.syntax.error import SHOWN, cut
from kg.syntax.grammar import AGGREGATES, ARGUMENTS, CLAUSES, FORMS, OPERATORS, PROLOGUE, TERMS, UPDATES, WORDS
from kg.syntax.prefixes import begins_iri
from kg.syntax.reading import Fault, Reading, Rule

Row = Mapping[str, Any]

_NEIGHBOURS: Final = {"second": -2, "before": -1, "here": 0, "next": 1}


def _read() -> dict[str, list[Row]]:
    """Return the tables of stops.toml with their names of tokens and places as sets, and templates."""
    tables = tomllib.loads(Path(__file__).with_name("stops.toml").read_text("utf-8"))
    sets, texts = ("place", "unless", *_NEIGHBOURS), ("say", "write")
    for row in (row for rows in tables.values() for row in rows):
        row |= {field: frozenset(row[field].split()) for field in sets if field in row}
        row |= {field: Template(row.get(field, "")) for field in texts}
    return tables


ROWS: Final = _read()
"""The tables by name; in each row the fields of names are sets, and `say` and `write` templates."""


def _traits(reading: Reading, index: int) -> set[str]:
    """Return the names by which a row may call a token."""
    text, kind, word = reading.text(index), reading.kind(index), reading.word(index)
    traits = {
        "term": kind in TERMS,
        "operator": text in OPERATORS,
        "operand": kind in TERMS or text == ")",
        "function": word in ARGUMENTS,
        "form": word in FORMS,
        "declaration": word in PROLOGUE,
        "update": word in UPDATES,
        "clause": word in CLAUSES,
        "prefix": kind == "name" and text.endswith(":"),
        "scheme": begins_iri(reading, index),
    }
    return {text.upper(), kind, *(name for name, held in traits.items() if held)}


def _places(reading: Reading, index: int) -> set[str]:
    """Return the names by which a row may call the place of a token."""
    opening = reading.opening[index]
    bracket, called = reading.text(opening), reading.word(opening - 1)
    keys = next(reading.previous_words(index), -1)
    outer = opening
    while reading.text(outer) == "(" and not reading.word(outer - 1):
        outer = reading.opening[outer]
    rows = reading.opening[opening] if bracket == "(" else opening
    values = reading.partner.get(rows - 1, rows - 1)
    places = {
        "end": index == len(reading.tokens),
        "top": opening < 0,
        "inner": opening >= 0,
        "SELECT-first": reading.word(opening + 1) == "SELECT",
        "behind": opening < 0 and any(token.text == "}" for token in reading.tokens[:index]),
        "unbraced": all(token.text != "{" for token in reading.tokens),
        "pattern": bracket in ("{", "["),
        "brackets": bracket == "(",
        "condition": outer > 0 and reading.text(outer) == "(" and reading.word(outer - 1) not in ("A", "VALUES"),
        "arguments": reading.word(outer - 1) in ARGUMENTS and reading.text(outer) == "(",
        "data": reading.text(rows) == "{" and reading.word(values - 1) == "VALUES",
        "keys": reading.word(keys) == "BY",
        "select": reading.selects(index),
        "item": bracket == "(" and (reading.selects(opening) or called == "BIND"),
        "unnamed": all(reading.word(one) != "AS" for one in reading.previous_words(index)),
        "glued": reading.glued(index) and reading.glued(index + 1),
        called: bracket == "(",
        next((word for at in range(index) if (word := reading.word(at)) in FORMS), ""): True,
    }
    return {name for name, held in places.items() if held}


def _shown(reading: Reading, index: int) -> str:
    """Return a token for a sentence, keywords in capitals."""
    word = reading.word(index)
    return word if word in (WORDS | UPDATES) - {"A", "TRUE", "FALSE"} else cut(reading.text(index))


def _texts(reading: Reading, index: int) -> dict[str, str]:
    """Return what stands for the names in a template."""
    opening = reading.opening[index]
    keys = next(reading.previous_words(index), 0)
    last = index - 1 - (reading.text(index - 1) in (",", ";"))
    aggregate = reading.word(opening + 1) in AGGREGATES
    similar = difflib.get_close_matches(reading.word(index)[:SHOWN], [*FORMS, *PROLOGUE], n=1)
    return {
        **{name: _shown(reading, index + to) for name, to in _NEIGHBOURS.items()},
        "forms": f"{', '.join(FORMS[:-1])} or {FORMS[-1]}",
        "prefix": cut(reading.text(index).partition(":")[0]),
        "local": cut(reading.text(index).rpartition(":")[2]),
        "rest": cut(reading.query[reading.start(index) :].strip()),
        "similar": f"Did you mean {similar[0]}?" if similar else "",
        "clause": f"{reading.word(keys - 1)} BY",
        "inside": reading.within(opening + 1, last) if last > opening else "",
        "free": reading.free_name(reading.word(opening + 1).lower() if aggregate else "x"),
    }


def _fitting(reading: Reading, rows: Sequence[Row], index: int, places: set[str]) -> Iterator[Fault]:
    """Yield what the first row says that fits a token."""
    traits = {name: _traits(reading, index + to) for name, to in _NEIGHBOURS.items()}
    for row in rows:
        if (
            row.get("place", frozenset()) <= places
            and all(row[name] & traits[name] for name in _NEIGHBOURS if name in row)
            and not (row.get("unless", frozenset()) & traits["here"])
            and reading.says(row.get("said", ""))
        ):
            texts = _texts(reading, index)
            at = reading.opening[index] + 1 if row.get("at") == "first" else index + row.get("at", 0)
            yield reading.fault(at, row["say"].substitute(texts), row["write"].substitute(texts))
            return


def prologue(reading: Reading) -> Iterator[Fault]:
    """Find a declaration that is not well formed, or a query that begins with no form of a query."""
    begin = 0
    while (word := reading.word(begin)) in PROLOGUE:
        begin += 3 if word == "PREFIX" else 2
    begin = min(begin, len(reading.tokens))
    for index in range(begin + 1):
        ends = {"end"} if index == len(reading.tokens) else set()
        place = {"start", "prologue"} if index == begin else {"prologue"}
        yield from _fitting(reading, ROWS["prologue"], index, place | ends)


def _at_the_stop(table: str) -> Rule:
    """Return the rule that looks in a table for what stands at the stop."""

    def rule(reading: Reading) -> Iterator[Fault]:
        yield from _fitting(reading, ROWS[table], reading.stop, _places(reading, reading.stop))

    return rule


expected: Final = _at_the_stop("stop")
unexpected: Final = _at_the_stop("last")
