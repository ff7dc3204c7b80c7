"""What stands between a line and its platform: places, breakers, deadlines and repetition."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import CapturingLogger

from openchannels.core.platform_errors import (
    Failure,
    FailureKind,
    PlatformFailure,
    RemainingQuota,
)
from openchannels.core.platforms import Platform
from openchannels.transport import platform_client as module
from openchannels.transport.admission import PlatformGuard, Protection
from openchannels.transport.answers import retry_after, unrecognized
from openchannels.transport.cache import Cache
from openchannels.transport.client import Answer, Call, TransportError
from openchannels.transport.platform_app import App
from openchannels.transport.platform_client import PlatformClient
from openchannels.transport.rate_limits import LONGEST_SECONDS, BucketState, PlatformRateLimits
from tests.harness.waiting import PATIENCE

URL = "https://api.example.com/things"
TOKEN_URL = "https://login.example.com/token"
FAILURES = 5
Reply = Answer | TransportError


class Line:
    """A line to a played platform, with its clock, its counted calls and what was sent."""

    def __init__(self, protection: Protection | None = None, **options: Any) -> None:
        self.now = 1_790_000_000.0
        self.sent: list[Call] = []
        self.metered = 0
        self.reply: Callable[[Call], Reply] = lambda _call: answer()
        self.gate: asyncio.Event | None = None
        protection = protection or Protection(failures=FAILURES)
        clock = lambda: self.now  # noqa: E731
        self.upstream = PlatformClient(
            platform=Platform("youtube"),
            app=App("id", "secret", "https://oc.example/callback", ()),
            send=self._send,
            classify=options.pop("classify", unrecognized),
            cache=Cache(clock),
            clock=clock,
            rate_limits=PlatformRateLimits(BucketState(clock), clock, self._meter, "account"),
            guard=PlatformGuard(clock, protection),
            **options,
        )

    def _meter(self, _operation: str, calls: int, _cost: float) -> None:
        self.metered += calls

    async def _send(self, call: Call) -> Answer:
        self.sent.append(call)
        if self.gate is not None:
            await self.gate.wait()
        reply = self.reply(call)
        if isinstance(reply, TransportError):
            raise reply
        return reply

    async def call(self, url: str = URL, method: str = "GET", **options: Any) -> Any:
        return await self.upstream.call(method, url, operation="op", **options)

    async def failure(self, url: str = URL, **options: Any) -> PlatformFailure:
        with pytest.raises(PlatformFailure) as failed:
            await self.call(url, **options)
        return failed.value

    async def break_host(self, url: str = URL) -> None:
        self.reply = lambda _call: answer(503)
        for _ in range(FAILURES):
            await self.failure(url)
        self.sent.clear()


def answer(status: int = 200, body: bytes = b"{}", **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, named, body)


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.uniform", lambda _least, _most: 0.0)


# Places


async def test_calls_in_flight_are_bounded_and_the_rest_refused_in_time() -> None:
    line = Line(Protection(in_flight=2, queue=0.05))
    line.gate = asyncio.Event()
    first = [asyncio.create_task(line.call()) for _ in range(2)]
    await asyncio.sleep(0)
    refused = await line.failure()
    assert (refused.kind, refused.category) == (FailureKind.UNAVAILABLE, "platform_unavailable")
    assert (refused.reading.code, refused.retryable) == ("busy", True)
    assert refused.reading.retry_after == 1.0
    assert len(line.sent) == line.metered == 2
    line.gate.set()
    await asyncio.gather(*first)
    assert await line.call() == {}


async def test_places_come_back_whatever_becomes_of_a_call() -> None:
    for reply in (TransportError("network", "x"), answer(500), answer(429), answer(200, b"<")):
        line = Line(Protection(in_flight=1, queue=0.02, failures=0))
        line.reply = lambda _call, reply=reply: reply  # type: ignore[misc]
        await line.failure()
        line.reply = lambda _call: answer()
        line.now += 3600
        assert await line.call() == {}
    line.gate = asyncio.Event()
    task = asyncio.create_task(line.call())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    line.gate = None
    assert await line.call() == {}


async def test_the_wait_for_a_place_counts_in_the_deadline() -> None:
    line = Line(Protection(in_flight=1, timeout=PATIENCE, queue=PATIENCE))
    line.gate = asyncio.Event()
    first = asyncio.create_task(line.call())
    await asyncio.sleep(0)
    second = asyncio.create_task(line.call(timeout=PATIENCE / 2))
    await asyncio.sleep(0.1)
    line.gate.set()
    await asyncio.gather(first, second)
    assert line.sent[0].timeout is None
    assert line.sent[1].timeout is not None
    assert 0 < line.sent[1].timeout <= PATIENCE / 2 - 0.05


async def test_a_line_that_insists_waits_longer_than_others() -> None:
    line = Line(Protection(in_flight=1, queue=0.02))
    interactive = replace(line.upstream, interactive=True)
    line.gate = asyncio.Event()
    first = asyncio.create_task(line.call())
    await asyncio.sleep(0)
    second = asyncio.create_task(interactive.call("GET", URL, operation="op"))
    assert (await line.failure()).reading.code == "busy"
    line.gate.set()
    await asyncio.gather(first, second)


async def test_no_call_is_made_on_a_bucket_that_ran_empty_during_the_wait() -> None:
    line = Line(Protection(in_flight=1))
    line.gate = asyncio.Event()
    line.reply = lambda _call: answer(429, retry_after="30")
    asked = [asyncio.create_task(line.call()) for _ in range(5)]
    await asyncio.sleep(0)
    line.gate.set()
    failures = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(failure) for failure in failures] == [PlatformFailure] * 5
    assert len(line.sent) == line.metered == 1


# Repetition


@pytest.mark.parametrize("reply", [TransportError("network", "x"), answer(502)])
async def test_only_idempotent_calls_are_made_again_and_once(reply: Reply) -> None:
    for method, idempotent, times in (
        ("GET", None, 2), ("POST", None, 1), ("POST", True, 2), ("GET", False, 1),
    ):  # fmt: skip
        line = Line()
        line.reply = lambda _call: reply
        await line.failure(method=method, idempotent=idempotent)
        assert len(line.sent) == times, (method, idempotent)


@pytest.mark.parametrize(
    "reply", [TransportError("timeout", "x"), answer(503, retry_after="1"), answer(404)]
)
async def test_what_will_not_pass_at_once_is_not_asked_again(reply: Reply) -> None:
    line = Line()
    line.reply = lambda _call: reply
    await line.failure()
    assert len(line.sent) == 1


async def test_a_repetition_has_the_time_that_is_left() -> None:
    line = Line(Protection(timeout=PATIENCE))
    line.upstream = replace(line.upstream, send=slow(line))
    line.reply = lambda _call: answer(502)
    await line.failure(timeout=PATIENCE / 2)
    assert line.sent[0].timeout == PATIENCE / 2
    assert line.sent[1].timeout is not None
    assert line.sent[1].timeout <= PATIENCE / 2 - 0.1


async def test_a_repetition_leaves_a_line_in_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    log = CapturingLogger()
    monkeypatch.setattr(module, "log", log)
    line = Line()
    replies = iter([answer(502), answer()])
    line.reply = lambda _call: next(replies)
    await line.call()
    (event,) = log.calls
    assert event.args == ("a platform call is repeated",)
    assert event.kwargs["cause"].startswith("youtube op: unavailable (status 502")


async def test_nothing_is_repeated_when_no_time_is_left() -> None:
    line = Line()
    line.reply = lambda _call: answer(502)
    await line.failure(timeout=0.4)
    assert len(line.sent) == 1


async def test_the_pause_is_spread_from_nothing_on(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[float, float]] = []

    def uniform(least: float, most: float) -> float:
        asked.append((least, most))
        return 0.0

    monkeypatch.setattr("random.uniform", uniform)
    line = Line()
    line.reply = lambda _call: answer(502)
    await line.failure()
    assert set(asked) == {(0.0, module.RETRY_SECONDS)}


def slow(line: Line) -> Callable[[Call], Any]:
    async def send(call: Call) -> Answer:
        await asyncio.sleep(0.1)
        return await line._send(call)

    return send


# Breakers


async def test_a_host_that_is_down_is_left_alone_and_tried_by_one_call() -> None:
    line = Line()
    await line.break_host()
    refused = await line.failure()
    assert (refused.kind, refused.category) == (FailureKind.UNAVAILABLE, "platform_unavailable")
    assert (refused.reading.code, refused.http_status) == ("circuit_open", None)
    assert (refused.reading.retry_after or 0) >= 1
    assert line.sent == []
    line.now += 1.0
    await line.failure()
    assert len(line.sent) == 1, "a probe is not repeated"
    assert (await line.failure()).reading.code == "circuit_open"
    line.now += 2.0
    line.reply = lambda _call: answer()
    assert await line.call() == {}
    assert await line.call() == {}


async def test_refused_calls_are_not_counted() -> None:
    line = Line()
    await line.break_host()
    before = line.metered
    await line.failure()
    assert line.metered == before


@pytest.mark.parametrize("reply", [TransportError("timeout", "x"), TransportError("network", "x")])
async def test_answers_that_do_not_come_open_it(reply: Reply) -> None:
    line = Line()
    line.reply = lambda _call: reply
    for _ in range(FAILURES):
        assert (await line.failure()).reading.code is None
    assert (await line.failure()).reading.code == "circuit_open"


@pytest.mark.parametrize(
    "reply",
    [
        answer(400), answer(401), answer(403), answer(404), answer(429), answer(302),
        answer(200, b"<html>"), TransportError("too_large", "x"),
    ],
)  # fmt: skip
async def test_whatever_else_a_platform_says_shows_that_it_answers(reply: Reply) -> None:
    line = Line()
    line.reply = lambda _call: reply
    for _ in range(FAILURES * 2):
        await line.failure()
        line.now += 3600
    assert len(line.sent) == FAILURES * 2


async def test_a_limit_under_a_status_of_500_is_no_failure() -> None:
    line = Line()
    limited = Failure(FailureKind.RATE_LIMITED)
    line.upstream = replace(line.upstream, classify=lambda _answer: limited)
    line.reply = lambda _call: answer(503)
    for _ in range(FAILURES + 1):
        assert (await line.failure()).kind is FailureKind.RATE_LIMITED
        line.now += 3600


async def test_each_host_has_a_breaker_of_its_own() -> None:
    line = Line()
    await line.break_host(TOKEN_URL)
    line.reply = lambda _call: answer()
    assert await line.call(URL) == {}
    assert (await line.failure(TOKEN_URL)).reading.code == "circuit_open"


async def test_a_connection_in_progress_passes_and_closes_it() -> None:
    line = Line()
    await line.break_host(TOKEN_URL)
    interactive = replace(line.upstream, interactive=True)
    with pytest.raises(PlatformFailure) as failed:
        await interactive.call("POST", TOKEN_URL, operation="auth.exchange")
    assert failed.value.http_status == 503
    assert (await line.failure(TOKEN_URL)).reading.code == "circuit_open"
    line.reply = lambda _call: answer()
    assert await interactive.call("POST", TOKEN_URL, operation="auth.exchange") == {}
    assert await line.call(TOKEN_URL) == {}


# Figures that make no sense


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30", 30.0), ("9" * 300, LONGEST_SECONDS), ("\u00b2", None), ("-1", None), ("", None)],
)
def test_a_wait_is_a_number_within_reason(text: str, seconds: float | None) -> None:
    assert retry_after(answer(429, retry_after=text)) == seconds


DATE = "Sat, 21 Nov 2026 05:00:00 GMT"


@pytest.mark.parametrize(
    ("date", "text", "seconds"),
    [
        (DATE, "Sat, 21 Nov 2026 05:01:30 GMT", 90.0),
        (DATE, "Sat, 21 Nov 2026 04:00:00 GMT", None),
        (DATE, "Sat, 21 Nov 9999 05:00:00 GMT", LONGEST_SECONDS),
        ("", "Sat, 21 Nov 2026 05:01:30 GMT", None),
        (DATE, "soon", None),
        (DATE, "Sat, 99 Nov 2026 05:01:30 GMT", None),
        (DATE, "Sat, 21 Nov 2026 05:01:30", None),
    ],
)
def test_a_wait_may_be_a_moment_by_the_platforms_clock(
    date: str, text: str, seconds: float | None
) -> None:
    assert retry_after(answer(429, retry_after=text, date=date)) == seconds


async def test_a_bucket_is_not_empty_for_ever() -> None:
    line = Line()
    line.upstream = replace(
        line.upstream, classify=lambda _answer: Failure(FailureKind.RATE_LIMITED, reset_at=1e30)
    )
    failure = await line.failure()
    assert failure.reading.reset_at == line.now + LONGEST_SECONDS


@pytest.mark.parametrize(
    "body",
    [
        b"[" + b"{}," * 60_000 + b"{}]",
        b"[" + b"[]," * 60_000 + b"[]]",
        b"[" + b"1," * 600_000 + b"1]",
        b"[" * 100_000 + b"]" * 100_000,
        b'"' + b"a" * 2_000_000 + b"\xed\xa0\x80" + b'"',
    ],
)
def test_what_unfolds_into_too_much_is_not_read(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        answer(body=body).json()


def test_long_answers_of_ordinary_make_are_read() -> None:
    text = b'{"text":"' + b"Salt, flour, water. " * 20_000 + b'"}'
    body = b"[" + b",".join([text] * 5) + b"]"
    assert len(answer(body=body).json()) == 5


# Limits

API_HOST, TOKEN_HOST = "api.example", "token.example"


def rate_limits(buckets: BucketState, account: str | None = "a") -> PlatformRateLimits:
    return PlatformRateLimits(buckets, lambda: 1000.0, lambda *_: None, account)


def test_a_limit_of_the_app_holds_all_accounts_at_its_host_only() -> None:
    buckets = BucketState(lambda: 1000.0)
    limit = Failure(FailureKind.QUOTA, reset_at=2000.0, bucket="app")
    rate_limits(buckets).note_refusal(API_HOST, limit)
    waiting = rate_limits(buckets, "another").exhausted_failure(API_HOST)
    assert waiting is not None
    assert (waiting.kind, waiting.reset_at) == (FailureKind.QUOTA, 2000.0)
    assert rate_limits(buckets, "another").exhausted_failure(TOKEN_HOST) is None


def test_a_limit_of_an_account_holds_that_account_only() -> None:
    buckets = BucketState(lambda: 1000.0)
    rate_limits(buckets).note_refusal(API_HOST, Failure(FailureKind.RATE_LIMITED))
    assert rate_limits(buckets).exhausted_failure(API_HOST) is not None
    assert rate_limits(buckets, "another").exhausted_failure(API_HOST) is None
    assert rate_limits(buckets, None).exhausted_failure(API_HOST) is None


def test_of_several_limits_the_one_that_ends_last_holds() -> None:
    buckets = BucketState(lambda: 1000.0)
    quotas = [RemainingQuota(0, 3000.0), RemainingQuota(0, 2000.0), RemainingQuota(1, 9000.0)]
    rate_limits(buckets).note_remaining(API_HOST, quotas)
    waiting = rate_limits(buckets).exhausted_failure(API_HOST)
    assert waiting is not None
    assert waiting.reset_at == 3000.0


def test_a_sparing_call_leaves_the_last_fifth_of_each_limit() -> None:
    buckets = BucketState(lambda: 1000.0)
    line = rate_limits(buckets)
    sparing = replace(line, sparing=True)
    for quotas, waits in (
        ([RemainingQuota(21, 2000.0, limit=100)], None),
        ([RemainingQuota(20, 2000.0, limit=100), RemainingQuota(9, 3000.0, limit=10)], 2000.0),
        ([RemainingQuota(1, 4000.0)], 2000.0),
        ([RemainingQuota(90, 2000.0, limit=100)], None),
        ([RemainingQuota(1, 5000.0, "app", limit=100)], 5000.0),
        ([RemainingQuota(90, 2000.0, limit=100)], 5000.0),
    ):
        line.note_remaining(API_HOST, quotas)
        refusal = sparing.exhausted_failure(API_HOST)
        assert (refusal and refusal.reset_at) == waits, quotas
        assert line.exhausted_failure(API_HOST) is None
        assert sparing.exhausted_failure(TOKEN_HOST) is None


async def test_a_refusal_also_notes_the_limits_that_its_headers_name() -> None:
    app = RemainingQuota(0, 1_790_000_900.0, "app")
    line = Line(remaining_quotas=lambda _answer: [app])
    line.reply = lambda _call: answer(429, retry_after="5")
    assert (await line.failure()).reading.retry_after == 5
    line.now += 10
    assert (await line.failure()).reading.reset_at == 1_790_000_900.0
    assert len(line.sent) == 1


# Refusals that pass


async def test_a_refusal_that_passes_is_repeated_once_whatever_the_method() -> None:
    passing = Failure(FailureKind.MISCONFIGURED, passing=True)
    line = Line(classify=lambda answer: passing if answer.status == 400 else None)
    line.reply = lambda _call: answer(400 if len(line.sent) == 1 else 200)
    assert await line.call(method="POST") == {}
    assert len(line.sent) == 2
    line.reply = lambda _call: answer(400)
    failure = await line.failure(method="POST")
    assert (failure.retryable, len(line.sent)) == (True, 4)
