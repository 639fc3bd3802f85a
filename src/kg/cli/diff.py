"""`kg diff`: what differs between two versions of the graph."""

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kg.cli.errors import ExitCode
from kg.cli.options import LanguageChoice, RootOption

if TYPE_CHECKING:
    from kg.differences import Version


class DiffFormat(StrEnum):
    """How differences are written."""

    TEXT = "text"
    TABLE = "table"
    MARKDOWN = "markdown"
    JSON = "json"


def _labels(root: Path | None) -> list["Version"]:
    """Return the tree whose labels are used for what the two versions do not call by name: none if there is none."""
    from kg.content import find_content
    from kg.differences import read_version
    from kg.errors import InputError

    try:
        return [read_version(str(find_content(root).root))]
    except InputError:
        if root is not None:
            raise
        return []


def _print_table(columns: list[str], rows: list[tuple[str, ...]]) -> None:
    """Print a table as wide as the terminal; Thai marks take no width."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table
    from rich.text import Text

    table = Table()
    for column in columns:
        table.add_column(escape(column), overflow="fold")  # nothing is cut off
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console().print(table)


def diff(
    before: Annotated[str, typer.Argument(metavar="A", help="A folder, a file, or git:REV, REV: or REV:PATH.")],
    after: Annotated[
        str | None, typer.Argument(metavar="[B]", help="The same. Default: the tree of --root, as it is now.")
    ] = None,
    output: Annotated[DiffFormat, typer.Option("--format", help="How to write the differences.")] = DiffFormat.TEXT,
    language: Annotated[LanguageChoice, typer.Option(help="Language of the words.")] = LanguageChoice.ENGLISH,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="End with 1 when something differs, as git diff does.")
    ] = False,
    root: RootOption = None,
) -> None:
    """Say what was added, removed, changed and renamed between two versions, by resource and file.

    A version is a folder with Turtle files, a file (Turtle, N-Triples, N-Quads, TriG), or a revision of the git
    repository in which you are: git:v1.0, HEAD~2: or HEAD:data/register. A revision is taken out by git archive into a
    temporary folder. Exit codes: 0 done, 1 something differs (with --exit-code), 3 a version cannot be read.
    """
    from kg.cli.report import say
    from kg.content import find_content
    from kg.differences import Names, Teller, as_json, as_markdown, as_rows, as_text, compare, read_version

    old = read_version(before)
    new = read_version(after if after is not None else str(find_content(root).root))
    differences = compare(old, new)
    known = [new, old, *_labels(root)]
    prefixes = {name: space for version in reversed(known) for name, space in version.prefixes.items()}
    teller = Teller(Names([version.triples() for version in known], prefixes), language.value)
    if output is DiffFormat.JSON:
        print(json.dumps(as_json(differences, teller), ensure_ascii=False, indent=2))
    elif output is DiffFormat.MARKDOWN:
        print(as_markdown(differences, teller), end="")
    elif output is DiffFormat.TABLE:
        _print_table(*as_rows(differences, teller))
        say(teller.summary(differences))
    else:
        for line in as_text(differences, teller):
            print(line)
        say(teller.summary(differences))
    if exit_code and differences:
        sys.exit(ExitCode.FINDINGS)
