"""The shapes themselves: SHACL's own syntax rules (appendix C), and what these cannot see.

`check` depends on the files of shapes alone, and should see all of a project together; `check_targets` depends on
them and on all data. Misspelt terms of SHACL are found with those of every vocabulary (`kg.checks.vocabularies`), and
queries that cannot be read with the stored ones (`kg.checks.stored_queries`).
"""

import importlib.util
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, Final

import pyoxigraph
from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat

from kg.checks.messages import Names, finding_of
from kg.finding import Finding
from kg.located import LocatedGraph
from kg.rules import built_in
from kg.shacl import Session, validate
from kg.shacl.messages import sentences
from kg.shacl.paths import PathError, read_path, sparql
from kg.shacl.places import Places, shape_place
from kg.shacl.results import Problem
from kg.shacl.shapes import (
    LISTS_OF_SHAPES,
    MESSAGE,
    NODE_SHAPE,
    PATH,
    PROPERTY,
    PROPERTY_SHAPE,
    SEVERITY,
    TARGET_CLASS,
    TARGET_NODE,
    TARGET_OBJECTS,
    TARGET_SUBJECTS,
    VALUES_THAT_ARE_SHAPES,
    Shape,
    ShapesGraph,
)
from kg.shacl.terms import TYPE, local_name, sh
from kg.turtle import Position

_SEVERITIES: Final = frozenset(map(sh, ("Violation", "Warning", "Info")))
_FLAGS: Final = frozenset("smixq")
_RECURSIVE: Final = 1000
CONTRADICTION: Final = "shape-contradiction"
_LIMITS: Final = [
    (sh(f"{least}{name}"), sh(f"{most}{name}"))
    for least, most in (("min", "max"), ("qualifiedMin", "qualifiedMax"))
    for name in ("Count", "Length", "Inclusive", "Exclusive")
    if least == "min" or name == "Count"
]
"""Parameters that give a least and a greatest number."""

Found = tuple[str, Any, NamedNode | None, Any, Mapping[str, str]]
"""A rule, the node at fault, the predicate and the value at fault or None, and what fills the texts."""


@cache
def _shacl_for_shacl() -> LocatedGraph:
    """Return the shapes that SHACL has for shapes, as they come with pySHACL, without places."""
    package = importlib.util.find_spec("pyshacl")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("pyshacl is not installed")
    path = Path(package.origin).parent / "assets" / "shacl-shacl.ttl"
    quads = pyoxigraph.parse(path.read_bytes(), format=RdfFormat.TURTLE)
    triples = dict.fromkeys((quad.subject, quad.predicate, quad.object) for quad in quads)
    nowhere = [Position(1, 1)] * len(triples)
    return LocatedGraph(path, list(triples), nowhere, nowhere, {triple[0]: Position(1, 1) for triple in triples})


def check(
    shapes: Sequence[LocatedGraph], prefixes: Mapping[str, str] | None = None, session: Session | None = None
) -> list[Finding]:
    """Return what is wrong with the shapes, whatever the data. `prefixes` (prefix → namespace) shorten names."""
    return [finding for _, finding in _checked(shapes, prefixes or {}, session or Session())] if shapes else []


def unexplained(shapes: Sequence[LocatedGraph], problems: Sequence[Problem], session: Session) -> list[Problem]:
    """Return the problems of validations with these shapes for which `check` finds no violation."""
    graph = session.screen(shapes).shapes
    blamed = {node for node, finding in _checked(shapes, {}, session) if finding.severity == "violation"}
    return [
        problem
        for problem in problems
        if not (blamed if problem.shape is None else blamed & {problem.shape, *_below(graph, problem.shape)})
    ]


def _checked(
    shapes: Sequence[LocatedGraph], prefixes: Mapping[str, str], session: Session
) -> Iterator[tuple[Any, Finding]]:
    """Yield what is wrong with the shapes, each with the node at fault."""
    graph = session.screen(shapes).shapes
    found = list(_faults(graph, Names(prefixes)))
    for one in found:
        yield one[1], _finding(graph, one)
    yield from _syntax(graph, shapes, prefixes, session, frozenset(one[1] for one in found))


