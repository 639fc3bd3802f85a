"""Triple patterns that are not complete, and names that a group cannot use again."""

from collections.abc import Iterator

from kg.syntax.error import cut
from kg.syntax.grammar import CLAUSES, TERMS
from kg.syntax.reading import Fault, Reading


def triple(reading: Reading) -> Iterator[Fault]:
    """Find a triple pattern that is not complete, or the dot that is missing behind one."""
    index = reading.stop
    text, before, kind = reading.text(index), reading.text(index - 1), reading.kind(index)
    if reading.text(reading.opening[index]) not in ("{", "["):
        return
    shown = cut(text)
    term = kind in TERMS or text in ("[", "(", "<<", "<<(") or reading.word(index) in ("A", "TRUE", "FALSE")
    ends = text in (".", ";", "}", ",", "]") or kind == "word"
    needed, terms = _terms_before(reading, index)
    if term and terms >= needed > 0:
        last = reading.within(index - 2, index - 1) if reading.kind(index - 1) == "language" else cut(before)
        yield reading.fault(index, f"A dot is missing before {shown}.", f"Write . between {last} and {shown}")
    if term and needed - terms == 2 and kind in ("string", "number", "blank_node"):
        yield reading.fault(index, f"{shown} cannot be a predicate.", "Write an IRI, a prefixed name or a variable.")
    if ends and 0 < terms < needed:
        missing = "object" if needed - terms == 1 else "predicate and object"
        sentence = f"The triple pattern before {shown} has no {missing}."
        yield reading.fault(index, sentence, "Write subject, predicate and object.")
    if ends and before in (",", ";") and text != ";":
        yield reading.fault(index, f"Nothing follows the {before} before {shown}.", "Leave it out.")


def _terms_before(reading: Reading, index: int) -> tuple[int, int]:
    """Return how many terms the triple pattern before a token needs, and how many it has, each path counted once."""
    opening = reading.opening[index]
    needed = 2 if reading.text(opening) == "[" else 3
    terms = 0
    at = index - 1
    joined = False
    while at > opening and (text := reading.text(at)) not in (".", "{", "}"):
        if text in (";", ","):
            return (2 if text == ";" else 1), terms
        if at in reading.partner:
            at = reading.partner[at]
            if reading.word(at - 1) not in ("", "A"):
                break
            terms += not joined
            joined = False
        elif reading.kind(at) in TERMS or reading.word(at) in ("A", "TRUE", "FALSE"):
            terms += not joined
            joined = reading.text(at - 1) == "^^"
            at -= joined
            joined = joined or reading.text(at - 1) in ("/", "|")
        elif reading.kind(at) == "word":
            return (0, 0) if reading.word(at) == "BY" or reading.word(at) in CLAUSES else (needed, terms)
        elif text in ("/", "|"):
            joined = terms > 0
        at -= 1
    return needed, terms


def bound_again(reading: Reading) -> Iterator[Fault]:
    """Find, in a group that ends at the stop or before it, a BIND to a variable that has a value already."""
    for close in (reading.stop, reading.stop - 1):
        if reading.text(close) != "}" or close not in reading.partner:
            continue
        opening = reading.partner[close]
        used = set()
        for at in range(opening + 1, close):
            bracket, name = reading.opening[at], reading.text(at)[1:]
            if reading.kind(at) != "variable":
                continue
            bound = reading.word(at - 1) == "AS" and reading.word(bracket - 1) == "BIND"
            if bound and reading.opening[bracket] == opening and name in used:
                sentence = f"{cut(reading.text(at))} already has a value before this BIND."
                yield reading.fault(at, sentence, f"Write another name, as in AS ?{cut(name)}_1")
            used.add(name)
