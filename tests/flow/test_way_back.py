"""How an offline account comes back: by itself where its reason passes by itself."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from openchannels.core import errors
from openchannels.core.credentials import Reason
from openchannels.core.exceptions import ServiceError
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure
from openchannels.core.platforms import Platform
from openchannels.service.credentials.health import ASK_AGAIN, PROVES_SECONDS
from openchannels.service.credentials.opened import OpenCredential
from openchannels.service.tasks.probe import MOST_PROBES
from openchannels.store.queries import accounts
from tests.harness.rig import Rig
from tests.harness.tasks import run_due, task_named
from tests.harness.tool import Tool

pytestmark = pytest.mark.asyncio(loop_scope="module")
HOUR, DAY = 3600.0, 86_400.0
TASKS = ("refresh", "probe", "notice")

Call = Callable[[OpenCredential], Awaitable[None]]


async def new_account(tool: Tool, platform: str) -> str:
    if platform == "linkedin":
        session = await tool.connect(platform)
        pick = session["selectableAccounts"][-1]
        picked = {name: pick[name] for name in ("platformUid", "account")}
        answer = await tool.choose(session["sessionId"], picked)
        return str(answer.data["accountIds"][0])
    if platform != "wxSph":
        return await tool.connected(platform)
    cookie = (await tool.rig.person("wxSph", "ida"))["cookie"]
    return str((await tool.add_account(type="wxSph", loginCookie=cookie)).data["id"])


def refusing(platform: str, kind: FailureKind) -> Call:
    async def call(live: OpenCredential) -> None:
        raise PlatformFailure(Platform(platform), "works.list", Failure(kind, code="no"))

    return call


async def use(tool: Tool, account_id: str, call: Call) -> ServiceError | None:
    """Call the platform with an account's credential; returns the error."""
    services = tool.rig.runtime.services
    context = services.context
    account = await context.db.read(accounts.get_account, account_id, tool.user_id)
    assert account is not None
    connector = context.platforms.connector(account.platform)
    try:
        live = await services.credentials.open_fresh(account, connector)
        await services.credentials.use(live, call)
    except ServiceError as error:
        return error
    return None


async def pass_hours(rig: Rig, hours: int) -> None:
    for _ in range(hours):
        rig.clock.advance(HOUR)
        await run_due(rig.runtime.services, *TASKS)


async def kinds(rig: Rig) -> list[str]:
    return [row["type"] for row in await rig.rows("events")]


# A token that was just issued

ALL_KINDS_OF_LOGIN = (
    *("twitter", "tiktok", "douyin", "KWAI", "pinterest", "youtube", "bilibili", "linkedin"),
    *("facebook", "instagram", "threads", "google_business", "wxSph"),
)


@pytest.mark.parametrize("platform", ALL_KINDS_OF_LOGIN)
async def test_a_new_token_that_is_refused_proves_nothing(tool: Tool, platform: str) -> None:
    rig, account_id = tool.rig, await new_account(tool, platform)
    call = refusing(platform, FailureKind.TOKEN_EXPIRED)
    for _ in range(3):
        error = await use(tool, account_id, call)
        assert error is not None
        assert error.code is errors.ACCESS_TOKEN_FAILED
        rig.clock.advance(ASK_AGAIN)
    assert (await tool.account_state(account_id))["status"] == 1
    # The platform accepts it by now: that is found without anybody's doing.
    await run_due(rig.runtime.services, "probe")
    (row,) = await rig.rows("credentials")
    assert row["refused_since"] is None
    assert await kinds(rig) == ["account.connected"]


