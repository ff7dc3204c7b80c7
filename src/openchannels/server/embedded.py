"""A server inside a program that is not ours: it leaves signals and process limits alone."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from socket import socket
from typing import Any

import uvicorn

from openchannels.server.protocol import BoundedProtocol

SHUTDOWN_SECONDS = 5


class EmbeddedServer(uvicorn.Server):
    """Serves until `leave` is called; calls `started` once it listens."""

    def __init__(self, app: Any, started: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=BoundedProtocol,
                ws="none",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=SHUTDOWN_SECONDS,
            )
        )
        self._announce = started
        self._leaving = asyncio.Event()

    def leave(self) -> None:
        """Tells the server to end; to be called on its own loop."""
        self.should_exit = True
        self._leaving.set()

    async def main_loop(self) -> None:
        # uvicorn looks ten times a second whether it should end.
        ticking = asyncio.create_task(super().main_loop())
        leaving = asyncio.create_task(self._leaving.wait())
        await asyncio.wait({ticking, leaving}, return_when=asyncio.FIRST_COMPLETED)
        leaving.cancel()
        if not ticking.cancel():
            ticking.result()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._announce()
