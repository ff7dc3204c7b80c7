"""Does the service's background work in a test's process: at once, and without a job store."""

import asyncio
import contextlib
import logging

from openchannels.service.services import Services

POLL_SECONDS = 0.1
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
    """Stands for the scheduler of a service: what is due is done within a tenth of a second."""

    problem: str | None = None
    hangs = False
    in_progress = 0

    def __init__(self, services: Services) -> None:
        self._services = services
        self._one_at_a_time = asyncio.Lock()
        self._stopping = asyncio.Event()
        self._polling: asyncio.Task[None] | None = None

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
        while not self._stopping.is_set():
            try:
                async with self._one_at_a_time:
                    await run_due(self._services)
            except Exception:
                log.exception("background work failed")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), POLL_SECONDS)
