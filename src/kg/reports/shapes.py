"""The named shapes of a project as rules, so that a finding of a shape is explained as one of a rule is.

Only the names, the messages and the severity of a shape are read, and the text that it stands in; what it means is
SHACL's to say.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import urljoin

import pyoxigraph
from pyoxigraph import Literal, NamedNode, RdfFormat

from kg.errors import InputError
from kg.finding import Severity, displayed
from kg.namespaces import RDF, RDFS, SHACL
from kg.project import Project
from kg.reports.report import SHAPE
from kg.rules import Rule
from kg.shacl.terms import local_name

_TYPES: Final = frozenset({NamedNode(f"{SHACL}NodeShape"), NamedNode(f"{SHACL}PropertyShape")})
_TYPE: Final = NamedNode(f"{RDF}type")
_SEVERITY: Final = NamedNode(f"{SHACL}severity")
_SEVERITIES: Final[dict[NamedNode, Severity]] = {
    NamedNode(f"{SHACL}Violation"): "violation",
    NamedNode(f"{SHACL}Warning"): "warning",
    NamedNode(f"{SHACL}Info"): "info",
}
_NAMES: Final = (NamedNode(f"{SHACL}name"), NamedNode(f"{RDFS}label"))
_MESSAGES: Final = (NamedNode(f"{SHACL}message"),)
_REASONS: Final = (NamedNode(f"{SHACL}description"), NamedNode(f"{RDFS}comment"))

Graph = dict[Any, list[tuple[NamedNode, Any]]]
"""Predicate and object of each triple, by subject."""


def _graph(path: Path) -> Graph:
    """Return the triples of a file by subject. Raises InputError when it is not Turtle."""
    try:
        quads = list(pyoxigraph.parse(path=str(path), format=RdfFormat.TURTLE, base_iri=path.resolve().as_uri()))
    except (OSError, SyntaxError) as error:
        raise InputError(f"{displayed(path)}: {error}.") from error
    graph: Graph = {}
    for quad in quads:
        graph.setdefault(quad.subject, []).append((quad.predicate, quad.object))
    return graph


def _named_shapes(graph: Graph) -> Iterator[tuple[NamedNode, list[tuple[NamedNode, Any]]]]:
    """Yield each IRI that is said to be a shape, with its triples."""
    for subject, triples in graph.items():
        if isinstance(subject, NamedNode) and any(p == _TYPE and o in _TYPES for p, o in triples):
            yield subject, triples


def _texts(triples: Iterable[tuple[NamedNode, Any]], predicates: tuple[NamedNode, ...]) -> dict[str, str]:
    """Return the texts of the first of these predicates that has any, by language; one without stands for both."""
    triples = list(triples)
    for predicate in predicates:
        found: dict[str, list[str]] = {}
        for name, value in triples:
            if name == predicate and isinstance(value, Literal):
                found.setdefault((value.language or "").split("-")[0], []).append(value.value)
        if found:
            other = found.get("") or next(iter(found.values()))
            return {code: " ".join(sorted(found.get(code, other))) for code in ("th", "en")}
    return {"th": "", "en": ""}


def _constraints(graph: Graph, shape: Any) -> list[tuple[NamedNode, Any]]:
    """Return the triples of a shape and of the blank nodes below it, which have messages of their own."""
    found, queue, seen = [], [shape], {shape}
    while queue:
        for predicate, value in graph.get(queue.pop(0), []):
            found.append((predicate, value))
            if isinstance(value, pyoxigraph.BlankNode) and value not in seen:
                seen.add(value)
                queue.append(value)
    return found


def shape_rules(project: Project) -> dict[str, Rule]:
    """Return a rule for each named shape of the project, by local name; of two with one name, the first.

    Raises InputError when a file of shapes is not Turtle.
    """
    rules: dict[str, Rule] = {}
    for path in dict.fromkeys((*project.shapes, *(shape for scope in project.scopes for shape in scope.shapes))):
        graph = _graph(path)
        for subject, triples in _named_shapes(graph):
            name = local_name(subject.value)
            own = _constraints(graph, subject)
            severity: Severity = next(
                (_SEVERITIES[o] for p, o in own if p == _SEVERITY and o in _SEVERITIES), "violation"
            )
            rules.setdefault(
                name,
                Rule(
                    name,
                    SHAPE,
                    path,
                    severity,
                    _texts(triples, _NAMES),
                    _texts(own, _MESSAGES),
                    {"th": "", "en": ""},
                    _texts(triples, _REASONS),
                    default=True,
                ),
            )
    return rules


_SUBJECT: Final = re.compile(
    r"^(?:<(?P<iri>[^<>\s]*)>|(?P<prefix>[^\s<>\"'#:@]*):(?P<local>[^\s<>\"';,]+))(?=\s)", re.MULTILINE
)
_PREFIX: Final = re.compile(r"^\s*@?prefix\s+([^\s:]*):\s*<([^<>\s]*)>", re.MULTILINE | re.IGNORECASE)


def shape_text(rule: Rule) -> str:
    """Return the statements of a file whose subject is the shape of a rule, as they are written at the start of a line.

    Empty when there are none. Raises InputError when the file is not Turtle.
    """
    graph, content = _graph(rule.path), rule.path.read_text(encoding="utf-8")
    iri = next((subject.value for subject, _ in _named_shapes(graph) if local_name(subject.value) == rule.id), None)
    base, prefixes = rule.path.resolve().as_uri(), dict(_PREFIX.findall(content))
    statements = []
    for match in _SUBJECT.finditer(content):
        if match["iri"] is not None:
            subject = urljoin(base, match["iri"])
        else:
            subject = prefixes.get(match["prefix"], "") + match["local"].replace("\\", "")
        if subject == iri:
            statements.append(content[match.start() : _statement_end(content, match.end())])
    return "\n\n".join(statements)


_SKIPPED: Final = re.compile(
    r"<[^<>\s]*>|#[^\n]*|\"{3}(?:[^\"\\]|\\.|\"{1,2}(?!\"))*\"{3}|'{3}(?:[^'\\]|\\.|'{1,2}(?!'))*'{3}"
    r"|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|\.(?=[\w])",
    re.DOTALL,
)


def _statement_end(content: str, at: int) -> int:
    """Return the index after the full stop that ends the statement at an index."""
    while at < len(content):
        if match := _SKIPPED.match(content, at):
            at = match.end()
        elif content[at] == ".":
            return at + 1
        else:
            at += 1
    return at


def shape_examples(project: Project, name: str) -> dict[str, str]:
    """Return the examples of a shape, if any: `passing` from `<name>.pass.ttl`, `failing` from `<name>.fail.ttl`."""
    if project.examples is None:
        return {}
    found = {}
    for key, ending in (("passing", "pass"), ("failing", "fail")):
        for path in sorted(project.examples.rglob(f"{_literal(name)}.{ending}.ttl"))[:1]:
            found[key] = path.read_text(encoding="utf-8", errors="replace")
    return found


def _literal(name: str) -> str:
    """Return a name as a pattern of files that fits only itself."""
    return re.sub(r"([*?\[])", r"[\1]", name)
