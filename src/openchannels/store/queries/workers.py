"""Queries on the heartbeats of processes that do background work."""

from collections.abc import Sequence

from sqlalchemy import Connection, delete, select, update

from openchannels.store.database import upsert
from openchannels.store.tables import workers as t


def heartbeat(
    connection: Connection, worker_id: str, version: str, started_at: float, beat_at: float
) -> None:
    """Inserts a process or records its next heartbeat."""
    connection.execute(
        upsert(connection, t)
        .values(executor_id=worker_id, version=version, started_at=started_at, beat_at=beat_at)
        .on_conflict_do_update(index_elements=[t.c.executor_id], set_={"beat_at": beat_at})
    )


def heartbeats(connection: Connection) -> Sequence[tuple[str, float]]:
    """Returns each process and the time of its last heartbeat."""
    return [(row.executor_id, row.beat_at) for row in connection.execute(select(t))]


def claim(connection: Connection, worker_id: str, seen: float, now: float) -> bool:
    """Claims a process without a heartbeat since `seen`; returns False if another process did."""
    statement = update(t).where(t.c.executor_id == worker_id, t.c.beat_at == seen)
    return bool(connection.execute(statement.values(beat_at=now)).rowcount == 1)


def register(connection: Connection, worker_id: str, version: str, now: float) -> bool:
    """Registers a process that has no row; returns False if it has one."""
    statement = (
        upsert(connection, t)
        .values(executor_id=worker_id, version=version, started_at=now, beat_at=now)
        .on_conflict_do_nothing()
    )
    return bool(connection.execute(statement).rowcount == 1)


def unregister(connection: Connection, worker_id: str) -> None:
    connection.execute(delete(t).where(t.c.executor_id == worker_id))
