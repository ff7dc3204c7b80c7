"""Inspects a database without creating or changing anything."""

import asyncio
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, create_engine, inspect, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from openchannels.store.database import postgres_engine
from openchannels.store.migrate import HEAD, current_revision
from openchannels.store.tables import facts

CONNECT_SECONDS = 5
MAY_USE_SCHEMA = text(
    "SELECT CASE WHEN to_regnamespace(:schema) IS NULL"
    " THEN has_database_privilege(current_database(), 'CREATE')"
    " ELSE has_schema_privilege(:schema, 'CREATE') END"
)


@dataclass(frozen=True, slots=True)
class DatabaseState:
    """Whether a database exists, its schema revision (None if empty) and its metadata."""

    exists: bool
    revision: str | None = None
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def up_to_date(self) -> bool:
        return self.revision == HEAD


async def inspect_database(url: str) -> DatabaseState:
    """Reads the schema's revision and the metadata. Raises the driver's exceptions."""
    if not url.startswith("sqlite:"):
        return await _inspect_postgres(url)
    return _inspect_sqlite(Path(url.removeprefix("sqlite:///")))


def _inspect_sqlite(path: Path) -> DatabaseState:
    if not path.exists():
        return DatabaseState(exists=False)
    # With mode=ro SQLite could not remove its own -wal and -shm files afterwards.
    address = f"file:{quote(str(path.absolute()))}?mode=rw"
    engine = create_engine(
        "sqlite://", creator=lambda: sqlite3.connect(address, uri=True), poolclass=NullPool
    )
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA query_only=ON")
        return _state_of(connection)


async def _inspect_postgres(url: str) -> DatabaseState:
    engine = postgres_engine(url, poolclass=NullPool)
    try:
        async with asyncio.timeout(CONNECT_SECONDS), engine.connect() as connection:
            return await connection.run_sync(_state_of)
    finally:
        await engine.dispose()


async def may_use_schema(url: str, schema: str) -> bool:
    """PostgreSQL: whether the schema exists and takes tables, or may be created.

    Raises the driver's exceptions.
    """
    engine = postgres_engine(url, poolclass=NullPool)
    try:
        async with asyncio.timeout(CONNECT_SECONDS), engine.connect() as connection:
            return bool(await connection.scalar(MAY_USE_SCHEMA, {"schema": schema}))
    finally:
        await engine.dispose()


def _state_of(connection: Connection) -> DatabaseState:
    revision = current_revision(connection)
    known: dict[str, str] = {}
    if inspect(connection).has_table(facts.name):
        rows = connection.execute(select(facts.c.name, facts.c.value))
        known = {row.name: row.value for row in rows}
    return DatabaseState(exists=True, revision=revision, facts=known)


def explain(error: Exception) -> str:
    """Describes a database error in one line, without the URL, which may hold a password."""
    if isinstance(error, ModuleNotFoundError):
        return f"the module {error.name} is missing; install the extra postgresql"
    if isinstance(error, TimeoutError):
        return "it does not answer"
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    lines = str(cause).splitlines()
    return lines[0].rstrip(".") if lines and lines[0] else type(cause).__name__
