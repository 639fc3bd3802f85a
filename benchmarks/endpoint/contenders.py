"""The servers that are measured: how each is loaded, started on a free port, watched and ended.

Each gets the same triples, the union of the graphs, and is asked at its own SPARQL endpoint. A server runs in a session
of its own, so that all its processes are known by it: their memory is added up, and all of them are ended.
"""

import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import httpx
from benchmarks.endpoint.generate import ITEMS, meeting
from benchmarks.endpoint.workload import address
from benchmarks.startup import free_port

from kg.namespaces import ONTOLOGY

PROBE: Final = f"SELECT ?item {{ ?item <{ONTOLOGY}isItemOf> <{meeting(1)}> }}"
"""What a server is asked until it answers: the items of a meeting, which all data of `generate` have."""

VIRTUOSO: Final = """
[Database]
DatabaseFile = {work}/virtuoso.db
ErrorLogFile = {work}/virtuoso.log
LockFile = {work}/virtuoso.lck
TransactionFile = {work}/virtuoso.trx
xa_persistent_file = {work}/virtuoso.pxa
FileExtend = 200
MaxCheckpointRemap = 2000
TempStorage = TempDatabase
[TempDatabase]
DatabaseFile = {work}/virtuoso-temp.db
TransactionFile = {work}/virtuoso-temp.trx
[Parameters]
ServerPort = 127.0.0.1:{second_port}
DirsAllowed = {data}
CaseMode = 2
MaxClientConnections = 80
CheckpointInterval = 0
ThreadsPerQuery = {cores}
NumberOfBuffers = 170000
MaxDirtyBuffers = 130000
MaxQueryMem = 2G
[HTTPServer]
ServerPort = 127.0.0.1:{port}
ServerRoot = {work}
ServerThreads = 80
MaxClientConnections = 80
MaxKeepAlives = 80
KeepAliveTimeout = 60
Charset = UTF-8
[SPARQL]
ResultSetMaxRows = 100000000
MaxQueryExecutionTime = 0
"""
"""Buffers as its makers advise for two gigabytes of memory; as many threads as connections; no limit on results."""


class UnavailableError(Exception):
    """A server cannot be measured: it is not installed, does not start or does not load the data. The message says."""


@dataclass(frozen=True)
class Contender:
    """A server.

    In the commands `{root}` is the content tree, `{nt}` the file of the union, `{data}` the folder of both, `{work}` an
    empty folder for the server, `{port}` and `{second_port}` free ports. `before` runs before the server, `after` when
    it answers; `upload` is the path where it takes N-Triples for its default graph by POST, or empty. `configuration`
    is written to `{work}/configuration.ini`.
    """

    name: str
    command: str
    path: str
    before: str = ""
    after: str = ""
    upload: str = ""
    configuration: str = ""

    @property
    def programs(self) -> list[str]:
        """Return the programs that must be installed."""
        return [shlex.split(line)[0] for line in (self.command, self.before, self.after) if line]


_KG: Final = f"{shlex.quote(str(Path(sys.executable).with_name('kg')))} serve --root {{root}} --port {{port}}"

CONTENDERS: Final[Mapping[str, Contender]] = {
    contender.name: contender
    for contender in (
        Contender("kg", _KG, "/sparql"),
        Contender("kg-uncached", f"{_KG} --cache 0", "/sparql"),
        Contender("rdflib-endpoint", "rdflib-endpoint serve --host 127.0.0.1 --port {port} {nt}", "/"),
        Contender("oxigraph-memory", "oxigraph serve --bind 127.0.0.1:{port}", "/query", upload="/store?default"),
        Contender(
            "oxigraph-disk",
            "oxigraph serve --location {work}/store --bind 127.0.0.1:{port}",
            "/query",
            before="oxigraph load --location {work}/store --file {nt}",
        ),
        Contender(
            "virtuoso",
            "virtuoso-t +foreground +configfile {work}/configuration.ini",
            "/sparql?default-graph-uri=urn%3Aunion",  # else it answers from graphs of its own as well
            after="isql-vt 127.0.0.1:{second_port} dba dba "
            "\"exec=ld_dir('{data}', 'all.nt', 'urn:union'); rdf_loader_run(); checkpoint;\"",
            configuration=VIRTUOSO,
        ),
    )
}
"""The servers that are known, ours first: with its cache, and without."""


