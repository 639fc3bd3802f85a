"""No blank nodes in the data, so that its sorted N-Quads are the same bytes from every tool."""

import rdflib

from kg.dataset import Dataset
from kg.finding import Finding


def check_blank_nodes(dataset: Dataset) -> list[Finding]:
    """Return a finding for each statement in `data/` that has a blank node."""
    return [
        Finding(
            file.path,
            *position,
            "violation",
            "blank-node",
            "มีโหนดว่าง (blank node) ในข้อมูล",
            "There is a blank node in the data.",
            "ตั้ง IRI ให้ทรัพยากรนี้",
            "Give the resource an IRI.",
        )
        for file in dataset.data
        for (subject, _, object_), position in file.turtle.positions.items()
        if isinstance(subject, rdflib.BNode) or isinstance(object_, rdflib.BNode)
    ]
