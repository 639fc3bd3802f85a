"""Which findings only repeat another one: a fault is told once, where it is to be mended.

| a finding is an echo when | because |
|---|---|
| a run that sees fewer files has a result for the same focus node and path | the further files play no part |
| a constraint of the same shape fails at the same place for the same focus node | one sentence tells all of it |
| something is missing where the same path has a wrong value | the wrong value is the one that is missing |
| it says what a statement means that is written wrongly | a misspelt name says nothing |
| it is about a name that a wrong prefix declaration makes | the declaration is to be mended, not the names |
| it blames a value that is itself a focus node with a result | the value is to be mended |
| it is of a SPARQL constraint, and its focus node or file has a graver result | a query comes after plain constraints |
| a rule of OWL or of hygiene speaks of what a shape speaks of | the shape is nearer to the data |
| it speaks of members of a class, or values of a property, whose axioms are at odds | the axioms are to be mended |
| nothing uses a name that a misspelt one seems to mean | it is used when that is mended |
| a query finds nothing, and the data or the query are to be mended | the answer may come back |
| the file is not formatted or declares too many prefixes, and is to be edited anyway | that comes last |

The finding that stays takes over the gravest severity of its echoes. What an exception or a baseline accepts has no
echoes, for nobody is going to mend it.
"""

import difflib
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pyoxigraph import BlankNode, Literal, NamedNode

from kg.finding import SEVERITIES, Finding, sort_findings
from kg.rules import Rule

if TYPE_CHECKING:
    from kg.located import LocatedGraph
    from kg.validation.files import ExaminedFile

_SAYING: Final = frozenset({"acceptance", "agreement", "consistency", "hygiene", "queries", "shacl"})
"""Families about what statements say. All others are about how they are written, rules of a project's own too."""

_NO_CAUSES: Final = frozenset({"format", "namespace-of-two-prefixes", "prefix-repeated", "unused-prefix"})
"""Rules of these families that leave every statement as it is meant."""

_DECLARATIONS: Final = ("wrong-namespace", "prefix-redeclared", "prefix-of-two-namespaces")
"""Rules about a prefix that stands for a wrong namespace, the most telling first."""

_TERMS: Final = ("unknown-term", "dangling-iri", "unknown-foreign-term", "undeclared-foreign-term")
"""Rules about a name, the most telling first."""

_SHACL: Final = "http://www.w3.org/ns/shacl#"
_MISSING: Final = frozenset(
    f"<{_SHACL}{name}ConstraintComponent>" for name in ("MinCount", "HasValue", "QualifiedMinCount")
)
_SPARQL: Final = f"<{_SHACL}SPARQLConstraintComponent>"
_EQUALS: Final = f"<{_SHACL}EqualsConstraintComponent>"
_LOOKS_INTO: Final = frozenset(
    f"<{_SHACL}{name}ConstraintComponent>" for name in ("And", "Class", "Node", "Not", "Or", "Xone")
)
"""Components that judge a value by its own description."""

_AXIOMS: Final = frozenset(
    (
        "class-and-individual",
        "class-and-property",
        "class-cycle",
        "property-cycle",
        "two-kinds-of-property",
        "unsatisfiable-class",
    )
)
"""Rules about axioms that are at odds; what follows from them is no news."""

_UNUSED: Final = frozenset(("unused-shape", "unused-target", "unused-term", "vacuous-shape"))
_NEAR: Final = 0.8
"""Likeness from which on a name may be a misspelt other one (difflib)."""

_TYPE: Final = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
_SUBCLASS: Final = NamedNode("http://www.w3.org/2000/01/rdf-schema#subClassOf")
_LEAVES_ANSWERS: Final = frozenset(("empty-answer", "missing-answer", "unordered-answer", "unused-prefix"))
"""Rules about a query that have nothing to do with what it finds."""

_Place = tuple[int, int]
_Statement = tuple[Any, Any, Any]


