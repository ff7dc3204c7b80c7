"""A connector's line to its platform: every call is judged, retried and counted in one place."""

import asyncio
import json
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any

import structlog

from openchannels.core.clock import Clock, system_clock
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure, RemainingQuota
from openchannels.core.platforms import Platform
from openchannels.transport.app_tokens import LocalState, SharedState
from openchannels.transport.bulkhead import PlatformGuard, Protection
from openchannels.transport.circuit_breaker import CircuitOpen, Permit
from openchannels.transport.client import Answer, Call, Send, TransportError
from openchannels.transport.rate_limits import LONGEST_SECONDS, PlatformRateLimits

Classify = Callable[[Answer], Failure | None]
"""Reads an answer; None means it is a success."""

log = structlog.get_logger(__name__)

RETRY_SECONDS = 0.5
"""The longest pause before a call is made again, which happens once at most."""
BUSY_SECONDS = 1.0
"""What callers are told to wait when all places are taken."""
SLACK_SECONDS = 0.01
REQUEST_ID_HEADER = "x-request-id"
"""Where a request is named by platforms without a header of their own, and often by theirs."""


@dataclass(frozen=True, slots=True)
class App:
    """The operator's registration at a platform, and the platform's options from the settings."""

    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str
    scopes: tuple[str, ...]
    options: Mapping[str, Any] = field(default_factory=dict)

    def option(self, name: str, default: Any = None) -> Any:
        value = self.options.get(name)
        return default if value is None else value


class Cache:
    """A small memory of a connector's for some minutes; holds no secret, may be lost any time."""

    def __init__(self, clock: Clock, limit: int = 10_000) -> None:
        self._clock = clock
        self._limit = limit
        self._entries: dict[str, tuple[float, Any]] = {}

    def get(self, key: str) -> Any:
        entry = self._entries.get(key)
        return entry[1] if entry and entry[0] > self._clock() else None

    def put(self, key: str, value: Any, seconds: float) -> None:
        self._entries.pop(key, None)
        while len(self._entries) >= self._limit:
            del self._entries[next(iter(self._entries))]
        self._entries[key] = (self._clock() + seconds, value)


def no_remaining_quota(_answer: Answer) -> RemainingQuota | None:
    """For platforms that tell nothing of what is left."""
    return None


def one_call(_operation: str) -> float:
    """For platforms that count calls."""
    return 1.0


