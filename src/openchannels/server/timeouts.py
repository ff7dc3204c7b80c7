"""Cutting clients that hold a connection without using it.

uvicorn waits for ever for the head of a request, for its body, and for a client to take its
answer. A look at all connections once a second finds those that have not moved on, at no cost to
any request. The API itself answers a late body with 408 before this cuts the connection.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

GRACE_SECONDS = 2.0
"""For the application to answer by itself before its connection is cut."""


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """How long clients may take, in seconds, and how many there may be."""

    head: float = 10.0
    body: float = 30.0
    read: float = 30.0
    idle: float = 5.0
    connections: int = 10_000


class Phase(Enum):
    """What a connection waits for."""

    HEAD = auto()
    BODY = auto()
    OURSELVES = auto()
    READER = auto()
    NEXT = auto()


@dataclass(frozen=True, slots=True, eq=False)
class ConnectionState:
    """What a connection waits for, in which request, and since when at least.

    The request is held, so that no other can take its place in memory.
    """

    phase: Phase
    request: Any
    since: float

    def same(self, phase: Phase, request: Any) -> bool:
        # What a reader leaves behind may stem from several answers.
        return self.phase is phase and (phase is Phase.READER or self.request is request)


class ConnectionReaper:
    """Looks again and again at the connections of uvicorn's httptools protocol."""

    def __init__(
        self, connection_limits: ConnectionLimits, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._most = connection_limits.connections
        self._limits: Mapping[Phase, float] = {
            Phase.HEAD: connection_limits.head,
            Phase.BODY: connection_limits.body + GRACE_SECONDS,
            Phase.OURSELVES: float("inf"),
            Phase.READER: connection_limits.read,
            # uvicorn ends idle connections itself, unless a stray byte stopped its timer.
            Phase.NEXT: connection_limits.idle + connection_limits.head,
        }
        self._seen: dict[Any, ConnectionState] = {}

    def look(self, connections: Iterable[Any]) -> None:
        """Cut what has not moved on for too long, then what is too many."""
        now, seen = self._clock(), {}
        for connection in tuple(connections):
            phase = phase_of(connection)
            known = self._seen.get(connection)
            if known is None or not known.same(phase, connection.scope):
                known = ConnectionState(phase, connection.scope, now)
            if now - known.since > self._limits[phase]:
                connection.transport.abort()
            else:
                seen[connection] = known
        self._seen = seen
        if len(seen) > self._most:
            self._thin_out()

    def _thin_out(self) -> None:
        """Cut those that wait longest for their clients; what we work on stays."""
        waiting = [one for one, at in self._seen.items() if at.phase is not Phase.OURSELVES]
        waiting.sort(key=lambda one: self._seen[one].since)
        for connection in waiting[: len(self._seen) - self._most]:
            connection.transport.abort()
            del self._seen[connection]


def phase_of(connection: Any) -> Phase:
    """What a connection waits for, as its protocol's own state tells."""
    cycle = connection.cycle
    if connection.transport.get_write_buffer_size():
        return Phase.READER
    if cycle is None:
        return Phase.HEAD
    if cycle.response_complete:
        return Phase.NEXT if cycle.scope is connection.scope else Phase.HEAD
    return Phase.BODY if cycle.more_body else Phase.OURSELVES
