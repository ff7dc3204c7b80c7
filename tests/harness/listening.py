"""Serving an ASGI application on a free port, as a task of the loop at hand."""

import asyncio
import contextlib
import random
import socket
from collections.abc import AsyncIterator
from typing import Any

from openchannels.core.exceptions import StartRefused
from openchannels.server.embedded import EmbeddedServer
from openchannels.server.serve import bind

PORTS = range(10_000, 32_768)
"""Below those that Linux and the IANA set aside for outgoing connections."""


def address_of(listener: socket.socket) -> str:
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


def free_port() -> int:
    """A port for a service that keeps its address over restarts.

    The system gives its connections none of these, so it is still free after a restart.
    """
    while True:
        port = random.choice(PORTS)
        with contextlib.suppress(StartRefused), contextlib.closing(bind("127.0.0.1", port)):
            return port


@contextlib.asynccontextmanager
async def listening(app: Any, listener: socket.socket | None = None) -> AsyncIterator[str]:
    """Serve within this loop; yields the address."""
    listener = listener or bind("127.0.0.1", 0)
    up = asyncio.Event()
    server = EmbeddedServer(app, up.set)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    waiting = asyncio.create_task(up.wait())
    await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        waiting.cancel()
        task.result()
        raise RuntimeError("the server did not start")
    try:
        yield address_of(listener)
    finally:
        server.leave()
        await task
