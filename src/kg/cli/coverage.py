"""`kg coverage`: which facts of an inventory the graph carries."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from kg.cli.errors import ExitCode
from kg.cli.options import RootOption


def coverage(
    inventory: Annotated[Path, typer.Argument(help="JSON lines or CSV: id, document, span_start, span_end.")],
    archive: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Folder of the archived texts. Default: sources/ beside the inventory's folder."
        ),
    ] = None,
    exceptions: Annotated[
        Path | None, typer.Option("--except", metavar="FILE", help="CSV of facts left out on purpose: id, reason.")
    ] = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Also print the resource and the tightest passage of each fact.")
    ] = False,
    root: RootOption = None,
) -> None:
    """Print how many facts of an inventory lie in a passage that the graph cites, by document, and which do not."""
    from kg.cli.report import say
    from kg.content import find_content
    from kg.coverage import measure_coverage, read_inventory, read_reasons
    from kg.dataset import load_dataset

    facts = read_inventory(inventory)
    reasons = read_reasons(exceptions) if exceptions else {}
    dataset = load_dataset(find_content(root))
    beside = inventory.resolve().parent.parent / "sources"
    rows = measure_coverage(dataset, facts, archive or (beside if beside.is_dir() else None), reasons)
    for slug in dict.fromkeys(row.slug for row in rows):
        of_document = [row for row in rows if row.slug == slug]
        carried = sum(1 for row in of_document if row.resource is not None)
        excused = sum(1 for row in of_document if row.reason)
        print(
            f"{slug}: {carried} of {len(of_document)} facts" + (f", {excused} left out for a reason" if excused else "")
        )
    for row in rows:
        if row.missing:
            print(f"missing {row.fact.id}: {row.slug} #char={row.fact.start},{row.fact.end}")
        elif verbose and row.passage:
            print(f"carried {row.fact.id}: {row.resource} #char={row.passage.start},{row.passage.end}")
        elif verbose:
            print(f"left out {row.fact.id}: {row.reason}")
    for row in rows:
        if row.loose and row.passage:
            length, span = row.passage.end - row.passage.start, row.fact.end - row.fact.start
            say(f"warning: {row.fact.id} ({span} characters) has a passage of {length} at best: {row.resource}.")
    missing = sum(1 for row in rows if row.missing)
    say(f"{len(rows) - missing} of {len(rows)} facts are carried or left out for a reason.")
    if missing:
        sys.exit(ExitCode.FINDINGS)
