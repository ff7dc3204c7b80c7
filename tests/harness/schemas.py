"""Databases of earlier schemas: made by the migrations, filled as far as their tables go."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, MetaData, Table, create_engine, insert
from sqlalchemy import inspect as inspect_schema
from sqlalchemy.ext.asyncio import create_async_engine

from openchannels.store.migrate import SCRIPTS


async def on_store(url: str, question: Any) -> Any:
    """What a function of a connection returns; it commits what it writes itself."""
    if url.startswith("sqlite"):
        Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(url)
        with engine.connect() as connection:
            answer = question(connection)
        engine.dispose()
        return answer
    remote = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://", 1))
    async with remote.connect() as connection:
        answer = await connection.run_sync(question)
    await remote.dispose()
    return answer


def upgrade(connection: Connection, revision: str) -> None:
    """Migrate a database to an earlier schema than the present one."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def table_as_it_is(connection: Connection, name: str) -> Table:
    """A table with the columns that this database has."""
    return Table(name, MetaData(), autoload_with=connection, resolve_fks=False)


def insert_known(connection: Connection, name: str, rows: Iterable[Mapping[str, Any]]) -> int:
    """Insert rows without what the schema does not know yet; returns how many.

    A table that is not there takes none.
    """
    if not inspect_schema(connection).has_table(name):
        return 0
    table = table_as_it_is(connection, name)
    known = [{key: value for key, value in row.items() if key in table.c} for row in rows]
    if known:
        connection.execute(insert(table), known)
    return len(known)
