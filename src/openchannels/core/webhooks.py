"""Webhooks: where a user's events are sent, how far they got, and the client that posts them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, Protocol

from openchannels.core.clock import iso

TEST_EVENT = "webhook.test"
"""The type of what a person sends to try a webhook out; no such event is kept."""


class DeliveryStatus(StrEnum):
    """How a delivery stands. `dead`: given up, until somebody asks for it again."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"


class DisabledReason(StrEnum):
    """Why the service switched a webhook off.

    `gone`: it answered 410. `failing`: an event was given up, and none had got through for days.
    """

    GONE = "gone"
    FAILING = "failing"


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address with the types of events it wants; empty `types` are all. Times: Unix seconds.

    Nothing is sent before `paused_until`; `failures` attempts in a row came to nothing, the
    first at `failing_since`. A secret replaced by rotation signs until `before_until`.
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
        """What is told about it, in wire spelling."""
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

    `attempts` counts from `asked_at` on, which begins the time in which it is tried.
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
    """One try: when, for how long, and the HTTP status or why there was none."""

    at: float
    milliseconds: int
    http_status: int | None
    error: str | None

    @property
    def accepted(self) -> bool:
        return self.http_status is not None and 200 <= self.http_status < 300


@dataclass(frozen=True, slots=True)
class DeliveryTarget:
    """Where and by which secrets to send; sealed."""

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
    """No answer came. `category` says why; the text holds no address."""

    def __init__(self, category: SendFailure, detail: str) -> None:
        self.category = category
        super().__init__(f"{category}: {detail}")


class WebhookTransport(Protocol):
    """Posts to addresses that users give, and to public ones only."""

    def check(self, url: str) -> str | None:
        """Why an address would be refused for its form, in words; None if it is good."""

    async def post(
        self,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        timeout: float,  # noqa: ASYNC109
    ) -> int:
        """Post once, within `timeout` seconds; the HTTP status. Raises OutboundError.

        A redirect is an answer like any other: it is not followed.
        """
