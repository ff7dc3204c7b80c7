"""The outbox: events are written in the transaction of the change that they tell of."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Select, delete, insert, select

from openchannels.core import ids
from openchannels.core.events import EventType
from openchannels.core.webhooks import Event
from openchannels.store.tables import deliveries, delivery_attempts, events, webhooks


def announce(
    connection: Connection,
    now: float,
    user_id: str,
    kind: EventType,
    account: tuple[str, str],
    **data: Any,
) -> str:
    """Write an event about an account (id, platform) and a delivery for each webhook that wants it.

    `data` holds JSON values in wire spelling and no secret. Returns the event's id.
    """
    event_id = ids.new_event_id()
    account_id, platform = account
    sequence = connection.execute(
        insert(events)
        .values(
            id=event_id,
            user_id=user_id,
            type=kind.value,
            account_id=account_id,
            platform=platform,
            at=now,
            data=data,
        )
        .returning(events.c.sequence)
    ).scalar_one()
    for webhook_id in _wanting(connection, user_id, kind):
        connection.execute(insert(deliveries).values(delivery(webhook_id, event_id, sequence, now)))
    return event_id


def _wanting(connection: Connection, user_id: str, kind: EventType) -> list[str]:
    rows = connection.execute(
        select(webhooks.c.id, webhooks.c.types)
        .where(webhooks.c.user_id == user_id, webhooks.c.enabled)
        # None of them is deleted or switched off before these deliveries stand.
        .with_for_update(read=True)
    )
    return [row.id for row in rows if not row.types or kind.value in row.types]


def delivery(webhook_id: str, event_id: str, sequence: int, now: float) -> Mapping[str, Any]:
    """The row of an event that is to be sent to a webhook from now on."""
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


def after(
    connection: Connection, user_id: str, sequence: int, until: float, limit: int
) -> Sequence[Event]:
    """A user's events behind a sequence that happened by a moment, oldest first."""
    rows = connection.execute(
        select(events)
        .where(events.c.user_id == user_id, events.c.sequence > sequence, events.c.at <= until)
        .order_by(events.c.sequence)
        .limit(limit)
    )
    return [Event(*row) for row in rows]


def any_old(connection: Connection, before: float) -> bool:
    """Whether there is anything for `purge`."""
    return connection.execute(_old(before).limit(1)).first() is not None


def purge(connection: Connection, before: float, limit: int = 1000) -> int:
    """Delete events from before a moment with their deliveries, unless one is still on its way."""
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
