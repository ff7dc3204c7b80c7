"""Queries on deliveries: claiming, recording outcomes, the delivery log, redelivery."""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Select,
    bindparam,
    func,
    insert,
    select,
    update,
)

from openchannels.core import ids
from openchannels.core.webhooks import (
    Delivery,
    DeliveryAttempt,
    DeliveryFilter,
    DeliveryStatus,
    Event,
    RedeliverySelection,
)
from openchannels.store.database import upsert
from openchannels.store.fast_select import FastSelect, Row
from openchannels.store.queries.events import delivery_row
from openchannels.store.queries.leases import free, lapsed
from openchannels.store.queries.moving import refuse_new_work
from openchannels.store.tables import deliveries as t
from openchannels.store.tables import delivery_attempts, events, webhooks

LONGEST_RETRY_SECONDS = 28_800.0
"""The longest pause between two attempts of a delivery."""
LONGEST_PAUSE_SECONDS = 600.0
"""The longest pause of a webhook that failed repeatedly."""
SCANNED = 2000
"""Maximum number of log rows that one page scans."""
ATTEMPTS_SHOWN = 100
MAX_SEQUENCE = 2**63 - 1
CONDITIONS: Mapping[str, ColumnElement[bool]] = {
    "status": t.c.status == bindparam("status"),
    "type": events.c.type == bindparam("type"),
    "since": events.c.at >= bindparam("since"),
    "until": events.c.at < bindparam("until"),
}
"""What the log can be filtered by."""
STATE_COLUMNS = (t.c.status, t.c.attempts, t.c.asked_at, t.c.due_at, t.c.last_at, t.c.last_status,
       t.c.last_error, t.c.delivered_at)  # fmt: skip


def any_due(connection: Connection, now: float) -> bool:
    """Returns True if a delivery is due; `claim` may still find none, as for a paused webhook."""
    return connection.execute(select(t.c.id).where(_is_due(now)).limit(1)).first() is not None


def _is_due(now: float) -> ColumnElement[bool]:
    return lapsed(t.c.due_at, now, LONGEST_RETRY_SECONDS)


def claim(
    connection: Connection, now: float, lease: float, most: int, size: int, failing: int
) -> Sequence[Sequence[str]]:
    """Claims webhooks with due deliveries; returns for each the ids that are due longest.

    The webhook that has waited longest for its turn comes first. A turn lasts until `lease`. For a
    webhook that failed `failing` times in a row only one delivery is returned. Raises Moving.
    """
    refuse_new_work(connection)
    due = select(t.c.id).where(t.c.webhook_id == webhooks.c.id, _is_due(now)).exists()
    rested = free(webhooks.c.paused_until, now, LONGEST_PAUSE_SECONDS)
    idle = free(webhooks.c.busy_until, now, lease - now)
    waiting = select(webhooks.c.id).where(webhooks.c.enabled, rested, idle, due)
    found = waiting.order_by(webhooks.c.busy_until.nulls_first()).limit(most)
    # The condition is repeated so that only one of two concurrent processes gets the webhook.
    taken = connection.execute(
        update(webhooks)
        .where(webhooks.c.id.in_(found.with_for_update(skip_locked=True)), idle)
        .values(busy_until=lease)
        .returning(webhooks.c.id, webhooks.c.failures)
    ).all()
    turns = (_due(connection, row.id, now, size if row.failures < failing else 1) for row in taken)
    return [turn for turn in turns if turn]


def _due(connection: Connection, webhook_id: str, now: float, size: int) -> Sequence[str]:
    rows = connection.execute(
        select(t.c.id)
        .where(t.c.webhook_id == webhook_id, _is_due(now))
        .order_by(t.c.due_at, t.c.sequence)
        .limit(size)
    )
    return rows.scalars().all()


def end_turn(connection: Connection, webhook_id: str, now: float) -> None:
    """Ends the turn of the process that sends to this webhook."""
    connection.execute(
        update(webhooks).where(webhooks.c.id == webhook_id, webhooks.c.busy_until > now),
        {"busy_until": now},
    )


