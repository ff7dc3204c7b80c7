"""Migrates the tables of DBOS behind a pooler in transaction mode.

DBOS itself migrates under a lock of the session. Such a pooler leaves that lock with a server
connection that the next statement may not meet again, so it would protect nothing and stay held.
"""

import time
from typing import Any

from dbos._migration import ensure_dbos_schema, run_dbos_migrations, should_migrate

LOCK_ID = 0x6F70656E6A6F6273
# Tried, not waited for: an index that is built concurrently waits for every statement in progress.
TRY_LOCK = f"SELECT pg_try_advisory_xact_lock({LOCK_ID})"
PAUSE_SECONDS = 0.5


def migrate_pooled(engine: Any, schema: str) -> None:
    """Migrates the schema, or waits until another process has done it. Blocks.

    Takes two server connections at once. Raises the driver's exceptions.
    """
    while should_migrate(engine, schema, use_listen_notify=False):
        # The transaction stays open, and with it the lock, while others do the work.
        with engine.begin() as connection:
            if connection.exec_driver_sql(TRY_LOCK).scalar():
                ensure_dbos_schema(engine, schema)
                run_dbos_migrations(engine, schema, use_listen_notify=False)
                return
        time.sleep(PAUSE_SECONDS)
