"""Real servers on free ports: `kg serve` on the small tree, and one with the graphs that the W3C's tests name."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn
from pyoxigraph import NamedNode, Quad, Store

from kg.content import Content, find_content
from kg.server import create_app
from kg.store import GraphStore, load_content

SMALL = Path(__file__).resolve().parent.parent / "fixtures" / "content-small"
KgBytes = Callable[..., "subprocess.CompletedProcess[bytes]"]
RDF_TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
FOAF_DOCUMENT = NamedNode("http://xmlns.com/foaf/0.1/Document")


@pytest.fixture(scope="session")
def small() -> Content:
    """The small tree of piers."""
    return find_content(SMALL)


@pytest.fixture(scope="session")
def small_data(small: Content) -> GraphStore:
    """The small tree, loaded."""
    return load_content(small)


@pytest.fixture(scope="session")
def address(small: Content) -> Iterator[str]:
    """The address, without a slash at its end, of `kg serve` on the small tree."""
    command = [
        sys.executable,
        "-c",
        "from kg.cli import main; main()",
        "serve",
        "--port",
        "0",
        "--root",
        str(small.root),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        yield line.split()[2].rstrip("/")
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="session")
def client(address: str) -> Iterator[httpx.Client]:
    """An HTTP client of `kg serve` on the small tree; it sends no Accept header of its own."""
    with httpx.Client(base_url=address, timeout=30) as client:
        del client.headers["accept"]
        yield client


@pytest.fixture(scope="session")
def w3c_client(small: Content) -> Iterator[httpx.Client]:
    """An HTTP client of a server with the graphs that the W3C's tests name, each of one triple."""
    names = [f"http://kasei.us/2009/09/sparql/data/data{number}.rdf" for number in range(4)]
    store = Store()
    for name in names:
        graph = NamedNode(name)
        store.add(Quad(graph, RDF_TYPE, FOAF_DOCUMENT, graph))
        store.add(Quad(graph, RDF_TYPE, FOAF_DOCUMENT))
    app = create_app(small, GraphStore(store, dict.fromkeys(names, 1), {}))
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    with httpx.Client(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=30) as client:
        yield client
    server.should_exit = True
    thread.join(10)
    listener.close()


@pytest.fixture(scope="session")
def kg_bytes() -> KgBytes:
    """The program `kg`, started as its own process, with output in bytes."""

    def run(*arguments: str, stdin: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
        environment = {name: value for name, value in os.environ.items() if not name.startswith("KG_")}
        command = [sys.executable, "-c", "from kg.cli import main; main()", *arguments]
        return subprocess.run(command, input=stdin, env=environment, capture_output=True, timeout=60, check=False)

    return run
