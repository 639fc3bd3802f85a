"""From a rule and what a check knows to a finding: the texts of the rule with names put in.

In a text of a rule `{name}` stands for what a check knows under that name. What stands in `[…]` round such a name is
left out, brackets and all, where the name is empty: `[Did you mean {nearest}? ]Declare it.` Other brackets and braces
stand for themselves.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pyoxigraph import BlankNode, Literal, NamedNode

from kg.finding import Finding, displayed
from kg.rules import Rule
from kg.turtle import Position

_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")
_OPTIONAL: Final = re.compile(r"\[([^\[\]]*\{\w+\}[^\[\]]*)\]")
_LOCAL: Final = re.compile(r"[\w][\w.-]*(?<!\.)")

_SHOWN: Final = 80
"""Characters of a literal that are repeated in a sentence."""

NO_PLACE: Final = Position(1, 1)


@dataclass(frozen=True)
class Names:
    """How names are written for people. `prefixes` maps each prefix, without colon, to its namespace."""

    prefixes: Mapping[str, str] = field(default_factory=dict)

    def short(self, term: Any) -> str:
        """Return a term of pyoxigraph as a prefixed name, an IRI in angle brackets, or the text of a literal."""
        if isinstance(term, Literal):
            return term.value if len(term.value) <= _SHOWN else f"{term.value[:_SHOWN]}…"
        if isinstance(term, BlankNode):
            return "[ ]"
        if not isinstance(term, NamedNode):
            return str(term)
        best = max(
            ((len(space), prefix) for prefix, space in self.prefixes.items() if space and term.value.startswith(space)),
            default=None,
        )
        if best is None or not _LOCAL.fullmatch(term.value, best[0]):
            return f"<{term.value}>"
        return f"{best[1]}:{term.value[best[0] :]}"


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return a text of a rule with values put in; a name without a value stays as it is written."""

    def optional(match: re.Match[str]) -> str:
        names = _PLACEHOLDER.findall(match[1])
        return match[1] if all(values.get(name, "") for name in names) else ""

    text = _OPTIONAL.sub(optional, text)
    return _PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), text).strip()


def finding_of(
    rule: Rule,
    path: Path,
    position: tuple[int, int] | None,
    values: Mapping[str, str] | None = None,
    focus_node: str = "",
    result_path: str = "",
    value: str = "",
) -> Finding:
    """Return the finding of a rule at a place, the first of the file when it has none.

    `values` fill the texts; what the finding is about is given as terms of N-Triples.
    """
    values = values or {}
    return Finding(
        path,
        *(position or NO_PLACE),
        rule.severity,
        rule.id,
        filled(rule.message["th"], values),
        filled(rule.message["en"], values),
        filled(rule.remedy["th"], values),
        filled(rule.remedy["en"], values),
        focus_node=focus_node,
        result_path=result_path,
        value=value,
    )


def place_text(path: Path, position: tuple[int, int] | None) -> str:
    """Return `file:line` for a sentence."""
    return f"{displayed(path)}:{position[0]}" if position else displayed(path)
