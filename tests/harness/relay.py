"""A relay before a PostgreSQL that can be cut: a machine that loses its way to the database."""

import asyncio
import contextlib
from typing import Self
from urllib.parse import parse_qs, urlsplit

from tests.harness.listening import free_port

CHUNK = 65_536


class Relay:
    """Passes bytes on in both directions until it is cut, and again once it is mended."""

    def __init__(self, database: str) -> None:
        parts = urlsplit(database)
        query = parse_qs(parts.query)
        self._host = query.get("host", [parts.hostname or "localhost"])[0]
        self._port = int(query.get("port", [parts.port or 5432])[0])
        self.port = free_port()
        self.url = f"postgresql://{parts.username}@127.0.0.1:{self.port}{parts.path}"
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    async def mend(self) -> Self:
        """Takes connections from now on."""
        self._server = await asyncio.start_server(self._pass, "127.0.0.1", self.port)
        return self

    async def cut(self) -> None:
        """Ends all connections, and takes none."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._open):
            writer.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            to_reader, to_writer = await self._connect()
            self._open |= {writer, to_writer}
            try:
                await asyncio.wait(
                    {
                        asyncio.ensure_future(_copy(reader, to_writer)),
                        asyncio.ensure_future(_copy(to_reader, writer)),
                    },
                    return_when=asyncio.FIRST_COMPLETED,
                )
            finally:
                self._open -= {writer, to_writer}
                to_writer.transport.abort()
        writer.transport.abort()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._host.startswith("/"):
            return await asyncio.open_unix_connection(f"{self._host}/.s.PGSQL.{self._port}")
        return await asyncio.open_connection(self._host, self._port)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while chunk := await reader.read(CHUNK):
            writer.write(chunk)
            await writer.drain()
