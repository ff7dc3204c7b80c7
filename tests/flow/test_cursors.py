"""Cursors: opaque, signed, and good for one listing of one workspace."""

import base64

import pytest

from tests.harness.rig import Rig
from tests.harness.tool import Tool

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def first_cursor(tool: Tool, account_id: str, platform: str = "youtube") -> str:
    answer = await tool.works(platform, account_id)
    return str(answer.data["pagination"]["nextCursor"])


async def test_a_changed_cursor_is_refused_before_any_call(tool: Tool) -> None:
    account_id = await tool.connected("youtube")
    cursor = await first_cursor(tool, account_id)
    before = await tool.rig.calls()
    raw = bytearray(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    flipped = []
    for place in range(len(raw)):
        raw[place] ^= 1
        flipped.append(base64.urlsafe_b64encode(raw).rstrip(b"=").decode())
        raw[place] ^= 1
    others = [cursor[:-4], cursor + "AAAA", "x", "0", "null", cursor[::-1], "é", "A" * 5000]
    for bad in flipped + others:
        answer = await tool.works("youtube", account_id, cursor=bad)
        assert answer.code == 10002, bad
        assert answer.data["issues"][0]["path"] == "pagination.cursor"
    assert await tool.rig.calls() == before
    assert (await tool.works("youtube", account_id, cursor=cursor)).code == 0


async def test_a_cursor_is_bound_to_workspace_account_and_platform(rig: Rig) -> None:
    mine, other = await rig.tool(), await rig.tool()
    account_id = await mine.connected("youtube")
    cursor = await first_cursor(mine, account_id)
    theirs = await other.connected("youtube", "mara")
    second = await mine.connected("youtube", "someone")
    page = await mine.connected("facebook")
    for tool, platform, target in (
        (other, "youtube", theirs),
        (other, "youtube", account_id),
        (mine, "youtube", second),
        (mine, "facebook", page),
    ):
        answer = await tool.works(platform, target, cursor=cursor)
        assert answer.code == 10002, (platform, target)


async def test_a_cursor_holds_no_secret_and_leads_one_way(tool: Tool) -> None:
    account_id = await tool.connected("facebook")
    cursor = await first_cursor(tool, account_id, "facebook")
    text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    assert b"EAA" not in text
    assert tool.user_id.encode() not in text
    back = await tool.works("facebook", account_id, cursor=cursor, direction="previous")
    assert back.code == 10002
    assert back.data["issues"][0]["path"] == "pagination.direction"


async def test_a_position_that_the_platform_refuses_is_the_cursors_fault(tool: Tool) -> None:
    account_id = await tool.connected("youtube")
    cursor = await first_cursor(tool, account_id)
    await tool.rig.fault(
        ("www.googleapis.com", "/youtube/v3/playlistItems"),
        "status",
        status=400,
        body='{"error":{"code":400,"errors":[{"reason":"invalidPageToken"}]}}',
    )
    answer = await tool.works("youtube", account_id, cursor=cursor)
    assert (answer.code, answer.data["issues"][0]["path"]) == (10002, "pagination.cursor")
