"""A socket, an event loop and uvicorn: serving an application until a signal ends it."""

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

OTHER_FILES = 1000
"""Open files beside the connections of clients: databases, platforms, modules."""
TICKS = 10
"""uvicorn ticks so often in a second; the clients are looked at once."""


class InFlightWork(Protocol):
    """What an application has in progress when a signal comes."""

    @property
    def needs_connections(self) -> bool:
        """Whether it reaches this very server over new connections."""

    def refuse(self) -> None:
        """Refuse requests that arrive from now on; called within a signal handler."""

    async def finish(self) -> None:
        """Wait for what is in progress, for as long as that is allowed."""


def bind(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises StartRefused."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Only with the protocol named does asyncio switch Nagle's algorithm off on what is accepted:
    # an answer in two pieces would wait 40 ms for the client's acknowledgement.
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
    """Run an ASGI application until SIGTERM or SIGINT, then finish what is in flight.

    Clients slower than `connection_limits` allows are cut.

    With `work` requests that still arrive meanwhile, on open connections, are refused. New
    connections are taken only for a mounted sandbox, which the work in flight may need.
    """
    import uvicorn

    connection_limits = connection_limits or ConnectionLimits()
    watch = ConnectionReaper(connection_limits)
    _allow_files(connection_limits.connections + OTHER_FILES)
    config = _config(app, shutdown_seconds, connection_limits)

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                started()

        async def on_tick(self, counter: int) -> bool:
            if counter % TICKS == 0:
                watch.look(self.server_state.connections)
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
            # A second SIGINT does not wait.
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


def _allow_files(count: int) -> None:
    """Let this process open so many files, or as many as it may."""
    try:
        import resource
    except ImportError:
        return
    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count if most == resource.RLIM_INFINITY else min(count, most)
    if allowed != resource.RLIM_INFINITY and allowed < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def run_async(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on the fastest event loop there is.

    `uvicorn.Server.serve` takes the loop it finds: under `asyncio.run` a poll took 16% more.
    """
    try:
        import uvloop
    except ImportError:
        return asyncio.run(main)
    return uvloop.run(main)


def near_address(listener: socket.socket) -> str:
    """The address of a listening socket for programs on this machine."""
    host, port = listener.getsockname()[:2]
    near = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    return f"http://[{near}]:{port}" if ":" in near else f"http://{near}:{port}"
