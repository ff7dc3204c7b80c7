"""What people and integrators get to see at the end."""

import asyncio
import base64
import hashlib
import hmac
import html
import json
import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.harness.browser import Page, callback_params
from tests.harness.rig import Rig
from tests.harness.tool import Tool

pytestmark = pytest.mark.asyncio(loop_scope="module")
BACK = "https://tool.example/back?keep=1"
RELAY = "https://tool.example/hook"


async def ended(
    tool: Tool, platform: str = "youtube", language: str = "en-US", **given: Any
) -> tuple[str, Page, Page]:
    """Session id, the callback's answer and the page it leads to."""
    decision = given.pop("decision", "approve")
    started = await tool.start(platform, **given)
    browser = tool.rig.browser(language)
    first = await browser.open(await browser.consent(started["url"], decision=decision))
    return started["sessionId"], first, await browser.open(first.location)


def relayed(page: Page) -> dict[str, str]:
    """Fields of the form that is posted to `callbackUrl`."""
    form = re.search(
        r'<form class="next" method="post" action="([^"]+)".*?</form>', page.text, re.S
    )
    assert form is not None
    assert form[1] == RELAY
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form[0])
    return {name: html.unescape(value) for name, value in found}


def verified(secret: str, fields: dict[str, str]) -> bool:
    """Standard Webhooks' rule, apart from the service's own code."""
    key = base64.b64decode(secret.split("_", 1)[1])
    code = fields.get("errorCode", "")
    content = ".".join((fields["status"], code, fields["accounts"]))
    signed = f"{fields['sessionId']}.{fields['timestamp']}.{content}".encode()
    version, _, given = fields["signature"].partition(",")
    wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return version == "v1" and hmac.compare_digest(given, wanted)


async def test_the_callback_leaves_its_address(tool: Tool) -> None:
    started = await tool.start("youtube")
    browser = tool.rig.browser()
    callback = await browser.consent(started["url"])
    page = await browser.open(callback)
    assert page.status == 303
    assert page.location == f"/connect/{started['sessionId']}"
    secrets = callback_params(callback)
    assert not any(secrets[name] in page.location for name in ("code", "state"))
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"


async def test_the_cookie_under_http(tool: Tool) -> None:
    session_id, first, _ = await ended(tool)
    (cookie,) = first.cookies
    name, _, rest = cookie.partition("=")
    assert name == f"oc_{session_id}"
    attributes = {part.strip() for part in rest.split(";")[1:]}
    assert attributes == {"Path=/", "Max-Age=3600", "HttpOnly", "SameSite=Lax"}


async def test_the_cookie_under_https(rig_with: Any) -> None:
    rig: Rig = await rig_with(public_url="https://connect.example")
    tool = await rig.tool()
    started = await tool.start("youtube")
    browser = rig.browser()
    callback = await browser.consent(started["url"])
    assert callback.startswith("https://connect.example/api/v2/")
    first = await browser.open(callback.replace("https://connect.example", rig.url))
    (cookie,) = first.cookies
    pair, *attributes = (part.strip() for part in cookie.split(";"))
    name, _, proof = pair.partition("=")
    assert name == f"__Host-oc_{started['sessionId']}"
    assert set(attributes) == {"Path=/", "Max-Age=3600", "HttpOnly", "SameSite=Lax", "Secure"}
    path = f"/connect/{started['sessionId']}"
    good = await rig.browser().open(path, headers={"Cookie": f"{name}={proof}"})
    assert "YouTube" in good.text
    assert "15039" not in good.text
    # A subdomain could plant the name without its prefix.
    bare = await rig.browser().open(path, headers={"Cookie": f"{name[7:]}={proof}"})
    assert "15039" in bare.text


