"""Runs statements on asyncpg directly, on a connection of SQLAlchemy's pool.

SQLAlchemy's part of a read took three times the processor time of the driver's. Errors are as
SQLAlchemy's own, and a connection that is lost leaves the pool. Callers run within `greenlet_spawn`
and on connections in autocommit, as `PostgresDatabase` has them.
"""

import contextlib
from collections.abc import Callable, Coroutine, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.util import await_only


def fetch(connection: Connection, text: str, parameters: Sequence[Any]) -> Sequence[Any]:
    """Returns the rows of a statement, prepared at its first use."""
    rows: Sequence[Any] = _run(connection, text, lambda driver: driver.fetch(text, *parameters))
    return rows


def execute(connection: Connection, text: str) -> str:
    """Runs statements without parameters in one round trip.

    Returns the command tag of the last one, such as `SELECT 1` for one row.
    """
    return str(_run(connection, text, lambda driver: driver.execute(text)))


@contextlib.contextmanager
def transaction(connection: Connection, begin: Callable[[Connection], None]) -> Iterator[None]:
    """Commits what runs within the block, or rolls it back if that raises.

    `begin` runs BEGIN, and may run more in the same round trip.
    """
    try:
        begin(connection)
        yield
    except BaseException:
        _roll_back(connection)
        raise
    execute(connection, "COMMIT")


def _roll_back(connection: Connection) -> None:
    if connection.invalidated:
        return
    try:
        execute(connection, "ROLLBACK")
    except Exception as error:
        # Whatever it has left open must not meet the next caller.
        connection.invalidate(error)


def _run(connection: Connection, text: str, call: Callable[[Any], Coroutine[Any, Any, Any]]) -> Any:
    driver: Any = connection.connection.driver_connection
    try:
        return await_only(call(driver))
    except BaseException as error:
        # After a timeout or a cancellation the server may still be at work on the statement.
        cut_off = isinstance(error, TimeoutError) or not isinstance(error, Exception)
        lost = cut_off or driver.is_closed()
        if lost:
            connection.invalidate(error)
        if cut_off:
            raise
        raise DBAPIError(text, None, error, connection_invalidated=lost) from error