def once_a_result(runs: Iterable[tuple[int, Sequence[Finding]]]) -> list[Finding]:
    """Return the findings of runs, each run with the number of files that it sees, without results of a wider run.

    A result of a wider run stays when it is graver, or when no narrower run has one for its focus node and path.
    """
    told = [(seen, finding) for seen, found in runs for finding in found]
    narrowest: dict[tuple[str, str, int], int] = {}
    for seen, one in told:
        if one.source_shape:
            for severity in range(SEVERITIES.index(one.severity), len(SEVERITIES)):
                key = (one.focus_node, one.result_path, severity)
                narrowest[key] = min(seen, narrowest.get(key, seen))

    def is_wider(seen: int, one: Finding) -> bool:
        return seen > narrowest[one.focus_node, one.result_path, SEVERITIES.index(one.severity)]

    return [one for seen, one in told if not one.source_shape or not is_wider(seen, one)]


class _File:
    """A file whose statements are asked for by their places."""

    def __init__(self, graph: "LocatedGraph") -> None:
        """Sort the places."""
        self.graph = graph
        self._statements: dict[_Place, list[_Statement]] = defaultdict(list)
        self._terms: dict[_Place, Any] = {}
        for node, place in graph.subjects.items():
            self._statements[place].append((node, None, None))
            self._terms[place] = node
        for triple, predicate, object_ in zip(graph.triples, graph.predicates, graph.objects, strict=True):
            self._statements[predicate].append(triple)
            self._statements[object_].append(triple)
            self._terms[predicate], self._terms[object_] = triple[1], triple[2]
        self._places = sorted(self._statements)

    def statements(self, line: int, column: int) -> list[_Statement]:
        """Return the statements at a place, or at the last before it; of a subject alone there is but that."""
        number = bisect_right(self._places, (line, column))
        return self._statements[self._places[number - 1]] if number else []

    def name(self, line: int, column: int) -> str | None:
        """Return the IRI, or that of the data type, that stands at a place."""
        term = self._terms.get((line, column))
        term = term.datatype if isinstance(term, Literal) else term
        return term.value if isinstance(term, NamedNode) else None


class _Wrong:
    """What causes spoil: the nodes of statements that are written wrongly, and the names that wrong prefixes make."""

    def __init__(
        self, causes: Iterable[Finding], examined: "Mapping[Path, ExaminedFile]", rules: Mapping[str, Rule]
    ) -> None:
        """Look at the statements at the places of the causes."""
        self._examined = examined
        self._files: dict[Path, _File] = {}
        self.places: dict[tuple[Path, int, int], Finding] = {}
        self.queries: dict[Path, Finding] = {}
        self.nodes: dict[str, Finding] = {}
        self.namespaces: dict[tuple[Path, str], Finding] = {}
        self.names: dict[str, Finding] = {}
        self._meant: dict[str, Finding] = {}
        self._linked: dict[str, Finding] | None = None
        self._subjects: dict[str, Finding] = {}
        for one in causes:
            file = self.file(one.path)
            if file is None:
                self.queries.setdefault(one.path, one)
                continue
            if one.rule in _DECLARATIONS:
                self._add_prefix(one, file)
            elif rules[one.rule].family != "prefixes":
                self.places.setdefault((one.path, one.line, one.column), one)
                for statement in file.statements(one.line, one.column):
                    self._add_statement(one, statement)
                if one.value:
                    self.nodes.setdefault(one.value, one)
                if one.rule in _TERMS and (name := file.name(one.line, one.column)):
                    self.names.setdefault(name, one)

    def file(self, path: Path) -> _File | None:
        """Return a Turtle file by its places, or None for another file."""
        known = self._examined.get(path)
        if known is None or known.broken:
            return None
        if path not in self._files:
            self._files[path] = _File(known.graph)
        return self._files[path]

    def _add_statement(self, one: Finding, statement: _Statement) -> None:
        """Add the resources that a wrong statement links."""
        subject, _, value = statement
        if subject is not None:
            self.nodes.setdefault(str(subject), one)
            self._subjects.setdefault(str(subject), one)
        if isinstance(value, NamedNode | BlankNode):
            self.nodes.setdefault(str(value), one)

    def _add_prefix(self, one: Finding, file: _File) -> None:
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
        telling = min(causes, key=lambda cause: _DECLARATIONS.index(cause.rule), default=one)
        return telling if _DECLARATIONS.index(telling.rule) < _DECLARATIONS.index(one.rule) else None

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
            if any(difflib.SequenceMatcher(None, name, other).ratio() >= _NEAR for other in meant):
                return cause
        return None

    def statement_cause(self, one: Finding) -> Finding | None:
        """Return what is wrong with the statement, or with a resource, that a finding speaks of."""
        if cause := self.places.get((one.path, one.line, one.column)):
            return cause
        if one.focus_node or one.value:
            cause = self.nodes.get(one.focus_node) or self.nodes.get(one.value)
        elif (file := self.file(one.path)) is not None:
            subjects = [str(subject) for subject, _, _ in file.statements(one.line, one.column)]
            cause = next((self.nodes[subject] for subject in subjects if subject in self.nodes), None)
        if cause is None and one.component == _SPARQL:  # a query may look at what its focus node links to
            cause = self._neighbours().get(one.focus_node)
        return cause

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


