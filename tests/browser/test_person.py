"""A person in a real browser: consent, choice, result, and the way back to the tool."""

import os
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.browser.conftest import TIMEOUT_MS
from tests.flow.test_results import verified
from tests.harness.rig import Rig
from tests.harness.tool import Tool

CHROMIUM = Path("/usr/bin/chromium")
# In CI a missing browser is a failure, not a test left out.
MISSING = not CHROMIUM.exists() and not os.environ.get("CI")
pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(MISSING, reason=f"{CHROMIUM} is missing: apt-get install chromium"),
]
ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-gpu",
]


class Tab:
    """A page, with what its console said of our own pages."""

    def __init__(self, page: Page, own: str) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("console", lambda message: self._note(message.type, message.text, own, message))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _note(self, kind: str, text: str, own: str, message: Any) -> None:
        source = str((message.location or {}).get("url", ""))
        policy = "Content Security Policy" in text or "Refused to" in text
        if policy or (kind == "error" and source.startswith(own) and "favicon" not in source):
            self.complaints.append(text)


class Receiver:
    """A tool builder's site: takes the posted form, and the browser at the end."""

    def __init__(self) -> None:
        self.posted: list[dict[str, str]] = []
        self.url = ""

    async def relay(self, request: web.Request) -> web.Response:
        fields = {name: str(value) for name, value in (await request.post()).items()}
        self.posted.append(fields)
        raise web.HTTPSeeOther(fields.get("redirectUri", "/done"))

    async def done(self, _request: web.Request) -> web.Response:
        return web.Response(text="<h1>back at the tool</h1>", content_type="text/html")


@pytest_asyncio.fixture(loop_scope="module")
async def receiver() -> AsyncIterator[Receiver]:
    site = Receiver()
    app = web.Application()
    app.add_routes([web.post("/hook", site.relay), web.get("/done", site.done)])
    runner = web.AppRunner(app)
    await runner.setup()
    listening = web.TCPSite(runner, "127.0.0.1", 0)
    await listening.start()
    host, port = runner.addresses[0]
    site.url = f"http://{host}:{port}"
    yield site
    await runner.cleanup()


@pytest_asyncio.fixture(loop_scope="module")
async def tool(rig: Rig) -> Tool:
    return await rig.tool("Acme Workspace")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=ARGUMENTS, env={**os.environ, "HOME": "/tmp"}
        )
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module", params=["en-US", "zh-CN"])
async def tab(request: pytest.FixtureRequest, chromium: Browser, rig: Rig) -> AsyncIterator[Tab]:
    context = await chromium.new_context(locale=request.param)
    context.set_default_timeout(TIMEOUT_MS)
    opened = Tab(await context.new_page(), rig.url)
    yield opened
    await context.close()
    assert opened.complaints == []


async def language(page: Page) -> str:
    return str(await page.locator("html").get_attribute("lang"))


async def approve(tab: Tab, url: str, person: str = "ida") -> None:
    """Sign in as a person and approve, with the mouse."""
    await tab.page.goto(url)
    await tab.page.locator("#person").fill(person)
    await tab.page.locator("button[value=show]").click()
    await tab.page.locator("button[value=approve]").click()


async def test_a_channel_is_connected(tab: Tab, tool: Tool, rig: Rig) -> None:
    started = await tool.start("youtube")
    await approve(tab, started["url"])
    await tab.page.wait_for_url(f"{rig.url}/connect/{started['sessionId']}")
    status = await tool.status("youtube", started["sessionId"])
    assert status["status"] == "completed"
    for text in (status["accounts"][0]["displayName"], "Acme Workspace"):
        await expect(tab.page.locator("main")).to_contain_text(text)
    assert await language(tab.page) in ("en-US", "zh-CN", "en", "zh")
    assert (await tool.works("youtube", status["accountId"])).code == 0


