"""Admission of calls to a platform: circuit breaker, rate limits and bulkhead in one place.

The bulkhead bounds the calls in flight. Circuit breakers, one per host, save callers the wait for
a host that is down: an API that works does not hide a token endpoint that fails. Empty rate-limit
buckets refuse calls until their reset. Processes tell each other of empty buckets and of openings;
the bulkhead is each process's own.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from types import TracebackType
from typing import NamedTuple, Self

from openchannels.core.clock import Clock
from openchannels.core.metrics import NO_METRICS, SUCCESS, UpstreamMetrics
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure, RemainingQuota
from openchannels.core.platforms import Platform
from openchannels.core.request_record import current_request
from openchannels.core.tracing import ABANDONED, NO_SPAN, NO_TRACING, Span, UpstreamTracing
from openchannels.transport.bulkhead import Bulkhead
from openchannels.transport.circuit_breaker import CircuitBreaker, CircuitOpen, Permit
from openchannels.transport.client import Answer, Call, Send, TransportError
from openchannels.transport.rate_limits import PlatformRateLimits, Tell, tell_nobody

MAX_BREAKERS = 64
"""Circuit breakers kept for one platform; connectors name far fewer hosts."""
BUSY_SECONDS = 1.0
"""The `retry_after` of a call that found no free slot."""
MIN_TIMEOUT_SECONDS = 0.01
"""The least time given to a call; also the difference below which its timeout stays as it is."""


@dataclass(frozen=True, slots=True)
class Protection:
    """How a platform is guarded. Times are in seconds.

    `timeout` bounds a call with its waits and its repetition, `upload_timeout` one that carries a
    part of a file. At most `in_flight` calls run at
    once; further ones wait up to `queue` for a slot. A run of `failures` opens a circuit breaker
    (0: never), which stays open for `longest` at most.
    """

    timeout: float = 20.0
    upload_timeout: float = 300.0
    in_flight: int = 64
    queue: float = 2.0
    failures: int = 10
    longest: float = 30.0


class GuardedCall(NamedTuple):
    """A call with what the guard needs to admit it and to read limits from its answer.

    Interactive calls skip an open circuit breaker and wait for a slot until their deadline.
    """

    platform: Platform
    operation: str
    request: Call
    interactive: bool
    rate_limits: PlatformRateLimits | None
    remaining_quotas: Callable[[Answer], Sequence[RemainingQuota]]
    cost: Callable[[str], float]


class PlatformGuard:
    """One platform's bulkhead and circuit breakers, shared by all calls of the operator's app."""

    def __init__(
        self,
        clock: Clock,
        protection: Protection,
        metrics: UpstreamMetrics = NO_METRICS,
        tracing: UpstreamTracing = NO_TRACING,
        tell: Tell = tell_nobody,
    ) -> None:
        """`tell` tells other processes of openings, by host."""
        self._tell = tell
        self.protection = protection
        self.metrics = metrics
        self.tracing = tracing
        self.bulkhead = Bulkhead(protection.in_flight)
        self._clock = clock
        self._breakers: dict[str, CircuitBreaker] = {}

    def admit(self, call: GuardedCall, deadline: float) -> "Admission":
        """Returns the admission of a call, to be entered with `async with`.

        `deadline` is a time of the event loop; it covers waits and the repetition. Entering
        raises PlatformFailure while the host's circuit breaker is open.
        """
        return Admission(self, call, deadline)

    @property
    def open_breakers(self) -> int:
        """Number of hosts whose circuit breaker is open."""
        return sum(not breaker.closed for breaker in self._breakers.values())

    def breaker(self, host: str) -> CircuitBreaker:
        """The circuit breaker of a host."""
        known = self._breakers.get(host)
        if known is not None:
            return known
        if len(self._breakers) >= MAX_BREAKERS:
            self._breakers.clear()
        fresh = self._breakers[host] = CircuitBreaker(
            self._clock,
            failures=self.protection.failures,
            longest=self.protection.longest,
            tell=lambda seconds, openings: self._tell(host, seconds, str(openings)),
        )
        return fresh

    def adopt(self, host: str, seconds: float, openings: int) -> None:
        """Takes what another process has told of a host."""
        self.breaker(host).adopt(seconds, openings)


def host_of(url: str) -> str:
    return url.split("/", 3)[2]


class Admission:
    """One call's way through the guard: a permit for the whole call, a slot for each attempt."""

    __slots__ = (
        *("_attempts", "_call", "_deadline", "_guard", "_host", "_permit"),
        *("_seconds", "_span"),
    )

    def __init__(self, guard: PlatformGuard, call: GuardedCall, deadline: float) -> None:
        self._guard = guard
        self._call = call
        self._deadline = deadline
        self._host = host_of(call.request.url)
        self._permit: Permit
        self._seconds = 0.0
        self._attempts = 0
        self._span: Span = NO_SPAN

    async def __aenter__(self) -> Self:
        call = self._call
        breaker = self._guard.breaker(self._host)
        try:
            self._permit = breaker.acquire_permit(interactive=call.interactive)
        except CircuitOpen as refusal:
            raise self._refused("circuit_open", refusal.seconds) from None
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._permit.report_outcome()
        self._span.end(ABANDONED)

    @property
    def probing(self) -> bool:
        """Whether this call finds out if the host answers again."""
        return self._permit.probing

    def seconds_left(self) -> float:
        """The time until the deadline."""
        return self._deadline - asyncio.get_running_loop().time()

    async def send(self, send: Send) -> Answer:
        """Makes one attempt within the deadline, and counts it.

        Raises PlatformFailure when a bucket is empty, no slot gets free, or no answer comes.
        """
        self._check_bucket()
        await self._acquire_slot()
        try:
            # The bucket may have run empty while other calls held all slots.
            self._check_bucket()
            self._count_call()
            return await self._timed(send)
        except TransportError as error:
            self._permit.answered = error.category == "too_large"
            self._count_outcome(error.category)
            raise self._transport_failure(error) from error
        finally:
            self._guard.bulkhead.release_slot()

    async def _timed(self, send: Send) -> Answer:
        self._span = self._begin_span()
        began = time.perf_counter()
        try:
            return await send(self._timed_request())
        finally:
            self._seconds = time.perf_counter() - began
            record = current_request.get()
            if record is not None:
                record.upstream_seconds += self._seconds

    def _begin_span(self) -> Span:
        self._attempts += 1
        call, host = self._call, host_of(self._call.request.url)
        return self._guard.tracing.begin_call(
            call.platform, call.operation, call.request.method, host, self._attempts
        )

    def _count_outcome(self, outcome: str, http_status: int | None = None) -> None:
        call, metrics = self._call, self._guard.metrics
        metrics.count_call(call.platform, call.operation, outcome, self._seconds)
        self._span.end(outcome, http_status)

    def note_answer(self, answer: Answer, reading: Failure | None) -> Failure | None:
        """Counts an answer, and notes what it says of the host and of limits.

        `reading` is None on success. Returns the reading, with the time of the next attempt where
        a limit was hit.
        """
        self._count_outcome(SUCCESS if reading is None else reading.kind, answer.status)
        down = (
            reading is not None and reading.kind is FailureKind.UNAVAILABLE and answer.status >= 500
        )
        self._permit.answered = not down
        call = self._call
        if call.rate_limits is None:
            return reading
        failure = None if reading is None else call.rate_limits.note_refusal(self._host, reading)
        if quotas := call.remaining_quotas(answer):
            call.rate_limits.note_remaining(self._host, quotas)
        return failure

    def _check_bucket(self) -> None:
        """Raises PlatformFailure while a bucket is known to be empty."""
        limits = self._call.rate_limits
        refusal = limits.exhausted_failure(self._host) if limits is not None else None
        if refusal is not None:
            raise self._not_sent(refusal)

    async def _acquire_slot(self) -> None:
        left = self.seconds_left()
        guard = self._guard
        wait = left if self._call.interactive else min(left, guard.protection.queue)
        try:
            await guard.bulkhead.acquire_slot(wait)
        except TimeoutError:
            raise self._refused("busy", BUSY_SECONDS) from None

    def _count_call(self) -> None:
        call = self._call
        if call.rate_limits is not None:
            call.rate_limits.record_usage(call.operation, 1, call.cost(call.operation))

    def _timed_request(self) -> Call:
        """The request; its timeout is the time left where waits have used some of it."""
        request = self._call.request
        left = self.seconds_left()
        if left > (request.timeout or self._guard.protection.timeout) - MIN_TIMEOUT_SECONDS:
            return request
        return replace(request, timeout=max(left, MIN_TIMEOUT_SECONDS))

    def _refused(self, code: str, seconds: float) -> PlatformFailure:
        return self._not_sent(
            Failure(FailureKind.UNAVAILABLE, code=code, retry_after=max(1.0, seconds))
        )

    def _not_sent(self, reading: Failure) -> PlatformFailure:
        platform, operation = self._call.platform, self._call.operation
        self._guard.metrics.count_withheld_call(platform, reading.code or "")
        self._guard.tracing.note_withheld_call(platform, operation, reading.code or "")
        return PlatformFailure(platform, operation, reading, sent=False)

    def _transport_failure(self, error: TransportError) -> PlatformFailure:
        platform, operation = self._call.platform, self._call.operation
        if error.category == "too_large":
            return PlatformFailure(platform, operation, Failure(FailureKind.MALFORMED))
        return PlatformFailure(
            platform,
            operation,
            Failure(FailureKind.UNAVAILABLE),
            category=error.category,
            sent=error.sent,
        )
