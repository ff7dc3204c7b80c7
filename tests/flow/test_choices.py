"""Several accounts behind one grant: by API key and on our page, all or nothing."""

import asyncio
import html
import re
from typing import Any

import pytest

from tests.harness.browser import Browser, Page
from tests.harness.rig import Rig
from tests.harness.tool import Tool

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def offered(tool: Tool, person: str = "mara") -> Any:
    status = await tool.connect("facebook", person)
    assert (status["status"], status["requiresSelection"]) == ("pending", True)
    return status


def pick(candidate: Any, **more: str) -> dict[str, str]:
    return {"platformUid": candidate["platformUid"], **more}


async def on_page(tool: Tool) -> tuple[str, Browser, Page]:
    """A session whose choice is open in a browser."""
    started = await tool.start("facebook")
    browser = tool.rig.browser()
    page = await browser.finish(await browser.consent(started["url"], "mara"))
    assert page.status == 200
    return started["sessionId"], browser, page


def form_of(page: Page) -> tuple[str, list[str]]:
    """CSRF token and the values of the boxes."""
    token = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert token is not None
    boxes = re.findall(r'name="account" value="([^"]+)"', page.text)
    return token[1], [html.unescape(box) for box in boxes]


async def test_a_choice_is_offered_for_an_hour_once(tool: Tool) -> None:
    started = await tool.start("facebook")
    browser = tool.rig.browser()
    callback = await browser.consent(started["url"], "mara")
    tool.rig.clock.advance(5 * 60)
    opened = tool.rig.clock()
    await browser.open(callback)
    status = await tool.status("facebook", started["sessionId"])
    row = (await tool.rig.rows("auth_sessions"))[0]
    assert 0 <= row["expires_at"] - opened - 3600 < 30
    assert status["expiresAt"] > started["expiresAt"]
    assert len(status["selectableAccounts"]) == 3
    tool.rig.clock.advance(30 * 60)
    await browser.open(callback)
    assert (await tool.status("facebook", started["sessionId"])) == status
    tool.rig.clock.advance(30 * 60 + 30)
    assert (await tool.poll("facebook", started["sessionId"])).code == 15039
    answer = await tool.choose(started["sessionId"], pick(status["selectableAccounts"][0]))
    assert answer.code == 15039
    assert await tool.rig.rows("accounts") == []


async def test_chosen_accounts_are_connected_with_tokens_that_have_an_end(tool: Tool) -> None:
    status = await offered(tool)
    first, _, last = status["selectableAccounts"]
    answer = await tool.choose(status["sessionId"], pick(last), pick(first))
    assert answer.code == 0, answer.body
    assert answer.data["status"] == "completed"
    assert len(answer.data["accountIds"]) == 2
    assert await tool.status("facebook", status["sessionId"]) == answer.data
    for account_id in answer.data["accountIds"]:
        assert (await tool.works("facebook", account_id)).code == 0
        assert (await tool.account_state(account_id))["status"] == 1


@pytest.mark.parametrize("code", [15083, 15084, 15085])
async def test_a_bad_choice_leaves_it_open(tool: Tool, code: int) -> None:
    status = await offered(tool)
    first = status["selectableAccounts"][0]
    picks = {
        15083: [],
        15084: [pick(first), {"platformUid": "someone-else"}],
        15085: [pick(first, account="another-name")],
    }[code]
    answer = await tool.choose(status["sessionId"], *picks)
    assert answer.code == (15083 if code == 15083 else 15084)
    assert await tool.rig.rows("accounts") == []
    assert await tool.status("facebook", status["sessionId"]) == status
    assert (await tool.choose(status["sessionId"], pick(first))).code == 0


async def test_all_or_nothing_when_another_user_holds_one(tool: Tool) -> None:
    status = await offered(tool)
    first, second, _ = status["selectableAccounts"]
    holder = await tool.rig.tool()
    theirs = await offered(holder)
    assert (await holder.choose(theirs["sessionId"], pick(second))).code == 0
    answer = await tool.choose(status["sessionId"], pick(first), pick(second))
    assert answer.code == 15082
    assert [row["user_id"] for row in await tool.rig.rows("accounts")] == [holder.user_id]
    assert (await tool.status("facebook", status["sessionId"]))["status"] == "pending"
    assert (await tool.choose(status["sessionId"], pick(first))).code == 0


