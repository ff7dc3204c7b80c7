"""Sends events to webhooks, in the form of Standard Webhooks, until each is accepted.

A delivery is retried with growing pauses for three days, then it is dead: it stays in the log and
is sent again on request. A webhook that fails repeatedly gets one event at a time, which neither
overloads it nor delays other webhooks.
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
from openchannels.core.metrics import NO_METRICS, DeliveryMetrics
from openchannels.core.tracing import ABANDONED, NO_TRACING, DeliveryTracing
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
LATE_SECONDS = 6 * 3600.0
"""An attempt that comes later than this was prevented by us, not by the receiver."""
BACK_OFF = (*(5.0, 30.0, 120.0, 600.0, 1800.0, 3600.0, 7200.0, 14_400.0),
            store.LONGEST_RETRY_SECONDS)  # fmt: skip
"""The longest pause after each failed attempt; the last one applies to all further ones."""
FAILING = 5
"""Failures in a row after which a webhook gets one event at a time."""
FIRST_PAUSE, LONGEST_PAUSE = 30.0, store.LONGEST_PAUSE_SECONDS
"""Between two such attempts."""
DISABLE_SECONDS = 7 * 86_400.0
"""An event given up after this long without any success disables the webhook."""
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

    def __init__(
        self,
        context: WebhooksContext,
        metrics: DeliveryMetrics = NO_METRICS,
        tracing: DeliveryTracing = NO_TRACING,
    ) -> None:
        self._context = context
        self._metrics = metrics
        self._tracing = tracing

    async def claim(self, batches: int) -> Sequence[Sequence[str]]:
        """Batches of due deliveries, one for each webhook, leased to this process."""
        now = self._context.clock()
        if not await self._context.db.read(store.any_due, now):
            return []
        return await self._context.db.write(
            store.claim, now, now + LEASE_SECONDS, batches, SIZE, FAILING
        )

    async def run(self, ids: Sequence[str]) -> None:
        """Send the deliveries of a batch that are still due; those out of time stay due."""
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
        # Accounts in parallel, the events of one account in order.
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
                text = body(one.event)
                attempt = await self.send(turn.target, one.event.id, text, one.event)
                if await self._context.db.write(self._record, one, attempt):
                    turn.stopped = True

    async def send(
        self, target: DeliveryTarget, message_id: str, text: bytes, event: Event | None = None
    ) -> DeliveryAttempt:
        """Post one signed message; a failure is part of the attempt returned.

        `event` is the one that the message tells of; None for a test of the webhook.
        """
        span = self._tracing.begin_delivery(target.id, message_id, event)
        try:
            attempt = await self._post(target, message_id, text, span.headers)
            span.end(_outcome(attempt), attempt.http_status)
        finally:
            span.end(ABANDONED)
        return attempt

    async def _post(
        self, target: DeliveryTarget, message_id: str, text: bytes, more: Mapping[str, str]
    ) -> DeliveryAttempt:
        now, began = self._context.clock(), time.monotonic()
        status: int | None = None
        error: str | None = None
        try:
            headers = {**self._headers(target, message_id, text, now), **more}
            status = await self._context.webhook_client.post(
                target.url, headers, text, TIMEOUT_SECONDS
            )
        except WebhookTransportError as failure:
            error = failure.category
        except VaultError:
            log.exception("the secret of a webhook cannot be decrypted", webhook=target.id)
            error = "secret_unreadable"
        seconds = time.monotonic() - began
        attempt = DeliveryAttempt(now, round(seconds * 1000), status, error)
        self._metrics.count_delivery(_outcome(attempt), seconds)
        return attempt

    def _headers(
        self, target: DeliveryTarget, message_id: str, text: bytes, now: float
    ) -> Mapping[str, str]:
        """Headers with a signature by each valid secret, the current one first."""
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
        """Record an attempt; returns whether sending to this webhook stops for now."""
        now = self._context.clock()
        # The webhook before its deliveries: changing or deleting it locks in the same order.
        if attempt.accepted:
            if webhooks.record_success(connection, sent.webhook_id) >= FAILING:
                # It works again: deliveries delayed by its failures are due at once.
                webhooks.send_now(connection, sent.webhook_id, now)
            store.record(
                connection, sent, attempt, DeliveryStatus.DELIVERED, due_at=None, delivered_at=now
            )
            return False
        counted = webhooks.record_failure(connection, sent.webhook_id, now)
        if counted is None:
            return True
        gone = attempt.http_status == GONE
        asked_at = self._tried_since(connection, sent, counted, now)
        over = gone or now >= asked_at + KEEP_TRYING_SECONDS
        if over:
            store.record(connection, sent, attempt, DeliveryStatus.DEAD, due_at=None)
        else:
            again = due(sent.attempts, asked_at, now)
            pending = DeliveryStatus.PENDING
            store.record(connection, sent, attempt, pending, due_at=again, asked_at=asked_at)
        if gone:
            self._disable(connection, sent, DisabledReason.GONE, now)
        return self._back_off(connection, sent, counted, now, over=over) or gone

    def _tried_since(
        self, connection: Connection, sent: Delivery, run: webhooks.FailedRun, now: float
    ) -> float:
        """From when the three days of a delivery count: without the time in which nobody tried.

        That is a stop of the service, or a jump of its clock; it does not count for the other
        deliveries either.
        """
        lost = now - max(sent.due_at or now, run.paused_until)
        if lost <= LATE_SECONDS:
            return min(sent.asked_at, now)
        store.discount_delay(connection, sent.webhook_id, sent.id, now - LATE_SECONDS, now)
        return min(sent.asked_at + lost, now)

    def _back_off(
        self,
        connection: Connection,
        sent: Delivery,
        counted: webhooks.FailedRun,
        now: float,
        *,
        over: bool,
    ) -> bool:
        """Pause a webhook that failed too often; returns whether it is paused.

        `over`: the delivery was given up. Other deliveries that have waited for three days are
        given up with it.
        """
        if counted.failures < FAILING:
            return False
        webhooks.pause(connection, sent.webhook_id, now + pause(counted.failures))
        ended = store.give_up(connection, sent.webhook_id, now - KEEP_TRYING_SECONDS)
        if (over or ended) and now - counted.since >= DISABLE_SECONDS:
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


def _outcome(attempt: DeliveryAttempt) -> str:
    return attempt.error or ("delivered" if attempt.accepted else "refused")


def body(event: Event) -> bytes:
    """The message of an event: the same bytes at each attempt."""
    return message(event.type, event.at, event.payload)


def message(kind: str, at: float, data: Mapping[str, object]) -> bytes:
    """A Standard Webhooks payload as JSON."""
    whole = {"type": kind, "timestamp": iso(at), "data": data}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()


def due(attempts: int, asked_at: float, now: float) -> float:
    """When to retry: random within the pause, and a last time at the end of the three days."""
    longest = BACK_OFF[min(attempts, len(BACK_OFF) - 1)]
    later = now + random.uniform(1.0, longest)  # noqa: S311
    return min(later, asked_at + KEEP_TRYING_SECONDS)


def pause(failures: int) -> float:
    """Seconds for which a failing webhook is paused."""
    longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(failures - FAILING, 10))
    return random.uniform(longest / 2, longest)  # noqa: S311
