"""Child processes that say when they are ready, and that a test may kill by their own id."""

import asyncio
import contextlib
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import aiohttp

from tests.harness.settings import clean_environ
from tests.harness.waiting import PATIENCE

ROOT = Path(__file__).parents[2]
WITH_PARENT = ("setpriv", "--pdeathsig", "TERM") if shutil.which("setpriv") else ()
"""Ends what it starts when the parent is gone, which may have been killed."""


class Child:
    """A module that runs in a process of its own and prints a line once it is ready."""

    def __init__(
        self,
        *command: str | Path,
        log: Path,
        environ: Mapping[str, str] | None = None,
        cwd: Path = ROOT,
    ) -> None:
        self.log = log
        self.said = ""
        with log.open("ab") as errors:
            self.process = subprocess.Popen(
                [*WITH_PARENT, sys.executable, "-m", *map(str, command)],
                stdout=subprocess.PIPE,
                # A file, because a pipe that nobody reads would fill up and stop the process.
                stderr=errors,
                text=True,
                env=clean_environ(environ),
                cwd=cwd,
            )

    def ready(self) -> str:
        """Wait for the line that it prints; returns it."""
        assert self.process.stdout is not None
        self.said = self.process.stdout.readline().strip()
        assert self.said, self.errors()[-3000:]
        return self.said

    async def up(self) -> Self:
        async with asyncio.timeout(PATIENCE):
            await asyncio.to_thread(self.ready)
        return self

    def errors(self) -> str:
        """What it has written to its standard error."""
        return self.log.read_text()

    def end(self, number: int = signal.SIGKILL) -> int:
        """Send a signal and wait for the end; returns the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        finally:
            assert self.process.stdout is not None
            self.process.stdout.close()


class Process:
    """A service that may be killed and started again, by `python -m tests.harness.serve`."""

    module = "tests.harness.serve"

    def __init__(self, folder: Path, *options: str, environ: Mapping[str, str]) -> None:
        self._command = (self.module, folder, *options)
        self._environ = environ
        self.log = folder / f"stderr{'-'.join(options)}.log"
        self.url = ""
        self._child: Child | None = None

    @property
    def pid(self) -> int:
        """The id of the process, which must be running."""
        assert self._child is not None
        return self._child.process.pid

    async def start(self) -> None:
        """Start and wait until it answers."""
        self._child = Child(*self._command, log=self.log, environ=self._environ)
        self.url = (await self._child.up()).said
        assert self.url.startswith("http://"), self._child.errors()[-2000:]

    async def end(self, number: int = signal.SIGKILL) -> None:
        """Send the signal and wait for the end."""
        if self._child is not None:
            await asyncio.to_thread(self._child.end, number)
            self._child = None

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


@contextlib.asynccontextmanager
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    """An HTTP client without cookies and without a limit of connections."""
    connector = aiohttp.TCPConnector(limit=0, force_close=True)
    timeout = aiohttp.ClientTimeout(total=60)
    async with aiohttp.ClientSession(
        connector=connector, cookie_jar=aiohttp.DummyCookieJar(), timeout=timeout
    ) as session:
        yield session
