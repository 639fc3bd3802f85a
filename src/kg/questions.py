"""Stored queries: a question in two languages with its SPARQL, and the expected answer beside it.

A stored query is `queries/**/<name>.rq`. It begins with comments of the form `# key (language): value` or
`# key: value`, continued on lines that begin with `#` and three blanks or more. The expected answer is `<name>.csv`, in
the CSV of SPARQL 1.1 Query Results CSV and TSV Formats.

A reader is shown fewer columns than the query has: `shown_columns` says which, and `columns` in the header gives each
of them a heading in each language.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from kg.content import Content, read_text
from kg.errors import InputError

LANGUAGES: Final = ("th", "en")

OF_THE_ROW: Final = ("source", "passage", "differs")
"""Columns that say something of the whole row: who says so, where, and with what it disagrees."""

HIDDEN: Final = "-"
"""The heading of a column that readers of a language are not shown."""

_OF_A_COLUMN: Final = ("th", "en", "basis", "basis_th", "basis_en", "printed", "source", "passage")
"""What the name of a column ends with that says something of another column."""

_LINE: Final = re.compile(r"# (?P<key>[a-z-]+)(?: \((?P<language>[a-z-]+)\))?: *(?P<value>.*?)\s*")
_CONTINUATION: Final = re.compile(r"# {3,}(?P<value>\S.*?)\s*")
_IN_TWO_LANGUAGES: Final = frozenset({"title", "question"})
_MAY_BE_IN_TWO_LANGUAGES: Final = frozenset({"columns"})
_IN_NONE: Final = frozenset({"featured", "folded", "id", "parameter", "sources", "view"})


@dataclass(frozen=True)
class StoredQuery:
    """A stored query.

    `titles` and `questions` map each language to a text. `text` is the whole file, `query` what follows the header.
    `identifier` is that of the question in a list of questions, if it has one; `sources` are slugs of documents.
    `view` is how the answer is best shown, if not as a table; `parameters` are variables that stand for what is given.
    `featured` is its place among the questions that a visitor is shown first, from 1, or 0.
    `folded` says that the section it makes is shown only to who opens it.
    `columns` maps a language to the headings of the columns that are shown, where the header has them, parted by `|`.
    """

    name: str
    path: Path
    text: str
    query: str
    titles: dict[str, str]
    questions: dict[str, str]
    identifier: str | None
    sources: tuple[str, ...]
    view: str | None = None
    parameters: tuple[str, ...] = ()
    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    featured: int = 0
    folded: bool = False

    @property
    def answer_path(self) -> Path:
        """Return where the expected answer is."""
        return self.path.with_suffix(".csv")


def _header(path: Path, lines: Sequence[str]) -> tuple[dict[tuple[str, str | None], str], int]:
    """Return the entries of a header by key and language, and the number of its lines."""
    entries: dict[tuple[str, str | None], str] = {}
    last: tuple[str, str | None] | None = None
    for number, line in enumerate(lines, 1):
        if not line.startswith("#"):
            return entries, number - 1
        if match := _CONTINUATION.fullmatch(line):
            if last is not None:
                entries[last] = f"{entries[last]} {match['value']}".strip()
        elif match := _LINE.fullmatch(line):
            last = (match["key"], match["language"])
            if last[0] in _IN_TWO_LANGUAGES | _MAY_BE_IN_TWO_LANGUAGES:
                if last[1] not in LANGUAGES:
                    raise InputError(f"{path}:{number}:1: {last[0]} needs a language: write `# {last[0]} (en): …`.")
            elif last[0] not in _IN_NONE or last[1] is not None:
                known = ", ".join(sorted(_IN_TWO_LANGUAGES | _MAY_BE_IN_TWO_LANGUAGES | _IN_NONE))
                raise InputError(
                    f"{path}:{number}:1: unknown header {line[2:].partition(':')[0]!r}; known are {known}."
                )
            if last in entries:
                raise InputError(f"{path}:{number}:1: {line[2:].partition(':')[0]} stands twice in the header.")
            entries[last] = match["value"]
        else:
            last = None
    return entries, len(lines)


def _place(path: Path, text: str) -> int:
    """Return the number of a header entry. Raises InputError when it is none."""
    if text and not text.isdecimal():
        raise InputError(f"{path}:1:1: `featured` must be a number from 1, such as `# featured: 1`.")
    return int(text or 0)


def _is_folded(path: Path, text: str | None) -> bool:
    """Return whether a header says `folded: yes`. Raises InputError when it says anything else."""
    if text not in {None, "yes"}:
        raise InputError(f"{path}:1:1: `folded` must be `yes`, or not be there.")
    return text == "yes"


def read_stored_query(path: Path) -> StoredQuery:
    """Read a stored query. Raises InputError, with file and line, when it or its header is not as it should be."""
    text = read_text(path)
    lines = text.splitlines()
    entries, length = _header(path, lines)
    for key in sorted(_IN_TWO_LANGUAGES):
        for language in LANGUAGES:
            if not entries.get((key, language)):
                raise InputError(f"{path}:1:1: the header has no {key} in {language}: add `# {key} ({language}): …`.")
    query = "\n".join(lines[length:]).strip()
    if not query:
        raise InputError(f"{path}:{len(lines)}:1: there is no query below the header.")
    return StoredQuery(
        name=path.stem,
        path=path,
        text=text,
        query=f"{query}\n",
        titles={language: entries["title", language] for language in LANGUAGES},
        questions={language: entries["question", language] for language in LANGUAGES},
        identifier=entries.get(("id", None)) or None,
        sources=tuple(entries.get(("sources", None), "").split()),
        view=entries.get(("view", None)) or None,
        parameters=tuple(entries.get(("parameter", None), "").split()),
        columns={
            language: _headings(entries["columns", language])
            for language in LANGUAGES
            if ("columns", language) in entries
        },
        featured=_place(path, entries.get(("featured", None), "")),
        folded=_is_folded(path, entries.get(("folded", None))),
    )


def stored_queries(content: Content) -> dict[str, StoredQuery]:
    """Return all stored queries of a content tree by name, in the order of their paths.

    Raises InputError as `read_stored_query` does, and when two have one name.
    """
    found: dict[str, StoredQuery] = {}
    for path in content.query_files():
        if path.stem in found:
            raise InputError(f"{path}: another stored query has this name: {found[path.stem].path}; rename one.")
        found[path.stem] = read_stored_query(path)
    return found


def shown_columns(names: Sequence[str]) -> list[str]:
    """Return which columns of an answer are shown as such, in their order; `names` are those of its variables.

    A text in two languages, `name_th` and `name_en` without `name`, is the column `name`.
    """
    shown: list[str] = []
    for name in names:
        if name in OF_THE_ROW:
            continue
        stem = next(
            (
                name.removesuffix(f"_{suffix}")
                for suffix in sorted(_OF_A_COLUMN, key=len, reverse=True)
                if name.endswith(f"_{suffix}") and (name.removesuffix(f"_{suffix}") in names or suffix in {"th", "en"})
            ),
            name,
        )
        if stem not in shown:
            shown.append(stem)
    return shown


def headings_of(text: str) -> dict[str, tuple[int, tuple[str, ...]]]:
    """Return the headings that the header of a stored query gives its columns, by language, each with its line, from 1.

    `text` is that of the file. Nothing else of the header is looked at, so that it may be of any form.
    """
    found: dict[str, tuple[int, str]] = {}
    last: str | None = None
    for number, line in enumerate(text.splitlines(), 1):
        if not line.startswith("#"):
            break
        if match := _CONTINUATION.fullmatch(line):
            if last is not None:
                found[last] = (found[last][0], f"{found[last][1]} {match['value']}")
            continue
        match = _LINE.fullmatch(line)
        last = match["language"] if match and match["key"] == "columns" else None
        if match and last is not None:
            found[last] = (number, match["value"])
    return {language: (line, _headings(value)) for language, (line, value) in found.items()}


def _headings(value: str) -> tuple[str, ...]:
    """Return the headings of an entry `columns` of a header."""
    return tuple(heading.strip() for heading in value.split("|"))