def load(connection: Connection, delivery_ids: Sequence[str], now: float) -> Sequence[Delivery]:
    """Returns those deliveries that are still due, in the order of their events."""
    query = _select_delivery().where(t.c.id.in_(delivery_ids), _is_due(now)).order_by(t.c.sequence)
    return [_delivery_from_row(row) for row in connection.execute(query)]


def record(
    connection: Connection,
    sent: Delivery,
    attempt: DeliveryAttempt,
    status: DeliveryStatus,
    **values: Any,
) -> bool:
    """Records the outcome of an attempt; returns False if a redelivery was requested meanwhile.

    A failure does not change a delivery that has ended meanwhile.
    """
    conditions = [t.c.id == sent.id, t.c.asked_at == sent.asked_at]
    if not attempt.accepted:
        conditions.append(t.c.status == DeliveryStatus.PENDING.value)
    done = connection.execute(
        update(t).where(*conditions).values(attempts=t.c.attempts + 1),
        {
            "status": status.value,
            "last_at": attempt.at,
            "last_status": attempt.http_status,
            "last_error": attempt.error,
            **values,
        },
    )
    if done.rowcount != 1:
        return False
    connection.execute(
        insert(delivery_attempts),
        {
            "id": ids.new_object_id(),
            "delivery_id": sent.id,
            "at": attempt.at,
            "milliseconds": attempt.milliseconds,
            "http_status": attempt.http_status,
            "error": attempt.error,
        },
    )
    return True


def discount_delay(
    connection: Connection, webhook_id: str, besides: str, due_before: float, now: float
) -> None:
    """Lets the delay of a webhook's other pending deliveries that are long due not count.

    They are due now, and were requested later by as much.
    """
    connection.execute(
        update(t)
        .where(
            t.c.webhook_id == webhook_id,
            t.c.status == DeliveryStatus.PENDING.value,
            t.c.due_at < due_before,
            t.c.id != besides,
        )
        .values(asked_at=t.c.asked_at + (now - t.c.due_at), due_at=now)
    )


def give_up(connection: Connection, webhook_id: str, asked_before: float) -> int:
    """Gives up a webhook's pending deliveries requested before a given time; returns how many."""
    done = connection.execute(
        update(t)
        .where(
            t.c.webhook_id == webhook_id,
            t.c.due_at.is_not(None),
            t.c.status == DeliveryStatus.PENDING.value,
            t.c.asked_at <= asked_before,
        )
        .values(
            status=DeliveryStatus.DEAD.value,
            due_at=None,
            last_error=func.coalesce(t.c.last_error, "webhook_failing"),
        )
    )
    return int(done.rowcount)


# The log


def list_deliveries(
    connection: Connection, webhook_id: str, wanted: DeliveryFilter, limit: int, before: int | None
) -> tuple[Sequence[Delivery], int | None]:
    """Returns deliveries, newest events first, and the sequence at which the next page starts.

    Scans a limited number of rows, so a page may be short without being the last.
    """
    filters = {
        "status": wanted.status,
        "type": wanted.type,
        "since": wanted.since,
        "until": wanted.until,
    }
    values = {
        **filters,
        "webhook_id": webhook_id,
        # A sequence that no event reaches: one statement then serves all pages.
        "before": MAX_SEQUENCE if before is None else before,
        "room": limit + 1,
    }
    given = tuple(name for name, value in filters.items() if value is not None)
    # Without filters all that is looked at is wanted.
    scanned = SCANNED if given else limit + 1
    rows = _listing(given).all(connection, **values, scanned=scanned)
    found = [_delivery_from_row(row) for row in rows]
    if len(found) > limit:
        return found[:limit], found[limit - 1].event.sequence
    end = END_OF_STRETCH.first(connection, **values, last=scanned - 1)
    return found, None if end is None else end.sequence


def _stretch(columns: Sequence[ColumnElement[Any]]) -> Select[Any]:
    """A webhook's deliveries before a place, newest events first."""
    return (
        select(*columns)
        .where(t.c.webhook_id == bindparam("webhook_id"), t.c.sequence < bindparam("before"))
        .order_by(t.c.sequence.desc())
    )


