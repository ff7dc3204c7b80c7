"""The sandbox's state: one SQLite database, in memory or in a file."""

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
CREATE TABLE IF NOT EXISTS posts (
    owner TEXT, position INTEGER, content TEXT NOT NULL, PRIMARY KEY (owner, position)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS documents (
    kind TEXT NOT NULL, id TEXT NOT NULL, owner TEXT NOT NULL, content TEXT NOT NULL,
    UNIQUE (kind, id)
);
CREATE INDEX IF NOT EXISTS documents_of_owner ON documents (kind, owner);
CREATE TABLE IF NOT EXISTS tallies (
    owner TEXT, position INTEGER, name TEXT, made_by TEXT, moment REAL NOT NULL,
    amount INTEGER NOT NULL, PRIMARY KEY (owner, position, name, made_by)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS tallies_by_maker ON tallies (made_by);
CREATE TABLE IF NOT EXISTS removed (
    owner TEXT, position INTEGER, PRIMARY KEY (owner, position)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS objects (
    id INTEGER PRIMARY KEY, owner TEXT NOT NULL, kind TEXT NOT NULL, content TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS objects_of_owner ON objects (owner, kind);
"""


class State:
    """The database. Not thread-safe: all handlers run on one event loop."""

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
        """Run a statement; returns the number of rows it changed."""
        return self._connection.execute(sql, values).rowcount

    def insert(self, sql: str, *values: object) -> int:
        """Insert a row; returns its id."""
        return self._connection.execute(sql, values).lastrowid or 0

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit all changes of the block, or none."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def value(self, name: str, default: str) -> str:
        """A stored value; stores and returns `default` if there is none."""
        self.change("INSERT OR IGNORE INTO facts VALUES (?, ?)", name, default)
        return str(self.row("SELECT value FROM facts WHERE name = ?", name)[0])

    def set_value(self, name: str, value: str) -> None:
        """Store a value, replacing an older one."""
        self.change("INSERT OR REPLACE INTO facts VALUES (?, ?)", name, value)

    def close(self) -> None:
        """Close the database."""
        self._connection.close()
