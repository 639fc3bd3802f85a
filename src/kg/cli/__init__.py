"""The program `kg`. One module a command: `kg.cli.<name>` holds the function `<name>`, which is the command.

What a command answers goes to stdout, what it has to say about its work to stderr. The modules import what is heavy
inside their functions, so that `kg serve` need not wait for rdflib and pySHACL.
"""

import os
import sys
from pathlib import Path

import typer

from kg.cli.coverage import coverage
from kg.cli.diff import diff
from kg.cli.errors import exit_code
from kg.cli.evidence import evidence
from kg.cli.export import export
from kg.cli.fmt import fmt
from kg.cli.new import new
from kg.cli.query import query
from kg.cli.redirects import redirects
from kg.cli.rule import rule
from kg.cli.search import search
from kg.cli.serve import serve
from kg.cli.show import show
from kg.cli.stats import stats
from kg.cli.validate import validate
from kg.cli.version import version

app = typer.Typer(
    name="kg",
    help="Read, check, ask and serve the Thai Smart City knowledge graph.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (
    validate,
    rule,
    evidence,
    coverage,
    fmt,
    diff,
    query,
    search,
    show,
    stats,
    export,
    serve,
    redirects,
    version,
):
    app.command()(command)
app.add_typer(new, name="new")


def main() -> None:
    """Run the program and leave with an exit code of `kg.cli.errors`."""
    for name in ("stdout", "stderr"):  # a stream that was closed before the start is None
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115  # it is to stay open
    try:
        app()
    except Exception as error:
        raise SystemExit(exit_code(error)) from None
