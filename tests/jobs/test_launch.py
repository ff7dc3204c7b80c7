"""A scheduler whose job engine does not start says so, and goes on trying."""

import sqlite3
from typing import Any

import pytest

from openchannels.jobs import scheduler
from openchannels.jobs.job_store import JobStore
from openchannels.jobs.scheduler import Scheduler
from tests.harness.waiting import until


class Heart:
    """Heartbeats of a process, without a database."""

    id, beat_seconds = "worker", 60.0

    async def heartbeat(self) -> None: ...

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
