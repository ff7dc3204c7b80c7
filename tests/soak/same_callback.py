"""The same callback delivered 50 times at once, over two processes' worth of servers.

Every code is redeemed once, every person has one account, and all answers agree.
"""

import asyncio
import html
from collections import Counter
from typing import Any

from tests.harness.browser import Browser, Page
from tests.harness.paths import PROFILE_ENDPOINTS, TOKEN_ENDPOINTS
from tests.harness.rig import Rig, twin
from tests.harness.tool import Tool
from tests.soak.program import over_rig, program

AT_ONCE = 50
PLATFORMS = ("youtube", "bilibili")
SESSIONS_TOGETHER = 4
BUSY = 503
RELOADS = 'http-equiv="refresh"'


async def soak(rig: Rig, sessions: int) -> dict[str, Any]:
    """Deliver; returns the counts."""
    tool = await rig.tool()
    found: Counter[str] = Counter(faults=0)
    async with twin(rig) as other:
        gate = asyncio.Semaphore(SESSIONS_TOGETHER)

        async def one(number: int) -> None:
            async with gate:
                found.update(await deliver(tool, (rig.url, other), number))

        await asyncio.gather(*map(one, range(sessions)))
    redeemed = sum([await rig.count(TOKEN_ENDPOINTS[platform]) for platform in PLATFORMS])
    read = sum([await rig.count(PROFILE_ENDPOINTS[platform]) for platform in PLATFORMS])
    accounts = len(await rig.rows("accounts"))
    found["faults"] += sum(count != sessions for count in (redeemed, read, accounts))
    return {**found, "codes_redeemed": redeemed, "profiles_read": read, "accounts": accounts}


async def deliver(tool: Tool, addresses: tuple[str, ...], number: int) -> dict[str, int]:
    """One session: its callback on all addresses at once, then all result pages."""
    platform = PLATFORMS[number % len(PLATFORMS)]
    started = await tool.start(platform)
    session_id = started["sessionId"]
    browsers = [tool.rig.browser() for _ in range(AT_ONCE)]
    callback = await browsers[0].consent(started["url"], f"person-{number}")
    path = callback.removeprefix(tool.rig.url)

    async def come_back(index: int) -> tuple[Page, Page]:
        browser = browsers[index]
        page = await opened(browser, addresses[index % len(addresses)] + path)
        return page, await opened(browser, page.location)

    pages = await asyncio.gather(*map(come_back, range(AT_ONCE)))
    status = await tool.status(platform, session_id)
    for browser in browsers:
        await browser.close()
    agreeing = all(page.status == 303 and page.location == f"/connect/{session_id}"
                   for page, _ in pages)  # fmt: skip
    results = {result.text for _, result in pages}
    completed = status["status"] == "completed" and len(status["accountIds"]) == 1
    name = status["accounts"][0]["displayName"] if completed else ""
    shown = completed and all(name in html.unescape(text) for text in results)
    good = agreeing and len(results) == 1 and shown
    counted = {"sessions": 1, "answers": len(pages), "faults": int(not good)}
    if not good:
        counted[f"ended_{status['status']}_{status.get('errorCode', 'unlike')}"] = 1
    return counted


async def opened(browser: Browser, address: str) -> Page:
    """The page at an address, loaded again where it says so.

    It does while the store has no connection to spare, and until the session has ended.
    """
    page = await browser.open(address)
    while page.status == BUSY or RELOADS in page.text:
        await asyncio.sleep(float(page.headers.get("retry-after", 3)))
        page = await browser.open(address)
    return page


if __name__ == "__main__":
    program(__doc__, over_rig(soak), 1000)
