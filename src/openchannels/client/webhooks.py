"""Webhooks, events and deliveries: the client's methods and their result types."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeVar

from openchannels.client.encoding import iso_time, segment, without_none

T = TypeVar("T")
WEBHOOKS = "/api/v2/channels/webhooks"


@dataclass(frozen=True, slots=True)
class Webhook:
    """A webhook. `secret` is set only when it was just created or replaced."""

    id: str
    url: str
    description: str
    enabled: bool
    failures: int
    created_at: datetime
    updated_at: datetime
    types: tuple[str, ...] = ()
    disabled_reason: str | None = None
    failing_since: datetime | None = None
    paused_until: datetime | None = None
    old_secret_until: datetime | None = None
    secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Event:
    """An event about an account; `data["sequence"]` orders the events of an account."""

    id: str
    type: str
    timestamp: datetime
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EventPage:
    """Events, oldest first."""

    has_next: bool
    list: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class DeliveryAttempt:
    """One attempt of a delivery."""

    at: datetime
    milliseconds: int
    http_status: int | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event for one webhook: `pending`, `delivered` or `dead`.

    `log` is set only when a single delivery was requested.
    """

    id: str
    event_id: str
    type: str
    account_id: str
    sequence: int
    occurred_at: datetime
    status: str
    attempts: int
    asked_at: datetime
    due_at: datetime | None = None
    last_attempt_at: datetime | None = None
    last_http_status: int | None = None
    last_error: str | None = None
    delivered_at: datetime | None = None
    log: tuple[DeliveryAttempt, ...] = ()


@dataclass(frozen=True, slots=True)
class DeliveryPage:
    """Deliveries, newest events first."""

    list: tuple[Delivery, ...] = ()
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Redelivery:
    """How many events will be sent again; unless `complete`, continue after `last_sequence`."""

    queued: int
    complete: bool
    last_sequence: int | None = None


@dataclass(frozen=True, slots=True)
class WebhookTest:
    """The receiver's answer to a test message."""

    accepted: bool
    at: datetime
    milliseconds: int
    http_status: int | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class _WebhookList:
    list: tuple[Webhook, ...] = ()


@dataclass(frozen=True, slots=True)
class _DeletedWebhook:
    id: str


class Caller(Protocol):
    """The client's method for calls."""

    def __call__(self, shape: type[T], method: str, path: str, **options: Any) -> T: ...


class Webhooks:
    """`client.webhooks`: every method raises ApiError and TransportError."""

    def __init__(self, call: Caller) -> None:
        self._call = call

    def list(self) -> tuple[Webhook, ...]:
        """Returns all webhooks, oldest first."""
        return self._call(_WebhookList, "GET", WEBHOOKS).list

    def get(self, webhook_id: str) -> Webhook:
        return self._call(Webhook, "GET", _path(webhook_id))

    def create(
        self,
        url: str,
        types: Iterable[str] = (),
        description: str = "",
        *,
        enabled: bool = True,
    ) -> Webhook:
        """Creates a webhook; its `secret` is returned only now. Empty `types` means all events."""
        body = {
            "url": url,
            "types": [*types],
            "description": description,
            "enabled": enabled,
        }
        return self._call(Webhook, "POST", WEBHOOKS, json=body)

    def change(
        self,
        webhook_id: str,
        *,
        url: str | None = None,
        types: Iterable[str] | None = None,
        description: str | None = None,
        enabled: bool | None = None,
    ) -> Webhook:
        """Changes the given properties."""
        body = {
            "url": url,
            "types": None if types is None else [*types],
            "description": description,
            "enabled": enabled,
        }
        return self._call(Webhook, "PATCH", _path(webhook_id), json=without_none(body))

    def delete(self, webhook_id: str) -> None:
        self._call(_DeletedWebhook, "DELETE", _path(webhook_id))

    def rotate(self, webhook_id: str, overlap_hours: int = 24) -> Webhook:
        """Replaces the secret; the new one is returned only now, the old one signs for a while."""
        body = {"overlapHours": overlap_hours}
        return self._call(Webhook, "POST", _path(webhook_id, "rotate"), json=body)

    def test(self, webhook_id: str) -> WebhookTest:
        """Sends a message of type `webhook.test` now."""
        return self._call(WebhookTest, "POST", _path(webhook_id, "test"))

    def redeliver(
        self,
        webhook_id: str,
        event_ids: Iterable[str] = (),
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        after_sequence: int | None = None,
        until_sequence: int | None = None,
        only_dead: bool = False,
    ) -> Redelivery:
        """Sends events again: those named, or all in a range of timezone-aware times."""
        body = {
            "eventIds": [*event_ids] or None,
            "since": iso_time(since),
            "until": iso_time(until),
            "afterSequence": after_sequence,
            "untilSequence": until_sequence,
            "onlyDead": only_dead,
        }
        return self._call(
            Redelivery, "POST", _path(webhook_id, "redeliver"), json=without_none(body)
        )

    def deliveries(
        self,
        webhook_id: str,
        *,
        status: str | None = None,
        type: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> DeliveryPage:
        """Returns a page of deliveries; a short page may not be the last: see `next_cursor`."""
        query = {
            "status": status,
            "type": type,
            "since": iso_time(since),
            "until": iso_time(until),
            "limit": limit,
            "cursor": cursor,
        }
        path = _path(webhook_id, "deliveries")
        return self._call(DeliveryPage, "GET", path, params=without_none(query))

    def delivery(self, webhook_id: str, delivery_id: str) -> Delivery:
        """Returns one delivery with its attempts."""
        return self._call(Delivery, "GET", _path(webhook_id, "deliveries", delivery_id))


def _path(*pieces: str) -> str:
    return "/".join((WEBHOOKS, *(segment(piece) for piece in pieces)))
