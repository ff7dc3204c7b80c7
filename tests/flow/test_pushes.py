"""Platforms that push, that want people to come from our page, and that call back by program.

The real service and store, over platforms played from a script.
"""

import base64
import json
import re
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from openchannels.app import bootstrap, platforms
from openchannels.app.bootstrap import build_app, open_runtime
from openchannels.connectors.douyin.connector import Douyin
from openchannels.connectors.wechat.crypto import signature
from openchannels.connectors.wechat.official_account.connector import WxGzh
from openchannels.core.sessions import Binding
from openchannels.settings import load_settings
from openchannels.transport.client import Answer, Call
from tests.harness.clock import Clock
from tests.harness.tasks import run_due

API = "/api/v2/channels"
PUSHES = f"{API}/platforms/wxGzh/webhooks"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
ENVIRON = {
    "OPENCHANNELS_VAULT__KEYS__TEST": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    "OPENCHANNELS_PLATFORMS__DOUYIN__CLIENT_ID": "tt1",
    "OPENCHANNELS_PLATFORMS__DOUYIN__CLIENT_SECRET": "douyin-secret",
    "OPENCHANNELS_PLATFORMS__DOUYIN__FORM": "miniapp",
    "OPENCHANNELS_PLATFORMS__WXGZH__COMPONENT_APP_ID": "wx1",
    "OPENCHANNELS_PLATFORMS__WXGZH__COMPONENT_APP_SECRET": "component-secret",
    "OPENCHANNELS_PLATFORMS__WXGZH__COMPONENT_TOKEN": "push-token",
    "OPENCHANNELS_PLATFORMS__WXGZH__COMPONENT_AES_KEY": AES_KEY,
}
ANSWERS: dict[str, Any] = {
    "/api_component_token": {"component_access_token": "ct", "expires_in": 7200},
    "/api_create_preauthcode": {"pre_auth_code": "pre1", "expires_in": 1800},
    "/api_query_auth": {
        "authorization_info": {
            "authorizer_appid": "wxa",
            "authorizer_access_token": "at",
            "authorizer_refresh_token": "rt",
            "expires_in": 7200,
            "func_info": [{"funcscope_category": {"id": 7}}],
        }
    },
    "/api_get_authorizer_info": {"authorizer_info": {"nick_name": "骑行", "user_name": "gh_1"}},
    "/getusercumulate": {"errcode": 48001},
    "/batchget": {"total_count": 0, "item": []},
    "/client_token/": {"data": {"access_token": "clt", "expires_in": 7200}},
    "/qrcode/create/": {"err_no": 0, "data": {"img": "iVBORw0KGgo="}},
    "/access_token/": {"data": {"access_token": "u", "open_id": "_000", "expires_in": 1296000}},
    "/jscode2session": {"err_no": 0, "data": {"openid": "_000"}},
    "/get_fans/": {"data": {"result_list": []}},
}


class Played:
    """Takes the place of the HTTP client."""

    def __init__(self) -> None:
        self.answers = dict(ANSWERS)
        self.calls: list[str] = []

    async def __call__(self, call: Call) -> Answer:
        self.calls.append(call.url)
        body = next(body for end, body in self.answers.items() if call.url.endswith(end))
        return Answer(200, {}, json.dumps(body).encode())

    def load(self) -> None:
        """Nothing is missing."""

    async def close(self) -> None:
        pass


