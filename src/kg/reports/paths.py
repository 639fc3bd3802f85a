"""From a property path as SPARQL writes it (SPARQL 1.1, section 9.1) to one of SHACL (section 2.3.1) in Turtle."""

import re
from typing import Final

from kg.namespaces import RDF

_TOKEN: Final = re.compile(r"\s*(<[^<>\"{}|^`\\\s]*>|[a^/|()*+?])")
_REPEATED: Final = {"*": "sh:zeroOrMorePath", "+": "sh:oneOrMorePath", "?": "sh:zeroOrOnePath"}


class _Reader:
    """Reads a path from its tokens, one level of precedence a method. Each returns Turtle."""

    def __init__(self, tokens: list[str]) -> None:
        """Begin before the first token."""
        self._tokens = tokens
        self._at = 0

    def _next(self) -> str:
        """Return the token at hand, or an empty text at the end."""
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _take(self, wanted: str) -> bool:
        """Go past a token if it is the wanted one."""
        found = self._next() == wanted
        self._at += found
        return found

    def whole(self) -> str:
        """Read all. Raises ValueError when something is left."""
        path = self.alternatives()
        if self._next():
            raise ValueError(f"{self._next()} after the end of a path")
        return path

    def alternatives(self) -> str:
        """Read `a|b`."""
        members = [self.sequence()]
        while self._take("|"):
            members.append(self.sequence())
        return members[0] if len(members) == 1 else f"[ sh:alternativePath ( {' '.join(members)} ) ]"

    def sequence(self) -> str:
        """Read `a/b`."""
        members = [self.step()]
        while self._take("/"):
            members.append(self.step())
        return members[0] if len(members) == 1 else f"( {' '.join(members)} )"

    def step(self) -> str:
        """Read `^a`, or what may be repeated."""
        if self._take("^"):
            return f"[ sh:inversePath {self.repeated()} ]"
        return self.repeated()

    def repeated(self) -> str:
        """Read `a*`, `a+`, `a?` or `a`."""
        path = self.primary()
        sign = self._next()
        if sign in _REPEATED:
            self._at += 1
            return f"[ {_REPEATED[sign]} {path} ]"
        return path

    def primary(self) -> str:
        """Read an IRI, `a`, or a path in parentheses. Raises ValueError for anything else."""
        found = self._next()
        self._at += 1
        if found.startswith("<"):
            return found
        if found == "a":
            return f"<{RDF}type>"
        if found == "(":
            path = self.alternatives()
            if self._take(")"):
                return path
        raise ValueError(f"{found or 'the end'} where a path goes on")


def turtle_path(text: str) -> str | None:
    """Return the path in Turtle with the prefix `sh:`, or None when SHACL has no such path or the text is none."""
    tokens, at = [], 0
    while at < len(text.rstrip()):
        match = _TOKEN.match(text, at)
        if match is None:
            return None
        tokens.append(match[1])
        at = match.end()
    try:
        return _Reader(tokens).whole()
    except ValueError:
        return None
