"""What is written wrongly, and the findings about what such statements, names, prefixes and shapes say.

A misspelt name says nothing, so what is found about its meaning goes when it is mended.
"""

import difflib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pyoxigraph import BlankNode, NamedNode

from kg.finding import Finding
from kg.rules import Rule
from kg.validation.echoes.described import File, Statement
from kg.validation.echoes.kinds import DECLARATIONS, SHACL, SPARQL, TERMS, TYPE
from kg.validation.echoes.terms import NEAR

if TYPE_CHECKING:
    from kg.located import LocatedGraph
    from kg.validation.files import ExaminedFile

_SAYING: Final = frozenset({"acceptance", "agreement", "consistency", "hygiene", "queries", "shacl"})
"""Families about what statements say. All others are about how they are written, rules of a project's own too."""

_NO_CAUSES: Final = frozenset({"format", "namespace-of-two-prefixes", "prefix-repeated", "unused-prefix"})
"""Rules of these families that leave every statement as it is meant."""

_OF_VALUES: Final = frozenset(
    f"<{SHACL}{name}ConstraintComponent>"
    for name in (
        "Datatype",
        "In",
        "LanguageIn",
        "MaxCount",
        "MaxExclusive",
        "MaxInclusive",
        "MaxLength",
        "MinExclusive",
        "MinInclusive",
        "MinLength",
        "NodeKind",
        "Pattern",
        "UniqueLang",
    )
)
"""Components that look at the values of one path and at nothing else."""

_UNUSED: Final = frozenset(("unused-shape", "unused-target", "unused-term", "vacuous-shape"))


