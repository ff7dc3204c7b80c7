"""Queries on sealed values wherever they stand: walking through them and exchanging single ones."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, LargeBinary, Table, func, select, tuple_, update

from openchannels.store.vault.vault import HEADER

Key = tuple[Any, ...]
"""A row's primary key."""


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column of sealed values, and the name in the vault of the row with a primary key.

    `only` says that just the row with this key is sealed, as base64 text.
    """

    table: Table
    column: str
    row: Callable[..., str]
    only: str | None = None


def after(
    connection: Connection, place: SealedColumn, last: Key | None, limit: int, *, whole: bool = True
) -> Sequence[tuple[Key, bytes]]:
    """The next sealed values by primary key, whole or just their first bytes."""
    keys = list(place.table.primary_key.columns)
    value: Any = place.table.c[place.column]
    if not whole and place.only is None:
        value = func.substr(value, 1, HEADER, type_=LargeBinary)
    query = select(*keys, value.label("value")).where(place.table.c[place.column].is_not(None))
    if place.only is not None:
        query = query.where(keys[0] == place.only)
    if last is not None:
        query = query.where(tuple_(*keys) > tuple_(*last))
    rows = connection.execute(query.order_by(*keys).limit(limit)).all()
    return [(tuple(row[:-1]), _bytes(place, row[-1])) for row in rows]


def exchange(
    connection: Connection, place: SealedColumn, changes: Sequence[tuple[Key, bytes, bytes]]
) -> int:
    """Put new values where the old ones still stand; how many did."""
    return sum(_exchange(connection, place, *change) for change in changes)


def _exchange(connection: Connection, place: SealedColumn, key: Key, old: bytes, new: bytes) -> int:
    columns = place.table.primary_key.columns
    statement = (
        update(place.table)
        .where(*(column == value for column, value in zip(columns, key, strict=True)))
        .where(place.table.c[place.column] == _stored(place, old))
        .values({place.column: _stored(place, new)})
    )
    return int(connection.execute(statement).rowcount)


def _bytes(place: SealedColumn, value: Any) -> bytes:
    if place.only is None:
        return bytes(value)
    try:
        return base64.b64decode(value, validate=True)
    except binascii.Error:
        return b""


def _stored(place: SealedColumn, value: bytes) -> bytes | str:
    return value if place.only is None else base64.b64encode(value).decode()
