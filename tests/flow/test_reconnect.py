"""Connecting an account again: what stays and what moves."""

import pytest

from openchannels.core.credentials import Tokens
from openchannels.service.sealing import credential_row
from tests.harness.paths import API, TOKEN_ENDPOINTS
from tests.harness.tool import Tool

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def group(tool: Tool, group_id: str) -> str:
    await tool.rig.add_row(
        "account_groups",
        id=group_id,
        user_id=tool.user_id,
        name="another",
        is_default=False,
        rank=2,
        created_at=0.0,
        updated_at=0.0,
    )
    return group_id


async def test_an_account_whose_id_holds_a_slash_has_a_path(tool: Tool) -> None:
    await tool.connected("youtube")
    (row,) = await tool.rig.rows("accounts")
    other = {"id": "xhs_a/b_web", "uid": "a/b", "identity": "a/b_web", "platform": "xhs"}
    await tool.rig.add_row("accounts", **row | other)
    path = f"{API}/accounts/xhs_a%2Fb_web"
    assert (await tool.get(path)).data["uid"] == "a/b"
    assert (await tool.get(f"{path}/auth-status")).data["reason"] == "credential_missing"
    assert (await tool.get(f"{API}/accounts/xhs_a/b_web")).code == 404
    assert (await tool.get(f"{API}/accounts%2Fxhs_a")).code == 404
    assert (await tool.call("DELETE", path.replace("%2F", "%2f"))).code == 0
    assert [one["id"] for one in await tool.rig.rows("accounts")] == [row["id"]]


async def test_id_and_group_stay_unless_a_group_is_named(tool: Tool) -> None:
    account_id = await tool.connected("youtube")
    (first,) = await tool.rig.rows("accounts")
    assert await tool.connected("youtube") == account_id
    (again,) = await tool.rig.rows("accounts")
    assert again["group_id"] == first["group_id"]
    assert again["created_at"] == first["created_at"]
    assert again["login_at"] > first["login_at"]
    other = await group(tool, "a" * 24)
    await tool.connected("youtube", start={"groupId": other})
    (moved,) = await tool.rig.rows("accounts")
    assert (moved["id"], moved["group_id"]) == (account_id, other)
    await tool.connected("youtube")
    (kept,) = await tool.rig.rows("accounts")
    assert kept["group_id"] == other
    (credential,) = await tool.rig.rows("credentials")
    assert credential["version"] == 4


async def test_names_that_the_caller_chose_survive(tool: Tool) -> None:
    person = await tool.rig.person("xhs", "ida")
    body = {"type": "xhs", "uid": person["userId"], "nickname": "川", "avatar": "https://a.b/c"}
    assert (await tool.add_account(**body)).code == 0
    plain = {"type": "wxSph", "loginCookie": (await tool.rig.person("wxSph", "ida"))["cookie"]}
    named = await tool.add_account(**plain, nickname="我的频道")
    assert named.data["nickname"] == "我的频道"
    again = await tool.add_account(**plain)
    assert again.data["id"] == named.data["id"]
    assert again.data["nickname"] == "我的频道"
    renamed = await tool.add_account(**plain, nickname="新名字")
    assert renamed.data["nickname"] == "新名字"


async def test_a_cookie_is_not_taken_back_by_its_absence(tool: Tool) -> None:
    person = await tool.rig.person("xhs", "ida")
    body = {"type": "xhs", "uid": person["userId"], "nickname": "川"}
    assert (await tool.add_account(**body, loginCookie=person["cookie"])).code == 0
    before = await tool.rig.rows("credentials")
    assert (await tool.add_account(**body)).code == 0
    assert await tool.rig.rows("credentials") == before


async def test_a_foreign_or_unknown_group_is_refused_at_the_start(tool: Tool) -> None:
    stranger = await tool.rig.tool()
    theirs = await group(stranger, "b" * 24)
    for group_id in (theirs, "c" * 24, "not-an-id"):
        answer = await tool.get("/api/v2/channels/accounts/auth/youtube", groupId=group_id)
        assert answer.code == 12601
    assert await tool.rig.rows("auth_sessions") == []


async def test_an_abnormal_account_is_healed_by_a_reconnect(tool: Tool) -> None:
    account_id = await tool.connected("youtube")
    await tool.rig.revoke("youtube", "ida")
    assert (await tool.works("youtube", account_id)).code in (15002, 15009)
    assert (await tool.account_state(account_id))["status"] == 0
    assert await tool.connected("youtube") == account_id
    state = await tool.account_state(account_id)
    assert (state["status"], state.get("reason")) == (1, None)
    assert (await tool.works("youtube", account_id)).code == 0


async def stored(tool: Tool) -> Tokens:
    (row,) = await tool.rig.rows("credentials")
    vault = tool.rig.runtime.services.context.vault
    return Tokens.from_json(vault.open(row["sealed"], credential_row(row["account_id"])))


async def without_refresh_token(tool: Tool) -> None:
    """A second consent at Google, which brings no refresh token unless it is asked for."""
    patch = {"refresh_token": None}
    await tool.rig.fault(TOKEN_ENDPOINTS["youtube"], "patch", patch=patch)
    await tool.connected("youtube")
    await tool.rig.heal()


async def test_a_refresh_token_outlives_a_consent_without_one(tool: Tool) -> None:
    account_id = await tool.connected("youtube")
    before = await stored(tool)
    await without_refresh_token(tool)
    after = await stored(tool)
    assert before.refresh_token is not None
    assert after.refresh_token == before.refresh_token
    assert after.access_token != before.access_token
    tool.rig.clock.advance(4000)
    assert (await tool.works("youtube", account_id)).code == 0


async def test_a_dead_grants_refresh_token_is_not_kept(tool: Tool) -> None:
    account_id = await tool.connected("youtube")
    await tool.rig.revoke("youtube", "ida")
    tool.rig.clock.advance(4000)
    assert (await tool.works("youtube", account_id)).code == 15009
    await without_refresh_token(tool)
    assert (await stored(tool)).refresh_token is None


async def test_another_apps_refresh_token_is_not_kept(tool: Tool) -> None:
    await tool.connected("youtube")
    (row,) = await tool.rig.rows("credentials")
    await tool.rig.drop_rows("credentials")
    await tool.rig.add_row("credentials", **{**row, "grant_key": "of another app"})
    await without_refresh_token(tool)
    assert (await stored(tool)).refresh_token is None
