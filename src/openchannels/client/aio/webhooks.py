"""`client.webhooks`: webhooks, and what was sent to them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from openchannels.client import operations
from openchannels.client.aio.connection import Connection
from openchannels.client.models import (
    Delivery,
    DeliveryPage,
    Redelivery,
    Webhook,
    WebhookList,
    WebhookTest,
)


class Webhooks:
    """Every method raises ApiError and ConnectionFailed, and ValueError for a time without zone."""

    def __init__(self, connection: Connection) -> None:
        self._call = connection.call

    async def list(self) -> tuple[Webhook, ...]:
        """Returns all webhooks, oldest first."""
        return (await self._call(operations.LIST_WEBHOOKS, WebhookList)).list

    async def get(self, webhook_id: str) -> Webhook:
        return await self._call(operations.GET_WEBHOOK, Webhook, webhook_id)

    async def create(
        self,
        url: str,
        types: Iterable[str] = (),
        description: str = "",
        *,
        enabled: bool = True,
    ) -> Webhook:
        """Creates a webhook; its `secret` is returned only now. Empty `types` means all events."""
        body = {"url": url, "types": [*types], "description": description, "enabled": enabled}
        return await self._call(operations.CREATE_WEBHOOK, Webhook, body=body)

    async def change(
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
        return await self._call(operations.CHANGE_WEBHOOK, Webhook, webhook_id, body=body)

    async def delete(self, webhook_id: str) -> None:
        """Deletes a webhook, and what was to be sent to it."""
        await self._call(operations.DELETE_WEBHOOK, dict[str, Any], webhook_id)

    async def rotate(self, webhook_id: str, overlap_hours: int = 24) -> Webhook:
        """Replaces the secret; the new one is returned only now, the old one signs for a while."""
        body = {"overlapHours": overlap_hours}
        return await self._call(operations.ROTATE_WEBHOOK, Webhook, webhook_id, body=body)

    async def test(self, webhook_id: str) -> WebhookTest:
        """Sends a message of type `webhook.test` now."""
        return await self._call(operations.TEST_WEBHOOK, WebhookTest, webhook_id)

    async def redeliver(
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
        """Sends events again: those named, or all in a range."""
        body = {
            "eventIds": [*event_ids] or None,
            "since": since,
            "until": until,
            "afterSequence": after_sequence,
            "untilSequence": until_sequence,
            "onlyDead": only_dead,
        }
        return await self._call(operations.REDELIVER, Redelivery, webhook_id, body=body)

    async def deliveries(
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
            "since": since,
            "until": until,
            "limit": limit,
            "cursor": cursor,
        }
        return await self._call(operations.LIST_DELIVERIES, DeliveryPage, webhook_id, query=query)

    async def delivery(self, webhook_id: str, delivery_id: str) -> Delivery:
        """Returns one delivery with its attempts."""
        return await self._call(operations.GET_DELIVERY, Delivery, webhook_id, delivery_id)