@pytest.mark.parametrize("platform", ["twitter", "bilibili", "wxSph"])
async def test_refusals_of_an_hour_take_it_offline_and_it_comes_back(
    tool: Tool, platform: str
) -> None:
    rig, account_id = tool.rig, await new_account(tool, platform)
    call = refusing(platform, FailureKind.TOKEN_EXPIRED)
    assert (await use(tool, account_id, call)).code is errors.ACCESS_TOKEN_FAILED  # type: ignore[union-attr]
    rig.clock.advance(PROVES_SECONDS + 1)
    assert (await use(tool, account_id, call)).code is errors.AUTHORIZATION_EXPIRED  # type: ignore[union-attr]
    state = await tool.account_state(account_id)
    reason = "cookie_dead" if platform == "wxSph" else "grant_dead"
    assert (state["status"], state["reason"]) == (0, reason)
    await pass_hours(rig, 2)
    assert (await tool.account_state(account_id))["status"] == 1
    assert await kinds(rig) == ["account.connected", "account.offline", "account.recovered"]


async def test_a_refused_token_is_not_refreshed_with_each_call(tool: Tool) -> None:
    account_id = await new_account(tool, "twitter")
    for _ in range(5):
        await use(tool, account_id, refusing("twitter", FailureKind.TOKEN_EXPIRED))
    (row,) = await tool.rig.rows("credentials")
    assert row["version"] == 2


async def test_an_old_token_that_nothing_replaces_is_dead_at_once(tool: Tool) -> None:
    account_id = await new_account(tool, "wxSph")
    tool.rig.clock.advance(2 * HOUR)
    error = await use(tool, account_id, refusing("wxSph", FailureKind.TOKEN_EXPIRED))
    assert error is not None
    assert error.code is errors.AUTHORIZATION_EXPIRED


# Checks and suspensions

X_PROFILE = ("api.x.com", "*")
META = ("graph.facebook.com", "*")
CHECKS: dict[str, tuple[str, tuple[str, str], int, Any, str]] = {
    "x locked": ("twitter", X_PROFILE, 403, {"errors": [{"code": 326}]}, "pass the check"),
    "x suspended": ("twitter", X_PROFILE, 403, {"errors": [{"code": 63}]}, "appeal"),
    "facebook 459": (
        *("facebook", META, 400),
        {"error": {"code": 190, "error_subcode": 459, "type": "OAuthException", "message": "x"}},
        "pass the check",
    ),
    "facebook 490": (
        *("facebook", META, 400),
        {"error": {"code": 190, "error_subcode": 490, "type": "OAuthException", "message": "x"}},
        "pass the check",
    ),
    "youtube": (
        *("youtube", ("www.googleapis.com", "*"), 403),
        {"error": {"code": 403, "message": "x", "errors": [{"reason": "channelSuspended"}]}},
        "appeal",
    ),
}


@pytest.mark.parametrize("case", CHECKS)
async def test_an_account_comes_back_after_the_check(tool: Tool, case: str) -> None:
    platform, place, status, body, words = CHECKS[case]
    rig, account_id = tool.rig, await new_account(tool, platform)
    await rig.fault(place, "status", status=status, body=json.dumps(body))
    answer = await tool.works(platform, account_id)
    assert (answer.code, answer.data["reason"]) == (15002, "verification_required"), answer.body
    state = await tool.account_state(account_id)
    assert (state["status"], state["reason"]) == (0, "verification_required")
    assert words in state["advice"]["en-US"]
    assert "恢复" in state["advice"]["zh-CN"]
    # The owner takes three weeks.
    for _ in range(21):
        rig.clock.advance(DAY)
        await run_due(rig.runtime.services, *TASKS)
    assert (await tool.account_state(account_id))["status"] == 0
    await rig.heal()
    rig.clock.advance(DAY)
    await run_due(rig.runtime.services, *TASKS)
    assert (await tool.account_state(account_id))["status"] == 1
    assert (await tool.works(platform, account_id)).code == 0
    assert await kinds(rig) == ["account.connected", "account.offline", "account.recovered"]


