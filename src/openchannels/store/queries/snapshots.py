"""Queries on snapshots: the figures that were fetched of accounts and works."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, delete, insert, select

from openchannels.core.ids import new_object_id
from openchannels.core.insights import (
    AccountFigures,
    AccountMetrics,
    AccountProfile,
    Period,
    WorkFigures,
)
from openchannels.core.positions import Position
from openchannels.core.snapshots import AccountSnapshot, SnapshotKey, WorkSnapshot
from openchannels.core.works import Metrics, Work
from openchannels.store.database import AnyRow
from openchannels.store.queries.places import is_older
from openchannels.store.tables import accounts, snapshots

SAME_SECONDS = 60.0
"""Within this time the same figures are stored once."""


def keep_account(
    connection: Connection, of: SnapshotKey, figures: AccountFigures, period: Period, now: float
) -> Position | None:
    """Stores an account's figures; returns where they are, None if the account is gone."""
    return _keep(
        connection, of, _values(figures.metrics, figures.profile, figures.extra), period, now
    )


def keep_work(
    connection: Connection, of: SnapshotKey, figures: WorkFigures, period: Period, now: float
) -> Position | None:
    """Stores a work's figures; returns where they are, None if the account is gone."""
    return _keep(connection, of, _values(figures.metrics, figures.work, figures.extra), period, now)


def _values(metrics: Any, about: Any, extra: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON columns; what is None is left out, and a work's metrics stand beside it."""
    described = None if about is None else _given(about)
    if described is not None:
        described.pop("metrics", None)
    # As it is read back, so that it can be compared with what is stored.
    values: dict[str, Any] = json.loads(
        json.dumps({"metrics": _given(metrics), "about": described, "extra": dict(extra)})
    )
    return values


def _given(value: Any) -> dict[str, Any]:
    return {n: v for n, v in msgspec.to_builtins(value).items() if v is not None}


def _keep(
    connection: Connection, of: SnapshotKey, values: dict[str, Any], period: Period, now: float
) -> Position | None:
    values = {**values, "period_start": period.since, "period_end": period.until}
    # Locked: the account may be deleted or change hands, and another may store the same.
    held_by = select(accounts.c.user_id).where(accounts.c.id == of.account_id).with_for_update()
    if connection.scalar(held_by) != of.user_id:
        return None
    lately = Period(now - SAME_SECONDS, now)
    for row in _newest(connection, of, lately, 1):
        if all(getattr(row, name) == value for name, value in values.items()):
            return Position(row.at, row.id)
    snapshot_id = new_object_id()
    connection.execute(
        insert(snapshots).values(
            id=snapshot_id,
            user_id=of.user_id,
            account_id=of.account_id,
            work_id=of.work_id,
            at=now,
            **values,
        )
    )
    return Position(now, snapshot_id)


def account_snapshots(
    connection: Connection, of: SnapshotKey, span: Period, limit: int
) -> list[AccountSnapshot]:
    """Returns the newest snapshots of an account within a time, oldest first."""
    return [_account(row) for row in reversed(_newest(connection, of, span, limit))]


def work_snapshots(
    connection: Connection,
    of: SnapshotKey,
    span: Period,
    limit: int,
    before: Position | None = None,
) -> list[WorkSnapshot]:
    """Returns the newest snapshots of a work within a time and before a place, newest first."""
    return [_work(row) for row in _newest(connection, of, span, limit, before)]


def _newest(
    connection: Connection,
    of: SnapshotKey,
    span: Period,
    limit: int,
    before: Position | None = None,
) -> Sequence[AnyRow]:
    mine = (
        snapshots.c.account_id == of.account_id,
        snapshots.c.work_id == of.work_id,
        snapshots.c.user_id == of.user_id,
    )
    return connection.execute(
        select(snapshots)
        .where(*mine, *_within(span), *_before(before))
        .order_by(snapshots.c.at.desc(), snapshots.c.id.desc())
        .limit(limit)
    ).all()


def _within(span: Period) -> list[ColumnElement[bool]]:
    since = [] if span.since is None else [snapshots.c.at >= span.since]
    return since if span.until is None else [*since, snapshots.c.at <= span.until]


def _before(place: Position | None) -> list[ColumnElement[bool]]:
    if place is None:
        return []
    return [is_older(snapshots.c.at, snapshots.c.id, place)]


def _account(row: AnyRow) -> AccountSnapshot:
    return AccountSnapshot(
        id=row.id,
        at=row.at,
        fetched_at=row.at,
        period=Period(row.period_start, row.period_end),
        metrics=msgspec.convert(row.metrics, AccountMetrics),
        profile=msgspec.convert(row.about, AccountProfile | None),
        extra=row.extra,
    )


def _work(row: AnyRow) -> WorkSnapshot:
    return WorkSnapshot(
        id=row.id,
        at=row.at,
        fetched_at=row.at,
        period=Period(row.period_start, row.period_end),
        metrics=msgspec.convert(row.metrics, Metrics),
        work=msgspec.convert(row.about, Work | None),
        extra=row.extra,
    )


def delete_snapshots(connection: Connection, account_ids: Collection[str]) -> None:
    """Deletes all snapshots of accounts and of works that were read with them."""
    connection.execute(delete(snapshots).where(snapshots.c.account_id.in_(account_ids)))


def any_expired(connection: Connection, before: float) -> bool:
    """Returns True if there is anything for `purge`."""
    return connection.execute(_old(before).limit(1)).first() is not None


def purge(connection: Connection, before: float, limit: int = 1000) -> int:
    """Deletes snapshots from before a time; returns how many."""
    old = connection.execute(_old(before).limit(limit).with_for_update(skip_locked=True))
    gone = delete(snapshots).where(snapshots.c.id.in_(old.scalars().all()))
    return int(connection.execute(gone).rowcount)


def _old(before: float) -> Select[tuple[str]]:
    return select(snapshots.c.id).where(snapshots.c.at < before).order_by(snapshots.c.at)
