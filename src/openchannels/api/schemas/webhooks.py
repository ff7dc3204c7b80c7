"""Types of webhooks on the wire."""

from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import Meta

from openchannels.api.schemas.common import UNSET, Address, Moment, Unset, Wire, moment
from openchannels.core import errors
from openchannels.core.clock import iso
from openchannels.core.events import EventType
from openchannels.core.exceptions import Issue
from openchannels.core.webhooks import Webhook
from openchannels.service.events import webhooks as service

Types = Annotated[
    list[EventType],
    Meta(max_length=20, description="Types of events to send; empty means all."),
]
Url = Annotated[Address, Meta(max_length=2048, description="A public https address.")]
Description = Annotated[str, Meta(max_length=256, description="Your own description.")]
Enabled = Annotated[bool, Meta(description="Whether events are sent.")]


class CreateWebhook(Wire, kw_only=True):
    """A new webhook."""

    url: Url
    types: Types | Unset = UNSET
    description: Description | Unset = UNSET
    enabled: Enabled | Unset = UNSET


class ChangeWebhook(Wire, kw_only=True):
    """The properties to change; absent ones stay."""

    url: Url | Unset = UNSET
    types: Types | Unset = UNSET
    description: Description | Unset = UNSET
    enabled: Enabled | Unset = UNSET


class RotateWebhook(Wire, kw_only=True):
    """Options of replacing a secret."""

    overlap_hours: (
        Annotated[
            int,
            Meta(
                ge=0,
                le=168,
                description="Hours for which the old secret also signs; 24 if absent.",
            ),
        ]
        | Unset
    ) = UNSET


class WebhookVo(Wire, kw_only=True):
    """A webhook. `failingSince` and `pausedUntil` are present while it fails."""

    id: str
    url: Address
    description: str
    types: Annotated[list[str], Meta(description="Empty means all.")]
    enabled: bool
    disabled_reason: (
        Annotated[
            str,
            Meta(
                description="Why the service disabled it: `gone` (it answered 410) or"
                " `failing` (an event was given up, and none had got through for seven days)."
            ),
        ]
        | None
    ) = None
    failures: Annotated[int, Meta(ge=0, description="Failed attempts in a row.")]
    failing_since: Moment | None = None
    paused_until: Moment | None = None
    old_secret_until: (
        Annotated[Moment, Meta(description="Until then the previous secret also signs.")] | None
    ) = None
    created_at: Moment
    updated_at: Moment


class WebhookWithSecret(WebhookVo, kw_only=True):
    """A webhook with its signing secret, which is returned only once."""

    secret: Annotated[str, Meta(description="`whsec_` and base64.")]


class WebhookList(Wire, kw_only=True):
    """Webhooks, oldest first."""

    list: list[WebhookVo]


class DeletedWebhook(Wire, kw_only=True):
    """A deleted webhook."""

    id: str
    deleted: bool


def webhook_vo(webhook: Webhook) -> WebhookVo:
    return WebhookVo(**_described(webhook))


def webhook_with_secret(one: service.WebhookWithSecret) -> WebhookWithSecret:
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
    """Returns the properties to change. Raises ValidationFailed if there are none."""
    named = {name: getattr(body, name) for name in body.__struct_fields__}
    values = {name: value for name, value in named.items() if value is not UNSET}
    if not values:
        raise errors.validation_failed([Issue("body", "has no property to change")])
    return values
