"""What a person sees whose session ended without them: too late, or cancelled by the tool."""

import html
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from openchannels.core.sessions import Binding
from tests.flow.test_binding import clean_up
from tests.harness.browser import Browser, Page
from tests.harness.paths import API
from tests.harness.rig import Rig
from tests.harness.tool import Tool

pytestmark = pytest.mark.asyncio(loop_scope="module")
BACK = "https://tool.example/done?keep=1"
EXPIRED = "The time for this connection has run out."
CANCELLED = {
    "en-US": ("The application cancelled this connection", "Access was not granted"),
    "zh-CN": ("应用在连接完成之前取消了此次连接", "您没有同意授权"),
}


async def late_callback(
    tool: Tool, browser: Browser, started: Any
) -> Callable[[], Awaitable[Page]]:
    callback = await browser.consent(started["url"])
    return lambda: browser.finish(callback)


async def late_link(tool: Tool, browser: Browser, started: Any) -> Callable[[], Awaitable[Page]]:
    return lambda: browser.open(started["url"])


async def late_button(tool: Tool, browser: Browser, started: Any) -> Callable[[], Awaitable[Page]]:
    path, _, ticket = started["url"].partition("?ticket=")
    form = await browser.open(started["url"])
    token = form.text.partition('name="csrf" value="')[2].partition('"')[0]
    return lambda: browser.post(path, [("csrf", token), ("ticket", ticket)])


async def late_choice(tool: Tool, browser: Browser, started: Any) -> Callable[[], Awaitable[Page]]:
    await browser.finish(await browser.consent(started["url"], "mara"))
    return lambda: browser.open(f"/connect/{started['sessionId']}")


async def late_answer(tool: Tool, browser: Browser, started: Any) -> Callable[[], Awaitable[Page]]:
    page = await browser.finish(await browser.consent(started["url"], "mara"))
    token = page.text.partition('name="csrf" value="')[2].partition('"')[0]
    return lambda: browser.post(f"/connect/{started['sessionId']}", [("csrf", token)])


LATE = {
    "callback": (late_callback, "youtube", Binding.DIRECT),
    "callback, to be confirmed": (late_callback, "youtube", Binding.CONFIRM),
    "callback, bound": (late_callback, "youtube", Binding.BOUND),
    "link": (late_link, "youtube", Binding.BOUND),
    "button": (late_button, "youtube", Binding.BOUND),
    "choice": (late_choice, "facebook", Binding.DIRECT),
    "answer": (late_answer, "facebook", Binding.DIRECT),
    "confirmation": (late_choice, "facebook", Binding.CONFIRM),
}


@pytest.mark.parametrize("cleaned", [False, True], ids=["at once", "cleaned up"])
@pytest.mark.parametrize("name", LATE)
async def test_who_comes_too_late_is_led_back(rig: Rig, name: str, cleaned: bool) -> None:
    come, platform, binding = LATE[name]
    tool = await rig.tool(binding=binding, origins=["https://tool.example"])
    started = await tool.start(platform, redirectUri=BACK)
    browser = rig.browser()
    late = await come(tool, browser, started)
    rig.clock.advance(2 * 3600)
    if cleaned:
        await clean_up(rig)
    page = await late()
    assert page.status == 200
    assert EXPIRED in page.text
    assert "15039" in page.text
    query = f"sessionId={started['sessionId']}&status=failed&errorCode=15039"
    assert f'href="{html.escape(f"{BACK}&{query}")}"' in page.text
    assert '"errorCode": 15039' in page.text.partition("data-outcome='")[2].partition("'")[0]
    assert 'data-origins="https://tool.example"' in page.text
    assert (await tool.poll(platform, started["sessionId"])).code == 15039
    assert await tool.rig.rows("accounts") == []


async def test_no_stranger_learns_the_way_back(rig: Rig) -> None:
    tool = await rig.tool(binding=Binding.BOUND)
    started = await tool.start("youtube", redirectUri=BACK)
    own = rig.browser()
    callback = await own.consent(started["url"])
    rig.clock.advance(2 * 3600)
    path = f"/connect/{started['sessionId']}"
    for address in (callback, path, f"{path}/go?ticket=guess", f"{path}/go"):
        page = await rig.browser().open(address)
        assert "15039" in page.text
        assert "tool.example" not in page.text


@pytest.mark.parametrize("language", CANCELLED)
@pytest.mark.parametrize("approved", ["before", "after"])
async def test_who_approved_is_told_that_the_tool_cancelled(
    rig: Rig, language: str, approved: str
) -> None:
    tool = await rig.tool()
    started = await tool.start("facebook", redirectUri=BACK)
    browser = rig.browser(language)
    callback = await browser.consent(started["url"], "mara")
    if approved == "before":
        await browser.finish(callback)
    session_id = started["sessionId"]
    assert (await tool.call("DELETE", f"{API}/auth-sessions/{session_id}")).code == 0
    page = await browser.finish(callback)
    right, wrong = CANCELLED[language]
    assert right in page.text
    assert wrong not in page.text
    assert "tool.example" in page.text


async def test_a_platform_cannot_speak_for_the_tool(rig: Rig) -> None:
    tool = await rig.tool()
    started = await tool.start("facebook")
    browser = rig.browser()
    denied = await browser.consent(started["url"], decision="deny")
    state = denied.partition("state=")[2].partition("&")[0]
    base = denied.partition("?")[0]
    query = f"error=access_denied&error_reason=cancelled&state={state}"
    page = await browser.finish(f"{base}?{query}")
    assert CANCELLED["en-US"][0] not in page.text
    assert CANCELLED["en-US"][1] in page.text
