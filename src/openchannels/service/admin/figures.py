"""Figures of the store for the metrics: accounts, due tasks and deliveries."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from openchannels.core.publications import PublishStatus, Stage
from openchannels.service.context import Context
from openchannels.service.credentials import schedule
from openchannels.service.publishing.engine import LEASE_SECONDS, PublishDue
from openchannels.service.tasks.daily_snapshots import DailySnapshots
from openchannels.service.tasks.expiry_notices import ExpiryNotices
from openchannels.service.tasks.probe import ProbeDue
from openchannels.service.tasks.refresh_due import RefreshDue
from openchannels.store.queries import figures as store

FRESH_SECONDS = 5.0
"""How long figures are used again: callers without a key must not cause many reads."""
READ_SECONDS = 2.0
"""How long they may take; a scrape waits no longer than ten seconds."""
COLUMNS = {
    RefreshDue.name: schedule.REFRESH,
    ProbeDue.name: schedule.PROBE,
    ExpiryNotices.name: schedule.NOTICE,
    DailySnapshots.name: schedule.SNAPSHOT,
}
WORKING, ATTENTION, OFFLINE = "working", "attention", "offline"
PUBLISHING, UNCONFIRMED = "publishing", "unconfirmed"
STATES = {
    PublishStatus.NEEDS_ACTION: "needs_person",
    PublishStatus.SCHEDULED: "scheduled",
    PublishStatus.PUBLISHED: "published",
}
"""States of publications that have begun; all others are `publishing`."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class StoreFigures:
    """Accounts by platform and state; publications by state; due tasks with the age of the oldest;
    deliveries.

    Ages are in seconds.
    """

    accounts: Mapping[tuple[str, ...], int]
    publications: Mapping[tuple[str, ...], int]
    due: Mapping[str, tuple[int, float]]
    pending_deliveries: int
    delivery_age: float


class Figures:
    """Reads the figures, at most every few seconds."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._lock = asyncio.Lock()
        self._latest: StoreFigures | None = None
        self._read_at = float("-inf")

    async def read(self) -> StoreFigures | None:
        """Returns figures that are seconds old at most; None while the store cannot be read."""
        now = asyncio.get_running_loop().time
        async with self._lock:
            if now() - self._read_at > FRESH_SECONDS:
                self._latest = await self._read_in_time()
                self._read_at = now()
            return self._latest

    async def _read_in_time(self) -> StoreFigures | None:
        try:
            async with asyncio.timeout(READ_SECONDS):
                return await self._read()
        except Exception as error:
            log.warning(
                "figures for the metrics could not be read",
                database=self._context.db.outages.address,
                cause=type(error).__name__,
            )
            return None

    async def _read(self) -> StoreFigures:
        # One statement each: on SQLite requests wait while one is read.
        read, now = self._context.db.read, self._context.clock()
        due = {name: await read(store.count_due, each, now) for name, each in COLUMNS.items()}
        due[PublishDue.name] = await read(store.count_due_publications, now, LEASE_SECONDS)
        return StoreFigures(
            accounts=await self._accounts(),
            publications=_by_state(await read(store.count_begun_publications)),
            due=due,
            pending_deliveries=await read(store.count_pending),
            delivery_age=await read(store.oldest_delivery, now),
        )

    async def _accounts(self) -> Mapping[tuple[str, ...], int]:
        read, found = self._context.db.read, dict[tuple[str, ...], int]()
        offline, attention = await read(store.count_offline), await read(store.count_attention)
        for view in self._context.platforms.views():
            platform = view.id
            held = await read(store.count_accounts, platform)
            await asyncio.sleep(0)
            calling, off = attention.get(platform, 0), offline.get(platform, 0)
            found[platform, WORKING] = max(0, held - off - calling)
            found[platform, ATTENTION] = calling
            found[platform, OFFLINE] = off
        return found


def _by_state(
    begun: Mapping[tuple[Stage, PublishStatus], int],
) -> Mapping[tuple[str, ...], int]:
    """Returns all states, also those in which none is."""
    states = (PUBLISHING, UNCONFIRMED, *STATES.values())
    found: Counter[tuple[str, ...]] = Counter({(state,): 0 for state in states})
    for (stage, status), count in begun.items():
        state = UNCONFIRMED if stage is Stage.SETTLING else STATES.get(status, PUBLISHING)
        found[(state,)] += count
    return found
