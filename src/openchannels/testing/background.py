"""Does the service's background work in a test's process: at once, and without a job store."""

import asyncio
import contextlib
import logging

from openchannels.service.services import Services

POLL_SECONDS = 0.1
HASTE = 10.0
"""How many times as often as in a server a task looks for what is due."""
ALL_THERE_ARE = 1000
"""Batches of one task; more than a test has."""
MOST_ROUNDS = 100
"""Work that makes work ends long before; one that never ends must not hang a test."""

log = logging.getLogger(__name__)


async def run_due(services: Services, *names: str) -> int:
    """Does what is due of some tasks, or of all; returns how many batches that were."""
    done = 0
    for task in services.tasks:
        if not names or task.name in names:
            for ids in await task.claim(ALL_THERE_ARE):
                await task.run(ids)
                done += 1
    return done


class DirectJobs:
    """Stands for the scheduler of a service: a webhook is sent within a tenth of a second."""

    problem: str | None = None
    hangs = False

    def __init__(self, services: Services) -> None:
        self._services = services
        self._one_at_a_time = asyncio.Lock()
        self._stopping = asyncio.Event()
        self._polling: asyncio.Task[None] | None = None

    @property
    def in_progress(self) -> int:
        return int(self._one_at_a_time.locked())

    def start(self) -> None:
        self._polling = asyncio.create_task(self._poll())

    def stop_planning(self) -> None:
        self._stopping.set()

    async def stop(self, seconds: float) -> None:
        """Waits so long for the work in progress."""
        self.stop_planning()
        if self._polling is not None:
            await asyncio.wait({self._polling}, timeout=seconds)
            self._polling.cancel()

    async def run_until_idle(self) -> None:
        """Does what is due, and what becomes due by that."""
        async with self._one_at_a_time:
            for _ in range(MOST_ROUNDS):
                if not await run_due(self._services):
                    return

    async def _poll(self) -> None:
        now = asyncio.get_running_loop().time
        next_at: dict[str, float] = {}
        while not self._stopping.is_set():
            for task in self._services.tasks:
                if next_at.get(task.name, 0.0) <= now():
                    next_at[task.name] = now() + task.every / HASTE
                    await self._run_one(task.name)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), POLL_SECONDS)

    async def _run_one(self, name: str) -> None:
        try:
            async with self._one_at_a_time:
                await run_due(self._services, name)
        except Exception:
            log.exception("background work failed: %s", name)
