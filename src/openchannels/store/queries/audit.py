"""The audit log: who did what, written in the transaction of the change that it tells of.

Rows are only ever added, and triggers of the database see to that. Only an erasure takes rows
out: it leaves a mark in `facts` that no other transaction ever sees.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, or_, select

from openchannels.core.audit import Action, AuditEntry, AuditFilter
from openchannels.core.ids import new_object_id
from openchannels.store.tables import audit, facts

ERASING = "erasing"
"""The fact by which the triggers know an erasure; it stands within its transaction only."""


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
    """Add a row. `user_id` None: it concerned the store as a whole.

    `actor` is `key:` or `session:` with an id, `service` or `operator`. `details` hold JSON
    values and no secret.
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


def listed(
    connection: Connection,
    user_id: str | None,
    wanted: AuditFilter,
    limit: int,
    before: tuple[float, str] | None = None,
) -> Sequence[AuditEntry]:
    """Entries, newest first, of a user or of the whole store; those older than `before`."""
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


def place(connection: Connection, user_id: str, entry_id: str) -> tuple[float, str] | None:
    """Where a user's entry stands in the order; None if there is no such entry of theirs."""
    row = connection.execute(
        select(audit.c.at, audit.c.id).where(audit.c.id == entry_id, audit.c.user_id == user_id)
    ).first()
    return None if row is None else (row.at, row.id)


@contextmanager
def erasing(connection: Connection) -> Iterator[None]:
    """Let rows be deleted, in this transaction alone; the mark is gone before it is committed."""
    connection.execute(insert(facts).values(name=ERASING, value=""))
    yield
    connection.execute(delete(facts).where(facts.c.name == ERASING))
