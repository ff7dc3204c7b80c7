"""Looking at events and their deliveries, asking for them again, and trying a webhook out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from openchannels.core import ids
from openchannels.core.clock import iso
from openchannels.core.errors import Issue, ValidationFailed, WebhookError
from openchannels.core.webhooks import (
    TEST_EVENT,
    Delivery,
    DeliveryAttempt,
    DeliveryFilter,
    Event,
    RedeliverySelection,
)
from openchannels.service.events.delivery import Deliveries, message
from openchannels.service.events.webhooks import NOT_FOUND, WebhooksContext
from openchannels.store.database import Connection
from openchannels.store.queries import deliveries as store
from openchannels.store.queries import events, webhooks

SETTLE_SECONDS = 5.0
"""An event is listed so long after it happened: none with a lower number can still come then."""
AT_ONCE = 500
MOST_ASKED = 20_000
"""Events that one request sends again."""
UNKNOWN = 15205


@dataclass(frozen=True, slots=True)
class RedeliveryResult:
    """What a redelivery did: how many events, up to which, and whether that was all."""

    queued: int
    last: int | None
    complete: bool


class EventLog:
    """A user's events and where they have got to."""

    def __init__(self, context: WebhooksContext, deliveries: Deliveries) -> None:
        self._context = context
        self._deliveries = deliveries

    async def events(self, user_id: str, after: int, limit: int) -> tuple[Sequence[Event], bool]:
        """A user's events behind a sequence, oldest first, and whether there are more."""
        until = self._context.clock() - SETTLE_SECONDS
        found = await self._context.db.read(events.list_events, user_id, after, until, limit + 1)
        return found[:limit], len(found) > limit

    async def deliveries(
        self,
        user_id: str,
        webhook_id: str,
        wanted: DeliveryFilter,
        limit: int,
        before: int | None = None,
    ) -> tuple[Sequence[Delivery], int | None]:
        """A webhook's deliveries, newest events first, and the sequence before which to go on.

        Raises WebhookError (15204).
        """
        await self._must_own(user_id, webhook_id)
        return await self._context.db.read(store.list_deliveries, webhook_id, wanted, limit, before)

    async def delivery(
        self, user_id: str, webhook_id: str, delivery_id: str
    ) -> tuple[Delivery, Sequence[DeliveryAttempt]]:
        """One delivery and its latest attempts. Raises WebhookError (15204, 15205)."""
        await self._must_own(user_id, webhook_id)
        found = await self._context.db.read(store.get_delivery, webhook_id, delivery_id)
        if found is None:
            raise WebhookError(UNKNOWN)
        return found, await self._context.db.read(store.list_attempts, delivery_id)

    async def redeliver(
        self, user_id: str, webhook_id: str, wanted: RedeliverySelection
    ) -> RedeliveryResult:
        """Send events again, those that happened before the webhook was made too.

        Goes on for three days from now, like a new event. Raises WebhookError (15204; 15205 for a
        named event that there is not or that the webhook does not want, and then nothing is
        sent), and ValidationFailed for a webhook that is off.
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
        """The same for however many events there are; returns their number."""
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
        webhook = webhooks.lock(connection, user_id, webhook_id)
        if webhook is None:
            raise WebhookError(NOT_FOUND)
        if not webhook.enabled:
            raise ValidationFailed([Issue("webhookId", "is switched off")])
        found = store.select_events(connection, user_id, webhook_id, webhook.types, wanted, AT_ONCE)
        missing = sorted(set(wanted.event_ids) - {event_id for event_id, _ in found})
        if missing and not wanted.only_dead:
            raise WebhookError(UNKNOWN, {"eventIds": missing})
        store.request_deliveries(connection, webhook_id, found, self._context.clock())
        # Whoever asks has repaired something.
        webhooks.pause(connection, webhook_id, None)
        return found

    async def test(self, user_id: str, webhook_id: str) -> DeliveryAttempt:
        """Send a message of type `webhook.test`, once and now; it is not kept in the log.

        A webhook that accepts it is tried again at once. Raises WebhookError (15204).
        """
        await self._must_own(user_id, webhook_id)
        target = await self._context.db.read(webhooks.target, webhook_id)
        if target is None:
            raise WebhookError(NOT_FOUND)
        now = self._context.clock()
        data = {"webhookId": webhook_id, "userId": user_id, "occurredAt": iso(now)}
        text = message(TEST_EVENT, now, data)
        attempt = await self._deliveries.send(target, ids.new_event_id(), text)
        if attempt.accepted:
            await self._context.db.write(webhooks.record_success, webhook_id)
        return attempt

    async def _must_own(self, user_id: str, webhook_id: str) -> None:
        if await self._context.db.read(webhooks.get, user_id, webhook_id) is None:
            raise WebhookError(NOT_FOUND)
