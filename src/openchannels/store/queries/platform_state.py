"""Queries on state that connectors share between processes; expired rows keep their version."""

from sqlalchemy import ColumnElement, Connection, delete, select, tuple_, update

from openchannels.store.database import AnyRow, upsert
from openchannels.store.queries.leases import lapsed
from openchannels.store.tables import platform_state as t

FORGET_SECONDS = 86_400.0


def get_state(connection: Connection, platform: str, name: str) -> AnyRow | None:
    """Returns the row, expired or not."""
    return connection.execute(select(t).where(t.c.platform == platform, t.c.name == name)).first()


def store_value(
    connection: Connection,
    platform: str,
    name: str,
    sealed: bytes,
    expires_at: float,
    *,
    unless_after: float | None = None,
) -> int | None:
    """Writes a value and returns its version; None if a present one expires after a given time.

    A present one that lasts longer than the new value would was written while a clock was ahead.
    """
    values = {"sealed": sealed, "expires_at": expires_at}
    statement = (
        upsert(connection, t)
        .values(platform=platform, name=name, version=1, **values)
        .on_conflict_do_update(
            index_elements=[t.c.platform, t.c.name],
            set_={**values, "version": t.c.version + 1},
            where=None
            if unless_after is None
            else lapsed(t.c.expires_at, unless_after, expires_at - unless_after),
        )
        .returning(t.c.version)
    )
    version: int | None = connection.scalar(statement)
    return version


def expire_value(
    connection: Connection, platform: str, name: str, version: int, now: float
) -> None:
    """Expires a value if it is still this version."""
    connection.execute(
        update(t)
        .where(t.c.platform == platform, t.c.name == name, t.c.version == version)
        .values(expires_at=now)
    )


def any_expired(connection: Connection, now: float) -> bool:
    """Returns True if there is anything for `purge`."""
    return connection.execute(select(t.c.name).where(_forgotten(now)).limit(1)).first() is not None


def purge(connection: Connection, now: float, limit: int = 1000) -> int:
    """Deletes rows that expired more than FORGET_SECONDS ago; returns how many."""
    old = select(*t.primary_key).where(_forgotten(now)).limit(limit)
    return connection.execute(delete(t).where(tuple_(*t.primary_key).in_(old))).rowcount


def _forgotten(now: float) -> ColumnElement[bool]:
    return t.c.expires_at < now - FORGET_SECONDS
