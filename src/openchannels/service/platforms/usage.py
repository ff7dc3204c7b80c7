"""Each user's use of the platforms, in the platforms' own units.

Counts are collected in memory and written every few seconds: no request waits for them, and a
crash loses a few seconds of counting.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from openchannels.core.clock import Clock
from openchannels.core.exceptions import Unavailable
from openchannels.core.platforms import Platform
from openchannels.store.database import Database
from openchannels.store.queries import usage as store

DAYS = 30
DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Used:
    """Calls of one operation on one UTC day, and their cost in the platform's unit."""

    platform: Platform
    day: str
    operation: str
    calls: int
    cost: float


class Usage:
    """Counts calls to platforms per user and day."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._waiting: dict[store.Key, tuple[int, float]] = {}
        self._one_flush = asyncio.Lock()

    def add(
        self, user_id: str, platform: Platform, operation: str, calls: int, cost: float
    ) -> None:
        key = (user_id, platform, self._day(), operation)
        before = self._waiting.get(key, (0, 0.0))
        self._waiting[key] = (before[0] + calls, before[1] + cost)

    async def flush(self) -> None:
        """Write the collected counts; after a failure they are written the next time."""
        # Who reads after a flush sees also what another flush had just taken.
        async with self._one_flush:
            counts, self._waiting = self._waiting, {}
            if not counts:
                return
            try:
                await self._db.write(store.add_calls, counts)
            except Exception:
                for key, (calls, cost) in counts.items():
                    now = self._waiting.get(key, (0, 0.0))
                    self._waiting[key] = (now[0] + calls, now[1] + cost)
                raise

    async def list_usage(self, user_id: str) -> Sequence[Used]:
        """A user's use of the last thirty days, newest first."""
        # Without a store that takes writes, what was counted in the last seconds is missing.
        with contextlib.suppress(Unavailable):
            await self.flush()
        first = datetime.fromtimestamp(self._clock(), UTC) - timedelta(days=DAYS - 1)
        rows = await self._db.read(store.usage_since, user_id, f"{first:%Y-%m-%d}")
        return [
            Used(Platform(row.platform), row.day, row.operation, row.calls, row.cost)
            for row in rows
        ]

    def _day(self) -> str:
        return _written(self._clock() // DAY_SECONDS)


@lru_cache(maxsize=8)
def _written(day: float) -> str:
    """Returns the date of a day since 1970; kept, because each call of a platform asks for it."""
    return f"{datetime.fromtimestamp(day * DAY_SECONDS, UTC):%Y-%m-%d}"
