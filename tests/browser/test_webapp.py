"""The example of a web app in a real browser: its users connect by the helper, and see works."""

import importlib.util
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from types import ModuleType
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Route, expect
from werkzeug.serving import make_server

from openchannels.client import Client
from openchannels.core.sessions import Binding
from tests.browser.conftest import TIMEOUT_MS
from tests.browser.test_person import chromium, pytestmark
from tests.harness.processes import ROOT
from tests.harness.rig import Rig

__all__ = ["chromium", "pytestmark"]
HOST = "localhost"
"""Another site than the service's, which is at 127.0.0.1."""
NO_POPUPS = "window.open = () => null"
NEVER_FOCUSED = "document.hasFocus = () => false"
"""As while a person is in another window: Playwright lets every page believe it is in front."""

Visit = Callable[..., AbstractAsyncContextManager[Page]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served(running: Rig) -> AsyncIterator[tuple[ModuleType, str]]:
    """The example's module and its address."""
    spec = importlib.util.spec_from_file_location("webapp", ROOT / "examples/webapp/app.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as environ:
        environ.setenv("OPENCHANNELS_URL", running.url)
        environ.setenv("OPENCHANNELS_API_KEY", "of-each-test")
        spec.loader.exec_module(module)
    server = make_server(HOST, 0, module.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield module, f"http://{HOST}:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest_asyncio.fixture(loop_scope="module")
async def visit(chromium: Browser, rig: Rig, served: tuple[ModuleType, str]) -> Visit:
    """Opens the app in a browser of its own; `binding` and `origins` are those of its key."""
    module, url = served

    @asynccontextmanager
    async def opened(script: str = "", locale: str = "en-US", **key: Any) -> AsyncIterator[Page]:
        tool = await rig.tool("Studio", **{"origins": [url], **key})
        module.client = Client(rig.url, tool.key.key)
        context = await chromium.new_context(locale=locale)
        context.set_default_timeout(TIMEOUT_MS)
        page = await context.new_page()
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        await page.add_init_script(script)
        await page.goto(url)
        yield page
        await context.close()
        module.client.close()
        assert faults == []

    return opened


async def begin(app: Page, platform: str) -> Page:
    async with app.expect_popup() as opening:
        await app.locator(f'[data-platform="{platform}"]').click()
    return await opening.value


async def expect_accounts(app: Page, count: int) -> None:
    await expect(app.locator(".accounts .good")).to_have_count(count)
    await expect(app.locator(".accounts .good").first).to_have_text("Connected")


async def test_a_channel_is_connected_and_its_works_are_shown(visit: Visit, rig: Rig) -> None:
    async with visit() as app:
        popup = await begin(app, "youtube")
        async with popup.expect_event("close"):
            await popup.locator("button[value=approve]").click()
        await expect_accounts(app, 1)
        await app.locator(".accounts a").click()
        await expect(app.locator(".works li").first).to_contain_text("views")
        first = await app.locator(".works b").first.text_content()
        await app.locator(".more").click()
        await expect(app.locator(".works b").first).not_to_have_text(first or "")


async def test_pages_are_chosen_in_the_popup(visit: Visit) -> None:
    async with visit(locale="zh-CN", binding=Binding.BOUND) as app:
        popup = await begin(app, "facebook")
        await popup.locator("button.primary").click()
        await popup.locator("#person").fill("mara")
        await popup.locator("button[value=show]").click()
        await popup.locator("button[value=approve]").click()
        await expect(popup.locator("html")).to_have_attribute("lang", "zh-CN")
        boxes = popup.locator('input[name="account"]')
        await boxes.nth(0).check()
        await boxes.nth(2).check()
        await popup.locator("form[data-choice] [type=submit]").click()
        await expect_accounts(app, 2)


async def test_a_denial_is_shown_in_the_app(visit: Visit) -> None:
    async with visit() as app:
        popup = await begin(app, "youtube")
        await popup.locator("button[value=deny]").click()
        await expect(app.locator(".notice.failed")).to_contain_text("denied")
        await expect(app.locator("[data-platform=youtube]")).to_be_enabled()
        await expect(app.locator(".accounts")).to_have_count(0)


FORGED = """(sessionId) => {
  const message = { type: "openchannels:connect", sessionId, status: "failed" };
  (opener ?? window).postMessage(message, "*");
}"""


async def test_a_popup_closed_by_hand_cancels(visit: Visit, rig: Rig) -> None:
    async with visit() as app:
        async with app.expect_response("**/connect/youtube") as answering:
            popup = await begin(app, "youtube")
        session_id = (await (await answering.value).json())["sessionId"]
        await popup.locator("#person").wait_for()
        # None of these is believed: another window, another site's page in the popup, and a page of
        # the service that speaks of another session.
        await app.evaluate(FORGED, session_id)
        pages = {f"{app.url}style.css": session_id, f"{rig.url}/connect/none": "other"}
        for url, session in pages.items():
            await popup.evaluate("url => { location.href = url; }", url)
            await popup.wait_for_url(url)
            await popup.evaluate(FORGED, session)
        await popup.close()
        await expect(app.locator(".notice")).to_have_text("Nothing was connected.")
        await expect(app.locator("[data-platform=youtube]")).to_be_enabled()


async def test_without_a_message_the_back_end_is_asked(visit: Visit, rig: Rig) -> None:
    """The platform's page parts the windows for good, as Cross-Origin-Opener-Policy lets it."""

    async def part(route: Route) -> None:
        answer = await route.fetch()
        headers = {**answer.headers, "cross-origin-opener-policy": "same-origin"}
        headers.pop("content-security-policy")
        await route.fulfill(response=answer, headers=headers)

    async with visit(NEVER_FOCUSED) as app:
        await app.context.route(f"{rig.sandbox_url}/**", part)
        popup = await begin(app, "youtube")
        await popup.locator("#person").wait_for()
        assert await popup.evaluate("opener") is None
        await popup.locator("button[value=approve]").click()
        await expect_accounts(app, 1)


async def test_a_key_without_origins_connects_as_well(visit: Visit) -> None:
    async with visit(origins=[], binding=Binding.CONFIRM) as app:
        popup = await begin(app, "youtube")
        await popup.locator("button[value=approve]").click()
        await popup.locator("button.primary").click()
        await expect_accounts(app, 1)


async def test_a_blocked_popup_becomes_a_redirect(visit: Visit) -> None:
    async with visit(NO_POPUPS) as app:
        await app.locator("[data-platform=youtube]").click()
        await app.locator("button[value=approve]").click()
        await app.wait_for_url("**/?sessionId=*&status=completed&*")
        await expect_accounts(app, 1)
