"""Which connections are cut, and when, by a clock that the test moves."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from openchannels.server.timeouts import (
    GRACE_SECONDS,
    LEAST_MOVED,
    ConnectionLimits,
    ConnectionReaper,
    Phase,
    phase_of,
)


@dataclass
class Transport:
    unread: int = 0
    aborted: bool = False

    def get_write_buffer_size(self) -> int:
        return self.unread

    def abort(self) -> None:
        self.aborted = True


@dataclass
class Cycle:
    scope: Any
    response_complete: bool = False
    more_body: bool = False


@dataclass(eq=False)
class Connection:
    """The parts of uvicorn's protocol that count."""

    transport: Transport = field(default_factory=Transport)
    scope: Any = None
    cycle: Cycle | None = None
    moved: int = 0

    def begin(self) -> None:
        self.scope = {}

    def end_head(self, *, more_body: bool = False) -> None:
        self.cycle = Cycle(self.scope, more_body=more_body)

    def answered(self) -> None:
        assert self.cycle is not None
        self.cycle.response_complete = True


PATIENCE = ConnectionLimits(head=10, body=30, read=20, idle=5, connections=3)


@dataclass
class PolledSession:
    connections: list[Connection]
    now: float = 0.0

    def __post_init__(self) -> None:
        self.watch = ConnectionReaper(PATIENCE, lambda: self.now)
        self.watch.check(self.connections)

    def wait(self, seconds: int) -> None:
        for _ in range(seconds):
            self.now += 1
            self.watch.check([c for c in self.connections if not c.transport.aborted])


def lasts(connection: Connection) -> int:
    """Whole seconds until a connection that does not move is cut; 1000 if it is not."""
    watched = PolledSession([connection])
    for second in range(1, 1000):
        watched.wait(1)
        if connection.transport.aborted:
            return second - 1
    return 1000


def used(**options: bool) -> Connection:
    connection = Connection()
    connection.begin()
    connection.end_head(**options)
    return connection


def test_each_phase_has_its_time() -> None:
    fresh, half = Connection(), Connection()
    half.begin()
    idle, next_half, unread = used(), used(), used()
    for connection in (idle, next_half, unread):
        connection.answered()
    next_half.begin()
    unread.transport.unread = 1
    table = {
        Phase.HEAD: ((fresh, half, next_half), 10),
        Phase.BODY: ((used(more_body=True),), 30 + GRACE_SECONDS),
        Phase.APPLICATION: ((used(),), 1000),
        Phase.NEXT_REQUEST: ((idle,), 15),
        Phase.CLIENT_READ: ((unread,), 20),
    }
    for phase, (connections, seconds) in table.items():
        for connection in connections:
            assert phase_of(connection) is phase
            assert lasts(connection) == seconds, phase


@pytest.mark.parametrize("reads", [True, False])
def test_time_runs_again_with_each_request_but_not_for_who_never_reads(reads: bool) -> None:
    connection = used()
    connection.answered()
    connection.transport.unread = 0 if reads else 9
    watched = PolledSession([connection])
    for _ in range(10):
        watched.wait(9)
        connection.begin()
        connection.end_head()
        connection.answered()
    assert connection.transport.aborted is not reads


@pytest.mark.parametrize("unread", [0, 9])
@pytest.mark.parametrize("moved", [LEAST_MOVED, LEAST_MOVED // 9])
def test_a_file_may_take_long_while_enough_of_it_moves(unread: int, moved: int) -> None:
    connection = used(more_body=True)
    connection.transport.unread = unread
    watched = PolledSession([connection])
    for _ in range(20):
        watched.wait(15)
        connection.moved += moved
    assert connection.transport.aborted is (moved < LEAST_MOVED)
    watched.wait(40)
    assert connection.transport.aborted


def test_above_the_number_those_that_wait_longest_go() -> None:
    busy, oldest, newer = used(), Connection(), Connection()
    watched = PolledSession([busy, oldest])
    watched.wait(2)
    watched.connections += [newer]
    watched.wait(1)
    assert not oldest.transport.aborted
    watched.connections += [Connection()]
    watched.wait(1)
    assert [c.transport.aborted for c in watched.connections] == [False, True, False, False]
