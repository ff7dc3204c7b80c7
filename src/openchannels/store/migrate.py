"""Migrates a database to the current schema, forward only; concurrent starts are safe."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from openchannels.store.engines import postgres_engine, sqlite_engine
from openchannels.store.outages import sqlstate
from openchannels.store.tables import metadata

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

SCRIPTS = Path(__file__).parent / "migrations"
REVISIONS = (
    *("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009", "0010", "0011"),
    *("0012", "0013", "0014", "0015"),
)
"""All revisions, oldest first. A test compares them with the migration scripts."""
HEAD = REVISIONS[-1]

VERSION_TABLE = "alembic_version"
REVISION = "SELECT version_num FROM alembic_version"
BUSY_SECONDS = 60
"""How long SQLite waits for another process that migrates."""
LOCK_ID = 0x6F70656E6368
LOCK_MS = 800
"""How long PostgreSQL waits for one table that requests use.

It is less than the second after which PostgreSQL looks for deadlocks: a migration that crosses a
request gives way, and neither is ended. Nor do requests queue behind it for long.
"""
LOCK_STATES = {"40P01", "55P03"}
"""Deadlock, and a lock that was not had in time."""
ATTEMPTS = 50
PAUSE_SECONDS = 0.5


def pending_after(revision: str | None) -> tuple[str, ...]:
    """Returns the revisions that a database of a known one lacks, oldest first."""
    return REVISIONS if revision is None else REVISIONS[REVISIONS.index(revision) + 1 :]


class UnusableDatabase(Exception):
    """The database is damaged, newer than this version, or not ours; the text says which."""


async def migrate(url: str) -> bool:
    """Migrates the database to HEAD; returns True if anything was changed.

    Raises UnusableDatabase, and the driver's exceptions.
    """
    if url.startswith("sqlite:"):
        Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
        engine = sqlite_engine(url, busy_seconds=BUSY_SECONDS)
        with engine.connect() as connection:
            return _migrate(connection)
    return await _migrate_postgres(url)


async def _migrate_postgres(url: str) -> bool:
    engine = postgres_engine(url)
    try:
        for _ in range(ATTEMPTS - 1):
            try:
                return await _migrate_once(engine)
            except DBAPIError as error:
                if sqlstate(error.orig) not in LOCK_STATES:
                    raise
            await asyncio.sleep(PAUSE_SECONDS)
        return await _migrate_once(engine)
    finally:
        await engine.dispose()


async def _migrate_once(engine: "AsyncEngine") -> bool:
    async with engine.connect() as connection:
        return await connection.run_sync(_migrate)


def _migrate(connection: Connection) -> bool:
    if current_revision(connection) == HEAD:
        return False
    connection.rollback()
    sqlite = connection.dialect.name == "sqlite"
    if sqlite:
        connection.exec_driver_sql("BEGIN EXCLUSIVE")
    else:
        connection.execute(text("SELECT pg_advisory_xact_lock(:id)"), {"id": LOCK_ID})
        connection.execute(text(f"SET LOCAL lock_timeout = {LOCK_MS}"))
    _upgrade(connection)
    if sqlite:
        connection.exec_driver_sql("COMMIT")
    connection.commit()
    return True


def _upgrade(connection: Connection) -> None:
    # Imported only when a migration is needed: Alembic takes a quarter of a second to load.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def current_revision(connection: Connection) -> str | None:
    """Returns the revision of a database; None for an empty one.

    Raises UnusableDatabase for a database of another program or of a newer version, and for one
    that lacks tables.
    """
    present = set(inspect(connection).get_table_names())
    if VERSION_TABLE not in present:
        if present:
            raise UnusableDatabase("it holds tables of another program")
        return None
    found = connection.scalars(text(REVISION)).all()
    if len(found) != 1 or found[0] not in REVISIONS:
        named = ", ".join(map(str, found)) or "none"
        raise UnusableDatabase(
            f"its schema ({named}) is unknown here: it belongs to a newer version of openchannels"
            " or to another program"
        )
    if found[0] == HEAD and (missing := metadata.tables.keys() - present):
        raise UnusableDatabase(f"it lacks the tables {', '.join(sorted(missing))}")
    return str(found[0])
