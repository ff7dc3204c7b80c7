"""The audit log: who did what, written in the same transaction as the change itself.

Rows are only added; database triggers enforce that. Only an erasure deletes rows: within its
transaction it sets a marker in `facts` that no other transaction sees.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, or_, select

from openchannels.core.audit import Action, AuditEntry, AuditFilter
from openchannels.core.ids import new_object_id
from openchannels.store.tables import audit, facts

ERASING = "erasing"
"""Name of the marker that lets the triggers accept an erasure."""


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
        insert(audit).values(
            id=new_object_id(),
            at=now,
            user_id=user_id,
            actor=actor,
            action=action.value,
            account_id=account_id,
            details=details,
        )
    )


def list_entries(
    connection: Connection,
    user_id: str | None,
    wanted: AuditFilter,
    limit: int,
    before: tuple[float, str] | None = None,
) -> Sequence[AuditEntry]:
    """Returns entries older than `before`, newest first, of one user or of the whole store."""
    conditions = [*_conditions(wanted)]
    if user_id is not None:
        conditions.append(audit.c.user_id == user_id)
    if before is not None:
        at, entry_id = before
        older = and_(audit.c.at == at, audit.c.id < entry_id)
        conditions.append(or_(audit.c.at < at, older))
    rows = connection.execute(
        select(audit).where(*conditions).order_by(audit.c.at.desc(), audit.c.id.desc()).limit(limit)
    )
    return [AuditEntry(*row) for row in rows]


def _conditions(wanted: AuditFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.account_id is not None:
        yield audit.c.account_id == wanted.account_id
    if wanted.action is not None:
        yield audit.c.action == wanted.action
    if wanted.since is not None:
        yield audit.c.at >= wanted.since
    if wanted.until is not None:
        yield audit.c.at < wanted.until


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
