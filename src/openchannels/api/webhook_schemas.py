"""The shapes of webhooks, events and deliveries on the wire."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from openchannels.api.schemas import Address, Count, Filled, Moment, Wire, given, moment
from openchannels.core.clock import iso
from openchannels.core.errors import Issue, ValidationFailed
from openchannels.core.events import EventType
from openchannels.core.webhooks import Attempt, Delivery, Event, LogFilter, Selection, Webhook
from openchannels.service.event_log import Asked
from openchannels.service.webhooks import Shown

MAX_SAFE = 2**53 - 1
MAX_IDS = 500
DAY_HOURS = 24
Unset = msgspec.UnsetType
UNSET = msgspec.UNSET

Types = Annotated[
    list[EventType],
    Meta(max_length=20, description="Types of events that are sent; none named is all of them."),
]
Url = Annotated[Address, Meta(max_length=2048, description="A public https address.")]
Description = Annotated[str, Meta(max_length=256, description="What it is for, in your words.")]
Enabled = Annotated[bool, Meta(description="Whether events are sent.")]
Since = Annotated[datetime, Meta(tz=True, description="Events from this moment on.")]
Until = Annotated[datetime, Meta(tz=True, description="Events before this moment.")]
Sequence_ = Annotated[int, Meta(ge=0, le=MAX_SAFE)]
PageSize = Annotated[int, Meta(ge=1, le=100, description="How many at most; 50 if absent.")]


class CreateWebhook(Wire, kw_only=True):
    """A new webhook."""

    url: Url
    types: Types | Unset = UNSET
    description: Description | Unset = UNSET
    enabled: Enabled | Unset = UNSET


class ChangeWebhook(Wire, kw_only=True):
    """What is to be different; what is left out stays."""

    url: Url | Unset = UNSET
    types: Types | Unset = UNSET
    description: Description | Unset = UNSET
    enabled: Enabled | Unset = UNSET


class RotateWebhook(Wire, kw_only=True):
    """How a secret is replaced."""

    overlap_hours: (
        Annotated[
            int,
            Meta(
                ge=0,
                le=168,
                description="For how long the old secret signs beside the new one; 24 if absent.",
            ),
        ]
        | Unset
    ) = UNSET


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


class EventsQuery(Wire, kw_only=True):
    """From where to read events."""

    after: (
        Annotated[Sequence_, Meta(description="Events with a greater sequence; all if absent.")]
        | Unset
    ) = UNSET
    limit: PageSize | Unset = UNSET


class WebhookVo(Wire, kw_only=True):
    """A webhook. `failingSince` and `pausedUntil` are there while it fails."""

    id: str
    url: Address
    description: str
    types: Annotated[list[str], Meta(description="None is all of them.")]
    enabled: bool
    disabled_reason: (
        Annotated[
            str,
            Meta(
                description="Why it was switched off by itself: `gone` (it answered 410) or"
                " `failing` (an event was given up, and none had got through for seven days)."
            ),
        ]
        | None
    ) = None
    failures: Annotated[int, Meta(ge=0, description="Failed attempts in a row.")]
    failing_since: Moment | None = None
    paused_until: Moment | None = None
    old_secret_until: (
        Annotated[Moment, Meta(description="Until then the secret before signs too.")] | None
    ) = None
    created_at: Moment
    updated_at: Moment


class WebhookWithSecret(WebhookVo, kw_only=True):
    """A webhook with its signing secret, which is shown this once."""

    secret: Annotated[str, Meta(description="`whsec_` and base64.")]


class WebhookList(Wire, kw_only=True):
    """Webhooks, oldest first."""

    list: list[WebhookVo]


class DeletedWebhook(Wire, kw_only=True):
    """A webhook that is no more."""

    id: str
    deleted: bool


class EventVo(Wire, kw_only=True):
    """Something that happened to an account, as it is sent to webhooks."""

    id: str
    type: str
    timestamp: Moment
    data: dict[str, Any]


class EventList(Wire, kw_only=True):
    """Events, oldest first."""

    list: list[EventVo]
    has_next: bool


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


def webhook_vo(webhook: Webhook) -> WebhookVo:
    return WebhookVo(**_described(webhook))


def shown(one: Shown) -> WebhookWithSecret:
    return WebhookWithSecret(**_described(one.webhook), secret=one.secret)


def _described(webhook: Webhook) -> dict[str, Any]:
    return {
        "id": webhook.id,
        "url": webhook.url,
        "description": webhook.description,
        "types": list(webhook.types),
        "enabled": webhook.enabled,
        "disabled_reason": webhook.disabled_reason,
        "failures": webhook.failures,
        "failing_since": moment(webhook.failing_since),
        "paused_until": moment(webhook.paused_until),
        "old_secret_until": moment(webhook.before_until),
        "created_at": iso(webhook.created_at),
        "updated_at": iso(webhook.updated_at),
    }


def changes(body: ChangeWebhook) -> Mapping[str, Any]:
    """What the caller named. Raises ValidationFailed for nothing."""
    named = {name: getattr(body, name) for name in body.__struct_fields__}
    values = {name: value for name, value in named.items() if value is not UNSET}
    if not values:
        raise ValidationFailed([Issue("body", "names nothing to change")])
    return values


def event_list(events: Sequence[Event], has_next: bool) -> EventList:
    return EventList(list=[event_vo(event) for event in events], has_next=has_next)


def event_vo(event: Event) -> EventVo:
    return EventVo(id=event.id, type=event.type, timestamp=iso(event.at), data=dict(event.payload))


def delivery_list(found: Sequence[Delivery], before: int | None) -> DeliveryList:
    listed = [DeliveryVo(**_delivery(one)) for one in found]
    return DeliveryList(list=listed, next_cursor=None if before is None else str(before))


def details(found: Delivery, attempts: Sequence[Attempt]) -> DeliveryDetails:
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


def tested(attempt: Attempt) -> TestVo:
    return TestVo(**_attempt(attempt), accepted=attempt.accepted)


def _attempt(attempt: Attempt) -> dict[str, Any]:
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
        raise ValidationFailed([Issue("cursor", "is not a cursor of this listing")])
    return None if cursor is None else int(cursor)


def selection(body: Redeliver) -> Selection:
    """Raises ValidationFailed unless ids or a range are named, and not both."""
    ranged = (body.since, body.until, body.after_sequence, body.until_sequence)
    in_range = any(value is not UNSET for value in ranged)
    if in_range == (body.event_ids is not UNSET):
        raise ValidationFailed([Issue("eventIds", "either these or a range must be named")])
    return Selection(
        event_ids=given(body.event_ids) or (),
        after=given(body.after_sequence),
        to=given(body.until_sequence),
        since=_seconds(body.since),
        until=_seconds(body.until),
        only_dead=bool(given(body.only_dead)),
    )


def redelivered(asked: Asked) -> Redelivered:
    return Redelivered(queued=asked.queued, complete=asked.complete, last_sequence=asked.last)


def _seconds(value: datetime | Unset) -> float | None:
    return None if isinstance(value, Unset) else value.timestamp()
