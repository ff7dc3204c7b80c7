"""Reads one row by its key on the hot paths, at little more than the driver's own cost.

SQLAlchemy adds 10 us per cached statement to the driver's 5, and a poll runs two statements.
"""

import json
from collections import namedtuple
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from sqlalchemy import JSON, Connection, Select
from sqlalchemy.dialects.sqlite.pysqlite import dialect as sqlite_dialect
from sqlalchemy.engine import Dialect

Row = Any
"""A row with its columns as attributes."""

Reader = Callable[[Any], Any]


class FastSelect:
    """A SELECT of at most one row; on SQLite compiled once and run by the driver directly.

    Arguments are named as the statement's parameters are. Rows are the same on both engines.
    """

    def __init__(self, statement: Select[*tuple[Any, ...]]) -> None:
        dialect = sqlite_dialect(paramstyle="named")
        self._statement = statement
        self._text = str(statement.compile(dialect=dialect))
        columns = list(statement.selected_columns)
        names = [column.name for column in columns]
        self._make: Callable[[Sequence[Any]], Row] = _row_type(names)._make
        self._readers: Sequence[tuple[int, Reader]] = [
            (index, reader)
            for index, column in enumerate(columns)
            if (reader := _reader(column, dialect))
        ]

    def first(self, connection: Connection, **values: Any) -> Row | None:
        """Returns the row, or None."""
        if connection.dialect.name != "sqlite":
            return connection.execute(self._statement, values).first()
        driver: Any = connection.connection.driver_connection
        raw = driver.execute(self._text, values).fetchone()
        return None if raw is None else self._read(raw)

    def _read(self, raw: Sequence[Any]) -> Row:
        if not self._readers:
            return self._make(raw)
        read = list(raw)
        for index, reader in self._readers:
            if read[index] is not None:
                read[index] = reader(read[index])
        return self._make(read)


def _row_type(names: list[str]) -> Any:
    return namedtuple("Row", names)


def _reader(column: Any, dialect: Dialect) -> Reader | None:
    if isinstance(column.type, JSON):
        return _json
    reader: Reader | None = column.type.dialect_impl(dialect).result_processor(dialect, None)
    return reader


def _json(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError):
        # Only the json module reads lone surrogates, which platforms may send.
        return json.loads(text)
