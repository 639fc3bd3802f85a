"""Put differences into words, Thai or English or both; the words are in `wording.toml`, the names in the data."""

import re
import tomllib
import unicodedata
from functools import cache
from importlib.resources import files
from typing import Final

import pyoxigraph
from pyoxigraph import NamedNode

from kg.differences.comparison import Change, Differences, GraphChange, ResourceChange
from kg.differences.names import Language, Names
from kg.differences.statements import Anonymous, Subject, Value
from kg.finding import Language as Languages
from kg.namespaces import RDF, XSD

WIDTH: Final = 80
"""Characters of a value that are shown in a sentence; of a longer one, those around the place that differs."""

_FIRST, _REST, _NIL = (NamedNode(f"{RDF}{name}") for name in ("first", "rest", "nil"))
_DEPTH: Final = 4
_MEMBERS: Final = 20
_PLAIN: Final = (f"{XSD}string", f"{RDF}langString")
_WITHOUT_QUOTES: Final = {
    f"{XSD}integer": re.compile(r"[+-]?[0-9]+"),
    f"{XSD}decimal": re.compile(r"[+-]?[0-9]*\.[0-9]+"),
    f"{XSD}boolean": re.compile(r"true|false"),
}
"""What Turtle writes without quotes (RDF 1.1 Turtle, section 2.5)."""


@cache
def _wording() -> dict[str, dict[str, str]]:
    """Return the phrases by their names."""
    return tomllib.loads(files("kg.differences").joinpath("wording.toml").read_text(encoding="utf-8"))


def phrase(name: str, language: Language, **values: str | int) -> str:
    """Return a phrase in a language with its values filled in."""
    forms = _wording()[name]
    form = forms["one"] if language == "en" and values.get("count") == 1 and "one" in forms else forms[language]
    return form.format(**values)


def _begins_a_cluster(text: str, index: int) -> bool:
    """Return whether a text may be cut before an index: no mark above or below a letter is cut off."""
    return index >= len(text) or not unicodedata.category(text[index]).startswith("M")


