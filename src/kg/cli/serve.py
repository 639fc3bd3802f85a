"""`kg serve`: answer queries over HTTP."""

import socket
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from kg.cli.options import RootOption

if TYPE_CHECKING:
    from kg.content import Content


def _listening_socket(host: str, port: int) -> socket.socket:
    """Return a socket that listens at the address. Raises InputError when the address cannot be had."""
    from kg.errors import InputError

    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(
            f"Cannot listen at {host}, port {port}: {reason}; choose another with --host or --port."
        ) from error
    listener.listen(2048)
    return listener


def _print_syntax_findings(content: "Content") -> None:
    """Print what is wrong with the Turtle of a tree, all of it, as `kg validate` does."""
    from kg.checks.syntax import syntax_finding
    from kg.cli.report import print_findings
    from kg.dataset import read_dataset

    _, errors = read_dataset(content)
    print_findings([syntax_finding(error) for error in errors], "text", "en")


def serve(
    host: Annotated[str, typer.Option(help="Address to listen at; 0.0.0.0 is all of this machine.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen at; 0 takes a free one.", min=0, max=65535)] = 8000,
    timeout: Annotated[
        float, typer.Option(metavar="SECONDS", help="A query ends when it has taken so long.", min=0.1)
    ] = 10.0,
    workers: Annotated[
        int | None, typer.Option(help="Queries at a time. Default: the processors and two more, at least four.", min=1)
    ] = None,
    memory: Annotated[
        int, typer.Option(metavar="MB", help="Memory of a query beside that of the data.", min=16)
    ] = 1024,
    queue: Annotated[int, typer.Option(help="Queries that may wait for a worker.", min=1)] = 256,
    cache: Annotated[int, typer.Option(metavar="MB", help="Memory of the cache of answers; 0 keeps none.", min=0)] = 64,
    access_log: Annotated[bool, typer.Option(help="Write a line for each request to standard error.")] = True,
    root: RootOption = None,
) -> None:
    """Serve the graph: SPARQL at /sparql, a page at /, the state at /healthz and /metrics. Stop with Ctrl-C."""
    from kg.content import find_content
    from kg.errors import InputError
    from kg.server.running import Settings, run, start_pool
    from kg.server.scheduling import Capacity
    from kg.server.worker import Limits
    from kg.store import DataError, graph_files

    content = find_content(root)
    with _listening_socket(host, port) as listener:
        settings = Settings(
            Limits(timeout, memory * 1024 * 1024),
            Capacity(queue=queue) if workers is None else Capacity(workers, queue),
            cache * 1024 * 1024,
            sys.stderr.fileno() if access_log else None,
        )
        shown = f"[{host}]" if ":" in host else host
        address = f"http://{shown}:{listener.getsockname()[1]}/"
        pool = start_pool(graph_files(content), settings)
        try:
            run(
                pool,
                listener,
                content,
                settings,
                lambda: print(f"Serving on {address}  (SPARQL: {address}sparql)", flush=True),
            )
        except DataError as error:
            _print_syntax_findings(content)
            raise InputError(f"Not served: {error}") from error
