"""A connector's client of its platform: classifies, repeats and counts every call."""

import asyncio
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog

from openchannels.core.clock import Clock, system_clock
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure, RemainingQuota
from openchannels.core.platforms import Platform
from openchannels.transport.admission import Admission, GuardedCall, PlatformGuard, Protection
from openchannels.transport.answers import body_of, unrecognized
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


def no_remaining_quotas(_answer: Answer) -> Sequence[RemainingQuota]:
    """Default for platforms that do not report their remaining quota."""
    return ()


def one_call(_operation: str) -> float:
    """Default for platforms that count calls."""
    return 1.0


def classify_redirect(answer: Answer) -> Failure | None:
    """Returns the failure of a public page; one that redirects or is gone has none."""
    gone = answer.status in (404, 410)
    return None if gone or 300 <= answer.status < 400 else unrecognized(answer)


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
    remaining_quotas: Callable[[Answer], Sequence[RemainingQuota]] = no_remaining_quotas
    cost: Callable[[str], float] = one_call
    shared_state: SharedState = field(default_factory=lambda: InMemoryState(system_clock))
    guard: PlatformGuard = field(default_factory=lambda: PlatformGuard(system_clock, Protection()))
    interactive: bool = False

    def charge(self, operation: str, cost: float) -> None:
        """Counts a cost that a call caused beyond its own, in the platform's unit."""
        if self.rate_limits is not None:
            self.rate_limits.record_usage(operation, 0, cost)

    def warn_operator(self, text: str) -> None:
        """Logs what only the operator of the app can mend."""
        log.warning(text, platform=self.platform)

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
        `expected` type. With `silent` a successful answer may be empty: None is returned. See
        `exchange` for what is repeated.
        """
        answer = await self.exchange(
            method,
            url,
            operation=operation,
            classify=classify,
            idempotent=idempotent,
            json_body=json_body,
            **parts,
        )
        if silent and not answer.body.strip():
            return None
        value = body_of(answer)
        if not isinstance(value, expected):
            raise self.malformed(operation, answer.status)
        return value

    async def exchange(
        self,
        method: str,
        url: str,
        *,
        operation: str,
        classify: Classify | None = None,
        idempotent: bool | None = None,
        json_body: Any = None,
        **parts: Any,
    ) -> Answer:
        """Sends one call and returns the accepted answer, with its headers and raw body.

        Idempotent calls (by default GET) are repeated after a transient failure, and any call after
        a refusal that passes, within the deadline of the first attempt. Raises PlatformFailure.
        """
        if json_body is not None:
            compact = json.dumps(json_body, ensure_ascii=False, separators=(",", ":"))
            parts["body"] = compact.encode()
            parts["headers"] = {"Content-Type": "application/json", **parts.get("headers", {})}
        repeat = method == "GET" if idempotent is None else idempotent
        fresh = self.interactive and not repeat
        request = Call(method, url, fresh=fresh, once=not repeat, **parts)
        return await self._admitted(request, operation, classify or self.classify, repeat=repeat)

    async def redirect(self, url: str, *, operation: str, **parts: Any) -> str | None:
        """Returns where a public address redirects to; None if it does not. Reads no body.

        The address is not followed further. Raises PlatformFailure.
        """
        request = Call("GET", url, head_only=True, **parts)
        answer = await self._admitted(request, operation, classify_redirect, repeat=True)
        return answer.headers.get("location") if 300 <= answer.status < 400 else None

    async def _admitted(
        self, request: Call, operation: str, classify: Classify, *, repeat: bool
    ) -> Answer:
        protection = self.guard.protection
        longest = protection.upload_timeout if request.upload else protection.timeout
        deadline = asyncio.get_running_loop().time() + min(request.timeout or longest, longest)
        async with self.guard.admit(self._guarded(operation, request), deadline) as admission:
            return await self._attempts(admission, operation, classify, repeat=repeat)

    def _guarded(self, operation: str, request: Call) -> GuardedCall:
        return GuardedCall(
            self.platform,
            operation,
            request,
            self.interactive,
            self.rate_limits,
            self.remaining_quotas,
            self.cost,
        )

    async def _attempts(
        self, admission: Admission, operation: str, classify: Classify, *, repeat: bool
    ) -> Answer:
        try:
            return await self._attempt(admission, operation, classify)
        except PlatformFailure as failure:
            # One call finds out whether a host is back; a second would prove no more.
            if admission.probing or not _worth_repeating(failure, admission, repeat=repeat):
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


def _worth_repeating(failure: PlatformFailure, admission: Admission, *, repeat: bool) -> bool:
    """Whether the same call may succeed at once, and there is time left to make it.

    A refusal that passes was not executed, so the call may be repeated even if not idempotent.
    """
    # Refused by something in between, without a word of the platform: so is the next call.
    refused = failure.reading.code is None and (failure.http_status or 500) < 500
    transient = (
        not refused
        and failure.kind is FailureKind.UNAVAILABLE
        and failure.category != "timeout"
        and failure.reading.retry_after is None
    )
    wanted = failure.reading.passing or (repeat and transient)
    return wanted and admission.seconds_left() > RETRY_SECONDS
