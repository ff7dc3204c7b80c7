"""Who is connected to: a listener on all addresses of this machine, and every attempt."""

import asyncio
import contextlib
import socket
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import Any

RECEIVER = "127.0.0.2"
"""Stands for the Internet: the one address that may be called."""
READ_SECONDS = 5.0


class Attempts:
    """Every connection that Python begins while it is watched, by IP address."""

    def __init__(self) -> None:
        self.seen: list[str] | None = None
        sys.addaudithook(self._heard)

    def _heard(self, event: str, args: tuple[Any, ...]) -> None:
        if event == "socket.connect" and self.seen is not None and isinstance(args[1], tuple):
            self.seen.append(str(args[1][0]))

    @contextlib.contextmanager
    def watched(self) -> Iterator[list[str]]:
        self.seen = seen = []
        try:
            yield seen
        finally:
            self.seen = None


class Listener:
    """Counts connections by the address they came to; answers with a redirect or 204."""

    def __init__(self) -> None:
        self.port = 0
        self.came: Counter[str] = Counter()
        self.answer = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.came[writer.get_extra_info("sockname")[0].removeprefix("::ffff:")] += 1
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(READ_SECONDS):
                await reader.read(4096)
            writer.write(self.answer)
            await writer.drain()
        writer.close()

    def redirect_to(self, status: int, url: str) -> None:
        head = f"HTTP/1.1 {status} Elsewhere\r\nLocation: {url}\r\nRefresh: 0;url={url}\r\n"
        self.answer = (head + "Connection: close\r\nContent-Length: 0\r\n\r\n").encode()

    @property
    def refused(self) -> int:
        """Connections that should not have come."""
        return self.came.total() - self.came[RECEIVER]

    def forget_refused(self) -> None:
        for address in [one for one in self.came if one != RECEIVER]:
            del self.came[address]


@contextlib.asynccontextmanager
async def listener() -> AsyncIterator[Listener]:
    found = Listener()
    both = socket.has_dualstack_ipv6()
    line = socket.create_server(
        ("::" if both else "", 0),
        family=socket.AF_INET6 if both else socket.AF_INET,
        dualstack_ipv6=both,
    )
    found.port = line.getsockname()[1]
    async with await asyncio.start_server(found.take, sock=line):
        yield found
