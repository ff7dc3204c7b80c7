"""The SQLite job store under statements that DBOS writes for a newer SQLite."""

import sqlite3
import time
from contextlib import closing

import pytest

from openchannels.jobs import sqlite_connection
from openchannels.jobs.sqlite_connection import JobConnection

TABLE = "CREATE TABLE t (id INTEGER, at INTEGER NOT NULL DEFAULT (unixepoch('subsec') * 1000))"
"""As DBOS makes its tables from Python 3.12 on."""


@pytest.mark.parametrize("known", [sqlite_connection.KNOWS_SUBSEC, (99,)])
def test_milliseconds_are_there_with_any_sqlite(
    known: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_connection, "KNOWS_SUBSEC", known)
    with closing(sqlite3.connect(":memory:", factory=JobConnection)) as connection:
        connection.execute(TABLE)
        before = time.time() * 1000 - 1
        connection.execute("INSERT INTO t (id) VALUES (1)")
        ((at, kind),) = connection.execute("SELECT at, typeof(at) FROM t").fetchall()
        assert kind == "integer"
        assert before <= at <= time.time() * 1000 + 1
        cast = "SELECT CAST(unixepoch('subsec') * 1000 AS BIGINT)"
        assert connection.execute(cast).fetchone()[0] >= at