def without_echoes(
    findings: Iterable[Finding], examined: "Mapping[Path, ExaminedFile]", rules: Mapping[str, Rule]
) -> list[Finding]:
    """Return the findings without those that only repeat another, as the module says, sorted.

    `examined` are the Turtle files; a finding about another file is about a query, or about no statement.
    """
    ordered = _one_of_each(sort_findings(findings))
    causes = [one for one in ordered if _is_cause(one, rules)]
    echoes: dict[Finding, Finding] = {}
    if causes:
        wrong = _Wrong(causes, examined, rules)
        for one in ordered:
            if cause := _cause_of(one, wrong, rules):
                echoes[one] = cause
    ordered = _with_gravest(ordered, echoes)
    described = _Described(examined)
    for step in (_axioms_first, _shapes_before_rules, _own_side_of_equals, _values_first, _queries_last):
        ordered = _with_gravest(ordered, step(ordered, described, rules))
    ordered = _values_before_gaps(ordered)
    ordered = _answers_last(ordered, examined)
    return _housekeeping_last(ordered, rules)


def _is_cause(one: Finding, rules: Mapping[str, Rule]) -> bool:
    """Return whether a finding says that something is written wrongly."""
    rule = rules.get(one.rule)
    return not one.source_shape and rule is not None and rule.family not in _SAYING and rule.id not in _NO_CAUSES


def _cause_of(one: Finding, wrong: _Wrong, rules: Mapping[str, Rule]) -> Finding | None:
    """Return the finding that another one repeats, or None."""
    if one.rule in _DECLARATIONS:
        return wrong.declaration_cause(one)
    cause = None
    rule = rules.get(one.rule)
    family = "shacl" if one.source_shape or rule is None else rule.family
    if family in {"vocabulary", "consistency"} and (cause := wrong.name_cause(one)):
        return cause
    if family in _SAYING and family != "agreement":
        cause = wrong.statement_cause(one) or (wrong.misspelt_cause(one) if one.rule in _UNUSED else None)
    return None if cause is one else cause


def _one_of_each(ordered: list[Finding]) -> list[Finding]:
    """Return the findings without those that say in other words what one at the same place says."""
    kept: list[Finding] = []
    results: set[tuple[Any, ...]] = set()
    names: dict[tuple[Path, int, int, tuple[str, ...]], int] = {}
    for one in ordered:
        if one.source_shape:
            key = (one.path, one.line, one.column, one.rule, one.source_shape, one.focus_node, one.severity)
            if key in results:
                continue
            results.add(key)
        group = next((group for group in (_TERMS, _DECLARATIONS) if one.rule in group), None)
        if group is None:
            kept.append(one)
            continue
        place = (one.path, one.line, one.column, group)
        if place not in names:
            names[place] = len(kept)
            kept.append(one)
            continue
        first = kept[names[place]]
        telling = min(first, one, key=lambda finding: group.index(finding.rule))
        kept[names[place]] = replace(telling, severity=_gravest(first, one))
    return kept


def _gravest(*findings: Finding) -> Any:
    """Return the gravest severity of some findings."""
    return min((one.severity for one in findings), key=SEVERITIES.index)


