"""Dumps: the data as files to be downloaded, made from the files of the content, so that literals are as written.

They are made by a process of its own, because that takes seconds in which the server would answer nobody, and kept
compressed. Which there are is known before they are made. A graph that was derived at load (`kg.derivation`) is part of
them, so that they hold what the endpoint does. The process is this module as a program: it gets the folder of the
content, the digest of what was loaded and whether there are search keys, and writes for each dump a line of JSON and
then as many bytes as that says. When the files are no longer those that were loaded it ends.
"""

import asyncio
import gzip
import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple, cast
from urllib.parse import quote

from pyoxigraph import Quad, RdfFormat

from kg.content import Content
from kg.derivation import SEARCH_KEYS, DataSource, search_key_quads, source_of
from kg.errors import InputError, KnowledgeGraphError, QueryError
from kg.export import EXPORT_FORMATS, exported
from kg.namespaces import GRAPH
from kg.results import SerialisationError
from kg.site.linked_data import loaded_files
from kg.site.site import Site
from kg.store import load_graphs

NAME: Final = "thai-smart-city"
"""What the files with all the data are called."""

CHECKSUMS: Final = "SHA256SUMS"
"""The file with the digests of all others, as `sha256sum --check` reads it."""

GZIP: Final = "gz"
NICENESS: Final = 15
"""By how much the process that makes dumps stands back for those that answer."""

WITH_SEARCH_KEYS: Final = "--search-keys"


class NotWritableError(QueryError):
    """A format cannot hold the data; another one can."""


class Made(NamedTuple):
    """A dump that was made: its bytes, compressed; their number before that; both digests (SHA-256, hexadecimal)."""

    compressed: bytes
    size: int
    digest: str
    compressed_digest: str


@dataclass(frozen=True)
class Dump:
    """A file to be downloaded: its name without `.gz`, its format, and the graph that it holds; None is all of them."""

    name: str
    form: str
    graph: str | None

    @property
    def media_type(self) -> str:
        """Return the media type of the file."""
        return EXPORT_FORMATS[self.form].media_type

    @property
    def content_type(self) -> str:
        """Return what is sent as `Content-Type`: text says that it is UTF-8."""
        return f"{self.media_type}; charset=utf-8" if self.media_type.startswith("text/") else self.media_type


def dumps_of(graphs: Iterable[str]) -> dict[str, Dump]:
    """Return the dumps of named graphs, given by their IRIs, by name; those of all the data first.

    A graph alone is offered in the formats that know none.
    """
    found = [Dump(f"{NAME}.{form}", form, None) for form in EXPORT_FORMATS]
    for graph in graphs:
        found += [
            Dump(f"graph-{graph.removeprefix(GRAPH)}.{form}", form, graph)
            for form, engine in EXPORT_FORMATS.items()
            if not engine.supports_datasets or engine == RdfFormat.JSON_LD
        ]
    return {dump.name: dump for dump in found}


def made(graphs: Mapping[str, Path], derived: Mapping[str, Iterable[Quad]], dump: Dump) -> Made:
    """Make a dump of Turtle files, and of the quads of derived graphs, both by the IRIs of their named graphs.

    Raises InputError for a file that cannot be read.
    """
    files = {name: path for name, path in graphs.items() if dump.graph in {None, name}}
    quads = [quad for name, own in derived.items() if dump.graph in {None, name} for quad in own]
    body = exported(files, dump.form, quads)
    compressed = gzip.compress(body, 9, mtime=0)
    return Made(compressed, len(body), hashlib.sha256(body).hexdigest(), hashlib.sha256(compressed).hexdigest())


def write_all(source: DataSource, wanted: str, output: BinaryIO) -> None:
    """Make all dumps of data and write each: a line of JSON, then its bytes, compressed.

    Of one whose format cannot hold the data there is only the line, which says so. Raises InputError for a file that
    cannot be read, or when the digest of the data is not, or no longer, the one that is wanted, and QueryError when the
    search keys cannot be made.
    """
    keys = search_key_quads(load_graphs(source.graphs), source.key_queries)
    derived = {SEARCH_KEYS: keys} if keys else {}
    for name, dump in dumps_of([*source.graphs, *derived]).items():
        try:
            one = made(source.graphs, derived, dump)
        except SerialisationError as error:
            output.write(f"{json.dumps({'name': name, 'failure': str(error)})}\n".encode())
            continue
        if source.digest() != wanted:
            raise InputError("The files have changed since they were loaded.")
        head = {
            "name": name,
            "length": len(one.compressed),
            "size": one.size,
            "digest": one.digest,
            "compressed_digest": one.compressed_digest,
        }
        output.write(f"{json.dumps(head)}\n".encode() + one.compressed)
        output.flush()


