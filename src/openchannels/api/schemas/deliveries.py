"""Types of deliveries, their log and redelivery on the wire."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta

from openchannels.api.schemas.common import (
    UNSET,
    Count,
    Filled,
    Moment,
    Unset,
    Wire,
    moment,
    none_if_unset,
)
from openchannels.api.schemas.events import PageSize, Sequence_
from openchannels.core import errors
from openchannels.core.clock import iso
from openchannels.core.events import EventType
from openchannels.core.exceptions import Issue
from openchannels.core.webhooks import (
    Delivery,
    DeliveryAttempt,
    DeliveryFilter,
    RedeliverySelection,
)
from openchannels.service.events.log import RedeliveryResult

MAX_IDS = 500
Since = Annotated[datetime, Meta(tz=True, description="Events from this time on.")]
Until = Annotated[datetime, Meta(tz=True, description="Events before this time.")]


class Redeliver(Wire, kw_only=True):
    """Events to send again: by `eventIds`, or a range of times or of sequences."""

    event_ids: (
        Annotated[list[Filled], Meta(min_length=1, max_length=MAX_IDS, description="By id.")]
        | Unset
    ) = UNSET
    since: Since | Unset = UNSET
    until: Until | Unset = UNSET
    after_sequence: (
        Annotated[Sequence_, Meta(description="Events with a greater sequence.")] | Unset
    ) = UNSET
    until_sequence: (
        Annotated[Sequence_, Meta(description="Events up to this sequence.")] | Unset
    ) = UNSET
    only_dead: Annotated[bool, Meta(description="Only given-up deliveries.")] | Unset = UNSET


class DeliveriesQuery(Wire, kw_only=True):
    """Filters of deliveries; all given ones must match."""

    status: (
        Annotated[
            Literal["pending", "delivered", "dead"], Meta(description="Only with this status.")
        ]
        | Unset
    ) = UNSET
    type: Annotated[EventType, Meta(description="Only events of this type.")] | Unset = UNSET
    since: Since | Unset = UNSET
    until: Until | Unset = UNSET
    limit: PageSize | Unset = UNSET
    cursor: (
        Annotated[
            str, Meta(pattern="^[0-9]{1,15}$", description="`nextCursor` of the previous page.")
        ]
        | Unset
    ) = UNSET


class DeliveryVo(Wire, kw_only=True):
    """An event for one webhook."""

    id: str
    event_id: str
    type: str
    account_id: str
    sequence: int
    occurred_at: Moment
    status: Literal["pending", "delivered", "dead"]
    attempts: Annotated[int, Meta(ge=0, description="Since delivery was last requested.")]
    asked_at: Annotated[
        Moment, Meta(description="Delivery is attempted for three days from then on.")
    ]
    due_at: Annotated[Moment, Meta(description="Earliest time of the next attempt.")] | None = None
    last_attempt_at: Moment | None = None
    last_http_status: int | None = None
    last_error: (
        Annotated[
            str,
            Meta(
                description="`timeout`, `network`, `tls`, `address_refused`, `secret_unreadable`;"
                " for a dead one also `disabled` or `webhook_failing`."
            ),
        ]
        | None
    ) = None
    delivered_at: Moment | None = None


class DeliveryList(Wire, kw_only=True):
    """A page of the log, newest events first. The last page has no `nextCursor`."""

    list: list[DeliveryVo]
    next_cursor: str | None = None


class AttemptVo(Wire, kw_only=True):
    """An attempt of a delivery."""

    at: Moment
    milliseconds: Count
    http_status: int | None = None
    error: str | None = None


class DeliveryDetails(DeliveryVo, kw_only=True):
    """A delivery with its latest attempts, newest first."""

    log: list[AttemptVo]


class TestVo(AttemptVo, kw_only=True):
    """The result of a test message."""

    accepted: Annotated[bool, Meta(description="Whether the answer was 2xx.")]


class Redelivered(Wire, kw_only=True):
    """The result of a redelivery request."""

    queued: Count
    complete: Annotated[
        bool,
        Meta(description="If not, request again with `lastSequence` as `afterSequence`."),
    ]
    last_sequence: int | None = None


def delivery_list(found: Sequence[Delivery], before: int | None) -> DeliveryList:
    listed = [DeliveryVo(**_delivery(one)) for one in found]
    return DeliveryList(list=listed, next_cursor=None if before is None else str(before))


def delivery_details(found: Delivery, attempts: Sequence[DeliveryAttempt]) -> DeliveryDetails:
    log = [AttemptVo(**_attempt(attempt)) for attempt in attempts]
    return DeliveryDetails(**_delivery(found), log=log)


def _delivery(one: Delivery) -> dict[str, Any]:
    return {
        "id": one.id,
        "event_id": one.event.id,
        "type": one.event.type,
        "account_id": one.event.account_id,
        "sequence": one.event.sequence,
        "occurred_at": iso(one.event.at),
        "status": one.status,
        "attempts": one.attempts,
        "asked_at": iso(one.asked_at),
        "due_at": moment(one.due_at),
        "last_attempt_at": moment(one.last_at),
        "last_http_status": one.last_status,
        "last_error": one.last_error,
        "delivered_at": moment(one.delivered_at),
    }


def test_result(attempt: DeliveryAttempt) -> TestVo:
    return TestVo(**_attempt(attempt), accepted=attempt.accepted)


def _attempt(attempt: DeliveryAttempt) -> dict[str, Any]:
    return {
        "at": iso(attempt.at),
        "milliseconds": attempt.milliseconds,
        "http_status": attempt.http_status,
        "error": attempt.error,
    }


def delivery_filter(query: DeliveriesQuery) -> DeliveryFilter:
    return DeliveryFilter(
        status=none_if_unset(query.status),
        type=none_if_unset(query.type),
        since=_seconds(query.since),
        until=_seconds(query.until),
    )


def cursor_sequence(query: DeliveriesQuery) -> int | None:
    """Returns the sequence that a cursor stands for."""
    cursor = none_if_unset(query.cursor)
    # The pattern would accept a trailing line break.
    if cursor is not None and not cursor.isdigit():
        raise errors.validation_failed([Issue("cursor", "is not a cursor of this listing")])
    return None if cursor is None else int(cursor)


def redelivery_selection(body: Redeliver) -> RedeliverySelection:
    """Returns the selected events. Raises ValidationFailed without either ids or a range."""
    ranged = (body.since, body.until, body.after_sequence, body.until_sequence)
    in_range = any(value is not UNSET for value in ranged)
    if in_range == (body.event_ids is not UNSET):
        raise errors.validation_failed([Issue("eventIds", "either these or a range must be named")])
    return RedeliverySelection(
        event_ids=none_if_unset(body.event_ids) or (),
        after=none_if_unset(body.after_sequence),
        to=none_if_unset(body.until_sequence),
        since=_seconds(body.since),
        until=_seconds(body.until),
        only_dead=bool(none_if_unset(body.only_dead)),
    )


def redelivery_result(asked: RedeliveryResult) -> Redelivered:
    return Redelivered(queued=asked.queued, complete=asked.complete, last_sequence=asked.last)


def _seconds(value: datetime | Unset) -> float | None:
    return None if isinstance(value, Unset) else value.timestamp()