def shortened(text: str, place: int = 0, width: int = WIDTH) -> str:
    """Return at most about `width` characters of a text, on one line, with `place` among them; `…` for what is cut."""
    text = " ".join(text.split(" ")).replace("\r", "").replace("\n", " ⏎ ")
    if len(text) <= width:
        return text
    start = max(0, min(place - width // 3, len(text) - width))
    end = start + width
    while start and not _begins_a_cluster(text, start):
        start -= 1
    while not _begins_a_cluster(text, end):
        end += 1
    return f"{'…' if start else ''}{text[start:end]}{'…' if end < len(text) else ''}"


def _first_difference(one: str, other: str) -> int:
    """Return the index at which two texts begin to differ."""
    return next((index for index, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), 0)


class Teller:
    """Tells differences in one language, or in both with a stroke between them."""

    def __init__(self, names: Names, language: Languages) -> None:
        """Take the names of resources, and the language of what is told."""
        self.names = names
        self.languages: tuple[Language, ...] = ("th", "en") if language == "both" else (language,)

    def said(self, name: str, **values: str | int) -> str:
        """Return a phrase in each language."""
        return " / ".join(phrase(name, language, **values) for language in self.languages)

    def subject(self, subject: Subject, language: Language) -> str:
        """Return what a resource is called."""
        if isinstance(subject, Anonymous):
            return f"{phrase('anonymous', language)} {shortened(self._structure(subject, 0))}"
        return self.names.name(subject, language)

    def subject_in_each(self, subject: Subject) -> str:
        """Return what a resource is called in each language, once where that is the same."""
        return " / ".join(dict.fromkeys(self.subject(subject, language) for language in self.languages))

    def property_in_each(self, term: NamedNode) -> str:
        """Return what a property is called in each language, once where that is the same."""
        return " / ".join(dict.fromkeys(self.names.name(term, language) for language in self.languages))

    def value(self, value: Value, language: Language, other: Value | None = None, width: int = WIDTH) -> str:
        """Return a value in words; `other` is the value whose place it takes, from which it must be told."""
        text = self._value(value, language)
        if other is None:
            return shortened(text, width=width)
        beside = self._value(other, language)
        if text == beside:  # the same words: only the exact terms differ
            text, beside = self._exact(value), self._exact(other)
        return shortened(text, _first_difference(text, beside), width)

    def _value(self, value: Value, language: Language) -> str:
        """Return a value in words, however long."""
        if isinstance(value, Anonymous):
            return self._structure(value, 0)
        if isinstance(value, NamedNode):
            return self.names.name(value, language)
        return f'"{value.value}"' if value.datatype.value in _PLAIN else value.value

    def _exact(self, value: Value) -> str:
        """Return a value as Turtle would write it."""
        if isinstance(value, Anonymous):
            return self._structure(value, 0)
        if isinstance(value, NamedNode):
            return self.names.short(value)
        if value.language or value.datatype.value in _PLAIN:
            return str(value)
        if (form := _WITHOUT_QUOTES.get(value.datatype.value)) and form.fullmatch(value.value):
            return value.value
        return f"{pyoxigraph.Literal(value.value)}^^{self.names.short(value.datatype)}"

    def _structure(self, node: Anonymous, depth: int) -> str:
        """Return a blank node as Turtle would write it, as far down as people read."""
        if not node.statements or depth > _DEPTH:
            return "[ … ]"
        inside: Value = node
        members = []
        while isinstance(inside, Anonymous) and {pair[0] for pair in inside.statements} == {_FIRST, _REST}:
            parts = dict(inside.statements)
            members.append(parts[_FIRST])
            inside = parts[_REST]
        if members and inside == _NIL:
            shown = [self._part(member, depth) for member in members[:_MEMBERS]]
            return f"( {' '.join(shown)}{' …' if len(members) > _MEMBERS else ''} )"
        pairs = (f"{self.names.short(predicate)} {self._part(value, depth)}" for predicate, value in node.statements)
        return f"[ {' ; '.join(pairs)} ]"

    def _part(self, value: Value, depth: int) -> str:
        """Return a value inside a blank node."""
        return self._structure(value, depth + 1) if isinstance(value, Anonymous) else self._exact(value)

    def _several(self, name: str, changes: list[Change], language: Language) -> str:
        """Return a clause on statements that were added or removed: one in words, of several how many."""
        if len(changes) == 1:
            (change,) = changes
            value = change.after if change.after is not None else change.before
            assert value is not None  # noqa: S101  # a change has one of the two
            words = self.value(value, language)
            return phrase(f"value-{name}", language, property=self.names.name(change.property, language), value=words)
        properties = ", ".join(dict.fromkeys(self.names.name(change.property, language) for change in changes))
        return phrase(f"statements-{name}", language, count=len(changes), properties=properties)

    def clauses(self, resource: ResourceChange, graph: GraphChange, language: Language) -> list[str]:
        """Return what happened to a resource in one graph, a clause each."""
        if resource.kind in {"added", "removed"}:
            return [phrase(resource.kind, language, count=len(graph.changes))]
        found = []
        if resource.was is not None:
            found.append(phrase("renamed", language, was=self.names.short(resource.was)))
        for change in graph.changes:
            if change.before is not None and change.after is not None:
                before = self.value(change.before, language, change.after)
                after = self.value(change.after, language, change.before)
                name = self.names.name(change.property, language)
                found.append(phrase("changed", language, property=name, before=before, after=after))
        for name, changes in (
            ("added", [change for change in graph.changes if change.before is None]),
            ("removed", [change for change in graph.changes if change.after is None]),
        ):
            if changes:
                found.append(self._several(name, changes, language))
        return found

    def line(self, resource: ResourceChange, graph: GraphChange) -> str:
        """Return what happened to a resource in one graph, on one line."""
        return " / ".join(
            phrase(
                "line",
                language,
                resource=self.subject(resource.resource, language),
                clauses="; ".join(self.clauses(resource, graph, language)),
            )
            for language in self.languages
        )

    def summary(self, differences: Differences) -> str:
        """Return how much differs, in a sentence."""
        if not differences:
            return self.said("nothing")
        plus, minus = differences.statements()
        return self.said(
            "summary",
            **{kind: differences.count(kind) for kind in ("added", "removed", "renamed", "changed")},
            plus=plus,
            minus=minus,
            files=len(differences.files()),
        )