class Wrong:
    """What causes spoil: the nodes of statements that are written wrongly, and the names that wrong prefixes make."""

    def __init__(
        self, causes: Iterable[Finding], examined: "Mapping[Path, ExaminedFile]", rules: Mapping[str, Rule]
    ) -> None:
        """Look at the statements at the places of the causes."""
        self._examined = examined
        self._files: dict[Path, File] = {}
        self.places: dict[tuple[Path, int, int], Finding] = {}
        self.queries: dict[Path, Finding] = {}
        self.nodes: dict[str, Finding] = {}
        self.namespaces: dict[tuple[Path, str], Finding] = {}
        self.names: dict[str, Finding] = {}
        self.shapes: dict[str, Finding] = {}
        self._meant: dict[str, Finding] = {}
        self._linked: dict[str, Finding] | None = None
        self._subjects: dict[str, Finding] = {}
        for one in causes:
            file = self.file(one.path)
            if file is None:
                self.queries.setdefault(one.path, one)
                continue
            if one.rule in DECLARATIONS:
                self._add_prefix(one, file)
            elif rules[one.rule].family != "prefixes":
                self.places.setdefault((one.path, one.line, one.column), one)
                for statement in file.statements(one.line, one.column):
                    self._add_statement(one, statement)
                    if examined[one.path].kind == "shapes":
                        self.shapes.setdefault(_local_name(_named(file.graph, statement[0])), one)
                if one.value:
                    self.nodes.setdefault(one.value, one)
                if one.rule in TERMS and (name := file.name(one.line, one.column)):
                    self.names.setdefault(name, one)

    def file(self, path: Path) -> File | None:
        """Return a Turtle file by its places, or None for another file."""
        known = self._examined.get(path)
        if known is None or known.broken:
            return None
        if path not in self._files:
            self._files[path] = File(known.graph)
        return self._files[path]

    def _add_statement(self, one: Finding, statement: Statement) -> None:
        """Add the resources that a wrong statement links."""
        subject, _, value = statement
        if subject is not None:
            self.nodes.setdefault(str(subject), one)
            self._subjects.setdefault(str(subject), one)
        if isinstance(value, NamedNode | BlankNode):
            self.nodes.setdefault(str(value), one)

    def _add_prefix(self, one: Finding, file: File) -> None:
        """Add all that a wrong declaration of a prefix spoils."""
        declarations = self._examined[one.path].declarations
        declared = next((made for made in declarations if made.position == (one.line, one.column)), None)
        if declared is None:
            return
        self.namespaces.setdefault((one.path, declared.namespace), one)
        meant = {
            other.namespace
            for known in self._examined.values()
            for other in known.declarations
            if other.prefix == declared.prefix and other.namespace != declared.namespace
        }
        for triple in file.graph.triples:
            names = [term.value for term in triple if isinstance(term, NamedNode)]
            wrong = [name for name in names if name.startswith(declared.namespace)]
            if wrong:
                self._add_statement(one, triple)
            for name in wrong:
                for namespace in meant:
                    node = f"<{namespace}{name[len(declared.namespace) :]}>"
                    self._meant.setdefault(node[1:-1], one)
                    self.nodes.setdefault(node, one)

    def declaration_cause(self, one: Finding) -> Finding | None:
        """Return what is more telling about the same prefix of the same file than a finding about it."""
        causes = [
            cause
            for (path, _), cause in self.namespaces.items()
            if path == one.path and self._prefix(cause) == self._prefix(one)
        ]
        telling = min(causes, key=lambda cause: DECLARATIONS.index(cause.rule), default=one)
        return telling if DECLARATIONS.index(telling.rule) < DECLARATIONS.index(one.rule) else None

    def _prefix(self, one: Finding) -> str | None:
        """Return the prefix whose declaration a finding is about."""
        made = self._examined[one.path].declarations if one.path in self._examined else ()
        return next((known.prefix for known in made if known.position == (one.line, one.column)), None)

    def name_cause(self, one: Finding) -> Finding | None:
        """Return the wrong prefix that makes the name that a finding is about."""
        file = self.file(one.path)
        if file is None or not (self.namespaces or self._meant):
            return None
        name = file.name(one.line, one.column)
        if name is None or name in self._meant:
            return self._meant.get(name or "")
        causes = self.namespaces.items()
        return next(
            (cause for (path, namespace), cause in causes if path == one.path and name.startswith(namespace)), None
        )

    def misspelt_cause(self, one: Finding) -> Finding | None:
        """Return the misspelt name that seems to mean what a finding says is not used."""
        file = self.file(one.path)
        subjects = [subject for subject, _, _ in file.statements(one.line, one.column)] if file else []
        meant = [subject.value for subject in subjects[:1] if isinstance(subject, NamedNode)]
        for name, cause in self.names.items():
            if any(difflib.SequenceMatcher(None, name, other).ratio() >= NEAR for other in meant):
                return cause
        return None

    def statement_cause(self, one: Finding) -> Finding | None:
        """Return what is wrong with the statement, or with a resource, that a finding speaks of."""
        if cause := self.places.get((one.path, one.line, one.column)):
            return cause
        if one.source_shape and one.rule in self.shapes:
            return self.shapes[one.rule]
        if one.focus_node or one.value:
            cause = self.nodes.get(one.focus_node) or self.nodes.get(one.value)
            if cause is not None and self._is_apart(one, cause):
                return None
        elif (file := self.file(one.path)) is not None:
            subjects = [str(subject) for subject, _, _ in file.statements(one.line, one.column)]
            cause = next((self.nodes[subject] for subject in subjects if subject in self.nodes), None)
        if cause is None and one.component == SPARQL:  # a query may look at what its focus node links to
            cause = self._neighbours().get(one.focus_node)
        return cause

    def _is_apart(self, one: Finding, cause: Finding) -> bool:
        """Return whether a result is about values of its focus node alone, and the cause about another property."""
        file = self.file(cause.path)
        if one.component not in _OF_VALUES or file is None or cause.rule in TERMS:
            return False
        wrong = {str(predicate) for _, predicate, _ in file.statements(cause.line, cause.column)}
        return bool(wrong) and one.result_path not in wrong and str(TYPE) not in wrong

    def _neighbours(self) -> dict[str, Finding]:
        """Return the resources that link to the subject of a wrong statement."""
        if self._linked is None:
            self._linked = {}
            for known in self._examined.values():
                if self._subjects and not known.broken:
                    for subject, _, value in known.graph.triples:
                        if cause := self._subjects.get(str(value)):
                            self._linked.setdefault(str(subject), cause)
        return self._linked


def _named(graph: "LocatedGraph", node: Any) -> Any:
    """Return the named node in whose description a node stands, or the last without a name."""
    seen = set()
    while isinstance(node, BlankNode) and node not in seen:
        seen.add(node)
        node = next((subject for subject, _, value in graph.triples if value == node), node)
    return node


def _local_name(node: Any) -> str:
    """Return what follows the last # or / of an IRI: by this the results of a shape are called."""
    return re.split("[#/]", node.value)[-1] if isinstance(node, NamedNode) else ""


def is_cause(one: Finding, rules: Mapping[str, Rule]) -> bool:
    """Return whether a finding says that something is written wrongly."""
    rule = rules.get(one.rule)
    return not one.source_shape and rule is not None and rule.family not in _SAYING and rule.id not in _NO_CAUSES


def cause_of(one: Finding, wrong: Wrong, rules: Mapping[str, Rule]) -> Finding | None:
    """Return the finding that another one repeats, or None."""
    if one.rule in DECLARATIONS:
        return wrong.declaration_cause(one)
    cause = None
    rule = rules.get(one.rule)
    family = "shacl" if one.source_shape or rule is None else rule.family
    if family in {"vocabulary", "consistency"} and (cause := wrong.name_cause(one)):
        return cause
    if family in _SAYING and family != "agreement":
        cause = wrong.statement_cause(one) or (wrong.misspelt_cause(one) if one.rule in _UNUSED else None)
    return None if cause is one else cause
