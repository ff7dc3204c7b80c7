"""Inspects a database without creating or changing anything."""

import asyncio
import json
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, create_engine, func, select, text
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import NullPool

from openchannels.store.engines import postgres_engine
from openchannels.store.migrate import HEAD, UnusableDatabase, current_revision, pending_after
from openchannels.store.queries.workers import heartbeats
from openchannels.store.tables import facts, metadata

CONNECT_SECONDS = 5
READ_SECONDS = 300
SAMPLE_ROWS = 1000
DATABASE_ERRORS = (UnusableDatabase, DBAPIError, sqlite3.Error, json.JSONDecodeError)
"""What reading a damaged or foreign database raises."""
MAY_USE_SCHEMA = text(
    "SELECT CASE WHEN to_regnamespace(:schema) IS NULL"
    " THEN has_database_privilege(current_database(), 'CREATE')"
    " ELSE has_schema_privilege(:schema, 'CREATE') END"
)


@dataclass(frozen=True, slots=True)
class DatabaseState:
    """Whether a database exists, its schema revision (None if empty) and its metadata.

    `heartbeats` are the last ones of processes that do background work, in Unix seconds, where
    the schema is current.
    """

    exists: bool
    revision: str | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    heartbeats: tuple[float, ...] = ()

    @property
    def up_to_date(self) -> bool:
        return self.revision == HEAD

    @property
    def pending(self) -> tuple[str, ...]:
        """The revisions that a migration would apply, oldest first."""
        return pending_after(self.revision)


async def inspect_database(url: str, *, contents: bool = False) -> DatabaseState:
    """Reads the schema's revision and the metadata, with `contents` also from each table.

    Raises UnusableDatabase, and the driver's exceptions.
    """

    def read(connection: Connection) -> DatabaseState:
        return _state_of(connection, contents=contents)

    if not url.startswith("sqlite:"):
        return await _inspect_postgres(url, read)
    return _inspect_sqlite(Path(url.removeprefix("sqlite:///")), read)


def _inspect_sqlite(path: Path, read: Callable[[Connection], DatabaseState]) -> DatabaseState:
    if not path.exists():
        return DatabaseState(exists=False)
    # With mode=ro SQLite could not remove its own -wal and -shm files afterwards.
    address = f"file:{quote(str(path.absolute()))}?mode=rw"
    engine = create_engine(
        "sqlite://", creator=lambda: sqlite3.connect(address, uri=True), poolclass=NullPool
    )
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA query_only=ON")
        return read(connection)


async def _inspect_postgres(url: str, read: Callable[[Connection], DatabaseState]) -> DatabaseState:
    engine = postgres_engine(url, poolclass=NullPool)
    try:
        async with asyncio.timeout(CONNECT_SECONDS) as limit, engine.connect() as connection:
            limit.reschedule(asyncio.get_running_loop().time() + READ_SECONDS)
            return await connection.run_sync(read)
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


def _state_of(connection: Connection, *, contents: bool) -> DatabaseState:
    revision = current_revision(connection)
    known: dict[str, str] = {}
    beats: tuple[float, ...] = ()
    if revision is not None:
        rows = connection.execute(select(facts.c.name, facts.c.value))
        known = {row.name: row.value for row in rows}
        if contents:
            _read_contents(connection, current=revision == HEAD)
    if revision == HEAD:
        beats = tuple(beat for _, beat in heartbeats(connection))
    return DatabaseState(exists=True, revision=revision, facts=known, heartbeats=beats)


def _read_contents(connection: Connection, *, current: bool) -> None:
    """Reads from all tables. Raises UnusableDatabase where SQLite finds damage."""
    if connection.dialect.name == "sqlite":
        found = str(connection.exec_driver_sql("PRAGMA quick_check(1)").scalar())
        if found != "ok":
            raise UnusableDatabase(found.splitlines()[-1])
    # An older schema may lack columns; it is migrated before anything is read.
    if current:
        for table in metadata.sorted_tables:
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            connection.execute(select(table).limit(SAMPLE_ROWS)).all()


def read_samples(connection: Connection) -> None:
    """Reads the first and the last row of each table, so that damage is noticed at the start."""
    for table in metadata.sorted_tables:
        key = table.primary_key.columns.values()
        connection.execute(select(table).order_by(*key).limit(1)).all()
        connection.execute(select(table).order_by(*(c.desc() for c in key)).limit(1)).all()


def explain(error: Exception) -> str:
    """Describes a database error in one line, without the URL, which may hold a password."""
    if isinstance(error, json.JSONDecodeError):
        return "it holds damaged values"
    if isinstance(error, ModuleNotFoundError):
        return f"the module {error.name} is missing; install the extra postgresql"
    if isinstance(error, TimeoutError):
        return "it does not answer"
    if isinstance(error, ValueError | ArgumentError):
        # These quote what they could not read, which may be a part of the password.
        return "database.url cannot be read; encode special characters of the password"
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    lines = str(cause).splitlines()
    return lines[0].rstrip(".") if lines and lines[0] else type(cause).__name__
