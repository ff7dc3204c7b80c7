"""One platform account, two workspaces: it never moves silently."""

from typing import Any

import pytest

from tests.harness.rig import Rig
from tests.harness.tool import Tool

pytestmark = pytest.mark.asyncio(loop_scope="module")
TAKEOVER = {"OPENCHANNELS_ACCOUNTS__TAKEOVER": "true"}


async def audits(rig: Rig, action: str) -> list[dict[str, Any]]:
    return await rig.rows("audit", action=action)


async def refused(rig: Rig, first: Tool, platform: str, account_id: str) -> None:
    """The account is still the first workspace's and works; nobody else sees it."""
    assert [row["user_id"] for row in await rig.rows("accounts")] == [first.user_id]
    assert (await first.account_state(account_id))["status"] == 1
    assert (await first.works(platform, account_id)).code == 0
    assert await audits(rig, "account.taken_over") == []


@pytest.mark.parametrize("platform", ["youtube", "bilibili", "facebook"])
async def test_the_first_workspace_keeps_the_account(rig: Rig, platform: str) -> None:
    first, second = await rig.tool(), await rig.tool()
    account_id = await first.connected(platform)
    status = await second.connect(platform)
    assert (status["status"], status["errorCode"]) == ("failed", 15082)
    await refused(rig, first, platform, account_id)
    answer = await second.get(f"/api/v2/channels/accounts/{account_id}/auth-status")
    assert answer.code == 12600
    assert (await second.works(platform, account_id)).code == 12600


async def test_a_plugin_account_is_kept_too(rig: Rig) -> None:
    first, second = await rig.tool(), await rig.tool()
    cookie = (await rig.person("wxSph", "ida"))["cookie"]
    body = {"type": "wxSph", "loginCookie": cookie}
    made = await first.add_account(**body)
    assert made.code == 0, made.body
    assert (await second.add_account(**body)).code == 15082
    assert [row["user_id"] for row in await rig.rows("accounts")] == [first.user_id]


async def xhs(rig: Rig, tool: Tool, *, verified: bool) -> Any:
    person = await rig.person("xhs", "ida")
    body = {"type": "xhs", "uid": person["userId"], "nickname": "川"}
    return await tool.add_account(**body, **({"loginCookie": person["cookie"]} if verified else {}))


async def test_an_asserted_account_yields_to_a_proved_one(rig: Rig) -> None:
    squatter, owner, late = await rig.tool(), await rig.tool(), await rig.tool()
    first = await xhs(rig, squatter, verified=False)
    assert first.code == 0, first.body
    assert (await xhs(rig, owner, verified=False)).code == 15082
    mine = await xhs(rig, owner, verified=True)
    assert mine.code == 0, mine.body
    assert mine.data["id"] == first.data["id"]
    (audit,) = await audits(rig, "account.taken_over")
    assert (audit["user_id"], audit["account_id"]) == (squatter.user_id, mine.data["id"])
    assert audit["details"] == {"to": owner.user_id, "proved": True}
    for verified in (False, True):
        assert (await xhs(rig, late, verified=verified)).code == 15082
        assert (await xhs(rig, squatter, verified=verified)).code == 15082
    assert [row["user_id"] for row in await rig.rows("accounts")] == [owner.user_id]


async def xhs_as(rig: Rig, tool: Tool, uid: str, *, verified: bool) -> Any:
    """An account submitted under one of its two ids."""
    cookie = (await rig.person("xhs", "ida"))["cookie"] if verified else None
    body = {"type": "xhs", "uid": uid, "nickname": "川"}
    return await tool.add_account(**body, **({"loginCookie": cookie} if cookie else {}))


async def both_ids(rig: Rig) -> tuple[str, str]:
    person = await rig.person("xhs", "ida")
    return person["userId"], person["redId"]


@pytest.mark.parametrize("first_id", [0, 1])
async def test_one_account_under_two_ids_is_one(rig: Rig, first_id: int) -> None:
    first, second = await rig.tool(), await rig.tool()
    ids = await both_ids(rig)
    made = await xhs_as(rig, first, ids[first_id], verified=True)
    assert (made.data["uid"], made.data["id"]) == (ids[0], f"xhs_{ids[0]}_web")
    for uid in ids:
        for verified in (False, True):
            assert (await xhs_as(rig, second, uid, verified=verified)).code == 15082
            again = await xhs_as(rig, first, uid, verified=verified)
            assert again.data["id"] == made.data["id"]
            assert again.data["account"] == ids[1], "an unchecked submission takes nothing away"
    assert len(await rig.rows("accounts")) == 1


