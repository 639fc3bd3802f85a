"""`kg serve`: answer queries over HTTP."""

import os
import socket
import sys
from contextlib import suppress
from typing import Annotated

import typer

from kg.cli.options import RootOption


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


def serve(
    host: Annotated[str, typer.Option(help="Address to listen at; 0.0.0.0 is all of this machine.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen at; 0 takes a free one.", min=0, max=65535)] = 8000,
    root: RootOption = None,
) -> None:
    """Serve the graph: SPARQL at /sparql, a page at /, the state at /healthz. Stop with Ctrl-C."""
    import uvicorn

    from kg.content import find_content
    from kg.server import create_app

    content = find_content(root)
    with _listening_socket(host, port) as listener:
        app = create_app(content)
        shown = f"[{host}]" if ":" in host else host
        address = f"http://{shown}:{listener.getsockname()[1]}/"
        print(f"Serving on {address}  (SPARQL: {address}sparql)", flush=True)
        config = uvicorn.Config(
            app, log_level="warning", access_log=False, lifespan="off", server_header=False, timeout_graceful_shutdown=3
        )
        with suppress(KeyboardInterrupt):  # uvicorn raises it again when it has stopped
            uvicorn.Server(config).run(sockets=[listener])
        if app.state.engine.pending:  # a thread cannot be stopped, and the interpreter would wait for it
            sys.stdout.flush()
            os._exit(0)
