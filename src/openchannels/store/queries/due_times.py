"""Queries on the due times of credentials: background work claims rows by pushing them on."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select, update

from openchannels.store.tables import credentials


def take(
    connection: Connection,
    column: str,
    now: float,
    lease: float,
    limit: int,
    platform: str | None = None,
) -> Sequence[str]:
    """Claim accounts that are due by a column, of one platform or of all, the oldest first.

    They are due again at `lease`, so that what is lost with a process is taken up.
    """
    due_at = credentials.c[column]
    found = select(credentials.c.account_id).where(due_at <= now)
    if platform is not None:
        found = found.where(credentials.c.platform == platform)
    found = found.order_by(due_at).limit(limit).with_for_update(skip_locked=True)
    # The condition stands twice: of two processes that found a row, one moves it.
    taken = connection.execute(
        update(credentials)
        .where(credentials.c.account_id.in_(found), due_at <= now)
        .values({column: lease})
        .returning(credentials.c.account_id)
    )
    return taken.scalars().all()


def take_platform(
    connection: Connection, column: str, now: float, lease: float, limit: int, busy: Collection[str]
) -> tuple[str, Sequence[str]] | None:
    """Claim accounts of the platform that has waited longest, the `busy` ones aside."""
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
    return platform, take(connection, column, now, lease, limit, platform)


def change(
    connection: Connection, account_id: str, version: int, values: Mapping[str, Any]
) -> bool:
    """Set due times and the like of a credential that is still this version."""
    done = connection.execute(
        update(credentials)
        .where(credentials.c.account_id == account_id, credentials.c.version == version)
        .values(**values)
    )
    return done.rowcount == 1