@pytest.fixture
async def bench(
    store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[SimpleNamespace]:
    """A service with the two connectors, a client with a key, and what is played."""
    played, clock = Played(), Clock()
    connectors = {c.id: c for c in (Douyin(), WxGzh())}
    monkeypatch.setattr(bootstrap, "CONNECTORS", connectors)
    monkeypatch.setattr(platforms, "CONNECTORS", connectors)
    monkeypatch.setattr(platforms, "HttpClient", lambda **_: played)
    monkeypatch.setattr("openchannels.connectors.wechat.component.TICKET_PAUSE", 0)
    settings = load_settings(
        data_dir=tmp_path,
        environ={**ENVIRON, "OPENCHANNELS_DATABASE__URL": store},
    )
    runtime = await open_runtime(settings, public_url="https://oc.example", clock=clock)
    transport = httpx2.ASGITransport(build_app(runtime))
    new = await runtime.services.api_keys.create("acme", "test", (), None)
    async with httpx2.AsyncClient(transport=transport, base_url="https://oc.example") as http:
        yield SimpleNamespace(
            http=http, key={"X-Api-Key": new.key}, played=played, clock=clock, runtime=runtime
        )
    await runtime.close()


async def start(bench: SimpleNamespace, platform: str) -> dict[str, Any]:
    answer = await bench.http.get(f"{API}/accounts/auth/{platform}", headers=bench.key)
    assert answer.json()["code"] == 0, answer.json()
    data: dict[str, Any] = answer.json()["data"]
    return data


async def status(bench: SimpleNamespace, platform: str, session_id: str) -> dict[str, Any]:
    path = f"{API}/accounts/auth/{platform}/status/{session_id}"
    data: dict[str, Any] = (await bench.http.get(path, headers=bench.key)).json()["data"]
    return data


async def account_state(bench: SimpleNamespace, account_id: str) -> dict[str, Any]:
    path = f"{API}/accounts/{account_id}/auth-status"
    data: dict[str, Any] = (await bench.http.get(path, headers=bench.key)).json()["data"]
    return data


def seal(message: str) -> str:
    plain = bytes(16) + struct.pack(">I", len(message.encode())) + message.encode() + b"wx1"
    size = 32 - len(plain) % 32
    key = base64.b64decode(AES_KEY + "=")
    sealer = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(sealer.update(plain + bytes((size,)) * size)).decode()


async def push(bench: SimpleNamespace, kind: str, path: str = PUSHES, **fields: str) -> Any:
    """An event as WeChat pushes it."""
    inner = "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in fields.items())
    sealed = seal(f"<xml><InfoType>{kind}</InfoType>{inner}</xml>")
    stamp = str(int(bench.clock()))
    query = {
        "timestamp": stamp,
        "nonce": "n",
        "msg_signature": signature("push-token", stamp, "n", sealed),
    }
    body = f"<xml><AppId>wx1</AppId><Encrypt>{sealed}</Encrypt></xml>"
    return await bench.http.post(path, params=query, content=body)


async def ready(bench: SimpleNamespace) -> dict[str, Any]:
    """A ticket is there, and a session started."""
    answer = await push(bench, "component_verify_ticket", ComponentVerifyTicket="ticket@@@1")
    assert (answer.status_code, answer.text) == (200, "success")
    return await start(bench, "wxGzh")


async def pressed(bench: SimpleNamespace, started: dict[str, Any]) -> Any:
    """Open the page of ours and press its button; returns the page that leads on."""
    page = await bench.http.get(started["url"])
    fields = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]+)"', page.text))
    return await bench.http.post(f"/connect/{started['sessionId']}/go", data=fields)


def link_of(page: Any) -> str:
    return unescape(re.findall(r'class="primary" href="([^"]+)"', page.text)[0])


async def connected(bench: SimpleNamespace) -> str:
    started = await ready(bench)
    query = parse_qs(urlsplit(link_of(await pressed(bench, started))).query)
    state = parse_qs(urlsplit(query["redirect_uri"][0]).query)["state"][0]
    callback = f"{API}/accounts/auth/wxGzh/callback"
    page = await bench.http.get(callback, params={"state": state, "auth_code": "c"})
    assert page.status_code == 303
    data = await status(bench, "wxGzh", started["sessionId"])
    assert data["status"] == "completed", data
    return str(data["accountId"])


# The way over our own page


