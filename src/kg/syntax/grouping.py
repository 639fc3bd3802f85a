"""What SELECT may select beside groups of solutions: section 19.8 of SPARQL 1.1 Query Language, notes 11 to 15."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from kg.syntax.error import cut
from kg.syntax.grammar import AGGREGATES
from kg.syntax.reading import Fault, Reading

_COMPLAINTS: Final = (
    "variable that is unbound",
    "SELECT * is not authorized",
    "Duplicated variable name",
    "overrides an existing variable",
)


class _Select(NamedTuple):
    """A SELECT and its clauses, as indices of tokens: its word, its items, its braces, and the end of its modifiers."""

    word: int
    items: range
    body: range
    modifiers: range


def _selects(reading: Reading) -> Iterator[_Select]:
    """Yield each SELECT with braces of a query, sub-SELECTs too, where the engine complains of one or may mean one."""
    inner = reading.text(reading.stop) == "}" and reading.word(reading.opening[reading.stop] + 1) == "SELECT"
    told = inner or any(map(reading.says, _COMPLAINTS))  # it says nothing of a sub-SELECT
    for index in range(len(reading.tokens)):
        if not told or reading.word(index) != "SELECT":
            continue
        at = index + 1
        while reading.text(at) not in ("{", "") and reading.word(at) not in ("WHERE", "FROM"):
            at = max(at, reading.partner.get(at, at)) + 1
        items = range(index + 1, at)
        while reading.text(at) not in ("{", ""):
            at += 1
        if at not in reading.partner:
            continue
        body = range(at + 1, reading.partner[at])
        at = body.stop + 1
        while reading.text(at) not in ("}", ""):
            at = max(at, reading.partner.get(at, at)) + 1
        yield _Select(index, items, body, range(body.stop + 1, at))


def _grouped(reading: Reading, select: _Select) -> set[str] | None:
    """Return the names that GROUP BY gives a SELECT, none for one with aggregates alone, or None without grouping."""
    words = [reading.word(at) for at in select.modifiers]
    if "GROUP" not in words:
        return set() if AGGREGATES & {*words, *map(reading.word, select.items)} or "HAVING" in words else None
    start = select.modifiers.start + words.index("GROUP")
    names = set()
    for at in range(start, select.modifiers.stop):
        if reading.word(at) in ("HAVING", "ORDER", "LIMIT"):
            break
        key = reading.opening[at] == reading.opening[start] or reading.word(at - 1) == "AS"
        if reading.kind(at) == "variable" and key:
            names.add(reading.text(at)[1:])
    return names


def _given(reading: Reading, select: _Select) -> Iterator[tuple[int, str, bool]]:
    """Yield the index and the name of each variable that a SELECT gives, and whether AS stands before it."""
    outer = reading.opening[select.word]
    for index in select.items:
        named = reading.word(index - 1) == "AS" and reading.opening[reading.opening[index]] == outer
        if reading.kind(index) == "variable" and (named or reading.opening[index] == outer):
            yield index, reading.text(index)[1:], named


def aggregate_in_pattern(reading: Reading) -> Iterator[Fault]:
    """Find an aggregate in a FILTER or a BIND."""
    for select in _selects(reading):
        inner = -1
        for index in select.body:
            if index > inner and reading.word(index) == "SELECT":
                inner = reading.partner.get(reading.opening[index], index)
            if index > inner and reading.word(index) in AGGREGATES and reading.text(index + 1) == "(":
                sentence = f"{reading.word(index)} cannot stand in a pattern: it counts over groups of solutions."
                remedy = "Write it behind the closing } of the pattern, as in GROUP BY ?x HAVING (COUNT(?y) > 1)."
                yield reading.fault(index, sentence, remedy)


def ungrouped(reading: Reading) -> Iterator[Fault]:
    """Find a variable that SELECT uses outside aggregates although it is not grouped."""
    for select in _selects(reading):
        names = _grouped(reading, select)
        if names is None:
            continue
        names |= {name for _, name, named in _given(reading, select) if named}
        aggregated = -1
        for index in select.items:
            text = reading.text(index)
            if reading.word(index) in AGGREGATES:
                aggregated = max(aggregated, reading.partner.get(index + 1, -1))
            if reading.kind(index) != "variable" or index < aggregated or text[1:] in names:
                continue
            grouped = any(reading.word(at) == "GROUP" for at in select.modifiers)
            where = f"Add {text} to GROUP BY" if grouped else f"Add GROUP BY {text} behind the pattern"
            yield reading.fault(
                index,
                f"{cut(text)} is selected beside groups of solutions, but is neither grouped nor aggregated.",
                f"{where}, or select an aggregate of it, as in (SAMPLE({text}) AS {text}_1).",
            )


def star_with_groups(reading: Reading) -> Iterator[Fault]:
    """Find SELECT * beside GROUP BY."""
    for select in _selects(reading):
        star = select.items.start + (reading.word(select.items.start) in ("DISTINCT", "REDUCED"))
        names = _grouped(reading, select)
        if reading.text(star) == "*" and names is not None:
            shown = " ".join(f"?{name}" for name in sorted(names)) or "?x"
            remedy = f"Name what is grouped and what is aggregated: SELECT {shown} (COUNT(*) AS ?count)"
            yield reading.fault(star, "SELECT * cannot stand beside groups of solutions.", remedy)


def selected_twice(reading: Reading) -> Iterator[Fault]:
    """Find a variable that SELECT names twice, or behind AS although the pattern has it."""
    for select in _selects(reading):
        used = {reading.text(index)[1:] for index in select.body if reading.kind(index) == "variable"}
        seen = set()
        for index, name, named in _given(reading, select):
            shown = cut(reading.text(index))
            if name in seen:
                remedy = "Give it another name." if named else "Leave it out."
                yield reading.fault(index, f"{shown} is selected twice.", remedy)
            if named and name in used:
                remedy = f"Write another name behind AS, as in AS ?{name}_1"
                yield reading.fault(index, f"{shown} already has a value in the pattern.", remedy)
            seen.add(name)