async def test_a_denial_is_explained(tab: Tab, tool: Tool) -> None:
    started = await tool.start("youtube")
    await tab.page.goto(started["url"])
    await tab.page.locator("button[value=deny]").click()
    await expect(tab.page.locator("main")).to_contain_text("15013")
    assert (await tool.status("youtube", started["sessionId"]))["errorCode"] == 15013


async def test_pages_are_chosen_and_the_tool_is_told(
    tab: Tab, tool: Tool, receiver: Receiver
) -> None:
    started = await tool.start(
        "facebook",
        callbackUrl=f"{receiver.url}/hook",
        redirectUri=f"{receiver.url}/done?keep=1",
    )
    await approve(tab, started["url"], "mara")
    boxes = tab.page.locator('input[name="account"]')
    await expect(boxes).to_have_count(3)
    submit = tab.page.locator("form[data-choice] [type=submit]")
    await expect(submit).to_be_disabled()
    await boxes.nth(0).check()
    await boxes.nth(2).check()
    await submit.click()
    await tab.page.wait_for_url(re.compile(re.escape(receiver.url)))
    await expect(tab.page.locator("h1")).to_have_text("back at the tool")
    assert tab.page.url == f"{receiver.url}/done?keep=1"
    (fields,) = receiver.posted
    status = await tool.status("facebook", started["sessionId"])
    assert (fields["status"], fields["sessionId"]) == ("completed", started["sessionId"])
    assert len(status["accountIds"]) == 2
    assert all(account_id in fields["accounts"] for account_id in status["accountIds"])
    assert verified(tool.key.signing_secret, fields)


async def test_the_browser_goes_back_with_the_outcome(
    tab: Tab, tool: Tool, receiver: Receiver
) -> None:
    started = await tool.start("bilibili", redirectUri=f"{receiver.url}/done")
    await approve(tab, started["url"])
    await tab.page.wait_for_url(re.compile(re.escape(receiver.url)))
    status = await tool.status("bilibili", started["sessionId"])
    query = f"sessionId={started['sessionId']}&status=completed&accountId={status['accountId']}"
    assert tab.page.url == f"{receiver.url}/done?{query}"


@pytest.mark.parametrize(
    ("path", "english", "chinese"),
    [
        ("/", "platforms", "平台"),
        ("/reference", "accountId", "accountId"),
        ("/reference/operations", "accountId", "accountId"),
    ],
)
async def test_home_and_reference_render(
    tab: Tab, rig: Rig, path: str, english: str, chinese: str
) -> None:
    answer = await tab.page.goto(rig.url + path)
    assert answer is not None
    assert answer.status == 200
    word = chinese if (await language(tab.page)).startswith("zh") else english
    await expect(tab.page.locator("body")).to_contain_text(word, ignore_case=True)
    width = await tab.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert width <= 0


SAME_WIDTH = """(places) => places.map((place) => {
  const found = document.querySelector(place);
  const probe = document.createElement("span");
  found.append(probe);
  const widths = ["iiiiiiii", "MMMMMMMM"].map((text) => {
    probe.textContent = text;
    return probe.getBoundingClientRect().width;
  });
  probe.remove();
  return Math.abs(widths[0] - widths[1]) < 0.5;
})"""


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/", ["pre code", ".platforms code"]),
        ("/reference/operations", [".operations code", ".method"]),
        ("/connect/none", [".codes code"]),
    ],
)
async def test_code_is_set_in_a_fixed_pitch(tab: Tab, rig: Rig, path: str, code: list[str]) -> None:
    await tab.page.goto(rig.url + path)
    assert await tab.page.evaluate(SAME_WIDTH, code) == [True] * len(code)


async def test_a_picked_language_stays(tab: Tab, rig: Rig) -> None:
    page = tab.page
    await page.goto(rig.url)
    before = await language(page)
    await page.locator(".languages a").click()
    after = await language(page)
    assert {before, after} == {"en-US", "zh-CN"}
    for path in ("/reference", "/connect/none", "/nothing/here"):
        await page.goto(rig.url + path)
        assert await language(page) == after
    tab.complaints.clear()
