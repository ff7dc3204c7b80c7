"""Queries on the addresses under which platforms fetch the files of publications."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, insert, select, update

from openchannels.store.tables import media_addresses


def add_address(connection: Connection, values: Mapping[str, Any]) -> None:
    connection.execute(insert(media_addresses).values(**values))


def asset_of_address(connection: Connection, token_hash: bytes, now: float) -> str | None:
    """Returns the asset that an address gives; None for one that has ended."""
    m = media_addresses.c
    found = select(m.asset_id).where(m.token_hash == token_hash, m.ends_at > now)
    return connection.scalar(found)


def note_read(connection: Connection, token_hash: bytes, now: float, *, whole: bool) -> None:
    """Records a read through an address."""
    m = media_addresses
    values = {"last_at": now, **({"whole": 1} if whole else {})}
    connection.execute(update(m).where(m.c.token_hash == token_hash).values(**values))


def read_of_address(connection: Connection, token_hash: bytes) -> tuple[float | None, bool] | None:
    """Returns when an address was last read, and whether wholly; None if there is none."""
    m = media_addresses.c
    row = connection.execute(select(m.last_at, m.whole).where(m.token_hash == token_hash)).first()
    return None if row is None else (row.last_at, bool(row.whole))


def end_address(connection: Connection, token_hash: bytes, now: float) -> None:
    m = media_addresses
    connection.execute(
        update(m).where(m.c.token_hash == token_hash, m.c.ends_at > now).values(ends_at=now)
    )
