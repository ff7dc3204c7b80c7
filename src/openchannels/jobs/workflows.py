"""Batches as DBOS workflows: recorded before they run, resumed elsewhere if their process dies.

Everything here blocks and is called from threads. Importing this module takes half a second of CPU,
so it is imported after the service has started to answer. DBOS is one per process.
"""

import logging
from collections.abc import Callable, Sequence
from typing import Any

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetWorkflowID

from openchannels.core.clock import iso
from openchannels.jobs.job_store import JobStore
from openchannels.jobs.pooled_schema import migrate_pooled
from openchannels.jobs.sqlite_connection import JobConnection

NAME = "openchannels"
VERSION = "1"
"""Pinned: by default DBOS hashes the sources, and a new release would abandon the old one's work.

Changes only when recorded batches can no longer be run.
"""
WORKFLOW = "batch"
PENDING = "PENDING"
ENDED = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECENDEDY_ATTEMPTS_EXCEEDED"]
DELETE_BATCH = 500
POOL_SIZE = 4
LISTEN_SECONDS = 0.2
"""Interval at which DBOS polls for messages; we send none, but its shutdown waits for a poll."""

Run = Callable[[str, str, Sequence[str]], None]
"""Runs a batch, given its workflow's id, the task's name and ids; blocks until it is done."""


class Workflows:
    """The job store and the DBOS threads that run batches."""

    def __init__(self, store: JobStore, worker_id: str, threads: int, run: Run) -> None:
        """Creates or migrates the job store and starts DBOS. Raises the exceptions of DBOS."""
        _use_root_logger()
        config = _config(store, worker_id, threads)
        self._own_engine = _pooled(store, config)
        try:
            DBOS(config=config)

            def batch(task: str, ids: list[str]) -> None:
                run(str(DBOS.workflow_id), task, ids)

            self._batch = DBOS.workflow(name=WORKFLOW)(batch)
            DBOS.launch()
        except BaseException:
            self.shut_down()
            raise

    def start(self, workflow_id: str, task: str, ids: Sequence[str]) -> None:
        """Records a batch durably and starts it."""
        with SetWorkflowID(workflow_id):
            DBOS.start_workflow(self._batch, task, list(ids))

    def owners(self) -> Sequence[str]:
        """Returns the ids of processes with running batches, dead or alive."""
        return sorted({flow.executor_id for flow in self._running() if flow.executor_id})

    def unfinished(self, worker_id: str) -> Sequence[str]:
        """Returns the ids of a process's batches that have not ended."""
        return [flow.workflow_id for flow in self._running(worker_id)]

    def take_over(self, worker_id: str) -> int:
        """Returns a dead process's batches to the shared queue; returns how many."""
        found = list(self.unfinished(worker_id))
        if found:
            # The process that dequeues a batch becomes its owner, so a second death is noticed too.
            DBOS.resume_workflows(found)
        return len(found)

    def delete_ended(self, before: float) -> int:
        """Deletes the records of batches that ended before a given time; returns how many."""
        deleted = 0
        while found := DBOS.list_workflows(
            status=ENDED,
            completed_before=iso(before),
            limit=DELETE_BATCH,
            load_input=False,
            load_output=False,
        ):
            DBOS.delete_workflows([flow.workflow_id for flow in found])
            deleted += len(found)
        return deleted

    def shut_down(self) -> None:
        """Stops DBOS; batches that still run stay recorded as running."""
        DBOS.destroy(destroy_registry=True)
        if self._own_engine is not None:
            self._own_engine.dispose()

    def _running(self, worker_id: str | None = None) -> Sequence[Any]:
        return DBOS.list_workflows(
            status=PENDING, executor_id=worker_id, load_input=False, load_output=False
        )


def _config(store: JobStore, worker_id: str, threads: int) -> DBOSConfig:
    config = DBOSConfig(
        name=NAME,
        system_database_url=store.url,
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
    if store.schema is None:
        config["db_engine_kwargs"] = {"connect_args": {"factory": JobConnection}}
    else:
        config["dbos_system_schema"] = store.schema
    return config


def _pooled(store: JobStore, config: DBOSConfig) -> Any:
    """Lets DBOS work on an engine for a pooler, its tables migrated; None without a pooler."""
    if store.pooled_engine is None:
        return None
    assert store.schema is not None
    engine = store.pooled_engine(POOL_SIZE)
    try:
        migrate_pooled(engine, store.schema)
    except BaseException:
        engine.dispose()
        raise
    config["system_database_engine"] = engine
    config["run_migrations"] = False
    return engine


def _use_root_logger() -> None:
    """Routes DBOS logs through the root logger, which redacts; DBOS would add its own handler."""
    logger = logging.getLogger("dbos")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    logger.propagate = True
