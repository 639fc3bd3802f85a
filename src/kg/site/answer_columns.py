"""The answer to a stored query for readers: columns with headings in the language of the page, one for each matter.

What SPARQL gives in several columns is one here, as `kg.questions.shown_columns` says: `area`, `area_th` and `area_en`
are a link under its label, `day` and `day_basis_th` a date with its basis, `name` and `name_printed` a name with what a
document prints. Headings are those of the header of the query, or the name of the column in words.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyoxigraph import Literal, NamedNode

from kg.questions import HIDDEN, OF_THE_ROW, shown_columns
from kg.site.answer_views import Table, is_number
from kg.site.display import label_in, labels_of, text_of
from kg.site.linked_data import labels
from kg.site.site import LANGUAGES, Row, Site


@dataclass(frozen=True)
class Column:
    """A column: its variable, its heading, whether that is only the variable in words, and whether it holds numbers."""

    name: str
    heading: str
    derived: bool
    is_number: bool


@dataclass(frozen=True)
class Cell:
    """What stands in a column of a row.

    `row` holds the value and its labels as `x`, `x_th` and `x_en`, for the filter `link`; `printed` is what a document
    prints, unless that is what stands here anyway; `basis` holds the labels of the basis of a date as `row` does.
    """

    row: Mapping[str, Any]
    printed: Literal | None = None
    basis: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class ReadableTable:
    """The columns and the rows of an answer, a cell a column."""

    columns: list[Column]
    rows: list[list[Cell]]


def in_words(name: str) -> str:
    """Return the name of a variable as a heading: `held_on` becomes “Held on”."""
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def headings(names: Sequence[str], given: Sequence[str], more: Mapping[str, str]) -> dict[str, tuple[str, bool]]:
    """Return the headings of the columns of an answer by name, in their order, and whether a heading is derived.

    `names` are the variables, `given` the headings of the shown columns or none, `more` those of columns that tell of
    the whole row. A column whose heading is `kg.questions.HIDDEN` is left out. Headings that do not fit are not taken.
    """
    shown = shown_columns(names)
    fitting = given if len(given) == len(shown) else ()
    found = {name: (heading, False) for name, heading in zip(shown, fitting, strict=False) if heading != HIDDEN}
    if not fitting:
        found = {name: (in_words(name), True) for name in shown}
    return found | {name: (more.get(name, in_words(name)), name not in more) for name in names if name in OF_THE_ROW}


def _described(row: Row, name: str, known: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """Return the value of a column and its labels as `x`, `x_th` and `x_en`; of what is not there, nothing."""
    value = row.get(name)
    own: dict[str, Any] = {f"x_{tag}": row[f"{name}_{tag}"] for tag in LANGUAGES if f"{name}_{tag}" in row}
    if isinstance(value, NamedNode) and not own:
        own = {f"x_{tag}": text for tag, text in known.get(value.value, {}).items() if tag in LANGUAGES}
    return own if value is None else {"x": value} | own


def cell(row: Row, name: str, language: str, known: Mapping[str, Mapping[str, str]]) -> Cell:
    """Return the cell of a row in a column; `known` has the labels, by IRI and language, that the row lacks."""
    value = row.get(name)
    if isinstance(value, Literal) and (name == "printed" or name.endswith("_printed")):
        return Cell({}, value)
    described = _described(row, name, known)
    printed = row.get(f"{name}_printed")
    shown = label_in(labels_of(described, "x"), language, text_of(value))[0]
    differs = isinstance(printed, Literal) and printed.value != shown
    return Cell(
        described,
        printed if differs and isinstance(printed, Literal) else None,
        _described(row, f"{name}_basis", known) or None,
    )


def _holds_numbers(rows: Sequence[Row], name: str) -> bool:
    """Whether numbers stand in a column, and nothing printed beside them."""
    return any(is_number(row.get(name)) for row in rows) and not any(f"{name}_printed" in row for row in rows)


def unlabelled(rows: Iterable[Row]) -> set[str]:
    """Return the IRIs in an answer whose labels are not in their rows."""
    return {
        value.value
        for row in rows
        for name, value in row.items()
        if isinstance(value, NamedNode) and not any(f"{name}_{tag}" in row for tag in LANGUAGES)
    }


async def readable(site: Site, answer: Table, given: Sequence[str], language: str) -> ReadableTable:
    """Return a table for readers of a language; `given` are the headings of the header of the query, or none.

    Raises QueryError when labels cannot be looked up.
    """
    words = site.texts[language]["query"]["row_headings"]
    chosen = headings(answer.columns, given, words)
    known = await labels(site, unlabelled(answer.rows))
    columns = [
        Column(name, heading, derived, _holds_numbers(answer.rows, name)) for name, (heading, derived) in chosen.items()
    ]
    return ReadableTable(
        columns, [[cell(row, column.name, language, known) for column in columns] for row in answer.rows]
    )