@pytest.mark.parametrize(("language", "word"), [("en-US", "connected"), ("zh-CN", "连接")])
async def test_the_result_page_names_workspace_and_accounts(
    tool: Tool, language: str, word: str
) -> None:
    session_id, _, page = await ended(tool, language=language)
    status = await tool.status("youtube", session_id)
    assert f'lang="{language}"' in page.text or f'lang="{language[:2]}' in page.text
    assert word in page.text
    assert tool.user_id in page.text
    assert html.escape(status["accounts"][0]["displayName"]) in page.text
    assert status["accountId"] not in page.text


@pytest.mark.parametrize(
    ("language", "text"),
    [("en-US", "Authorization was denied or failed."), ("zh-CN", "授权被拒绝或失败")],
)
async def test_the_result_page_tells_a_failure(tool: Tool, language: str, text: str) -> None:
    _, first, page = await ended(tool, language=language, decision="deny")
    assert (first.status, page.status) == (303, 200)
    assert text in page.text
    assert "15013" in page.text


async def test_the_relay_is_signed(tool: Tool) -> None:
    session_id, _, page = await ended(tool, callbackUrl=RELAY, redirectUri=BACK)
    fields = relayed(page)
    status = await tool.status("youtube", session_id)
    account = status["accounts"][0]
    assert fields["sessionId"] == session_id
    assert fields["status"] == "completed"
    assert "errorCode" not in fields
    assert fields["redirectUri"] == BACK
    assert fields["relayAccountRef"] == status["accountId"]
    assert fields["nickname"] == account["displayName"]
    assert fields["platformUid"] == account["platformUid"]
    assert [one["relayAccountRef"] for one in json.loads(fields["accounts"])] == [
        status["accountId"]
    ]
    assert abs(int(fields["timestamp"]) - tool.rig.clock()) < 60
    assert verified(tool.key.signing_secret, fields)
    for name in ("sessionId", "status", "accounts", "timestamp"):
        assert not verified(tool.key.signing_secret, {**fields, name: "1"})
    assert not verified((await tool.rig.tool()).key.signing_secret, fields)


async def test_a_failure_is_relayed_and_signed_too(tool: Tool) -> None:
    session_id, _, page = await ended(tool, callbackUrl=RELAY, decision="deny")
    fields = relayed(page)
    assert (fields["sessionId"], fields["status"]) == (session_id, "failed")
    assert (fields["errorCode"], fields["accounts"]) == ("15013", "[]")
    assert fields["platform"] == "youtube"
    assert verified(tool.key.signing_secret, fields)


@pytest.mark.parametrize("decision", ["approve", "deny"])
async def test_the_way_back_carries_the_outcome(tool: Tool, decision: str) -> None:
    session_id, _, page = await ended(tool, redirectUri=BACK, decision=decision)
    found = re.search(r'href="(https://tool\.example/[^"]+)"', page.text)
    assert found is not None
    address = urlsplit(html.unescape(found[1]))
    outcome = {"status": "failed", "errorCode": "15013"}
    if decision == "approve":
        accounts = await tool.rig.rows("accounts")
        outcome = {"status": "completed", "accountId": accounts[0]["id"]}
    assert dict(parse_qsl(address.query)) == {"keep": "1", "sessionId": session_id, **outcome}


async def test_nobody_is_sent_on_while_a_choice_is_open(tool: Tool) -> None:
    started = await tool.start("facebook", callbackUrl=RELAY, redirectUri=BACK)
    browser = tool.rig.browser()
    page = await browser.finish(await browser.consent(started["url"], "mara"))
    assert "tool.example" not in page.text


async def test_only_the_browser_that_came_back_sees_the_result(tool: Tool) -> None:
    session_id, _, page = await ended(tool)
    stranger = await tool.rig.browser().open(f"/connect/{session_id}")
    assert "15039" in stranger.text
    assert tool.user_id not in stranger.text
    assert tool.user_id in page.text


async def test_many_results_at_once_agree(tool: Tool) -> None:
    started = await tool.start("bilibili")
    browser = tool.rig.browser()
    callback = await browser.consent(started["url"])
    await browser.open(callback)
    pages = await asyncio.gather(*(tool.rig.browser().finish(callback) for _ in range(10)))
    assert len({page.text for page in pages}) == 1
