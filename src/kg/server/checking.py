"""A check of the content in a process of its own: rdflib and pySHACL would hold up the front, and stay in its memory.

The front starts it with `python -m kg.server.checking MODULE:FUNCTION ROOT`; the process says what it found and ends.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import asdict
from pathlib import Path
from pkgutil import resolve_name
from typing import Final

from kg.content import Content, find_content
from kg.errors import InputError, KnowledgeGraphError
from kg.finding import Finding
from kg.server.worker import die_with_parent

Check = Callable[[Content], list[Finding]]
"""Checks a tree of content: a function of a module, by whose name another process finds it. Raises InputError."""

_NICE: Final = 5
"""Priority of the check, which is to take little from the questions."""


class CheckFailedError(Exception):
    """The check came to no end. The message says what is known of that."""


async def findings_of(check: Check, content: Content) -> list[Finding]:
    """Run a check of a tree in a process of its own and return what it found.

    Raises InputError as the check does, and CheckFailedError when it has a defect, which standard error tells.
    """
    name = f"{check.__module__}:{check.__qualname__}"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "kg.server.checking", name, str(content.root), stdout=subprocess.PIPE
    )
    try:
        output, _ = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    if process.returncode != 0:
        raise CheckFailedError(f"The check {name} ended with exit code {process.returncode}.")
    told = json.loads(output)
    if "error" in told:
        raise InputError(told["error"])
    return [Finding(**{**fields, "path": Path(fields["path"])}) for fields in told["findings"]]


def main() -> None:
    """Run the check that the first argument names on the tree that the second one names, and write JSON."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes of a terminal; the front decides
    die_with_parent(os.getppid())
    os.nice(_NICE)
    told: dict[str, object]
    try:
        with redirect_stdout(sys.stderr):
            check: Check = resolve_name(sys.argv[1])
            found = check(find_content(Path(sys.argv[2])))
        told = {"findings": [asdict(finding) | {"path": str(finding.path)} for finding in found]}
    except KnowledgeGraphError as error:
        told = {"error": str(error)}
    print(json.dumps(told))


if __name__ == "__main__":
    main()
