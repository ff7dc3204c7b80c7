"""Removing all that is stored of a user, and overwriting where it stood."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from openchannels.core.audit import ANOTHER_USER, Action
from openchannels.store.database import sqlite_engine
from openchannels.store.queries import accounts as account_store
from openchannels.store.queries import audit as log
from openchannels.store.tables import (
    account_groups,
    accounts,
    api_keys,
    audit,
    auth_sessions,
    credentials,
    deliveries,
    delivery_attempts,
    events,
    metadata,
    usage,
    webhooks,
)

OWNED = (webhooks, events, accounts, auth_sessions, usage, account_groups, api_keys)
"""Tables whose rows name their user, in an order that foreign keys allow."""
FOLLOWING = (delivery_attempts, deliveries, credentials)
"""Tables whose rows go with rows of those."""
IMPERSONAL = ("facts", "platform_state", "workers")
"""Tables that hold nothing of a user. A test sees to it that each table is in one list."""


def shut(connection: Connection, user_id: str, now: float, kept: Collection[str] = ()) -> None:
    """Let nobody act for a user any more: no key works, and no connection under way ends well.

    `kept` are sessions that are over and hold tokens to be given back.
    """
    living = (api_keys.c.user_id == user_id, api_keys.c.revoked_at.is_(None))
    connection.execute(update(api_keys).where(*living).values(revoked_at=now))
    theirs = (auth_sessions.c.user_id == user_id, auth_sessions.c.id.not_in(kept))
    connection.execute(delete(auth_sessions).where(*theirs))


def remove_accounts(connection: Connection, account_ids: Collection[str]) -> None:
    """Delete accounts with their credentials."""
    account_store.remove(connection, account_ids)


def known(connection: Connection, user_id: str) -> bool:
    """Whether anything is stored of a user."""
    tables = (*OWNED, audit)
    return any(_count(connection, table, user_id) for table in tables)


def erase(connection: Connection, user_id: str) -> Mapping[str, int]:
    """Delete everything of a user; returns how many rows of each table, none left out but zeros."""
    counts = {audit.name: _erase_audit(connection, user_id)}
    mine = select(webhooks.c.id).where(webhooks.c.user_id == user_id)
    told = select(events.c.id).where(events.c.user_id == user_id)
    gone = select(deliveries.c.id).where(
        deliveries.c.webhook_id.in_(mine) | deliveries.c.event_id.in_(told)
    )
    theirs = select(accounts.c.id).where(accounts.c.user_id == user_id)
    for table, condition in (
        (delivery_attempts, delivery_attempts.c.delivery_id.in_(gone)),
        (deliveries, deliveries.c.id.in_(gone)),
        (credentials, credentials.c.account_id.in_(theirs)),
        *((table, table.c.user_id == user_id) for table in OWNED),
    ):
        counts[table.name] = connection.execute(delete(table).where(condition)).rowcount
    return {name: count for name, count in counts.items() if count}


def _erase_audit(connection: Connection, user_id: str) -> int:
    """Delete a user's entries, and take the user out of those of others."""
    taken = select(audit).where(audit.c.action == Action.ACCOUNT_TAKEN_OVER.value)
    naming = [row for row in connection.execute(taken) if row.details.get("to") == user_id]
    with log.erasing(connection):
        done = connection.execute(delete(audit).where(audit.c.user_id == user_id)).rowcount
        for row in naming:
            if row.user_id != user_id:
                connection.execute(delete(audit).where(audit.c.id == row.id))
                connection.execute(insert(audit).values(_without(dict(row._mapping))))
    return done


def _without(row: Mapping[str, Any]) -> dict[str, Any]:
    """An entry about a takeover that says no more who took the account over."""
    told = {name: value for name, value in row["details"].items() if name != "to"}
    return {**row, "actor": ANOTHER_USER, "details": told}


def _count(connection: Connection, table: Any, user_id: str) -> int:
    found = select(func.count()).select_from(table).where(table.c.user_id == user_id)
    return connection.scalar(found) or 0


def vacuum(connection: Connection) -> None:
    """PostgreSQL: take out the deleted rows, beside running servers; outside a transaction."""
    names = ", ".join(table.name for table in metadata.sorted_tables)
    connection.exec_driver_sql(f"VACUUM {names}")


def scrub(url: str) -> bool:
    """SQLite: write the file anew without what was deleted, and empty its write-ahead log.

    Returns whether the log could be emptied: not while another process reads from it. Blocks,
    for up to the time that a writer waits for another. Raises what the driver raises.
    """
    engine = sqlite_engine(url)
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA secure_delete=ON")
            connection.exec_driver_sql("VACUUM")
            busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar_one()
            return not busy
    finally:
        engine.dispose()
