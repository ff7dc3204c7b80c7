"""Queries on the due times of credentials: background work claims rows by pushing them on."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select, update

from openchannels.store.tables import credentials


@dataclass(frozen=True, slots=True)
class Due:
    """A credential whose time has come."""

    account_id: str
    platform: str


def take(
    connection: Connection,
    column: str,
    now: float,
    lease: float,
    limit: int,
    busy: Collection[str] = (),
) -> Sequence[Due]:
    """Claim rows that are due by a column, those of `busy` platforms aside, the oldest first.

    They are due again at `lease`, so that what is lost with a process is taken up.
    """
    due_at = credentials.c[column]
    # The condition stands twice: of two processes that found a row, one moves it.
    found = (
        select(credentials.c.account_id)
        .where(due_at <= now, credentials.c.platform.not_in(busy))
        .order_by(due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = connection.execute(
        update(credentials)
        .where(credentials.c.account_id.in_(found), due_at <= now)
        .values({column: lease})
        .returning(credentials.c.account_id, credentials.c.platform)
    )
    return [Due(*row) for row in rows]


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
