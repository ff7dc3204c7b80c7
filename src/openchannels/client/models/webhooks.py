"""Webhooks."""

from dataclasses import dataclass, field
from datetime import datetime

from openchannels.client.results import Result


@dataclass(frozen=True, slots=True)
class Webhook(Result):
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
class WebhookTest(Result):
    """The receiver's answer to a test message."""

    accepted: bool
    at: datetime
    milliseconds: int
    http_status: int | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class WebhookList(Result):
    """All webhooks, oldest first."""

    list: tuple[Webhook, ...] = ()