async def test_the_page_that_leads_to_the_platform(bench: SimpleNamespace) -> None:
    started = await ready(bench)
    address = f"https://oc.example/connect/{started['sessionId']}/go?ticket="
    assert started["url"].startswith(address)
    page = await bench.http.get(started["url"])
    assert page.status_code == 200
    assert page.headers["set-cookie"].startswith(f"__Host-oc_{started['sessionId']}=")
    for attribute in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/;"):
        assert attribute in page.headers["set-cookie"]
    assert bench.played.calls == []
    for _ in range(2):
        page = await pressed(bench, started)
    assert page.headers["referrer-policy"] == "origin"
    query = parse_qs(urlsplit(link_of(page)).query)
    assert query["pre_auth_code"] == ["pre1"]
    state = parse_qs(urlsplit(query["redirect_uri"][0]).query)["state"][0]
    assert state not in started["url"]
    garbled = query["redirect_uri"][0] + "?auth_code=c&expires_in=600"
    assert (await bench.http.get(garbled)).status_code == 303
    data = await status(bench, "wxGzh", started["sessionId"])
    assert data["accounts"][0]["displayName"] == "骑行"
    back = await bench.http.get(started["url"])
    assert (back.status_code, back.headers["location"]) == (
        303,
        f"/connect/{started['sessionId']}",
    )
    bench.http.cookies.clear()
    assert "15039" in (await bench.http.get(started["url"])).text


async def test_the_page_opens_to_the_ticket_only(bench: SimpleNamespace) -> None:
    started = await ready(bench)
    address, _, ticket = started["url"].partition("?")
    for query in ("", "?ticket=", f"?ticket={started['sessionId']}", "?ticket=x", "?ticket=%ff"):
        assert "15039" in (await bench.http.get(address + query)).text
    assert "15039" in (await bench.http.get(f"/connect/AAAAAAAAAAAAAAAA/go?{ticket}")).text
    bench.clock.advance(16 * 60)
    assert "15039" in (await bench.http.get(started["url"])).text
    assert bench.played.calls == []


async def test_without_a_ticket_the_page_says_whose_matter_it_is(bench: SimpleNamespace) -> None:
    bench.played.answers["/api_start_push_ticket"] = {"errcode": 0}
    started = await start(bench, "wxGzh")
    assert "15070" in (await pressed(bench, started)).text


# Pushes


@pytest.mark.parametrize("binding", ["confirm", "bound"])
async def test_a_pushed_code_does_not_stand_for_the_person(
    bench: SimpleNamespace, binding: str
) -> None:
    """With `confirm` the browser that brings the same code is asked; with `bound` it redeems it."""
    new = await bench.runtime.services.api_keys.create("acme", binding=Binding(binding))
    bench.key = {"X-Api-Key": new.key}
    started = await ready(bench)
    query = parse_qs(urlsplit(link_of(await pressed(bench, started))).query)
    await push(bench, "authorized", PreAuthCode="pre1", AuthorizationCode="c")
    await bench.runtime.services.platform_webhooks.drain()
    assert (await status(bench, "wxGzh", started["sessionId"]))["status"] == "pending"
    redeemed = [call for call in bench.played.calls if call.endswith("api_query_auth")]
    assert len(redeemed) == (binding == "confirm")
    back = query["redirect_uri"][0]
    jar = dict(bench.http.cookies)
    bench.http.cookies.clear()
    assert (await bench.http.get(f"{back}?auth_code=guess")).status_code == 403
    bench.http.cookies.update(jar)
    page = await bench.http.get((await bench.http.get(f"{back}?auth_code=c")).headers["location"])
    assert ('value="decline"' in page.text) == (binding == "confirm")
    done = (await status(bench, "wxGzh", started["sessionId"]))["status"]
    assert done == ("pending" if binding == "confirm" else "completed")


