"""`kg fmt`: bring Turtle files into the one form."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kg.cli.errors import ExitCode
from kg.cli.options import FormatChoice, LanguageChoice, RootOption

if TYPE_CHECKING:
    from kg.finding import Finding


def _files(paths: Iterable[Path], root: Path | None) -> list[Path]:
    """Return the files that are meant: those named, those in folders named, or all of the tree. Raises InputError."""
    from kg.content import find_content
    from kg.errors import InputError
    from kg.project import turtle_below

    found: dict[Path, None] = {}
    for path in paths:
        if not path.exists():
            raise InputError(f"{path}: no such file or folder.")
        found.update(dict.fromkeys(turtle_below(path) if path.is_dir() else [path]))
    return list(found) if paths else find_content(root).turtle_files()


def _print_diff(path: Path, before: bytes, after: bytes) -> None:
    """Print what formatting changes in a file as a unified diff."""
    import difflib

    from kg.finding import displayed

    old, new = (content.decode().splitlines(keepends=True) for content in (before, after))
    name = displayed(path)
    for line in difflib.unified_diff(old, new, fromfile=name, tofile=f"{name} (formatted)"):
        print(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n", end="")


def fmt(
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="[PATHS]...", help="Files and folders. Default: the whole tree.")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Change nothing; a finding for each file to format.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Change nothing; print what would change.")] = False,
    output: Annotated[FormatChoice, typer.Option("--format", help="How to write findings.")] = FormatChoice.TEXT,
    language: Annotated[LanguageChoice, typer.Option(help="Language of the messages.")] = LanguageChoice.ENGLISH,
    root: RootOption = None,
) -> None:
    """Format Turtle files. No triple and no comment is lost: a file where one would be is refused and left alone.

    Exit codes: 0 done, 1 findings (files to format with --check, files refused), 3 a file is not Turtle.
    """
    from kg.checks.syntax import syntax_finding
    from kg.cli.report import print_findings, say
    from kg.formatting import FormattingError, format_finding, format_turtle, refusal_finding
    from kg.turtle import TurtleSyntaxError
    from kg.writing import replace_file

    files = _files(paths or [], root)
    found: list[Finding] = []
    changed, broken = 0, False
    for path in files:
        content = path.read_bytes()
        try:
            formatted = format_turtle(path, content)
        except TurtleSyntaxError as error:
            found.append(syntax_finding(error))
            broken = True
            continue
        except FormattingError as error:
            found.append(refusal_finding(error))
            continue
        if formatted == content:
            continue
        changed += 1
        if diff:
            _print_diff(path, content, formatted)
        if check:
            found.append(format_finding(path, content, formatted))
        if not check and not diff:
            replace_file(path, formatted)
    print_findings(found, output.value, language.value)
    what = "to format" if check or diff else "formatted"
    say(f"{len(files)} files, {changed} {what}, {len(found) - (changed if check else 0)} refused.")
    if broken:
        sys.exit(ExitCode.INPUT)
    if found:
        sys.exit(ExitCode.FINDINGS)
