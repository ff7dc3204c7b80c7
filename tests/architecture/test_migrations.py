"""The migrations make exactly the tables that the queries speak of, on both stores."""

from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Table, create_engine
from sqlalchemy.ext.asyncio import create_async_engine

from openchannels.store.migrate import HEAD, REVISIONS, SCRIPTS, current_revision, migrate
from openchannels.store.tables import metadata


def differences(connection: Connection) -> list[Any]:
    options = {"compare_type": True, "compare_server_default": True}
    context = MigrationContext.configure(connection, opts=options)
    return list(compare_metadata(context, metadata))


async def on_store(url: str, question: Any) -> Any:
    if url.startswith("sqlite"):
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


async def test_head_makes_the_tables(empty_store: str) -> None:
    assert await migrate(empty_store)
    assert await on_store(empty_store, current_revision) == HEAD
    assert await on_store(empty_store, differences) == []
    assert not await migrate(empty_store)


async def test_a_missing_column_would_be_seen(store: str) -> None:
    """The comparison above is worth something."""
    first: Table = next(iter(metadata.tables.values()))
    column = next(c for c in first.columns if not c.primary_key)

    def drop(connection: Connection) -> None:
        connection.exec_driver_sql(f"ALTER TABLE {first.name} DROP COLUMN {column.name}")
        connection.commit()

    await on_store(store, drop)
    found = await on_store(store, differences)
    assert [entry[0] for entry in found] == ["add_column"]


def test_head_is_the_newest_script() -> None:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_heads() == [HEAD]
    assert [script.revision for script in scripts.walk_revisions()][::-1] == list(REVISIONS)
    assert len(list(scripts.walk_revisions())) == len(list(SCRIPTS.glob("versions/*.py")))