def check_targets(
    shapes: Sequence[LocatedGraph],
    data: Sequence[LocatedGraph],
    prefixes: Mapping[str, str] | None = None,
    session: Session | None = None,
) -> list[Finding]:
    """Return a note for each shape that targets nothing in the data, and for each single target that selects nothing.

    A target by SPARQL may well select nothing: it looks for what should not be there.
    """
    session = session or Session()
    screen, index = session.screen(shapes), session.index(data)
    graph, names = screen.shapes, Names(prefixes or {})
    found: list[Found] = []
    for shape in graph.targeting:
        declared = [
            (predicate, value)
            for predicate in (TARGET_NODE, TARGET_CLASS, TARGET_SUBJECTS, TARGET_OBJECTS)
            for value in graph.index.objects(shape.node, predicate)
        ]
        if graph.is_implicit_class(shape.node):
            declared.append((TARGET_CLASS, shape.node))
        empty = [one for one in declared if _selects_nothing(session, data, *one)]
        named = _name(graph, shape.node)
        nodes = screen.focus_nodes(shape, index)
        if declared and nodes is not None and not nodes:
            found.append(("vacuous-shape", shape.node, None, None, {"shape": named}))
        else:
            for predicate, value in empty:
                texts = {"shape": named, "target": names.short(value)}
                found.append(("unused-target", shape.node, predicate, value, texts))
    return [_finding(graph, one) for one in found]


def _selects_nothing(session: Session, data: Sequence[LocatedGraph], predicate: NamedNode, value: Any) -> bool:
    """Return whether a target selects nothing; a target node is always selected."""
    index = session.index(data)
    if predicate == TARGET_CLASS:
        return not index.instances(value)
    return predicate != TARGET_NODE and not any(True for _ in index.pairs(value))


def _name(graph: ShapesGraph, node: Any) -> str:
    """Return what a message calls a shape: the local name of the nearest named shape."""
    named = graph.named(node)
    return local_name(named.value) if named else "[ ]"


def _finding(graph: ShapesGraph, found: Found) -> Finding:
    """Return a finding at the statement at fault, else at the shape."""
    rule, node, predicate, value, texts = found
    file, position = shape_place(graph, node, None if predicate is None else (predicate, value))
    if predicate is not None and value is None:
        position = file.statement(node, predicate) or position
    about = "[]" if isinstance(node, BlankNode) else str(node)
    path = "" if predicate is None else str(predicate)
    written = "" if value is None else "[]" if isinstance(value, BlankNode) else str(value)
    return finding_of(built_in()[rule], file.path, position, texts, about, path, written)


def _faults(graph: ShapesGraph, names: Names) -> Iterator[Found]:
    """Yield what is wrong with each shape."""
    for shape in graph.shapes.values():
        yield from _path_faults(graph, shape)
        yield from _reference_faults(graph, shape, names)
        yield from _pattern_faults(graph, shape)
        yield from _label_faults(graph, shape, names)
        yield from _contradictions(graph, shape)
        if graph.heights.get(shape.node, 0) >= _RECURSIVE and _leads_back(graph, shape.node):
            yield "recursive-shape", shape.node, None, None, {"shape": _name(graph, shape.node)}
    yield from _unused(graph)


def _contradictions(graph: ShapesGraph, shape: Shape) -> Iterator[Found]:
    """Yield each least number of a shape that is above the greatest."""
    for least, most in _LIMITS:
        for low in graph.index.objects(shape.node, least):
            for high in graph.index.objects(shape.node, most):
                with suppress(AttributeError, ValueError):  # what is no number is compared nowhere else either
                    if float(low.value) > float(high.value):
                        texts = {"least": f"sh:{local_name(least.value)}", "most": f"sh:{local_name(most.value)}"}
                        texts |= {"low": low.value, "high": high.value}
                        yield CONTRADICTION, shape.node, least, low, texts


def _path_faults(graph: ShapesGraph, shape: Shape) -> Iterator[Found]:
    """Yield what is wrong with the path of a shape: none, several, ill-formed, or one in a node shape."""
    paths, types = graph.index.objects(shape.node, PATH), graph.index.objects(shape.node, TYPE)
    texts = {"shape": _name(graph, shape.node)}
    if NODE_SHAPE in types and paths:
        yield "shape-path", shape.node, PATH, paths[0], texts
    elif len(paths) > 1:
        yield "shape-path", shape.node, PATH, paths[-1], texts
    elif not paths and (PROPERTY_SHAPE in types or _is_property(graph, shape.node)):
        yield "shape-path", shape.node, None, None, texts
    for path in paths if len(paths) == 1 else ():
        try:
            read_path(graph.index, path)
        except PathError:
            yield "shape-path", shape.node, PATH, path, texts


def _is_property(graph: ShapesGraph, node: Any) -> bool:
    """Return whether a node that is described is a value of sh:property."""
    return bool(graph.index.subjects(PROPERTY, node)) and bool(graph.index.properties(node))


