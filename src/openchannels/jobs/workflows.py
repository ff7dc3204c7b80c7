"""Batches as workflows of DBOS: recorded before they run, resumed elsewhere if their process dies.

Everything here blocks and is called from threads. Importing this module takes half a second
of CPU, so it is imported once the service already answers. DBOS is one per process.
"""

import logging
import sqlite3
from collections.abc import Callable, Sequence
from typing import Any

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetWorkflowID

from openchannels.core.clock import iso
from openchannels.jobs.job_store import JobStore

NAME = "openchannels"
VERSION = "1"
"""Pinned, or DBOS makes one of the sources' hash and a new release leaves the old one's work.

It changes only when batches that were recorded before can no longer be run.
"""
WORKFLOW = "batch"
PENDING = "PENDING"
OVER = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
FORGET_AT_ONCE = 500
POOL_SIZE = 4
LISTEN_SECONDS = 0.2
"""Between two looks for messages, which nobody sends; ending DBOS waits for one of these."""

Run = Callable[[str, str, Sequence[str]], None]
"""Runs a batch, given its workflow's id, the task's name and ids; blocks until it is done."""


class _Connection(sqlite3.Connection):
    """A connection to the SQLite job store.

    `NORMAL` lets a power cut lose the last records. They are repeated in our own tables as due
    times, and a flush of the disk for each of three records would cost more than the record.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.execute("PRAGMA journal_mode=WAL")
        self.execute("PRAGMA synchronous=NORMAL")


class Workflows:
    """The job store and the threads that run batches."""

    def __init__(self, place: JobStore, worker_id: str, threads: int, run: Run) -> None:
        """Create or migrate the job store and start; raises what DBOS raises when it cannot."""
        _log_as_we_do()
        DBOS(config=_config(place, worker_id, threads))
        try:

            def batch(task: str, ids: list[str]) -> None:
                run(str(DBOS.workflow_id), task, ids)

            self._batch = DBOS.workflow(name=WORKFLOW)(batch)
            DBOS.launch()
        except BaseException:
            self.close()
            raise

    def start(self, workflow_id: str, task: str, ids: Sequence[str]) -> None:
        """Record a batch, durably enough to outlive this process, and have it run."""
        with SetWorkflowID(workflow_id):
            DBOS.start_workflow(self._batch, task, list(ids))

    def owners(self) -> Sequence[str]:
        """The processes that have batches running, dead or alive."""
        return sorted({flow.executor_id for flow in self._running() if flow.executor_id})

    def unfinished(self, worker_id: str) -> Sequence[str]:
        """The batches of a process that have not come to their end."""
        return [flow.workflow_id for flow in self._running(worker_id)]

    def take_over(self, worker_id: str) -> int:
        """Put the batches of a dead process into the queue of all; returns how many."""
        found = list(self.unfinished(worker_id))
        if found:
            # Whoever takes one from the queue becomes its owner, so a second death is seen too.
            DBOS.resume_workflows(found)
        return len(found)

    def forget(self, before: float) -> int:
        """Delete the records of batches that ended before a moment; returns how many."""
        forgotten = 0
        while found := DBOS.list_workflows(
            status=OVER,
            completed_before=iso(before),
            limit=FORGET_AT_ONCE,
            load_input=False,
            load_output=False,
        ):
            DBOS.delete_workflows([flow.workflow_id for flow in found])
            forgotten += len(found)
        return forgotten

    def close(self) -> None:
        """Stop; batches that still run stay recorded as running."""
        DBOS.destroy(destroy_registry=True)

    def _running(self, worker_id: str | None = None) -> Sequence[Any]:
        return DBOS.list_workflows(
            status=PENDING, executor_id=worker_id, load_input=False, load_output=False
        )


def _config(place: JobStore, worker_id: str, threads: int) -> DBOSConfig:
    config = DBOSConfig(
        name=NAME,
        system_database_url=place.url,
        application_version=VERSION,
        executor_id=worker_id,
        serializer=DBOSPortableJSONSerializer(),
        use_listen_notify=False,
        log_level=logging.getLevelName(max(logging.WARNING, logging.getLogger().level)),
        enable_otlp=False,
        max_executor_threads=threads,
        sys_db_pool_size=POOL_SIZE,
        notification_listener_polling_interval_sec=LISTEN_SECONDS,
    )
    if place.schema is None:
        config["db_engine_kwargs"] = {"connect_args": {"factory": _Connection}}
    else:
        config["dbos_system_schema"] = place.schema
    return config


def _log_as_we_do() -> None:
    """Have DBOS log through the root, which redacts: with no handler it would make its own."""
    logger = logging.getLogger("dbos")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    logger.propagate = True
