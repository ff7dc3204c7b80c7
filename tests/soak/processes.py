"""Real processes that a program may kill: each is ended by the id it was started with."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import aiohttp

from openchannels.server.serve import bind

START_SECONDS = 60


class Process:
    """`python -m tests.soak.serve`, its address and its standard error."""

    def __init__(self, folder: Path, *options: str, environ: Mapping[str, str]) -> None:
        self._command = [sys.executable, "-m", "tests.soak.serve", str(folder), *options]
        kept = {name: v for name, v in os.environ.items() if not name.startswith("OPENCHANNELS_")}
        self._environ = {**kept, **environ}
        self.log = folder / f"stderr{'-'.join(options)}.log"
        self.url = ""
        self._errors: IO[bytes] | None = None
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        """The id of the process, which must be running."""
        assert self._process is not None
        return self._process.pid

    async def start(self) -> None:
        """Start and wait until it answers."""
        self._errors = self.log.open("ab")
        self._process = await asyncio.create_subprocess_exec(
            *self._command, stdout=asyncio.subprocess.PIPE, stderr=self._errors, env=self._environ
        )
        assert self._process.stdout is not None
        async with asyncio.timeout(START_SECONDS):
            line = await self._process.stdout.readline()
        self.url = line.decode().strip()
        assert self.url.startswith("http://"), self.log.read_text()[-2000:]

    async def end(self, number: int = signal.SIGKILL) -> None:
        """Send the signal and wait for the end."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)
            await self._process.wait()
            self._process = None
        if self._errors is not None:
            self._errors.close()
            self._errors = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        await self.end()


def free_port() -> int:
    """A port for a service that keeps its address over restarts."""
    with contextlib.closing(bind("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextlib.asynccontextmanager
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    """An HTTP client without cookies and without a limit of connections."""
    connector = aiohttp.TCPConnector(limit=0, force_close=True)
    timeout = aiohttp.ClientTimeout(total=60)
    async with aiohttp.ClientSession(
        connector=connector, cookie_jar=aiohttp.DummyCookieJar(), timeout=timeout
    ) as session:
        yield session
