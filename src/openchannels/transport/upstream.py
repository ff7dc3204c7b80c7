"""A connector's line to its platform: every call is judged, retried and counted in one place."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import stamina

from openchannels.core.clock import Clock, system_clock
from openchannels.core.failures import Headroom, Kind, PlatformFailure, Verdict
from openchannels.core.platforms import Platform
from openchannels.transport.budget import Budget
from openchannels.transport.http import Answer, Call, Send, TransportError
from openchannels.transport.memory import LocalMemory, Memory

Judge = Callable[[Answer], Verdict | None]
"""Reads an answer; None means it is a success."""

ATTEMPTS = 2
REQUEST_ID_HEADERS = (
    "x-request-id",
    "x-fb-trace-id",
    "x-tt-logid",
    "x-transaction-id",
    "x-pinterest-rid",
    "x-li-uuid",
)


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


def no_headroom(_answer: Answer) -> Headroom | None:
    """For platforms that tell nothing of what is left."""
    return None


def one(_operation: str) -> float:
    """For platforms that count calls."""
    return 1.0


@dataclass(frozen=True, slots=True)
class Upstream:
    """What a connector works with: the app, the clock, what it keeps, and judged calls.

    `cache` is this process's own and may be lost; `memory` is sealed and common to all processes.
    """

    platform: Platform
    app: App
    send: Send
    judge: Judge
    cache: Cache
    clock: Clock = system_clock
    budget: Budget | None = None
    headroom: Callable[[Answer], Headroom | None] = no_headroom
    cost: Callable[[str], float] = one
    memory: Memory = field(default_factory=lambda: LocalMemory(system_clock))

    def charge(self, operation: str, cost: float) -> None:
        """Count a cost that a call had beyond its own, in the platform's unit."""
        if self.budget is not None:
            self.budget.meter(operation, 0, cost)

    async def get(self, url: str, *, operation: str, **parts: Any) -> Any:
        """GET and parse JSON; tried again once after a passing fault."""
        return await self.call("GET", url, operation=operation, **parts)

    async def call(
        self,
        method: str,
        url: str,
        *,
        operation: str,
        judge: Judge | None = None,
        idempotent: bool | None = None,
        json_body: Any = None,
        silent: bool = False,
        **parts: Any,
    ) -> Any:
        """Send, judge and parse one call; returns the JSON value.

        Raises PlatformFailure. Only idempotent calls (GET unless said otherwise) are repeated.
        With `silent` a good answer says nothing that is read, and None is returned.
        """
        if json_body is not None:
            compact = json.dumps(json_body, ensure_ascii=False, separators=(",", ":"))
            parts["body"] = compact.encode()
            parts["headers"] = {"Content-Type": "application/json", **parts.get("headers", {})}
        call = Call(method, url, **parts)
        repeat = method == "GET" if idempotent is None else idempotent
        if not repeat:
            return await self._once(call, operation, judge or self.judge, silent)
        async for attempt in stamina.retry_context(
            on=_passing, attempts=ATTEMPTS, timeout=None, wait_initial=0.1, wait_max=0.5
        ):
            with attempt:
                return await self._once(call, operation, judge or self.judge, silent)
        raise AssertionError("unreachable: the last attempt raises")

    async def _once(self, call: Call, operation: str, judge: Judge, silent: bool) -> Any:
        self._enter(operation)
        try:
            answer = await self.send(call)
        except TransportError as error:
            raise self._transport_failure(operation, error) from error
        verdict = judge(answer)
        if self.budget is not None:
            if verdict is None:
                self.budget.left(self.headroom(answer))
            else:
                verdict = self.budget.refused(verdict)
        if verdict is not None:
            raise PlatformFailure(
                self.platform,
                operation,
                verdict,
                http_status=answer.status,
                request_id=verdict.request_id or request_id(answer),
            )
        return None if silent else self._parse(answer, operation)

    def _enter(self, operation: str) -> None:
        """Count a call that is about to be made, unless its bucket is known to be empty."""
        if self.budget is None:
            return
        refusal = self.budget.refusal()
        if refusal is not None:
            raise PlatformFailure(self.platform, operation, refusal)
        self.budget.meter(operation, 1, self.cost(operation))

    def _parse(self, answer: Answer, operation: str) -> Any:
        try:
            return answer.json()
        except (ValueError, RecursionError):
            raise PlatformFailure(
                self.platform, operation, Verdict(Kind.MALFORMED), http_status=answer.status
            ) from None

    def _transport_failure(self, operation: str, error: TransportError) -> PlatformFailure:
        if error.category == "too_large":
            return PlatformFailure(self.platform, operation, Verdict(Kind.MALFORMED))
        return PlatformFailure(
            self.platform, operation, Verdict(Kind.UNAVAILABLE), category=error.category
        )

    def malformed(self, operation: str) -> PlatformFailure:
        """The failure to raise when an answer lacks what the protocol promises."""
        return PlatformFailure(self.platform, operation, Verdict(Kind.MALFORMED), http_status=200)


def _passing(error: Exception) -> bool:
    return (
        isinstance(error, PlatformFailure)
        and error.kind is Kind.UNAVAILABLE
        and error.category != "timeout"
        and error.verdict.retry_after is None
    )


def request_id(answer: Answer) -> str | None:
    """The platform's own id of the request, for support cases."""
    return next((answer.headers[h][:128] for h in REQUEST_ID_HEADERS if h in answer.headers), None)


def body_of(answer: Answer) -> Any:
    """The JSON value of an answer that may not hold one; None then."""
    try:
        return answer.json()
    except (ValueError, RecursionError):
        return None


def retry_after(answer: Answer) -> float | None:
    """Seconds of a numeric Retry-After header."""
    text = answer.headers.get("retry-after", "")
    return float(text) if text.isdigit() else None


def judge_status(answer: Answer) -> Verdict | None:
    """The reading of an answer by its HTTP status alone."""
    status = answer.status
    if status < 300:
        return None
    if status == 429:
        return Verdict(Kind.RATE_LIMITED, retry_after=retry_after(answer))
    if status >= 500:
        return Verdict(Kind.UNAVAILABLE, retry_after=retry_after(answer))
    kinds = {401: Kind.TOKEN_EXPIRED, 403: Kind.PERMISSION, 404: Kind.NOT_FOUND}
    if status < 400:
        return Verdict(Kind.MALFORMED)
    return Verdict(kinds.get(status, Kind.INVALID))
