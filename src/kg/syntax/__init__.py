"""What is wrong with a query that the engine does not take, for people: where, what, and what to write instead.

The engine decides what is malformed. It says what characters it could have read next, at a place that may lie a
keyword's length behind the fault, so it is asked again with each token on a line of its own. The rules here only put
what it refuses into words: first those that find what no query can hold, then those that look at the token where the
engine stops, and at what stands round it. All take time linear in the length of the query.

To add a rule, add a row to stops.toml, or a function and its line in `RULES`; and a row to the table of faults of the
tests.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Final

from kg.syntax.brackets import swallowed, unmatched_brackets
from kg.syntax.calls import argument_count, row_length, unknown_function, unnamed_call
from kg.syntax.characters import characters, escapes, quotes
from kg.syntax.clauses import bare_condition, misplaced_clause
from kg.syntax.error import MalformedQueryError, fault
from kg.syntax.grouping import aggregate_in_pattern, selected_twice, star_with_groups, ungrouped
from kg.syntax.patterns import bound_again, triple
from kg.syntax.prefixes import WELL_KNOWN_PREFIXES, bare_iris, undeclared
from kg.syntax.reading import Fault, Reading, Rule, earliest
from kg.syntax.stops import expected, prologue, unexpected
from kg.syntax.words import foreign_operators, joined_names, unknown_words
from kg.syntax.wrapping import nothing, wrapped

__all__ = ["RULES", "WELL_KNOWN_PREFIXES", "MalformedQueryError", "explained", "fault"]


def _too_long(reading: Reading) -> Iterator[Fault]:
    """Say no more of a query that is not read whole."""
    if not reading.whole:
        yield Fault(reading.reported, "The query is not well formed here or shortly before.", "Ask in parts.")


RULES: Final[Sequence[Rule]] = (
    unknown_function,
    nothing,
    wrapped,
    quotes,
    earliest(foreign_operators, prologue, characters, escapes, bare_iris, undeclared, joined_names, unknown_words),
    unmatched_brackets,
    _too_long,
    aggregate_in_pattern,
    ungrouped,
    star_with_groups,
    selected_twice,
    swallowed,
    misplaced_clause,
    bare_condition,
    unnamed_call,
    expected,
    argument_count,
    row_length,
    triple,
    bound_again,
    unexpected,
)
"""The first of these that finds something is told."""


def explained(query: str, message: str, known_prefixes: Mapping[str, str]) -> MalformedQueryError:
    """Return the error that says what is wrong with a query that the engine refused with `message`.

    It has the place and, where one is known, a remedy. `known_prefixes` are those of the data, name to IRI; they and
    the well-known ones may be proposed.
    """
    reading = Reading(query, message, known_prefixes)
    position, sentence, remedy = next(chain.from_iterable(rule(reading) for rule in RULES))
    if position is None:
        return MalformedQueryError(sentence, remedy)
    return fault(query, position, sentence, remedy)
