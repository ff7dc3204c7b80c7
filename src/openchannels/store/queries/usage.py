"""Queries on the number and cost of calls to platforms."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, Select, delete, select, tuple_

from openchannels.store.database import AnyRow, upsert
from openchannels.store.tables import usage

Key = tuple[str, str, str, str]
"""User, platform, UTC day (`YYYY-MM-DD`) and operation."""


def add_calls(connection: Connection, counts: Mapping[Key, tuple[int, float]]) -> None:
    """Adds calls and costs to the stored counts."""
    for (user_id, platform, day, operation), (calls, cost) in counts.items():
        row = upsert(connection, usage).values(
            user_id=user_id,
            platform=platform,
            day=day,
            operation=operation,
            calls=calls,
            cost=cost,
        )
        connection.execute(
            row.on_conflict_do_update(
                index_elements=["user_id", "platform", "day", "operation"],
                set_={
                    "calls": usage.c.calls + row.excluded.calls,
                    "cost": usage.c.cost + row.excluded.cost,
                },
            )
        )


def usage_since(
    connection: Connection, user_id: str, day: str, limit: int = 5000
) -> Sequence[AnyRow]:
    """Returns a user's counts from a day on, newest day first."""
    return connection.execute(
        select(usage)
        .where(usage.c.user_id == user_id, usage.c.day >= day)
        .order_by(usage.c.day.desc(), usage.c.platform, usage.c.operation)
        .limit(limit)
    ).all()


def any_expired(connection: Connection, before: str) -> bool:
    """Returns True if there is anything for `purge`."""
    return connection.execute(_old(before).limit(1)).first() is not None


def purge(connection: Connection, before: str, limit: int = 1000) -> int:
    """Deletes counts of days before a day; returns how many."""
    old = _old(before).limit(limit)
    gone = delete(usage).where(tuple_(*usage.primary_key).in_(old))
    return int(connection.execute(gone).rowcount)


def _old(before: str) -> Select[tuple[str, ...]]:
    return select(*usage.primary_key).where(usage.c.day < before)
