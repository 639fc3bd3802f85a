"""What the commands of this package share: their options, the data they measure with, and how numbers are shown."""

import argparse
import os
import platform
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from benchmarks.endpoint.contenders import CONTENDERS, contenders
from benchmarks.endpoint.generate import Manifest, generate, read_manifest

HIDDEN: Final = 0.1
"""Share of the time in no latency from which it is said."""


def parser(names: Sequence[str] = tuple(CONTENDERS), seconds: float = 3.0) -> argparse.ArgumentParser:
    """Return the options that the commands of the package share, with these contenders and length of a round."""
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--contenders", nargs="+", default=list(names), metavar="NAME", help=", ".join(CONTENDERS))
    shared.add_argument("--command", action="append", default=[], metavar="NAME=COMMAND", help="instead of its own")
    shared.add_argument("--peers", action="append", default=[], metavar="DIR", help="searched for programs before PATH")
    shared.add_argument("--limit", type=float, default=600.0, help="seconds for a start with loading, or for an answer")
    shared.add_argument("--seconds", type=float, default=seconds, help="length of a round")
    shared.add_argument("--data", type=Path, help="where the data are, or are left; without it they are removed")
    shared.add_argument("--output", type=Path, help="a JSON file for all that was measured")
    return shared


def parsed(options: argparse.ArgumentParser) -> argparse.Namespace:
    """Return the options of the command line, with `contenders` as `Contender`; end the program where one is wrong."""
    arguments = options.parse_args()
    try:
        arguments.contenders = contenders(arguments.contenders, arguments.command)
    except ValueError as error:
        options.error(str(error))
    return arguments


def search_path(peers: Sequence[str]) -> str:
    """Return where programs are searched for: some folders, then PATH."""
    return os.pathsep.join([*peers, os.environ.get("PATH", os.defpath)])


def data_of_size(folder: Path, triples: int) -> tuple[Path, Manifest]:
    """Return the folder of data of a size and what is in it, and make the data where they are not there."""
    place = folder / str(triples)
    try:
        manifest = read_manifest(place)
    except OSError:
        manifest = generate(place, triples)
    return place, manifest


def conditions() -> dict[str, Any]:
    """Return on what it was measured, and when."""
    return {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "processors": os.cpu_count(),
        "machine": platform.machine(),
        "python": platform.python_version(),
    }


def number_text(value: float | None) -> str:
    """Return a number with two or three digits that count."""
    if value is None:
        return "n/a"
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2g}"


def hidden_text(share: float) -> str:
    """Return a remark where much of the time of a round is in no latency, else an empty text."""
    return f" ({share:.0%} hidden)" if share > HIDDEN else ""


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table whose columns but the first are set to the right."""
    lines = [header, ["---", *["--:"] * (len(header) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
