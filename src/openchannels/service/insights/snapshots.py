"""Keeps what platforms tell of accounts and works, and reads it again."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor
from typing import Any

import structlog

from openchannels.core.accounts import Account
from openchannels.core.exceptions import Unavailable
from openchannels.core.insights import AccountFigures, Period, WorkFigures
from openchannels.core.positions import Position, read_position
from openchannels.core.snapshots import AccountSnapshot, SnapshotKey, WorkSnapshot
from openchannels.service.context import Context
from openchannels.store.queries import snapshots as store

DEFAULT_DAYS = 30
MOST = 1000
"""Stored snapshots of one answer."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Kept:
    """When figures were fetched, and their snapshot; None if it could not be stored."""

    fetched_at: float
    place: Position | None

    @property
    def id(self) -> str | None:
        return self.place.id if self.place else None


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """A work's stored snapshots, newest first, and the cursor of the next page if there is one."""

    snapshots: Sequence[WorkSnapshot]
    next_cursor: str | None


class Snapshots:
    """The snapshots of accounts and of works."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def keep_account(self, account: Account, figures: AccountFigures, period: Period) -> Kept:
        """Stores an account's figures."""
        return await self._keep(store.keep_account, _key(account), figures, period)

    async def keep_work(
        self, account: Account, work_id: str, figures: WorkFigures, period: Period
    ) -> Kept:
        """Stores a work's figures, as read with an account."""
        return await self._keep(store.keep_work, _key(account, work_id), figures, period)

    async def _keep(self, query: Any, key: SnapshotKey, figures: Any, period: Period) -> Kept:
        # As exact as the wire's times: a time that was told finds its snapshot again.
        now = floor(self._context.clock() * 1000) / 1000
        try:
            return Kept(now, await self._context.db.write(query, key, figures, period, now))
        except Unavailable:
            # What the platform has just told is worth more to the caller than its record.
            log.warning("a snapshot could not be stored", account=key.account_id)
            return Kept(now, None)

    async def of_account(
        self, account: Account, period: Period, figures: AccountFigures | None, fetched_at: float
    ) -> list[AccountSnapshot]:
        """An account's stored snapshots, and the parts that `figures` tell apart, oldest first."""
        stored = await self._context.db.read(
            store.account_snapshots, _key(account), self._span(period), MOST
        )
        parts = [
            AccountSnapshot(
                at=min(span.end, fetched_at),
                fetched_at=fetched_at,
                period=Period(span.start, span.end),
                metrics=span.metrics,
            )
            for span in (figures.spans if figures else ())
        ]
        return sorted([*stored, *parts], key=lambda snapshot: snapshot.at)

    async def of_work(
        self,
        account: Account,
        work_id: str,
        period: Period,
        figures: WorkFigures | None,
        fetched_at: float,
    ) -> list[WorkSnapshot]:
        """A work's stored snapshots, and the parts that `figures` tell apart, oldest first."""
        stored = await self._context.db.read(
            store.work_snapshots, _key(account, work_id), self._span(period), MOST
        )
        parts = [
            WorkSnapshot(
                at=min(span.end, fetched_at),
                fetched_at=fetched_at,
                period=Period(span.start, span.end),
                metrics=span.metrics,
                work=figures.work if figures else None,
            )
            for span in (figures.spans if figures else ())
        ]
        return sorted([*reversed(stored), *parts], key=lambda snapshot: snapshot.at)

    async def history(
        self, account: Account, work_id: str, period: Period, limit: int, cursor: str | None
    ) -> HistoryPage:
        """A page of a work's stored snapshots. Raises VALIDATION_FAILED for a bad cursor."""
        before = None if cursor is None else read_position(cursor)
        found = await self._context.db.read(
            store.work_snapshots, _key(account, work_id), period, limit + 1, before
        )
        shown = found[:limit]
        return HistoryPage(shown, _place(shown[-1]).cursor if len(found) > limit else None)

    def _span(self, period: Period) -> Period:
        """The period to read; one without a start begins thirty days before its end."""
        if period.since is not None:
            return period
        end = self._context.clock() if period.until is None else period.until
        return Period(end - DEFAULT_DAYS * 86_400.0, period.until)


def _key(account: Account, work_id: str | None = None) -> SnapshotKey:
    return SnapshotKey(account.user_id, account.id, work_id)


def _place(snapshot: WorkSnapshot) -> Position:
    assert snapshot.id is not None, "what is stored has an id"
    return Position(snapshot.at, snapshot.id)
