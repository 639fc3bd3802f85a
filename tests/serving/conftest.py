"""Real servers on free ports: `kg serve` on the small tree, and one with the graphs that the W3C's tests name."""

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import psutil
import pytest

from kg.content import Content, find_content
from kg.store import GraphStore, load_content

SMALL = Path(__file__).resolve().parent.parent / "fixtures" / "content-small"
KgBytes = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.fixture(scope="session")
def small() -> Content:
    """The small tree of piers."""
    return find_content(SMALL)


@pytest.fixture(scope="session")
def small_data(small: Content) -> GraphStore:
    """The small tree, loaded."""
    return load_content(small)


def _makes_dumps(process: psutil.Process) -> bool:
    """Whether a process makes the dumps of the site, and ends when they are made."""
    try:
        return "kg.site.dumps" in process.cmdline()
    except psutil.Error:  # it has ended
        return False


class Server:
    """A running `kg serve`: its address without a slash at its end, and its process, whose log goes to `log`."""

    def __init__(self, process: "subprocess.Popen[str]", log: Path) -> None:
        self.process = process
        self.log = log
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, log.read_text("utf-8")
        self.address = line.split()[2].rstrip("/")
        self.url = f"{self.address}/sparql"

    def processes(self) -> list[psutil.Process]:
        """Return the processes below `kg serve`: the zygote, then its workers, without the one that makes dumps."""
        found: list[psutil.Process] = psutil.Process(self.process.pid).children(recursive=True)
        return [process for process in found if not _makes_dumps(process)]


Serve = Callable[..., Server]
RUN = "import sys; sys.argv[0] = 'kg'; from kg.cli import main; main()"


@contextmanager
def served(log: Path, *command: str) -> Iterator[Server]:
    """Run a command that serves, and stop it."""
    with log.open("wb") as errors:
        process = subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, stderr=errors, text=True)
    with process:
        try:
            yield Server(process, log)
        finally:
            process.terminate()
            try:
                process.wait(15)
            finally:
                process.kill()


@pytest.fixture
def serve(small: Content, tmp_path: Path) -> Iterator[Serve]:
    """Start `kg serve` on the small tree with further options, as often as wanted; all are stopped at the end."""
    with ExitStack() as stack:
        count = itertools.count()

        def start(*options: str, root: Path = small.root) -> Server:
            command = ("-c", RUN, "serve", "--port", "0", "--root", str(root), *options)
            return stack.enter_context(served(tmp_path / f"log-{next(count)}", *command))

        yield start


@pytest.fixture(scope="session")
def server(small: Content, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """`kg serve` on the small tree, for all tests that do it no harm."""
    log = tmp_path_factory.mktemp("serve") / "log"
    with served(log, "-c", RUN, "serve", "--port", "0", "--root", str(small.root), "--timeout", "5") as running:
        yield running


@pytest.fixture(scope="session")
def address(server: Server) -> str:
    """The address, without a slash at its end, of `kg serve` on the small tree."""
    return server.address


@pytest.fixture(scope="session")
def client(address: str) -> Iterator[httpx.Client]:
    """An HTTP client of `kg serve` on the small tree; it sends no Accept header of its own."""
    with httpx.Client(base_url=address, timeout=30) as client:
        del client.headers["accept"]
        yield client


_SERVE_GRAPHS = """
import json, socket, sys
from pathlib import Path
from kg.content import find_content
from kg.derivation import DataSource
from kg.server.running import Settings, run, start_pool
graphs = {name: Path(path) for name, path in json.loads(sys.argv[1]).items()}
listener = socket.create_server(("127.0.0.1", 0))
settings = Settings()
ready = lambda: print(f"Serving on http://127.0.0.1:{listener.getsockname()[1]}/", flush=True)
run(start_pool(DataSource(graphs), settings), listener, find_content(Path(sys.argv[2])), settings, ready)
"""


@pytest.fixture(scope="session")
def w3c_client(small: Content, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """An HTTP client of a server with the graphs that the W3C's tests name, each of one triple."""
    folder = tmp_path_factory.mktemp("w3c")
    graphs = {}
    for number in range(4):
        name = f"http://kasei.us/2009/09/sparql/data/data{number}.rdf"
        path = folder / f"data{number}.ttl"
        path.write_text(f"<{name}> a <http://xmlns.com/foaf/0.1/Document> .\n")
        graphs[name] = str(path)
    with (
        served(folder / "log", "-c", _SERVE_GRAPHS, json.dumps(graphs), str(small.root)) as running,
        httpx.Client(base_url=running.address, timeout=30) as client,
    ):
        yield client


@pytest.fixture(scope="session")
def kg_bytes() -> KgBytes:
    """The program `kg`, started as its own process, with output in bytes."""

    def run(*arguments: str, stdin: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
        environment = {name: value for name, value in os.environ.items() if not name.startswith("KG_")}
        command = [sys.executable, "-c", "from kg.cli import main; main()", *arguments]
        return subprocess.run(command, input=stdin, env=environment, capture_output=True, timeout=60, check=False)

    return run
