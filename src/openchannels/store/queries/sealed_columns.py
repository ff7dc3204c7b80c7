"""Queries on all sealed values of the store: iterating over them and replacing single ones."""

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
    """A column of sealed values, and the name under which the vault seals a row's value.

    With `only`, just the row with this key is sealed, as base64 text.
    """

    table: Table
    column: str
    row: Callable[..., str]
    only: str | None = None


def next_values(
    connection: Connection,
    target: SealedColumn,
    last: Key | None,
    limit: int,
    *,
    whole: bool = True,
) -> Sequence[tuple[Key, bytes]]:
    """Returns the next sealed values by primary key, whole or just their first bytes."""
    keys = list(target.table.primary_key.columns)
    value: Any = target.table.c[target.column]
    if not whole and target.only is None:
        value = func.substr(value, 1, HEADER, type_=LargeBinary)
    query = select(*keys, value.label("value")).where(target.table.c[target.column].is_not(None))
    if target.only is not None:
        query = query.where(keys[0] == target.only)
    if last is not None:
        query = query.where(tuple_(*keys) > tuple_(*last))
    rows = connection.execute(query.order_by(*keys).limit(limit)).all()
    return [(tuple(row[:-1]), _bytes(target, row[-1])) for row in rows]


def replace_values(
    connection: Connection, target: SealedColumn, changes: Sequence[tuple[Key, bytes, bytes]]
) -> int:
    """Replaces values that are still the expected ones; returns how many."""
    return sum(_exchange(connection, target, *change) for change in changes)


def _exchange(
    connection: Connection, target: SealedColumn, key: Key, old: bytes, new: bytes
) -> int:
    columns = target.table.primary_key.columns
    statement = (
        update(target.table)
        .where(*(column == value for column, value in zip(columns, key, strict=True)))
        .where(target.table.c[target.column] == _stored(target, old))
        .values({target.column: _stored(target, new)})
    )
    return int(connection.execute(statement).rowcount)


def _bytes(target: SealedColumn, value: Any) -> bytes:
    if target.only is None:
        return bytes(value)
    try:
        return base64.b64decode(value, validate=True)
    except binascii.Error:
        return b""


def _stored(target: SealedColumn, value: bytes) -> bytes | str:
    return value if target.only is None else base64.b64encode(value).decode()