async def test_a_pushed_code_finishes_a_session(bench: SimpleNamespace) -> None:
    started = await ready(bench)
    await pressed(bench, started)
    await push(bench, "authorized", PreAuthCode="pre1", AuthorizationCode="c")
    await bench.runtime.services.platform_webhooks.drain()
    data = await status(bench, "wxGzh", started["sessionId"])
    assert data["accountId"] == "wxGzh_wxa"
    again = await push(bench, "authorized", PreAuthCode="pre1", AuthorizationCode="c")
    await bench.runtime.services.platform_webhooks.drain()
    assert again.text == "success"
    assert len([c for c in bench.played.calls if c.endswith("api_query_auth")]) == 1


async def test_a_revoked_grant_takes_the_account_offline(bench: SimpleNamespace) -> None:
    account_id = await connected(bench)
    assert (await account_state(bench, account_id))["status"] == 1
    before = str(int(bench.clock()) - 60)
    await push(bench, "unauthorized", AuthorizerAppid="wxa", CreateTime=before)
    assert (await account_state(bench, account_id))["status"] == 1
    after = str(int(bench.clock()) + 60)
    await push(bench, "unauthorized", AuthorizerAppid="someone", CreateTime=after)
    await push(bench, "unauthorized", AuthorizerAppid="wxa", CreateTime=after)
    state = await account_state(bench, account_id)
    assert (state["status"], state["reason"]) == (0, "grant_dead")


async def test_pushes_that_are_none(bench: SimpleNamespace) -> None:
    unsigned = await bench.http.post(PUSHES, content=b"<xml/>")
    assert (unsigned.status_code, unsigned.json()["code"]) == (200, 401)
    for path in ("/platforms/youtube/webhooks", "/platforms/nothing/webhooks"):
        missing = await bench.http.post(API + path, content=b"x")
        assert missing.json()["code"] == 404
    stamp = str(int(bench.clock()))
    query = {"timestamp": stamp, "nonce": "n", "echostr": "hello"}
    query["signature"] = signature("push-token", stamp, "n")
    assert (await bench.http.get(PUSHES, params=query)).text == "hello"
    message = await push(bench, "", path=f"{PUSHES}/wxa")
    assert message.text == "success"
    large = await bench.http.post(PUSHES, content=bytes(1024 * 1024 + 1))
    assert large.status_code == 413


async def test_what_is_kept_is_sealed_and_common(bench: SimpleNamespace) -> None:
    services = bench.runtime.services
    shared_state = services.context.platforms.client(WxGzh()).shared_state
    kept = await shared_state.put("name", "canary-value", 100)
    assert await shared_state.get("name") == kept
    assert await shared_state.put_if_absent("name", "other", 100) is None
    row = await services.context.db.read(_raw, "name")
    assert b"canary-value" not in row.sealed
    again = await shared_state.put("name", "second", 100)
    assert again.version == kept.version + 1
    await shared_state.drop("name", kept.version)
    assert await shared_state.get("name") == again
    await shared_state.drop("name", again.version)
    assert await shared_state.get("name") is None
    third = await shared_state.put_if_absent("name", "third", 100)
    assert third is not None
    assert third.version > again.version
    bench.clock.advance(101)
    assert await shared_state.get("name") is None
    assert await shared_state.put_if_absent("name", "fourth", 100) is not None
    bench.clock.advance(86_400 * 2)
    await run_due(services, "clean-up")
    assert await services.context.db.read(_raw, "name") is None


def _raw(connection: Any, name: str) -> Any:
    from openchannels.store.queries import platform_state

    return platform_state.get(connection, "wxGzh", name)


# Callbacks by a program


async def call_back(bench: SimpleNamespace, **body: Any) -> Any:
    callback = f"{API}/accounts/auth/douyin/callback"
    return await bench.http.post(callback, json=body)


