"""Deletes everything stored of a user and overwrites the freed space."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from openchannels.core.audit import ANOTHER_USER, Action
from openchannels.store.engines import postgres_engine, sqlite_engine
from openchannels.store.queries import accounts as account_store
from openchannels.store.queries import audit as log
from openchannels.store.tables import (
    account_groups,
    accounts,
    api_keys,
    assets,
    audit,
    auth_sessions,
    credentials,
    deliveries,
    delivery_attempts,
    events,
    idempotency_keys,
    media_addresses,
    metadata,
    publication_assets,
    publication_keys,
    publications,
    snapshots,
    usage,
    webhooks,
)

REWRITE_BUSY_SECONDS = 15
"""How long a rewrite waits for processes that use the file."""
OWNED = (
    publications, webhooks, events, snapshots, accounts, auth_sessions, idempotency_keys, usage,
    account_groups, assets, api_keys,
)  # fmt: skip
"""Tables with a user column, in an order that satisfies foreign keys."""
OF_PUBLICATIONS = (publication_assets, publication_keys, media_addresses)
FOLLOWING = (delivery_attempts, deliveries, credentials, *OF_PUBLICATIONS)
"""Tables whose rows belong to rows of those."""
IMPERSONAL = ("facts", "platform_state", "publish_caps", "shared_limits", "workers")
"""Tables without personal data. A test checks that each table is in exactly one list."""


def disable_user(
    connection: Connection, user_id: str, now: float, kept: Collection[str] = ()
) -> None:
    """Disables a user: no key works, and no pending connection can complete.

    `kept` are ended sessions that still hold tokens to be revoked.
    """
    active = (api_keys.c.user_id == user_id, api_keys.c.revoked_at.is_(None))
    connection.execute(update(api_keys).where(*active).values(revoked_at=now))
    theirs = (auth_sessions.c.user_id == user_id, auth_sessions.c.id.not_in(kept))
    connection.execute(delete(auth_sessions).where(*theirs))


def remove_accounts(connection: Connection, account_ids: Collection[str]) -> None:
    """Deletes accounts with their credentials and snapshots."""
    _lock(connection, accounts.c.id.in_(account_ids))
    account_store.delete_accounts(connection, account_ids)


def user_exists(connection: Connection, user_id: str) -> bool:
    """Returns True if anything is stored of the user."""
    tables = (*OWNED, audit)
    return any(_count(connection, table, user_id) for table in tables)


def erase_rows(connection: Connection, user_id: str) -> Mapping[str, int]:
    """Deletes everything of a user; returns the number of rows by table, zeros left out."""
    _lock(connection, accounts.c.user_id == user_id)
    counts = {audit.name: _erase_audit(connection, user_id)}
    mine = select(webhooks.c.id).where(webhooks.c.user_id == user_id)
    own_events = select(events.c.id).where(events.c.user_id == user_id)
    gone = select(deliveries.c.id).where(
        deliveries.c.webhook_id.in_(mine) | deliveries.c.event_id.in_(own_events)
    )
    theirs = select(accounts.c.id).where(accounts.c.user_id == user_id)
    published = select(publications.c.id).where(publications.c.user_id == user_id)
    for table, condition in (
        *((table, table.c.publication_id.in_(published)) for table in OF_PUBLICATIONS),
        (delivery_attempts, delivery_attempts.c.delivery_id.in_(gone)),
        (deliveries, deliveries.c.id.in_(gone)),
        (credentials, credentials.c.account_id.in_(theirs)),
        *((table, table.c.user_id == user_id) for table in OWNED),
    ):
        counts[table.name] = connection.execute(delete(table).where(condition)).rowcount
    return {name: count for name, count in counts.items() if count}


def _lock(connection: Connection, wanted: ColumnElement[bool]) -> None:
    """Locks accounts where the engine can, so that no snapshot of them is being stored."""
    found = select(accounts.c.id).where(wanted).order_by(accounts.c.id)
    connection.execute(found.with_for_update())


def _erase_audit(connection: Connection, user_id: str) -> int:
    """Deletes a user's audit entries and removes the user from those of others."""
    taken = select(audit).where(audit.c.action == Action.ACCOUNT_TAKEN_OVER.value)
    naming = [row for row in connection.execute(taken) if row.details.get("to") == user_id]
    with log.allow_deletion(connection):
        done = connection.execute(delete(audit).where(audit.c.user_id == user_id)).rowcount
        for row in naming:
            if row.user_id != user_id:
                connection.execute(delete(audit).where(audit.c.id == row.id))
                connection.execute(insert(audit).values(_without(dict(row._mapping))))
    return done


def _without(row: Mapping[str, Any]) -> dict[str, Any]:
    """An entry about a takeover without the id of the user who took the account over."""
    details = {name: value for name, value in row["details"].items() if name != "to"}
    return {**row, "actor": ANOTHER_USER, "details": details}


def _count(connection: Connection, table: Any, user_id: str) -> int:
    found = select(func.count()).select_from(table).where(table.c.user_id == user_id)
    return connection.scalar(found) or 0


async def vacuum_postgres(url: str) -> None:
    """PostgreSQL: vacuums the deleted rows while servers run, for as long as that takes."""
    names = ", ".join(table.name for table in metadata.sorted_tables)
    engine = postgres_engine(url, isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            await connection.exec_driver_sql(f"VACUUM {names}")
    finally:
        await engine.dispose()


def rewrite_sqlite_file(url: str) -> bool:
    """SQLite: rewrites the file without deleted data and empties its write-ahead log.

    Returns False if the log could not be emptied because another process reads from it. Blocks for
    up to the busy timeout. Raises the driver's exceptions.
    """
    engine = sqlite_engine(url, busy_seconds=REWRITE_BUSY_SECONDS)
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA secure_delete=ON")
            connection.exec_driver_sql("VACUUM")
            busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar_one()
            return not busy
    finally:
        engine.dispose()
