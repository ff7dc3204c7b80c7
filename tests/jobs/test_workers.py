"""Processes that do background work: none loses any, whatever becomes of them."""

import asyncio
import signal
from typing import Any

from openchannels.store.database import Database
from tests.harness.collector import collecting
from tests.harness.waiting import until
from tests.jobs.chores import BATCH, Worker, prepare, rows
from tests.jobs.conftest import StartWorker
from tests.jobs.records import arguments, workflows

SLOW = {"CHORE_SECONDS": "0.2"}
ENDLESS = {"CHORE_SECONDS": "60"}
UNDYING = {"OPENCHANNELS_JOBS__DEAD_SECONDS": "600"}


async def runs(db: Database, worker: str | None = None) -> Any:
    mine = f" WHERE worker = '{worker}'" if worker else ""
    return await rows(db, f"SELECT * FROM runs{mine} ORDER BY started")


async def all_done(db: Database) -> bool:
    return not await rows(db, "SELECT id FROM chores WHERE done = 0")


async def workers(db: Database) -> set[str]:
    return {row.executor_id for row in await rows(db, "SELECT executor_id FROM workers")}


async def test_work_of_the_dead_is_taken_over_and_over(
    db: Database, store: str, start_worker: StartWorker
) -> None:
    """Two processes in a row are killed in the middle of one batch; a third ends it.

    The claims outlast the test, so that nothing but the takeover can bring the batch back.
    """
    await prepare(db, BATCH)
    first = await start_worker(**ENDLESS)
    await until(lambda: runs(db, first.said))
    second = await start_worker(**ENDLESS)
    first.end(signal.SIGKILL)
    await until(lambda: runs(db, second.said))
    (record,) = await workflows(store)
    assert (record["status"], record["executor_id"]) == ("PENDING", second.said)
    assert await arguments(store) == [["chores", [f"{number:06d}" for number in range(BATCH)]]]
    third = await start_worker()
    second.end(signal.SIGKILL)
    await until(lambda: all_done(db))
    by_whom = [run.worker for run in await runs(db)]
    assert by_whom == [first.said, second.said, third.said]

    async def recorded() -> bool:
        return (await workflows(store))[0]["status"] == "SUCCESS"

    await until(recorded)
    assert await workers(db) == {third.said}


async def test_several_workers_share_the_work(
    db: Database, store: str, start_worker: StartWorker
) -> None:
    """Each chore is done once, however many look for work."""
    await prepare(db, 40 * BATCH)
    both = await asyncio.gather(start_worker(**UNDYING), start_worker(**UNDYING))
    await until(lambda: all_done(db))
    assert {row.done for row in await rows(db, "SELECT done FROM chores")} == {1}
    assert len(await runs(db)) == len(await workflows(store)) == 40
    for worker in both:
        assert worker.end(signal.SIGTERM) == 0


async def test_a_signal_lets_work_in_progress_end(
    db: Database, store: str, start_worker: StartWorker
) -> None:
    await prepare(db, BATCH)
    worker = await start_worker(**SLOW)
    await until(lambda: runs(db))
    assert worker.end(signal.SIGTERM) == 0
    (run,) = await runs(db)
    assert run.ended is not None
    assert await all_done(db)
    assert [record["status"] for record in await workflows(store)] == ["SUCCESS"]
    assert await workers(db) == set()


async def test_who_takes_long_to_end_is_not_taken_for_dead(
    db: Database, start_worker: StartWorker
) -> None:
    """The last batch outlasts the silence after which others take over."""
    await prepare(db, BATCH)
    both = [await start_worker(CHORE_SECONDS="0.6") for _ in range(2)]
    (run,) = await until(lambda: runs(db))
    (busy,) = (one for one in both if one.said == run.worker)
    assert busy.end(signal.SIGTERM) == 0
    assert await all_done(db)
    assert [run.worker for run in await runs(db)] == [busy.said]


async def test_what_does_not_end_in_time_is_left_to_others_at_once(
    db: Database, store: str, start_worker: StartWorker
) -> None:
    """Nobody waits for the silence of a process that has said that it goes."""
    await prepare(db, BATCH)
    hurried = {"OPENCHANNELS_SERVER__SHUTDOWN_SECONDS": "0.2"}
    first = await start_worker(**UNDYING, **ENDLESS, **hurried)
    await until(lambda: runs(db))
    assert first.end(signal.SIGTERM) == 0
    assert [record["status"] for record in await workflows(store)] == ["PENDING"]
    second = await start_worker(**UNDYING)
    await until(lambda: all_done(db))
    assert [run.worker for run in await runs(db)] == [first.said, second.said]


async def test_a_failing_batch_leaves_no_text_behind(
    db: Database, store: str, start_worker: StartWorker
) -> None:
    """What went wrong is logged, redacted, and not kept in the job store or told in a trace."""
    await prepare(db, BATCH)
    with collecting() as collector:
        worker = await start_worker(CHORE_FAULT="access_token=hunter2hunter2", **collector.environ)
        await _ends_its_batch(store, worker)
    (span,) = collector.spans
    assert (span.name, span.parent_id, span.failed) == ("task chores", "", True)
    assert (span["outcome"], span["size"], span.message) == ("fault", BATCH, "")
    log = worker.log.read_text()
    assert "batch failed" in log
    assert f"trace_id={span.trace_id}" in log
    for text in (log, *(str(message.body) for message in collector.messages)):
        assert "hunter2" not in text


async def _ends_its_batch(store: str, worker: Worker) -> None:
    """Waits until the one batch is recorded, without its error, and ends the worker."""

    async def recorded() -> bool:
        return [row["status"] for row in await workflows(store)] == ["SUCCESS"]

    await until(recorded)
    (record,) = await workflows(store)
    assert record["error"] is None
    assert record["output"] in (None, "null")
    worker.end(signal.SIGTERM)
