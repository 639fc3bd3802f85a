"""Stored queries and the queries in shapes: they can be read, say what they order by, and find something.

What a finding depends on: for `text_findings`, the text of one query and the prefixes that are declared for it
elsewhere; for `answer_findings`, all queries, the tables beside them, and all triples that are asked; for
`shape_query_findings`, one file of shapes and the prefixes that the files of shapes declare. Names of our own that
no file has are found by `kg.checks.terms`.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, NamedNode, QuerySolutions, QueryTriples, Store

from kg.checks.messages import Names, finding_of
from kg.checks.prefixes import START, moved, query_findings, use_of_query, use_of_shapes
from kg.checks.vocabularies import unknown
from kg.finding import Finding
from kg.guard import refusal
from kg.located import LocatedGraph
from kg.project import Project
from kg.questions import headings_of, shown_columns
from kg.rules import Rule, built_in
from kg.syntax import explained
from kg.tokens import Token, iris, line_and_column, tokenise
from kg.turtle import Position

_SHACL: Final = "http://www.w3.org/ns/shacl#"
_QUERIES: Final = tuple(NamedNode(f"{_SHACL}{name}") for name in ("select", "ask", "construct"))
_FORMS: Final = frozenset({"SELECT", "ASK", "CONSTRUCT", "DESCRIBE"})
_EMPTY: Final = re.compile(
    r"^#.*\b(?:empty|no rows?|nothing)\b|^#.*(?:ว่าง|ไม่มีแถว|ไม่มีคำตอบ)", re.IGNORECASE | re.MULTILINE
)
"""How a comment of a query says that its answer is empty."""

_SEVERAL: Final = 2
"""As many rows as are looked at."""


def _aliases(tokens: Sequence[Token]) -> Iterator[tuple[int, str]]:
    """Yield the index and the name of each variable in a HAVING clause that SELECT of the same query defines by AS."""
    for index, token in enumerate(tokens):
        if token.kind != "word" or token.text.upper() != "HAVING":
            continue
        depth, at = 0, index - 1
        while at >= 0:
            depth += (tokens[at].text in (")", "}")) - (tokens[at].text in ("(", "{"))
            if depth == 0 and tokens[at].text.upper() == "SELECT":
                break
            at -= 1
        defined = {
            tokens[one + 1].text[1:]
            for one in range(max(at, 0), index)
            if tokens[one].text.upper() == "AS" and _depth(tokens, at, one) == 1
        }
        depth = 0
        for one in range(index + 1, len(tokens)):
            depth += (tokens[one].text == "(") - (tokens[one].text == ")")
            ends = tokens[one].kind == "word" and tokens[one].text.upper() in ("ORDER", "LIMIT", "OFFSET", "VALUES")
            if depth < 0 or tokens[one].text == "}" or (depth == 0 and ends):
                break
            if tokens[one].kind == "variable" and tokens[one].text[1:] in defined:
                yield one, tokens[one].text


def _depth(tokens: Sequence[Token], begin: int, end: int) -> int:
    """Return how many brackets are open between two tokens."""
    return sum((token.text in ("(", "{")) - (token.text in (")", "}")) for token in tokens[begin:end])


def text_findings(
    path: Path,
    text: str,
    rules: Mapping[str, Rule] | None = None,
    prefixes: Mapping[str, str] | None = None,
    start: Position = START,
) -> list[Finding]:
    """Return the findings about the text of a query.

    `prefixes` are declared for it elsewhere, as by shapes. `start` is where the text begins in its file.
    """
    rules = built_in() if rules is None else rules
    prefixes = prefixes or {}
    tokens = tokenise(text)
    found = query_findings(path, text, rules, prefixes)
    undeclared = any(finding.rule == "undeclared-prefix" for finding in found)

    def say(rule: str, place: tuple[int, int], **values: str) -> None:
        if rule in rules:
            found.append(finding_of(rules[rule], path, place, values))

    refused = None
    if guarded := refusal(text):
        called = text[guarded.position :].upper().startswith("SERVICE")
        place = line_and_column(text, guarded.position)
        say("service" if called else "query-syntax", place, sentence=guarded.sentence, remedy="")
    elif refused := None if undeclared else _refused(text, prefixes):
        line, column, sentence, remedy = refused
        say("query-syntax", (line, column), sentence=sentence, remedy=remedy)
    if not refused:
        for index, name in _aliases(tokens):
            say("having-alias", line_and_column(text, tokens[index].start), variable=name)
    if not (guarded or refused or undeclared):
        for line, headings, columns in _misfits(text, prefixes):
            say("heading-count", (line, 1), headings=str(headings), columns=" ".join(columns), number=str(len(columns)))
    for index, iri in iris(tokens, prefixes):
        if "unknown-foreign-term" in rules and (judged := unknown(iri)):
            severity, nearest = judged
            names = Names({**prefixes, **dict(one[:2] for one in use_of_query(path, text).declarations)})
            values = {
                "term": names.short(NamedNode(iri)),
                "nearest": names.short(NamedNode(nearest)) if nearest else "",
            }
            place = line_and_column(text, tokens[index].start)
            finding = finding_of(rules["unknown-foreign-term"], path, place, values, value=f"<{iri}>")
            found.append(replace(finding, severity=severity))
    return [moved(finding, start) for finding in found]


def _refused(text: str, prefixes: Mapping[str, str]) -> tuple[int, int, str, str] | None:
    """Return where and why the engine refuses a query, and what to write instead, or None when it takes it.

    The guard has let the query pass: the engine answers ASK at once, and would call a service.
    """
    declared = "".join(f"PREFIX {prefix}: <{namespace}> " for prefix, namespace in prefixes.items())
    query = f"{declared}\n{text}" if declared else text
    try:
        Store().query(query, base_iri="urn:base:")
    except SyntaxError as error:
        malformed = explained(query, str(error), prefixes)
        line = max((malformed.line or 1) - (1 if declared else 0), 1)
        return line, malformed.column or 1, malformed.sentence, malformed.remedy.replace("\n", " ")
    except (RuntimeError, ValueError):
        return None  # it is well formed, and asks for what an empty store cannot give
    return None


def _misfits(text: str, prefixes: Mapping[str, str]) -> Iterator[tuple[int, int, list[str]]]:
    """Yield where the header of a query has too many or too few headings, how many, and the columns that are shown.

    A column `order` may do without a heading: a list is sorted by it and does not show it. The query is well formed.
    """
    given = headings_of(text)
    if not given:
        return
    declared = "".join(f"PREFIX {prefix}: <{namespace}> " for prefix, namespace in prefixes.items())
    try:
        answer = Store().query(declared + text, base_iri="urn:base:")
    except (RuntimeError, ValueError):
        return
    if not isinstance(answer, QuerySolutions):
        return
    columns = shown_columns([variable.value for variable in answer.variables])
    for line, headings in given.values():
        if len(headings) not in {len(columns), len([name for name in columns if name != "order"])}:
            yield line, len(headings), columns


def _says_empty(text: str, answer: Path) -> bool:
    """Return whether a query says in its comments, or the table beside it, that the answer is empty."""
    return bool(_EMPTY.search(text)) or _rows(answer) == 0


def _rows(answer: Path) -> int | None:
    """Return how many rows a table has below its header, or None when there is no such file."""
    try:
        rows = list(csv.reader(io.StringIO(answer.read_text("utf-8"), newline="")))
    except (OSError, UnicodeDecodeError, csv.Error):
        return None
    return max(len(rows) - 1, 0)


def answer_findings(
    queries: Mapping[Path, str], store: Store, rules: Mapping[str, Rule] | None = None
) -> list[Finding]:
    """Return the findings about the answers to stored queries.

    `queries` maps each file to its text. `store` has what is asked in its default graph. Found are a query that finds
    nothing and does not say so, one whose rows come in no order though there are several, and one without an answer
    beside it (`.csv`) in a folder where others have one. A query that is refused is passed over.
    """
    rules = built_in() if rules is None else rules
    found = []
    answered = {path.parent for path in queries if path.with_suffix(".csv").is_file()}
    for path, text in queries.items():
        place = _form_place(text)
        answer = path.with_suffix(".csv")
        if "missing-answer" in rules and path.parent in answered and not answer.is_file():
            found.append(finding_of(rules["missing-answer"], path, place, {"answer": answer.name}))
        rows = None if refusal(text) else _counted(text, store)
        if rows == 0 and "empty-answer" in rules and not _says_empty(text, answer):
            found.append(finding_of(rules["empty-answer"], path, place))
        if rows == _SEVERAL and "unordered-answer" in rules and not _is_ordered(text):
            found.append(finding_of(rules["unordered-answer"], path, place))
    return found


def _counted(text: str, store: Store) -> int | None:
    """Return how many rows or triples a query finds, two for any more, or None for ASK and for what is refused."""
    try:
        answer = store.query(text, base_iri="urn:base:")
        if isinstance(answer, QuerySolutions):
            return sum(1 for _ in islice(answer, _SEVERAL))
        return min(1, sum(1 for _ in islice(answer, 1))) if isinstance(answer, QueryTriples) else None
    except (SyntaxError, RuntimeError, ValueError):
        return None


def _is_ordered(text: str) -> bool:
    """Return whether the outermost query has ORDER BY."""
    depth = 0
    for token in tokenise(text):
        depth += (token.text in ("(", "{")) - (token.text in (")", "}"))
        if depth == 0 and token.kind == "word" and token.text.upper() == "ORDER":
            return True
    return False


def _form_place(text: str) -> tuple[int, int]:
    """Return where the form of a query stands: SELECT, ASK, CONSTRUCT or DESCRIBE."""
    for token in tokenise(text):
        if token.kind == "word" and token.text.upper() in _FORMS:
            return line_and_column(text, token.start)
    return 1, 1


def shape_query_findings(
    graph: LocatedGraph,
    text: str,
    rules: Mapping[str, Rule] | None = None,
    prefixes: Mapping[str, str] | None = None,
) -> list[Finding]:
    """Return the findings about the SPARQL queries in a file of shapes (SHACL, sections 5 and 6).

    `text` is that of the file. `prefixes` are those that the files of shapes declare with `sh:declare`; those of the
    file itself come first. `$PATH` stands for the path of a property shape and may be anything here.
    """
    declared = {**(prefixes or {}), **{one.prefix: one.namespace for one in use_of_shapes(graph).declarations}}
    lines = text.splitlines(keepends=True)
    found: list[Finding] = []
    for (_, predicate, value), place in zip(graph.triples, graph.objects, strict=True):
        if predicate in _QUERIES and isinstance(value, Literal):
            query, start = _as_written(value.value, lines, place)
            query = query.replace("$PATH", "<a:a>")  # as long as it was
            found += text_findings(graph.path, query, rules, declared, start)
    return found


def _as_written(value: str, lines: Sequence[str], place: Position) -> tuple[str, Position]:
    """Return a query and where it begins behind its quotation marks.

    Lines and columns are right where the string is written without escapes, as queries in long strings are.
    """
    rest = lines[place.line - 1][place.column - 1 :] if place.line <= len(lines) else ""
    marks = next((len(mark) for mark in ('"""', "'''", '"', "'") if rest.startswith(mark)), 0)
    return value, Position(place.line, place.column + marks)


def stored_query_findings(project: Project, store: Store, rules: Mapping[str, Rule] | None = None) -> list[Finding]:
    """Return all findings about the stored queries of a project: of their texts and of their answers.

    `store` has what is asked in its default graph. A file that is not UTF-8 is found as one that cannot be read.
    """
    rules = built_in() if rules is None else rules
    texts: dict[Path, str] = {}
    found: list[Finding] = []
    for path in project.queries:
        try:
            texts[path] = path.read_text("utf-8")
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
            if "query-syntax" in rules:
                values = {"sentence": "The file is not UTF-8.", "remedy": "Save the file as UTF-8."}
                found.append(finding_of(rules["query-syntax"], path, (line, 1), values))
    for path, text in texts.items():
        found += text_findings(path, text, rules)
    return found + answer_findings(texts, store, rules)
