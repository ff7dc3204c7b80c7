"""Shared by the background tasks on credentials: claims, opens and postpones them."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from contextlib import contextmanager

import structlog

from openchannels.core.accounts import NORMAL
from openchannels.core.exceptions import NotSupported, ServiceError
from openchannels.core.platform_errors import PlatformFailure
from openchannels.core.platforms import Platform
from openchannels.service.context import Context
from openchannels.service.credentials import schedule
from openchannels.service.credentials.opened import OpenCredential, open_credential
from openchannels.store.database import AnyRow
from openchannels.store.queries import accounts, due_times
from openchannels.store.queries import credentials as store

BATCH = 100
CONCURRENT_CALLS = 24
"""Concurrent background calls of one process to a platform; fewer than the bulkhead allows, which
leaves room for users' requests."""
BUSY_BATCHES = 2
"""Running batches of one platform after which other platforms come first."""

log = structlog.get_logger()


class DueCredentials:
    """Credentials that are due by one column, and the calls made for them."""

    def __init__(self, context: Context, column: due_times.DueColumn) -> None:
        self.context = context
        self._column = column
        self._running: Counter[str] = Counter()
        self._slots: dict[Platform, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(CONCURRENT_CALLS)
        )

    async def claim(self, batches: int) -> Sequence[Sequence[str]]:
        """Claim what is due, in batches of one platform each.

        Platforms that are busy come after all others.
        """
        running, claimed = Counter(self._running), list[Sequence[str]]()
        while len(claimed) < batches:
            busy = _busy(running)
            found = await self._claim(busy) or (await self._claim(()) if busy else None)
            if found is None:
                break
            platform, ids = found
            running[platform] += 1
            claimed.append(ids)
        return claimed

    async def _claim(self, busy: Collection[str]) -> tuple[str, Sequence[str]] | None:
        now = self.context.clock()
        lease = now + schedule.LEASE_SECONDS
        return await self.context.db.write(
            due_times.claim_due_platform, self._column, now, lease, BATCH, busy
        )

    async def for_each(
        self, ids: Sequence[str], work: Callable[[OpenCredential, bool], Awaitable[None]]
    ) -> None:
        """Call `work` with each credential of a batch, and whether its account is online."""
        found = await self.context.db.read(store.with_accounts, ids)
        if not found:
            return
        with self._counted(found[0][0].platform):
            await asyncio.gather(*(self._one(holder, row, work) for holder, row in found))

    @contextmanager
    def _counted(self, platform: str) -> Iterator[None]:
        self._running[platform] += 1
        try:
            yield
        finally:
            self._running[platform] -= 1

    async def _one(
        self,
        holder: AnyRow,
        row: AnyRow,
        work: Callable[[OpenCredential, bool], Awaitable[None]],
    ) -> None:
        account = accounts.account_from_row(holder)
        async with self._slots[account.platform]:
            try:
                connector = self.context.platforms.connector(account.platform)
                live = open_credential(self.context, account, connector, row)
                await work(live, account.status == NORMAL)
            except Exception as error:
                await self._postpone(row, error)

    async def _postpone(self, row: AnyRow, error: Exception) -> None:
        """Try again later, after a pause that grows with the failures in a row."""
        if not isinstance(error, ServiceError):
            log.error(
                "a task failed", column=self._column.name, account=row.account_id, exc_info=error
            )
        asked = error.data.get("retryAfter", 0) if isinstance(error, ServiceError) else 0
        failures, cause = row.failures + 1, error.__cause__
        if isinstance(error, NotSupported):
            pause = schedule.LONGEST_BACK_OFF
        elif isinstance(cause, PlatformFailure) and cause.held_back:
            # The account has not failed: we skipped the call to its platform.
            pause, failures = schedule.held_off(asked), row.failures
        else:
            pause = schedule.back_off(failures, asked)
        held = {self._column.hold: self.context.clock() + pause, "failures": failures}
        await self.context.db.write(due_times.reschedule, row.account_id, row.version, held)

    async def hold(self, live: OpenCredential, seconds: float) -> None:
        """Leave a credential that is due alone for a while."""
        values = {self._column.hold: self.context.clock() + seconds}
        await self.context.db.write(due_times.reschedule, live.account.id, live.version, values)

    async def set_due(self, live: OpenCredential, moment: float | None) -> None:
        """Set when a credential is due next."""
        values = {self._column.name: moment, self._column.hold: None}
        await self.context.db.write(due_times.reschedule, live.account.id, live.version, values)


def _busy(running: Counter[str]) -> Collection[str]:
    return [platform for platform, batches in running.items() if batches >= BUSY_BATCHES]
