"""uvicorn's server with an end that waits for the application's work in progress."""

import asyncio
import socket
from collections.abc import Callable
from types import FrameType
from typing import Protocol, cast

import uvicorn

from openchannels.server.acceptor import Acceptor, SharedSocket
from openchannels.server.timeouts import ConnectionReaper

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


class SignalledServer(uvicorn.Server):
    """Serves until SIGTERM or SIGINT, then refuses requests and finishes `work`.

    Calls `started` once it listens. A second SIGINT ends the wait.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        reaper: ConnectionReaper,
        started: Callable[[], None],
        work: InFlightWork | None,
        shared: SharedSocket | None,
    ) -> None:
        super().__init__(config)
        self._reaper = reaper
        self._announce = started
        self._work = work
        self._shared = shared
        self._acceptor: Acceptor | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        if self._shared is None:
            await super().startup(sockets)
        else:
            assert sockets is not None
            await super().startup([])
            self._accept_from(sockets[0], self._shared)
        if self.started:
            self._announce()

    def _accept_from(self, listener: socket.socket, shared: SharedSocket) -> None:
        state = self.server_state
        self._acceptor = Acceptor(listener, self._protocol, lambda: len(state.connections), shared)
        self._acceptor.start()

    def _protocol(self) -> asyncio.Protocol:
        make = cast("Callable[..., asyncio.Protocol]", self.config.http_protocol_class)
        return make(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )

    async def on_tick(self, counter: int) -> bool:
        if counter % TICKS_PER_CHECK == 0:
            self._reaper.check(self.server_state.connections)
        if self._acceptor is not None:
            self._acceptor.tell_others()
        return await super().on_tick(counter)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        if self._work is not None:
            self._work.refuse()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._work is not None:
            if not self._work.needs_connections:
                for server in self.servers:
                    server.close()
            if self._acceptor is not None:
                self._acceptor.close()
            await self._finish(self._work)
            self.config.timeout_graceful_shutdown = 1
        await super().shutdown(sockets)

    async def _finish(self, work: InFlightWork) -> None:
        finishing = asyncio.create_task(work.finish())
        while not finishing.done() and not self.force_exit:
            await asyncio.wait({finishing}, timeout=0.1)
        finishing.cancel()
