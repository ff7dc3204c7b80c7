"""The API reference in a real browser: search, a call with a key, and no other address."""

import re
from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Page, expect

from tests.browser.conftest import TIMEOUT_MS
from tests.browser.test_person import Tab, chromium, language, pytestmark, tab, tool
from tests.harness.paths import API
from tests.harness.rig import Rig
from tests.harness.tool import Tool

__all__ = ["chromium", "pytestmark", "tab", "tool"]
LIST = {"en-US": "List of operations", "zh-CN": "接口列表"}
SEARCH = {"en-US": "Search operations", "zh-CN": "搜索接口"}
SUCCESS = {"en-US": "success", "zh-CN": "成功"}
DELETE = {"en-US": "Delete an account", "zh-CN": "删除账号"}
REPLACE = {
    "en-US": ("Replace webhook", "Replace a webhook's secret"),
    "zh-CN": ("更换 webhook", "更换 Webhook 的密钥"),
}
# Also violations inside the viewer's own parts, which not every browser writes to its console.
WATCH = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.violations.push(`${event.effectiveDirective} ${event.blockedURI}`);
});
"""
STORED = "JSON.stringify([{...localStorage}, {...sessionStorage}])"
BACKGROUND = "getComputedStyle(document.body).backgroundColor"
ON_OPERATION = "document.activeElement.matches('.opblock-summary-control')"


@pytest_asyncio.fixture(loop_scope="module")
async def reference(tab: Tab, rig: Rig) -> AsyncIterator[Page]:
    """The reference, which must leave neither our origin nor its policy."""
    page = tab.page
    page.set_default_timeout(TIMEOUT_MS)
    elsewhere: list[str] = []
    own = (f"{rig.url}/", f"blob:{rig.url}/", "data:")
    page.on("request", lambda asked: asked.url.startswith(own) or elsewhere.append(asked.url))
    await page.add_init_script(WATCH)
    await page.goto(f"{rig.url}/reference")
    await page.locator(".opblock").first.wait_for()
    yield page
    assert elsewhere == []
    assert await page.evaluate("window.violations") == []


async def call(page: Page, key: str, operation: str) -> None:
    """Enter a key, then open an operation and try it as it stands."""
    await page.locator(".btn.authorize").click()
    await page.locator("#api_key_value").fill(key)
    await page.locator(".auth-btn-wrapper .authorize").click()
    await page.locator(".auth-btn-wrapper .btn-done").click()
    opened = page.locator(f".opblock[id$='{operation}']")
    await opened.locator(".opblock-summary-control").click()
    await opened.locator(".try-out__btn").click()
    await opened.locator(".execute").click()


async def test_a_key_reads_the_accounts(reference: Page, tool: Tool) -> None:
    async with reference.expect_response(f"**{API}/accounts") as answered:
        await call(reference, tool.key.key, "AccountsController_list_v2")
    answer = await answered.value
    assert (await answer.json())["code"] == 0
    assert await answer.request.header_value("X-Api-Key") == tool.key.key
    await expect(reference.locator(".live-responses-table")).to_contain_text('"code": 0')
    assert await reference.evaluate(STORED) == "[{},{}]"


async def test_the_document_is_shown_whole(reference: Page, rig: Rig) -> None:
    async with rig.http.get(f"{rig.url}/openapi.json") as answer:
        paths = (await answer.json())["paths"]
    await expect(reference.locator(".opblock")).to_have_count(sum(map(len, paths.values())))
    # Calls go to the address of the browser, whatever public address the document names.
    await expect(reference.locator(".servers option")).to_have_text([rig.url])
    opened = reference.locator(".opblock[id$='AccountsController_list_v2']")
    await opened.locator(".opblock-summary-control").click()
    await expect(opened).to_contain_text("accounts:read")
    examples = await opened.locator(".examples-select-element option").all_text_contents()
    assert examples[0] == SUCCESS[await language(reference)]
    assert [example for example in examples[1:] if not example.partition(":")[0].isdigit()] == []


async def test_words_and_keyboard_lead_to_an_operation(reference: Page) -> None:
    words = await language(reference)
    field = reference.get_by_role("searchbox", name=SEARCH[words])
    shown = reference.locator(".opblock-summary-description")
    await field.fill("rotate nothing")
    await expect(shown).to_have_count(0)
    await field.fill("delete accounts/{")
    await expect(shown).to_have_text([DELETE[words]])
    await field.fill(REPLACE[words][0])
    await expect(shown).to_have_text([REPLACE[words][1]])
    for _ in range(10):
        await reference.keyboard.press("Tab")
        if await reference.evaluate(ON_OPERATION):
            break
    await reference.keyboard.press("Enter")
    await expect(reference.locator(".opblock.is-open")).to_have_count(1)
    await reference.get_by_role("link", name=LIST[words]).first.click()
    await expect(reference.locator("h1")).to_have_text(LIST[words])


async def test_it_suits_the_dark_and_a_phone(reference: Page) -> None:
    light = await reference.evaluate(BACKGROUND)
    await reference.emulate_media(color_scheme="dark")
    await expect(reference.locator("html.dark-mode")).to_have_count(1)
    assert await reference.evaluate(BACKGROUND) != light
    await reference.set_viewport_size({"width": 390, "height": 844})
    await reference.locator(".opblock-summary-control").first.click()
    width = await reference.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert width <= 0


WORDS = """() => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = new Set();
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    const code = "pre, code, script, .opblock-summary-path, .parameter__name, .languages, .brand";
    if (!element.closest(code) && element.checkVisibility()) {
      found.add(texts.currentNode.nodeValue.trim());
    }
  }
  return [...found];
}"""
CHINESE = re.compile("[\u4e00-\u9fff]")
SENTENCE = re.compile(r"[A-Z]?[a-z]+ [a-z]+")


async def test_it_is_in_one_language(reference: Page) -> None:
    words = await language(reference)
    opened = reference.locator(".opblock[id$='AccountsController_list_v2']")
    await opened.locator(".opblock-summary-control").click()
    await opened.locator(".responses-wrapper").wait_for()
    shown = await reference.evaluate(WORDS)
    if words == "en-US":
        assert [text for text in shown if CHINESE.search(text)] == []
    else:
        foreign = [text for text in shown if SENTENCE.search(text) and not CHINESE.search(text)]
        assert foreign == []
        for label in ("Parameters", "Responses", "Try it out", "Authorize", "Execute"):
            assert label not in shown
