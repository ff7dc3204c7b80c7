"""Lists events and deliveries, sends them again, and tests a webhook."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from openchannels.core import errors, ids
from openchannels.core.clock import iso
from openchannels.core.exceptions import Issue
from openchannels.core.webhooks import (
    TEST_EVENT,
    Delivery,
    DeliveryAttempt,
    DeliveryFilter,
    Event,
    RedeliverySelection,
)
from openchannels.service.events.delivery import Deliveries, message
from openchannels.service.events.webhooks import WebhooksContext
from openchannels.store.database import Connection
from openchannels.store.queries import deliveries as store
from openchannels.store.queries import events, webhooks
from openchannels.store.queries.moving import refuse_new_work

VISIBLE_AFTER_SECONDS = 5.0
"""Age at which an event is listed: by then no lower sequence can still appear."""
AT_ONCE = 500
MOST_ASKED = 20_000
"""Events that one request sends again."""


@dataclass(frozen=True, slots=True)
class RedeliveryResult:
    """What a redelivery did: how many events, up to which, and whether that was all."""

    queued: int
    last: int | None
    complete: bool


class EventLog:
    """A user's events and their deliveries."""

    def __init__(self, context: WebhooksContext, deliveries: Deliveries) -> None:
        self._context = context
        self._deliveries = deliveries

    async def list_events(
        self, user_id: str, after: int, limit: int
    ) -> tuple[Sequence[Event], bool]:
        """A user's events behind a sequence, oldest first, and whether there are more."""
        until = self._context.clock() - VISIBLE_AFTER_SECONDS
        found = await self._context.db.read(events.list_events, user_id, after, until, limit + 1)
        return found[:limit], len(found) > limit

    async def list_deliveries(
        self,
        user_id: str,
        webhook_id: str,
        wanted: DeliveryFilter,
        limit: int,
        before: int | None = None,
    ) -> tuple[Sequence[Delivery], int | None]:
        """A webhook's deliveries, newest events first, and the sequence before which to go on.

        Raises WEBHOOK_NOT_FOUND.
        """
        await self._must_own(user_id, webhook_id)
        return await self._context.db.read(store.list_deliveries, webhook_id, wanted, limit, before)

    async def get_delivery(
        self, user_id: str, webhook_id: str, delivery_id: str
    ) -> tuple[Delivery, Sequence[DeliveryAttempt]]:
        """One delivery and its latest attempts. Raises WEBHOOK_NOT_FOUND, EVENT_NOT_FOUND."""
        await self._must_own(user_id, webhook_id)
        found = await self._context.db.read(store.get_delivery, webhook_id, delivery_id)
        if found is None:
            raise errors.EVENT_NOT_FOUND()
        return found, await self._context.db.read(store.list_attempts, delivery_id)

    async def redeliver(
        self, user_id: str, webhook_id: str, wanted: RedeliverySelection
    ) -> RedeliveryResult:
        """Send events again, including those from before the webhook was created.

        Retried for three days from now, like a new event. Raises WEBHOOK_NOT_FOUND,
        EVENT_NOT_FOUND for a named event that does not exist or that the webhook does not
        subscribe to (nothing is sent then), and VALIDATION_FAILED for a disabled webhook.
        """
        queued, last = 0, wanted.after
        while queued < MOST_ASKED:
            part = await self._context.db.write(
                self._ask, user_id, webhook_id, replace(wanted, after=last)
            )
            queued += len(part)
            if part:
                last = part[-1][1]
            if len(part) < AT_ONCE or wanted.event_ids:
                return RedeliveryResult(queued, last, complete=True)
        return RedeliveryResult(queued, last, complete=False)

    async def redeliver_all(
        self, user_id: str, webhook_id: str, wanted: RedeliverySelection
    ) -> int:
        """`redeliver` without a limit on the number of events; returns their number."""
        queued = 0
        while True:
            asked = await self.redeliver(user_id, webhook_id, wanted)
            queued += asked.queued
            if asked.complete:
                return queued
            wanted = replace(wanted, after=asked.last)

    def _ask(
        self, connection: Connection, user_id: str, webhook_id: str, wanted: RedeliverySelection
    ) -> Sequence[tuple[str, int]]:
        webhook = webhooks.lock_webhook(connection, user_id, webhook_id)
        if webhook is None:
            raise errors.WEBHOOK_NOT_FOUND()
        if not webhook.enabled:
            raise errors.validation_failed([Issue("webhookId", "is switched off")])
        found = store.select_events(connection, user_id, webhook_id, webhook.types, wanted, AT_ONCE)
        missing = sorted(set(wanted.event_ids) - {event_id for event_id, _ in found})
        if missing and not wanted.only_dead:
            raise errors.EVENT_NOT_FOUND({"eventIds": missing})
        store.request_deliveries(connection, webhook_id, found, self._context.clock())
        # The caller has presumably repaired the receiver.
        webhooks.pause(connection, webhook_id, None)
        return found

    async def send_test(self, user_id: str, webhook_id: str) -> DeliveryAttempt:
        """Send a message of type `webhook.test`, once and now; it is not logged.

        If the webhook accepts it, paused deliveries are due at once. Raises WEBHOOK_NOT_FOUND.
        """
        await self._must_own(user_id, webhook_id)
        await self._context.db.read(refuse_new_work)
        target = await self._context.db.read(webhooks.target, webhook_id)
        if target is None:
            raise errors.WEBHOOK_NOT_FOUND()
        now = self._context.clock()
        data = {"webhookId": webhook_id, "userId": user_id, "occurredAt": iso(now)}
        text = message(TEST_EVENT, now, data)
        attempt = await self._deliveries.send(target, ids.new_event_id(), text)
        if attempt.accepted:
            await self._context.db.write(webhooks.record_success, webhook_id)
        return attempt

    async def _must_own(self, user_id: str, webhook_id: str) -> None:
        if await self._context.db.read(webhooks.get_webhook, user_id, webhook_id) is None:
            raise errors.WEBHOOK_NOT_FOUND()
