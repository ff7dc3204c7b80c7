"""Who finishes what was started: keys whose sessions are bound, or to be confirmed."""

import asyncio
import html
import re
from collections.abc import Mapping
from typing import Any

import pytest

from openchannels.app.bootstrap import open_runtime
from openchannels.core import ids
from openchannels.core.sessions import Binding
from openchannels.service.authorization.browser_binding import state_of
from openchannels.store.queries import unconfirmed
from tests.flow.test_recovery import change
from tests.harness.browser import Browser, Page, with_params
from tests.harness.paths import API, PROFILE_ENDPOINTS, TOKEN_ENDPOINTS
from tests.harness.rig import Rig
from tests.harness.tasks import task_named
from tests.harness.tool import Tool
from tests.harness.waiting import until
from tests.soak.phishing import fields_of, link_of, pressed

pytestmark = pytest.mark.asyncio(loop_scope="module")
REVOKE = ("oauth2.googleapis.com", "/revoke")


def tokens_of(rows: list[dict[str, Any]]) -> list[Any]:
    return [row["sealed"] for row in rows if row["sealed"] is not None]


async def tool_with(rig: Rig, binding: Binding) -> Tool:
    return await rig.tool(binding=binding)


async def go(browser: Browser, started: Mapping[str, Any]) -> str:
    """Press the button of the connect page; the platform's address."""
    return link_of(await pressed(browser, started["url"]))


async def asked(tool: Tool, person: str = "ida", platform: str = "youtube") -> Any:
    """A session that waits for a click, its browser, the page and the callback."""
    started = await tool.start(platform)
    browser = tool.rig.browser()
    callback = await browser.consent(started["url"], person)
    page = await browser.finish(callback)
    assert page.status == 200, page.text
    assert 'value="decline"' in page.text
    return started["sessionId"], browser, page, callback


async def confirm(browser: Browser, session_id: str, page: Page) -> Page:
    return await browser.post(f"/connect/{session_id}", fields_of(page))


async def decline(browser: Browser, session_id: str, page: Page) -> Page:
    fields = [*fields_of(page), ("decision", "decline")]
    return await browser.post(f"/connect/{session_id}", fields)


async def give_back(rig: Rig) -> int:
    """Run what is due in the background; returns how many sessions it was."""
    task = task_named(rig.runtime.services, "unconfirmed")
    batches = await task.claim(10)
    for batch in batches:
        await task.run(batch)
    return sum(map(len, batches))


# bound


async def test_the_browser_that_pressed_the_button_finishes(rig: Rig) -> None:
    tool = await tool_with(rig, Binding.BOUND)
    started = await tool.start("youtube")
    assert started["url"].startswith(f"{rig.url}/connect/{started['sessionId']}/go?ticket=")
    browser = rig.browser()
    page = await browser.open(started["url"])
    assert tool.user_id in page.text
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    (cookie,) = page.cookies
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    leaving = await browser.post(started["url"].partition("?")[0], fields_of(page))
    address = link_of(leaving)
    assert leaving.headers["referrer-policy"] == "no-referrer"
    assert address.startswith(rig.sandbox_url)
    result = await browser.finish(await browser.consent(address))
    assert tool.user_id in result.text
    assert (await tool.status("youtube", started["sessionId"]))["status"] == "completed"


async def test_the_ticket_is_no_state_and_the_state_no_cookie(rig: Rig) -> None:
    tool = await tool_with(rig, Binding.BOUND)
    started = await tool.start("youtube")
    ticket = started["url"].rpartition("=")[2]
    back = f"{rig.url}{API}/accounts/auth/youtube/callback?code=stolen"
    for state in (ticket, state_of(ticket)):
        page = await rig.browser().open(with_params(back, state=state))
        assert page.status in (200, 403)
        assert "15039" in page.text or "15201" in page.text
    browser = rig.browser()
    address = await go(browser, started)
    (row,) = await rig.rows("auth_sessions")
    assert ticket not in address
    assert row["browser_hash"] is not None
    late = await rig.browser().open(with_params(back, state=state_of(ticket)))
    assert "15039" in late.text
    assert await rig.count(TOKEN_ENDPOINTS["youtube"]) == 0
    assert (await tool.status("youtube", started["sessionId"]))["status"] == "pending"


