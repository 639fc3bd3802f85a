"""A finding without its echoes: it is as grave as the gravest of them."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from kg.finding import SEVERITIES, Finding


def gravest(*findings: Finding) -> Any:
    """Return the gravest severity of some findings."""
    return min((one.severity for one in findings), key=SEVERITIES.index)


def with_gravest(ordered: list[Finding], echoes: Mapping[Finding, Finding]) -> list[Finding]:
    """Return the findings without echoes; what caused them is as grave as the gravest."""
    severities: dict[Finding, list[Finding]] = defaultdict(list)
    for echo, cause in echoes.items():
        severities[cause].append(echo)
    return [
        replace(one, severity=gravest(one, *severities[one])) if one in severities else one
        for one in ordered
        if one not in echoes
    ]
