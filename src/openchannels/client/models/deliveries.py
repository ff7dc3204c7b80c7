"""Deliveries of events to webhooks."""

from dataclasses import dataclass
from datetime import datetime

from openchannels.client.results import Result


@dataclass(frozen=True, slots=True)
class DeliveryAttempt(Result):
    """One attempt of a delivery."""

    at: datetime
    milliseconds: int
    http_status: int | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Delivery(Result):
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
class DeliveryPage(Result):
    """Deliveries, newest events first."""

    list: tuple[Delivery, ...] = ()
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Redelivery(Result):
    """How many events will be sent again; unless `complete`, continue after `last_sequence`."""

    queued: int
    complete: bool
    last_sequence: int | None = None
