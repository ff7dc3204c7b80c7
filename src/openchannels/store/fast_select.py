"""Reads rows on the hot paths and in lists, at little more than the driver's own cost.

SQLAlchemy adds 10 us per cached statement to the driver's 5, and a poll runs two statements. A list
of twenty accounts took 880 us: 300 to build the statement, 100 to make its key in SQLAlchemy's
cache, most of the rest to read each row twice.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import zip_longest
from typing import Any, NamedTuple

from sqlalchemy import JSON, Boolean, Connection, Select, bindparam
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.elements import BindParameter

from openchannels.store.asyncpg_calls import fetch
from openchannels.store.json_text import read_json

Row = Any
"""A row with its columns as attributes."""

Reader = Callable[[Any], Any]


class FastSelect:
    """A SELECT that is compiled once for each engine and run by the driver directly.

    Arguments are named as the statement's parameters are. Rows are the same on both engines: of the
    type `row`, whose fields are the columns in their order, or of one that is made of their names.
    """

    def __init__(
        self, statement: Select[*tuple[Any, ...]], row: type[NamedTuple] | None = None
    ) -> None:
        self._statement = statement
        self._row = row
        self._compiled: dict[str, _Compiled] = {}

    def first(self, connection: Connection, **values: Any) -> Row | None:
        """Returns the first row, or None; for statements that find at most one."""
        found = self._run(connection, values)
        return found[0] if found else None

    def all(self, connection: Connection, **values: Any) -> list[Row]:
        return self._run(connection, values)

    def _run(self, connection: Connection, values: Mapping[str, Any]) -> list[Row]:
        dialect = connection.dialect
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = _Compiled(self._statement, self._make, dialect)
            self._compiled[dialect.name] = compiled
        return compiled.run(connection, values)

    @cached_property
    def _make(self) -> Callable[[Sequence[Any]], Row]:
        names = (column.name for column in self._statement.selected_columns)
        make: Callable[[Sequence[Any]], Row] = (self._row or row_type(names))._make
        return make


class _Compiled:
    """A statement as one driver takes it."""

    def __init__(
        self,
        statement: Select[*tuple[Any, ...]],
        make: Callable[[Sequence[Any]], Row],
        dialect: Dialect,
    ) -> None:
        compiled = statement.compile(dialect=dialect)
        self._text = str(compiled)
        self._is_sqlite = dialect.name == "sqlite"
        self._order = tuple(compiled.positiontup or ())
        self._constants = {
            name: bind.effective_value for name, bind in compiled.binds.items() if not bind.required
        }
        self._make = make
        self._readers = [
            (index, reader)
            for index, column in enumerate(statement.selected_columns)
            if self._is_sqlite and (reader := _sqlite_reader(column))
        ]

    def run(self, connection: Connection, values: Mapping[str, Any]) -> list[Row]:
        if self._constants:
            values = {**self._constants, **values}
        parameters = tuple([values[name] for name in self._order])
        found: Sequence[Any]
        if self._is_sqlite:
            driver: Any = connection.connection.driver_connection
            found = driver.execute(self._text, parameters).fetchall()
        else:
            found = fetch(connection, self._text, parameters)
        return self._read(found) if self._readers else [self._make(raw) for raw in found]

    def _read(self, found: Sequence[Any]) -> list[Row]:
        make, readers, rows = self._make, self._readers, []
        for raw in found:
            values = list(raw)
            for index, reader in readers:
                value = values[index]
                if value is not None:
                    values[index] = reader(value)
            rows.append(make(values))
        return rows


def row_type(names: Iterable[str]) -> Any:
    """Returns the type of rows with these columns; one without a name is reached by its place."""
    return namedtuple("Row", list(names), rename=True)


def _sqlite_reader(column: Any) -> Reader | None:
    """Reads what SQLite has no type for; given no NULL."""
    if isinstance(column.type, JSON):
        return read_json
    return bool if isinstance(column.type, Boolean) else None


def padded(name: str, values: Sequence[Any]) -> dict[str, Any]:
    """Returns values as the parameters of `place_holders`, the last one repeated.

    Lists of different lengths then share a few statements: each length is a power of two.
    """
    names = _place_names(name, place_count(values))
    return dict(zip_longest(names, values, fillvalue=values[-1])) if names else {}


def place_count(values: Sequence[Any]) -> int:
    """Returns how many places a list takes: the next power of two, 0 for an empty one."""
    return 1 << (len(values) - 1).bit_length() if values else 0


def place_holders(name: str, count: int) -> list[BindParameter[Any]]:
    """Returns the parameters of a list within a statement, for `column.in_()`."""
    return [bindparam(place) for place in _place_names(name, count)]


@lru_cache(maxsize=64)
def _place_names(name: str, count: int) -> tuple[str, ...]:
    return tuple(f"{name}_{at}" for at in range(count))
