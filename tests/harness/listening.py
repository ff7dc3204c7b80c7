"""Serving an ASGI application on a free port: in a thread, or as a task of the loop at hand."""

import asyncio
import contextlib
import random
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeVar

import uvicorn

from openchannels.core.exceptions import StartRefused
from openchannels.server.protocol import BoundedProtocol
from openchannels.server.serve import bind
from tests.harness.waiting import PATIENCE

T = TypeVar("T")
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


class Server(uvicorn.Server):
    """`started` is called once it listens. The signals belong to the program around it."""

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
                timeout_graceful_shutdown=5,
            )
        )
        self._announce = started

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._announce()


@contextlib.asynccontextmanager
async def listening(app: Any, listener: socket.socket | None = None) -> AsyncIterator[str]:
    """Serve within this loop; yields the address."""
    listener = listener or bind("127.0.0.1", 0)
    up = asyncio.Event()
    server = Server(app, up.set)
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
        server.should_exit = True
        await task


class ServerThread:
    """A server in a thread with a loop of its own, for tests that block."""

    def __init__(self) -> None:
        self._listener = bind("127.0.0.1", 0)
        self.url = address_of(self._listener)
        self._up = threading.Event()
        self._failure: BaseException | None = None
        self._thread: threading.Thread | None = None
        self._server: Server | None = None
        self.loop: asyncio.AbstractEventLoop | None = None

    def start(self, make: Callable[[], Awaitable[Any]]) -> None:
        """Serve what `make` returns; it runs on the server's own loop."""
        self._thread = threading.Thread(target=self._run, args=(make,), daemon=True)
        self._thread.start()
        if not self._up.wait(PATIENCE) or self._failure is not None:
            raise RuntimeError("the server did not start") from self._failure

    def _run(self, make: Callable[[], Awaitable[Any]]) -> None:
        try:
            asyncio.run(self._serve(make))
        except BaseException as failure:
            self._failure = failure
        finally:
            self._up.set()

    async def _serve(self, make: Callable[[], Awaitable[Any]]) -> None:
        self.loop = asyncio.get_running_loop()
        self._server = Server(await make(), self._up.set)
        await self._server.serve(sockets=[self._listener])

    def run(self, work: Awaitable[T], timeout: float = PATIENCE) -> T:
        """Await something on the server's loop, from the test's thread."""
        assert self.loop is not None

        async def awaited() -> T:
            return await work

        return asyncio.run_coroutine_threadsafe(awaited(), self.loop).result(timeout)

    def stop(self) -> None:
        if self._server is not None:
            self._server.should_exit = True
        if self._thread is not None:
            self._thread.join(PATIENCE)
        self._listener.close()