def contenders(names: list[str], commands: list[str]) -> list[Contender]:
    """Return the contenders of these names; `commands` replaces the command of some, as `NAME=COMMAND`.

    Raises ValueError for a name that is not known.
    """
    replaced = {name: command for name, _, command in (text.partition("=") for text in commands)}
    if unknown := [name for name in (*names, *replaced) if name not in CONTENDERS]:
        raise ValueError(f"No contender {', '.join(unknown)}; known are {', '.join(CONTENDERS)}.")
    return [replace(CONTENDERS[name], command=replaced.get(name, CONTENDERS[name].command)) for name in names]


def missing(contender: Contender, path: str) -> str:
    """Return which program of a contender is not on the search path, or an empty text."""
    return next((program for program in contender.programs if shutil.which(program, path=path) is None), "")


def session(leader: int) -> dict[int, int]:
    """Return the processes of a session that have not ended: number to number of the parent."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                state, parent, _, number = (entry / "stat").read_text().rpartition(")")[2].split()[:4]
            except (FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
                continue
            if int(number) == leader and state not in "ZX":
                found[int(entry.name)] = int(parent)
    return found


def _sum(processes: Iterable[int], value: Callable[[Path], float]) -> float:
    """Add up a value of processes, leaving out those that have ended."""
    total = 0.0
    for process in processes:
        try:
            total += value(Path("/proc") / str(process))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return total


def memory(processes: Iterable[int]) -> int:
    """Return the memory of processes in bytes, where what n of them share counts a n-th for each (PSS)."""

    def kibibytes(process: Path) -> float:
        lines = (process / "smaps_rollup").read_text().splitlines()
        return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)

    return int(_sum(processes, kibibytes)) * 1024


def processor_time(processes: Iterable[int]) -> float:
    """Return the seconds of processor time that processes have used."""

    def ticks(process: Path) -> float:
        fields = (process / "stat").read_text().rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])

    return _sum(processes, ticks) / os.sysconf("SC_CLK_TCK")


@dataclass
class Server:
    """A contender that serves the data in a folder; a context in which it runs.

    `path` is the search path for programs, `limit` the seconds in which it must have started and loaded the data.
    `seconds` is how long its start took until the first answer: `load` before it could serve, `start` the rest.
    """

    contender: Contender
    data: Path
    path: str = field(default_factory=lambda: os.environ.get("PATH", os.defpath))
    limit: float = 600.0
    seconds: dict[str, float] = field(default_factory=dict)

    def __enter__(self) -> Self:
        """Start the server and wait until it answers from the data. Raises UnavailableError."""
        if program := missing(self.contender, self.path):
            raise UnavailableError(f"{program} is not installed")
        with ExitStack() as stack:
            self._work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=f"{self.contender.name}-")))
            stack.callback(self._end)
            self._process: subprocess.Popen[bytes] | None = None
            self.start()
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the server and all its processes, and remove its folder."""
        self._stack.close()

    def start(self) -> None:
        """Start the server, again if it runs, with the data loaded anew. Raises UnavailableError."""
        self._end()
        for entry in self._work.iterdir():
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        self._names = {
            "root": self.data, "nt": self.data / "all.nt", "data": self.data, "work": self._work,
            "cores": os.cpu_count() or 1, "port": free_port(), "second_port": free_port(),
        }  # fmt: skip
        deadline = time.monotonic() + self.limit
        if self.contender.configuration:
            (self._work / "configuration.ini").write_text(self.contender.configuration.format(**self._names))
        begun = time.perf_counter()
        self._run(self.contender.before, deadline)
        loaded = time.perf_counter()
        with (self._work / "log").open("wb") as log:
            self._process = subprocess.Popen(
                self._words(self.contender.command), stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        later = bool(self.contender.after or self.contender.upload)
        self._wait(0 if later else ITEMS, deadline)
        if later:
            self._run(self.contender.after, deadline)
            self._upload(deadline)
            self._wait(ITEMS, deadline)
        self.seconds = {"load": loaded - begun if self.contender.before else 0.0, "start": time.perf_counter() - loaded}

    @property
    def url(self) -> str:
        """Return the address of the SPARQL endpoint."""
        return f"http://127.0.0.1:{self._names['port']}{self.contender.path}"

    def processes(self) -> dict[int, int]:
        """Return the processes of the server, number to number of the parent; none when it has ended."""
        return session(self._process.pid) if self._process is not None else {}

    def workers(self) -> dict[int, int]:
        """Return the processes that a child of the server has started and that have started none: forked workers."""
        processes = self.processes()
        return {
            process: parent
            for process, parent in processes.items()
            if process not in processes.values() and processes.get(parent) in processes
        }

    def memory(self) -> int:
        """Return the memory of all processes of the server in bytes (PSS)."""
        return memory(self.processes())

    def settle(self, limit: float) -> None:
        """Wait until the server does nothing any more; start it again when it has not come to rest in `limit` seconds.

        A client that goes away leaves a query that some servers evaluate to its end, which would be measured with the
        next. Raises UnavailableError when it cannot be started again.
        """
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline:
            before = processor_time(self.processes())
            time.sleep(0.2)
            processes = self.processes()
            if not processes:
                break
            if abs(processor_time(processes) - before) <= 0.02:
                return
        self.start()

    def _words(self, line: str) -> list[str]:
        """Return a command as the words that start it."""
        words = [word.format(**self._names) for word in shlex.split(line)]
        return [shutil.which(words[0], path=self.path) or words[0], *words[1:]]

    def _run(self, line: str, deadline: float) -> None:
        """Run a command to its end, if there is one. Raises UnavailableError when it fails or takes too long."""
        if not line:
            return
        try:
            subprocess.run(
                self._words(line), check=True, capture_output=True, timeout=max(1.0, deadline - time.monotonic())
            )
        except subprocess.TimeoutExpired as error:
            raise UnavailableError(f"the data were not loaded in {self.limit:.0f} s") from error
        except subprocess.CalledProcessError as error:
            raise UnavailableError(f"{error.cmd[0]}: {error.stderr.decode(errors='replace').strip()[-300:]}") from error

    def _upload(self, deadline: float) -> None:
        """Send the union as SPARQL 1.1 Graph Store HTTP Protocol, section 5.5, has it, if the server takes it so."""
        if not self.contender.upload:
            return

        def pieces() -> Iterator[bytes]:
            with (self.data / "all.nt").open("rb") as file:
                while piece := file.read(1 << 20):
                    yield piece

        address = f"http://127.0.0.1:{self._names['port']}{self.contender.upload}"
        headers = {"Content-Type": "application/n-triples"}
        try:
            limit = max(1.0, deadline - time.monotonic())
            httpx.post(address, content=pieces(), headers=headers, timeout=limit).raise_for_status()
        except httpx.HTTPError as error:
            raise UnavailableError(f"the data were not loaded: {error!r}") from error

    def _wait(self, solutions: int, deadline: float) -> None:
        """Wait until the probe is answered with so many solutions. Raises UnavailableError."""
        headers = {"Accept": "application/sparql-results+json"}
        while time.monotonic() < deadline:
            try:
                answer = httpx.get(address(self.url, PROBE), headers=headers, timeout=self.limit)
                if answer.status_code == 200 and len(answer.json()["results"]["bindings"]) == solutions:
                    return
            except (httpx.TransportError, ValueError, KeyError):
                pass
            if self._process is None or self._process.poll() is not None:
                said = (self._work / "log").read_text(errors="replace").strip()[-300:]
                raise UnavailableError(f"the server ended: {said}")
            time.sleep(0.01)
        raise UnavailableError(f"no answer in {self.limit:.0f} s")

    def _end(self) -> None:
        """End all processes of the server."""
        if self._process is None:
            return
        while processes := self.processes():
            for process in processes:
                try:
                    os.kill(process, signal.SIGKILL)
                except ProcessLookupError:
                    continue
            self._process.poll()
            time.sleep(0.01)
        self._process.wait()
        self._process = None
