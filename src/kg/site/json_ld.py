"""JSON-LD 1.1 in compact form, by the published context of the project.

A document holds that part of the context which it uses, so that it can be read without fetching anything. The form is
flat: every subject is one node object in `@graph`, and what it points to is named by its IRI.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from kg.namespaces import RDF, XSD

_TYPE: Final = f"{RDF}type"
_STRING: Final = f"{XSD}string"
_COMPACT: Final = re.compile(r"([^:/]*):(?!//)(.*)", re.DOTALL)

Definition = str | dict[str, str]
Entry = tuple[str, Definition | None]
"""A key and how its values are written: None, or what the context says of the term that the key is."""


def _ends_a_prefix(iri: str) -> bool:
    """Whether a term for this IRI may be a prefix: it ends in a delimiter (section 4.1.5 of JSON-LD 1.1)."""
    return iri.endswith((":", "/", "?", "#", "[", "]", "@"))


@dataclass(frozen=True)
class _Term:
    """A term of the context: its name, the IRI, and `@id`, a datatype or None for how values are coerced."""

    name: str
    iri: str
    coercion: str | None
    is_language_map: bool


class Context:
    """A context: terms, and prefixes for what has none.

    It knows what the published one uses: `@version`, aliases of keywords, prefixes, terms with `@type` or with
    `"@container": "@language"`. Raises ValueError for anything else.
    """

    def __init__(self, entries: Mapping[str, Definition | float]) -> None:
        """Take what stands below `@context`."""
        self._entries = dict(entries)
        self._prefixes: dict[str, str] = {}
        self._aliases: dict[str, str] = {}
        self._terms: dict[str, list[_Term]] = {}
        for name, entry in entries.items():
            if name.startswith("@") and name != "@version":
                raise ValueError(f"the context has {name!r}, which is not known here")
            if isinstance(entry, str) and entry.startswith("@"):
                self._aliases[entry] = name
            elif isinstance(entry, str) and _ends_a_prefix(entry):
                self._prefixes[name] = entry
        for name, entry in entries.items():
            if name == "@version" or name in self._prefixes or name in self._aliases.values():
                continue
            definition = {"@id": entry} if isinstance(entry, str) else entry
            if (
                not isinstance(definition, dict)
                or set(definition) - {"@id", "@type", "@container"}
                or definition.get("@container", "@language") != "@language"
            ):
                raise ValueError(f"the context defines {name!r} in a way that is not known here")
            kind = definition.get("@type")
            coercion = kind if kind in {None, "@id"} else self.expanded(str(kind))
            iri = self.expanded(definition["@id"])
            self._terms.setdefault(iri, []).append(_Term(name, iri, coercion, "@container" in definition))

    def expanded(self, name: str) -> str:
        """Return the IRI that a compact IRI stands for; an IRI as it is."""
        match = _COMPACT.fullmatch(name)
        return f"{self._prefixes[match[1]]}{match[2]}" if match and match[1] in self._prefixes else name

    def alias(self, keyword: str) -> str:
        """Return what a keyword is called."""
        return self._aliases.get(keyword, keyword)

    def term(self, iri: str, value: Literal | None) -> _Term | None:
        """Return the term for a property whose values are written as this one needs, or None.

        `value` is None for what has an IRI or is a blank node.
        """
        for term in self._terms.get(iri, ()):
            if value is None:
                fits = term.coercion == "@id"
            elif term.is_language_map:
                fits = value.language is not None
            elif term.coercion is None:
                fits = True
            else:
                fits = value.datatype.value == term.coercion
            if fits:
                return term
        return None

    def compact(self, iri: str, *, is_term: bool = False) -> str:
        """Return the shortest name for an IRI: a term without coercion where `is_term`, a compact IRI, or the IRI."""
        if is_term:
            for term in self._terms.get(iri, ()):
                if term.coercion is None and not term.is_language_map:
                    return term.name
        fitting = [
            (len(space), name) for name, space in self._prefixes.items() if iri.startswith(space) and iri != space
        ]
        if not fitting:
            return iri
        length, name = max(fitting)
        local = iri[length:]
        shown = f"{name}:{local}"
        return iri if local.startswith("//") or shown in self._entries else shown

    def part(self, names: Iterable[str]) -> dict[str, Definition | float]:
        """Return the entries for these keys and compact IRIs, with the prefixes that they need, in order."""
        needed: set[str] = set()
        for name in names:
            if name in self._entries:
                needed.add(name)
                entry = self._entries[name]
                for used in entry.values() if isinstance(entry, dict) else [str(entry)]:
                    needed.add(used.partition(":")[0])
            else:
                needed.add(name.partition(":")[0])
        return {name: entry for name, entry in self._entries.items() if name in needed or name.startswith("@version")}


def _added(node: dict[str, Any], key: str, value: Any) -> None:
    """Add a value to a key: one stands alone, more are an array."""
    if key not in node:
        node[key] = value
    elif isinstance(node[key], list):
        node[key].append(value)
    else:
        node[key] = [node[key], value]


def compacted(triples: Iterable[Triple], context: Context) -> dict[str, Any]:
    """Return triples as a JSON-LD document in compact form: subjects in their order, each once.

    Raises ValueError for a triple about a triple, which JSON-LD 1.1 cannot hold.
    """
    identifier, kind = context.alias("@id"), context.alias("@type")
    nodes: dict[str, dict[str, Any]] = {}
    used = {identifier, kind}

    def reference(value: NamedNode | BlankNode) -> str:
        return value.value if isinstance(value, NamedNode) else f"_:{value.value}"

    for triple in triples:
        if isinstance(triple.subject, Triple) or isinstance(triple.object, Triple):
            raise ValueError("JSON-LD 1.1 cannot hold a triple about a triple.")
        subject, value = reference(triple.subject), triple.object
        node = nodes.setdefault(subject, {identifier: subject})
        iri = triple.predicate.value
        literal = value if isinstance(value, Literal) else None
        if iri == _TYPE and not isinstance(value, Literal):
            name = context.compact(value.value, is_term=True) if isinstance(value, NamedNode) else reference(value)
            used.add(name)
            _added(node, kind, name)
            continue
        term = context.term(iri, literal)
        key = term.name if term else context.compact(iri)
        used.add(key)
        if not isinstance(value, Literal):
            name = reference(value)
            _added(node, key, name if term else {identifier: name})
        elif term and term.is_language_map:
            _added(node.setdefault(key, {}), str(value.language), value.value)
        elif value.language is not None:
            _added(node, key, {"@value": value.value, "@language": value.language})
        elif (term and term.coercion) or value.datatype.value == _STRING:
            _added(node, key, value.value)
        else:
            datatype = context.compact(value.datatype.value, is_term=True)
            used.add(datatype)
            _added(node, key, {"@value": value.value, kind: datatype})
    return {"@context": context.part(used), "@graph": list(nodes.values())}


def serialised(triples: Iterable[Triple], context: Context) -> bytes:
    """Return triples as a JSON-LD document in compact form, in UTF-8. Raises ValueError as `compacted` does."""
    return f"{json.dumps(compacted(triples, context), ensure_ascii=False, indent=1)}\n".encode()
