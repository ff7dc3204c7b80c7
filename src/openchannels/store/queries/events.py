"""The outbox: events are written in the same transaction as the change they report."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Float, Integer, Select, bindparam, delete, insert, select

from openchannels.core import ids
from openchannels.core.events import EventType
from openchannels.core.webhooks import Event
from openchannels.store.fast_select import FastSelect
from openchannels.store.queries.leases import lapsed
from openchannels.store.tables import deliveries, delivery_attempts, events, webhooks

LISTING = FastSelect(
    select(events)
    .where(
        events.c.user_id == bindparam("user_id"),
        events.c.sequence > bindparam("sequence"),
        lapsed(events.c.at, bindparam("until", type_=Float), 0.0),
    )
    .order_by(events.c.sequence)
    .limit(bindparam("room", type_=Integer))
)

ADD = insert(events).returning(events.c.sequence)
WEBHOOKS = FastSelect(
    select(webhooks.c.id, webhooks.c.types)
    .where(webhooks.c.user_id == bindparam("user_id"), webhooks.c.enabled)
    # Locks the webhooks so that none is deleted or disabled before its delivery is inserted.
    .with_for_update(read=True)
)


def record_event(
    connection: Connection,
    now: float,
    user_id: str,
    kind: EventType,
    account: tuple[str, str],
    **data: Any,
) -> str:
    """Writes an event about an account and a delivery for each webhook that subscribes to it.

    `about` is the account's id and platform. `data` holds JSON values in wire spelling and no
    secrets. Returns the event's id.
    """
    event_id = ids.new_event_id()
    account_id, platform = account
    sequence = connection.execute(
        ADD,
        {
            "id": event_id,
            "user_id": user_id,
            "type": kind.value,
            "account_id": account_id,
            "platform": platform,
            "at": now,
            "data": data,
        },
    ).scalar_one()
    for webhook_id in _wanting(connection, user_id, kind):
        row = delivery_row(webhook_id, event_id, sequence, now)
        connection.execute(insert(deliveries), row)
    return event_id


def _wanting(connection: Connection, user_id: str, kind: EventType) -> list[str]:
    rows = WEBHOOKS.all(connection, user_id=user_id)
    return [row.id for row in rows if not row.types or kind.value in row.types]


def delivery_row(webhook_id: str, event_id: str, sequence: int, now: float) -> Mapping[str, Any]:
    """Returns the row of a delivery that is due now."""
    return {
        "id": ids.new_delivery_id(),
        "webhook_id": webhook_id,
        "event_id": event_id,
        "sequence": sequence,
        "status": "pending",
        "attempts": 0,
        "asked_at": now,
        "due_at": now,
    }


def list_events(
    connection: Connection, user_id: str, sequence: int, until: float, limit: int
) -> Sequence[Event]:
    """Returns a user's events after a sequence and up to a time, oldest first.

    Those far ahead of it, written while a clock was ahead, are not held back.
    """
    rows = LISTING.all(connection, user_id=user_id, sequence=sequence, until=until, room=limit)
    return [Event(*row) for row in rows]


def any_expired(connection: Connection, before: float) -> bool:
    """Returns True if there is anything for `purge`."""
    return connection.execute(_old(before).limit(1)).first() is not None


def purge(connection: Connection, before: float, limit: int = 1000) -> int:
    """Deletes events older than a given time with their deliveries, except while one is pending."""
    old = connection.execute(_old(before).limit(limit).with_for_update(skip_locked=True))
    gone = old.scalars().all()
    sent = select(deliveries.c.id).where(deliveries.c.event_id.in_(gone))
    connection.execute(delete(delivery_attempts).where(delivery_attempts.c.delivery_id.in_(sent)))
    connection.execute(delete(deliveries).where(deliveries.c.event_id.in_(gone)))
    return int(connection.execute(delete(events).where(events.c.id.in_(gone))).rowcount)


def _old(before: float) -> Select[tuple[str]]:
    wanted = (deliveries.c.event_id == events.c.id) & deliveries.c.due_at.is_not(None)
    waiting = select(deliveries.c.id).where(wanted).exists()
    return select(events.c.id).where(events.c.at < before, ~waiting).order_by(events.c.at)
