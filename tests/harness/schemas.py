"""Databases of earlier schemas: made by the migrations, filled as far as their tables go."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, MetaData, Table, create_engine, insert
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


def present_tables(connection: Connection) -> Mapping[str, Table]:
    """The tables of a database, with the columns that they have there."""
    found = MetaData()
    found.reflect(connection)
    return found.tables


def insert_known(
    connection: Connection,
    tables: Mapping[str, Table],
    name: str,
    rows: Iterable[Mapping[str, Any]],
) -> int:
    """Insert rows without what the schema does not know yet; returns how many.

    A table that is not there takes none.
    """
    if name not in tables:
        return 0
    table = tables[name]
    known = [{key: value for key, value in row.items() if key in table.c} for row in rows]
    if known:
        connection.execute(insert(table), known)
    return len(known)
