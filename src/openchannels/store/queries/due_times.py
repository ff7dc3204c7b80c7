"""Queries on the due times of credentials: what is due is claimed for the length of a lease.

A claim leaves the due time as it is and holds the row, so no clock can lose a due time.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, select, update

from openchannels.store.queries.credentials import AT_VERSION, at_version
from openchannels.store.queries.leases import CLOCK_SKEW_SECONDS, free
from openchannels.store.queries.moving import refuse_new_work
from openchannels.store.tables import credentials


@dataclass(frozen=True, slots=True)
class DueColumn:
    """One kind of due time: its column, the column of its holds, the longest hold in seconds.

    No row waits longer than `longest_wait` seconds for its next due time, where that is known.
    """

    name: str
    longest_hold: float
    longest_wait: float | None = None

    @property
    def hold(self) -> str:
        return f"{self.name.removesuffix('_at')}_held_until"

    def due(self, now: float) -> ColumnElement[bool]:
        return credentials.c[self.name] <= now

    def misdated(self, now: float) -> ColumnElement[bool] | None:
        """Rows whose due time was computed while the clock was ahead; None if there are none.

        They come in no order: the one by due time would read all rows that have one.

        A notice depends on the grant's end alone, and a wrong one is put right by its own task.
        """
        if self.longest_wait is not None:
            return credentials.c[self.name] > now + self.longest_wait
        if self.name == "refresh_at":
            issued_ahead = credentials.c.updated_at > now + CLOCK_SKEW_SECONDS
            return credentials.c.refresh_at.is_not(None) & issued_ahead
        return None

    def free(self, now: float) -> ColumnElement[bool]:
        return free(credentials.c[self.hold], now, self.longest_hold)


def claim_due(
    connection: Connection,
    column: DueColumn,
    now: float,
    lease: float,
    limit: int,
    platform: str | None = None,
) -> Sequence[str]:
    """Claims accounts that are due by a column, of one platform or of all, oldest first.

    They can be claimed again from `lease` on, so work lost with a process is picked up by another.
    Raises Moving.
    """
    refuse_new_work(connection)
    oldest_first = credentials.c[column.name]
    found = _claim(connection, column, column.due(now), oldest_first, now, lease, limit, platform)
    misdated = column.misdated(now)
    if found or misdated is None:
        return found
    return _claim(connection, column, misdated, None, now, lease, limit, platform)


def _claim(
    connection: Connection,
    column: DueColumn,
    wanted: ColumnElement[bool],
    order: ColumnElement[float] | None,
    now: float,
    lease: float,
    limit: int,
    platform: str | None,
) -> Sequence[str]:
    found = select(credentials.c.account_id).where(wanted, column.free(now))
    if platform is not None:
        found = found.where(credentials.c.platform == platform)
    found = found.order_by(order).limit(limit)
    # The condition is repeated so that only one of two concurrent processes claims a row.
    taken = connection.execute(
        update(credentials)
        .where(
            credentials.c.account_id.in_(found.with_for_update(skip_locked=True)),
            wanted,
            column.free(now),
        )
        .values({column.hold: lease})
        .returning(credentials.c.account_id)
    )
    return taken.scalars().all()


def claim_due_platform(
    connection: Connection,
    column: DueColumn,
    now: float,
    lease: float,
    limit: int,
    busy: Collection[str],
) -> tuple[str, Sequence[str]] | None:
    """Claims accounts of the platform that has waited longest, excluding the `busy` platforms.

    Raises Moving.
    """
    refuse_new_work(connection)
    oldest_first = credentials.c[column.name]
    for wanted, order in ((column.due(now), oldest_first), (column.misdated(now), None)):
        if wanted is None:
            continue
        platform = connection.execute(
            select(credentials.c.platform)
            .where(wanted, column.free(now), credentials.c.platform.not_in(busy))
            .order_by(order)
            .limit(1)
            .with_for_update(skip_locked=True)
        ).scalar()
        if platform is not None:
            return platform, _claim(connection, column, wanted, order, now, lease, limit, platform)
    return None


def reschedule(
    connection: Connection, account_id: str, version: int, values: Mapping[str, Any]
) -> bool:
    """Sets due times and related columns of a credential if it is still this version."""
    changed = connection.execute(AT_VERSION, {**at_version(account_id, version), **values})
    return changed.rowcount == 1


def ended_too_early(connection: Connection, now: float, limit: int) -> Sequence[str]:
    """Returns accounts whose grant was announced as ended, although its end is ahead of `now`."""
    rows = connection.execute(
        select(credentials.c.account_id)
        .where(credentials.c.end_announced_at.is_not(None), credentials.c.grant_ends_at > now)
        .limit(limit)
    )
    return rows.scalars().all()
