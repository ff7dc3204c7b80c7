"""Webhooks: receivers of a user's events, deliveries, and the client that posts them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, Protocol

from openchannels.core.clock import iso

TEST_EVENT = "webhook.test"
"""The type of a test message; no such event is stored."""


class DeliveryStatus(StrEnum):
    """The state of a delivery. `dead`: given up, unless it is requested again."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"


class DisabledReason(StrEnum):
    """Why the service switched a webhook off.

    `gone`: it answered 410. `failing`: an event was given up and none was accepted for days.
    """

    GONE = "gone"
    FAILING = "failing"


@dataclass(frozen=True, slots=True)
class Webhook:
    """A URL and the types of events it receives (empty: all). Times are Unix seconds.

    Nothing is sent before `paused_until`; the last `failures` attempts failed, the first of them
    at `failing_since`. A secret replaced by rotation signs until `before_until`.
    """

    id: str
    user_id: str
    url: str
    description: str
    types: Sequence[str]
    enabled: bool
    disabled_reason: str | None
    failures: int
    failing_since: float | None
    paused_until: float | None
    before_until: float | None
    created_at: float
    updated_at: float


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to an account; `sequence` orders the events of an account."""

    sequence: int
    id: str
    user_id: str
    type: str
    account_id: str
    platform: str
    at: float
    data: Mapping[str, Any]

    @property
    def payload(self) -> Mapping[str, Any]:
        """The event's data as the webhook receives it."""
        return {
            **self.data,
            "accountId": self.account_id,
            "platform": self.platform,
            "userId": self.user_id,
            "sequence": self.sequence,
            "occurredAt": iso(self.at),
        }


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way to one webhook.

    `attempts` counts from `asked_at`, when the period of attempts begins.
    """

    id: str
    webhook_id: str
    event: Event
    status: str
    attempts: int
    asked_at: float
    due_at: float | None
    last_at: float | None
    last_status: int | None
    last_error: str | None
    delivered_at: float | None


@dataclass(frozen=True, slots=True)
class DeliveryAttempt:
    """One attempt: when, how long, and the HTTP status or why there was none."""

    at: float
    milliseconds: int
    http_status: int | None
    error: str | None

    @property
    def accepted(self) -> bool:
        return self.http_status is not None and 200 <= self.http_status < 300


@dataclass(frozen=True, slots=True)
class DeliveryTarget:
    """The URL of a delivery and its signing secrets, sealed."""

    id: str
    url: str
    sealed: bytes = field(repr=False)
    sealed_before: bytes | None = field(repr=False)
    before_until: float | None


@dataclass(frozen=True, slots=True)
class DeliveryFilter:
    """Which deliveries are wanted: by the time of the event, `since` inclusive, `until` not."""

    status: str | None = None
    type: str | None = None
    since: float | None = None
    until: float | None = None


@dataclass(frozen=True, slots=True)
class RedeliverySelection:
    """Which of a user's events are to be sent again: those named, or all in a range.

    `after` and `to` are sequences, the first exclusive; `since` inclusive and `until` exclusive
    are Unix seconds.
    """

    event_ids: Sequence[str] = ()
    after: int | None = None
    to: int | None = None
    since: float | None = None
    until: float | None = None
    only_dead: bool = False


SendFailure = Literal["address_refused", "timeout", "network", "tls"]


class WebhookTransportError(Exception):
    """No answer arrived. `category` says why; the text holds no URL."""

    def __init__(self, category: SendFailure, detail: str) -> None:
        self.category = category
        super().__init__(f"{category}: {detail}")


class WebhookTransport(Protocol):
    """Posts to URLs that users give, and to public addresses only."""

    def check(self, url: str) -> str | None:
        """Returns why a URL is refused, in words; None if it is accepted."""

    async def post(
        self,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        timeout: float,  # noqa: ASYNC109
    ) -> int:
        """Posts once within `timeout` seconds; returns the status. Raises WebhookTransportError.

        A redirect is an answer like any other: it is not followed.
        """
