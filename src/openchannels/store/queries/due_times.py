"""Queries on the due times of credentials; a claim moves a due time to the end of its lease."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select, update

from openchannels.store.tables import credentials


def claim_due(
    connection: Connection,
    column: str,
    now: float,
    lease: float,
    limit: int,
    platform: str | None = None,
) -> Sequence[str]:
    """Claims accounts that are due by a column, of one platform or of all, oldest first.

    They become due again at `lease`, so work lost with a process is picked up by another.
    """
    due_at = credentials.c[column]
    found = select(credentials.c.account_id).where(due_at <= now)
    if platform is not None:
        found = found.where(credentials.c.platform == platform)
    found = found.order_by(due_at).limit(limit).with_for_update(skip_locked=True)
    # The condition is repeated so that only one of two concurrent processes claims a row.
    taken = connection.execute(
        update(credentials)
        .where(credentials.c.account_id.in_(found), due_at <= now)
        .values({column: lease})
        .returning(credentials.c.account_id)
    )
    return taken.scalars().all()


def claim_due_platform(
    connection: Connection, column: str, now: float, lease: float, limit: int, busy: Collection[str]
) -> tuple[str, Sequence[str]] | None:
    """Claims accounts of the platform that has waited longest, excluding the `busy` platforms."""
    due_at = credentials.c[column]
    platform = connection.execute(
        select(credentials.c.platform)
        .where(due_at <= now, credentials.c.platform.not_in(busy))
        .order_by(due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).scalar()
    if platform is None:
        return None
    return platform, claim_due(connection, column, now, lease, limit, platform)


def reschedule(
    connection: Connection, account_id: str, version: int, values: Mapping[str, Any]
) -> bool:
    """Sets due times and related columns of a credential if it is still this version."""
    done = connection.execute(
        update(credentials)
        .where(credentials.c.account_id == account_id, credentials.c.version == version)
        .values(**values)
    )
    return done.rowcount == 1
