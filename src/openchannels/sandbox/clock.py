"""The sandbox's time, which a test can move forward until tokens expire."""

import asyncio
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime

from openchannels.sandbox.state import State


class Clock:
    """A clock that can be advanced; the state file keeps by how much."""

    def __init__(self, source: Callable[[], float], state: State) -> None:
        self._source = source
        self._state = state
        self.advanced = float(state.value("advanced", "0"))
        self._moved = asyncio.Event()

    def unadvanced(self) -> float:
        """Unix seconds by the clock of everybody else."""
        return self._source()

    def now(self) -> float:
        """Unix seconds."""
        return self._source() + self.advanced

    async def reach(self, moment: float) -> None:
        """Wait until it is `moment`, by itself or because the clock was advanced."""
        while (left := moment - self.now()) > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._moved.wait()

    def advance(self, seconds: float) -> None:
        """Move the clock forward."""
        self.advanced += seconds
        self._state.set_value("advanced", repr(self.advanced))
        self._moved.set()
        self._moved = asyncio.Event()


def utc_text(seconds: float) -> str:
    """Unix seconds as ISO 8601 in UTC without a zone, e.g. `2026-01-01T00:00:00`."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}"


def read_date(text: str) -> date:
    """The day of a text such as `2026-01-01`. Raises ValueError for any other form."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
        raise ValueError(text)
    return date.fromisoformat(text)