@dataclass(frozen=True, slots=True)
class PlatformClient:
    """What a connector works with: the app, the clock, what it keeps, and judged calls.

    `cache` belongs to this process and may be lost; `shared_state` is sealed and common to all
    processes. Interactive calls, for which a person waits, skip an open circuit breaker, wait for
    a slot for as long as they may take, and go over a new connection where they are not retried.
    """

    platform: Platform
    app: App
    send: Send
    classify: Classify
    cache: Cache
    clock: Clock = system_clock
    rate_limits: PlatformRateLimits | None = None
    remaining_quota: Callable[[Answer], RemainingQuota | None] = no_remaining_quota
    cost: Callable[[str], float] = one_call
    shared_state: SharedState = field(default_factory=lambda: LocalState(system_clock))
    guard: PlatformGuard = field(default_factory=lambda: PlatformGuard(system_clock, Protection()))
    interactive: bool = False
    request_id_header: str = REQUEST_ID_HEADER

    def charge(self, operation: str, cost: float) -> None:
        """Count a cost that a call had beyond its own, in the platform's unit."""
        if self.rate_limits is not None:
            self.rate_limits.meter(operation, 0, cost)

    async def get(self, url: str, *, operation: str, **parts: Any) -> Any:
        """GET and parse JSON; tried again once after a passing fault."""
        return await self.call("GET", url, operation=operation, **parts)

    async def call(
        self,
        method: str,
        url: str,
        *,
        operation: str,
        classify: Classify | None = None,
        idempotent: bool | None = None,
        json_body: Any = None,
        silent: bool = False,
        **parts: Any,
    ) -> Any:
        """Send, judge and parse one call; returns the JSON value.

        Raises PlatformFailure. Only idempotent calls (GET unless said otherwise) are repeated,
        within the time that one call may take. With `silent` a good answer says nothing that is
        read, and None is returned.
        """
        if json_body is not None:
            compact = json.dumps(json_body, ensure_ascii=False, separators=(",", ":"))
            parts["body"] = compact.encode()
            parts["headers"] = {"Content-Type": "application/json", **parts.get("headers", {})}
        repeat = method == "GET" if idempotent is None else idempotent
        call = Call(method, url, fresh=self.interactive and not repeat, **parts)
        permit = self._permit(call, operation)
        once = partial(self._once, call, operation, classify or self.classify, permit)
        try:
            # One call finds out whether a platform is back; two would prove no more.
            answer = await self._attempts(once, call, repeat=repeat and not permit.probing)
        finally:
            permit.leave()
        return None if silent else self._parse(answer, operation)

    async def _attempts(
        self, once: Callable[[float], Awaitable[Answer]], call: Call, *, repeat: bool
    ) -> Answer:
        longest = self.guard.protection.timeout
        deadline = asyncio.get_running_loop().time() + min(call.timeout or longest, longest)
        try:
            return await once(deadline)
        except PlatformFailure as failure:
            if not repeat or not _passing(failure, deadline):
                raise
            log.warning("a platform call is repeated", cause=str(failure))
        # Spread evenly, so that calls that failed together do not come back together.
        await asyncio.sleep(random.uniform(0.0, RETRY_SECONDS))  # noqa: S311
        return await once(deadline)

    async def _once(
        self, call: Call, operation: str, classify: Classify, permit: Permit, deadline: float
    ) -> Answer:
        self._check_bucket(operation)
        await self._place(operation, deadline)
        try:
            # The bucket may have run empty while others held all places.
            self._enter(operation)
            answer = await self.send(self._within(call, deadline))
        except TransportError as error:
            permit.answered = error.category == "too_large"
            raise self._transport_failure(operation, error) from error
        finally:
            self.guard.bulkhead.leave()
        reading = classify(answer)
        down = (
            reading is not None and reading.kind is FailureKind.UNAVAILABLE and answer.status >= 500
        )
        permit.answered = not down
        self._note_reading(answer, reading, operation)
        return answer

    def _note_reading(self, answer: Answer, reading: Failure | None, operation: str) -> None:
        """Note what an answer says of limits. Raises PlatformFailure unless it is a success."""
        if reading is not None:
            reading = reading.dated(self.clock())
        if self.rate_limits is not None:
            if reading is None:
                self.rate_limits.left(self.remaining_quota(answer))
            else:
                reading = self.rate_limits.refused(reading)
        if reading is not None:
            raise PlatformFailure(
                self.platform,
                operation,
                reading,
                http_status=answer.status,
                request_id=reading.request_id or request_id(answer, self.request_id_header),
            )

    def _permit(self, call: Call, operation: str) -> Permit:
        """Leave of the host's breaker."""
        try:
            return self.guard.breaker(call.url).enter(interactive=self.interactive)
        except CircuitOpen as refusal:
            raise self._refused(operation, "circuit_open", refusal.seconds) from None

    async def _place(self, operation: str, deadline: float) -> None:
        """Take a place among the calls in flight."""
        left = deadline - asyncio.get_running_loop().time()
        wait = left if self.interactive else min(left, self.guard.protection.queue)
        try:
            await self.guard.bulkhead.enter(wait)
        except TimeoutError:
            raise self._refused(operation, "busy", BUSY_SECONDS) from None

    def _within(self, call: Call, deadline: float) -> Call:
        """The call with the time that is left to it, where some has been used up."""
        left = deadline - asyncio.get_running_loop().time()
        if left > (call.timeout or self.guard.protection.timeout) - SLACK_SECONDS:
            return call
        return replace(call, timeout=max(left, SLACK_SECONDS))

    def _refused(self, operation: str, code: str, seconds: float) -> PlatformFailure:
        """The failure of a call that was not made."""
        reading = Failure(FailureKind.UNAVAILABLE, code=code, retry_after=max(1.0, seconds))
        return PlatformFailure(self.platform, operation, reading, sent=False)

    def _check_bucket(self, operation: str) -> None:
        """Raise PlatformFailure while the bucket is known to be empty."""
        refusal = self.rate_limits.refusal() if self.rate_limits is not None else None
        if refusal is not None:
            raise PlatformFailure(self.platform, operation, refusal, sent=False)

    def _enter(self, operation: str) -> None:
        """Count a call that is about to be made, unless its bucket is known to be empty."""
        self._check_bucket(operation)
        if self.rate_limits is not None:
            self.rate_limits.meter(operation, 1, self.cost(operation))

    def _parse(self, answer: Answer, operation: str) -> Any:
        try:
            return answer.json()
        except (ValueError, RecursionError):
            raise PlatformFailure(
                self.platform, operation, Failure(FailureKind.MALFORMED), http_status=answer.status
            ) from None

    def _transport_failure(self, operation: str, error: TransportError) -> PlatformFailure:
        if error.category == "too_large":
            return PlatformFailure(self.platform, operation, Failure(FailureKind.MALFORMED))
        return PlatformFailure(
            self.platform,
            operation,
            Failure(FailureKind.UNAVAILABLE),
            category=error.category,
            sent=error.sent,
        )

    def malformed(self, operation: str) -> PlatformFailure:
        """The failure to raise when an answer lacks what the protocol promises."""
        return PlatformFailure(
            self.platform, operation, Failure(FailureKind.MALFORMED), http_status=200
        )


