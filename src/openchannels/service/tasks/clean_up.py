"""Deletes data past its retention."""

from collections.abc import Sequence

from openchannels.service.context import Context
from openchannels.store.queries import events, platform_state, sessions, snapshots

OVER = "over"
EVENT_SECONDS = 30 * 86_400.0
"""Retention of events and the log of their deliveries."""


LONGEST_LOOK = 900.0
"""Seconds between two claims beyond which the clock has jumped, or the process stood still."""
STEADY_SECONDS = 3600.0
"""How long a clock that has jumped must go on from there before anything is deleted."""


class CleanUp:
    """Deletes ended sessions, old events and snapshots, and expired values of connectors.

    What is deleted cannot be brought back, so a clock that jumps is not believed for an hour.
    """

    name = "clean-up"
    every = 15.0
    at_once = 1

    def __init__(self, context: Context) -> None:
        self._context = context
        self._looked_at: float | None = None
        self._deletes_from = 0.0

    def _is_steady(self, now: float) -> bool:
        """Whether the clock has gone on evenly since the claim before, and for an hour after a
        jump."""
        before, self._looked_at = self._looked_at, now
        if before is not None and not before - LONGEST_LOOK <= now <= before + LONGEST_LOOK:
            self._deletes_from = now + STEADY_SECONDS
        return now >= self._deletes_from

    async def claim(self, batches: int) -> Sequence[Sequence[str]]:
        """One batch if there is anything to delete; two processes may find the same."""
        now = self._context.clock()
        if not self._is_steady(now):
            return []
        ended_before = now - self._context.rules.retention_seconds
        found = await self._context.db.read(sessions.any_expired, ended_before, now)
        found = found or await self._context.db.read(platform_state.any_expired, now)
        found = found or await self._context.db.read(events.any_expired, now - EVENT_SECONDS)
        kept_from = now - self._context.rules.snapshot_seconds
        found = found or await self._context.db.read(snapshots.any_expired, kept_from)
        return [[OVER]] if found else []

    async def run(self, ids: Sequence[str]) -> None:
        now = self._context.clock()
        ended_before = now - self._context.rules.retention_seconds
        await self._context.db.write(sessions.purge, ended_before, now)
        await self._context.db.write(platform_state.purge, now)
        await self._context.db.write(events.purge, now - EVENT_SECONDS)
        await self._context.db.write(snapshots.purge, now - self._context.rules.snapshot_seconds)
