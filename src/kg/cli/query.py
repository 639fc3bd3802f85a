"""`kg query`: ask a stored query, or one of your own, here or at another endpoint."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from kg.cli.options import RootOption

if TYPE_CHECKING:
    from kg.content import Content

FORMATS: Final = ("table", "csv", "tsv", "json", "xml", "ttl", "nt", "rdfxml", "jsonld")


def _print_list(content: "Content") -> None:
    """Print the stored queries: name, title in English, title in Thai."""
    from kg.questions import stored_queries

    rows = [(query.name, query.titles["en"], query.titles["th"]) for query in stored_queries(content).values()]
    if sys.stdout.isatty():
        _print_table(["name", "title", "ชื่อ"], rows)
    else:
        for row in rows:
            print("\t".join(row))


def _query_text(name: str, content: "Content") -> str:
    """Return the query that NAME, FILE or - stands for. Raises InputError with near names when there is none."""
    import difflib

    from kg.content import read_text
    from kg.errors import InputError
    from kg.questions import stored_queries

    if name == "-":
        try:
            return sys.stdin.buffer.read().decode("utf-8")
        except UnicodeDecodeError as error:
            raise InputError(f"Standard input: byte {error.start + 1} is not UTF-8.") from error
    if name.endswith(".rq") or "/" in name or Path(name).is_file():
        return read_text(Path(name))
    known = stored_queries(content)
    if name in known:
        return known[name].text
    close = difflib.get_close_matches(name, known, n=3)
    hint = f" Did you mean {' or '.join(close)}?" if close else ""
    raise InputError(f"{name}: no stored query of this name and no file.{hint} See kg query --list.")


def _print_table(columns: list[str], rows: Sequence[tuple[str, ...]]) -> None:
    """Print a table as wide as the terminal; Thai marks take no width."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table
    from rich.text import Text

    table = Table(*(escape(column) for column in columns))
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console().print(table)


def _print_answer(media_type: str, body: bytes, as_table: bool) -> None:
    """Print the bytes of an answer, or the table that they hold when they are JSON results."""
    if as_table and media_type == "application/sparql-results+json":
        answer = json.loads(body)
        if "boolean" in answer:
            print("true" if answer["boolean"] else "false")
            return
        columns = answer["head"]["vars"]
        rows = [tuple(row.get(name, {}).get("value", "") for name in columns) for row in answer["results"]["bindings"]]
        _print_table(columns, rows)
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(body if body.endswith(b"\n") else body + b"\n")
    sys.stdout.buffer.flush()


def query(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME|FILE|-", help="A stored query, a file, or - for standard input.")
    ] = None,
    endpoint: Annotated[str | None, typer.Option(metavar="URL", help="Ask there, not here.")] = None,
    form: Annotated[
        str | None,
        typer.Option("--format", metavar="|".join(FORMATS), help="Default: table on a terminal, else csv or ttl."),
    ] = None,
    timeout: Annotated[int, typer.Option(help="Seconds to wait for another endpoint.", min=1)] = 60,
    show_list: Annotated[bool, typer.Option("--list", help="List the stored queries.")] = False,
    root: RootOption = None,
) -> None:
    """Ask a query and print the answer."""
    from kg.content import find_content

    if show_list:
        _print_list(find_content(root))
        return
    if name is None:
        raise typer.BadParameter("name a stored query, a file, or -; see --list.", param_hint="NAME|FILE|-")
    if form is not None and form not in FORMATS:
        raise typer.BadParameter(f"choose one of {', '.join(FORMATS)}.", param_hint="--format")
    as_table = form == "table" or (form is None and sys.stdout.isatty())
    text = _query_text(name, find_content(root))
    if endpoint is not None:
        media_type, body = _asked_there(text, endpoint, form, as_table, timeout)
    else:
        media_type, body = _asked_here(text, form, as_table, find_content(root))
    _print_answer(media_type, body, as_table)


def _preferred(form: str | None, as_table: bool) -> tuple[str, str]:
    """Return the names of the formats for tables and for graphs."""
    if as_table:
        return "json", "ttl"
    return ("csv", "ttl") if form is None else (form, form)


def _asked_here(text: str, form: str | None, as_table: bool, content: "Content") -> tuple[str, bytes]:
    """Return media type and bytes of the answer of the content tree. Raises QueryError when the format does not fit."""
    from kg.derivation import source_of
    from kg.errors import QueryError
    from kg.media import listing, named
    from kg.results import GRAPH_FORMATS, formats_of, serialise
    from kg.store import evaluate

    data, _ = source_of(content).load()
    result = evaluate(data, text)
    offers = formats_of(result)
    wanted = _preferred(form, as_table)[offers is GRAPH_FORMATS]
    chosen = named(wanted, offers)
    if chosen is None:
        raise QueryError(f"The answer of this query cannot be had as {wanted}, but as:\n{listing(offers)}")
    return chosen.media_types[0], serialise(result, chosen, data.prefixes)


def _asked_there(text: str, endpoint: str, form: str | None, as_table: bool, timeout: int) -> tuple[str, bytes]:
    """Return media type and bytes of the answer of another endpoint."""
    from kg.media import named
    from kg.remote import ask_endpoint
    from kg.results import GRAPH_FORMATS, RESULT_FORMATS

    wanted = _preferred(form, as_table)
    found = [named(name, offers) for name, offers in zip(wanted, (RESULT_FORMATS, GRAPH_FORMATS), strict=True)]
    return ask_endpoint(endpoint, text, [format_.media_types[0] for format_ in found if format_], timeout)
