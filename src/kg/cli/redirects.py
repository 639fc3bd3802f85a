"""`kg redirects`: the rules by which w3id.org leads to the server."""

import sys
from pathlib import Path
from typing import Annotated

import typer


def redirects(
    public_url: Annotated[
        str,
        typer.Option(envvar="KG_PUBLIC_URL", metavar="URL", help="Address of the site for the world."),
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Default: standard output.")
    ] = None,
) -> None:
    """Write the .htaccess by which w3id.org leads the IRIs of the project to the site; a file whole or not at all.

    Exit codes: 0 done, 2 usage, 3 the file cannot be written.
    """
    from kg.site.redirects import redirect_rules
    from kg.writing import create_file, replace_file

    try:
        text = redirect_rules(public_url)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--public-url") from error
    if output is None:
        sys.stdout.write(text)
    else:
        (replace_file if output.exists() else create_file)(output, text.encode())
