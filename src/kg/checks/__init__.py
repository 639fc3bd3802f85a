"""The checks, one module each. A check takes a dataset and gives back its findings; it reads no file twice."""

from collections.abc import Callable
from typing import Final

from kg.checks.blank_nodes import check_blank_nodes
from kg.checks.characters import check_characters
from kg.checks.evidence_iris import check_evidence_iris
from kg.checks.literals import check_literals
from kg.checks.shapes import check_shapes
from kg.checks.syntax import check_syntax
from kg.checks.terms import check_terms
from kg.dataset import Dataset
from kg.finding import Finding

Check = Callable[[Dataset], list[Finding]]

CHECKS: Final[dict[str, Check]] = {
    "syntax": check_syntax,
    "blank-nodes": check_blank_nodes,
    "characters": check_characters,
    "terms": check_terms,
    "literals": check_literals,
    "evidence-iris": check_evidence_iris,
    "shapes": check_shapes,
}
"""Every check by its name, cheap ones first."""