async def test_another_browser_is_refused_and_the_right_one_goes_on(rig: Rig) -> None:
    tool = await tool_with(rig, Binding.BOUND)
    started = await tool.start("youtube")
    mine, other = rig.browser(), rig.browser()
    shown = await other.open(started["url"])
    address = await go(mine, started)
    for page in (
        await other.open(started["url"]),
        await other.post(started["url"].partition("?")[0], fields_of(shown)),
        await rig.browser("zh-CN").open(started["url"]),
    ):
        assert page.status == 403
        assert "15201" in page.text
    callback = await other.consent(address)
    for browser in (other, rig.browser()):
        page = await browser.open(callback)
        assert page.status == 403
        assert "15201" in page.text
        assert page.cookies == []
    assert await rig.count(TOKEN_ENDPOINTS["youtube"]) == 0
    assert (await tool.status("youtube", started["sessionId"]))["status"] == "pending"
    assert (await mine.finish(callback)).status == 200
    assert (await tool.status("youtube", started["sessionId"]))["status"] == "completed"
    late = await other.open(callback)
    assert late.status == 403


async def test_one_of_many_browsers_wins(rig: Rig) -> None:
    tool = await tool_with(rig, Binding.BOUND)
    started = await tool.start("youtube")
    browsers = [rig.browser() for _ in range(20)]
    pages = await asyncio.gather(*(b.open(started["url"]) for b in browsers))
    path = started["url"].partition("?")[0]
    answers = await asyncio.gather(
        *(b.post(path, fields_of(p)) for b, p in zip(browsers, pages, strict=True))
    )
    assert sorted(answer.status for answer in answers) == [200] + [403] * 19
    assert sum(bool(link_of(answer)) for answer in answers) == 1


async def test_the_right_browser_may_press_again(rig: Rig) -> None:
    """Two clicks, the browser's back button, or a crash after the claim: the same address."""
    tool = await tool_with(rig, Binding.BOUND)
    started = await tool.start("youtube")
    browser = rig.browser()
    page = await browser.open(started["url"])
    path, fields = started["url"].partition("?")[0], fields_of(page)
    twice = await asyncio.gather(*(browser.post(path, fields) for _ in range(5)))
    again = await go(browser, started)
    assert {link_of(answer) for answer in twice} == {again}
    assert (await browser.finish(await browser.consent(again))).status == 200
    back = await browser.open(started["url"])
    assert (back.status, back.location) == (303, f"/connect/{started['sessionId']}")
    assert "15039" in (await rig.browser().open(f"/connect/{started['sessionId']}")).text


async def test_the_button_wants_its_cookie_and_its_token(rig: Rig) -> None:
    """Another site cannot press it: it has neither the cookie nor the token made of it."""
    tool = await tool_with(rig, Binding.BOUND)
    started = await tool.start("youtube")
    path = started["url"].partition("?")[0]
    fields = dict(fields_of(await rig.browser().open(started["url"])))
    victim = rig.browser()
    assert "15042" in (await victim.post(path, list(fields.items()))).text
    await victim.open(started["url"])
    for token in (fields["csrf"], "", "x", "é"):
        page = await victim.post(path, list({**fields, "csrf": token}.items()))
        assert "15042" in page.text
    (row,) = await rig.rows("auth_sessions")
    assert row["browser_hash"] is None


async def test_a_ticket_opens_its_own_session_in_its_time(rig: Rig) -> None:
    tool = await tool_with(rig, Binding.BOUND)
    one, two = await tool.start("youtube"), await tool.start("youtube")
    mixed = one["url"].partition("?")[0] + "?" + two["url"].partition("?")[2]
    assert "15039" in (await rig.browser().open(mixed)).text
    browser = rig.browser()
    page = await browser.open(one["url"])
    rig.clock.advance(16 * 60)
    answer = await browser.post(one["url"].partition("?")[0], fields_of(page))
    assert "15039" in answer.text
    assert "15039" in (await browser.open(two["url"])).text