def _reference_faults(graph: ShapesGraph, shape: Shape, names: Names) -> Iterator[Found]:
    """Yield each reference to a shape that nothing describes."""
    index = graph.index
    for predicate in VALUES_THAT_ARE_SHAPES:
        for value in index.objects(shape.node, predicate):
            if isinstance(value, NamedNode) and not index.properties(value):
                texts = {"shape": names.short(value), "parameter": local_name(predicate.value)}
                yield "undefined-shape", shape.node, predicate, value, texts
    for predicate in LISTS_OF_SHAPES:
        for head in index.objects(shape.node, predicate):
            members, name = index.members(head), local_name(predicate.value)
            if not members:
                english = f"sh:{name} needs a well-formed list of one shape or more."
                thai = f"sh:{name} ต้องเป็นลิสต์ที่ถูกรูปแบบ มีเชปอย่างน้อยหนึ่งเชป"
                texts = {"shape": _name(graph, shape.node), "th": thai, "en": english}
                yield "shape-syntax", shape.node, predicate, head, texts
            for value in members or ():
                if isinstance(value, NamedNode) and not index.properties(value):
                    yield (
                        "undefined-shape",
                        shape.node,
                        predicate,
                        head,
                        {"shape": names.short(value), "parameter": name},
                    )


def _pattern_faults(graph: ShapesGraph, shape: Shape) -> Iterator[Found]:
    """Yield each regular expression that cannot be read, and flags that do not exist."""
    for predicate in (sh("pattern"), sh("flags")):
        for value in graph.index.objects(shape.node, predicate):
            if not isinstance(value, Literal):
                continue
            why = ""
            if predicate == sh("flags"):
                why = ", ".join(sorted(set(value.value) - _FLAGS))
            else:
                try:
                    re.compile(value.value)
                except (re.error, OverflowError, RecursionError) as error:
                    why = str(error)
            if why:
                yield "invalid-pattern", shape.node, predicate, value, {"text": value.value, "why": why}


def _label_faults(graph: ShapesGraph, shape: Shape, names: Names) -> Iterator[Found]:
    """Yield a severity that does not exist, and a second message in a language."""
    index = graph.index
    for value in index.objects(shape.node, SEVERITY):
        if value not in _SEVERITIES and sh("Severity") not in index.objects(value, TYPE):
            yield "unknown-severity", shape.node, SEVERITY, value, {"severity": names.short(value)}
    for holder in (shape.node, *index.objects(shape.node, sh("sparql"))):
        seen = set()
        for message in index.objects(holder, MESSAGE):
            language = message.language if isinstance(message, Literal) else None
            if language in seen:
                yield "message-language-twice", holder, MESSAGE, message, {"language": language or "–"}
            seen.add(language)


def _leads_back(graph: ShapesGraph, node: Any) -> bool:
    """Return whether a shape refers to itself, through others or directly."""
    return node in _below(graph, node)


def _below(graph: ShapesGraph, node: Any) -> set[Any]:
    """Return the shapes to which a shape refers, through others or directly."""
    seen: set[Any] = set()
    waiting = list(graph.referred(node))
    while waiting:
        one = waiting.pop()
        if one not in seen:
            seen.add(one)
            waiting.extend(graph.referred(one))
    return seen


def _unused(graph: ShapesGraph) -> Iterator[Found]:
    """Yield each named shape without a target to which nothing refers."""
    targeting = {shape.node for shape in graph.targeting}
    referred = {node for shape in graph.shapes for node in graph.referred(shape)}
    for node in graph.shapes:
        if isinstance(node, NamedNode) and node not in targeting | referred and graph.index.properties(node):
            yield "unused-shape", node, None, None, {"shape": _name(graph, node)}


def _syntax(
    graph: ShapesGraph,
    shapes: Sequence[LocatedGraph],
    prefixes: Mapping[str, str],
    session: Session,
    blamed: frozenset[Any],
) -> Iterator[tuple[Any, Finding]]:
    """Yield what SHACL's shapes for shapes say of nodes with which nothing else was found, each with its node."""
    judged = _shacl_for_shacl()
    validation = validate([judged], shapes, None, session)
    if not validation.results:
        return
    rules = session.screen([judged]).shapes
    index = session.index(shapes)
    places = Places(rules, index, ())
    rule = built_in()["shape-syntax"]
    for result in validation.results:
        if result.focus in blamed or result.value in blamed:
            continue
        told = sentences(rules, index, result, prefixes)
        file, position = places.place(result)
        texts = {"shape": _name(graph, result.focus), "th": told["th"], "en": told["en"]}
        value = "" if result.value is None or isinstance(result.value, BlankNode) else str(result.value)
        focus = "[]" if isinstance(result.focus, BlankNode) else str(result.focus)
        path = sparql(result.path) if result.path else ""
        yield result.focus, finding_of(rule, file.path, position, texts, focus, path, value)
