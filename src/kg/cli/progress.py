"""A progress bar on stderr, for who waits longer than a second at a terminal."""

import sys
import time
from types import TracebackType
from typing import Final, Self

_PATIENCE: Final = 1.0
"""Seconds before the bar is shown."""


class ProgressBar:
    """Shows what is done. Without a terminal it shows nothing."""

    def __init__(self) -> None:
        """Start the clock."""
        self._begun = time.monotonic()
        self._bar: object | None = None
        self._shows = sys.stderr.isatty()

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the bar away."""
        if self._bar is None:  # as a rule: rich takes a fifth of a second to import
            return
        from rich.progress import Progress

        if isinstance(self._bar, Progress):
            self._bar.stop()

    def __call__(self, what: str, done: int, steps: int) -> None:
        """Say what is done now, how many steps are done, and how many there are."""
        if not self._shows or time.monotonic() - self._begun < _PATIENCE:
            return
        from rich.console import Console
        from rich.progress import Progress

        if not isinstance(self._bar, Progress):
            self._bar = Progress(console=Console(stderr=True), transient=True)
            self._bar.add_task(what)
            self._bar.start()
        self._bar.update(self._bar.task_ids[0], description=what, completed=done, total=steps)
