"""Queries on the daily snapshots of accounts: who has no due time yet, and setting it."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from openchannels.store.database import AnyRow
from openchannels.store.tables import accounts, credentials


def unplanned(connection: Connection, platforms: Collection[str], limit: int) -> Sequence[str]:
    """Returns accounts of some platforms without a due time."""
    rows = connection.execute(
        select(credentials.c.account_id)
        .where(credentials.c.platform.in_(platforms), credentials.c.snapshot_at.is_(None))
        .limit(limit)
    )
    return rows.scalars().all()


def plan(connection: Connection, due_times: Mapping[str, float]) -> None:
    """Sets the due times of accounts that have none."""
    row = credentials.c.account_id == bindparam("account")
    values = [{"account": account_id, "due": due} for account_id, due in due_times.items()]
    connection.execute(
        update(credentials)
        .where(row, credentials.c.snapshot_at.is_(None))
        .values(snapshot_at=bindparam("due")),
        values,
    )


def due_account(connection: Connection, account_id: str) -> AnyRow | None:
    """Returns an account's row with its `snapshot_at`; None without a credential."""
    return connection.execute(
        select(accounts, credentials.c.snapshot_at)
        .join(credentials, credentials.c.account_id == accounts.c.id)
        .where(accounts.c.id == account_id)
    ).first()


def reschedule(connection: Connection, account_id: str, values: Mapping[str, Any]) -> None:
    """Sets the due time of an account's snapshot, or until when it is held."""
    connection.execute(
        update(credentials).where(credentials.c.account_id == account_id).values(**values)
    )
