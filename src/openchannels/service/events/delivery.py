"""Sending events to webhooks, as Standard Webhooks describes it, until each has arrived.

An event is sent again after ever longer pauses for three days, then it is dead: kept, and sent
again when somebody asks. A webhook that fails time after time is asked with one event at a time,
so that what waits behind it neither hammers it nor holds up others.
"""

import asyncio
import json
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog

from openchannels.core.audit import SERVICE, Action
from openchannels.core.clock import iso
from openchannels.core.webhooks import (
    Delivery,
    DeliveryAttempt,
    DeliveryStatus,
    DeliveryTarget,
    DisabledReason,
    Event,
    WebhookTransportError,
)
from openchannels.service.events.signing import sign
from openchannels.service.events.webhooks import WebhooksContext
from openchannels.service.sealing import webhook_row
from openchannels.store.database import Connection
from openchannels.store.queries import audit, webhooks
from openchannels.store.queries import deliveries as store
from openchannels.store.vault.vault import VaultError

TIMEOUT_SECONDS = 15.0
KEEP_TRYING_SECONDS = 3 * 86_400.0
BACK_OFF = (5.0, 30.0, 120.0, 600.0, 1800.0, 3600.0, 7200.0, 14_400.0, 28_800.0)
"""The longest pause after each failed attempt; the last one goes for all that follow."""
FAILING = 5
"""Failures in a row from which a webhook is asked with one event at a time."""
FIRST_PAUSE, LONGEST_PAUSE = 30.0, 600.0
"""Between two such attempts."""
DISABLE_SECONDS = 7 * 86_400.0
"""An event given up after so long without any success switches the webhook off."""
AT_ONCE = 4
"""Connections to one webhook."""
SIZE = 200
TURN_SECONDS = 20.0
LEASE_SECONDS = TURN_SECONDS + 2 * TIMEOUT_SECONDS
GONE = 410
JSON = "application/json"

log = structlog.get_logger()


@dataclass(slots=True)
class _Turn:
    """One batch for one webhook; `until` is in the event loop's time."""

    target: DeliveryTarget
    until: float
    slots: asyncio.Semaphore
    stopped: bool = False


