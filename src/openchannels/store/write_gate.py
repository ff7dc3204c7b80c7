"""Refuses writes to a store that is moving to another installation, inside their transaction.

SQLite has one writer at a time: what a transaction reads of the stage holds until it ends. On
PostgreSQL each write holds a shared advisory lock until it ends, and a change of the stage holds
it exclusively. The change waits for writes that began before it, and later ones read the new
stage. The lock belongs to the transaction, so it also works behind a pooler.
"""

from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection

from openchannels.core import errors

P = ParamSpec("P")
T = TypeVar("T")

STAGE = "moving"
"""Name of the value in `facts` that says how far a move is; absent while there is none."""
CLOSING = "closing"
"""Work with platforms that has begun is finished, and none is begun."""
MOVING = "moving"
"""Nothing is written."""

LOCK_ID = 0x6F70656E6D6F7665
REFUSED = "OCMOV"
"""The SQLSTATE by which PostgreSQL refuses."""
SQLITE_CHECK = f"SELECT 1 FROM facts WHERE name = '{STAGE}' AND value = '{MOVING}'"  # noqa: S608
# One block and one round trip: its second statement sees what was committed before the lock was
# given. A single SELECT of both would read as of the time at which it began to wait.
POSTGRES_CHECK = f"""\
DO $$ BEGIN
  PERFORM pg_advisory_xact_lock_shared({LOCK_ID});
  IF EXISTS ({SQLITE_CHECK}) THEN
    RAISE EXCEPTION 'the store is moving' USING ERRCODE = '{REFUSED}';
  END IF;
END $$"""
POSTGRES_LOCK = f"SELECT pg_advisory_xact_lock({LOCK_ID})"


def admitted(
    fn: Callable[Concatenate[Connection, P], T],
) -> Callable[Concatenate[Connection, P], T]:
    """Returns the function behind a check that the store is not moving."""

    def run(connection: Connection, /, *args: P.args, **kwargs: P.kwargs) -> T:
        _check(connection)
        return fn(connection, *args, **kwargs)

    return run


def alone(
    fn: Callable[Concatenate[Connection, P], T],
) -> Callable[Concatenate[Connection, P], T]:
    """Returns the function behind the lock that no other write holds."""

    def run(connection: Connection, /, *args: P.args, **kwargs: P.kwargs) -> T:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(POSTGRES_LOCK)
        return fn(connection, *args, **kwargs)

    return run


def _check(connection: Connection) -> None:
    """Raises Moving, or on PostgreSQL an error with the code REFUSED."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(POSTGRES_CHECK)
    elif _sqlite_stage(connection) is not None:
        raise errors.moving()


def _sqlite_stage(connection: Connection) -> Any:
    # Past SQLAlchemy: this runs before each write.
    driver: Any = connection.connection.driver_connection
    return driver.execute(SQLITE_CHECK).fetchone()