async def test_two_sessions_in_one_browser_do_not_mix(rig: Rig) -> None:
    tool = await tool_with(rig, Binding.BOUND)
    browser = rig.browser()
    started = [await tool.start(platform) for platform in ("youtube", "bilibili")]
    addresses = [await go(browser, one) for one in started]
    callbacks = [await browser.consent(address) for address in addresses]
    for callback in reversed(callbacks):
        assert (await browser.finish(callback)).status == 200
    for one, platform in zip(started, ("youtube", "bilibili"), strict=True):
        assert (await tool.status(platform, one["sessionId"]))["status"] == "completed"


async def test_a_crash_around_the_claim_loses_nothing(rig: Rig) -> None:
    """The cookie is there before the claim; so the next click finds what was claimed, or claims."""
    tool = await tool_with(rig, Binding.BOUND)
    for claimed in (False, True):
        started = await tool.start("youtube")
        browser = rig.browser()
        page = await browser.open(started["url"])
        secret = page.cookies[0].partition("=")[2].partition(";")[0]
        if claimed:
            values = {
                "browser_hash": ids.digest(secret),
                "state_hash": ids.digest(state_of(secret)),
            }
            await change(rig, started["sessionId"], **values)
        address = await go(browser, started)
        assert (await browser.finish(await browser.consent(address))).status == 200
        assert (await tool.status("youtube", started["sessionId"]))["status"] == "completed"


async def test_accounts_behind_a_bound_session_may_be_chosen_by_key(rig: Rig) -> None:
    tool = await tool_with(rig, Binding.BOUND)
    started = await tool.start("facebook")
    browser = rig.browser()
    page = await browser.finish(await browser.consent(await go(browser, started), "mara"))
    assert "data-choice" in page.text
    status = await tool.status("facebook", started["sessionId"])
    first = status["selectableAccounts"][0]["platformUid"]
    assert (await tool.choose(started["sessionId"], {"platformUid": first})).code == 0


# confirm


async def test_nothing_is_stored_before_the_click(rig: Rig) -> None:
    tool = await tool_with(rig, Binding.CONFIRM)
    session_id, browser, page, _ = await asked(tool)
    for word in (tool.user_id, "YouTube"):
        assert word in page.text
    status = await tool.status("youtube", session_id)
    assert (status["status"], status["requiresSelection"]) == ("pending", False)
    assert "selectableAccounts" not in status
    assert await rig.rows("accounts") == []
    answer = await confirm(browser, session_id, page)
    assert (answer.status, answer.location) == (303, f"/connect/{session_id}")
    status = await tool.status("youtube", session_id)
    result = (await browser.open(answer.location)).text
    assert html.escape(status["accounts"][0]["displayName"]) in result
    assert status["accountId"] not in result
    assert (await tool.works("youtube", status["accountId"])).code == 0
    (row,) = await rig.rows("auth_sessions")
    assert (row["sealed"], row["lease_until"]) == (None, None)
    assert await give_back(rig) == 0


async def test_a_key_cannot_confirm(rig: Rig) -> None:
    tool = await tool_with(rig, Binding.CONFIRM)
    session_id, _, _, _ = await asked(tool, "mara", "facebook")
    (row,) = await rig.rows("auth_sessions")
    pick = {"platformUid": row["offered"][0]["platformUid"]}
    assert (await tool.choose(session_id, pick)).code == 15202
    waiting = await tool.start("facebook")
    assert (await tool.choose(waiting["sessionId"], pick)).code == 15202
    listed = await tool.get(f"{API}/auth-sessions", status="pending")
    assert [one["requiresSelection"] for one in listed.data["list"]] == [False, False]
    assert await rig.rows("accounts") == []


