"""Counts for the metrics: each reads an index, and no more rows of it than it says."""

from collections.abc import Mapping

from sqlalchemy import ColumnElement, Connection, Select, func, literal_column, select

from openchannels.core.publications import PublishStatus, Stage
from openchannels.store.queries.deliveries import LONGEST_PAUSE_SECONDS
from openchannels.store.queries.due_times import DueColumn
from openchannels.store.queries.leases import free
from openchannels.store.tables import accounts, credentials, deliveries, publications, webhooks

MOST_ACCOUNTS = 200_000
MOST_PENDING = 10_000
MOST_DUE = 2_000
MOST_UNDER_WAY = 5_000

# A literal: SQLite uses a partial index only where the statement repeats its condition.
IS_OFFLINE: ColumnElement[bool] = accounts.c.status == literal_column("0")
HAS_BEGUN: ColumnElement[bool] = publications.c.stage != literal_column(f"'{Stage.QUEUED.value}'")


def count_accounts(connection: Connection, platform: str) -> int:
    """Returns how many accounts of a platform there are, at most MOST_ACCOUNTS."""
    held = select(accounts.c.platform).where(accounts.c.platform == platform)
    return _count(connection, held, MOST_ACCOUNTS)


def count_offline(connection: Connection) -> Mapping[str, int]:
    """Returns how many accounts are offline, by platform; at most MOST_ACCOUNTS in all."""
    return _by_platform(connection, select(accounts.c.platform).where(IS_OFFLINE))


def count_attention(connection: Connection) -> Mapping[str, int]:
    """Returns how many working accounts need attention, by platform; at most MOST_ACCOUNTS."""
    wanted = accounts.c.attention.is_not(None) & ~IS_OFFLINE
    return _by_platform(connection, select(accounts.c.platform).where(wanted))


def count_due(connection: Connection, column: DueColumn, now: float) -> tuple[int, float]:
    """Returns how many credentials are due by a column and not held, and the age of the oldest.

    Only the MOST_DUE that are due longest are read. The age is in seconds, 0 if none is due.
    """
    due_at, held_until = credentials.c[column.name], credentials.c[column.hold]
    first = (
        select(due_at.label("due_at"), held_until.label("held_until"))
        .where(column.due(now))
        .order_by(due_at)
        .limit(MOST_DUE)
        .subquery()
    )
    waiting = free(first.c.held_until, now, column.longest_hold)
    query = select(func.count(), func.min(first.c.due_at)).where(waiting)
    found, oldest = connection.execute(query).one()
    return found, 0.0 if oldest is None else now - oldest


def count_due_publications(connection: Connection, now: float, longest: float) -> tuple[int, float]:
    """Returns how many publications are due and not held, and the age of the oldest in seconds.

    Only the MOST_DUE that are due longest are read.
    """
    p = publications.c
    first = (
        select(p.due_at, p.lease_until)
        .where(p.due_at <= now)
        .order_by(p.due_at)
        .limit(MOST_DUE)
        .subquery()
    )
    query = select(func.count(), func.min(first.c.due_at))
    waiting = free(first.c.lease_until, now, longest)
    found, oldest = connection.execute(query.where(waiting)).one()
    return found, 0.0 if oldest is None else now - oldest


def count_begun_publications(connection: Connection) -> Mapping[tuple[Stage, PublishStatus], int]:
    """Returns how many publications are in each stage and status after the first, of the
    MOST_UNDER_WAY that are due first.
    """
    p = publications.c
    first = (
        select(p.stage, p.status)
        .where(HAS_BEGUN, p.due_at.is_not(None))
        .order_by(p.due_at)
        .limit(MOST_UNDER_WAY)
        .subquery()
    )
    query = select(first.c.stage, first.c.status, func.count().label("found"))
    rows = connection.execute(query.group_by(first.c.stage, first.c.status))
    return {(Stage(row.stage), PublishStatus(row.status)): row.found for row in rows}


def count_pending(connection: Connection) -> int:
    """Returns how many deliveries wait for an attempt, at most MOST_PENDING."""
    return _count(
        connection, select(deliveries.c.id).where(deliveries.c.due_at.is_not(None)), MOST_PENDING
    )


def oldest_delivery(connection: Connection, now: float) -> float:
    """Returns for how long a delivery has been due whose webhook may be called; 0 if none is.

    Only the MOST_DUE that are due longest are read.
    """
    first = (
        select(deliveries.c.webhook_id, deliveries.c.due_at)
        .where(deliveries.c.due_at <= now)
        .order_by(deliveries.c.due_at)
        .limit(MOST_DUE)
        .subquery()
    )
    rested = free(webhooks.c.paused_until, now, LONGEST_PAUSE_SECONDS)
    query = (
        select(func.min(first.c.due_at))
        .join(webhooks, webhooks.c.id == first.c.webhook_id)
        .where(webhooks.c.enabled, rested)
    )
    oldest = connection.scalar(query)
    return 0.0 if oldest is None else now - oldest


def _count(connection: Connection, rows: Select[tuple[str]], most: int) -> int:
    query = select(func.count()).select_from(rows.limit(most).subquery())
    return connection.scalar(query) or 0


def _by_platform(connection: Connection, rows: Select[tuple[str]]) -> Mapping[str, int]:
    found = rows.limit(MOST_ACCOUNTS).subquery()
    query = select(found.c.platform, func.count().label("accounts")).group_by(found.c.platform)
    return {row.platform: row.accounts for row in connection.execute(query)}
