"""What the user of a database may do there, asked without changing anything."""

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.pool import NullPool

from openchannels.store.engines import postgres_engine
from openchannels.store.inspect import CONNECT_SECONDS
from openchannels.store.tables import metadata

READ_ONLY = text("SELECT pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on'")
MAY_CREATE = text("SELECT coalesce(has_schema_privilege(current_schema(), 'CREATE'), false)")
TABLES = text(
    "SELECT c.relname, pg_has_role(c.relowner, 'MEMBER') AS owned,"
    " has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'INSERT')"
    " AND has_table_privilege(c.oid, 'UPDATE') AND has_table_privilege(c.oid, 'DELETE') AS writable"
    " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE n.nspname = current_schema() AND c.relkind = 'r'"
)


@dataclass(frozen=True, slots=True)
class Rights:
    """Whether a database takes writes, and what migrations need there.

    `unwritable` and `foreign` are tables that may not be written, and that another role owns.
    """

    takes_writes: bool
    may_create: bool
    unwritable: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()

    @property
    def may_migrate(self) -> bool:
        return self.may_create and not self.foreign


async def read_rights(url: str) -> Rights:
    """Asks for the rights in an existing database. Raises the driver's exceptions."""
    if url.startswith("sqlite:"):
        return _file_rights(Path(url.removeprefix("sqlite:///")))
    engine = postgres_engine(url, poolclass=NullPool)
    try:
        async with asyncio.timeout(CONNECT_SECONDS), engine.connect() as connection:
            return await connection.run_sync(_postgres_rights)
    finally:
        await engine.dispose()


def _file_rights(path: Path) -> Rights:
    """SQLite makes files beside the database, so it has to write in the folder too."""
    writes = os.access(path, os.W_OK) and os.access(path.absolute().parent, os.W_OK)
    return Rights(takes_writes=writes, may_create=writes)


def _postgres_rights(connection: Connection) -> Rights:
    rows = [row for row in connection.execute(TABLES) if row.relname in metadata.tables]
    return Rights(
        takes_writes=not connection.scalar(READ_ONLY),
        may_create=bool(connection.scalar(MAY_CREATE)),
        unwritable=tuple(sorted(row.relname for row in rows if not row.writable)),
        foreign=tuple(sorted(row.relname for row in rows if not row.owned)),
    )
