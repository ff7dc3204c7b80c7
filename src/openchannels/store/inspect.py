"""Looking at a database without making or changing anything."""

import asyncio
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, create_engine, inspect, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from openchannels.store.migrate import HEAD, current
from openchannels.store.tables import facts

CONNECT_SECONDS = 5


@dataclass(frozen=True, slots=True)
class DatabaseState:
    """How a database stands. `revision` is None where there is no schema yet."""

    exists: bool
    revision: str | None = None
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def up_to_date(self) -> bool:
        return self.revision == HEAD


async def inspect_database(url: str) -> DatabaseState:
    """Read the schema's revision and the facts. Raises what the driver raises."""
    if not url.startswith("sqlite:"):
        return await _look_at_postgres(url)
    return _look_at_sqlite(Path(url.removeprefix("sqlite:///")))


def _look_at_sqlite(path: Path) -> DatabaseState:
    if not path.exists():
        return DatabaseState(exists=False)
    # With mode=ro SQLite could not take its own -wal and -shm files away again.
    address = f"file:{quote(str(path.absolute()))}?mode=rw"
    engine = create_engine(
        "sqlite://", creator=lambda: sqlite3.connect(address, uri=True), poolclass=NullPool
    )
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA query_only=ON")
        return _condition(connection)


async def _look_at_postgres(url: str) -> DatabaseState:
    from sqlalchemy.ext.asyncio import create_async_engine

    address = url.replace("postgresql://", "postgresql+asyncpg://", 1)
    engine = create_async_engine(address, poolclass=NullPool)
    try:
        async with asyncio.timeout(CONNECT_SECONDS), engine.connect() as connection:
            return await connection.run_sync(_condition)
    finally:
        await engine.dispose()


def _condition(connection: Connection) -> DatabaseState:
    revision = current(connection)
    known: dict[str, str] = {}
    if inspect(connection).has_table(facts.name):
        rows = connection.execute(select(facts.c.name, facts.c.value))
        known = {row.name: row.value for row in rows}
    return DatabaseState(exists=True, revision=revision, facts=known)


def explain(error: Exception) -> str:
    """What is wrong with a database, in one line and without the address that may hold secrets."""
    if isinstance(error, ModuleNotFoundError):
        return f"the module {error.name} is missing; install the extra postgresql"
    if isinstance(error, TimeoutError):
        return "it does not answer"
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    lines = str(cause).splitlines()
    return lines[0].rstrip(".") if lines and lines[0] else type(cause).__name__
