"""Clauses in a wrong place: FROM, WHERE, GROUP BY, HAVING, ORDER BY, LIMIT, OFFSET and VALUES; and bare conditions."""

from collections.abc import Iterator
from typing import Final

from kg.syntax.grammar import CLAUSES, OPERATORS
from kg.syntax.reading import Fault, Reading

_RANK: Final = {clause: min(rank, CLAUSES.index("LIMIT")) for rank, clause in enumerate(CLAUSES)}


def _shown(clause: str) -> str:
    """Return a clause as it is written."""
    return f"{clause} BY" if clause in ("GROUP", "ORDER") else clause


def misplaced_clause(reading: Reading) -> Iterator[Fault]:
    """Say where a clause belongs that the engine does not take."""
    index = reading.stop
    word, shown = reading.word(index), _shown(reading.word(index))
    if word not in CLAUSES:
        return
    earlier = [one for one in map(reading.word, reading.previous_words(index)) if one in CLAUSES]
    if word in earlier:
        yield reading.fault(index, f"{shown} stands here a second time.", "Write it once.")
    behind = [_shown(one) for one in earlier if _RANK[one] > _RANK[word]]
    if behind:
        sentence = f"{shown} stands behind {behind[-1]}, but belongs before it."
        yield reading.fault(index, sentence, f"Write {shown} before {behind[-1]}.")
    if word in ("FROM", "WHERE") and reading.text(index - 1) == "}":
        place = "between what is selected and WHERE" if word == "FROM" else "before the pattern"
        yield reading.fault(index, f"{shown} stands behind the pattern.", f"Write it {place}.")
    if reading.text(reading.opening[index]) == "{" and word != "VALUES":
        sentence = f"{shown} cannot stand within the braces of a pattern."
        yield reading.fault(index, sentence, "Write it behind the closing }.")


def bare_condition(reading: Reading) -> Iterator[Fault]:
    """Find a condition of FILTER or HAVING that does not stand in brackets."""
    index = reading.stop
    for _, at in zip(range(2), reading.previous_words(index), strict=False):
        if reading.word(at) not in ("FILTER", "HAVING"):
            continue
        end = at + 1 + (reading.text(at + 1) == "!")
        end = reading.partner.get(end + 1 if reading.text(end + 1) == "(" else end, end)
        compared = reading.text(end + 1) in OPERATORS
        if index == at + 1 or (compared and index in (end + 1, end + 2)):
            sentence = f"The condition of {reading.word(at)} stands in brackets."
            yield reading.fault(
                at + 1, sentence, f"Write {reading.word(at)} ({reading.within(at + 1, end + 2 * compared)})"
            )
