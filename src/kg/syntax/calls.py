"""Functions that the engine does not have, or that have too many or too few arguments; and the rows of VALUES."""

import difflib
import re
from collections.abc import Iterator
from typing import Final

from kg.namespaces import BASE, XSD
from kg.syntax.error import SHOWN, cut
from kg.syntax.grammar import ARGUMENTS, CASTS, TERMS
from kg.syntax.reading import Fault, Reading
from kg.tokens import iris

_NO_FUNCTION: Final = re.compile(r"The custom function <(.*)> is not supported")


def unknown_function(reading: Reading) -> Iterator[Fault]:
    """Find the function that the engine says it does not have."""
    match = _NO_FUNCTION.search(reading.message)
    if match is None:
        return
    iri = match[1]
    sentence = f"There is no function <{cut(iri)}> here."
    remedy = "Use those of section 17.4 of SPARQL 1.1 Query Language; there are no others."
    if iri.startswith(XSD):
        close = difflib.get_close_matches(iri.removeprefix(XSD)[:SHOWN], CASTS, n=1, cutoff=0.5)
        remedy = f"Did you mean xsd:{close[0]}?" if close else f"Data types that are functions: {', '.join(CASTS)}."
    for index, found in iris(reading.tokens, reading.prefixes, BASE):
        if found == iri and reading.text(index + 1) == "(":
            yield reading.fault(index, sentence, remedy)
    yield Fault(None, sentence, remedy)


def unnamed_call(reading: Reading) -> Iterator[Fault]:
    """Find a function among what SELECT selects without the brackets and the name of an expression."""
    index = reading.stop
    if not reading.selects(index) or reading.text(index + 1) != "(":
        return
    word, last = reading.word(index).lower(), reading.partner.get(index + 1, index + 1)
    if word.upper() in ARGUMENTS or reading.kind(index) in ("name", "iri"):
        name = reading.text(last + 1 + (reading.word(last + 1) == "AS"))
        name = name if name.startswith("?") else reading.free_name(word or "x")
        sentence = "An expression in SELECT stands in brackets, with a name."
        yield reading.fault(index, sentence, f"Write ({reading.within(index, last)} AS {name})")


def argument_count(reading: Reading) -> Iterator[Fault]:
    """Find a function with too many or too few arguments."""
    index, opening = reading.stop, reading.opening[reading.stop]
    name = reading.word(opening - 1) if reading.text(opening) == "(" else ""
    if name not in ARGUMENTS:
        return
    least, most = ARGUMENTS[name]
    commas = sum(1 for at in range(opening, index) if reading.text(at) == "," and reading.opening[at] == opening)
    sentence = f"{name} takes {least} to {most} arguments."
    if least == most:
        sentence = f"{name} takes {least} argument{'s' * (least != 1)}."
    if reading.text(index) == ")" and commas + 1 < least:
        yield reading.fault(index, sentence, "Add what is missing before ).")
    if reading.text(index) == "," and 0 <= most <= commas + 1:
        remedy = f"Count each on its own, or count CONCAT(STR({reading.text(index - 1)}), …)."
        yield reading.fault(index, sentence, remedy if name == "COUNT" else "Leave out the rest.")


def row_length(reading: Reading) -> Iterator[Fault]:
    """Find a row of VALUES with more or fewer values than variables, in the data that end at or before the stop."""
    for block in range(min(reading.stop, len(reading.tokens) - 1), 1, -1):
        first = reading.partner.get(block - 1, 0)
        if reading.text(block) != "{" or reading.text(block - 1) != ")" or reading.word(first - 1) != "VALUES":
            continue
        wanted = block - first - 2
        row = block + 1
        while reading.text(row) == "(" and row in reading.partner:
            inner = range(row + 1, reading.partner[row])
            found = sum(reading.kind(at) in TERMS or reading.kind(at) == "word" for at in inner)
            found -= sum(reading.text(at) == "^^" for at in inner)
            if found != wanted:
                sentence = f"This row has {found} value{'s' * (found != 1)} for {wanted} variable{'s' * (wanted != 1)}."
                yield reading.fault(row, sentence, "Write UNDEF for a value that is open.")
            row = reading.partner[row] + 1
        return