def _with_gravest(ordered: list[Finding], echoes: Mapping[Finding, Finding]) -> list[Finding]:
    """Return the findings without echoes; what caused them is as grave as the gravest."""
    severities: dict[Finding, list[Finding]] = defaultdict(list)
    for echo, cause in echoes.items():
        severities[cause].append(echo)
    return [
        replace(one, severity=_gravest(one, *severities[one])) if one in severities else one
        for one in ordered
        if one not in echoes
    ]


def _values_before_gaps(ordered: list[Finding]) -> list[Finding]:
    """Return the findings without gaps in a path of a focus node that has a wrong value there."""
    wrong = {(one.focus_node, one.result_path) for one in ordered if one.source_shape and one.value and one.result_path}
    return [one for one in ordered if one.component not in _MISSING or (one.focus_node, one.result_path) not in wrong]


class _Described:
    """What the Turtle files say about the places and the subjects of findings."""

    def __init__(self, examined: "Mapping[Path, ExaminedFile]") -> None:
        """Take the files; they are looked at when a finding asks for it."""
        self._examined = examined
        self._files: dict[Path, _File] = {}

    def statements(self, one: Finding) -> list[_Statement]:
        """Return the statements at the place of a finding."""
        known = self._examined.get(one.path)
        if known is None or known.broken:
            return []
        if one.path not in self._files:
            self._files[one.path] = _File(known.graph)
        return self._files[one.path].statements(one.line, one.column)

    def subjects(self, one: Finding) -> set[str]:
        """Return the resources that a finding is about, as terms of N-Triples."""
        return {one.focus_node} if one.focus_node else {str(subject) for subject, _, _ in self.statements(one)}

    def at(self, one: Finding) -> set[tuple[str, str]]:
        """Return subject and predicate of the statements at the place of a finding."""
        return {(str(subject), str(predicate)) for subject, predicate, _ in self.statements(one)}

    def members(self, terms: set[str]) -> set[str]:
        """Return the terms, the classes below them, and the members of all these."""
        below: dict[str, set[str]] = defaultdict(set)
        for known in self._examined.values():
            for subject, predicate, value in () if known.broken else known.graph.triples:
                if predicate in (_TYPE, _SUBCLASS):
                    below[str(value)].add(str(subject))
        found, new = set(terms), set(terms)
        while new:
            new = set().union(*(below[term] for term in new)) - found
            found |= new
        return found


def _axioms_first(
    ordered: Sequence[Finding], described: _Described, rules: Mapping[str, Rule]
) -> dict[Finding, Finding]:
    """Return what only follows from axioms that are at odds, or from classes that exclude one another."""
    echoes: dict[Finding, Finding] = {}
    for cause in sorted(ordered, key=lambda one: one.rule not in _AXIOMS):
        if cause in echoes:
            continue
        if cause.rule in _AXIOMS:
            terms = {str(subject) for subject, _, _ in described.statements(cause)}
            affected = described.members(terms)
        elif _family(cause, rules) == "consistency" and any(p == _TYPE for _, p, _ in described.statements(cause)):
            terms, affected = set(), described.subjects(cause)
        else:
            continue
        for one in ordered:
            family = _family(one, rules)
            if one is cause or one in echoes or family not in {"shacl", "consistency"} or one in echoes.values():
                continue
            if described.subjects(one) & affected or {predicate for _, predicate in described.at(one)} & terms:
                echoes[one] = cause
    return echoes


def _shapes_before_rules(
    ordered: Sequence[Finding], described: _Described, rules: Mapping[str, Rule]
) -> dict[Finding, Finding]:
    """Return what rules of OWL and of hygiene say about that of which a shape speaks."""
    at_place: dict[tuple[Path, int, int], Finding] = {}
    on_path: dict[tuple[str, str], Finding] = {}
    for one in ordered:
        if one.source_shape:
            at_place.setdefault((one.path, one.line, one.column), one)
            on_path.setdefault((one.focus_node, one.result_path), one)
    echoes = {}
    for one in ordered if at_place else ():
        if not one.source_shape and _family(one, rules) in {"consistency", "hygiene"}:
            cause = at_place.get((one.path, one.line, one.column))
            cause = cause or next((on_path[pair] for pair in described.at(one) if pair in on_path), None)
            if cause:
                echoes[one] = cause
    return echoes


