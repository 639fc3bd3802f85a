"""`kg export`: the data as one file."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from kg.cli.options import RootOption


class ExportFormat(StrEnum):
    """Formats of an export; nq, trig and jsonld keep the named graphs, the others are the union of them."""

    NQ = "nq"
    NT = "nt"
    TTL = "ttl"
    TRIG = "trig"
    JSONLD = "jsonld"
    RDF = "rdf"


def export(
    form: Annotated[
        ExportFormat | None,
        typer.Option("--format", help="Default: that of the file's suffix, else nq. nq, trig and jsonld keep graphs."),
    ] = None,
    graph: Annotated[
        list[str] | None,
        typer.Option(metavar="IRI", help="Only this graph, also by its file's stem; repeat it."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Default: standard output.")
    ] = None,
    root: RootOption = None,
) -> None:
    """Write ontology and data as one document, each literal as the files write it; a file whole or not at all.

    The same data give the same bytes. Exit codes: 0 done, 2 usage, 3 a file cannot be read or is not Turtle.
    """
    import difflib

    from kg.cli.report import say
    from kg.content import find_content
    from kg.errors import InputError
    from kg.export import exported
    from kg.namespaces import GRAPH
    from kg.store import graph_files
    from kg.writing import create_file, replace_file

    files = graph_files(find_content(root))
    if graph:
        wanted = [name if name in files else f"{GRAPH}{name}" for name in graph]
        for name, iri in zip(graph, wanted, strict=True):
            if iri not in files:
                close = difflib.get_close_matches(iri, files, n=1, cutoff=0.4)
                raise InputError(f"{name}: no graph of this name." + (f" Did you mean {close[0]}?" if close else ""))
        files = {iri: path for iri, path in files.items() if iri in wanted}
    suffix = output.suffix.removeprefix(".") if output is not None else ""
    chosen = form or (ExportFormat(suffix) if suffix in list(ExportFormat) else ExportFormat.NQ)
    body = exported(files, chosen.value)
    if output is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(body)
        sys.stdout.buffer.flush()
        return
    if output.is_dir():
        raise InputError(f"{output}: a folder; name a file in it.")
    (replace_file if output.exists() else create_file)(output, body)
    say(f"{output}: {len(body):,} bytes, {len(files)} graphs, {chosen.value}.")
