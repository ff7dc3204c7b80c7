"""One process of the service as if on a machine of its own: its log, disk, clock and sources."""

import asyncio
import resource
import signal
from collections.abc import Mapping
from pathlib import Path

import psutil

from tests.harness.processes import ROOT, Child
from tests.soak.upgrade import PRESENT, known

CLOCK_SECONDS = 300.0
"""By how much the clock of a machine is moved."""
FULL = 1
"""Bytes to which files may grow on a full disk."""


class Machine:
    """A server or a worker that is started, drained, killed and disturbed."""

    def __init__(
        self, name: str, words: tuple[str, ...], folder: Path, environ: Mapping[str, str]
    ) -> None:
        self.name, self._words = name, words
        self.environ = dict(environ)
        self.log = folder / f"{name}.log"
        self._data = folder / name
        self._data.mkdir()
        self._child: Child | None = None
        self.wrong_ends: list[int] = []
        """Exit codes other than 0 of those that were asked to end."""

    async def start(self, sources: Path = PRESENT) -> None:
        """Starts a version by its sources, and waits until it answers or works."""
        command = ("openchannels", *self._words, "--json", "--data-dir", self._data)
        if sources == PRESENT:
            command = ("tests.soak.moved_clock", str(CLOCK_SECONDS), *command)
        environ = known(self.environ, sources)
        where = ROOT if sources == PRESENT else sources
        self._child = await Child(*command, log=self.log, environ=environ, cwd=where).up()

    async def drain(self) -> None:
        """Asks it to end, and waits."""
        await self._end(signal.SIGTERM)

    async def kill(self) -> None:
        """Ends it without a warning."""
        await self._end(signal.SIGKILL)

    async def _end(self, number: signal.Signals) -> None:
        if self._child is None:
            return
        child, self._child = self._child, None
        code = await asyncio.to_thread(child.end, number)
        if number is signal.SIGTERM and code != 0:
            self.wrong_ends.append(code)

    def move_clock(self) -> None:
        """Moves its clock by CLOCK_SECONDS, and the next time back."""
        self._process.send_signal(signal.SIGUSR1)

    def fill_disk(self) -> None:
        """Lets no file of it grow any more, its log included, as on a full disk."""
        limits = self._process.rlimit(resource.RLIMIT_FSIZE)
        self._process.rlimit(resource.RLIMIT_FSIZE, (FULL, limits[1]))

    def free_disk(self) -> None:
        """Takes that back."""
        hard = self._process.rlimit(resource.RLIMIT_FSIZE)[1]
        self._process.rlimit(resource.RLIMIT_FSIZE, (hard, hard))

    @property
    def _process(self) -> psutil.Process:
        assert self._child is not None
        return psutil.Process(self._child.process.pid)