def _own_side_of_equals(
    ordered: Sequence[Finding], described: _Described, _rules: Mapping[str, Rule]
) -> dict[Finding, Finding]:
    """Return the values that only the other path of sh:equals has, where the path itself has such a value too."""
    pairs = [one for one in ordered if one.component == _EQUALS]
    own = {
        (one.focus_node, one.source_shape): one
        for one in pairs
        if (one.focus_node, one.result_path) in described.at(one)
    }
    return {
        one: cause
        for one in pairs
        if (cause := own.get((one.focus_node, one.source_shape))) is not None
        and (one.focus_node, one.result_path) not in described.at(one)
    }


def _values_first(
    ordered: Sequence[Finding], _described: _Described, _rules: Mapping[str, Rule]
) -> dict[Finding, Finding]:
    """Return the results that blame a value with a result of its own, one that blames no such value in turn."""
    results = [one for one in ordered if one.source_shape]
    by_focus = {one.focus_node: one for one in results}
    roots = {one.focus_node: one for one in results if one.value not in by_focus or one.value == one.focus_node}
    return {
        one: roots[one.value]
        for one in results
        if one.component in _LOOKS_INTO and one.value in roots and one.value != one.focus_node
    }


def _queries_last(
    ordered: Sequence[Finding], _described: _Described, _rules: Mapping[str, Rule]
) -> dict[Finding, Finding]:
    """Return the results of SPARQL constraints whose focus node, or file and graver, another shape finds fault with."""
    by_focus: dict[str, Finding] = {}
    by_path: dict[tuple[str, str], Finding] = {}
    by_file: dict[Path, Finding] = {}
    for one in ordered:
        if one.source_shape:
            if one.component != _SPARQL:
                by_focus.setdefault(one.focus_node, one)
            if one.severity == "violation":
                by_path.setdefault((one.focus_node, one.result_path), one)
                by_file.setdefault(one.path, one)
    echoes = {}
    for one in ordered:
        if one.component == _SPARQL:
            cause = by_focus.get(one.focus_node)
            if cause is None and one.severity != "violation":
                cause = by_path.get((one.focus_node, one.result_path)) or by_file.get(one.path)
            if cause:
                echoes[one] = cause
    return echoes


def _family(one: Finding, rules: Mapping[str, Rule]) -> str:
    """Return the family of the rule of a finding; shapes are one."""
    return "shacl" if one.source_shape or one.rule not in rules else rules[one.rule].family


def _answers_last(ordered: list[Finding], examined: "Mapping[Path, ExaminedFile]") -> list[Finding]:
    """Return the findings without empty answers, and shapes that cannot be used, that another finding explains."""
    in_data = any(one.severity == "violation" and one.path in examined for one in ordered)
    in_queries = {one.path for one in ordered if one.rule not in _LEAVES_ANSWERS}
    misread = {one.path for one in ordered if one.rule == "query-syntax"}
    agreed = {one.path for one in ordered if one.rule == "version-disagrees"}
    explained = {"empty-answer": in_queries, "shape-unusable": misread, "version-iri": agreed}
    return [
        one
        for one in ordered
        if one.path not in explained.get(one.rule, ()) and not (in_data and one.rule == "empty-answer")
    ]


def _housekeeping_last(ordered: list[Finding], rules: Mapping[str, Rule]) -> list[Finding]:
    """Return the findings without those on form and unused prefixes of files that are to be edited anyway.

    A note does not ask for an edit, unless it is about a prefix, which the formatter would take away.
    """
    violated = {
        one.path for one in ordered if one.severity == "violation" and one.rule not in {"format", "unused-prefix"}
    }
    edited = {
        one.path
        for one in ordered
        if one.rule != "format" and (one.severity != "info" or _family(one, rules) == "prefixes")
    }
    last = {"format": edited, "unused-prefix": violated}
    return [one for one in ordered if one.path not in last.get(one.rule, ())]
