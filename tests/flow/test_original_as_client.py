"""A self-hosted installation of the original that names us as its relay server.

It forwards starts and polls with its own callback address, makes accounts of its own out of the
form that the result page posts to it, and forwards later calls with the account ids exchanged in
address and body.
"""

import html
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import pytest
import pytest_asyncio
from aiohttp import web
from yarl import URL

from tests.harness.browser import Page
from tests.harness.rig import Rig
from tests.harness.tool import Tool

pytestmark = pytest.mark.asyncio(loop_scope="module")
RELAYED = "/api/v2/channels/relay/callback"
BACK = "https://tool.example/back"
HOP_BY_HOP = ("Content-Length", "Transfer-Encoding", "Connection")


@dataclass
class Original:
    """The installation: `accounts` maps its own account ids to ours."""

    server: Tool
    url: str = ""
    accounts: dict[str, dict[str, str]] = field(default_factory=dict)

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/api/v2/channels/accounts/auth/{platform}", self.start)
        app.router.add_post(RELAYED, self.relayed)
        app.router.add_route("*", "/{path:.*}", self.forwarded)
        return app

    async def start(self, request: web.Request) -> web.StreamResponse:
        query = dict(request.query)
        whose = {"userId": "local-user", "groupId": query.pop("groupId", "")}
        query["callbackUrl"] = f"{self.url}{RELAYED}?{urlencode(whose)}"
        return await self._ask("GET", f"{request.path}?{urlencode(query)}", b"", request)

    async def relayed(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        for one in json.loads(str(form["accounts"])):
            local = f"{one['platform']}_local_{one['platformUid']}"
            owner = {"userId": request.query["userId"], "groupId": request.query["groupId"]}
            self.accounts[local] = {**owner, **one}
        raise web.HTTPFound(str(form["redirectUri"]))

    async def forwarded(self, request: web.Request) -> web.StreamResponse:
        path, body = str(request.rel_url), await request.read()
        for local, account in self.accounts.items():
            path = path.replace(local, account["relayAccountRef"])
            body = body.replace(local.encode(), account["relayAccountRef"].encode())
        return await self._ask(request.method, path, body, request)

    async def _ask(
        self, method: str, path: str, body: bytes, request: web.Request
    ) -> web.StreamResponse:
        rig = self.server.rig
        # The cookies of the browser are forwarded as well.
        headers = {"x-api-key": self.server.key.key, "cookie": request.headers.get("cookie", "")}
        if body:
            headers["content-type"] = request.content_type
        address = URL(rig.url + path, encoded=True)
        async with rig.http.request(method, address, data=body, headers=headers) as answer:
            kept = {name: text for name, text in answer.headers.items() if name not in HOP_BY_HOP}
            kept.pop("Content-Encoding", None)
            return web.Response(status=answer.status, headers=kept, body=await answer.read())


@pytest_asyncio.fixture(loop_scope="module")
async def original(rig: Rig) -> AsyncIterator[Original]:
    installation = Original(await rig.tool())
    runner = web.AppRunner(installation.app())
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    installation.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    origins = (installation.url, "https://tool.example")
    installation.server = await rig.tool(origins=origins)
    yield installation
    await runner.cleanup()


async def asked(original: Original, method: str, path: str, **options: Any) -> Any:
    address = f"{original.url}/api/v2/channels{path}"
    async with original.server.rig.http.request(method, address, **options) as answer:
        body = await answer.json()
        assert body["code"] == 0, body
        return body.get("data")


def posted(page: Page) -> tuple[str, list[tuple[str, str]]]:
    """The form that the result page posts without being asked: its address and fields."""
    form = re.search(
        r'<form class="next" method="post" action="([^"]+)".*?</form>', page.text, re.S
    )
    assert form is not None
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form[0])
    return html.unescape(form[1]), [(name, html.unescape(value)) for name, value in found]


async def connected(original: Original, platform: str, group: str) -> str:
    """Connect through the installation as its own web client does; returns the session's id."""
    query = {"redirectUri": BACK, "groupId": group}
    started = await asked(original, "GET", f"/accounts/auth/{platform}", params=query)
    browser = original.server.rig.browser()
    address, fields = posted(await browser.finish(await browser.consent(started["url"])))
    landed = await browser.post(address, fields)
    assert (landed.status, landed.location) == (302, BACK)
    return str(started["sessionId"])


async def test_accounts_of_the_original_are_served_through_us(original: Original) -> None:
    for platform, group in (("youtube", "videos"), ("tiktok", "shorts")):
        session = await connected(original, platform, group)
        state = await asked(original, "GET", f"/accounts/auth/{platform}/status/{session}")
        local = next(name for name in original.accounts if name.startswith(platform))
        account = original.accounts[local]
        assert (account["userId"], account["groupId"]) == ("local-user", group)
        assert account["relayAccountRef"] == state["accountId"]
        assert (await asked(original, "GET", f"/accounts/{local}/auth-status"))["status"] == 1
        works = await asked(original, "GET", f"/works/{platform}", params={"accountId": local})
        assert works["items"]
        page = {"accountId": local, "pagination[limit]": 2}
        assert len((await asked(original, "GET", f"/works/{platform}", params=page))["items"]) == 2
    # The original's client writes lists with brackets.
    every = [("ids[]", name) for name in original.accounts]
    listed = await asked(original, "GET", "/accounts", params=every)
    assert [one["id"] for one in listed["list"]] == sorted(
        one["relayAccountRef"] for one in original.accounts.values()
    )
    for local in original.accounts:
        assert await asked(original, "DELETE", f"/accounts/{local}") is True