async def test_who_knows_the_state_alone_cannot_confirm(rig: Rig) -> None:
    """The state is known to whoever started; the code only to the browser that came back."""
    tool = await tool_with(rig, Binding.CONFIRM)
    session_id, browser, page, callback = await asked(tool)
    attacker = rig.browser()
    for code in ("guess", "", None):
        answer = await attacker.open(with_params(callback, code=code))
        assert answer.status == 403
        assert "15201" in answer.text
        assert answer.cookies == []
    path = f"/connect/{session_id}"
    assert "15039" in (await attacker.open(path)).text
    assert "15039" in (await attacker.post(path, fields_of(page))).text
    assert await rig.rows("accounts") == []
    # The browser that lost the answer comes with its code once more.
    reloaded = rig.browser()
    assert (await confirm(reloaded, session_id, await reloaded.finish(callback))).status == 303
    assert (await tool.status("youtube", session_id))["status"] == "completed"
    assert "completed" not in (await browser.open(path)).location


async def test_no_withdraws_and_drops(rig: Rig) -> None:
    tool = await tool_with(rig, Binding.CONFIRM)
    session_id, browser, page, _ = await asked(tool)
    answer = await decline(browser, session_id, page)
    assert answer.status == 303
    result = await browser.open(answer.location)
    assert "15013" in result.text
    assert "not kept" in result.text
    status = await tool.status("youtube", session_id)
    assert (status["status"], status["errorCode"]) == ("failed", 15013)
    assert status["errorData"]["reason"] == "not_confirmed"
    assert (await confirm(browser, session_id, page)).status == 303
    assert await rig.rows("accounts") == []
    assert await give_back(rig) == 1
    assert await rig.count(REVOKE) == 1
    assert tokens_of(await rig.rows("auth_sessions")) == []
    assert await give_back(rig) == 0
    assert await tool.status("youtube", session_id) == status


async def test_unanswered_is_withdrawn_before_it_is_deleted(rig: Rig) -> None:
    tool = await tool_with(rig, Binding.CONFIRM)
    session_id, browser, page, _ = await asked(tool)
    rig.clock.advance(59 * 60)
    assert await give_back(rig) == 0
    rig.clock.advance(2 * 60)
    assert (await tool.poll("youtube", session_id)).code == 15039
    assert "15039" in (await confirm(browser, session_id, page)).text
    await clean_up(rig)
    assert len(tokens_of(await rig.rows("auth_sessions"))) == 1
    assert await give_back(rig) == 1
    assert await rig.count(REVOKE) == 1
    await clean_up(rig)
    (row,) = await rig.rows("auth_sessions")
    assert (row["sealed"], row["offered"]) == (None, [])
    rig.clock.advance(25 * 3600)
    for _ in range(7):  # After a jump of the clock nothing is deleted for an hour.
        await clean_up(rig)
        rig.clock.advance(600)
    assert await rig.rows("auth_sessions") == []


async def clean_up(rig: Rig) -> None:
    task = task_named(rig.runtime.services, "clean-up")
    for batch in await task.claim(1):
        await task.run(batch)


async def test_a_platform_that_is_down_is_asked_again_for_an_hour(rig: Rig) -> None:
    tool = await tool_with(rig, Binding.CONFIRM)
    session_id, browser, page, _ = await asked(tool)
    await decline(browser, session_id, page)
    await rig.fault(REVOKE, "server_error")
    assert await give_back(rig) == 1
    assert len(tokens_of(await rig.rows("auth_sessions"))) == 1
    assert await give_back(rig) == 0
    rig.clock.advance(61)
    await rig.heal()
    assert await give_back(rig) == 1
    assert tokens_of(await rig.rows("auth_sessions")) == []
    session_id, browser, page, _ = await asked(tool, "noor")
    await decline(browser, session_id, page)
    await rig.fault(REVOKE, "server_error")
    rig.clock.advance(3601)
    assert await give_back(rig) == 1
    assert tokens_of(await rig.rows("auth_sessions")) == []


