"""How a connection ends: each failure in a named state, and what changes nothing."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from structlog.testing import capture_logs

from openchannels.service.authorization import completion
from tests.harness.browser import Page, callback_params, with_params
from tests.harness.paths import API, PROFILE_ENDPOINTS, TOKEN_ENDPOINTS
from tests.harness.rig import Rig
from tests.harness.tool import Tool

pytestmark = pytest.mark.asyncio(loop_scope="module")
YOUTUBE_READ = "https://www.googleapis.com/auth/youtube.readonly"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(completion, "RETRY_PAUSES", (0.0,))


async def come_back(tool: Tool, platform: str = "youtube") -> tuple[Any, str]:
    """A started session, and the callback address after consent."""
    started = await tool.start(platform)
    return started, await tool.rig.browser().consent(started["url"])


async def test_a_denial_ends_the_session(tool: Tool) -> None:
    status = await tool.connect("youtube", decision="deny")
    assert status["status"] == "failed"
    assert status["errorCode"] == 15013
    assert status["errorMessage"] == "Authorization was denied or failed."
    told = {"platform": "youtube", "category": "auth", "retryable": False}
    assert status["errorData"] == {**told, "error": "access_denied"}
    assert await tool.rig.count(TOKEN_ENDPOINTS["youtube"]) == 0


async def test_a_denial_is_told_in_chinese_and_with_its_reason(rig: Rig) -> None:
    tool = await rig.tool()
    tool.language = "zh-CN"
    status = await tool.connect("facebook", decision="deny")
    assert status["errorMessage"] == "授权被拒绝或失败"
    assert status["errorData"]["reason"] == "user_denied"
    assert status["errorData"]["description"] == "Permissions error."


@pytest.mark.parametrize(
    ("platform", "params", "code", "category", "retryable", "log_level"),
    [
        ("linkedin", {"error": "unauthorized_scope_error"}, 15070, "configuration", False, "error"),
        ("facebook", {"error_code": "1349126"}, 15070, "configuration", False, "error"),
        ("youtube", {"error": "server_error"}, 15094, "platform_unavailable", True, "info"),
        ("facebook", {"error_code": "4"}, 15071, "rate_limit", True, "info"),
        ("tiktok", {"error": "an_unknown_error"}, 15013, "auth", False, "info"),
    ],
)
async def test_an_error_in_a_callback_is_not_always_a_denial(
    tool: Tool,
    platform: str,
    params: dict[str, str],
    code: int,
    category: str,
    retryable: bool,
    log_level: str,
) -> None:
    started = await tool.start(platform)
    state = callback_params(started["url"])["state"]
    query = urlencode({**params, "error_message": "the platform's words", "state": state})
    with capture_logs() as logs:
        page = await tool.rig.browser().finish(f"{API}/accounts/auth/{platform}/callback?{query}")
    status = await tool.status(platform, started["sessionId"])
    assert (status["status"], status["errorCode"]) == ("failed", code)
    data = status["errorData"]
    assert (data["category"], data["retryable"]) == (category, retryable)
    assert data["error"] == next(iter(params.values()))
    assert data["description"] == "the platform's words"
    assert ("Contact the operator" in page.text) == (category == "configuration")
    [line] = [line for line in logs if line["event"] == "authorization failed"]
    assert line["log_level"] == log_level


async def assert_unchanged(tool: Tool, started: Any, callback: str, page: Page, code: int) -> None:
    """The page tells the code, nothing happened, and the genuine callback still works."""
    assert page.status == 200
    assert str(code) in page.text
    assert (await tool.status("youtube", started["sessionId"]))["status"] == "pending"
    assert await tool.rig.count(TOKEN_ENDPOINTS["youtube"]) == 0
    await tool.rig.browser().open(callback)
    assert (await tool.status("youtube", started["sessionId"]))["status"] == "completed"


async def test_neither_code_nor_error_changes_nothing(tool: Tool) -> None:
    started, callback = await come_back(tool)
    page = await tool.rig.browser().open(with_params(callback, code=None))
    await assert_unchanged(tool, started, callback, page, 15045)


async def test_a_foreign_issuer_changes_nothing(tool: Tool) -> None:
    started, callback = await come_back(tool)
    page = await tool.rig.browser().open(with_params(callback, iss="https://evil.example"))
    await assert_unchanged(tool, started, callback, page, 15042)


@pytest.mark.parametrize("platform", ["bilibili", "facebook", "xhs", "nonsense"])
async def test_another_platforms_path_changes_nothing(tool: Tool, platform: str) -> None:
    started, callback = await come_back(tool)
    page = await tool.rig.browser().open(callback.replace("/youtube/", f"/{platform}/"))
    await assert_unchanged(tool, started, callback, page, 15040)


async def test_an_unknown_or_missing_state_opens_nothing(tool: Tool) -> None:
    started, callback = await come_back(tool)
    browser = tool.rig.browser()
    for state in (None, "", "nobody", started["sessionId"], "\x00", "状态", "x" * 4000):
        page = await browser.open(with_params(callback, state=state))
        assert page.status == 200
        assert "15039" in page.text
    assert await tool.rig.count(TOKEN_ENDPOINTS["youtube"]) == 0


async def test_no_page_behind_the_grant_is_told_with_a_hint(tool: Tool) -> None:
    status = await tool.connect("facebook", "empty")
    assert (status["status"], status["errorCode"]) == ("failed", 15014)
    assert status["errorData"]["hint"].startswith("No Facebook Page was found.")


BARE_PAGE = {"id": "2", "name": "North Pier"}
FULL_PAGE = {"id": "1", "name": "Bakery", "access_token": "EAAG1"}


@pytest.mark.parametrize("pages", [[BARE_PAGE], [FULL_PAGE, BARE_PAGE]])
async def test_a_page_without_a_token_is_named_with_the_reason(
    tool: Tool, pages: list[dict[str, str]]
) -> None:
    # The fault also answers the call that reads the permissions.
    granted = [
        {"permission": name, "status": "granted"}
        for name in ("pages_show_list", "pages_read_engagement")
    ]
    me = {"id": "7", "accounts": {"data": pages}, "data": granted}
    place = PROFILE_ENDPOINTS["facebook"]
    await tool.rig.fault(place, "status", status=200, body=json.dumps(me))
    status = await tool.connect("facebook")
    failed = pages == [BARE_PAGE]
    assert status["status"] == ("failed" if failed else "completed"), status
    [unusable] = status["unusable"]
    assert unusable["name"] == "North Pier"
    assert unusable["reason"]["zh-CN"].startswith("Facebook 显示了该公共主页")
    if failed:
        assert status["errorCode"] == 15014
        [named] = status["errorData"]["unusable"]
        assert named == {"name": "North Pier", "reason": unusable["reason"]["en-US"]}


async def test_a_page_not_ticked_is_no_page(tool: Tool) -> None:
    status = await tool.connect("facebook", "mara", sandbox_pages="")
    assert status["errorCode"] == 15014


async def test_a_declined_scope_is_named(tool: Tool) -> None:
    status = await tool.connect("youtube", sandbox_scopes="openid profile")
    assert (status["status"], status["errorCode"]) == ("failed", 15078)
    assert status["errorData"]["missingScopes"] == [YOUTUBE_READ]
    assert status["errorData"]["category"] == "permission"
    assert await tool.rig.rows("accounts") == []


@pytest.mark.parametrize(
    ("kind", "rule", "code", "category"),
    [
        ("rate_limit", {}, 15071, "rate_limit"),
        ("server_error", {}, 15094, "platform_unavailable"),
        ("drop", {}, 15094, "network"),
        ("drop", {"acted": True}, 15094, "network"),
        ("malformed", {}, 15072, "unknown"),
        ("html", {}, 15072, "unknown"),
        ("dead_grant", {}, 15010, "auth"),
        ("server_error", {"acted": True}, 15094, "platform_unavailable"),
        ("status", {"status": 401, "body": '{"error":"invalid_client"}'}, 15070, "configuration"),
    ],
)
async def test_a_failing_token_endpoint(
    tool: Tool, kind: str, rule: dict[str, Any], code: int, category: str
) -> None:
    await tool.rig.fault(TOKEN_ENDPOINTS["youtube"], kind, **rule)
    status = await tool.connect("youtube")
    assert (status["status"], status["errorCode"]) == ("failed", code), status
    assert status["errorData"]["category"] == category
    assert status["errorData"]["platform"] == "youtube"
    assert "http" not in str(status["errorData"]).replace("httpStatus", "")
    # A code is never sent twice, whatever came of it.
    assert await tool.rig.count(TOKEN_ENDPOINTS["youtube"]) == 1


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("rate_limit", 15071),
        ("server_error", 15094),
        ("drop", 15094),
        ("malformed", 15003),
        ("html", 15003),
        ("missing_scope", 15078),
    ],
)
async def test_a_failing_profile(tool: Tool, kind: str, code: int) -> None:
    await tool.rig.fault(PROFILE_ENDPOINTS["youtube"], kind)
    status = await tool.connect("youtube")
    assert (status["status"], status["errorCode"]) == ("failed", code), status
    assert await tool.rig.rows("accounts") == []
    assert (await tool.rig.rows("auth_sessions"))[0]["sealed"] is None


async def test_a_profile_that_fails_once_is_read_again(tool: Tool) -> None:
    await tool.rig.fault(PROFILE_ENDPOINTS["bilibili"], "drop", times=1)
    assert (await tool.connect("bilibili"))["status"] == "completed"
    assert await tool.rig.count(TOKEN_ENDPOINTS["bilibili"]) == 1


async def test_a_platform_that_is_too_slow(rig_with: Any) -> None:
    own = await rig_with(environ={"OPENCHANNELS_UPSTREAM__TIMEOUT_SECONDS": "2"})
    tool = await own.tool()
    await own.fault(TOKEN_ENDPOINTS["youtube"], "latency", latencyMs=4000)
    status = await tool.connect("youtube")
    assert (status["errorCode"], status["errorData"]["category"]) == (15094, "timeout")
    assert await own.count(TOKEN_ENDPOINTS["youtube"]) == 1


async def test_a_group_deleted_meanwhile(tool: Tool) -> None:
    started, callback = await come_back(tool)
    await tool.rig.drop_rows("account_groups", user_id=tool.user_id)
    await tool.rig.browser().open(callback)
    status = await tool.status("youtube", started["sessionId"])
    assert (status["status"], status["errorCode"]) == ("failed", 12601)
    assert await tool.rig.rows("accounts") == []


async def test_a_repeated_callback_answers_the_same_without_effect(tool: Tool) -> None:
    _, callback = await come_back(tool)
    browser = tool.rig.browser()
    first = await browser.open(callback)
    result = await browser.open(first.location)
    before = await tool.rig.calls()
    other = tool.rig.browser()
    for again in (callback, with_params(callback, code="another"), callback + "&error=x"):
        page = await other.open(again)
        assert (page.status, page.location) == (303, first.location)
        assert (await other.open(page.location)).text == result.text
    assert await tool.rig.calls() == before
    assert len(await tool.rig.rows("accounts")) == 1


async def test_a_code_of_another_session_is_refused(tool: Tool) -> None:
    """PKCE binds a code to the session that asked for it."""
    _, foreign = await come_back(tool)
    started, own = await come_back(tool)
    stolen = callback_params(foreign)["code"]
    await tool.rig.browser().open(with_params(own, code=stolen))
    status = await tool.status("youtube", started["sessionId"])
    assert (status["status"], status["errorCode"]) == ("failed", 15010)
    assert await tool.rig.rows("accounts") == []


async def test_states_are_long_and_verifiers_stay_here(tool: Tool) -> None:
    started = [await tool.start("youtube") for _ in range(20)]
    params = [callback_params(one["url"]) for one in started]
    states = {one["state"] for one in params}
    assert len(states) == 20
    assert all(len(state) * 6 >= 128 for state in states)
    assert not states & {one["sessionId"] for one in started}
    challenges = {one["code_challenge"] for one in params}
    assert len(challenges) == 20
    assert {one["code_challenge_method"] for one in params} == {"S256"}
    vault = tool.rig.runtime.services.context.vault
    for row in await tool.rig.rows("auth_sessions"):
        verifier = vault.open(row["sealed"], f"session:{row['id']}").decode()
        assert len(verifier) == 43
        assert not any(verifier in one["url"] for one in started)


async def test_a_session_is_over_after_fifteen_minutes(tool: Tool) -> None:
    started, callback = await come_back(tool)
    tool.rig.clock.advance(15 * 60 - 5)
    assert (await tool.status("youtube", started["sessionId"]))["status"] == "pending"
    tool.rig.clock.advance(6)
    assert (await tool.poll("youtube", started["sessionId"])).code == 15039
    page = await tool.rig.browser().open(callback)
    assert "15039" in page.text
    assert await tool.rig.count(TOKEN_ENDPOINTS["youtube"]) == 0


async def test_an_ended_session_is_readable_for_a_day(tool: Tool) -> None:
    started, callback = await come_back(tool)
    browser = tool.rig.browser()
    await browser.open(callback)
    tool.rig.clock.advance(24 * 3600 - 5)
    assert (await tool.status("youtube", started["sessionId"]))["status"] == "completed"
    tool.rig.clock.advance(6)
    assert (await tool.poll("youtube", started["sessionId"])).code == 15039
    assert "15039" in (await browser.open(callback)).text


async def test_a_session_belongs_to_its_workspace_and_platform(tool: Tool) -> None:
    started = await tool.start("youtube")
    stranger = await tool.rig.tool()
    assert (await stranger.poll("youtube", started["sessionId"])).code == 15039
    assert (await tool.poll("bilibili", started["sessionId"])).code == 15040
