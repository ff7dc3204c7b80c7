"""Work that no request asks for: what a task is, and the tasks of the sessions.

A task waits in our own tables, as times at which rows are due. A planner in each process looks
every few seconds, claims what is due and hands it on in batches of ids; `jobs/` runs the batches
so that those of a process that dies are taken up by another.
"""

import asyncio
from collections.abc import Sequence
from typing import Protocol

import structlog

from openchannels.service.authorization.callback import Callbacks
from openchannels.service.context import Context
from openchannels.store.queries import events, platform_state, sessions

LAPSED = 20
"""Sessions in one batch: they go on side by side, and each may wait for its platform."""
OVER = "over"
EVENT_SECONDS = 30 * 86_400.0
"""For which events are kept, with the log of their deliveries."""

log = structlog.get_logger()


class Task(Protocol):
    """One kind of background work."""

    name: str
    """Stands in the job store: it must not change while batches of it may be waiting."""
    every: float
    """Seconds between two looks for what is due."""
    at_once: int
    """Batches that one process runs side by side."""

    async def take(self, batches: int) -> Sequence[Sequence[str]]:
        """Claim what is due, in at most so many batches of ids; never anything secret.

        The claim is a lease: one statement pushes the due times on, so that rows whose batch
        is lost with its process are due again.
        """

    async def run(self, ids: Sequence[str]) -> None:
        """Work on a batch. It may run twice, even at the same time; what raises is only logged."""


class Recovery:
    """Take up callbacks whose process died: sessions with a lapsed lease."""

    name = "recovery"
    every = 2.0
    at_once = 4

    def __init__(self, context: Context, callbacks: Callbacks) -> None:
        self._context = context
        self._callbacks = callbacks

    async def take(self, batches: int) -> Sequence[Sequence[str]]:
        """The lapsed sessions; `Callbacks.recover` claims each before it does anything."""
        now = self._context.clock()
        lapsed = await self._context.db.read(sessions.lapsed, now, batches * LAPSED)
        return in_batches(lapsed, LAPSED)

    async def run(self, ids: Sequence[str]) -> None:
        # Side by side, so that one platform that hangs does not hold up the others.
        outcomes = await asyncio.gather(*map(self._callbacks.recover, ids), return_exceptions=True)
        for session_id, outcome in zip(ids, outcomes, strict=True):
            if isinstance(outcome, BaseException):
                log.error("could not take up a session", session=session_id, exc_info=outcome)


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
        found = await self._context.db.read(sessions.any_over, ended_before, now)
        found = found or await self._context.db.read(platform_state.any_over, now)
        found = found or await self._context.db.read(events.any_old, now - EVENT_SECONDS)
        return [[OVER]] if found else []

    async def run(self, ids: Sequence[str]) -> None:
        now = self._context.clock()
        ended_before = now - self._context.rules.retention_seconds
        await self._context.db.write(sessions.purge, ended_before, now)
        await self._context.db.write(platform_state.purge, now)
        await self._context.db.write(events.purge, now - EVENT_SECONDS)


def in_batches(ids: Sequence[str], size: int) -> Sequence[Sequence[str]]:
    """Ids in batches of at most a size."""
    return [ids[first : first + size] for first in range(0, len(ids), size)]
