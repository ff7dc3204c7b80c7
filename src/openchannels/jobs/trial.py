"""Tries whether background work can run, without touching what is stored."""

import tempfile
from pathlib import Path

from dbos import DBOSClient, DBOSPortableJSONSerializer

from openchannels.jobs.job_store import JobStore
from openchannels.jobs.workflows import Workflows


def try_sqlite_jobs(store: JobStore) -> None:
    """Reads the job store, if there is one, and starts DBOS over a temporary one. Blocks.

    Raises the error for which background work would not run.
    """
    if Path(store.url.removeprefix("sqlite:///")).exists():
        client = DBOSClient(
            system_database_url=store.url,
            serializer=DBOSPortableJSONSerializer(),
            retry_connection_errors=False,
        )
        try:
            client.list_workflows(limit=1, load_input=False, load_output=False)
        finally:
            client.destroy()
    with tempfile.TemporaryDirectory(prefix="openchannels-jobs-") as folder:
        made = JobStore(f"sqlite:///{folder}/jobs.db")
        Workflows(made, "trial", 1, lambda *_: None).shut_down()