async def played_start(bench: SimpleNamespace) -> tuple[dict[str, Any], str]:
    """A started session, and the secret state in the picture that was asked for."""
    states: list[str] = []
    inner: Callable[[Call], Awaitable[Answer]] = bench.played.__call__

    async def listening(call: Call) -> Answer:
        if call.url.endswith("/qrcode/create/"):
            states.append(json.loads(call.body or b"")["path"].rpartition("%3D")[2])
        return await inner(call)

    bench.runtime.services.context.platforms._send = listening
    started = await start(bench, "douyin")
    return started, states[0]


TICKETS = {"ma.user.data": "t1", "ma.video.bind": "t2"}


async def test_a_mini_app_connects(bench: SimpleNamespace) -> None:
    started, state = await played_start(bench)
    assert started["url"] == "data:image/png;base64,iVBORw0KGgo="
    assert state != started["sessionId"]
    assert "mini-app" in started["authInstructions"]["en-US"]
    body = {"state": state, "token": "login", "nickname": "木工", "tickets": TICKETS}
    answer = await call_back(bench, **body)
    assert answer.headers["cache-control"].startswith("no-store")
    told = answer.json()
    assert told.keys() == {"status", "requiresSelection", "accountId", "accounts"}
    assert (told["status"], told["requiresSelection"]) == (1, False)
    assert told["accountId"] == "douyin__000"
    assert (await call_back(bench, **body)).json() == told
    assert (await status(bench, "douyin", started["sessionId"]))["status"] == "completed"
    assert (await account_state(bench, "douyin__000"))["status"] == 1
    query = {"accountId": "douyin__000"}
    listed = await bench.http.get(f"{API}/works/douyin", params=query, headers=bench.key)
    assert listed.json()["code"] == 15080
    assert listed.json()["data"]["reason"] == "no_public_api"


async def test_a_mini_app_is_told_what_went_wrong(bench: SimpleNamespace) -> None:
    _, state = await played_start(bench)
    unknown = await call_back(bench, state="x", token="login")
    assert unknown.json()["code"] == 15039
    assert (await call_back(bench, state=state)).json()["code"] == 15045
    bench.played.answers["/jscode2session"] = {"err_no": 40018, "err_tips": "bad code"}
    failed = await call_back(bench, state=state, token="login", tickets=TICKETS)
    assert (failed.status_code, failed.json()["code"]) == (200, 15010)
    broken = f"{API}/accounts/auth/douyin/callback"
    headers = {"content-type": "application/json"}
    nothing = await bench.http.post(broken, content=b"[1", headers=headers)
    assert nothing.json()["code"] == 15039


@pytest.mark.parametrize("binding", ["confirm", "bound"])
async def test_a_mini_app_is_for_keys_that_do_not_bind(
    bench: SimpleNamespace, binding: str
) -> None:
    """No browser comes back that could be known again, or asked."""
    new = await bench.runtime.services.api_keys.create("acme", binding=Binding(binding))
    path, headers = f"{API}/accounts/auth/douyin", {"X-Api-Key": new.key}
    answer = (await bench.http.get(path, headers=headers)).json()
    told = {"platform": "douyin", "capability": "auth", "reason": "binding"}
    assert (answer["code"], answer["data"]) == (15032, told)
    assert bench.played.calls == []


async def test_a_start_that_the_platform_refuses(bench: SimpleNamespace) -> None:
    bench.played.answers["/client_token/"] = {"data": {"error_code": 10013}}
    answer = await bench.http.get(f"{API}/accounts/auth/douyin", headers=bench.key)
    assert answer.json()["code"] == 15070
    assert answer.json()["data"]["category"] == "configuration"
    assert answer.json()["data"]["platformCode"] == "10013"
    calls = len(bench.played.calls)
    query = {"groupId": "0" * 24}
    foreign = await bench.http.get(f"{API}/accounts/auth/douyin", params=query, headers=bench.key)
    assert foreign.json()["code"] == 12601
    assert len(bench.played.calls) == calls
