"""Queries on webhooks: their addresses, secrets and delivery health."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, case, delete, func, insert, select, update

from openchannels.core.webhooks import DeliveryStatus, DeliveryTarget, Webhook
from openchannels.store.fast_select import FastSelect, Row
from openchannels.store.tables import deliveries, delivery_attempts
from openchannels.store.tables import webhooks as t

NO_FAILURES: Mapping[str, Any] = {
    "failures": 0,
    "failing_since": None,
    "paused_until": None,
}
COLUMNS = (
    t.c.id,
    t.c.user_id,
    t.c.url,
    t.c.description,
    t.c.types,
    t.c.enabled,
    t.c.disabled_reason,
    t.c.failures,
    t.c.failing_since,
    t.c.paused_until,
    t.c.before_until,
    t.c.created_at,
    t.c.updated_at,
)
LISTING = FastSelect(
    select(*COLUMNS).where(t.c.user_id == bindparam("user_id")).order_by(t.c.created_at, t.c.id)
)
BY_ID = FastSelect(select(*COLUMNS).where(t.c.id == bindparam("id")))


def insert_webhook(connection: Connection, values: Mapping[str, Any], most: int) -> bool:
    """Inserts a webhook; returns False if the user already has `most` of them."""
    held = select(func.count()).where(t.c.user_id == values["user_id"])
    if connection.execute(held).scalar_one() >= most:
        return False
    connection.execute(insert(t), dict(values))
    return True


def list_webhooks(connection: Connection, user_id: str) -> Sequence[Webhook]:
    """Returns a user's webhooks, oldest first."""
    return [_webhook_from_row(row) for row in LISTING.all(connection, user_id=user_id)]


def get_webhook(connection: Connection, user_id: str, webhook_id: str) -> Webhook | None:
    row = BY_ID.first(connection, id=webhook_id)
    return _webhook_from_row(row) if row is not None and row.user_id == user_id else None


def lock_webhook(connection: Connection, user_id: str, webhook_id: str) -> Webhook | None:
    """Returns the webhook, locked against changes by other transactions."""
    query = select(*COLUMNS).where(t.c.id == webhook_id, t.c.user_id == user_id)
    row = connection.execute(query.with_for_update()).first()
    return _webhook_from_row(row) if row else None


def target(connection: Connection, webhook_id: str) -> DeliveryTarget | None:
    """Returns where to send and with which secret to sign."""
    row = connection.execute(
        select(t.c.id, t.c.url, t.c.sealed, t.c.sealed_before, t.c.before_until).where(
            t.c.id == webhook_id
        )
    ).first()
    return DeliveryTarget(*row) if row else None


def update_webhook(connection: Connection, webhook_id: str, values: Mapping[str, Any]) -> None:
    connection.execute(update(t).where(t.c.id == webhook_id), dict(values))


def delete_webhook(connection: Connection, webhook_id: str) -> None:
    """Deletes a locked webhook with its deliveries."""
    mine = select(deliveries.c.id).where(deliveries.c.webhook_id == webhook_id)
    connection.execute(delete(delivery_attempts).where(delivery_attempts.c.delivery_id.in_(mine)))
    connection.execute(delete(deliveries).where(deliveries.c.webhook_id == webhook_id))
    connection.execute(delete(t).where(t.c.id == webhook_id))


def disable(connection: Connection, webhook_id: str, reason: str | None, now: float) -> bool:
    """Disables a webhook and gives up its pending deliveries; returns False if already disabled."""
    done = connection.execute(
        update(t)
        .where(t.c.id == webhook_id, t.c.enabled)
        .values(enabled=False, disabled_reason=reason, updated_at=now)
    )
    if done.rowcount != 1:
        return False
    connection.execute(
        update(deliveries)
        .where(
            deliveries.c.webhook_id == webhook_id,
            deliveries.c.due_at.is_not(None),
            deliveries.c.status == DeliveryStatus.PENDING.value,
        )
        .values(status=DeliveryStatus.DEAD.value, due_at=None, last_error="disabled")
    )
    return True


def send_now(connection: Connection, webhook_id: str, now: float) -> None:
    """Makes all pending deliveries of a webhook due now."""
    connection.execute(
        update(deliveries)
        .where(deliveries.c.webhook_id == webhook_id, deliveries.c.due_at > now)
        .values(due_at=now)
    )


def record_success(connection: Connection, webhook_id: str) -> int:
    """Resets the count of failures and returns it; writes only if it was not zero."""
    failures = connection.execute(select(t.c.failures).where(t.c.id == webhook_id)).scalar() or 0
    if failures:
        connection.execute(update(t).where(t.c.id == webhook_id), dict(NO_FAILURES))
    return failures


@dataclass(frozen=True, slots=True)
class FailedRun:
    """Failures of a webhook in a row, since when, and until when it was paused (0: never)."""

    failures: int
    since: float
    paused_until: float


def record_failure(connection: Connection, webhook_id: str, now: float) -> FailedRun | None:
    """Counts a failed attempt; returns the run of failures, None if deleted or off."""
    # A run does not begin ahead of the clock.
    since = case((t.c.failing_since <= now, t.c.failing_since), else_=now)
    row = connection.execute(
        update(t)
        .where(t.c.id == webhook_id, t.c.enabled)
        .values(failures=t.c.failures + 1, failing_since=since)
        .returning(t.c.failures, t.c.failing_since, t.c.paused_until)
    ).first()
    return FailedRun(row.failures, row.failing_since, row.paused_until or 0.0) if row else None


def pause(connection: Connection, webhook_id: str, until: float | None) -> None:
    """Pauses deliveries until a given time; None resumes them at once."""
    connection.execute(update(t).where(t.c.id == webhook_id), {"paused_until": until})


def _webhook_from_row(row: Row) -> Webhook:
    return Webhook(*tuple(row))
