"""What a result says when its shape says nothing: a plain sentence, made of the component and its parameters."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path as FilePath
from typing import Any, Final

from pyoxigraph import BlankNode, Literal, NamedNode

from kg.rules import built_in
from kg.shacl import paths
from kg.shacl.index import Index
from kg.shacl.paths import Path, PathOperation
from kg.shacl.results import Result
from kg.shacl.shapes import ShapesGraph
from kg.shacl.terms import LANGUAGE_STRING, STRING, XSD, local_name, sh

_TEXTS: Final = FilePath(__file__).with_name("messages.toml")
_PARAMETERS: Final = {
    "ClassConstraintComponent": "class",
    "HasValueConstraintComponent": "hasValue",
    "QualifiedMinCountConstraintComponent": "qualifiedMinCount",
    "QualifiedMaxCountConstraintComponent": "qualifiedMaxCount",
}
_PLAIN: Final = {"integer": r"[+-]?[0-9]+", "decimal": r"[+-]?[0-9]*\.[0-9]+", "boolean": "true|false"}
"""Datatypes whose literals Turtle writes without quotation marks, in these forms."""

COMPONENTS: Final = "components"
"""The family of the rules of constraint components (SHACL, section 4)."""

_SHOWN: Final = 8
"""A list of more members than this is cut in a message."""


@cache
def _texts() -> Mapping[str, Mapping[str, str]]:
    """Return the templates by component and language: those of the rules, and a few beside them.

    {path} is the path, {value} the value node, {limit} the parameter, {count} how many value nodes there are; {values},
    {need}, {there} and {conform} are the English forms that go with {limit} and {count}.
    """
    components = {rule.id: rule.message for rule in built_in().values() if rule.family == COMPONENTS}
    return {**tomllib.loads(_TEXTS.read_text(encoding="utf-8")), **components}


def short(term: Any, prefixes: Mapping[str, str]) -> str:
    """Return a term as Turtle would write it with these prefixes (prefix → namespace); a blank node is `[]`."""
    if isinstance(term, BlankNode):
        return "[]"
    if isinstance(term, Literal):
        form = _PLAIN.get(term.datatype.value.removeprefix(XSD))
        if form and re.fullmatch(form, term.value):
            return term.value
        text = '"' + term.value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
        if term.language:
            return f"{text}@{term.language}"
        return text if term.datatype in (STRING, LANGUAGE_STRING) else f"{text}^^{short(term.datatype, prefixes)}"
    fitting = [(len(namespace), name) for name, namespace in prefixes.items() if term.value.startswith(namespace)]
    for length, name in sorted(fitting, reverse=True):
        local = term.value[length:]
        if local and not set(local) & set("/#?:()<>,;'\"@%&=+*!$~\\ "):
            return f"{name}:{local}"
    return f"<{term.value}>"


def short_path(path: Path, prefixes: Mapping[str, str]) -> str:
    """Return a path as SPARQL writes it, with these prefixes."""
    text = paths.sparql(path)
    for predicate in sorted(set(paths.predicates(path)), key=lambda one: -len(one.value)):
        text = text.replace(str(predicate), short(predicate, prefixes))
    return text


def _parameter(shapes: ShapesGraph, result: Result, prefixes: Mapping[str, str]) -> str:
    """Return the value of the component's parameter; the members of a list stand in parentheses."""
    component = local_name(result.component.value)
    base = component.removesuffix("ConstraintComponent")
    name = _PARAMETERS.get(component, base[:1].lower() + base[1:])
    written = []
    for value in sorted(shapes.index.objects(result.source_shape, sh(name)), key=str):
        members = shapes.index.members(value) if isinstance(value, BlankNode) else None
        if members:
            shown = [short(member, prefixes) for member in members[:_SHOWN]]
            written.append(f"({' '.join(shown)}{' …' if len(members) > _SHOWN else ''})")
        else:
            written.append(value.value if name.endswith(("Count", "Length")) else short(value, prefixes))
    return ", ".join(written)


def sentences(shapes: ShapesGraph, data: Index, result: Result, prefixes: Mapping[str, str]) -> dict[str, str]:
    """Return what there is to say about a result, in Thai and in English (`th`, `en`)."""
    texts = _texts()
    limit = _parameter(shapes, result, prefixes)
    shape = shapes.shapes.get(result.source_shape)
    counted = paths.values(data, shape.path, result.focus) if shape and shape.path is not None else ()
    single = limit == "1"
    filled = {
        "path": short_path(result.path, prefixes) if isinstance(result.path, NamedNode | PathOperation) else "",
        "value": short(result.focus if result.value is None else result.value, prefixes),
        "limit": limit,
        "count": str(len(counted)),
        "values": "value" if single else "values",
        "conform": "conforms" if single else "conform",
        "need": "is" if single else "are",
        "there": "is" if len(counted) == 1 else "are",
    }
    templates = texts.get(local_name(result.component.value), texts["other"])
    return {language: template.format(**filled) for language, template in templates.items()}