async def test_two_workers_give_back_once(rig: Rig) -> None:
    tool = await tool_with(rig, Binding.CONFIRM)
    session_id, browser, page, _ = await asked(tool)
    await decline(browser, session_id, page)
    task = task_named(rig.runtime.services, "unconfirmed")
    (batch,) = await task.claim(1)
    await asyncio.gather(task.run(batch), task.run(batch), task.run([*batch, "A" * 16]))
    assert await rig.count(REVOKE) == 1


async def test_a_grant_that_carries_an_account_is_left_alone(rig: Rig) -> None:
    """The victim of a phisher keeps the connection that they made themselves."""
    own = await rig.tool()
    account = await own.connected("youtube")
    tool = await tool_with(rig, Binding.CONFIRM)
    session_id, browser, page, _ = await asked(tool)
    await decline(browser, session_id, page)
    assert await give_back(rig) == 1
    assert await rig.count(REVOKE) == 0
    assert tokens_of(await rig.rows("auth_sessions")) == []
    assert (await own.works("youtube", account)).code == 0


async def test_calling_an_unconfirmed_session_off_withdraws_too(rig: Rig) -> None:
    tool = await tool_with(rig, Binding.CONFIRM)
    session_id, browser, page, _ = await asked(tool)
    answer = await tool.call("DELETE", f"{API}/auth-sessions/{session_id}")
    assert answer.data["errorData"]["reason"] == "cancelled"
    assert await give_back(rig) == 1
    assert await rig.count(REVOKE) == 1
    assert (await confirm(browser, session_id, page)).status == 303
    assert await rig.rows("accounts") == []


async def erase(rig: Rig, tool: Tool, *, revoke: bool = True) -> Any:
    erasure = rig.runtime.services.erasure
    return await erasure.erase(tool.user_id, "operator", revoke=revoke, settle_seconds=0.0)


async def test_erasing_a_user_withdraws_what_nobody_confirmed(rig: Rig) -> None:
    tool = await tool_with(rig, Binding.CONFIRM)
    session_id, browser, page, _ = await asked(tool)
    declined, other, asks, _ = await asked(tool, "noor")
    await decline(other, declined, asks)
    done = await erase(rig, tool)
    assert done.grants == {"unconfirmed": 2}
    assert await rig.count(REVOKE) == 2
    assert await rig.rows("auth_sessions") == []
    assert "15039" in (await confirm(browser, session_id, page)).text


async def test_erasing_leaves_grants_when_told_so_and_never_waits_for_them(rig: Rig) -> None:
    for revoke, grants in ((False, {}), (True, {"failed": 1})):
        tool = await tool_with(rig, Binding.CONFIRM)
        await asked(tool)
        await rig.fault(REVOKE, "server_error")
        assert (await erase(rig, tool, revoke=revoke)).grants == grants
        assert bool(await rig.count(REVOKE)) is revoke
        assert await rig.rows("auth_sessions") == []


async def test_what_is_being_given_back_is_not_confirmed_by_a_clock_that_is_late(rig: Rig) -> None:
    tool = await tool_with(rig, Binding.CONFIRM)
    session_id, browser, page, _ = await asked(tool)
    over = rig.clock() + 3601
    taken = await rig.runtime.db.write(
        unconfirmed.claim_revocation, session_id, "elsewhere", over, over + 60
    )
    assert taken
    assert 'role="alert"' in (await confirm(browser, session_id, page)).text
    assert await rig.rows("accounts") == []


async def test_two_clicks_connect_once(rig: Rig) -> None:
    tool = await tool_with(rig, Binding.CONFIRM)
    session_id, browser, page, callback = await asked(tool)
    answers = await asyncio.gather(*(confirm(browser, session_id, page) for _ in range(8)))
    assert {answer.status for answer in answers} == {303}
    assert len(await rig.rows("accounts")) == 1
    late = await decline(browser, session_id, page)
    assert late.status == 303
    assert (await tool.status("youtube", session_id))["status"] == "completed"
    again = await browser.finish(callback)
    assert tool.user_id in again.text
    assert await rig.count(TOKEN_ENDPOINTS["youtube"]) == 1


