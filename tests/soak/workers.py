"""kill -9 at random moments among processes that do background work, then count what was done.

Three workers share made-up chores, and one after another is killed and replaced. No chore is lost,
and the batches that the killed had in progress go on elsewhere within a minute.
"""

import asyncio
import random
import secrets
import signal
import time
from pathlib import Path
from typing import Any

from openchannels.store.database import Database, open_database
from openchannels.store.migrate import migrate
from tests.jobs.chores import BATCH, Worker, prepare, rows
from tests.soak.program import Figures, program

WORKERS = 3
BATCHES_PER_KILL = 25
CHORE_SECONDS = 0.05
LEASE_SECONDS = 75.0
"""Longer than a takeover may last: what comes back by its lease shows as too late."""
A_MINUTE = 60.0


class Shift:
    """One run: the workers at any time, and when which of them was killed."""

    def __init__(self, store: str, folder: Path, dead: float) -> None:
        self.store, self.folder = store, folder
        self.environ = {
            "OPENCHANNELS_JOBS__DEAD_SECONDS": str(dead),
            "OPENCHANNELS_SERVER__LOG_LEVEL": "warning",
            "CHORE_SECONDS": str(CHORE_SECONDS),
            "CHORE_LEASE": str(LEASE_SECONDS),
        }
        self.working: list[Worker] = []
        self.killed: dict[str, float] = {}

    async def run(self, size: int) -> Figures:
        self.folder.mkdir(parents=True, exist_ok=True)
        await migrate(self.store)
        db = open_database(self.store)
        try:
            await prepare(db, size * BATCH)
            began = time.monotonic()
            await asyncio.gather(*(self._start() for _ in range(WORKERS)))
            await self._kill_now_and_then(db, size)
            await self._finish(db)
            return await self._count(db, size, time.monotonic() - began)
        finally:
            for worker in self.working:
                worker.end()
            await db.close()

    async def _start(self) -> None:
        worker = Worker(self.store, self.folder, environ=self.environ)
        self.working.append(worker)
        await worker.up()

    async def _kill_now_and_then(self, db: Database, size: int) -> None:
        for kill in range(size // BATCHES_PER_KILL):
            await self._done(db, kill * BATCHES_PER_KILL * BATCH)
            await asyncio.sleep(random.uniform(0, BATCH * CHORE_SECONDS))
            worker = self.working.pop(secrets.randbelow(len(self.working)))
            worker.process.send_signal(signal.SIGKILL)
            self.killed[worker.said] = time.time()
            await asyncio.to_thread(worker.end)
            await self._start()

    async def _done(self, db: Database, number: int) -> None:
        query = "SELECT count(*) FROM chores WHERE done > 0"
        while (await rows(db, query))[0][0] < number:  # noqa: ASYNC110
            await asyncio.sleep(0.05)

    async def _finish(self, db: Database) -> None:
        """Wait until all is done and the dead are struck off, though not for ever."""
        deadline = time.monotonic() + 2 * LEASE_SECONDS
        while time.monotonic() < deadline:
            undone = await rows(db, "SELECT id FROM chores WHERE done = 0 LIMIT 1")
            if not undone and len(await rows(db, "SELECT 1 FROM workers")) == WORKERS:
                break
            await asyncio.sleep(0.1)
        for worker in self.working:
            await asyncio.to_thread(worker.end, signal.SIGTERM)

    async def _count(self, db: Database, size: int, seconds: float) -> dict[str, Any]:
        chores = await rows(db, "SELECT done FROM chores")
        runs = await rows(db, "SELECT * FROM runs ORDER BY started")
        cut = [run for run in runs if run.ended is None]
        waits = [self._taken_over(run, runs) for run in cut]
        known = [wait for wait in waits if wait is not None]
        lost = sum(chore.done == 0 for chore in chores)
        late = sum(wait is None or wait > A_MINUTE for wait in waits)
        alive = await rows(db, "SELECT executor_id FROM workers")
        return {
            "batches": size,
            "kills": len(self.killed),
            "cut_in_progress": len(cut),
            "taken_over_late": late,
            "seconds_to_takeover_max": round(max(known, default=0.0), 1),
            "done_again": sum(chore.done - 1 for chore in chores if chore.done),
            "rows_of_dead_workers": len(alive),
            "seconds": round(seconds),
            "lost": lost,
            "faults": lost + late + len(alive),
        }

    def _taken_over(self, cut: Any, runs: Any) -> float | None:
        """Seconds from the kill that cut a run until the same batch went on; None for never."""
        died = self.killed.get(cut.worker)
        again = [run.started for run in runs if run.first == cut.first]
        later = [started for started in again if started > cut.started]
        return None if died is None or not later else max(0.0, min(later) - died)


async def run(folder: Path, database: str | None, size: int, dead: float = 15.0) -> Figures:
    """Do `size` batches of chores, with a kill for each 25 of them."""
    store = database or f"sqlite:///{folder / 'openchannels.db'}"
    return await Shift(store, folder, dead).run(size)


if __name__ == "__main__":
    program(__doc__, run, 1000)
