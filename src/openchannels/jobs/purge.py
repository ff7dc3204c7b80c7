"""Deletes the records of finished batches, from a process that runs none.

Batches hold account ids. The scheduler deletes their records after a day, but an erasure cannot
wait for that.
"""

from dbos import DBOSClient, DBOSPortableJSONSerializer

from openchannels.jobs.job_store import JobStore
from openchannels.jobs.workflows import DELETE_BATCH, ENDED, POOL_SIZE


def delete_ended_batches(store: JobStore) -> int:
    """Deletes the records of all batches that have ended; returns how many. Blocks.

    The job store must exist. Batches in progress are left to their processes.
    """
    engine = None if store.pooled_engine is None else store.pooled_engine(POOL_SIZE)
    client = DBOSClient(
        system_database_url=store.url,
        system_database_engine=engine,
        dbos_system_schema=store.schema,
        serializer=DBOSPortableJSONSerializer(),
        use_listen_notify=False,
    )
    try:
        deleted = 0
        while found := client.list_workflows(
            status=ENDED, limit=DELETE_BATCH, load_input=False, load_output=False
        ):
            client.delete_workflows([flow.workflow_id for flow in found])
            deleted += len(found)
        return deleted
    finally:
        client.destroy()
        if engine is not None:
            engine.dispose()