def _passing(failure: PlatformFailure, deadline: float) -> bool:
    """Whether the same call may succeed in a moment, and there is time left to make it."""
    left = deadline - asyncio.get_running_loop().time()
    return (
        failure.kind is FailureKind.UNAVAILABLE
        and failure.category != "timeout"
        and failure.reading.retry_after is None
        and left > RETRY_SECONDS
    )


def request_id(answer: Answer, header: str) -> str | None:
    """The platform's own id of the request, for support cases."""
    named = answer.headers.get(header) or answer.headers.get(REQUEST_ID_HEADER)
    return named[:128] if named else None


def body_of(answer: Answer) -> Any:
    """The JSON value of an answer that may not hold one; None then."""
    try:
        return answer.json()
    except (ValueError, RecursionError):
        return None


def retry_after(answer: Answer) -> float | None:
    """Seconds of a Retry-After header, be it a number or a moment by the platform's own clock.

    https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
    """
    text = answer.headers.get("retry-after", "")
    if text.isascii() and text.isdigit():
        return min(float(text), LONGEST_SECONDS)
    try:
        now = parsedate_to_datetime(answer.headers.get("date", ""))
        seconds = (parsedate_to_datetime(text) - now).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None
    return min(seconds, LONGEST_SECONDS) if seconds > 0 else None


def classify_status(answer: Answer) -> Failure | None:
    """The reading of an answer by its HTTP status alone."""
    status = answer.status
    if status < 300:
        return None
    if status == 429:
        return Failure(FailureKind.RATE_LIMITED, retry_after=retry_after(answer))
    if status >= 500:
        return Failure(FailureKind.UNAVAILABLE, retry_after=retry_after(answer))
    kinds = {
        401: FailureKind.TOKEN_EXPIRED,
        403: FailureKind.PERMISSION,
        404: FailureKind.NOT_FOUND,
    }
    if status < 400:
        return Failure(FailureKind.MALFORMED)
    return Failure(kinds.get(status, FailureKind.INVALID))
