"""Serves an ASGI application on a socket with uvicorn until a signal."""

import asyncio
import socket
from collections.abc import Callable, Coroutine
from math import ceil
from typing import TYPE_CHECKING, Any, TypeVar

from openchannels.core.exceptions import StartRefused
from openchannels.server.timeouts import ConnectionLimits, ConnectionReaper

if TYPE_CHECKING:
    import uvicorn

    from openchannels.server.acceptor import SharedSocket
    from openchannels.server.signalled import InFlightWork

T = TypeVar("T")

SPARE_FILES = 1000
"""Open files besides client connections: databases, platforms, modules."""


def bind(host: str, port: int) -> socket.socket:
    """Returns a listening socket; port 0 takes a free one. Raises StartRefused."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio disables Nagle's algorithm on accepted sockets only if the protocol is given;
    # otherwise an answer in two parts would wait 40 ms for the client's acknowledgement.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise StartRefused(f"Cannot listen on {host}:{port}: {error.strerror}.") from None
    return listener


async def serve_app(
    app: Any,
    listener: socket.socket,
    shutdown_seconds: int,
    started: Callable[[], None],
    work: "InFlightWork | None" = None,
    connection_limits: ConnectionLimits | None = None,
    shared: "SharedSocket | None" = None,
) -> None:
    """Runs an ASGI application until SIGTERM or SIGINT, then finishes work in progress.

    Connections slower than `connection_limits` allows are closed.

    Given `work`, requests that arrive during shutdown on open connections are refused. New
    connections are accepted then only for a mounted sandbox, which the work may need. A `shared`
    listener is one that other processes listen on too.
    """
    from openchannels.server.signalled import SignalledServer

    connection_limits = connection_limits or ConnectionLimits()
    _raise_file_limit(connection_limits.connections + SPARE_FILES)
    config = _config(app, shutdown_seconds, connection_limits)
    server = SignalledServer(config, ConnectionReaper(connection_limits), started, work, shared)
    await server.serve(sockets=[listener])


def _config(
    app: Any, shutdown_seconds: int, connection_limits: ConnectionLimits
) -> "uvicorn.Config":
    import uvicorn

    from openchannels.server.protocol import BoundedProtocol

    return uvicorn.Config(
        app,
        http=BoundedProtocol,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=shutdown_seconds,
        timeout_keep_alive=ceil(connection_limits.idle),
    )


def _raise_file_limit(count: int) -> None:
    """Raises the limit of open files to `count`, or as far as permitted."""
    try:
        import resource
    except ImportError:
        return
    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count if most == resource.RLIM_INFINITY else min(count, most)
    if allowed != resource.RLIM_INFINITY and allowed < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def run_async(main: Coroutine[Any, Any, T]) -> T:
    """Runs a coroutine on uvloop where available.

    `uvicorn.Server.serve` uses the running loop; with asyncio's own loop a poll takes 16% longer.
    """
    try:
        import uvloop
    except ImportError:
        return asyncio.run(main)
    return uvloop.run(main)


def local_url(listener: socket.socket) -> str:
    """Returns the URL of a listening socket for programs on this machine."""
    host, port = listener.getsockname()[:2]
    address = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    return f"http://[{address}]:{port}" if ":" in address else f"http://{address}:{port}"
