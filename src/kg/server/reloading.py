"""`kg serve --reload`: when the content is saved it is checked, and served if it holds.

The new data are loaded beside the old ones, which are served until then, and for good when the new ones are broken.
What was checked is what is served: if a file changes meanwhile, it begins anew.
"""

import asyncio
import hashlib
import logging
import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from watchfiles import awatch

from kg.content import FOLDERS, Content, find_content
from kg.derivation import DataSource, data_digest, key_queries, source_of
from kg.errors import InputError
from kg.finding import Finding, fails, render, sort_findings, summary
from kg.questions import StoredQuery, stored_queries
from kg.server.checking import Check, CheckFailedError, findings_of
from kg.server.pool import WorkerPool
from kg.server.processes import ZygoteProcess
from kg.server.served import Served
from kg.store import digest

SETTLED: Final = 0.3
"""Seconds without a change after which files count as saved."""

AT_MOST: Final = 3.0
"""Seconds after which files that go on changing are looked at all the same."""

FOLDERS_LOOKED_AT: Final = 1.0
"""Seconds between two looks at whether the folders are still those that are watched."""

_LOG: Final = logging.getLogger("kg.server")


def check_content(content: Content) -> list[Finding]:
    """Return a finding for each Turtle file of a tree that is not Turtle. Raises InputError as `read_dataset` does."""
    from kg.checks.syntax import syntax_finding  # noqa: PLC0415  # rdflib is not for the process that serves
    from kg.dataset import read_dataset  # noqa: PLC0415

    return [syntax_finding(error) for error in read_dataset(content)[1]]


@dataclass(frozen=True)
class State:
    """What the files of a tree hold: `data` is the digest of what is served, as in `Summary`, `rest` of all else."""

    data: str
    rest: str


def state_of(content: Content) -> State:
    """Return what the files of a tree hold. Raises InputError for one that cannot be read, or a folder that is gone."""
    find_content(content.root)
    served = [*content.ontology_files(), *content.data_files()]
    others = [
        path
        for folder in FOLDERS[2:]
        for path in sorted((content.root / folder).rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    ]
    names = "\n".join(str(path.relative_to(content.root)) for path in (*served, *others))
    rest = hashlib.sha256(f"{digest(others)}\n{names}".encode()).hexdigest()
    return State(data_digest(served, key_queries(content)), rest)


def _folders(content: Content) -> dict[Path, tuple[int, int]]:
    """Return the folders of a tree that are there, with what tells a folder from another in its place."""
    found = {}
    for name in FOLDERS:
        try:
            status = (content.root / name).stat()
        except OSError:
            continue
        found[content.root / name] = (status.st_dev, status.st_ino)
    return found


async def changes(content: Content) -> AsyncGenerator[None, None]:
    """Yield when it is time to look at the files of a tree: at the beginning, and whenever some have been saved.

    Folders may go and come back. Where the system does not tell of changes, each second is time to look.
    """
    while True:
        folders = _folders(content)
        watching = awatch(
            *folders,
            watch_filter=None,
            debounce=int(AT_MOST * 1000),
            step=int(SETTLED * 1000),
            rust_timeout=int(FOLDERS_LOOKED_AT * 1000),
            yield_on_timeout=True,
            ignore_permission_denied=True,
        )
        try:
            async with aclosing(watching) as told:
                first = True  # what was saved before anybody watched
                async for changed in told:
                    if changed or first:
                        yield
                    first = False
                    if _folders(content) != folders:
                        break
        except (OSError, RuntimeError) as error:
            _LOG.debug("The files cannot be watched: %s", error)
            await asyncio.sleep(FOLDERS_LOOKED_AT)
            yield


def _now() -> str:
    """Return the time of day here, with its date."""
    return datetime.now().astimezone().strftime("%Y-%m-%d %H:%M:%S")


async def _say(lines: list[str]) -> None:
    """Write lines to standard error, in a thread, as whoever reads them may be slow."""
    await asyncio.to_thread(lambda: print(*lines, sep="\n", file=sys.stderr, flush=True))


class Reloader:
    """Serves what is saved, if it holds."""

    def __init__(self, content: Content, pool: WorkerPool, check: Check, state: State, served: Served) -> None:
        """Take the files, who answers from them, what they must pass, what they held at the start, and what is served.

        They may have changed since, even while they were read.
        """
        self._content = content
        self._pool = pool
        self._check = check
        self._served = served
        self._since = _now()
        self._good = state if state.data == served.summary.digest else None
        """What is served, if it is known."""

        self._seen = self._good
        """What was looked at last, whether it held or not; None when it could not be read."""

    async def run(self) -> None:
        """Watch, until this is cancelled."""
        async with aclosing(changes(self._content)) as told:
            async for _ in told:
                try:
                    await self.look()
                except Exception:
                    _LOG.exception("A defect of the server; it is still serving the data of %s", self._since)

    async def look(self) -> None:
        """Serve what the files hold, if that is new and holds; else say what is wrong."""
        try:
            while (state := await asyncio.to_thread(state_of, self._content)) != self._seen:
                self._seen = state
                if state == self._good and state.data == self._served.summary.digest:
                    await _say([f"The files are again as they were; still serving the data of {self._since}."])
                else:
                    await self._reload(state)
        except InputError as error:
            self._seen = None
            await self._say_broken([f"kg: {error}"], "Not served")

    async def _reload(self, state: State) -> None:
        """Check what the files hold and serve it, unless they hold something else by the end of that."""
        zygote: ZygoteProcess | None = None
        try:
            found = await findings_of(self._check, self._content)
            lines = [render(finding, "text", "en") for finding in sort_findings(found)]
            broken = summary(found) if fails(found, "violation") else ""
            if not broken:
                questions, source = await asyncio.to_thread(self._read)
                if state.data != self._served.summary.digest:
                    zygote = await self._pool.load(source)
        except (InputError, CheckFailedError) as error:
            lines, broken = [f"kg: {error}"], "Not served"
        try:
            settled = await asyncio.to_thread(state_of, self._content) == state
            settled = settled and (zygote is None or zygote.summary.digest == state.data)
        except BaseException:
            settled = False
            raise
        finally:
            if zygote is not None and (broken or not settled):
                await asyncio.to_thread(zygote.end)
        if not settled:
            self._seen = None
            await asyncio.sleep(SETTLED)
            return
        if broken:
            await self._say_broken(lines, broken)
            return
        if questions != self._served.questions:
            self._served.exchange(questions=questions)
        if zygote is not None:
            self._pool.exchange(zygote)
        self._good = state
        self._since = _now()
        now = self._served.summary
        await _say([*lines, f"Serving the data of {self._since}: {now.triples} triples in {len(now.graphs)} graphs."])

    def _read(self) -> tuple[dict[str, StoredQuery], DataSource]:
        """Return the stored queries, and what to load. Raises InputError."""
        return stored_queries(self._content), source_of(self._content)

    async def _say_broken(self, lines: list[str], why: str) -> None:
        """Say what is wrong, and what is served nevertheless."""
        await _say([*lines, f"{why}; still serving the data of {self._since}."])


async def reload_when_saved(content: Content, pool: WorkerPool, check: Check, state: State, served: Served) -> None:
    """Watch a tree, which held `state` at the start, check what is saved, and serve what holds, until cancelled."""
    await Reloader(content, pool, check, state, served).run()
