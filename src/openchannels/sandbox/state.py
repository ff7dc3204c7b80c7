"""What the sandbox remembers: one SQLite database, in memory or in a file."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_TABLES = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS clients (
    realm TEXT, client_id TEXT, secret TEXT NOT NULL, PRIMARY KEY (realm, client_id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS grants (
    id INTEGER PRIMARY KEY, realm TEXT NOT NULL, person TEXT NOT NULL, client_id TEXT NOT NULL,
    asked TEXT NOT NULL, scopes TEXT NOT NULL, detail TEXT NOT NULL, created REAL NOT NULL,
    dead INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS grants_of_person ON grants (realm, person, client_id);
CREATE TABLE IF NOT EXISTS codes (
    code TEXT PRIMARY KEY, grant_id INTEGER NOT NULL, redirect_uri TEXT NOT NULL,
    challenge TEXT NOT NULL, method TEXT NOT NULL, expires REAL NOT NULL,
    used INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS codes_by_end ON codes (expires);
CREATE TABLE IF NOT EXISTS tokens (
    token TEXT PRIMARY KEY, kind TEXT NOT NULL, grant_id INTEGER NOT NULL, account TEXT NOT NULL,
    issued REAL NOT NULL, expires REAL, used INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS tokens_of_grant ON tokens (grant_id, kind);
CREATE TABLE IF NOT EXISTS logins (
    realm TEXT, person TEXT, generation INTEGER NOT NULL, PRIMARY KEY (realm, person)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS added (
    owner TEXT, position INTEGER, created INTEGER NOT NULL, PRIMARY KEY (owner, position)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS removed (
    owner TEXT, position INTEGER, PRIMARY KEY (owner, position)
) WITHOUT ROWID;
"""


class State:
    """The sandbox's memory. Not thread-safe: all handlers run on one event loop."""

    def __init__(self, file: Path | None = None) -> None:
        self._connection = sqlite3.connect(
            file or ":memory:", isolation_level=None, check_same_thread=False, timeout=10
        )
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.executescript(_TABLES)

    def rows(self, sql: str, *values: object) -> list[Any]:
        """All rows of a query, as tuples."""
        return self._connection.execute(sql, values).fetchall()

    def row(self, sql: str, *values: object) -> Any:
        """The first row of a query, or None."""
        return self._connection.execute(sql, values).fetchone()

    def change(self, sql: str, *values: object) -> int:
        """Run a change; returns the number of rows it touched."""
        return self._connection.execute(sql, values).rowcount

    def insert(self, sql: str, *values: object) -> int:
        """Insert a row; returns its id."""
        return self._connection.execute(sql, values).lastrowid or 0

    @contextmanager
    def together(self) -> Iterator[None]:
        """Several changes as one: all of them or none."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def fact(self, name: str, default: str) -> str:
        """A remembered value; `default` is remembered when there is none yet."""
        self.change("INSERT OR IGNORE INTO facts VALUES (?, ?)", name, default)
        return str(self.row("SELECT value FROM facts WHERE name = ?", name)[0])

    def set_fact(self, name: str, value: str) -> None:
        """Remember a value, replacing an older one."""
        self.change("INSERT OR REPLACE INTO facts VALUES (?, ?)", name, value)

    def close(self) -> None:
        """Close the database; the state object is of no use afterwards."""
        self._connection.close()
