"""Asking a platform whether a credential still works, with nothing else to be done."""

from dataclasses import replace
from typing import Any

import pytest

from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.transport.client import HttpClient, Send
from tests.platforms.cases import BY_NAME, PLATFORMS
from tests.platforms.live import Live, Recorder
from tests.platforms.test_tokens import http

__all__ = ["http"]

DAY = 86_400
PROBED = tuple(name for name in PLATFORMS if BY_NAME[name].auth.probe_every is not None)
ENDED = {FailureKind.DEAD_GRANT, FailureKind.TOKEN_EXPIRED}

each_probed = pytest.mark.parametrize("platform", PROBED)


async def probe(live: Live, platform: str, account_id: str, send: Send, **options: Any) -> None:
    line = live.platform_client(platform, send)
    line = replace(line, app=replace(line.app, options={**line.app.options, **options}))
    await BY_NAME[platform].auth.probe(line, live.account(account_id), live.tokens(account_id))


def test_whom_nobody_asks() -> None:
    """Their access tokens end soon: unused they prove nothing, and the next use tells."""
    unasked = set(PLATFORMS) - set(PROBED)
    assert unasked == {"douyin", "KWAI", "youtube", "twitter", "tiktok", "google_business"}


@each_probed
async def test_a_living_credential_is_proved_by_one_call(
    live: Live, platform: str, http: HttpClient
) -> None:
    account_id = live.accounts(platform)[0]
    recorder = Recorder(http)
    await probe(live, platform, account_id, recorder)
    calls = [call for call, _ in recorder.calls if "component_token" not in call.url]
    # Without a ticket in its own memory, a line of WeChat's asks for one first.
    assert len([call for call in calls if "start_push_ticket" not in call.url]) == 1


@each_probed
async def test_an_ended_grant_is_found(live: Live, platform: str, http: HttpClient) -> None:
    account_id = live.connect(platform, "ruth")[0]
    live.service.sandbox.post("/_grants/revoke", json={"platform": platform, "person": "ruth"})
    with pytest.raises(PlatformFailure) as caught:
        await probe(live, platform, account_id, http)
    assert caught.value.kind in ENDED, caught.value
    assert caught.value.operation == "auth.probe"


@each_probed
async def test_a_platform_that_is_down_says_nothing(
    live: Live, platform: str, http: HttpClient
) -> None:
    account_id = live.accounts(platform)[0]
    live.service.fault(host="*", kind="status", status=503)
    with pytest.raises(PlatformFailure) as caught:
        await probe(live, platform, account_id, http)
    assert caught.value.kind is FailureKind.UNAVAILABLE


@each_probed
async def test_proofs_are_due_while_they_prove_something(live: Live, platform: str) -> None:
    connector, tokens = BY_NAME[platform], live.tokens(live.accounts(platform)[0])
    every, now = connector.auth.probe_every, live.service.clock()
    assert every is not None
    assert connector.auth.probe_due(tokens, now) == now + every
    ended = connector.auth.probe_due(replace(tokens, expires_at=now + 60), now)
    assert (ended is None) is (platform != "wxGzh")


@pytest.mark.parametrize("cookie", ["web_session=1", ""])
async def test_a_cookie_that_no_call_proves_is_left_alone(live: Live, cookie: str) -> None:
    xhs, account_id = BY_NAME["xhs"], live.accounts("xhs")[0]
    tokens = replace(live.tokens(account_id), access_token=cookie)
    assert xhs.auth.probe_due(tokens, 0.0) is None

    async def nobody(call: object) -> Any:
        raise AssertionError("asked")

    await xhs.auth.probe(live.platform_client("xhs", nobody), live.account(account_id), tokens)
    await probe(live, "xhs", account_id, nobody, validate_cookie=False)


@pytest.mark.parametrize("name", sorted(set(PLATFORMS) - set(PROBED)))
def test_the_others_are_never_due(live: Live, name: str) -> None:
    connector, tokens = BY_NAME[name], live.tokens(live.accounts(name)[0])
    assert connector.auth.probe_due(tokens, 0.0) is None
