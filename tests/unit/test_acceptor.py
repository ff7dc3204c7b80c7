"""Connections to one socket are shared evenly, and nobody waits for a process that hangs."""

import asyncio
import contextlib
import socket
from dataclasses import dataclass

from openchannels.server.acceptor import Acceptor, SharedSocket
from openchannels.server.serve import bind
from tests.harness.waiting import until

CLIENTS = 16


@dataclass
class Shown:
    """What one process tells the others."""

    connections: int = 0
    alive: bool = True


class Taker:
    """A process's end of the socket."""

    def __init__(self, listener: socket.socket, own: Shown, others: list[Shown]) -> None:
        self.own = own
        self.taken: list[asyncio.BaseTransport] = []
        taken = self.taken

        class Kept(asyncio.Protocol):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                taken.append(transport)

        place = SharedSocket(own, others)
        self.acceptor = Acceptor(listener.dup(), Kept, lambda: len(taken), place)
        self.acceptor.start()

    def close(self) -> None:
        self.acceptor.close()
        for transport in self.taken:
            transport.abort()  # type: ignore[attr-defined]


async def test_a_burst_is_shared_by_halves() -> None:
    with bind("127.0.0.1", 0) as listener, contextlib.ExitStack() as stack:
        left, right = Shown(), Shown()
        takers = [Taker(listener, left, [right]), Taker(listener, right, [left])]
        for taker in takers:
            stack.callback(taker.close)
        for _ in range(CLIENTS):
            stack.enter_context(socket.create_connection(listener.getsockname()))
        await until(lambda: sum(len(taker.taken) for taker in takers) == CLIENTS)
        assert [len(taker.taken) for taker in takers] == [CLIENTS // 2] * 2
        await until(lambda: [left.connections, right.connections] == [CLIENTS // 2] * 2)


async def test_who_hangs_is_not_waited_for() -> None:
    """It has fewer connections, seems to live, and takes none."""
    with bind("127.0.0.1", 0) as listener, contextlib.ExitStack() as stack:
        taker = Taker(listener, Shown(), [Shown(), Shown(alive=False)])
        stack.callback(taker.close)
        for _ in range(CLIENTS):
            stack.enter_context(socket.create_connection(listener.getsockname()))
        await until(lambda: len(taker.taken) == CLIENTS)
        nodelay = (
            taker.taken[0]
            .get_extra_info("socket")
            .getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        )
        assert nodelay, "an answer in two parts would wait for the client's acknowledgement"
