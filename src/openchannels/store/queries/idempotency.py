"""Queries on requests that were sent with an idempotency key."""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    delete,
    or_,
    select,
    update,
)

from openchannels.core.idempotency import KEPT_SECONDS, LEASE_SECONDS, KeyedRequest
from openchannels.store.database import upsert
from openchannels.store.fast_select import FastSelect, Row
from openchannels.store.queries.leases import is_over, lapsed
from openchannels.store.queries.moving import refuse_new_work
from openchannels.store.tables import idempotency_keys as t

BY_ID = FastSelect(
    select(t.c.request_hash, t.c.sealed, t.c.lease_until, t.c.expires_at).where(
        t.c.id == bindparam("id")
    )
)


def get(connection: Connection, request_id: str, now: float) -> Row | None:
    """Returns what is stored under a key; None if it has expired."""
    row = BY_ID.first(connection, id=request_id)
    return None if row is None or is_over(row.expires_at, now, KEPT_SECONDS) else row


def claim(connection: Connection, request: KeyedRequest, owner: str, now: float) -> bool:
    """Claims a key for a request; returns False if it is held or answered.

    An expired key is claimed for any request. One whose holder died is claimed for the same request
    only. Raises Moving.
    """
    refuse_new_work(connection)
    values = {
        "request_hash": request.digest,
        "sealed": None,
        "lease_owner": owner,
        "lease_until": now + LEASE_SECONDS,
        "expires_at": now + KEPT_SECONDS,
    }
    abandoned = and_(
        t.c.request_hash == request.digest,
        t.c.sealed.is_(None),
        lapsed(t.c.lease_until, now, LEASE_SECONDS),
    )
    statement = (
        upsert(connection, t)
        .values(id=request.id, user_id=request.user_id, **values)
        .on_conflict_do_update(
            index_elements=[t.c.id],
            set_=values,
            where=or_(lapsed(t.c.expires_at, now, KEPT_SECONDS), abandoned),
        )
        .returning(t.c.id)
    )
    return connection.scalar(statement) is not None


def renew(connection: Connection, request_id: str, owner: str, now: float) -> bool:
    """Extends a claim; returns False if it was lost."""
    return _change(connection, request_id, owner, {"lease_until": now + LEASE_SECONDS})


def keep(connection: Connection, request_id: str, owner: str, sealed: bytes) -> bool:
    """Ends a claim with an answer; returns False if the claim was lost."""
    return _change(
        connection, request_id, owner, {"sealed": sealed, "lease_owner": None, "lease_until": None}
    )


def free(connection: Connection, request_id: str, owner: str) -> None:
    """Ends a claim without an answer: the next request with the key is a first one."""
    connection.execute(delete(t).where(_claimed(request_id, owner)))


def any_expired(connection: Connection, now: float) -> bool:
    """Returns True if there is anything for `purge`."""
    return connection.execute(_expired(now).limit(1)).first() is not None


def purge(connection: Connection, now: float, limit: int = 1000) -> int:
    """Deletes expired keys with their answers; returns how many."""
    old = connection.execute(_expired(now).limit(limit).with_for_update(skip_locked=True))
    gone = delete(t).where(t.c.id.in_(old.scalars().all()))
    return int(connection.execute(gone).rowcount)


def _expired(now: float) -> Select[tuple[str]]:
    return select(t.c.id).where(t.c.expires_at <= now).order_by(t.c.expires_at)


def _claimed(request_id: str, owner: str) -> ColumnElement[bool]:
    return and_(t.c.id == request_id, t.c.lease_owner == owner)


def _change(connection: Connection, request_id: str, owner: str, values: dict[str, Any]) -> bool:
    statement = update(t).where(_claimed(request_id, owner))
    return connection.execute(statement, values).rowcount == 1