END_OF_STRETCH = FastSelect(
    _stretch([t.c.sequence]).offset(bindparam("last", type_=Integer)).limit(1)
)


@lru_cache(maxsize=32)
def _listing(given: tuple[str, ...]) -> FastSelect:
    """A page of the log under the conditions of those names."""
    looked_at = _stretch([t.c.id]).limit(bindparam("scanned", type_=Integer)).subquery()
    return FastSelect(
        _select_delivery()
        .join(looked_at, looked_at.c.id == t.c.id)
        .where(*(CONDITIONS[name] for name in given))
        .order_by(t.c.sequence.desc())
        .limit(bindparam("room", type_=Integer))
    )


def get_delivery(connection: Connection, webhook_id: str, delivery_id: str) -> Delivery | None:
    query = _select_delivery().where(t.c.id == delivery_id, t.c.webhook_id == webhook_id)
    row = connection.execute(query).first()
    return _delivery_from_row(row) if row else None


def list_attempts(connection: Connection, delivery_id: str) -> Sequence[DeliveryAttempt]:
    """Returns the latest attempts of a delivery, newest first."""
    a = delivery_attempts.c
    rows = connection.execute(
        select(a.at, a.milliseconds, a.http_status, a.error)
        .where(a.delivery_id == delivery_id)
        .order_by(a.at.desc(), a.id)
        .limit(ATTEMPTS_SHOWN)
    )
    return [DeliveryAttempt(*row) for row in rows]


def _select_delivery() -> Select[Any]:
    query: Select[Any] = select(t.c.id, t.c.webhook_id, *events.c, *STATE_COLUMNS)
    return query.join(events, events.c.id == t.c.event_id)


def _delivery_from_row(row: Row) -> Delivery:
    last = 2 + len(events.c)
    event = Event(*row[2:last])
    return Delivery(row.id, row.webhook_id, event, *row[last:])


# Redelivery


def select_events(
    connection: Connection,
    user_id: str,
    webhook_id: str,
    types: Sequence[str],
    wanted: RedeliverySelection,
    limit: int,
) -> Sequence[tuple[str, int]]:
    """Returns id and sequence of selected events the webhook subscribes to, oldest first."""
    query = select(events.c.id, events.c.sequence).where(events.c.user_id == user_id)
    if types:
        query = query.where(events.c.type.in_(types))
    if wanted.only_dead:
        same = (t.c.event_id == events.c.id) & (t.c.webhook_id == webhook_id)
        query = query.join(t, same).where(t.c.status == DeliveryStatus.DEAD.value)
    query = query.where(*_chosen(wanted)).order_by(events.c.sequence).limit(limit)
    # Locks the events so that none is purged before its delivery is inserted.
    rows = connection.execute(query.with_for_update(read=True, of=events))
    return [(row.id, row.sequence) for row in rows]


def _chosen(wanted: RedeliverySelection) -> Iterator[ColumnElement[bool]]:
    if wanted.event_ids:
        yield events.c.id.in_(wanted.event_ids)
    if wanted.after is not None:
        yield events.c.sequence > wanted.after
    if wanted.to is not None:
        yield events.c.sequence <= wanted.to
    if wanted.since is not None:
        yield events.c.at >= wanted.since
    if wanted.until is not None:
        yield events.c.at < wanted.until


def request_deliveries(
    connection: Connection, webhook_id: str, wanted: Sequence[tuple[str, int]], now: float
) -> None:
    """Schedules events for delivery from now on, whatever the outcome of earlier deliveries."""
    rows: list[Mapping[str, Any]] = [
        delivery_row(webhook_id, event_id, sequence, now) for event_id, sequence in wanted
    ]
    if not rows:
        return
    reset = ("status", "attempts", "asked_at", "due_at")
    statement = upsert(connection, t)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[t.c.webhook_id, t.c.event_id],
            set_={**{name: statement.excluded[name] for name in reset}, "delivered_at": None},
        ),
        rows,
    )
