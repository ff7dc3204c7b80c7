"""What stands in the job store, read past the program."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import asyncpg

SCHEMA = "openchannels_jobs"


async def workflows(store: str) -> list[dict[str, Any]]:
    """The rows of all batches ever begun; none where there is no job store yet."""
    return [row for name, row in await everything(store) if name == "workflow_status"]


async def arguments(store: str) -> list[list[Any]]:
    """The arguments of all batches ever begun."""
    values = [row["inputs"] for _, row in await everything(store) if row.get("inputs")]
    return [json.loads(value)["positionalArgs"] for value in values]


async def everything(store: str) -> list[tuple[str, dict[str, Any]]]:
    """Every row of every table, with the table's name."""
    if store.startswith("sqlite"):
        return _of_sqlite(Path(store.removeprefix("sqlite:///")).with_name("jobs.db"))
    connection = await asyncpg.connect(store)
    try:
        tables = await connection.fetch(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = $1", SCHEMA
        )
        return [
            (name, dict(row))
            for (name,) in tables
            for row in await connection.fetch(f'SELECT * FROM {SCHEMA}."{name}"')
        ]
    finally:
        await connection.close()


def _of_sqlite(file: Path) -> list[tuple[str, dict[str, Any]]]:
    if not file.exists():
        return []
    with closing(sqlite3.connect(file)) as connection:
        connection.row_factory = sqlite3.Row
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        return [
            (name, dict(row))
            for (name,) in tables.fetchall()
            for row in connection.execute(f'SELECT * FROM "{name}"')
        ]
