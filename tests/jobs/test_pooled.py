"""Background work behind PgBouncer in transaction mode."""

import asyncio
import signal

import pytest

from openchannels.app.background_tasks import job_store
from openchannels.jobs.purge import delete_ended_batches
from openchannels.settings import load_settings
from openchannels.store.database import open_database
from tests.harness.pgbouncer import pooling
from tests.harness.settings import MASTER_KEY
from tests.harness.waiting import until
from tests.jobs.chores import BATCH, prepare, rows
from tests.jobs.conftest import StartWorker
from tests.jobs.records import workflows
from tests.jobs.test_workers import all_done, runs
from tests.store.test_pooler import POOLED, left_in_sessions


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
async def test_workers_begin_together_and_take_over_from_the_dead(
    store: str, start_worker: StartWorker
) -> None:
    """The tables of DBOS are made by whichever of two is first, and no session is left changed."""
    with pooling(store) as url:
        db = open_database(url, pooled=True)
        try:
            await prepare(db, BATCH)
            common = {"OPENCHANNELS_DATABASE__URL": url, **POOLED}
            first, second = await asyncio.gather(
                *(start_worker(**common, CHORE_SECONDS="60") for _ in range(2))
            )
            (run,) = await until(lambda: runs(db))
            dead, alive = (first, second) if run.worker == first.said else (second, first)
            third = await start_worker(**common)
            dead.end(signal.SIGKILL)
            alive.end(signal.SIGTERM)
            await until(lambda: all_done(db))
            assert (await runs(db))[-1].worker == third.said
            assert third.end(signal.SIGTERM) == 0
            (record,) = await workflows(store)
            assert record["status"] == "SUCCESS"
            assert not await rows(db, "SELECT 1 FROM workers")
            settings = load_settings(environ={**common, "OPENCHANNELS_VAULT__KEYS__K1": MASTER_KEY})
            assert await asyncio.to_thread(delete_ended_batches, job_store(settings)) == 1
            assert await workflows(store) == []
        finally:
            await db.close()
        assert await left_in_sessions(store, url) == set()
