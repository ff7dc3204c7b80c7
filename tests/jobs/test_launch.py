"""A scheduler whose job engine does not start says so, and goes on trying."""

import sqlite3
from collections.abc import Sequence
from typing import Any

import pytest

from openchannels.core import errors
from openchannels.jobs import scheduler
from openchannels.jobs.job_store import JobStore
from openchannels.jobs.scheduler import Scheduler
from tests.harness.waiting import until


class Heart:
    """Heartbeats of a process, without a database."""

    id, beat_seconds = "worker", 60.0

    def __init__(self, moving: Sequence[bool] = ()) -> None:
        self._moving = moving

    async def heartbeat(self) -> None:
        if self._moving:
            raise errors.moving()

    async def claim_dead(self) -> list[str]:
        return []

    async def claim_unregistered(self, owners: list[str]) -> list[str]:
        return owners

    async def leave(self, *, finished: bool) -> None: ...


class Engine:
    """A job engine that has nothing to do."""

    def owners(self) -> list[str]:
        return []

    def unfinished(self, worker_id: str) -> list[str]:
        return []

    def delete_ended(self, before: float) -> int:
        return 0

    def shut_down(self) -> None: ...


async def test_a_start_that_fails_is_a_problem_until_it_succeeds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broken = [True]

    def load(self: Any) -> Any:
        if broken:
            raise sqlite3.IntegrityError("NOT NULL constraint failed")
        return Engine()

    monkeypatch.setattr(scheduler, "START_SECONDS", 0.0)
    monkeypatch.setattr(scheduler, "RETRY_SECONDS", (0.01,))
    monkeypatch.setattr(Scheduler, "_load", load)
    heart: Any = Heart()
    jobs = Scheduler([], heart, JobStore("sqlite://"))
    assert jobs.problem is None
    jobs.start()
    assert await until(lambda: jobs.problem) == "IntegrityError"
    broken.clear()
    await until(jobs.started.is_set)
    assert jobs.problem is None
    await jobs.stop(5)
    assert (jobs.problem, jobs.hangs) == (None, False)


class Chore:
    """A task that counts how often it is asked, and is refused while the store is moving."""

    name, every, at_once = "chore", 0.01, 1

    def __init__(self, moving: Sequence[bool]) -> None:
        self._moving = moving
        self.asked = self.claimed = 0

    async def claim(self, batches: int) -> Sequence[Sequence[str]]:
        self.asked += 1
        if self._moving:
            raise errors.moving()
        self.claimed += 1
        return []

    async def run(self, ids: Sequence[str]) -> None: ...


async def test_a_moving_store_is_waited_for_and_no_problem(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """At the start, and by the planners of a scheduler that runs."""
    moving = [True]
    monkeypatch.setattr(scheduler, "START_SECONDS", 0.0)
    monkeypatch.setattr(scheduler, "MOVING_SECONDS", 0.01)
    monkeypatch.setattr(Scheduler, "_load", lambda self: Engine())
    heart: Any = Heart(moving)
    chore = Chore(moving)
    jobs = Scheduler([chore], heart, JobStore("sqlite://"))
    jobs.start()
    assert not jobs.started.is_set()
    assert jobs.problem is None
    moving.clear()
    await until(lambda: chore.claimed)
    moving.append(True)
    asked, claimed = chore.asked, chore.claimed
    await until(lambda: chore.asked > asked + 1)
    assert (chore.claimed, jobs.problem) == (claimed, None)
    moving.clear()
    await until(lambda: chore.claimed > claimed)
    await jobs.stop(5)
    assert (jobs.problem, jobs.hangs) == (None, False)
