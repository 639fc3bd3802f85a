"""`kg serve`: answer queries over HTTP."""

import socket
import sys
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kg.cli.options import RootOption

if TYPE_CHECKING:
    from kg.content import Content
    from kg.finding import Finding
    from kg.server.checking import Check
    from kg.server.served import SiteOfData


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


def validated(content: "Content") -> "list[Finding]":
    """Return what `kg validate` tells of a tree of content that is laid out as ours is, less what is accepted."""
    import datetime

    from kg.cli.projects import shipped
    from kg.cli.report import settled
    from kg.project import read_project
    from kg.validation import validate

    project = read_project(content.root, shipped())
    return list(settled(validate(project), project, None, datetime.datetime.now(tz=datetime.UTC).date()).findings)


def _site(*data: Any, **settings: Any) -> "SiteOfData":
    """Return the site of a state of the data; its modules are imported while the data are loaded."""
    from kg.site.application import SiteApplication

    return SiteApplication(*data, **settings)


def _public_url(value: str | None) -> str | None:
    """Return the address of the site for the world. Raises typer.BadParameter for what is none."""
    if value is None:
        return None
    from kg.server.address import checked_public_url

    try:
        return checked_public_url(value)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


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
    reload: Annotated[
        bool, typer.Option("--reload", help="Check files when they are saved, and serve them if they hold.")
    ] = False,
    public_url: Annotated[
        str | None,
        typer.Option(
            envvar="KG_PUBLIC_URL",
            metavar="URL",
            help="Address of the site for the world, behind a proxy.",
            callback=_public_url,
        ),
    ] = None,
    trust_forwarded: Annotated[
        bool, typer.Option("--trust-forwarded", help="Believe the Forwarded and X-Forwarded-… headers of a proxy.")
    ] = False,
    root: RootOption = None,
) -> None:
    """Serve the graph: SPARQL at /sparql, the site at /, the state at /healthz and /metrics. Stop with Ctrl-C."""
    from kg.content import find_content
    from kg.derivation import source_of
    from kg.errors import InputError
    from kg.server.running import Settings, run, start_pool
    from kg.server.scheduling import Capacity
    from kg.server.worker import Limits
    from kg.store import DataError

    check: Check | None = validated if reload else None
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
        pool = start_pool(source_of(content), settings)
        try:
            from kg.server.address import Addressing

            run(
                pool,
                listener,
                content,
                settings,
                lambda: print(f"Serving on {address}  (SPARQL: {address}sparql)", flush=True),
                check,
                partial(_site, content, public_url=public_url, trust_forwarded=trust_forwarded),
                Addressing(public_url, trust_forwarded),
            )
        except DataError as error:
            from kg.cli.report import print_findings
            from kg.server.reloading import check_content

            print_findings(check_content(content), "text", "en")
            raise InputError(f"Not served: {error}") from error
