"""A server inside a program that is not ours: it leaves signals and process limits alone."""

import contextlib
from collections.abc import Callable, Iterator
from socket import socket
from typing import Any

import uvicorn

from openchannels.server.protocol import BoundedProtocol

SHUTDOWN_SECONDS = 5


class EmbeddedServer(uvicorn.Server):
    """Serves until `should_exit` is set; calls `started` once it listens."""

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

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._announce()
