"""The outbox: events are written in the transaction of the change that they tell of."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, insert, select

from openchannels.core import ids
from openchannels.core.events import EventType
from openchannels.store.tables import deliveries, events, webhooks


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
        select(webhooks.c.id, webhooks.c.types).where(
            webhooks.c.user_id == user_id, webhooks.c.enabled
        )
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
