"""Takes connections from a socket that several processes listen on, evenly.

Clients keep connections, so a process that takes more of them does more of the work. The system
wakes all processes at a new connection, and the quickest would take everything that waits: of 16
connections opened at once one of two processes took 15. Here one that has more than another leaves
it to that one for some milliseconds.
"""

import asyncio
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

BACKLOG = 2048
YIELD_SECONDS = 0.002
MOST_YIELDS = 3
"""How often in a row a connection is left to others, which may be busy or hang."""
AT_ONCE = 32
"""Connections taken at once when nobody else takes them."""
FAILED_SECONDS = 1.0
"""Pause after an error, such as too many open files."""

log = structlog.get_logger()


class Share(Protocol):
    """What a process that takes connections from the socket tells the others."""

    connections: int

    @property
    def alive(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class SharedSocket:
    """The place of one process among those that listen on a socket."""

    own: Share
    others: Sequence[Share]


class Acceptor:
    """Takes connections until it is closed."""

    def __init__(
        self,
        listener: socket.socket,
        protocol: Callable[[], asyncio.Protocol],
        count: Callable[[], int],
        place: SharedSocket,
    ) -> None:
        """`count` returns how many connections this process has."""
        self._listener = listener
        self._protocol = protocol
        self._count = count
        self._place = place
        self._loop = asyncio.get_running_loop()
        self._opening: set[asyncio.Task[None]] = set()
        self._yields, self._yielded_at = 0, 0.0
        self._pause: asyncio.TimerHandle | None = None

    def start(self) -> None:
        self._listener.setblocking(False)
        self._listener.listen(BACKLOG)
        self._loop.add_reader(self._listener, self._wanted)

    def close(self) -> None:
        """Takes no more connections; those that wait are left to others."""
        if self._pause is not None:
            self._pause.cancel()
        self._loop.remove_reader(self._listener)
        self._listener.close()

    def tell_others(self) -> None:
        """Tells the others how many connections this process has, with those just taken."""
        self._place.own.connections = self._count() + len(self._opening)

    def _wanted(self) -> None:
        if self._is_ahead() and self._may_yield():
            self._wait(YIELD_SECONDS)
            return
        most = AT_ONCE if self._yields == MOST_YIELDS else 1
        self._yields = 0
        for _ in range(most):
            try:
                connection, _ = self._listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                log.error("no connection can be taken", error=error.strerror)
                self._wait(FAILED_SECONDS)
                return
            self._open(connection)

    def _is_ahead(self) -> bool:
        self.tell_others()
        others = [other.connections for other in self._place.others if other.alive]
        return bool(others) and self._place.own.connections > min(others)

    def _may_yield(self) -> bool:
        """Whether the connection that waits has not been left to others too often."""
        now = self._loop.time()
        if now - self._yielded_at > 2 * YIELD_SECONDS:
            # Others took what was left to them; this is another connection.
            self._yields = 0
        self._yielded_at = now
        if self._yields == MOST_YIELDS:
            return False
        self._yields += 1
        return True

    def _wait(self, seconds: float) -> None:
        self._loop.remove_reader(self._listener)
        self._pause = self._loop.call_later(seconds, self._watch_again)

    def _watch_again(self) -> None:
        self._pause = None
        self._loop.add_reader(self._listener, self._wanted)

    def _open(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        task = self._loop.create_task(self._serve(connection))
        self._opening.add(task)
        task.add_done_callback(self._opened)
        self.tell_others()

    def _opened(self, task: "asyncio.Task[None]") -> None:
        self._opening.discard(task)
        self.tell_others()

    async def _serve(self, connection: socket.socket) -> None:
        try:
            await self._loop.connect_accepted_socket(self._protocol, connection)
        except OSError:
            connection.close()