async def test_an_account_stored_under_its_public_number_keeps_its_id(rig: Rig) -> None:
    owner, second = await rig.tool(), await rig.tool()
    user_id, red_id = await both_ids(rig)
    stored = await xhs_as(rig, owner, red_id, verified=False)
    assert stored.data["id"] == f"xhs_{red_id}_web"
    for uid in (red_id, user_id):
        proved = await xhs_as(rig, owner, uid, verified=True)
        assert (proved.data["id"], proved.data["uid"]) == (stored.data["id"], red_id)
    for uid in (user_id, red_id, red_id.upper()):
        assert (await xhs_as(rig, second, uid, verified=False)).code == 15082
    assert len(await rig.rows("accounts")) == 1


async def test_unproved_doubles_yield_to_the_proved_account(rig: Rig) -> None:
    squatter, owner = await rig.tool(), await rig.tool()
    user_id, red_id = await both_ids(rig)
    theirs = await xhs_as(rig, squatter, red_id, verified=False)
    mine = await xhs_as(rig, owner, user_id, verified=False)
    proved = await xhs_as(rig, owner, user_id, verified=True)
    assert proved.data["id"] == mine.data["id"]
    assert [row["user_id"] for row in await rig.rows("accounts")] == [owner.user_id]
    (audit,) = await audits(rig, "account.taken_over")
    assert (audit["user_id"], audit["account_id"]) == (squatter.user_id, theirs.data["id"])
    events = [row for row in await rig.rows("events") if row["type"] == "account.deleted"]
    assert [row["user_id"] for row in events] == [squatter.user_id]


async def test_doubles_of_one_workspace_both_keep_their_ids(rig: Rig) -> None:
    owner, second = await rig.tool(), await rig.tool()
    user_id, red_id = await both_ids(rig)
    made = [await xhs_as(rig, owner, uid, verified=False) for uid in (user_id, red_id)]
    assert (await xhs_as(rig, owner, red_id, verified=True)).data["id"] == made[0].data["id"]
    assert {row["id"] for row in await rig.rows("accounts")} == {one.data["id"] for one in made}
    assert (await xhs_as(rig, second, red_id, verified=False)).code == 15082


async def test_takeover_moves_with_a_trace(rig_with: Any) -> None:
    rig = await rig_with(environ=TAKEOVER)
    first, second = await rig.tool(), await rig.tool()
    account_id = await first.connected("youtube")
    (before,) = await rig.rows("accounts")
    told = {"user_id": first.user_id, "account_id": account_id, "metrics": {}, "extra": {}}
    await rig.add_row("snapshots", id="0" * 24, at=1.0, **told)
    assert await second.connected("youtube") == account_id
    assert await rig.rows("snapshots") == []
    (after,) = await rig.rows("accounts")
    assert after["user_id"] == second.user_id
    assert after["group_id"] != before["group_id"]
    (audit,) = await audits(rig, "account.taken_over")
    assert (audit["user_id"], audit["details"]["to"]) == (first.user_id, second.user_id)
    answer = await first.get(f"/api/v2/channels/accounts/{account_id}/auth-status")
    assert answer.code == 12600
    assert (await second.works("youtube", account_id)).code == 0


async def test_takeover_by_a_choice(rig_with: Any) -> None:
    rig = await rig_with(environ=TAKEOVER)
    for tool in (await rig.tool(), await rig.tool()):
        status = await tool.connect("facebook", "mara")
        picks = [{"platformUid": c["platformUid"]} for c in status["selectableAccounts"]]
        assert (await tool.choose(status["sessionId"], *picks)).code == 0
        assert {row["user_id"] for row in await rig.rows("accounts")} == {tool.user_id}
    assert len(await audits(rig, "account.taken_over")) == 3


async def test_takeover_without_a_cookie_does_not_inherit_one(rig_with: Any) -> None:
    """The cookie of the former workspace must not serve the new one."""
    rig = await rig_with(environ=TAKEOVER)
    first, second = await rig.tool(), await rig.tool()
    made = await xhs(rig, first, verified=True)
    assert made.code == 0, made.body
    cookie = (await rig.person("xhs", "ida"))["cookie"].encode()
    vault = rig.runtime.services.context.vault
    row_name = f"credential:{made.data['id']}"
    (held,) = await rig.rows("credentials")
    assert b"sandbox-ida" in vault.open(held["sealed"], row_name), cookie
    assert (await xhs(rig, second, verified=False)).code == 0
    (taken,) = await rig.rows("credentials")
    assert b"sandbox-ida" not in vault.open(taken["sealed"], row_name)
