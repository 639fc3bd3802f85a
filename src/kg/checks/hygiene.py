"""Rules that are one query each: labels, definitions, terms and concepts that nothing leads to, cycles, and the like.

What a finding depends on: all triples of the kinds of files that the rule names in `on`, and of the settings `own` and
`languages`. A rule finds the same whichever file a triple stands in, save where its query names GRAPH.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, Final

from pyoxigraph import DefaultGraph, NamedNode, Quad, QuerySolution, QuerySolutions, Store

from kg.checks.messages import Names, finding_of
from kg.errors import InputError
from kg.finding import Finding, displayed
from kg.located import LocatedGraph
from kg.project import Project
from kg.rules import Rule
from kg.tokens import tokenise
from kg.turtle import Position

_TYPE: Final = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
_BOUND: Final = ("own", "language")
"""The variables that are bound beforehand."""


def rule_store(
    located: Iterable[LocatedGraph], project: Project, on: Iterable[str] | None = None, named: bool = True
) -> Store:
    """Return the store that rules ask: a named graph a file, and their union, each triple once, as the default graph.

    `on` are the kinds of files that go into it; without it all do. Without `named` there is only the default graph,
    which takes half the time and is enough for queries without GRAPH.
    """
    kinds = project.kinds
    wanted = None if on is None else set(on)
    graphs = [graph for graph in located if wanted is None or kinds.get(graph.path, "data") in wanted]
    default = DefaultGraph()
    names = [NamedNode(project.graph_iri(graph.path)) for graph in graphs] if named else []
    store = Store()
    store.bulk_extend(
        chain(
            (Quad(*triple, default) for graph in graphs for triple in graph.triples),
            (Quad(*triple, name) for name, graph in zip(names, graphs, strict=False) for triple in graph.triples),
        )
    )
    return store


def asks_graphs(rules: Iterable[Rule]) -> bool:
    """Return whether the query of a rule names GRAPH, so that the store must have named graphs."""
    return any(token.text.upper() == "GRAPH" for rule in rules for token in tokenise(rule.query or ""))


def _bound(query: str, values: Mapping[str, str]) -> str:
    """Return a query with some variables replaced by texts; one that it selects is selected under its name."""
    written: list[str] = []
    end, depth, selecting = 0, 0, False
    for token in tokenise(query):
        depth += (token.text in ("(", "{")) - (token.text in (")", "}"))
        if token.kind == "word" and token.text.upper() in ("SELECT", "WHERE"):
            selecting, level = token.text.upper() == "SELECT", depth
        elif token.text == "{":
            selecting = False
        written.append(query[end : token.start])
        end = token.start + len(token.text)
        name = token.text[1:] if token.kind == "variable" else ""
        if name in values:
            text = '"' + values[name].replace("\\", "\\\\").replace('"', '\\"') + '"'
            written.append(f"({text} AS ?{name})" if selecting and depth == level else text)
        else:
            written.append(token.text)
    return "".join([*written, query[end:]])


def _queries(rule: Rule, project: Project) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield the queries of a rule, for each namespace and each language that it asks for, with what is bound."""
    names = {token.text[1:] for token in tokenise(rule.query or "") if token.kind == "variable"}
    for own in project.own if "own" in names else ("",):
        for language in project.languages if "language" in names else ("",):
            values = {name: value for name, value in zip(_BOUND, (own, language), strict=True) if name in names}
            yield _bound(rule.query or "", values), values


def _answer(rule: Rule, store: Store, query: str) -> QuerySolutions:
    """Return the answer to the query of a rule. Raises InputError when it is not a SELECT query of SPARQL."""
    try:
        answer = store.query(query)
    except (SyntaxError, RuntimeError, ValueError) as error:
        raise InputError(f"{displayed(rule.path)}: the query cannot be asked: {error}.") from error
    if not isinstance(answer, QuerySolutions):
        raise InputError(f"{displayed(rule.path)}: the query must be a SELECT query.")
    return answer


def _value(solution: QuerySolution, name: str) -> Any:
    """Return what a solution has for a variable, or None when it has nothing or the query no such variable."""
    try:
        return solution[name]
    except KeyError:
        return None


def locate(
    located: Sequence[LocatedGraph], subject: Any, predicate: Any = None, value: Any = None
) -> tuple[LocatedGraph, Position] | None:
    """Return the file and the place of a triple, else of its predicate, else of its subject, or None.

    A subject that several files describe is placed where it is given a type.
    """
    if predicate is not None and value is not None:
        for graph in located:
            if place := graph.object(subject, predicate, value):
                return graph, place
    if predicate is not None:
        for graph in located:
            if place := graph.statement(subject, predicate):
                return graph, place
    described = [(graph, place) for graph in located if (place := graph.subject(subject))]
    typed = [(graph, place) for graph, place in described if graph.statement(subject, _TYPE)]
    return next(iter(typed or described), None)


def _rows(rule: Rule, store: Store, project: Project) -> Iterator[tuple[dict[str, Any], dict[str, str]]]:
    """Yield the rows of a rule and what was bound for each; rows that differ in the language alone are one row."""
    rows: dict[tuple[Any, ...], tuple[dict[str, Any], dict[str, str]]] = {}
    for query, bound in _queries(rule, project):
        answer = _answer(rule, store, query)
        variables = [variable.value for variable in answer.variables]
        for solution in answer:
            terms = {name: term for name in variables if (term := _value(solution, name)) is not None}
            key = tuple((name, str(term)) for name, term in terms.items() if name != "language")
            known = rows.setdefault(key, (terms, dict(bound)))[1]
            language = bound.get("language")
            if language and language not in known["language"].split(", "):
                known["language"] += f", {language}"
    yield from rows.values()


def hygiene_findings(
    rules: Iterable[Rule],
    store: Store,
    located: Sequence[LocatedGraph],
    project: Project,
    prefixes: Mapping[str, str] | None = None,
) -> list[Finding]:
    """Return the findings of the rules that have a query; the others are passed over.

    `store` is that of `rule_store` for the kinds of files of the rules; `located` are the files in which places are
    looked for. `prefixes` shorten the names in the messages. A row of a query is a finding; `?graph`, if it has one,
    says in which file. What several languages lack at one place is one finding, with these languages as `{language}`.
    Raises InputError when a query cannot be asked.
    """
    names = Names(prefixes or {})
    found: dict[Finding, None] = {}
    files = {project.graph_iri(graph.path): graph for graph in located}
    nowhere: Path = located[0].path if located else project.root
    for rule in rules:
        if rule.query is None:
            continue
        for terms, bound in _rows(rule, store, project):
            subject, predicate, value = (terms.get(name) for name in ("subject", "predicate", "object"))
            graph = terms.get("graph")
            among = [files[graph.value]] if isinstance(graph, NamedNode) and graph.value in files else located
            place = locate(among, subject, predicate, value)
            finding = finding_of(
                rule,
                place[0].path if place else nowhere,
                place[1] if place else None,
                {**bound, **{name: names.short(term) for name, term in terms.items() if name not in bound}},
                focus_node=str(subject) if subject is not None else "",
                result_path=str(predicate) if predicate is not None else "",
                value=str(value) if value is not None else "",
            )
            found.setdefault(finding)
    return list(found)
