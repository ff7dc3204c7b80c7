"""Deletes data past its retention."""

from collections.abc import Sequence

from openchannels.service.context import Context
from openchannels.service.tasks.steady_clock import SteadyClock
from openchannels.store.queries import events, idempotency, platform_state, sessions, snapshots

OVER = "over"
EVENT_SECONDS = 30 * 86_400.0
"""Retention of events and the log of their deliveries."""


class CleanUp:
    """Deletes ended sessions, old events and snapshots, and what has expired."""

    name = "clean-up"
    every = 15.0
    at_once = 1

    def __init__(self, context: Context) -> None:
        self._context = context
        self._clock = SteadyClock()

    async def claim(self, batches: int) -> Sequence[Sequence[str]]:
        """One batch if there is anything to delete; two processes may find the same."""
        now = self._context.clock()
        if not self._clock.is_steady(now):
            return []
        ended_before = now - self._context.rules.retention_seconds
        found = await self._context.db.read(sessions.any_expired, ended_before, now)
        found = found or await self._context.db.read(platform_state.any_expired, now)
        found = found or await self._context.db.read(events.any_expired, now - EVENT_SECONDS)
        found = found or await self._context.db.read(idempotency.any_expired, now)
        kept_from = now - self._context.rules.snapshot_seconds
        found = found or await self._context.db.read(snapshots.any_expired, kept_from)
        return [[OVER]] if found else []

    async def run(self, ids: Sequence[str]) -> None:
        now = self._context.clock()
        ended_before = now - self._context.rules.retention_seconds
        await self._context.db.write(sessions.purge, ended_before, now)
        await self._context.db.write(platform_state.purge, now)
        await self._context.db.write(idempotency.purge, now)
        await self._context.db.write(events.purge, now - EVENT_SECONDS)
        await self._context.db.write(snapshots.purge, now - self._context.rules.snapshot_seconds)
