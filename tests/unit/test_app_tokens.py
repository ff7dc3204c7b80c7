"""A token of the whole app: fetched by one, waited for by the others, forgotten when refused."""

import asyncio

import pytest

from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure
from openchannels.core.platforms import Platform
from openchannels.transport.app_tokens import InMemoryState, app_token, with_app_token


class Source:
    """A platform that hands out numbered tokens, or fails."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.shared_state = InMemoryState(lambda: self.now)
        self.fetched = 0
        self.failing = False

    async def fetch(self) -> tuple[str, float]:
        await asyncio.sleep(0)
        if self.failing:
            raise refusal("-1")
        self.fetched += 1
        return f"t{self.fetched}", 7200.0

    async def token(self) -> str:
        return (await app_token(self.shared_state, lambda: self.now, "token", self.fetch)).value


def refusal(code: str) -> PlatformFailure:
    return PlatformFailure(Platform("wxGzh"), "x", Failure(FailureKind.UNAVAILABLE, code=code))


async def test_many_fetch_once() -> None:
    source = Source()
    assert set(await asyncio.gather(*(source.token() for _ in range(50)))) == {"t1"}
    assert source.fetched == 1


async def test_one_that_is_about_to_end_is_fetched_again() -> None:
    source = Source()
    await source.token()
    source.now += 7200 - 601
    assert await source.token() == "t1"
    source.now += 1
    tokens = await asyncio.gather(*(source.token() for _ in range(5)))
    assert sorted(set(tokens)) == ["t1", "t2"], "the old one serves those who would wait"
    assert source.fetched == 2


async def test_a_living_token_bridges_a_failure() -> None:
    source = Source()
    await source.token()
    source.failing = True
    source.now += 7000
    assert await source.token() == "t1"
    source.now += 200
    with pytest.raises(PlatformFailure):
        await source.token()
    source.failing = False
    assert await source.token() == "t2", "the failure left no lock behind"


async def test_a_lock_of_a_dead_process_lapses() -> None:
    source = Source()
    await source.shared_state.put_if_absent("token.lock", "", 30)
    waiting = asyncio.create_task(source.token())
    await asyncio.sleep(0.01)
    assert not waiting.done()
    source.now += 31
    assert await waiting == "t1"


async def test_a_refused_token_is_forgotten_once() -> None:
    source = Source()
    used: list[str] = []

    async def use(token: str) -> str:
        used.append(token)
        if token == "t1":
            raise refusal("40001")
        return "fine"

    def call() -> "asyncio.Future[str]":
        return asyncio.ensure_future(
            with_app_token(
                source.shared_state, lambda: source.now, "token", source.fetch, use, ("40001",)
            )
        )

    assert await asyncio.gather(*(call() for _ in range(3))) == ["fine"] * 3
    assert used[0] == "t1"
    assert used.count("t2") == 3
    assert source.fetched == 2


async def test_other_refusals_are_passed_on() -> None:
    source = Source()

    async def use(_: str) -> str:
        raise refusal("48001")

    with pytest.raises(PlatformFailure):
        await with_app_token(
            source.shared_state, lambda: source.now, "token", source.fetch, use, ("40001",)
        )
    assert source.fetched == 1
