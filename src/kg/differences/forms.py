"""Differences as text for people, as rows of a table, as Markdown for a comment, and as JSON for programs."""

import re
from typing import Any, Final

from kg.differences.comparison import Change, Differences, GraphChange, ResourceChange
from kg.differences.statements import Anonymous, Subject, Value
from kg.differences.telling import Teller

FORMAT_VERSION: Final = 1
"""Of the JSON: raised when something in it is given another meaning or taken away."""

MARKDOWN_LIMIT: Final = 60_000
"""Characters of Markdown that are written at most; GitHub takes 65 536 in a comment."""

FEW: Final = 3
"""Statements of a resource that are told in its row of the table; if there are more, all of them stand in a fold."""

_CELL: Final = 400
_SPECIAL: Final = re.compile(r"(?P<reference>@(?=\w)|#(?=\d))|[&<>|`*_\[\]\\~$]|:(?=[\w+-]+:)")


def _entries(differences: Differences) -> list[tuple[str, ResourceChange, GraphChange]]:
    """Return each resource in each graph in which it differs, by graph."""
    entries = [(graph.graph, one, graph) for one in differences.resources for graph in one.graphs]
    return sorted(entries, key=lambda entry: entry[0])  # stable: the resources stay in their order


def as_text(differences: Differences, teller: Teller) -> list[str]:
    """Return lines: below the name of each file, a line for each resource."""
    lines = [teller.said("moved", before=before, after=after) for before, after in differences.moved]
    above = ""
    for graph, resource, change in _entries(differences):
        if graph != above:
            lines.append(graph)
            above = graph
        lines.append(f"{'  ' if graph else ''}{teller.line(resource, change)}")
    return lines


def _cells(teller: Teller, change: Change, width: int) -> tuple[str, str, str]:
    """Return property, old and new value of a change; an empty text stands for none."""
    language = teller.languages[0]
    before, after = (
        "" if value is None else teller.value(value, language, other, width)
        for value, other in ((change.before, change.after), (change.after, change.before))
    )
    return teller.property_in_each(change.property), before, after


def as_rows(differences: Differences, teller: Teller) -> tuple[list[str], list[tuple[str, ...]]]:
    """Return the names of the columns (file, resource, property, before, after) and a row for each statement.

    A resource that has only another IRI has a row with the old and the new one. Names are in the first language.
    """
    rows: list[tuple[str, ...]] = []
    for graph, resource, change in _entries(differences):
        name = teller.subject_in_each(resource.resource)
        if resource.was is not None and not isinstance(resource.resource, Anonymous):
            rows.append((graph, name, "", teller.names.short(resource.was), teller.names.short(resource.resource)))
        rows += [(graph, name, *_cells(teller, one, _CELL)) for one in change.changes]
    return [teller.said(name) for name in ("file", "resource", "property", "before", "after")], rows


def markdown_escape(text: str) -> str:
    """Return a text that Markdown shows as it is, on one line: no mark-up, no cell border, no mention, no HTML."""
    text = re.sub(r"\s*[\r\n]+\s*", " ", text)

    def escaped(match: re.Match[str]) -> str:
        entity = f"&#{ord(match[0])};"
        return f"<code>{entity}</code>" if match["reference"] else entity  # entities are resolved before mentions

    return _SPECIAL.sub(escaped, text)


def _row(*cells: str) -> str:
    """Return a row of a Markdown table from cells that are escaped."""
    return f"| {' | '.join(cells)} |"


def _fold(teller: Teller, graph: str, resource: ResourceChange, change: GraphChange) -> str:
    """Return all that differs about a resource in one graph, folded."""
    name = markdown_escape(teller.subject_in_each(resource.resource))
    where = f" ({markdown_escape(graph)})" if graph else ""
    head = [markdown_escape(teller.said(column)) for column in ("property", "before", "after")]
    rows = [_row(*map(markdown_escape, _cells(teller, one, _CELL))) for one in change.changes]
    table = "\n".join([_row(*head), _row(*["---"] * len(head)), *rows])
    return f"<details><summary>{name}{where}</summary>\n\n{table}\n\n</details>\n"


