"""Stored credentials: refreshed once, never lost, condemned only by the platform's word."""

import asyncio
from typing import Any

import pytest

from openchannels.core.credentials import Tokens
from openchannels.store.queries import credentials
from tests.harness.paths import (
    PROFILE_ENDPOINTS,
    REFRESH_ENDPOINTS,
    TOKEN_ENDPOINTS,
    WORKS_ENDPOINTS,
)
from tests.harness.rig import Rig
from tests.harness.tool import Tool
from tests.harness.waiting import PATIENCE, until

pytestmark = pytest.mark.asyncio(loop_scope="module")
HOUR, DAY = 3600.0, 86_400.0
AT_ONCE = 50


async def tokens_of(rig: Rig, account_id: str) -> Tokens:
    (row,) = await rig.rows("credentials", account_id=account_id)
    vault = rig.runtime.services.context.vault
    return Tokens.from_json(vault.open(row["sealed"], f"credential:{account_id}"))


async def codes(tool: Tool, platform: str, account_id: str, times: int = AT_ONCE) -> list[int]:
    answers = await asyncio.gather(*(tool.works(platform, account_id) for _ in range(times)))
    return [answer.code for answer in answers]


async def test_an_expired_token_is_refreshed_once(tool: Tool) -> None:
    account_id = await tool.connected("youtube")
    before = await tokens_of(tool.rig, account_id)
    tool.rig.clock.advance(2 * HOUR)
    redeemed = await tool.rig.count(TOKEN_ENDPOINTS["youtube"])
    assert set(await codes(tool, "youtube", account_id)) == {0}
    assert await tool.rig.count(REFRESH_ENDPOINTS["youtube"]) == redeemed + 1
    after = await tokens_of(tool.rig, account_id)
    assert after.access_token != before.access_token
    assert after.refresh_token == before.refresh_token
    assert after.expires_at is not None
    assert after.expires_at > tool.rig.clock()


async def test_a_token_that_lives_is_left_alone(tool: Tool) -> None:
    account_id = await tool.connected("bilibili")
    tool.rig.clock.advance(26 * DAY)
    assert set(await codes(tool, "bilibili", account_id, 5)) == {0}
    assert await tool.rig.count(REFRESH_ENDPOINTS["bilibili"]) == 0


async def test_a_rotated_refresh_token_is_never_lost(tool: Tool) -> None:
    account_id = await tool.connected("bilibili")
    seen = {(await tokens_of(tool.rig, account_id)).refresh_token}
    for turn in range(1, 4):
        tool.rig.clock.advance(28 * DAY)
        assert set(await codes(tool, "bilibili", account_id, 20)) == {0}
        assert await tool.rig.count(REFRESH_ENDPOINTS["bilibili"]) == turn
        seen.add((await tokens_of(tool.rig, account_id)).refresh_token)
    assert len(seen) == 4


async def test_a_refused_token_is_refreshed_and_tried_again_once(tool: Tool) -> None:
    account_id = await tool.connected("youtube")
    redeemed = await tool.rig.count(TOKEN_ENDPOINTS["youtube"])
    await tool.rig.fault(WORKS_ENDPOINTS["youtube"], "dead_grant", times=1)
    assert (await tool.works("youtube", account_id)).code == 0
    assert await tool.rig.count(REFRESH_ENDPOINTS["youtube"]) == redeemed + 1
    assert await tool.rig.count(WORKS_ENDPOINTS["youtube"]) == 2


async def test_a_token_refused_again_is_not_tried_a_third_time(tool: Tool) -> None:
    account_id = await tool.connected("youtube")
    redeemed = await tool.rig.count(TOKEN_ENDPOINTS["youtube"])
    await tool.rig.fault(WORKS_ENDPOINTS["youtube"], "dead_grant")
    answer = await tool.works("youtube", account_id)
    assert (answer.code, answer.data["category"]) == (15010, "auth")
    assert await tool.rig.count(REFRESH_ENDPOINTS["youtube"]) == redeemed + 1
    assert await tool.rig.count(WORKS_ENDPOINTS["youtube"]) == 2
    assert (await tool.account_state(account_id))["status"] == 1


@pytest.mark.parametrize("platform", ["youtube", "bilibili"])
async def test_a_dead_grant_takes_the_account_offline(tool: Tool, platform: str) -> None:
    account_id = await tool.connected(platform)
    await tool.rig.revoke(platform, "ida")
    found = await codes(tool, platform, account_id, 10)
    assert set(found) <= {15001, 15009}
    assert 15009 in found
    state = await tool.account_state(account_id)
    assert (state["status"], state["reason"]) == (0, "grant_dead")
    before = await tool.rig.calls()
    answer = await tool.works(platform, account_id)
    assert answer.code == 15001
    assert answer.data["reason"] == "grant_dead"
    assert answer.data["advice"] == state["advice"]["en-US"]
    assert await tool.rig.calls() == before
    (audit,) = await tool.rig.rows("audit", action="account.offline")
    assert audit["details"]["reason"] == "grant_dead"
    (account,) = await tool.rig.rows("accounts")
    assert account["reason_since"] is not None
    assert account["evidence"]["operation"] == "auth.refresh"