class Deliveries:
    """The background task that sends what is due; see `service.tasks.task.Task`."""

    name = "webhooks"
    every = 1.0
    at_once = 16

    def __init__(self, context: WebhooksContext) -> None:
        self._context = context

    async def take(self, batches: int) -> Sequence[Sequence[str]]:
        """Turns at webhooks, each the ids of what is due there; one process at a time has it."""
        now = self._context.clock()
        if not await self._context.db.read(store.any_due, now):
            return []
        return await self._context.db.write(
            store.claim, now, now + LEASE_SECONDS, batches, SIZE, FAILING
        )

    async def run(self, ids: Sequence[str]) -> None:
        """Send what of a batch is still due; what there is no time for stays due."""
        found = await self._context.db.read(store.load, ids, self._context.clock())
        by_webhook: dict[str, list[Delivery]] = {}
        for one in found:
            by_webhook.setdefault(one.webhook_id, []).append(one)
        await asyncio.gather(*(self._turn(*batch) for batch in by_webhook.items()))

    async def _turn(self, webhook_id: str, due: Sequence[Delivery]) -> None:
        target = await self._context.db.read(webhooks.target, webhook_id)
        if target is None:
            return
        until = asyncio.get_running_loop().time() + TURN_SECONDS
        turn = _Turn(target, until, asyncio.Semaphore(AT_ONCE))
        # Accounts side by side, the events of one account in their order.
        by_account: dict[str, list[Delivery]] = {}
        for one in due:
            by_account.setdefault(one.event.account_id, []).append(one)
        try:
            await asyncio.gather(*(self._in_order(turn, line) for line in by_account.values()))
        finally:
            await self._context.db.write(store.end_turn, webhook_id, self._context.clock())

    async def _in_order(self, turn: _Turn, line: Sequence[Delivery]) -> None:
        for one in line:
            async with turn.slots:
                if turn.stopped or asyncio.get_running_loop().time() >= turn.until:
                    return
                attempt = await self.send(turn.target, one.event.id, body(one.event))
                if await self._context.db.write(self._record, one, attempt):
                    turn.stopped = True

    async def send(self, target: DeliveryTarget, message_id: str, text: bytes) -> DeliveryAttempt:
        """Post one message, signed; whatever goes wrong is told by the attempt."""
        now, began = self._context.clock(), time.monotonic()
        status: int | None = None
        error: str | None = None
        try:
            headers = self._headers(target, message_id, text, now)
            status = await self._context.webhook_client.post(
                target.url, headers, text, TIMEOUT_SECONDS
            )
        except WebhookTransportError as failure:
            error = failure.category
        except VaultError:
            log.exception("the secret of a webhook does not open", webhook=target.id)
            error = "secret_unreadable"
        return DeliveryAttempt(now, round((time.monotonic() - began) * 1000), status, error)

    def _headers(
        self, target: DeliveryTarget, message_id: str, text: bytes, now: float
    ) -> Mapping[str, str]:
        """A signature by each secret that counts now, the present one first."""
        sealed = [target.sealed]
        if target.sealed_before and target.before_until and target.before_until > now:
            sealed.append(target.sealed_before)
        row, moment = webhook_row(target.id), str(int(now))
        secrets = (self._context.vault.open(one, row).decode() for one in sealed)
        return {
            "content-type": JSON,
            "webhook-id": message_id,
            "webhook-timestamp": moment,
            "webhook-signature": " ".join(sign(s, message_id, moment, text) for s in secrets),
        }

    def _record(self, connection: Connection, sent: Delivery, attempt: DeliveryAttempt) -> bool:
        """Write down what came of an attempt; whether the webhook is to be left alone now."""
        now = self._context.clock()
        # The webhook before its deliveries: so they are locked by whoever changes or deletes it.
        if attempt.accepted:
            if webhooks.record_success(connection, sent.webhook_id) >= FAILING:
                # It is back: the pauses that its failures cost are for nothing now.
                webhooks.send_now(connection, sent.webhook_id, now)
            store.record(
                connection, sent, attempt, DeliveryStatus.DELIVERED, due_at=None, delivered_at=now
            )
            return False
        counted = webhooks.record_failure(connection, sent.webhook_id, now)
        if counted is None:
            return True
        gone = attempt.http_status == GONE
        over = gone or now >= sent.asked_at + KEEP_TRYING_SECONDS
        if over:
            store.record(connection, sent, attempt, DeliveryStatus.DEAD, due_at=None)
        else:
            store.record(connection, sent, attempt, DeliveryStatus.PENDING, due_at=due(sent, now))
        if gone:
            self._disable(connection, sent, DisabledReason.GONE, now)
        return self._rest(connection, sent, counted, now, over=over) or gone

    def _rest(
        self,
        connection: Connection,
        sent: Delivery,
        counted: tuple[int, float],
        now: float,
        *,
        over: bool,
    ) -> bool:
        """Leave a webhook alone for a while that failed too often; whether it did.

        `over`: the delivery was given up. What else has waited behind the webhook for three days
        is given up with the attempt that showed it to fail still.
        """
        failures, since = counted
        if failures < FAILING:
            return False
        webhooks.pause(connection, sent.webhook_id, now + pause(failures))
        ended = store.give_up(connection, sent.webhook_id, now - KEEP_TRYING_SECONDS)
        if (over or ended) and now - since >= DISABLE_SECONDS:
            self._disable(connection, sent, DisabledReason.FAILING, now)
        return True

    def _disable(
        self, connection: Connection, sent: Delivery, why: DisabledReason, now: float
    ) -> None:
        if webhooks.disable(connection, sent.webhook_id, why.value, now):
            audit.record(
                connection,
                now,
                sent.event.user_id,
                SERVICE,
                Action.WEBHOOK_UPDATED,
                webhook=sent.webhook_id,
                enabled=False,
                reason=why.value,
            )


def body(event: Event) -> bytes:
    """What is sent: the same bytes at each attempt."""
    return message(event.type, event.at, event.payload)


def message(kind: str, at: float, data: Mapping[str, object]) -> bytes:
    """A Standard Webhooks payload as JSON."""
    whole = {"type": kind, "timestamp": iso(at), "data": data}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()


def due(sent: Delivery, now: float) -> float:
    """When to try again: evenly spread over the pause, and once more when the time is over."""
    longest = BACK_OFF[min(sent.attempts, len(BACK_OFF) - 1)]
    later = now + random.uniform(1.0, longest)  # noqa: S311
    return min(later, sent.asked_at + KEEP_TRYING_SECONDS)


def pause(failures: int) -> float:
    """Seconds for which a failing webhook is left alone."""
    longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(failures - FAILING, 10))
    return random.uniform(longest / 2, longest)  # noqa: S311
