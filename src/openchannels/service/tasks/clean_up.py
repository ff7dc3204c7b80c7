"""Deleting what nobody can read any more."""

from collections.abc import Sequence

from openchannels.service.context import Context
from openchannels.store.queries import events, platform_state, sessions

OVER = "over"
EVENT_SECONDS = 30 * 86_400.0
"""For which events are kept, with the log of their deliveries."""


class CleanUp:
    """Delete sessions that nobody can read any more, old events, and what connectors kept."""

    name = "clean-up"
    every = 15.0
    at_once = 1

    def __init__(self, context: Context) -> None:
        self._context = context

    async def take(self, batches: int) -> Sequence[Sequence[str]]:
        """One batch if there is anything to delete; two processes may find the same."""
        now = self._context.clock()
        ended_before = now - self._context.rules.retention_seconds
        found = await self._context.db.read(sessions.any_expired, ended_before, now)
        found = found or await self._context.db.read(platform_state.any_expired, now)
        found = found or await self._context.db.read(events.any_expired, now - EVENT_SECONDS)
        return [[OVER]] if found else []

    async def run(self, ids: Sequence[str]) -> None:
        now = self._context.clock()
        ended_before = now - self._context.rules.retention_seconds
        await self._context.db.write(sessions.purge, ended_before, now)
        await self._context.db.write(platform_state.purge, now)
        await self._context.db.write(events.purge, now - EVENT_SECONDS)