@pytest.mark.parametrize(
    ("kind", "code"),
    [("server_error", 15094), ("drop", 15094), ("rate_limit", 15071), ("malformed", 15072),
     ("html", 15072)],
)  # fmt: skip
async def test_a_passing_failure_of_a_refresh_condemns_nothing(
    tool: Tool, kind: str, code: int
) -> None:
    account_id = await tool.connected("youtube")
    tool.rig.clock.advance(2 * HOUR)
    await tool.rig.fault(REFRESH_ENDPOINTS["youtube"], kind)
    found = await codes(tool, "youtube", account_id, 5)
    # Those who waited for the failed refresh get its outcome.
    assert set(found) == {code}
    state = await tool.account_state(account_id)
    assert (state["status"], state.get("reason")) == (1, None)
    await tool.rig.heal()

    async def works() -> bool:
        answer = await tool.works("youtube", account_id)
        assert answer.code == 0 or answer.data["retryable"], answer.body
        return answer.code == 0

    await until(works)


async def test_a_refresh_that_can_wait_does_not_stop_the_work(tool: Tool) -> None:
    account_id = await tool.connected("bilibili")
    tool.rig.clock.advance(28 * DAY)
    fault = await tool.rig.fault(REFRESH_ENDPOINTS["bilibili"], "server_error")
    assert (await tool.works("bilibili", account_id)).code == 0
    faults = (await tool.rig.sandbox("GET", "/_faults"))["faults"]
    assert [one["fired"] for one in faults if one["id"] == fault] == [1]
    assert (await tool.account_state(account_id))["status"] == 1


async def test_a_reconnect_during_a_slow_refresh_wins(tool: Tool) -> None:
    account_id = await tool.connected("youtube")
    first = await tokens_of(tool.rig, account_id)
    tool.rig.clock.advance(2 * HOUR)
    await tool.rig.fault(REFRESH_ENDPOINTS["youtube"], "latency", latencyMs=800, times=1)
    slow = asyncio.create_task(tool.works("youtube", account_id))
    await refreshing(tool.rig)
    await tool.connected("youtube")
    renewed = await tokens_of(tool.rig, account_id)
    assert renewed.refresh_token != first.refresh_token
    assert (await slow).code == 0
    assert await tokens_of(tool.rig, account_id) == renewed


async def test_a_reconnected_account_is_not_harmed_by_its_old_grant(tool: Tool) -> None:
    account_id = await tool.connected("youtube")
    tool.rig.clock.advance(2 * HOUR)
    place = REFRESH_ENDPOINTS["youtube"]
    await tool.rig.fault(place, "latency", latencyMs=800, times=1)
    # The code exchange of the reconnect comes second and must not meet the fault.
    await tool.rig.fault(place, "dead_grant", times=1)
    slow = asyncio.create_task(tool.works("youtube", account_id))
    await refreshing(tool.rig)
    await tool.connected("youtube")
    answer = await slow
    assert (await tool.account_state(account_id))["status"] == 1
    assert (await tool.works("youtube", account_id)).code == 0
    assert answer.code == 0, answer.body


async def refreshing(rig: Rig) -> None:
    """Wait until a refresh has been claimed and has reached the platform's latency."""

    async def fired() -> bool:
        faults = (await rig.sandbox("GET", "/_faults"))["faults"]
        return bool(faults) and all(fault["fired"] for fault in faults)

    await until(fired)