async def test_a_grant_that_dies_during_a_check_is_told(tool: Tool) -> None:
    rig, account_id = tool.rig, await new_account(tool, "twitter")
    body = json.dumps({"errors": [{"code": 326}]})
    await rig.fault(X_PROFILE, "status", status=403, body=body)
    await tool.works("twitter", account_id)
    await rig.heal()
    await rig.revoke("twitter", "ida")
    await pass_hours(rig, 5)
    state = await tool.account_state(account_id)
    assert (state["status"], state["reason"]) == (0, "grant_dead")
    assert (await kinds(rig))[1:] == ["account.offline", "account.offline"]


# Every reason


async def by_call(tool: Tool, platform: str, kind: FailureKind) -> str:
    account_id = await new_account(tool, platform)
    assert await use(tool, account_id, refusing(platform, kind)) is not None
    return account_id


async def by_clock(tool: Tool) -> str:
    account_id = await new_account(tool, "bilibili")
    tool.rig.skewed.skew = 40 * DAY
    await run_due(tool.rig.runtime.services, "notice")
    return account_id


async def clock_returns(rig: Rig) -> None:
    rig.skewed.skew = 0.0
    await run_due(rig.runtime.services, *TASKS)


async def an_hour_passes(rig: Rig) -> None:
    await pass_hours(rig, 2)


WAYS: dict[Reason, tuple[Callable[[Tool], Awaitable[str]], Callable[[Rig], Awaitable[None]]] | str]
WAYS = {
    Reason.GRANT_DEAD: (
        lambda tool: by_call(tool, "tiktok", FailureKind.DEAD_GRANT),
        an_hour_passes,
    ),
    Reason.COOKIE_DEAD: (
        lambda tool: by_call(tool, "wxSph", FailureKind.DEAD_GRANT),
        an_hour_passes,
    ),
    Reason.VERIFICATION_REQUIRED: (
        lambda tool: by_call(tool, "KWAI", FailureKind.VERIFICATION_REQUIRED),
        an_hour_passes,
    ),
    Reason.GRANT_ENDED: (by_clock, clock_returns),
    Reason.SCOPE_MISSING: "the person grants the scope",
    Reason.CREDENTIAL_MISSING: "the person connects again",
    Reason.REFRESH_LOST: "the person connects again: the tokens are gone",
    Reason.REVOKED: "the person connects again: it was ended on request",
    Reason.RECONNECT_ADVISED: "the account works",
}
"""What takes an account offline for a reason that passes by itself, and how it comes back; else
who has to act."""


async def test_every_reason_has_a_way_back(tool: Tool) -> None:
    assert set(WAYS) == set(Reason)


@pytest.mark.parametrize("reason", [one for one, way in WAYS.items() if not isinstance(way, str)])
async def test_a_reason_that_passes_takes_nobody(tool: Tool, reason: Reason) -> None:
    way = WAYS[reason]
    assert not isinstance(way, str)
    goes, comes_back = way
    account_id = await goes(tool)
    state = await tool.account_state(account_id)
    assert (state["status"], state["reason"]) == (0, reason.value)
    await comes_back(tool.rig)
    assert (await tool.account_state(account_id))["status"] == 1
    assert await kinds(tool.rig) == ["account.connected", "account.offline", "account.recovered"]


async def test_a_refused_account_is_left_alone_in_the_end(tool: Tool) -> None:
    """On a platform that is never probed while it works."""
    rig, account_id = tool.rig, await new_account(tool, "tiktok")
    await use(tool, account_id, refusing("tiktok", FailureKind.DEAD_GRANT))
    refused = json.dumps({"error": {"code": "access_token_invalid", "message": ""}})
    await rig.fault(("open.tiktokapis.com", "/v2/user/*"), "status", status=401, body=refused)
    probed, probe = 0, task_named(rig.runtime.services, "probe")
    for _ in range(24 * 12):
        rig.clock.advance(HOUR)
        for batch in await probe.claim(8):
            await probe.run(batch)
            probed += 1
    assert probed <= MOST_PROBES + 1
    assert (await rig.rows("credentials"))[0]["probe_at"] is None
