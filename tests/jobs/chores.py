"""Made-up work with a table of its own, and a worker process that does it.

`python -m tests.jobs.chores FOLDER` takes settings from the environment, prints the id under which
it works, and goes on until a signal. `CHORE_SECONDS` is how long one chore takes, `CHORE_LEASE`
for how long a claim keeps chores from being due again, `CHORE_FAULT` what every batch fails with.
"""

import asyncio
import os
import secrets
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import text

from openchannels.app import logging
from openchannels.app import run as service
from openchannels.app.background_tasks import job_store
from openchannels.jobs import scheduler
from openchannels.server.serve import run_async
from openchannels.service.services import Services
from openchannels.service.tasks.heartbeats import Heartbeats
from openchannels.service.tasks.task import in_batches
from openchannels.settings import Settings, load_settings
from openchannels.store.database import Connection, Database
from tests.harness.processes import Child
from tests.harness.settings import MASTER_KEY

BATCH = 5
CLAIM = text(
    "UPDATE chores SET due_at = :until WHERE due_at <= :now AND id IN"
    " (SELECT id FROM chores WHERE due_at <= :now ORDER BY id LIMIT :size) RETURNING id"
)


class Chores:
    """A task: each chore takes a while, and is counted when it is done."""

    name = "chores"
    every = 0.2
    at_once = 2

    def __init__(self, db: Database, worker: str, seconds: float, lease: float) -> None:
        self._db, self._worker = db, worker
        self._seconds, self._lease = seconds, lease

    async def claim(self, batches: int) -> Sequence[Sequence[str]]:
        now = time.time()
        values = {"until": now + self._lease, "now": now, "size": batches * BATCH}
        return in_batches(sorted(await self._db.write(_execute, CLAIM, values)), BATCH)

    async def run(self, ids: Sequence[str]) -> None:
        run = secrets.token_hex(8)
        values = {"run": run, "first": ids[0], "worker": self._worker, "now": time.time()}
        insert = "INSERT INTO runs VALUES (:run, :first, :worker, :now, NULL)"
        await self._db.write(_execute, text(insert), values)
        if fault := os.environ.get("CHORE_FAULT"):
            raise RuntimeError(fault)
        for chore in ids:
            await asyncio.sleep(self._seconds)
            done = "UPDATE chores SET done = done + 1, due_at = NULL WHERE id = :id"
            await self._db.write(_execute, text(done), {"id": chore})
        ended = "UPDATE runs SET ended = :now WHERE id = :run"
        await self._db.write(_execute, text(ended), {"run": run, "now": time.time()})


def _execute(connection: Connection, statement: Any, values: Mapping[str, Any]) -> Sequence[str]:
    result = connection.execute(statement, values)
    return list(result.scalars()) if result.returns_rows else []


async def prepare(db: Database, count: int) -> None:
    """Make the tables, with so many chores that are due."""

    def make(connection: Connection) -> None:
        for statement in (
            "CREATE TABLE chores (id VARCHAR(8) PRIMARY KEY, due_at FLOAT, done INTEGER NOT NULL)",
            "CREATE TABLE runs (id VARCHAR(16) PRIMARY KEY, first VARCHAR(8), worker VARCHAR(32),"
            " started FLOAT, ended FLOAT)",
        ):
            connection.execute(text(statement))
        rows = [{"id": f"{number:06d}"} for number in range(count)]
        connection.execute(text("INSERT INTO chores VALUES (:id, 0, 0)"), rows)

    await db.write(make)


async def rows(db: Database, query: str) -> Sequence[Any]:
    return await db.read(lambda connection: connection.execute(text(query)).all())


class Worker(Child):
    """A process that does chores, or a command that does background work."""

    def __init__(
        self, store: str, folder: Path, *command: str, environ: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(
            *(command or ("tests.jobs.chores", folder)),
            log=folder / f"worker-{secrets.token_hex(4)}.log",
            environ={
                "OPENCHANNELS_DATABASE__URL": store,
                "OPENCHANNELS_VAULT__KEYS__TEST": MASTER_KEY,
                "OPENCHANNELS_SANDBOX__URL": "http://127.0.0.1:1",
                "OPENCHANNELS_JOBS__DEAD_SECONDS": "1",
                "CHORE_SECONDS": "0.02",
                "CHORE_LEASE": "600",
                **(environ or {}),
            },
        )


async def work(folder: Path) -> None:
    settings = load_settings(data_dir=folder)
    logging.configure_logging("info", "console")
    scheduler.START_SECONDS = 0.0
    seconds, lease = float(os.environ["CHORE_SECONDS"]), float(os.environ["CHORE_LEASE"])
    names: list[str] = []

    def build(settings: Settings, services: Services) -> scheduler.Scheduler:
        db, tracing = services.context.db, services.context.tracing
        workers = Heartbeats(db, secrets.token_hex(12), "test", settings.jobs.dead_seconds)
        names.append(workers.id)
        return scheduler.Scheduler(
            [Chores(db, workers.id, seconds, lease)],
            workers,
            job_store(settings),
            tracing=tracing,
        )

    service.build_scheduler = build  # type: ignore[attr-defined]
    await service.run_worker(settings, lambda _url: print(*names, flush=True))


if __name__ == "__main__":
    run_async(work(Path(sys.argv[1])))
