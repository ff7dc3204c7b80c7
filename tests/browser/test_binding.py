"""A person in a real browser, whose connection is bound to it or has to be confirmed."""

import pytest
from playwright.async_api import Browser, expect

from openchannels.core.sessions import Binding
from tests.browser.conftest import TIMEOUT_MS
from tests.browser.test_person import Tab, approve, chromium, language, pytestmark, tab
from tests.harness.rig import Rig

__all__ = ["chromium", "pytestmark", "tab"]
WORKSPACE = "Acme Workspace"
WORDS = {
    "en-US": {"no": "not kept", "foreign": "another browser"},
    "zh-CN": {"no": "不会被保留", "foreign": "另一个浏览器"},
}


async def test_a_bound_connection_begins_with_a_button(tab: Tab, rig: Rig) -> None:
    tool = await rig.tool(WORKSPACE, binding=Binding.BOUND)
    started = await tool.start("youtube")
    page = tab.page
    await page.goto(started["url"])
    await expect(page.locator("main")).to_contain_text(WORKSPACE)
    await expect(page.locator("main")).to_contain_text("YouTube")
    await page.locator("button.primary").click()
    await page.locator("#person").wait_for()
    # The page in between is not in the way of who goes back.
    await page.go_back()
    await expect(page.locator("main")).to_contain_text(WORKSPACE)
    await page.locator("button.primary").click()
    await page.locator("#person").fill("ida")
    await page.locator("button[value=show]").click()
    await page.locator("button[value=approve]").click()
    await page.wait_for_url(f"{rig.url}/connect/{started['sessionId']}")
    await expect(page.locator("main")).to_contain_text(WORKSPACE)
    assert (await tool.status("youtube", started["sessionId"]))["status"] == "completed"


async def test_another_browser_is_told_so(tab: Tab, rig: Rig, chromium: Browser) -> None:
    tool = await rig.tool(WORKSPACE, binding=Binding.BOUND)
    started = await tool.start("youtube")
    own = await chromium.new_context()
    own.set_default_timeout(TIMEOUT_MS)
    first = await own.new_page()
    await first.goto(started["url"])
    await first.locator("button.primary").click()
    await first.locator("#person").wait_for()
    answer = await tab.page.goto(started["url"])
    assert answer is not None
    assert answer.status == 403
    word = WORDS[await language(tab.page)]["foreign"]
    await expect(tab.page.locator("main")).to_contain_text(word)
    await expect(tab.page.locator("main")).to_contain_text("15201")
    # A status that is no success stands in the console; the page itself complains of nothing.
    assert all("403" in complaint for complaint in tab.complaints)
    tab.complaints.clear()
    await tab.page.goto(first.url)
    await tab.page.locator("button[value=approve]").click()
    await expect(tab.page.locator("main")).to_contain_text("15201")
    assert (await tool.status("youtube", started["sessionId"]))["status"] == "pending"
    tab.complaints.clear()
    await own.close()


async def test_one_account_is_confirmed(tab: Tab, rig: Rig) -> None:
    tool = await rig.tool(WORKSPACE, binding=Binding.CONFIRM)
    started = await tool.start("youtube")
    await approve(tab, started["url"])
    main = tab.page.locator("main")
    await expect(main).to_contain_text(WORKSPACE)
    await expect(main).to_contain_text("YouTube")
    assert await rig.rows("accounts") == []
    await tab.page.locator("button.primary").dblclick()
    await expect(tab.page.locator(".accounts .person")).to_have_count(1)
    await expect(main).to_contain_text(WORKSPACE)
    assert (await tool.status("youtube", started["sessionId"]))["status"] == "completed"
    await tab.page.go_back()
    await tab.page.goto(f"{rig.url}/connect/{started['sessionId']}")
    await expect(tab.page.locator(".accounts .person")).to_have_count(1)
    assert len(await rig.rows("accounts")) == 1


async def test_several_are_confirmed_by_choosing(tab: Tab, rig: Rig) -> None:
    tool = await rig.tool(WORKSPACE, binding=Binding.CONFIRM)
    started = await tool.start("facebook")
    await approve(tab, started["url"], "mara")
    boxes = tab.page.locator('input[name="account"]')
    await expect(boxes).to_have_count(3)
    await expect(tab.page.locator("main")).to_contain_text(WORKSPACE)
    await expect(tab.page.locator("button.primary")).to_be_disabled()
    await expect(tab.page.locator("button.decline")).to_be_enabled()
    await boxes.nth(1).check()
    await tab.page.locator("button.primary").click()
    await expect(tab.page.locator(".accounts .person")).to_have_count(1)
    assert len(await rig.rows("accounts")) == 1


async def test_no_connects_nothing(tab: Tab, rig: Rig) -> None:
    tool = await rig.tool(WORKSPACE, binding=Binding.CONFIRM)
    started = await tool.start("youtube")
    await approve(tab, started["url"])
    await tab.page.locator("button.decline").click()
    main = tab.page.locator("main")
    await expect(main).to_contain_text("15013")
    await expect(main).to_contain_text(WORDS[await language(tab.page)]["no"])
    status = await tool.status("youtube", started["sessionId"])
    assert status["errorData"]["reason"] == "not_confirmed"
    assert await rig.rows("accounts") == []


@pytest.mark.parametrize("binding", Binding)
async def test_a_sandboxed_consent_page_leads_back(tab: Tab, rig: Rig, binding: Binding) -> None:
    tool = await rig.tool(WORKSPACE, binding=binding)
    started = await tool.start("youtube")
    page, session_id = tab.page, started["sessionId"]
    await page.goto(started["url"])
    if binding is Binding.BOUND:
        await page.locator("button.primary").click()
    await page.locator("#person").wait_for()
    # The page has no origin of its own, so it reads and does nothing in the service's name.
    assert await page.evaluate("origin") == "null"
    await page.locator("button[value=approve]").click()
    await page.wait_for_url(f"{rig.url}/connect/{session_id}")
    if binding is Binding.CONFIRM:
        await page.locator("button.primary").click()
    await expect(page.locator(".accounts .person")).to_have_count(1)
    assert (await tool.status("youtube", session_id))["status"] == "completed"


async def test_the_platform_that_asks_where_one_comes_from_is_told(tab: Tab, rig: Rig) -> None:
    """The sandbox of wxGzh refuses whoever comes from nowhere."""
    hook = f"{rig.url}/api/v2/channels/platforms/wxGzh/webhooks"
    await rig.sandbox("POST", "/_wxgzh/push_ticket", {"to": hook})
    for binding in Binding:
        tool = await rig.tool(WORKSPACE, binding=binding)
        started = await tool.start("wxGzh")
        await tab.page.goto(started["url"])
        await expect(tab.page.locator("main")).to_contain_text(WORKSPACE)
        await tab.page.locator("button.primary").click()
        await expect(tab.page.locator("#person")).to_have_count(1)
        await tab.page.locator("button[value=approve]").click()
        await tab.page.wait_for_url(f"{rig.url}/connect/{started['sessionId']}")
