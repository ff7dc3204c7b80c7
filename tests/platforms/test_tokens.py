"""Token answers as they come: odd, poor, or not an answer at all."""

import json
import math
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.transport import platform_client
from openchannels.transport.client import Answer, Call, HttpClient, Send
from tests.platforms.cases import OAUTH, each, oauth_of
from tests.platforms.live import Live
from tests.platforms.mutations import as_text, everywhere
from tests.platforms.test_callback import consented

ENDS = (
    "expires_in",
    "refresh_expires_in",
    "refresh_token_expires_in",
    "refresh_token_expires_at",
)
SCOPES = ("scope", "scopes", "permissions", "func_info")


@dataclass
class Replay:
    """Answers every call as it was answered once, the first one spoilt."""

    answers: list[Answer]
    spoil: Callable[[Answer], Answer]
    calls: list[Call] = field(default_factory=list)

    async def __call__(self, call: Call) -> Answer:
        self.calls.append(call)
        answer = self.answers[min(len(self.calls), len(self.answers)) - 1]
        return self.spoil(answer) if len(self.calls) == 1 else answer


@pytest.fixture
async def http(live: Live, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[HttpClient]:
    """A client whose failed calls are not repeated: no time is ever left for that."""
    monkeypatch.setattr(platform_client, "RETRY_SECONDS", math.inf)
    client = HttpClient(sandbox=live.service.sandbox_url)
    yield client
    await client.close()


@dataclass
class Grant:
    """One exchange as it went, to be played again."""

    live: Live
    platform: str
    params: dict[str, str]
    answers: list[Answer]
    genuine: Tokens

    async def again(self, spoil: Callable[[Answer], Answer]) -> Tokens:
        return await exchanged(self.live, self.platform, self.params, Replay(self.answers, spoil))

    @property
    def body(self) -> Any:
        return json.loads(self.answers[0].body)


async def exchanged(live: Live, platform: str, params: dict[str, str], send: Send) -> Tokens:
    line = live.platform_client(platform, send)
    auth = oauth_of(platform)
    return await auth.exchange(line, auth.callback_params(params), "v" * 43)


async def granted(live: Live, platform: str, http: HttpClient) -> Grant:
    """An exchange whose answers are the sandbox's own, seen while the service connects."""
    _, back = consented(live, platform, "tess")
    live.recorder.calls.clear()
    live.callback(platform, **back)
    answers = [answer for _, answer in live.recorder.calls]
    assert answers, "nothing was exchanged"
    genuine = await exchanged(live, platform, back, Replay(answers, lambda answer: answer))
    assert genuine.access_token
    return Grant(live, platform, back, answers, genuine)


def rewritten(change: Callable[[Any], Any]) -> Callable[[Answer], Answer]:
    def spoil(answer: Answer) -> Answer:
        return replace(answer, body=json.dumps(change(json.loads(answer.body))).encode())

    return spoil


def without(value: Any, names: tuple[str, ...]) -> Any:
    """A copy without some names, wherever they stand."""
    if isinstance(value, dict):
        return {name: without(part, names) for name, part in value.items() if name not in names}
    return [without(part, names) for part in value] if isinstance(value, list) else value


def nulls(value: Any, names: tuple[str, ...]) -> Any:
    if isinstance(value, dict):
        return {n: None if n in names else nulls(part, names) for n, part in value.items()}
    return [nulls(part, names) for part in value] if isinstance(value, list) else value


def extended(value: Any) -> Any:
    """A copy with further fields of every kind, wherever an object stands."""
    more = {"novel": 1, "zz": None, "nested": {"access_token": 7}, "list": [], "warnings": ["x"]}
    if isinstance(value, dict):
        return {**{name: extended(part) for name, part in value.items()}, **more}
    return [extended(part) for part in value] if isinstance(value, list) else value


def near(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) < 60


@each("token: numbers as text", OAUTH)
async def test_numbers_as_text(live: Live, platform: str, http: HttpClient) -> None:
    grant = await granted(live, platform, http)
    tokens = await grant.again(rewritten(lambda body: everywhere(body, as_text)))
    assert (tokens.access_token, tokens.refresh_token, tokens.scopes) == (
        grant.genuine.access_token,
        grant.genuine.refresh_token,
        grant.genuine.scopes,
    )
    assert near(tokens.expires_at, grant.genuine.expires_at)
    assert near(tokens.refresh_expires_at, grant.genuine.refresh_expires_at)


@each("token: no end named", OAUTH)
async def test_no_end_named(live: Live, platform: str, http: HttpClient) -> None:
    grant = await granted(live, platform, http)
    for change in (without, nulls):
        tokens = await grant.again(rewritten(lambda body, c=change: c(body, ENDS)))
        assert tokens.access_token == grant.genuine.access_token
        assert tokens.refresh_expires_at is None
        # None, or what the platform's papers say; never the past.
        assert tokens.expires_at is None or tokens.expires_at > live.service.clock()


@each("token: no scope named", OAUTH)
async def test_no_scope_named(live: Live, platform: str, http: HttpClient) -> None:
    grant = await granted(live, platform, http)
    for change in (without, nulls):
        tokens = await grant.again(rewritten(lambda body, c=change: c(body, SCOPES)))
        assert tokens.access_token == grant.genuine.access_token
        assert tokens.scopes is None


@each("token: further fields", OAUTH)
async def test_further_fields(live: Live, platform: str, http: HttpClient) -> None:
    grant = await granted(live, platform, http)
    tokens = await grant.again(rewritten(extended))
    assert (tokens.access_token, tokens.refresh_token) == (
        grant.genuine.access_token,
        grant.genuine.refresh_token,
    )
    assert tokens.scopes == grant.genuine.scopes


@each("token: no refresh token", OAUTH)
async def test_no_refresh_token(live: Live, platform: str, http: HttpClient) -> None:
    grant = await granted(live, platform, http)
    names = ("refresh_token", "authorizer_refresh_token")
    for change in (without, nulls):
        tokens = await grant.again(rewritten(lambda body, c=change: c(body, names)))
        assert tokens.access_token == grant.genuine.access_token
        assert tokens.refresh_token is None


NO_TOKENS = {
    "objects in a list": b'[{"access_token": "x"}]',
    "nan": b'{"access_token": NaN}',
    "empty token": b'{"access_token": "", "data": {"access_token": ""}}',
    "number for a token": b'{"access_token": 5, "data": {"access_token": 5}}',
}
"""Answers that look like tokens; `tests/connectors/test_judgement.py` has those that do not."""


@each("token: an answer without a token", OAUTH)
async def test_an_answer_without_a_token(live: Live, platform: str, http: HttpClient) -> None:
    grant = await granted(live, platform, http)
    for name, body in NO_TOKENS.items():
        with pytest.raises(PlatformFailure) as caught:
            await grant.again(lambda answer, b=body: replace(answer, body=b))
        assert caught.value.kind is FailureKind.MALFORMED, (name, caught.value)
        assert caught.value.retryable


@each("token: one call, one code", OAUTH)
async def test_an_exchange_is_one_call(live: Live, platform: str, http: HttpClient) -> None:
    """Committed after the first answer, so nothing else may be asked for before."""
    grant = await granted(live, platform, http)
    replay = Replay(grant.answers, lambda answer: answer)
    await exchanged(live, platform, grant.params, replay)
    assert len(replay.calls) == 1