def looks_at_the_claim(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Set once a request has found the claim of another process and waits for it."""
    looked, genuine = asyncio.Event(), credentials.is_claimed

    def is_claimed(row: Any) -> bool:
        looked.set()
        return genuine(row)

    monkeypatch.setattr(credentials, "is_claimed", is_claimed)
    return looked


async def test_a_refresh_goes_on_when_its_caller_goes_away(tool: Tool) -> None:
    account_id = await tool.connected("bilibili")
    services = tool.rig.runtime.services
    (row,) = await tool.rig.rows("accounts")
    account = await services.context.db.read(_account, row["id"], tool.user_id)
    tool.rig.clock.advance(28 * DAY)
    before = await tokens_of(tool.rig, account_id)
    await tool.rig.fault(REFRESH_ENDPOINTS["bilibili"], "latency", latencyMs=300)
    connector, _ = services.context.platforms.oauth("bilibili")
    caller = asyncio.create_task(services.credentials.open_fresh(account, connector))
    await refreshing(tool.rig)
    caller.cancel()
    await services.drain()
    after = await tokens_of(tool.rig, account_id)
    assert after.refresh_token != before.refresh_token
    await tool.rig.heal()
    assert (await tool.works("bilibili", account_id)).code == 0


def _account(connection: Any, account_id: str, user_id: str) -> Any:
    from openchannels.store.queries import accounts

    return accounts.get_account(connection, account_id, user_id)


async def test_a_refresher_that_died_is_replaced(
    tool: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = looks_at_the_claim(monkeypatch)
    account_id = await tool.connected("youtube")
    tool.rig.clock.advance(2 * HOUR)
    now = tool.rig.clock()
    db = tool.rig.runtime.db
    assert await db.write(credentials.claim, account_id, 1, "dead", now, now + 40)
    waiting = asyncio.create_task(tool.works("youtube", account_id))
    await asyncio.wait_for(looked.wait(), PATIENCE)
    assert not waiting.done()
    tool.rig.clock.advance(41)
    assert (await waiting).code == 0
    (row,) = await tool.rig.rows("credentials")
    assert (row["version"], row["claim_owner"]) == (2, None)


async def test_an_ended_grant_never_reads_as_working(tool: Tool) -> None:
    account_id = await tool.connected("bilibili")
    (row,) = await tool.rig.rows("credentials")
    left = row["grant_ends_at"] - tool.rig.clock()
    # By then a refresh ahead of use should have put the end off.
    tool.rig.clock.advance(left - 2 * DAY)
    state = await tool.account_state(account_id)
    assert (state["status"], state["reason"]) == (1, "reconnect_advised")
    assert state["reconnectBy"] == state["refreshExpiresAt"]
    assert state["advice"]["zh-CN"].startswith("该账号目前可正常使用，但哔哩哔哩的授权即将到期")
    tool.rig.clock.advance(2 * DAY - 5)
    assert (await tool.account_state(account_id))["status"] == 1
    tool.rig.clock.advance(5)
    before = await tool.rig.calls()
    for _ in range(3):
        state = await tool.account_state(account_id)
        assert (state["status"], state["reason"]) == (0, "grant_ended")
        assert (await tool.works("bilibili", account_id)).code == 15001
        tool.rig.clock.advance(DAY)
    assert await tool.rig.calls() == before


async def test_an_idle_google_account_works_after_months(tool: Tool) -> None:
    account_id = await tool.connected("youtube")
    for _ in range(5):
        tool.rig.clock.advance(150 * DAY)
        assert (await tool.account_state(account_id))["status"] == 1
        assert (await tool.works("youtube", account_id)).code == 0
    tool.rig.clock.advance(181 * DAY)
    assert (await tool.works("youtube", account_id)).code == 15009
    assert (await tool.account_state(account_id))["reason"] == "grant_dead"


async def test_a_google_grant_that_dies_after_seven_days_has_ended(tool: Tool) -> None:
    account_id = await tool.connected("youtube")
    tool.rig.clock.advance(7 * DAY + 60)
    await tool.rig.revoke("youtube", "ida")
    failed = await tool.works("youtube", account_id)
    assert failed.code == 15009
    assert "Testing" in str(failed.data["detail"])
    state = await tool.account_state(account_id)
    assert state["reason"] == "grant_ended"
    assert "Testing" in state["evidence"]["detail"]["en-US"]


async def test_a_dead_cookie(rig_with: Any) -> None:
    rig = await rig_with(environ={"OPENCHANNELS_PLATFORMS__WXSPH__LIST_WORKS": "true"})
    tool = await rig.tool()
    body = {"type": "wxSph", "loginCookie": (await rig.person("wxSph", "ida"))["cookie"]}
    account_id = (await tool.add_account(**body)).data["id"]
    assert (await tool.works("wxSph", account_id)).code == 0
    await rig.revoke("wxSph", "ida")
    answer = await tool.works("wxSph", account_id)
    assert answer.code == 15002
    state = await tool.account_state(account_id)
    assert (state["status"], state["reason"]) == (0, "cookie_dead")
    assert (await tool.works("wxSph", account_id)).code == 15001
    assert (await tool.add_account(**body)).code == 15003
    assert (await tool.account_state(account_id))["status"] == 0
    body["loginCookie"] = (await rig.person("wxSph", "ida"))["cookie"]
    assert (await tool.add_account(**body)).code == 0
    assert (await tool.account_state(account_id))["status"] == 1
    assert (await tool.works("wxSph", account_id)).code == 0


async def test_a_missing_credential_is_told(tool: Tool) -> None:
    account_id = await tool.connected("youtube")
    await tool.rig.drop_rows("credentials", account_id=account_id)
    state = await tool.account_state(account_id)
    assert (state["status"], state["reason"]) == (0, "credential_missing")
    assert (await tool.works("youtube", account_id)).code == 15006
    assert (await tool.works("youtube", account_id)).code == 15001
    assert await tool.rig.count(PROFILE_ENDPOINTS["youtube"]) == 1
