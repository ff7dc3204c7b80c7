"""Serves an ASGI application on a socket with uvicorn until a signal."""

import asyncio
import socket
from collections.abc import Callable, Coroutine
from math import ceil
from types import FrameType
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from openchannels.core.exceptions import StartRefused
from openchannels.server.timeouts import ConnectionLimits, ConnectionReaper

if TYPE_CHECKING:
    import uvicorn

T = TypeVar("T")

SPARE_FILES = 1000
"""Open files besides client connections: databases, platforms, modules."""
TICKS_PER_CHECK = 10
"""uvicorn ticks ten times per second; connections are checked once per second."""


class InFlightWork(Protocol):
    """The work of an application that is in progress when a signal arrives."""

    @property
    def needs_connections(self) -> bool:
        """True if the work needs new connections to this same server."""

    def refuse(self) -> None:
        """Refuses requests that arrive from now on; called within a signal handler."""

    async def finish(self) -> None:
        """Waits for work in progress, up to the configured time."""


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
    work: InFlightWork | None = None,
    connection_limits: ConnectionLimits | None = None,
) -> None:
    """Runs an ASGI application until SIGTERM or SIGINT, then finishes work in progress.

    Connections slower than `connection_limits` allows are closed.

    Given `work`, requests that arrive during shutdown on open connections are refused. New
    connections are accepted then only for a mounted sandbox, which the work may need.
    """
    import uvicorn

    connection_limits = connection_limits or ConnectionLimits()
    reaper = ConnectionReaper(connection_limits)
    _raise_file_limit(connection_limits.connections + SPARE_FILES)
    config = _config(app, shutdown_seconds, connection_limits)

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                started()

        async def on_tick(self, counter: int) -> bool:
            if counter % TICKS_PER_CHECK == 0:
                reaper.check(self.server_state.connections)
            return await super().on_tick(counter)

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            super().handle_exit(sig, frame)
            if work is not None:
                work.refuse()

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            if work is not None:
                if not work.needs_connections:
                    for server in self.servers:
                        server.close()
                await self._finish(work)
                config.timeout_graceful_shutdown = 1
            await super().shutdown(sockets)

        async def _finish(self, work: InFlightWork) -> None:
            finishing = asyncio.create_task(work.finish())
            # A second SIGINT ends the wait.
            while not finishing.done() and not self.force_exit:
                await asyncio.wait({finishing}, timeout=0.1)
            finishing.cancel()

    await Server(config).serve(sockets=[listener])


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