def as_markdown(differences: Differences, teller: Teller) -> str:
    """Return a comment: a heading, how much differs, a table of resources, and folds with what is too long for it.

    The comment has at most MARKDOWN_LIMIT characters: folds, then rows are left out, and it is said how many resources.
    """
    heading = markdown_escape(teller.said("heading", before=differences.before, after=differences.after))
    parts = [f"### {heading}\n", f"{markdown_escape(teller.summary(differences))}\n"]
    for before, after in differences.moved:
        parts.append(f"- {markdown_escape(teller.said('moved', before=before, after=after))}")
    if differences.moved:
        parts.append("")
    entries = _entries(differences)
    if not entries:
        return "\n".join(parts)
    head = [markdown_escape(teller.said(column)) for column in ("file", "resource", "what")]
    parts += [_row(*head), _row(*["---"] * len(head))]
    room = MARKDOWN_LIMIT - sum(len(part) + 1 for part in parts) - 500
    rows_left_out: set[Subject] = set()
    folds_left_out: set[Subject] = set()
    for graph, resource, change in entries:
        clauses = " / ".join("; ".join(teller.clauses(resource, change, language)) for language in teller.languages)
        name = teller.subject_in_each(resource.resource)
        row = _row(markdown_escape(graph), f"**{markdown_escape(name)}**", markdown_escape(clauses))
        if rows_left_out or len(row) + 1 > room:
            rows_left_out.add(resource.resource)
            continue
        parts.append(row)
        room -= len(row) + 1
    parts.append("")
    for graph, resource, change in entries:
        if len(change.changes) <= FEW and resource.kind not in {"added", "removed"}:
            continue
        fold = _fold(teller, graph, resource, change)
        if rows_left_out or folds_left_out or len(fold) + 1 > room:
            folds_left_out.add(resource.resource)
            continue
        parts.append(fold)
        room -= len(fold) + 1
    for name, left_out in (("rows-left-out", rows_left_out), ("folds-left-out", folds_left_out - rows_left_out)):
        if left_out:
            parts.append(f"{markdown_escape(teller.said(name, count=len(left_out)))}\n")
    return "\n".join(parts)


def _json_value(value: Value | None) -> Any:
    """Return a value as N-Triples has it, a blank node as an object of its digest and its statements, None as null."""
    if not isinstance(value, Anonymous):
        return None if value is None else str(value)
    inside = [{"property": predicate.value, "value": _json_value(part)} for predicate, part in value.statements]
    return {"blank": value.digest, "statements": inside}


def as_json(differences: Differences, teller: Teller) -> dict[str, Any]:
    """Return the differences for programs, in no language; docs/curating.md has the meaning of each member."""

    def named(term: Any) -> dict[str, str]:
        return {} if isinstance(term, Anonymous) else teller.names.labels(term)

    plus, minus = differences.statements()
    return {
        "version": FORMAT_VERSION,
        "before": differences.before,
        "after": differences.after,
        "summary": {
            **{kind: differences.count(kind) for kind in ("added", "removed", "renamed", "changed")},
            "statements_added": plus,
            "statements_removed": minus,
        },
        "moved": [{"before": before, "after": after} for before, after in differences.moved],
        "resources": [
            {
                "resource": None if isinstance(one.resource, Anonymous) else one.resource.value,
                "blank": one.resource.digest if isinstance(one.resource, Anonymous) else None,
                "names": named(one.resource),
                "kind": one.kind,
                "was": None if one.was is None else one.was.value,
                "files": [
                    {
                        "file": graph.graph,
                        "changes": [
                            {
                                "property": change.property.value,
                                "names": named(change.property),
                                "before": _json_value(change.before),
                                "after": _json_value(change.after),
                            }
                            for change in graph.changes
                        ],
                    }
                    for graph in one.graphs
                ],
            }
            for one in differences.resources
        ],
    }
