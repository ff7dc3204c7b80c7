"""The clock of a process that shares its store with processes on other machines.

Leases and due times are compared by all of them. A machine whose clock is ahead would take over
what others still hold, and two would refresh one token; so all go by the database's clock. It is
asked now and then, and in between the time that passes is added to what it said.
"""

import asyncio
import time
from collections.abc import Callable

import structlog

from openchannels.core.exceptions import Unavailable
from openchannels.store.database import Database
from openchannels.store.queries.clock import read_clock

ASK_SECONDS = 10.0

log = structlog.get_logger()


def passing_seconds() -> float:
    """Seconds since some moment, those in which the machine slept included where that is known."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


class SharedClock:
    """A clock in Unix seconds that follows the database's; `ask` it once before use."""

    def __init__(self, db: Database, passing: Callable[[], float] = passing_seconds) -> None:
        self._db = db
        self._passing = passing
        self._began: float | None = None
        """What the database's clock said when `passing` was zero."""

    def __call__(self) -> float:
        assert self._began is not None
        return self._began + self._passing()

    async def ask(self) -> None:
        """Asks the database, and corrects what its answer proves wrong. Raises Unavailable."""
        before = self._passing()
        told = await self._db.read(read_clock)
        after = self._passing()
        began = told - (before + after) / 2
        # The answer is as old as the way took; a better one that was had before stays.
        if self._began is None or abs(began - self._began) > (after - before) / 2:
            self._began = began

    async def run(self) -> None:
        """Asks at an interval until it is cancelled."""
        while True:
            await asyncio.sleep(ASK_SECONDS)
            try:
                await self.ask()
            except Unavailable:
                log.debug("the clock goes on without the database")
            except Exception:
                log.exception("the database's clock could not be read")