async def test_several_are_confirmed_by_choosing(rig: Rig) -> None:
    tool = await tool_with(rig, Binding.CONFIRM)
    session_id, browser, page, _ = await asked(tool, "mara", "facebook")
    assert tool.user_id in page.text
    boxes = re.findall(r'name="account" value="([^"]+)"', page.text)
    assert len(boxes) == 3
    nothing = await confirm(browser, session_id, page)
    assert 'role="alert"' in nothing.text
    fields = [*fields_of(page), ("account", boxes[0].replace("&#34;", '"'))]
    assert (await browser.post(f"/connect/{session_id}", fields)).status == 303
    assert len((await tool.status("facebook", session_id))["accountIds"]) == 1


async def test_a_confirm_page_wants_its_token(rig: Rig) -> None:
    tool = await tool_with(rig, Binding.CONFIRM)
    session_id, browser, page, _ = await asked(tool)
    fields = [field for field in fields_of(page) if field[0] != "csrf"]
    for more in ([], [("csrf", "x")], [("decision", "decline")]):
        answer = await browser.post(f"/connect/{session_id}", [*fields, *more])
        assert "15042" in answer.text
    assert (await tool.status("youtube", session_id))["status"] == "pending"


async def test_a_crash_while_accounts_are_read_ends_in_the_question(rig: Rig) -> None:
    tool = await tool_with(rig, Binding.CONFIRM)
    started = await tool.start("youtube")
    browser = rig.browser()
    callback = await browser.consent(started["url"])
    await rig.fault(PROFILE_ENDPOINTS["youtube"], "latency", latencyMs=30_000, times=1)
    task = asyncio.create_task(browser.open(callback))
    await until(lambda: rig.count(PROFILE_ENDPOINTS["youtube"]))
    # The process dies here: its lease lapses, and another one goes on.
    task.cancel()
    await change(rig, started["sessionId"], lease_owner="dead", lease_until=rig.clock() - 1)
    await rig.heal()
    settings, public_url = rig.runtime.settings, rig.runtime.public_url
    other = await open_runtime(settings, public_url=public_url, clock=rig.clock)
    await other.services.callbacks.recover(started["sessionId"])
    await other.close()
    page = await browser.finish(callback)
    assert 'value="decline"' in page.text
    assert await rig.rows("accounts") == []
    assert (await confirm(browser, started["sessionId"], page)).status == 303
    assert (await tool.status("youtube", started["sessionId"]))["status"] == "completed"


# all


@pytest.mark.parametrize("binding", list(Binding))
async def test_an_account_is_reconnected_under_each_binding(rig: Rig, binding: Binding) -> None:
    tool = await tool_with(rig, binding)
    first = await rig.tool(tool.user_id)
    account = await first.connected("youtube")
    for person, code in (("noor", 15200), ("ida", None)):
        answer = await tool.post(f"{API}/accounts/{account}/reconnect", {})
        assert answer.code == 0, answer.body
        started, browser = answer.data, rig.browser()
        url = await go(browser, started) if binding is Binding.BOUND else started["url"]
        page = await browser.finish(await browser.consent(url, person))
        if binding is Binding.CONFIRM and code is None:
            await confirm(browser, started["sessionId"], page)
        status = await tool.status("youtube", started["sessionId"])
        assert status.get("errorCode") == code, status
    assert status["accountIds"] == [account]


async def test_directly_the_result_names_the_workspace(rig: Rig) -> None:
    tool = await rig.tool()
    for language in ("en-US", "zh-CN"):
        started = await tool.start("youtube")
        browser = rig.browser(language)
        page = await browser.finish(await browser.consent(started["url"]))
        assert tool.user_id in page.text
