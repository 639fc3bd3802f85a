"""Statements that a file makes more than once. What a finding depends on: one file alone."""

from typing import Final

from rdflib.term import BNode

from kg.checks.messages import finding_of
from kg.finding import Finding
from kg.rules import built_in
from kg.turtle import TurtleFile, oxigraph_term

RULE: Final = "repeated-statement"


def repetition_findings(turtle: TurtleFile) -> list[Finding]:
    """Return a finding for each statement that stands in a file again, where it first does so.

    A statement about a blank node, or with one, is no repetition: a node is another each time that it is written.
    """
    rule = built_in()[RULE]
    return [
        finding_of(
            rule,
            turtle.path,
            place,
            {"line": str(turtle.positions[triple].line)},
            *(str(oxigraph_term(term)) for term in triple),
        )
        for triple, place in turtle.repeated.items()
        if not any(isinstance(term, BNode) for term in triple)
    ]
