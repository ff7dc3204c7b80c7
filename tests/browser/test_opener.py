"""The page that opened our window learns the outcome, and no page of another origin does."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, Page, expect

from openchannels.core.sessions import Binding
from tests.browser.conftest import TIMEOUT_MS
from tests.browser.test_person import chromium, pytestmark
from tests.harness.rig import Rig
from tests.harness.waiting import until

__all__ = ["chromium", "pytestmark"]
OPENER = """<!doctype html><title>opener</title><style>body { height: 9em }</style><script>
const heard = [];
addEventListener("message", ({data, origin}) => heard.push({data, origin}));
</script>"""
POPUP = "popup,width=500,height=700"


@asynccontextmanager
async def site() -> AsyncIterator[str]:
    """A page that opens windows and notes what it hears; yields its origin."""

    async def opener(_request: web.Request) -> web.Response:
        return web.Response(text=OPENER, content_type="text/html")

    app = web.Application()
    app.add_routes([web.get("/", opener)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest_asyncio.fixture(loop_scope="module")
async def opener(chromium: Browser) -> AsyncIterator[Page]:
    """A page of a site of its own."""
    async with site() as origin:
        context = await chromium.new_context(locale="zh-CN")
        context.set_default_timeout(TIMEOUT_MS)
        page = await context.new_page()
        await page.goto(origin)
        yield page
        await context.close()


async def finished(opener: Page, url: str, binding: Binding, button: str = "approve") -> None:
    """Go through the connection in a popup, up to the result page."""
    async with opener.expect_popup() as opening:
        await opener.evaluate("([url, popup]) => { open(url, '', popup); }", [url, POPUP])
    popup = await opening.value
    if binding is Binding.BOUND:
        await popup.locator("button.primary").click()
    await popup.locator(f"button[value={button}]").click()
    if binding is Binding.CONFIRM and button == "approve":
        await popup.locator("button.primary").click()
    await expect(popup.locator(".link-row")).to_have_count(1)
    await expect(popup.locator("html")).to_have_attribute("lang", "zh-CN")


@pytest.mark.parametrize("binding", Binding)
async def test_an_allowed_opener_hears_the_outcome(
    opener: Page, rig: Rig, binding: Binding
) -> None:
    origin = opener.url.rstrip("/")
    tool = await rig.tool(binding=binding, origins=["https://app.example.com", origin])
    started = await tool.start("youtube")
    await finished(opener, started["url"], binding)
    heard = await until(lambda: opener.evaluate("heard"))
    status = await tool.status("youtube", started["sessionId"])
    message: dict[str, Any] = {
        "type": "openchannels:connect",
        "sessionId": started["sessionId"],
        "status": "completed",
        "accountId": status["accountId"],
        "accountIds": status["accountIds"],
    }
    assert heard == [{"data": message, "origin": rig.url}]


async def test_a_failure_is_told_too(opener: Page, rig: Rig) -> None:
    tool = await rig.tool(origins=[opener.url.rstrip("/")])
    started = await tool.start("youtube")
    await finished(opener, started["url"], Binding.DIRECT, "deny")
    (heard,) = await until(lambda: opener.evaluate("heard"))
    assert heard["data"] == {
        "type": "openchannels:connect",
        "sessionId": started["sessionId"],
        "status": "failed",
        "errorCode": 15013,
        "accountIds": [],
    }


CONNECT = """([service, url, sessionId]) => {
  document.body.onclick = async () => {
    const { connect } = await import(`${service}/assets/connect.js`);
    globalThis.outcome = await connect(url, { sessionId });
  };
}"""


async def test_the_helper_returns_the_outcome_and_closes_the_popup(opener: Page, rig: Rig) -> None:
    """Without a back end to ask, and with a `redirectUri` whose page stays open."""
    origin = opener.url.rstrip("/")
    tool = await rig.tool(origins=[origin])
    started = await tool.start("youtube", redirectUri=origin)
    await opener.evaluate(CONNECT, [rig.url, started["url"], started["sessionId"]])
    async with opener.expect_popup() as opening:
        await opener.locator("body").click()
    popup = await opening.value
    async with popup.expect_event("close"):
        await popup.locator("button[value=approve]").click()
    status = await tool.status("youtube", started["sessionId"])
    assert await opener.evaluate("outcome") == {
        "status": "completed",
        "sessionId": started["sessionId"],
        "accountId": status["accountId"],
        "accountIds": status["accountIds"],
        "errorCode": None,
    }


@pytest.mark.parametrize("origins", [["https://app.example.com"], []], ids=["other", "none"])
async def test_any_other_opener_hears_nothing(opener: Page, rig: Rig, origins: list[str]) -> None:
    tool = await rig.tool(origins=origins)
    started = await tool.start("youtube")
    async with opener.expect_popup() as opening:
        await opener.evaluate("url => { open(url, ''); }", started["url"])
    popup = await opening.value
    await popup.locator("button[value=approve]").click()
    await expect(popup.locator(".accounts .person")).to_have_count(1)
    # Messages arrive in order, so this one comes after any from the page's own script.
    await popup.evaluate("opener.postMessage('last', '*')")
    heard = await until(lambda: opener.evaluate("heard"))
    assert [one["data"] for one in heard] == ["last"]


@pytest.mark.parametrize(
    ("path", "policy"),
    [
        ("/", "same-origin"),
        ("/reference", "same-origin"),
        ("/reference/operations", "same-origin"),
        ("/connect/none", None),
        ("/connect/none/go", None),
        ("/api/v2/channels/accounts/auth/youtube/callback", None),
    ],
)
async def test_only_pages_of_a_connection_keep_their_opener(
    rig: Rig, path: str, policy: str | None
) -> None:
    async with rig.http.get(rig.url + path, allow_redirects=False) as answer:
        assert answer.headers["content-type"].startswith("text/html")
        assert answer.headers.get("cross-origin-opener-policy") == policy


async def test_the_helper_may_be_imported_from_anywhere(rig: Rig) -> None:
    async with rig.http.get(f"{rig.url}/assets/connect.js") as answer:
        size = len(await answer.read())
        assert answer.status == 200
        assert answer.headers["content-type"].startswith("text/javascript")
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
        assert answer.headers["cache-control"] == "public, max-age=3600"
    assert size < 4096
    async with rig.http.get(f"{rig.url}/assets/app.js") as answer:
        assert "access-control-allow-origin" not in answer.headers
