"""Daily snapshots of accounts, on the platforms that the operator has named.

Each account has a time of the UTC day of its own. A snapshot that fails for now is tried again
within the day, one that fails for good waits for the next day.
"""

import asyncio
from collections.abc import Collection, Sequence

import structlog

from openchannels.core.accounts import NORMAL
from openchannels.core.exceptions import PlatformError, ServiceError, Unavailable
from openchannels.core.platforms import Platform
from openchannels.service.context import Context
from openchannels.service.credentials import schedule
from openchannels.service.insights.accounts import AccountAnalytics
from openchannels.service.tasks.task import in_batches
from openchannels.store.database import AnyRow
from openchannels.store.queries import accounts, daily, due_times

BATCH = 20
PLANNED_AT_ONCE = 1000
CONCURRENT_CALLS = 8
RETRY_SECONDS = 1800.0
"""The least wait after a failure that passes."""

log = structlog.get_logger()


class DailySnapshots:
    """Takes a snapshot a day of each account that works."""

    name = "snapshot"
    every = 60.0
    at_once = 2

    def __init__(self, context: Context, analytics: AccountAnalytics) -> None:
        self._context = context
        self._analytics = analytics
        self._slots = asyncio.Semaphore(CONCURRENT_CALLS)

    async def claim(self, batches: int) -> Sequence[Sequence[str]]:
        platforms = self._platforms()
        if not platforms:
            return []
        await self._plan(platforms)
        now = self._context.clock()
        lease, most = now + schedule.LEASE_SECONDS, batches * BATCH
        found = await self._context.db.write(
            due_times.claim_due, schedule.SNAPSHOT, now, lease, most
        )
        return in_batches(found, BATCH)

    def _platforms(self) -> Collection[Platform]:
        named = self._context.rules.daily_snapshots
        return [platform for platform in named if self._analytics.supported(platform)]

    async def _plan(self, platforms: Collection[Platform]) -> None:
        """Give accounts a due time that have none: new ones, and those of a platform named now."""
        now = self._context.clock()
        found = await self._context.db.read(daily.unplanned, platforms, PLANNED_AT_ONCE)
        if found:
            due = {account_id: schedule.next_snapshot(account_id, now) for account_id in found}
            await self._context.db.write(daily.plan, due)

    async def run(self, ids: Sequence[str]) -> None:
        await asyncio.gather(*map(self._one, ids))

    async def _one(self, account_id: str) -> None:
        async with self._slots:
            row = await self._context.db.read(daily.due_account, account_id)
            if row is None:
                return
            try:
                again_in = await self._take(row)
            except Exception:
                log.exception("a daily snapshot failed", account=account_id)
                again_in = None
            await self._reschedule(row, again_in)

    async def _take(self, row: AnyRow) -> float | None:
        """Take the snapshot if it is due; returns the seconds after which to try it again."""
        account, now = accounts.account_from_row(row), self._context.clock()
        # One that is a day late is dropped: many would come at once.
        due = row.snapshot_at is not None and now - schedule.DAY < row.snapshot_at <= now
        if not due or account.status != NORMAL or account.platform not in self._platforms():
            return None
        try:
            await self._analytics.take(account)
        except ServiceError as error:
            return _pause(error)
        return None

    async def _reschedule(self, row: AnyRow, again_in: float | None) -> None:
        now = self._context.clock()
        if again_in is not None:
            values: dict[str, float | None] = {schedule.SNAPSHOT.hold: now + again_in}
        else:
            wanted = row.platform in self._platforms()
            due = schedule.next_snapshot(row.id, now) if wanted else None
            values = {schedule.SNAPSHOT.name: due, schedule.SNAPSHOT.hold: None}
        await self._context.db.write(daily.reschedule, row.id, values)


def _pause(error: ServiceError) -> float | None:
    """Seconds until a snapshot is tried again; None if that would not help."""
    if isinstance(error, Unavailable):
        return schedule.FIRST_BACK_OFF
    if not isinstance(error, PlatformError) or not error.data.get("retryable"):
        return None
    return schedule.held_off(max(RETRY_SECONDS, error.data.get("retryAfter", 0.0)))