async def test_a_choice_is_taken_once(tool: Tool) -> None:
    status = await offered(tool)
    answers = await asyncio.gather(
        *(
            tool.choose(status["sessionId"], pick(candidate))
            for candidate in status["selectableAccounts"] * 5
        )
    )
    assert [a.code for a in answers].count(0) == 1
    assert {a.code for a in answers} == {0, 15039}
    rows = await tool.rig.rows("accounts")
    assert len(rows) == 1
    final = await tool.status("facebook", status["sessionId"])
    assert final["accountIds"] == [rows[0]["id"]]


async def test_a_choice_is_its_workspaces_own(tool: Tool) -> None:
    status = await offered(tool)
    stranger = await tool.rig.tool()
    first = pick(status["selectableAccounts"][0])
    assert (await stranger.choose(status["sessionId"], first)).code == 15039
    pending = await tool.start("facebook")
    assert (await tool.choose(pending["sessionId"], first)).code == 15043


async def test_a_group_deleted_while_choosing_leaves_the_choice_open(tool: Tool) -> None:
    status = await offered(tool)
    await tool.rig.drop_rows("account_groups", user_id=tool.user_id)
    first = pick(status["selectableAccounts"][0])
    assert (await tool.choose(status["sessionId"], first)).code == 12601
    assert (await tool.status("facebook", status["sessionId"]))["status"] == "pending"


async def test_the_page_connects_what_is_ticked(tool: Tool) -> None:
    session_id, browser, page = await on_page(tool)
    token, boxes = form_of(page)
    assert len(boxes) == 3
    fields = [("csrf", token), ("account", boxes[0]), ("account", boxes[2])]
    answer = await browser.post(f"/connect/{session_id}", fields)
    assert (answer.status, answer.location) == (303, f"/connect/{session_id}")
    result = await browser.open(answer.location)
    status = await tool.status("facebook", session_id)
    assert status["status"] == "completed"
    assert len(status["accountIds"]) == 2
    names = [html.escape(account["displayName"]) for account in status["accounts"]]
    assert all(name in result.text for name in names)
    again = await browser.post(f"/connect/{session_id}", fields)
    assert (again.status, again.location) == (303, f"/connect/{session_id}")
    assert len(await tool.rig.rows("accounts")) == 2


async def test_the_page_tells_a_bad_choice_and_stays_open(tool: Tool) -> None:
    session_id, browser, page = await on_page(tool)
    token, boxes = form_of(page)
    for picks in ([], [("account", "nonsense")], [("account", '["1", null]')]):
        answer = await browser.post(f"/connect/{session_id}", [("csrf", token), *picks])
        assert answer.status == 200
        assert 'role="alert"' in answer.text
    assert (await tool.status("facebook", session_id))["status"] == "pending"
    good = [("csrf", token), ("account", boxes[0])]
    assert (await browser.post(f"/connect/{session_id}", good)).status == 303


async def test_the_page_wants_its_cookie_and_its_token(tool: Tool) -> None:
    session_id, browser, page = await on_page(tool)
    token, boxes = form_of(page)
    picks = [("account", boxes[0])]
    path = f"/connect/{session_id}"
    for fields in (picks, [("csrf", "x"), *picks], [("csrf", "é\x00"), *picks]):
        answer = await browser.post(path, fields)
        assert "15042" in answer.text
    stranger = tool.rig.browser()
    assert "15039" in (await stranger.open(path)).text
    assert "15039" in (await stranger.post(path, [("csrf", token), *picks])).text
    for cookie in (f"oc_{session_id}=é", f"oc_{session_id}=x", f"__Host-oc_{session_id}=x"):
        page = await stranger.open(path, headers={"Cookie": cookie})
        assert page.status == 200
        assert "15039" in page.text
    assert (await tool.status("facebook", session_id))["status"] == "pending"


async def test_a_cookie_of_another_session_opens_nothing(rig: Rig) -> None:
    tool = await rig.tool()
    _, browser, _ = await on_page(tool)
    other, _, _ = await on_page(tool)
    assert "15039" in (await browser.open(f"/connect/{other}")).text
