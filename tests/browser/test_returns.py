"""What the soak program of return addresses takes for a browser's reading, in a real one."""

import re

import pytest
from aiohttp import web
from playwright.async_api import Browser, expect

from tests.browser.conftest import TIMEOUT_MS
from tests.browser.test_person import MISSING, Tab, approve, chromium, tool
from tests.harness.rig import Rig
from tests.harness.tool import Tool
from tests.soak.returns import ORIGIN, hostile
from tests.soak.whatwg import origin_of

__all__ = ["chromium", "tool"]
pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(MISSING, reason="chromium is missing"),
]
READ = """(texts) => texts.map((text) => {
  const link = document.createElement("a");
  link.href = text;
  return /^https?:$/.test(link.protocol) ? link.origin : "null";
})"""


async def test_the_judge_agrees_with_chromium(chromium: Browser, rig: Rig) -> None:
    page = await chromium.new_page()
    page.set_default_timeout(TIMEOUT_MS)
    await page.goto(rig.url)
    texts = [text for text in hostile() if text.isprintable() or text.isascii()]
    read = await page.evaluate(READ, texts)
    await page.close()
    classified = [origin_of(text, rig.url) for text in texts]
    pairs = list(zip(texts, classified, read, strict=True))
    trusted = {rig.url, ORIGIN}
    # It must never take for ours, or for the tool's, what a browser takes for another site.
    assert [pair for pair in pairs if pair[1] in trusted and pair[1] != pair[2]] == []
    # Chromium keeps some marks in a host, escaped, where the standard refuses the address.
    assert sum(ours == theirs for _, ours, theirs in pairs) > 0.95 * len(pairs) > 300


@pytest.mark.parametrize("path", ["/hook", "/a;b,c'd/%2F(x)", "/"])
async def test_the_form_is_let_through_to_its_one_address(
    chromium: Browser, rig: Rig, tool: Tool, path: str
) -> None:
    """By way of a receiver that redirects to the other origin that the page names."""
    posted: list[str] = []
    app, home = web.Application(), web.Application()

    async def take(request: web.Request) -> web.Response:
        posted.append(request.raw_path)
        raise web.HTTPSeeOther(str((await request.post())["redirectUri"]))

    async def done(_request: web.Request) -> web.Response:
        return web.Response(text="<h1>back</h1>", content_type="text/html")

    app.router.add_post("/{any:.*}", take)
    home.router.add_get("/{any:.*}", done)
    runners = [web.AppRunner(one) for one in (app, home)]
    for runner in runners:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
    there, back = (f"http://127.0.0.1:{runner.addresses[0][1]}" for runner in runners)
    started = await tool.start(
        "youtube", callbackUrl=there + path + "?q=1", redirectUri=f"{back}/done"
    )
    tab = Tab(await chromium.new_page(), rig.url)
    await approve(tab, started["url"], f"one-{len(path)}")
    await tab.page.wait_for_url(re.compile(re.escape(back)))
    await expect(tab.page.locator("h1")).to_have_text("back")
    await tab.page.close()
    for runner in runners:
        await runner.cleanup()
    assert posted == [f"{path}?q=1"]
    assert tab.complaints == []


async def test_the_form_is_stopped_on_its_way_to_a_third_origin(
    chromium: Browser, rig: Rig, tool: Tool
) -> None:
    app = web.Application()

    async def away(_request: web.Request) -> web.Response:
        raise web.HTTPSeeOther("http://localhost:1/elsewhere")

    app.router.add_post("/hook", away)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    started = await tool.start("youtube", callbackUrl=url)
    tab = Tab(await chromium.new_page(), rig.url)
    async with tab.page.expect_event("console", lambda m: "form-action" in m.text):
        await approve(tab, started["url"], "third")
    assert tab.page.url == f"{rig.url}/connect/{started['sessionId']}"
    await tab.page.close()
    await runner.cleanup()
