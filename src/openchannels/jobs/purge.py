"""Forgetting finished batches at once, from a process that runs none.

Batches name accounts by their ids. They are forgotten after a day anyhow; an erasure cannot wait.
"""

from dbos import DBOSClient, DBOSPortableJSONSerializer

from openchannels.jobs.job_store import JobStore
from openchannels.jobs.workflows import FORGET_AT_ONCE, OVER


def forget_finished(place: JobStore) -> int:
    """Delete the records of all batches that have ended; returns how many. Blocks.

    The job store must be there. Batches under way are left to their processes.
    """
    client = DBOSClient(
        system_database_url=place.url,
        dbos_system_schema=place.schema,
        serializer=DBOSPortableJSONSerializer(),
        use_listen_notify=False,
    )
    try:
        forgotten = 0
        while found := client.list_workflows(
            status=OVER, limit=FORGET_AT_ONCE, load_input=False, load_output=False
        ):
            client.delete_workflows([flow.workflow_id for flow in found])
            forgotten += len(found)
        return forgotten
    finally:
        client.destroy()
