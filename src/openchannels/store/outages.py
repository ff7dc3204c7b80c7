"""Recognizes errors of a database that is away or takes no writes, whichever engine it is."""

import sqlite3
import time

from sqlalchemy.exc import DBAPIError

from openchannels.core import errors
from openchannels.core.exceptions import Moving

SQLITE_CODES = {
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
}
PRIMARY_CODE = 0xFF
"""The bits of an extended result code that name its kind: https://sqlite.org/rescode.html"""
POSTGRES_CLASSES = {"08", "28", "53", "57", "58"}
"""Connection, authorization, resources, operator's intervention, system: the first two characters
of https://www.postgresql.org/docs/current/errcodes-appendix.html"""
POSTGRES_STATES = {"25006", "3D000"}
"""A transaction that may only read, and a database that does not exist."""


class Outages:
    """The outages that one open database has met.

    Their causes bear its address as a note, which tracebacks show.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        """Where the database is, without a password."""
        self._last: float | None = None

    def seconds_since(self) -> float:
        """Returns the time since the last outage was met; infinite without any."""
        return float("inf") if self._last is None else time.monotonic() - self._last

    def check(self, error: Exception) -> None:
        """Raises `Unavailable` for an error that means an outage; returns for any other.

        A move counts as an outage: it also kept everyone from renewing a lease.
        """
        if isinstance(error, Moving):
            self._last = time.monotonic()
            raise error
        if is_outage(error):
            self._last = time.monotonic()
            # Several writes may share one error.
            if self.address not in getattr(error, "__notes__", ()):
                error.add_note(self.address)
            raise errors.unavailable("store") from error


def is_outage(error: Exception) -> bool:
    """Returns True if the same statement may succeed once the database is well again."""
    cause: BaseException | None = error
    if isinstance(error, DBAPIError):
        if error.connection_invalidated:
            return True
        cause = error.orig
    if isinstance(cause, sqlite3.Error):
        return getattr(cause, "sqlite_errorcode", 0) & PRIMARY_CODE in SQLITE_CODES
    if isinstance(cause, TimeoutError | OSError):
        return True
    state = sqlstate(cause)
    return state is not None and (state[:2] in POSTGRES_CLASSES or state in POSTGRES_STATES)


def sqlstate(cause: BaseException | None) -> str | None:
    """Returns the code of a PostgreSQL error; None for any other error."""
    state: str | None = getattr(cause, "sqlstate", None)
    if state is None and cause is not None:
        # SQLAlchemy's error of an outdated prepared statement leaves the driver's code out.
        state = getattr(cause.__cause__, "sqlstate", None)
    return state
