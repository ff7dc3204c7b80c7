"""The audit log: who did what, written in the same transaction as the change itself.

Rows are only added; database triggers enforce that. Only an erasure and the end of the operator's
retention delete rows: within their transaction they set a marker in `facts` that no other one sees.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, Select, bindparam, delete, insert, select

from openchannels.core.audit import Action, AuditEntry, AuditFilter
from openchannels.core.ids import new_object_id
from openchannels.store.fast_select import FastSelect
from openchannels.store.tables import audit, facts

ERASING = "erasing"
"""Name of the marker that lets the triggers accept deletions."""
CONDITIONS: Mapping[str, ColumnElement[bool]] = {
    "user_id": audit.c.user_id == bindparam("user_id"),
    "account_id": audit.c.account_id == bindparam("account_id"),
    "action": audit.c.action == bindparam("action"),
    "since": audit.c.at >= bindparam("since"),
    "until": audit.c.at < bindparam("until"),
    # The first part is what an index on the time can be entered by.
    "before": (audit.c.at <= bindparam("before"))
    & ((audit.c.at < bindparam("before")) | (audit.c.id < bindparam("before_id"))),
}
"""What entries can be selected by; `before` is a place in the list, all others are filters."""


def record(
    connection: Connection,
    /,
    now: float,
    user_id: str | None,
    actor: str,
    action: Action,
    account_id: str | None = None,
    **details: Any,
) -> None:
    """Adds an entry. `user_id` None means that it concerns the whole store.

    `actor` is `key:` or `session:` with an id, `service` or `operator`. `details` holds JSON values
    and no secrets.
    """
    connection.execute(
        insert(audit),
        {
            "id": new_object_id(),
            "at": now,
            "user_id": user_id,
            "actor": actor,
            "action": action.value,
            "account_id": account_id,
            "details": details,
        },
    )


def list_entries(
    connection: Connection,
    user_id: str | None,
    wanted: AuditFilter,
    limit: int,
    before: tuple[float, str] | None = None,
) -> Sequence[AuditEntry]:
    """Returns entries older than `before`, newest first, of one user or of the whole store."""
    at, entry_id = before or (None, None)
    values = {
        "user_id": user_id,
        "account_id": wanted.account_id,
        "action": wanted.action,
        "since": wanted.since,
        "until": wanted.until,
        "before": at,
    }
    given = tuple(name for name, value in values.items() if value is not None)
    rows = _listing(given).all(connection, **values, before_id=entry_id, room=limit)
    return [AuditEntry(*row) for row in rows]


@lru_cache(maxsize=64)
def _listing(given: tuple[str, ...]) -> FastSelect:
    """The list of entries under the conditions of those names."""
    return FastSelect(
        select(audit)
        .where(*(CONDITIONS[name] for name in given))
        .order_by(audit.c.at.desc(), audit.c.id.desc())
        .limit(bindparam("room", type_=Integer))
    )


def position_of(connection: Connection, user_id: str, entry_id: str) -> tuple[float, str] | None:
    """Returns the sort position of a user's entry; None if the user has no such entry."""
    row = connection.execute(
        select(audit.c.at, audit.c.id).where(audit.c.id == entry_id, audit.c.user_id == user_id)
    ).first()
    return None if row is None else (row.at, row.id)


@contextmanager
def allow_deletion(connection: Connection) -> Iterator[None]:
    """Allows deletions in this transaction; the marker is removed before the commit."""
    connection.execute(insert(facts).values(name=ERASING, value=""))
    yield
    connection.execute(delete(facts).where(facts.c.name == ERASING))


def any_expired(connection: Connection, before: float) -> bool:
    """Returns True if there is anything for `purge`."""
    return connection.execute(_old(before).limit(1)).first() is not None


def purge(connection: Connection, before: float, limit: int = 1000) -> int:
    """Deletes entries from before a time, of all users; returns how many."""
    gone = connection.execute(_old(before).limit(limit)).scalars().all()
    with allow_deletion(connection):
        return int(connection.execute(delete(audit).where(audit.c.id.in_(gone))).rowcount)


def _old(before: float) -> Select[tuple[str]]:
    return select(audit.c.id).where(audit.c.at < before).order_by(audit.c.at, audit.c.id)
