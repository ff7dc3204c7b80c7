"""The shapes of deliveries, of their log and of sending again, on the wire."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta

from openchannels.api.schemas.common import UNSET, Count, Filled, Moment, Unset, Wire, given, moment
from openchannels.api.schemas.events import PageSize, Sequence_
from openchannels.core import errors
from openchannels.core.clock import iso
from openchannels.core.events import EventType
from openchannels.core.exceptions import Issue
from openchannels.core.webhooks import Delivery, DeliveryAttempt, LogFilter, RedeliverySelection
from openchannels.service.events.log import RedeliveryResult

MAX_IDS = 500
Since = Annotated[datetime, Meta(tz=True, description="Events from this moment on.")]
Until = Annotated[datetime, Meta(tz=True, description="Events before this moment.")]


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
    only_dead: Annotated[bool, Meta(description="Only those that were given up.")] | Unset = UNSET


class DeliveriesQuery(Wire, kw_only=True):
    """Which deliveries: all filters given have to fit."""

    status: (
        Annotated[
            Literal["pending", "delivered", "dead"], Meta(description="Only those that stand so.")
        ]
        | Unset
    ) = UNSET
    type: Annotated[EventType, Meta(description="Only events of this type.")] | Unset = UNSET
    since: Since | Unset = UNSET
    until: Until | Unset = UNSET
    limit: PageSize | Unset = UNSET
    cursor: (
        Annotated[
            str, Meta(pattern="^[0-9]{1,15}$", description="`nextCursor` of the page before.")
        ]
        | Unset
    ) = UNSET


class DeliveryVo(Wire, kw_only=True):
    """An event on its way to a webhook."""

    id: str
    event_id: str
    type: str
    account_id: str
    sequence: int
    occurred_at: Moment
    status: Literal["pending", "delivered", "dead"]
    attempts: Annotated[int, Meta(ge=0, description="Since it was last asked for.")]
    asked_at: Annotated[Moment, Meta(description="It is tried for three days from then on.")]
    due_at: Annotated[Moment, Meta(description="The next attempt, at the earliest.")] | None = None
    last_attempt_at: Moment | None = None
    last_http_status: int | None = None
    last_error: (
        Annotated[
            str,
            Meta(
                description="`timeout`, `network`, `tls`, `address_refused`, `secret_unreadable`;"
                " of a dead one also `disabled` or `webhook_failing`."
            ),
        ]
        | None
    ) = None
    delivered_at: Moment | None = None


class DeliveryList(Wire, kw_only=True):
    """A page of the log, newest events first. Without `nextCursor` it is the last."""

    list: list[DeliveryVo]
    next_cursor: str | None = None


class AttemptVo(Wire, kw_only=True):
    """One attempt."""

    at: Moment
    milliseconds: Count
    http_status: int | None = None
    error: str | None = None


class DeliveryDetails(DeliveryVo, kw_only=True):
    """A delivery with its latest attempts, newest first."""

    log: list[AttemptVo]


class TestVo(AttemptVo, kw_only=True):
    """What came of a test."""

    accepted: Annotated[bool, Meta(description="Whether the answer was 2xx.")]


class Redelivered(Wire, kw_only=True):
    """What will be sent again."""

    queued: Count
    complete: Annotated[
        bool,
        Meta(description="If not, ask again with `lastSequence` as `afterSequence`."),
    ]
    last_sequence: int | None = None


def delivery_list(found: Sequence[Delivery], before: int | None) -> DeliveryList:
    listed = [DeliveryVo(**_delivery(one)) for one in found]
    return DeliveryList(list=listed, next_cursor=None if before is None else str(before))


def details(found: Delivery, attempts: Sequence[DeliveryAttempt]) -> DeliveryDetails:
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


def tested(attempt: DeliveryAttempt) -> TestVo:
    return TestVo(**_attempt(attempt), accepted=attempt.accepted)


def _attempt(attempt: DeliveryAttempt) -> dict[str, Any]:
    return {
        "at": iso(attempt.at),
        "milliseconds": attempt.milliseconds,
        "http_status": attempt.http_status,
        "error": attempt.error,
    }


def wanted(query: DeliveriesQuery) -> LogFilter:
    return LogFilter(
        status=given(query.status),
        type=given(query.type),
        since=_seconds(query.since),
        until=_seconds(query.until),
    )


def place(query: DeliveriesQuery) -> int | None:
    """The sequence behind a cursor."""
    cursor = given(query.cursor)
    # A pattern lets a line break at the end pass.
    if cursor is not None and not cursor.isdigit():
        raise errors.validation_failed([Issue("cursor", "is not a cursor of this listing")])
    return None if cursor is None else int(cursor)


def selection(body: Redeliver) -> RedeliverySelection:
    """Raises ValidationFailed unless ids or a range are named, and not both."""
    ranged = (body.since, body.until, body.after_sequence, body.until_sequence)
    in_range = any(value is not UNSET for value in ranged)
    if in_range == (body.event_ids is not UNSET):
        raise errors.validation_failed([Issue("eventIds", "either these or a range must be named")])
    return RedeliverySelection(
        event_ids=given(body.event_ids) or (),
        after=given(body.after_sequence),
        to=given(body.until_sequence),
        since=_seconds(body.since),
        until=_seconds(body.until),
        only_dead=bool(given(body.only_dead)),
    )


def redelivered(asked: RedeliveryResult) -> Redelivered:
    return Redelivered(queued=asked.queued, complete=asked.complete, last_sequence=asked.last)


def _seconds(value: datetime | Unset) -> float | None:
    return None if isinstance(value, Unset) else value.timestamp()
