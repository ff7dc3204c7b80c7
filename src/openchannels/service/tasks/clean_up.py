"""Deletes data past its retention."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from openchannels.core.clock import iso
from openchannels.service.context import Context
from openchannels.service.tasks.steady_clock import SteadyClock
from openchannels.store.queries import (
    audit,
    events,
    idempotency,
    platform_state,
    sessions,
    snapshots,
    usage,
)

OVER = "over"
BATCHES = 20
"""Transactions of one run for each kind of data: each deletes a bounded number of rows."""


class _Expired(NamedTuple):
    """One kind of data: whether there is any to delete, deleting some, what both are called with.

    `purge` returns how many rows are gone.
    """

    any_expired: Callable[..., bool]
    purge: Callable[..., int]
    until: tuple[Any, ...]


class CleanUp:
    """Deletes ended sessions, what has expired, and what the operator does not keep for ever."""

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
        for kind in self._kinds(now):
            if await self._context.db.read(kind.any_expired, *kind.until):
                return [[OVER]]
        return []

    async def run(self, ids: Sequence[str]) -> None:
        for kind in self._kinds(self._context.clock()):
            for _ in range(BATCHES):
                if not await self._context.db.write(kind.purge, *kind.until):
                    break

    def _kinds(self, now: float) -> Iterator[_Expired]:
        keep = self._context.rules.retention
        yield _Expired(sessions.any_expired, sessions.purge, (now - keep.sessions, now))
        yield _Expired(platform_state.any_expired, platform_state.purge, (now,))
        yield _Expired(idempotency.any_expired, idempotency.purge, (now,))
        yield _Expired(events.any_expired, events.purge, (now - keep.events,))
        if keep.snapshots is not None:
            yield _Expired(snapshots.any_expired, snapshots.purge, (now - keep.snapshots,))
        if keep.audit is not None:
            yield _Expired(audit.any_expired, audit.purge, (now - keep.audit,))
        if keep.usage is not None:
            yield _Expired(usage.any_expired, usage.purge, (iso(now - keep.usage)[:10],))
