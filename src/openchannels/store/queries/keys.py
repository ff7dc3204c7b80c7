"""Queries on API keys."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, and_, bindparam, case, insert, or_, select, update

from openchannels.store.database import AnyRow
from openchannels.store.fast_select import FastSelect, Row
from openchannels.store.tables import api_keys

BY_HASH = FastSelect(
    select(
        api_keys.c.id,
        api_keys.c.user_id,
        api_keys.c.name,
        api_keys.c.origins,
        api_keys.c.scopes,
        api_keys.c.all_scopes,
        api_keys.c.binding,
        api_keys.c.expires_at,
        api_keys.c.revoked_at,
        api_keys.c.last_used_at,
    ).where(api_keys.c.hash == bindparam("hash"))
)


def insert_key(connection: Connection, values: Mapping[str, Any]) -> None:
    connection.execute(insert(api_keys), dict(values))


def by_hash(connection: Connection, digest: bytes) -> Row | None:
    """Returns the key, also a revoked one."""
    return BY_HASH.first(connection, hash=digest)


def list_keys(connection: Connection, user_id: str | None = None) -> Sequence[AnyRow]:
    """Returns keys, newest first, without their secrets."""
    query = select(
        api_keys.c.id,
        api_keys.c.user_id,
        api_keys.c.name,
        api_keys.c.origins,
        api_keys.c.scopes,
        api_keys.c.all_scopes,
        api_keys.c.binding,
        api_keys.c.created_at,
        api_keys.c.expires_at,
        api_keys.c.revoked_at,
        api_keys.c.last_used_at,
        api_keys.c.successor_id,
    ).order_by(api_keys.c.created_at.desc())
    if user_id is not None:
        query = query.where(api_keys.c.user_id == user_id)
    return connection.execute(query).all()


def sealed_secret(connection: Connection, key_id: str) -> bytes | None:
    """Returns the sealed signing secret of a key."""
    return connection.scalar(select(api_keys.c.sealed).where(api_keys.c.id == key_id))


def origins(connection: Connection, key_id: str) -> list[str]:
    """Returns the origins of a key, also of one that no longer works; empty if it allows any."""
    return connection.scalar(select(api_keys.c.origins).where(api_keys.c.id == key_id)) or []


def record_use(connection: Connection, key_id: str, now: float) -> None:
    connection.execute(update(api_keys).where(api_keys.c.id == key_id), {"last_used_at": now})


def revoke(connection: Connection, key_id: str, now: float) -> str | None:
    """Revokes a key; returns its user, or None if there is no active key with this id."""
    user_id: str | None = connection.scalar(
        update(api_keys)
        .where(api_keys.c.id == key_id, api_keys.c.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(api_keys.c.user_id)
    )
    return user_id


def expire_by(
    connection: Connection, key_id: str, successor_id: str, now: float, until: float
) -> AnyRow | None:
    """Makes an active key expire at a given time at the latest; returns its row as it was before.

    None if there is no such key, or if it is revoked, expired or already replaced.
    """
    end = api_keys.c.expires_at
    active = and_(
        api_keys.c.id == key_id,
        api_keys.c.revoked_at.is_(None),
        api_keys.c.successor_id.is_(None),
        or_(end.is_(None), end > now),
    )
    before = connection.execute(select(api_keys).where(active).with_for_update()).first()
    done = connection.execute(
        update(api_keys)
        .where(active)
        .values(
            successor_id=successor_id,
            expires_at=case((end < until, end), else_=until),
        )
    )
    return before if done.rowcount == 1 else None
