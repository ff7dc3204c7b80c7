"""Queries that copy whole tables out of a store and into another."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, insert, select, text, tuple_

from openchannels.store.database import upsert
from openchannels.store.tables import (
    account_groups,
    accounts,
    api_keys,
    assets,
    audit,
    deliveries,
    delivery_attempts,
    events,
    platform_state,
    publication_assets,
    publication_keys,
    publications,
    snapshots,
    usage,
    webhooks,
)
from openchannels.store.tables import credentials as credentials_table

Values = dict[str, Any]

MOVED = (
    api_keys,
    account_groups,
    accounts,
    credentials_table,
    snapshots,
    assets,
    webhooks,
    usage,
    platform_state,
    audit,
    events,
    deliveries,
    delivery_attempts,
    publications,
    publication_assets,
    publication_keys,
)
"""Tables that are copied, in an order that satisfies foreign keys."""
LEFT = (
    *("auth_sessions", "facts", "idempotency_keys", "media_addresses", "publish_caps"),
    *("shared_limits", "workers"),
)
"""Tables that stay behind. A test checks that each table is in exactly one list."""
UNIQUE: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "accounts": (("id",), ("platform", "identity")),
    "api_keys": (("id",), ("hash",)),
    "assets": (("id",), ("path",)),
    "events": (("id",),),
}
"""What must not exist in the target; for the other tables that is the primary key."""


def read_rows(connection: Connection, table: Table, after: Any, limit: int) -> Sequence[Values]:
    """Returns the next rows by primary key, after the given key; None for the first ones."""
    keys = list(table.primary_key.columns)
    query = select(table).order_by(*keys).limit(limit)
    if after is not None:
        query = query.where(tuple_(*keys) > tuple_(*after))
    return [dict(row._mapping) for row in connection.execute(query)]


def key_of(table: Table, row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[column.name] for column in table.primary_key.columns)


def existing(connection: Connection, table: Table, rows: Sequence[Values]) -> list[str]:
    """Returns the names of what the target holds already of these rows."""
    primary = tuple(column.name for column in table.primary_key.columns)
    found = [
        " ".join(str(part) for part in row)
        for names in UNIQUE.get(table.name, (primary,))
        for row in _matching(connection, table, names, rows)
    ]
    if table is account_groups:
        users = [row["user_id"] for row in rows if row["is_default"]]
        same = select(table.c.user_id).where(table.c.is_default, table.c.user_id.in_(users))
        found += [f"default group of {user}" for user in connection.scalars(same)]
    return sorted(set(found))


def _matching(
    connection: Connection, table: Table, names: tuple[str, ...], rows: Sequence[Values]
) -> Iterator[Sequence[Any]]:
    columns = [table.c[name] for name in names]
    shown = [table.c.id] if "id" in table.c else columns
    values = [tuple(row[name] for name in names) for row in rows]
    query = select(*shown).where(tuple_(*columns).in_(values))
    return (tuple(row) for row in connection.execute(query))


def insert_rows(connection: Connection, table: Table, rows: Sequence[Values]) -> None:
    """Inserts rows; a connector's value that the target has is left as it is."""
    if not rows:
        return
    statement: Any = insert(table)
    if table is platform_state:
        statement = upsert(connection, table).on_conflict_do_nothing()
    connection.execute(statement, list(rows))


def has_events(connection: Connection) -> bool:
    return connection.execute(select(events.c.sequence).limit(1)).first() is not None


def continue_sequence(connection: Connection) -> None:
    """Lets the next event follow those that were inserted with numbers of their own."""
    # SQLite looks at the highest number itself.
    if connection.dialect.name == "postgresql":
        connection.execute(
            text(
                "SELECT setval(pg_get_serial_sequence('events', 'sequence'), max(sequence))"
                " FROM events HAVING max(sequence) IS NOT NULL"
            )
        )


def sequences(connection: Connection, event_ids: Sequence[str]) -> Mapping[str, int]:
    """Returns the numbers of events by their ids."""
    query = select(events.c.id, events.c.sequence).where(events.c.id.in_(event_ids))
    return {row.id: row.sequence for row in connection.execute(query)}
