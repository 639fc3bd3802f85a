"""Stored queries: a question in two languages with its SPARQL, and the expected answer beside it.

A stored query is `queries/**/<name>.rq`. It begins with comments of the form `# key (language): value` or
`# key: value`, continued on lines that begin with `#` and three blanks or more. The expected answer is `<name>.csv`, in
the CSV of SPARQL 1.1 Query Results CSV and TSV Formats.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from kg.content import Content, read_text
from kg.errors import InputError

LANGUAGES: Final = ("th", "en")

_LINE: Final = re.compile(r"# (?P<key>[a-z-]+)(?: \((?P<language>[a-z-]+)\))?: *(?P<value>.*?)\s*")
_CONTINUATION: Final = re.compile(r"# {3,}(?P<value>\S.*?)\s*")
_IN_TWO_LANGUAGES: Final = frozenset({"title", "question"})
_MAY_BE_IN_TWO_LANGUAGES: Final = frozenset({"columns"})
_IN_NONE: Final = frozenset({"featured", "id", "parameter", "sources", "view"})


@dataclass(frozen=True)
class StoredQuery:
    """A stored query.

    `titles` and `questions` map each language to a text. `text` is the whole file, `query` what follows the header.
    `identifier` is that of the question in a list of questions, if it has one; `sources` are slugs of documents.
    `view` is how the answer is best shown, if not as a table; `parameters` are variables that stand for what is given.
    `featured` is its place among the questions that a visitor is shown first, from 1, or 0.
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
            language: tuple(heading.strip() for heading in entries["columns", language].split("|"))
            for language in LANGUAGES
            if ("columns", language) in entries
        },
        featured=_place(path, entries.get(("featured", None), "")),
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
