"""A real server with the pages of the site, on a free port: `kg serve` over a tree of content."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SERVE = "import sys; sys.argv[0] = 'kg'; from kg.cli import main; main()"


@contextmanager
def live(root: Path, log: Path, *options: str) -> Iterator[str]:
    """Run a server over a tree of content, with further options, and give its address without a slash at its end."""
    command = [sys.executable, "-c", _SERVE, "serve", "--port", "0", "--root", str(root), *options]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KG_")}
    with log.open("wb") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment)
    with process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line, log.read_text("utf-8")
            yield line.split()[2].rstrip("/")
        finally:
            process.terminate()
            try:
                process.wait(15)
            finally:
                process.kill()
