"""The program `kg`. One module a command: `kg.cli.<name>` holds the function `<name>`, which is the command.

What a command answers goes to stdout, what it has to say about its work to stderr. The modules import what is heavy
inside their functions, so that `kg serve` need not wait for rdflib and pySHACL.
"""

import typer

from kg.cli.coverage import coverage
from kg.cli.errors import exit_code
from kg.cli.evidence import evidence
from kg.cli.query import query
from kg.cli.serve import serve
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
for command in (validate, evidence, coverage, query, serve, version):
    app.command()(command)


def main() -> None:
    """Run the program and leave with an exit code of `kg.cli.errors`."""
    try:
        app()
    except Exception as error:
        raise SystemExit(exit_code(error)) from None
