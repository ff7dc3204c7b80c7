"""A connector's client of its platform: classifies, repeats and counts every call."""

import asyncio
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import structlog

from openchannels.core.clock import Clock, system_clock
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure, RemainingQuota
from openchannels.core.platforms import Platform
from openchannels.transport.admission import Admission, GuardedCall, PlatformGuard, Protection
from openchannels.transport.answers import body_of
from openchannels.transport.app_tokens import InMemoryState, SharedState
from openchannels.transport.cache import Cache
from openchannels.transport.client import Answer, Call, Send
from openchannels.transport.platform_app import App
from openchannels.transport.rate_limits import PlatformRateLimits

Classify = Callable[[Answer], Failure | None]
"""Classifies an answer; None means success."""

log = structlog.get_logger(__name__)

RETRY_SECONDS = 0.5
"""The longest pause before the one repetition of a call."""
REQUEST_ID_HEADER = "x-request-id"


def no_remaining_quota(_answer: Answer) -> RemainingQuota | None:
    """Default for platforms that do not report their remaining quota."""
    return None


def one_call(_operation: str) -> float:
    """Default for platforms that count calls."""
    return 1.0


@dataclass(frozen=True, slots=True)
class PlatformClient:
    """Gives a connector its app, clock and storage, and calls the platform.

    `cache` belongs to this process and may be lost; `shared_state` is sealed and common to all
    processes. Interactive calls, for which a person waits, skip an open circuit breaker, wait for
    a slot until their deadline, and use a new connection where they are not repeated.
    """

    platform: Platform
    app: App
    send: Send
    classify: Classify
    cache: Cache
    clock: Clock = system_clock
    rate_limits: PlatformRateLimits | None = None
    request_id_header: str | None = None
    remaining_quota: Callable[[Answer], RemainingQuota | None] = no_remaining_quota
    cost: Callable[[str], float] = one_call
    shared_state: SharedState = field(default_factory=lambda: InMemoryState(system_clock))
    guard: PlatformGuard = field(default_factory=lambda: PlatformGuard(system_clock, Protection()))
    interactive: bool = False

    def charge(self, operation: str, cost: float) -> None:
        """Counts a cost that a call caused beyond its own, in the platform's unit."""
        if self.rate_limits is not None:
            self.rate_limits.record_usage(operation, 0, cost)

    async def get(self, url: str, *, operation: str, **parts: Any) -> Any:
        """GETs a URL and returns the JSON object; repeated once after a transient failure."""
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
        expected: type = dict,
        silent: bool = False,
        **parts: Any,
    ) -> Any:
        """Sends one call, classifies the answer and returns its JSON value.

        Raises PlatformFailure: MALFORMED for a successful answer whose value is not of the
        `expected` type. Only idempotent calls (by default GET) are repeated, within the deadline
        of the first attempt. With `silent` a successful answer may be empty: None is returned.
        """
        if json_body is not None:
            compact = json.dumps(json_body, ensure_ascii=False, separators=(",", ":"))
            parts["body"] = compact.encode()
            parts["headers"] = {"Content-Type": "application/json", **parts.get("headers", {})}
        repeat = method == "GET" if idempotent is None else idempotent
        request = Call(method, url, fresh=self.interactive and not repeat, **parts)
        longest = self.guard.protection.timeout
        deadline = asyncio.get_running_loop().time() + min(request.timeout or longest, longest)
        async with self.guard.admit(self._guarded(operation, request), deadline) as admission:
            answer = await self._attempts(
                admission, operation, classify or self.classify, repeat=repeat
            )
        if silent and not answer.body.strip():
            return None
        value = body_of(answer)
        if not isinstance(value, expected):
            raise self.malformed(operation, answer.status)
        return value

    def _guarded(self, operation: str, request: Call) -> GuardedCall:
        return GuardedCall(
            self.platform,
            operation,
            request,
            self.interactive,
            self.rate_limits,
            self.remaining_quota,
            self.cost,
        )

    async def _attempts(
        self, admission: Admission, operation: str, classify: Classify, *, repeat: bool
    ) -> Answer:
        try:
            return await self._attempt(admission, operation, classify)
        except PlatformFailure as failure:
            # One call finds out whether a host is back; a second would prove no more.
            if not repeat or admission.probing or not _worth_repeating(failure, admission):
                raise
            log.warning("a platform call is repeated", cause=str(failure))
        # Random, so that calls that failed together are not repeated together.
        await asyncio.sleep(random.uniform(0.0, RETRY_SECONDS))  # noqa: S311
        return await self._attempt(admission, operation, classify)

    async def _attempt(self, admission: Admission, operation: str, classify: Classify) -> Answer:
        answer = await admission.send(self.send)
        reading = classify(answer)
        if reading is not None:
            reading = reading.dated(self.clock())
        failure = admission.note_answer(answer, reading)
        if failure is None:
            return answer
        if failure.kind is FailureKind.MISCONFIGURED:
            log.error(
                "the platform refuses our app or its settings",
                platform=self.platform,
                operation=operation,
                status=answer.status,
                code=failure.code,
            )
        raise PlatformFailure(
            self.platform,
            operation,
            failure,
            http_status=answer.status,
            request_id=failure.request_id or self._request_id(answer),
        )

    def _request_id(self, answer: Answer) -> str | None:
        """The platform's own id of the request, for support cases."""
        found = answer.headers.get(REQUEST_ID_HEADER)
        if found is None and self.request_id_header is not None:
            found = answer.headers.get(self.request_id_header)
        return None if found is None else found[:128]

    def malformed(self, operation: str, status: int = 200) -> PlatformFailure:
        """Returns the failure to raise when an answer lacks what the protocol promises."""
        return PlatformFailure(
            self.platform, operation, Failure(FailureKind.MALFORMED), http_status=status
        )


def _worth_repeating(failure: PlatformFailure, admission: Admission) -> bool:
    """Whether the same call may succeed at once, and there is time left to make it."""
    # Refused by something in between, without a word of the platform: so is the next call.
    refused = failure.reading.code is None and (failure.http_status or 500) < 500
    return (
        not refused
        and failure.kind is FailureKind.UNAVAILABLE
        and failure.category != "timeout"
        and failure.reading.retry_after is None
        and admission.seconds_left() > RETRY_SECONDS
    )
