"""Passes connections on to a server, counts what is sent there, and cuts some of them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

PIECE = 256 * 1024


class Relay:
    """`sent` is in bytes; at each position of `cuts` that it reaches the connection is cut."""

    def __init__(self) -> None:
        self.sent = 0
        self.cuts: Sequence[int] = ()

    @contextlib.asynccontextmanager
    async def listening(self, server: str) -> AsyncIterator[str]:
        """Pass on to a server; yields the address to call instead."""
        host, _, port = server.rpartition("/")[2].partition(":")

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            there, back = await asyncio.open_connection(host, int(port), limit=PIECE)
            ways = (self._send(reader, back), _pass(there, writer))
            tasks = [asyncio.create_task(way) for way in ways]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for end in (writer, back):
                end.close()

        listener = await asyncio.start_server(serve, "127.0.0.1", 0, limit=PIECE)
        async with listener:
            yield f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"

    async def _send(self, reader: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        while piece := await reader.read(PIECE):
            self.sent += len(piece)
            if self.cuts and self.sent >= self.cuts[0]:
                self.cuts = self.cuts[1:]
                back.transport.abort()
                return
            back.write(piece)
            await back.drain()


async def _pass(there: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await there.read(PIECE):
        writer.write(piece)
        await writer.drain()
