"""Closes client connections that are held open without progress.

uvicorn waits without limit for the head of a request, for its body, and for a client to read its
answer. Checking all connections once a second finds the stalled ones at no cost per request. A file
may take any time while enough of it moves. The API itself answers a late body with 408 before this
closes the connection.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

GRACE_SECONDS = 2.0
"""Time for the application to answer before its connection is closed."""


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """Time limits for clients in seconds, and the number of connections."""

    head: float = 10.0
    body: float = 30.0
    read: float = 30.0
    idle: float = 75.0
    connections: int = 10_000


class Phase(Enum):
    """What a connection waits for."""

    HEAD = auto()
    BODY = auto()
    APPLICATION = auto()
    CLIENT_READ = auto()
    NEXT_REQUEST = auto()


MOVING = (Phase.BODY, Phase.CLIENT_READ)
"""What may go on for long while bytes move."""
LEAST_MOVED = 16 * 1024
"""Bytes that must move within a time limit; fewer are a client that only holds the connection."""


@dataclass(frozen=True, slots=True, eq=False)
class ConnectionState:
    """What a connection waits for, in which request, and since when at least nothing has moved.

    Holds a reference to the request, so that its identity is not reused.
    """

    phase: Phase
    request: Any
    moved: int
    since: float

    def matches(self, phase: Phase, connection: Any) -> bool:
        if self.phase is not phase:
            return False
        if phase in MOVING and connection.moved - self.moved >= LEAST_MOVED:
            return False
        # Unsent bytes may belong to several responses, so do not compare the request.
        return phase is Phase.CLIENT_READ or self.request is connection.scope


class ConnectionReaper:
    """Closes stalled connections of uvicorn's httptools protocol each time `check` is called."""

    def __init__(
        self, connection_limits: ConnectionLimits, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._max_connections = connection_limits.connections
        self._limits: Mapping[Phase, float] = {
            Phase.HEAD: connection_limits.head,
            Phase.BODY: connection_limits.body + GRACE_SECONDS,
            Phase.APPLICATION: float("inf"),
            Phase.CLIENT_READ: connection_limits.read,
            # uvicorn closes idle connections itself, unless a stray byte stopped its timer.
            Phase.NEXT_REQUEST: connection_limits.idle + connection_limits.head,
        }
        self._seen: dict[Any, ConnectionState] = {}

    def check(self, connections: Iterable[Any]) -> None:
        """Closes stalled connections, then those above the maximum number."""
        now, seen = self._clock(), {}
        for connection in tuple(connections):
            phase = phase_of(connection)
            known = self._seen.get(connection)
            if known is None or not known.matches(phase, connection):
                known = ConnectionState(phase, connection.scope, connection.moved, now)
            if now - known.since > self._limits[phase]:
                connection.transport.abort()
            else:
                seen[connection] = known
        self._seen = seen
        if len(seen) > self._max_connections:
            self._cut_excess()

    def _cut_excess(self) -> None:
        """Closes the connections that wait longest for their clients, never one we work for."""
        waiting = [c for c, state in self._seen.items() if state.phase is not Phase.APPLICATION]
        waiting.sort(key=lambda connection: self._seen[connection].since)
        for connection in waiting[: len(self._seen) - self._max_connections]:
            connection.transport.abort()
            del self._seen[connection]


def phase_of(connection: Any) -> Phase:
    """Returns what a connection waits for, read from its protocol's state."""
    cycle = connection.cycle
    if connection.transport.get_write_buffer_size():
        return Phase.CLIENT_READ
    if cycle is None:
        return Phase.HEAD
    if cycle.response_complete:
        return Phase.NEXT_REQUEST if cycle.scope is connection.scope else Phase.HEAD
    return Phase.BODY if cycle.more_body else Phase.APPLICATION
