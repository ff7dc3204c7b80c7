"""Connections to the SQLite job store, on which the statements of DBOS work with any SQLite."""

import sqlite3
import time
from typing import Any

KNOWS_SUBSEC = (3, 42)
"""SQLite version from which `unixepoch('subsec')` answers a number; before, it answers NULL."""


class JobConnection(sqlite3.Connection):
    """A connection to the SQLite job store.

    With `NORMAL` a power failure may lose the last records. Our own tables hold the same work as
    due times, and an fsync for each of three records would cost more than repeating it.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.execute("PRAGMA journal_mode=WAL")
        self.execute("PRAGMA synchronous=NORMAL")
        if sqlite3.sqlite_version_info < KNOWS_SUBSEC:
            # From Python 3.12 on DBOS takes for granted that SQLite is as new. Its schema calls
            # this function too, so every connection that writes needs it.
            self.create_function("unixepoch", 1, unixepoch)


def unixepoch(modifier: str) -> float:
    """SQLite's function as DBOS calls it: `unixepoch('subsec')`, in Unix seconds."""
    if modifier != "subsec":
        raise ValueError(modifier)
    return round(time.time(), 3)
