"""Serves an ASGI application on a free loopback port, in a thread with an event loop of its own."""

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from openchannels.core.exceptions import StartRefused
from openchannels.server.embedded import EmbeddedServer
from openchannels.server.serve import bind, local_url

T = TypeVar("T")
WAIT_SECONDS = 180.0
"""Only ends what would never end."""


class ServerThread:
    """One server, for programs that block. It keeps its port when it is started again."""

    def __init__(self) -> None:
        self._listener = bind("127.0.0.1", 0)
        self.url = local_url(self._listener)
        self.app: Any = None
        """The application, once it is served."""
        self._up = threading.Event()
        self._failure: BaseException | None = None
        self._thread: threading.Thread | None = None
        self._server: EmbeddedServer | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self, make: Callable[[], Awaitable[Any]]) -> None:
        """Serves what `make` returns; it runs on the server's own loop. Raises what it raises."""
        self._up.clear()
        self._failure = None
        self._thread = threading.Thread(
            target=self._run, args=(make,), name=f"server of {self.url}", daemon=True
        )
        self._thread.start()
        if not self._up.wait(WAIT_SECONDS):
            raise StartRefused(f"No answer within {WAIT_SECONDS:.0f} s.")
        if self._failure is not None:
            raise self._failure

    def _run(self, make: Callable[[], Awaitable[Any]]) -> None:
        try:
            asyncio.run(self._serve(make))
        except SystemExit:
            # uvicorn has logged why the application did not start.
            self._failure = StartRefused("The application did not start; the log says why.")
        except BaseException as failure:
            self._failure = failure
        finally:
            self._up.set()

    async def _serve(self, make: Callable[[], Awaitable[Any]]) -> None:
        self._loop = asyncio.get_running_loop()
        self.app = await make()
        self._server = EmbeddedServer(self.app, self._up.set)
        # uvicorn closes what it is given, and the port is to stay ours.
        await self._server.serve(sockets=[self._listener.dup()])

    def run(self, work: Awaitable[T], timeout: float = WAIT_SECONDS) -> T:
        """Awaits something on the server's loop, from another thread."""
        assert self._loop is not None

        async def awaited() -> T:
            return await work

        return asyncio.run_coroutine_threadsafe(awaited(), self._loop).result(timeout)

    def leave(self) -> None:
        """Tells the server to end, and waits for nothing."""
        if self._server is not None and self._loop is not None:
            # A loop that has ended takes nothing more.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._server.leave)

    def stop(self) -> None:
        """Ends the server, and waits until it has closed its application."""
        self.leave()
        if self._thread is not None:
            self._thread.join(WAIT_SECONDS)
        self._server = self._thread = None

    def close(self) -> None:
        """Ends the server and gives its port back."""
        self.stop()
        self._listener.close()
