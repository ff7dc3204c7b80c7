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
from openchannels.store.asyncpg_calls import execute, fetch

P = ParamSpec("P")
T = TypeVar("T")

STAGE = "moving"
"""Name of the value in `facts` that says how far a move is; absent while there is none."""
CLOSING = "closing"
"""Work with platforms that has begun is finished, and none is begun."""
MOVING = "moving"
"""Nothing is written."""

LOCK_ID = 0x6F70656E6D6F7665
CHECK = f"SELECT 1 FROM facts WHERE name = '{STAGE}' AND value = '{MOVING}'"  # noqa: S608
POSTGRES_BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED"
# One round trip and several statements: the last sees what was committed before the lock was
# given. A single SELECT of both would read as of the time at which it began to wait.
POSTGRES_ADMITTED = f"""\
{POSTGRES_BEGIN};
SELECT pg_advisory_xact_lock_shared({LOCK_ID});
SELECT 1 FROM facts WHERE name = '{STAGE}'"""  # noqa: S608
POSTGRES_ALONE = f"{POSTGRES_BEGIN}; SELECT pg_advisory_xact_lock({LOCK_ID})"
NO_ROWS = "SELECT 0"
NO_MOVE = "openchannels_no_move"
"""Option of a connection whose transaction has read that there is no move."""


def admitted(
    fn: Callable[Concatenate[Connection, P], T],
) -> Callable[Concatenate[Connection, P], T]:
    """Returns a function of SQLite behind a check that the store is not moving."""

    def run(connection: Connection, /, *args: P.args, **kwargs: P.kwargs) -> T:
        # Past SQLAlchemy: this runs before each write.
        driver: Any = connection.connection.driver_connection
        if driver.execute(CHECK).fetchone() is not None:
            raise errors.moving()
        return fn(connection, *args, **kwargs)

    return run


def begin_admitted(connection: Connection) -> None:
    """Begins a transaction of PostgreSQL. Raises Moving within it if the store is moving."""
    if execute(connection, POSTGRES_ADMITTED) == NO_ROWS:
        connection.execution_options(**{NO_MOVE: True})
    elif fetch(connection, CHECK, ()):
        raise errors.moving()


def begin_alone(connection: Connection) -> None:
    """Begins a transaction of PostgreSQL beside which no other writes."""
    execute(connection, POSTGRES_ALONE)


def is_known_open(connection: Connection) -> bool:
    """Returns True if the transaction has read that there is no move.

    That holds until it ends, because a change of the stage waits for it.
    """
    return NO_MOVE in connection.get_execution_options()
