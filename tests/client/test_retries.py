"""Which calls are sent again, how often and after which pauses; time is not slept."""

import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import httpx2
import pytest

from openchannels.client import (
    ApiError,
    ClientError,
    ConnectionFailed,
    PlatformUnavailable,
    RateLimited,
    ServiceError,
)
from openchannels.client.aio import connection as aio
from openchannels.client.sync import connection as sync
from tests.client.both import settled
from tests.client.stub import CUT, HALF, Answer, Stub, failure, success

Open = Callable[..., Any]
BUSY = failure(429, 429, retryAfter=3)
DRAINING = Answer(failure(503).body, 503, {"Retry-After": "5"})
LIMITED = failure(15071, retryable=True, retryAfter=20)
FOR_AN_HOUR = failure(15071, retryable=True, retryAfter=3600)
DOWN = failure(15094)
DOWN_FOR_GOOD = failure(15094, retryable=False)
BROKEN = failure(500)
PROXY_DOWN = Answer("<h1>Bad gateway</h1>", 502)
PROXY_PAGE = Answer("<h1>Not found</h1>", 404)
GROUP = {"id": "g", "name": "n", "hasBrowserConfig": False}


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that clients pause, which they do not."""
    taken: list[float] = []

    async def pause(seconds: float) -> None:
        taken.append(seconds)

    monkeypatch.setattr(sync, "time", SimpleNamespace(sleep=taken.append))
    monkeypatch.setattr(aio, "asyncio", SimpleNamespace(sleep=pause))
    return taken


@dataclass(frozen=True)
class Case:
    """What a service answers, how many requests that makes, and how the call ends."""

    answers: list[Answer]
    requests: int
    error: type[Exception] | None = None
    waits: list[float] = field(default_factory=list)
    """The seconds that the service asks for, 0 where it does not say."""


async def read(client: Any) -> Any:
    return await settled(client.groups.list())


async def act(client: Any) -> Any:
    return await settled(client.groups.create("n"))


ALWAYS = {
    "too many requests": Case([BUSY], 2, waits=[3]),
    "draining": Case([DRAINING] * 2, 3, waits=[5, 5]),
    "limit of the platform": Case([LIMITED], 2, waits=[20]),
    "limit for longer than is waited": Case([FOR_AN_HOUR], 1, RateLimited),
    "platform down": Case([DOWN] * 3, 4, waits=[0, 0, 0]),
    "platform down too often": Case([DOWN] * 4, 4, PlatformUnavailable, [0, 0, 0]),
    "platform down, said to stay so": Case([DOWN_FOR_GOOD], 1, PlatformUnavailable),
    "fault of the service": Case([BROKEN], 1, ServiceError),
    "cut before the answer": Case([CUT], 2, waits=[0]),
    "cut in the answer": Case([HALF] * 2, 3, waits=[0, 0]),
    "cut too often": Case([CUT, HALF] * 2, 4, ConnectionFailed, [0, 0, 0]),
    "proxy without service": Case([PROXY_DOWN], 2, waits=[0]),
    "address of something else": Case([PROXY_PAGE], 1, ConnectionFailed),
}
ACTS = {
    **{name: ALWAYS[name] for name in ("draining", "cut before the answer", "cut in the answer")},
    # The platform may have acted before it failed.
    "platform down": Case([DOWN], 1, PlatformUnavailable),
}


async def assert_case(
    case: Case, call: Callable[..., Any], client: Any, stub: Stub, pauses: list[float]
) -> None:
    stub.script = [*case.answers]
    stub.answer = lambda one: success([] if one.method == "GET" else GROUP)
    if case.error is None:
        await call(client)
    else:
        with pytest.raises(case.error):
            await call(client)
    assert len(stub.calls) == case.requests
    longest = [0.5, 1.0, 2.0]
    assert len(pauses) == len(case.waits)
    for pause, asked, most in zip(pauses, case.waits, longest, strict=False):
        assert asked <= pause <= asked + most


@pytest.mark.parametrize("name", ALWAYS)
async def test_reads(name: str, open_client: Open, stub: Stub, pauses: list[float]) -> None:
    stub.marked = False
    await assert_case(ALWAYS[name], read, open_client(stub.url, "oc_x"), stub, pauses)


@pytest.mark.parametrize("name", ACTS)
async def test_acts_of_a_service_that_knows_repetitions(
    name: str, open_client: Open, stub: Stub, pauses: list[float]
) -> None:
    await assert_case(ACTS[name], act, open_client(stub.url, "oc_x"), stub, pauses)
    keys = {one.headers["idempotency-key"] for one in stub.calls}
    assert len(keys) == 1
    assert all(len(key) == 36 for key in keys)


@pytest.mark.parametrize("name", ACTS)
async def test_acts_of_other_services_are_sent_once(
    name: str, open_client: Open, stub: Stub, pauses: list[float]
) -> None:
    stub.marked = False
    once = Case(ACTS[name].answers, 1, ClientError)
    await assert_case(once, act, open_client(stub.url, "oc_x"), stub, pauses)


async def test_every_act_has_a_key_of_its_own_and_no_read_has_one(
    open_client: Open, stub: Stub
) -> None:
    stub.answer = lambda one: success([] if one.method == "GET" else GROUP)
    client = open_client(stub.url, "oc_x")
    await read(client)
    await act(client)
    await act(client)
    keys = [one.headers.get("idempotency-key") for one in stub.calls]
    assert keys[0] is None
    assert len({*keys[1:]}) == 2


async def test_a_proxy_does_not_hide_for_ever_what_service_it_is(
    open_client: Open, stub: Stub, pauses: list[float]
) -> None:
    """An act is cut and the question after it answered by a proxy; the next act is known."""
    stub.answer = lambda one: success([] if one.method == "GET" else GROUP)
    client = open_client(stub.url, "oc_x")
    stub.marked = False
    stub.script = [PROXY_DOWN]
    whole = stub.reply
    stub.reply = lambda one: PROXY_DOWN if one.path == "/api/" else whole(one)  # type: ignore[method-assign]
    with pytest.raises(ConnectionFailed):
        await act(client)
    stub.reply = whole  # type: ignore[method-assign]
    stub.marked = True
    stub.script = [PROXY_DOWN]
    before = len(stub.calls)
    await act(client)
    assert len(stub.calls) == before + 2, "it is sent again"


async def test_what_never_arrived_is_sent_again(open_client: Open, pauses: list[float]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        client = open_client(f"http://127.0.0.1:{taken.getsockname()[1]}", "oc_x")
        with pytest.raises(ConnectionFailed) as failed:
            await act(client)
    assert not failed.value.sent
    assert len(pauses) == 3


@pytest.mark.parametrize("answer", [BUSY, CUT, HALF, DOWN], ids=["busy", "cut", "half", "down"])
async def test_no_retries(
    answer: Answer, open_client: Open, stub: Stub, pauses: list[float]
) -> None:
    stub.script = [answer]
    with pytest.raises((ApiError, ConnectionFailed)):
        await read(open_client(stub.url, "oc_x", max_retries=0))
    assert (len(stub.received), pauses) == (1, [])


@pytest.mark.parametrize(("late", "sent"), [("ReadTimeout", True), ("ConnectTimeout", False)])
async def test_timeouts(late: str, sent: bool, open_client: Open) -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        raise getattr(httpx2, late)("too late", request=request)

    transport = httpx2.MockTransport(answer)
    client = open_client("http://127.0.0.1:1", "oc_x", max_retries=0, transport=transport)
    with pytest.raises(ConnectionFailed, match=late) as failed:
        await read(client)
    assert (failed.value.sent, failed.value.retryable) == (sent, True)