class Dumps:
    """The dumps of one loading of the data."""

    def __init__(self, site: Site) -> None:
        """Take the site."""
        self._site = site
        self.graphs = list(site.summary.graphs)
        """The IRIs of the named graphs."""

        self.dumps = dumps_of(self.graphs)
        """All dumps by name."""

        self._made: dict[str, Future[Made]] = {}

    @property
    def version(self) -> str:
        """Return the version in the address of a dump: what the data set says of itself, else its digest."""
        return self._site.summary.version or self._site.summary.digest[:16]

    def paths(self) -> list[str]:
        """Return the paths below the root of the site of the dumps of all the data, compressed."""
        folder = f"dumps/{quote(self.version, safe='')}"
        return [f"{folder}/{dump.name}.{GZIP}" for dump in self.dumps.values() if dump.graph is None]

    def start(self) -> Mapping[str, Future[Made]]:
        """Begin to make all dumps, unless that has been done, and return them by name.

        Raises QueryError when the files are other ones now.
        """
        if self._made:
            return self._made
        loaded_files(self._site)
        made = self._made = {name: Future() for name in self.dumps}
        threading.Thread(target=self._read, args=(made,), name="dumps", daemon=True).start()
        return made

    def _read(self, wanted: Mapping[str, Future[Made]]) -> None:
        """Run the process that makes the dumps, and take them from it; what does not come is an error."""
        keys = [WITH_SEARCH_KEYS] if SEARCH_KEYS in self.graphs else []
        arguments = [str(self._site.content.root), self._site.summary.digest, *keys]
        command = [sys.executable, "-m", "kg.site.dumps", *arguments]
        try:
            with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
                output = cast("BinaryIO", process.stdout)
                while line := output.readline():
                    head = json.loads(line)
                    if "failure" in head:
                        wanted[head["name"]].set_exception(NotWritableError(head["failure"]))
                        continue
                    body = output.read(head["length"])
                    if len(body) == head["length"]:
                        one = Made(body, head["size"], head["digest"], head["compressed_digest"])
                        wanted[head["name"]].set_result(one)
        except OSError as error:
            failure = QueryError(f"The dumps cannot be made: {error}")
        else:
            failure = QueryError("The dumps cannot be made.")
        missing = [future for future in wanted.values() if not future.done()]
        if missing:
            self._made = {}  # so that the next request tries again
        for future in missing:
            future.set_exception(failure)

    async def get(self, name: str) -> Made:
        """Return a dump by its name, when it is made.

        Raises KeyError when there is none, NotWritableError when its format cannot hold the data, QueryError when it
        cannot be made for another reason.
        """
        if name not in self.dumps:
            raise KeyError(name)
        return await asyncio.wrap_future(self.start()[name])

    async def checksums(self) -> str:
        """Return the digests of all dumps, one a line: digest, two spaces, name."""
        lines = []
        for name in self.dumps:
            try:
                one = await self.get(name)
            except NotWritableError:
                continue
            lines += [f"{one.digest}  {name}\n", f"{one.compressed_digest}  {name}.{GZIP}\n"]
        return "".join(lines)


def main() -> None:
    """Write the dumps of a tree to standard output: its folder, the digest that is wanted, and whether with keys."""
    folder, wanted, *more = sys.argv[1:]
    os.nice(NICENESS)
    try:
        source = source_of(Content(Path(folder)))
        write_all(source if WITH_SEARCH_KEYS in more else DataSource(source.graphs), wanted, sys.stdout.buffer)
    except BrokenPipeError:  # the server has ended
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except KnowledgeGraphError as error:
        sys.exit(f"kg: the dumps cannot be made: {error}")


if __name__ == "__main__":
    main()
