"""Prefixes: declared and used, declared once, with the IRI that they are known for, and the same in every file.

What a finding depends on: for `file_findings`, one file alone; for `agreement_findings`, the prefix declarations of all
files (Turtle, queries, and `sh:declare` of shapes); for `query_findings`, the text of one query and the prefixes that
are declared for it elsewhere.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from pyoxigraph import Literal, NamedNode

from kg.checks.messages import finding_of, place_text
from kg.finding import Finding
from kg.located import LocatedGraph
from kg.rules import Rule, built_in
from kg.syntax import WELL_KNOWN_PREFIXES
from kg.tokens import Token, line_and_column, tokenise
from kg.turtle import Position, PrefixDeclaration

_SHACL: Final = "http://www.w3.org/ns/shacl#"
_ABSOLUTE: Final = re.compile("[A-Za-z][A-Za-z0-9+.-]*:")
_SCHEME: Final = re.compile(r"^https?://(?:www\.)?")

START: Final = Position(1, 1)
"""Where a text begins that is a file of its own."""

_NAMESPACES: Final = Path(__file__).resolve().parent.parent / "vocabularies" / "namespaces.toml"


@dataclass(frozen=True)
class PrefixUse:
    """The prefixes of one file: its declarations in the order in which they stand, and the names that it uses."""

    path: Path
    declarations: tuple[PrefixDeclaration, ...]
    used: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        """Make the namespaces plain texts: those of a parser may be terms, which equal no text."""
        plain = tuple(one._replace(namespace=str(one.namespace)) for one in self.declarations)
        object.__setattr__(self, "declarations", plain)


@cache
def _known() -> tuple[Mapping[str, str], Mapping[str, str], Mapping[str, frozenset[str]], frozenset[str]]:
    """Return well-known namespaces by prefix and by plain form, further prefixes, and spellings that are right."""
    table = tomllib.loads(_NAMESPACES.read_text("utf-8"))
    by_prefix = {**WELL_KNOWN_PREFIXES, **table["prefixes"]}
    both = frozenset(table["both"])
    plain = {_plain(iri): iri for iri in by_prefix.values()}
    others = {iri: frozenset(names) for iri, names in table["also"].items()}
    return by_prefix, plain, others, both


def _plain(iri: str) -> str:
    """Return an IRI without scheme, www, the sign at its end, and capitals: where slips happen."""
    return _SCHEME.sub("", iri).rstrip("#/").lower()


def use_of_query(path: Path, text: str) -> PrefixUse:
    """Return the prefixes of a query; the places are of the prefix names."""
    declarations, used, named = [], set(), set()
    tokens = tokenise(text)
    for index, token in enumerate(tokens):
        if _declares(tokens, index):
            name, iri = tokens[index + 1], tokens[index + 2].text[1:-1]
            place = Position(*line_and_column(text, name.start))
            declarations.append(PrefixDeclaration(name.text.removesuffix(":"), iri, place))
            named.add(index + 1)
        elif token.kind == "name" and index not in named:
            used.add(token.text.partition(":")[0])
    return PrefixUse(path, tuple(declarations), frozenset(used))


def use_of_shapes(graph: LocatedGraph) -> PrefixUse:
    """Return the prefixes that shapes declare for their queries (`sh:declare`: SHACL, section 5.2.1)."""
    prefixes = {s: (o, place) for (s, p, o), place in _with(graph, "prefix")}
    declarations = [
        PrefixDeclaration(prefixes[node][0].value, namespace.value, prefixes[node][1])
        for (node, _, namespace), _ in _with(graph, "namespace")
        if node in prefixes and isinstance(namespace, Literal)
    ]
    return PrefixUse(graph.path, tuple(declarations), frozenset(one.prefix for one in declarations))


def _with(graph: LocatedGraph, name: str) -> Iterator[tuple[Any, Position]]:
    """Yield the statements of a predicate of SHACL with the places of their objects."""
    predicate = NamedNode(f"{_SHACL}{name}")
    for statement, place in zip(graph.triples, graph.objects, strict=True):
        if statement[1] == predicate and isinstance(statement[2], Literal):
            yield statement, place


def _declares(tokens: Sequence[Token], index: int) -> bool:
    """Return whether a declaration of a prefix begins at a token of a query."""
    return (
        tokens[index].kind == "word"
        and tokens[index].text.upper() == "PREFIX"
        and [token.kind for token in tokens[index + 1 : index + 3]] == ["name", "iri"]
    )


def file_findings(use: PrefixUse, rules: Mapping[str, Rule] | None = None, text: str | None = None) -> list[Finding]:
    """Return the findings about the prefixes of one file: unused, declared again, and bound to a wrong namespace.

    With the `text` of a Turtle file, those about `@base` too.
    """
    rules = built_in() if rules is None else rules
    found: list[Finding] = []
    first: dict[str, PrefixDeclaration] = {}
    for declaration in use.declarations:
        prefix, iri, place = declaration
        values = {"prefix": f"{prefix}:", "namespace": iri}
        if prefix in first:
            before = first[prefix]
            rule = "prefix-repeated" if before.namespace == iri else "prefix-redeclared"
            more = {"other": before.namespace, "line": str(before.position.line)}
            found += _found(rules, rule, use.path, place, values | more)
        elif prefix not in use.used:
            found += _found(rules, "unused-prefix", use.path, place, values)
        first[prefix] = declaration
        found += _namespace(rules, use.path, declaration)
    return found + (_base_findings(use.path, text, rules) if text is not None else [])


def _namespace(rules: Mapping[str, Rule], path: Path, declaration: PrefixDeclaration) -> Iterator[Finding]:
    """Yield a finding when a namespace is nearly a well-known one, or a prefix is known for another."""
    by_prefix, plain, others, both = _known()
    prefix, iri, place = declaration
    meant = plain.get(_plain(iri))
    values = {"prefix": f"{prefix}:", "namespace": iri, "nearest": meant or by_prefix.get(prefix, "")}
    if meant is not None and meant != iri and iri not in both:
        yield from _found(rules, "wrong-namespace", path, place, values)
    elif meant == iri and (usual := by_prefix.get(prefix)) not in (None, iri) and prefix not in others.get(iri, ()):
        yield from _found(rules, "misleading-prefix", path, place, values | {"usual": usual or ""})


def _found(
    rules: Mapping[str, Rule], rule: str, path: Path, place: tuple[int, int], values: Mapping[str, str]
) -> Iterator[Finding]:
    """Yield the finding of a rule if it is asked for."""
    if rule in rules:
        yield finding_of(rules[rule], path, place, values)


def _base_findings(path: Path, text: str, rules: Mapping[str, Rule]) -> list[Finding]:
    """Return the findings about the base IRI of a Turtle file (RFC 3986, section 5).

    A second declaration changes what relative IRIs mean in the middle of a file; a base whose path does not end with a
    slash loses its last segment, which only a reference that begins with `#` or `?` does not feel.
    """
    if not re.search(r"@base|\bbase\b", text, re.IGNORECASE):
        return []
    found: list[Finding] = []
    base: tuple[str, int] | None = None
    tokens = tokenise(text)
    relative_before = -1
    warned = False
    for index, token in enumerate(tokens):
        before = tokens[index - 1] if index else None
        if token.kind != "iri":
            continue
        if before is not None and before.text.lower() in ("@base", "base"):
            place = line_and_column(text, before.start)
            if base is not None:
                values = {"base": token.text[1:-1], "other": base[0], "line": str(line_and_column(text, base[1])[0])}
                found += _found(rules, "base-redeclared", path, place, values)
            elif relative_before >= 0:
                values = {"base": token.text[1:-1], "line": str(line_and_column(text, relative_before)[0])}
                found += _found(rules, "base-after-use", path, place, values)
            base, warned = (token.text[1:-1], before.start), False
        elif not _ABSOLUTE.match(token.text, 1) and not (
            before is not None
            and before.kind == "name"
            and index > 1
            and tokens[index - 2].text.lower() in ("@prefix", "prefix")
        ):
            reference = token.text[1:-1]
            if base is None:
                relative_before = token.start if relative_before < 0 else relative_before
            elif reference and reference[0] not in "#?/" and not warned and _loses_a_segment(base[0]):
                warned = True
                values = {"reference": token.text, "base": base[0], "line": str(line_and_column(text, base[1])[0])}
                found += _found(rules, "base-without-slash", path, line_and_column(text, token.start), values)
    return found


def _loses_a_segment(base: str) -> bool:
    """Return whether the last segment of a base IRI is left out when a relative path is resolved against it."""
    path = _SCHEME.sub("", base).partition("#")[0].partition("?")[0]
    return "/" in path and not path.endswith("/")


def agreement_findings(uses: Iterable[PrefixUse], rules: Mapping[str, Rule] | None = None) -> list[Finding]:
    """Return the findings about prefixes that mean different namespaces, and namespaces that have different prefixes.

    What most files do is taken for right (the first file, where there are as many); the others have the finding. The
    empty prefix may mean what it likes in each file. Of a file that declares a prefix twice the first counts.
    """
    rules = built_in() if rules is None else rules
    declared = [
        (use.path, declaration)
        for use in uses
        for declaration in {one.prefix: one for one in reversed(use.declarations)}.values()
        if declaration.prefix
    ]
    found: list[Finding] = []
    for rule, key, other in (
        ("prefix-of-two-namespaces", "prefix", "namespace"),
        ("namespace-of-two-prefixes", "namespace", "prefix"),
    ):
        groups: dict[str, list[tuple[Path, PrefixDeclaration]]] = {}
        for path, declaration in declared:
            groups.setdefault(getattr(declaration, key), []).append((path, declaration))
        for members in groups.values():
            counts = Counter(getattr(declaration, other) for _, declaration in members)
            if len(counts) == 1:
                continue
            usual, _ = counts.most_common(1)[0]
            where, first = next(entry for entry in members if getattr(entry[1], other) == usual)
            for path, declaration in members:
                if getattr(declaration, other) != usual:
                    values = {
                        "prefix": f"{declaration.prefix}:",
                        "namespace": declaration.namespace,
                        "other": f"{usual}:" if other == "prefix" else usual,
                        "place": place_text(where, first.position),
                    }
                    found += _found(rules, rule, path, declaration.position, values)
    return found


def query_findings(
    path: Path,
    text: str,
    rules: Mapping[str, Rule] | None = None,
    prefixes: Mapping[str, str] | None = None,
    start: Position = START,
) -> list[Finding]:
    """Return the findings about the prefixes of a query: used without a declaration, and all those of `file_findings`.

    `prefixes` are declared for the query elsewhere, as by shapes. `start` is where the text begins in its file.
    """
    rules = built_in() if rules is None else rules
    prefixes = prefixes or {}
    use = use_of_query(path, text)
    by_prefix, *_ = _known()
    declared = {one.prefix for one in use.declarations} | prefixes.keys()
    found = file_findings(use, rules)
    tokens = tokenise(text)
    told: set[str] = set()
    for index, token in enumerate(tokens):
        prefix = token.text.partition(":")[0]
        if token.kind != "name" or prefix in declared or prefix in told or (index and _declares(tokens, index - 1)):
            continue
        told.add(prefix)
        values = {"prefix": f"{prefix}:", "namespace": by_prefix.get(prefix, "")}
        found += _found(rules, "undeclared-prefix", path, line_and_column(text, token.start), values)
    return [moved(finding, start) for finding in found]


def moved(finding: Finding, start: tuple[int, int]) -> Finding:
    """Return a finding about a text that begins at a place of a file, at its place in the file."""
    line, column = start
    if (line, column) == (1, 1):
        return finding
    return Finding(
        **{
            **finding.__dict__,
            "line": finding.line + line - 1,
            "column": finding.column + (column - 1 if finding.line == 1 else 0),
        }
    )
