"""No blank nodes in the data, so that its sorted N-Quads are the same bytes from every tool."""

import rdflib

from kg.finding import Finding
from kg.turtle import Position, TurtleFile


def check_blank_nodes(turtle: TurtleFile) -> list[Finding]:
    """Return a finding for each blank node of a file where it stands first. Depends on the file alone.

    Of blank nodes in one another there is a finding for the outermost.
    """
    inner = {object_ for subject, _, object_ in turtle.positions if isinstance(subject, rdflib.BNode)}
    first: dict[rdflib.BNode, Position] = {}
    for (subject, _, object_), position in turtle.positions.items():
        for node, place in ((subject, turtle.subjects[subject]), (object_, position)):
            if isinstance(node, rdflib.BNode) and node not in inner:
                first[node] = min(place, first.get(node, place))
    return [
        Finding(
            turtle.path,
            *position,
            "violation",
            "blank-node",
            "มีโหนดว่าง (blank node) ในข้อมูล",
            "There is a blank node in the data.",
            "ตั้ง IRI ให้ทรัพยากรนี้",
            "Give the resource an IRI.",
        )
        for position in first.values()
    ]
