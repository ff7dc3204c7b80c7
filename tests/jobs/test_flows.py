"""The job store itself: what is recorded, and for how long."""

import asyncio
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from openchannels.app.background_tasks import SCHEMA
from openchannels.jobs.job_store import JobStore
from tests.harness.waiting import until
from tests.jobs.records import everything, workflows


def place(store: str) -> JobStore:
    if store.startswith("sqlite"):
        return JobStore(f"sqlite:///{Path(store.removeprefix('sqlite:///')).with_name('jobs.db')}")
    return JobStore(store, SCHEMA)


def test_what_ended_long_ago_is_forgotten_whole(store: str) -> None:
    """Batches in progress stay, and belong to the process that runs them."""
    from openchannels.jobs.workflows import Workflows

    going_on = threading.Event()
    ran: list[tuple[str, str, Sequence[str]]] = []

    def run(workflow_id: str, task: str, ids: Sequence[str]) -> None:
        ran.append((workflow_id, task, ids))
        if task == "slow":
            going_on.wait(60)

    async def ended() -> bool:
        return sum(row["status"] == "SUCCESS" for row in await workflows(store)) == 3

    flows = Workflows(place(store), "worker-1", 4, run)
    try:
        for number in range(3):
            flows.start(f"quick-{number}", "quick", [f"id-{number}"])
        flows.start("slow-0", "slow", ["id"])
        asyncio.run(until(ended))
        assert ("quick-1", "quick", ["id-1"]) in ran
        assert (flows.owners(), flows.unfinished("worker-1")) == (["worker-1"], ["slow-0"])
        assert flows.delete_ended(time.time() - 3600) == 0
        assert flows.delete_ended(time.time() + 3600) == 3
        rows = asyncio.run(everything(store))
        left = {(name, row["workflow_uuid"]) for name, row in rows if "workflow_uuid" in row}
        assert left == {("workflow_status", "slow-0"), ("workflow_input", "slow-0")}
    finally:
        going_on.set()
        flows.shut_down()
