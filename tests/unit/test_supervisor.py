"""Which processes are started, replaced, given up and ended, with processes that are played."""

import asyncio
import signal
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from openchannels.server import supervisor as module
from openchannels.server.supervisor import MOST_FAILURES, Supervisor
from tests.harness.waiting import until

REFUSED = 2


@dataclass
class Played:
    """A process that answers at once, or ends before with a code."""

    refused: int | None = None
    stubborn: bool = False
    led: int = 0
    code: "asyncio.Future[int]" = field(default_factory=asyncio.Future)

    async def ready(self) -> bool:
        if self.refused is not None:
            self.code.set_result(self.refused)
        return self.refused is None

    async def ended(self) -> int:
        return await self.code

    def lead(self) -> None:
        self.led += 1

    def drain(self) -> None:
        if not self.stubborn and not self.code.done():
            self.code.set_result(0)

    def kill(self) -> None:
        if not self.code.done():
            self.code.set_result(-signal.SIGKILL)


class Stage:
    """A supervisor of two processes and a helper; `make` plays each that is started."""

    def __init__(self, make: Callable[[str], Played]) -> None:
        self.started: list[tuple[str, Played]] = []
        self.died: list[str] = []
        self.announced = 0
        self._make = make
        self.supervisor = Supervisor(
            self._start, ["1", "2"], ["helper"],
            stop_seconds=600, died=self.died.append, close=lambda: None,
        )  # fmt: skip

    async def _start(self, name: str) -> Played:
        self.started.append((name, self._make(name)))
        return self.started[-1][1]

    def run(self) -> "asyncio.Task[int]":
        def announce() -> None:
            self.announced += 1

        return asyncio.create_task(self.supervisor.run(announce))

    def stop(self) -> None:
        self.supervisor._signalled(signal.SIGTERM)

    def leaders(self) -> list[str]:
        return [name for name, played in self.started if played.led]


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAUSES", (0.0,))


async def test_one_that_dies_is_replaced_and_another_leads() -> None:
    stage = Stage(lambda _: Played())
    running = stage.run()
    await until(lambda: stage.announced)
    assert sorted(name for name, _ in stage.started) == ["1", "2", "helper"]
    assert stage.leaders() == ["1"]
    stage.started[0][1].kill()
    await until(lambda: len(stage.started) == 4)
    assert stage.started[-1][0] == "1"
    assert stage.leaders() == ["1", "2"]
    stage.stop()
    assert await running == 0
    assert stage.announced == 1
    assert all(played.code.done() for _, played in stage.started)
    assert stage.died[-1] == "helper", "serving processes need it to the end"


async def test_where_the_first_cannot_start_no_other_is_tried() -> None:
    stage = Stage(lambda _: Played(refused=REFUSED))
    assert await stage.run() == REFUSED
    assert [name for name, _ in stage.started] == ["1"]
    assert stage.announced == 0


async def test_where_one_serves_others_are_tried_on() -> None:
    """A start that is refused, such as while the database is away, ends nothing."""
    refused: list[str] = []

    def make(name: str) -> Played:
        if name == "2" and len(refused) < 3 * MOST_FAILURES:
            refused.append(name)
            return Played(refused=REFUSED if len(refused) > 1 else None)
        return Played()

    stage = Stage(make)
    running = stage.run()
    await until(lambda: stage.announced)
    next(played for name, played in stage.started if name == "2").kill()
    await until(lambda: len(refused) == 3 * MOST_FAILURES)
    await until(lambda: stage.started[-1][0] == "2" and stage.started[-1][1].refused is None)
    stage.stop()
    assert await running == 0


async def test_where_none_serves_any_more_it_is_given_up() -> None:
    lives = {"1": 1, "2": 1, "helper": 1}

    def make(name: str) -> Played:
        lives[name] -= 1
        return Played(refused=None if lives[name] >= 0 else REFUSED)

    stage = Stage(make)
    running = stage.run()
    await until(lambda: stage.announced)
    for name, played in list(stage.started):
        if name != "helper":
            played.kill()
    assert await running == REFUSED
    assert stage.died.count("1") + stage.died.count("2") >= MOST_FAILURES


async def test_a_second_signal_kills_what_does_not_end() -> None:
    stage = Stage(lambda _: Played(stubborn=True))
    running = stage.run()
    await until(lambda: stage.announced)
    stage.stop()
    await asyncio.sleep(0)
    assert not running.done()
    stage.stop()
    assert await running == 128 + signal.SIGTERM
    assert {played.code.result() for _, played in stage.started} == {-signal.SIGKILL}
