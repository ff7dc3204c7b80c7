import asyncio
import contextlib
import json
import re
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from html import unescape
from typing import Any
from urllib.parse import urljoin

import pytest
import uvicorn
from litestar import Litestar, asgi
from litestar.response.base import ASGIResponse
from litestar.testing import TestClient

from openchannels.app.sandbox_mount import mount_sandbox
from openchannels.sandbox import create_sandbox
from openchannels.sandbox.consent import STYLE
from openchannels.sandbox.faults import MOST_FAULTS, MOST_RULE_BYTES
from tests.harness.waiting import PATIENCE, wait_until

from .conftest import Client

SPH = "/channels.weixin.qq.com/cgi-bin/mmfinderassistant-bin/auth/auth_data"
XHS = "/creator.xiaohongshu.com/api/galaxy/user/info"
YOUTUBE = "/www.googleapis.com/youtube/v3/channels"


JSON = {"content-type": "application/json"}
PAGES = [
    "/",
    "/accounts.google.com/o/oauth2/v2/auth?client_id=a&redirect_uri=https://app.example/"
    "&response_type=code&scope=openid",
    "/accounts.google.com/o/oauth2/v2/auth",
    "/www.tiktok.com/v2/auth/authorize/?client_key=a&redirect_uri=https://app.example/"
    "&response_type=code&scope=user.info.basic",
    "/www.facebook.com/v26.0/dialog/oauth?client_id=a&redirect_uri=https://app.example/",
]


@pytest.fixture(scope="module")
def mounted() -> Iterator[TestClient[Any]]:
    """A sandbox as `serve --sandbox` has it, below a service that answers the rest."""
    inner = create_sandbox()

    @asgi("/", is_mount=True, copy_scope=True)
    async def outer(scope: Any, receive: Any, send: Any) -> None:
        await ASGIResponse(body=b"the service")(scope, receive, send)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Any) -> AsyncIterator[None]:
        async with inner.lifespan():
            yield

    service = Litestar([outer], lifespan=[lifespan], openapi_config=None)
    with TestClient(mount_sandbox(service, inner)) as client:
        yield client


async def fault(client: Client, **rule: Any) -> dict[str, Any]:
    response = await client.post("/_faults", json=rule)
    assert response.status_code == 201, response.text
    return response.json()


async def test_home_and_health(sandbox: Client) -> None:
    home = await sandbox.get("/")
    assert home.status_code == 200
    for host in ("accounts.google.com", "graph.facebook.com", "member.bilibili.com"):
        assert host in home.text
    assert (await sandbox.get("/_health")).json() == {"status": "ok"}
    assert (await sandbox.get("/nobody.example/x")).status_code == 404


async def test_faults_count_and_end(sandbox: Client) -> None:
    added = await fault(
        sandbox, host="creator.xiaohongshu.com", kind="server_error", times=2, after=1
    )
    statuses = [(await sandbox.get(XHS)).status_code for _ in range(4)]
    assert statuses == [401, 500, 500, 401]
    listed = (await sandbox.get("/_faults")).json()["faults"]
    assert [(f["id"], f["fired"]) for f in listed] == [(added["id"], 2)]
    assert (await sandbox.delete(f"/_faults/{added['id']}")).json() == {"removed": 1}
    assert (await sandbox.delete(f"/_faults/{added['id']}")).status_code == 404


@pytest.mark.parametrize(
    ("path", "hit"), [("/web*Info", True), ("/*/v2", True), ("/*/v2*/x", False), ("/v2*", False)]
)
async def test_the_path_of_a_fault_has_stars(sandbox: Client, path: str, hit: bool) -> None:
    await fault(sandbox, host="*", path=path, kind="status", status=599)
    answer = await sandbox.get("/creator.xiaohongshu.com/web/v2/userInfo")
    assert (answer.status_code == 599) is hit


async def test_faults_speak_the_platforms_language(sandbox: Client) -> None:
    for host, path, kind, status, needle in (
        ("www.googleapis.com", YOUTUBE, "rate_limit", 403, "rateLimitExceeded"),
        ("www.googleapis.com", YOUTUBE, "dead_grant", 401, "authError"),
        ("www.googleapis.com", YOUTUBE, "missing_scope", 403, "insufficientPermissions"),
        ("graph.facebook.com", "/graph.facebook.com/v26.0/me", "rate_limit", 403, '"code":4'),
        ("graph.facebook.com", "/graph.facebook.com/v26.0/me", "dead_grant", 400, "458"),
        ("creator.xiaohongshu.com", XHS, "dead_grant", 401, "-100"),
        ("creator.xiaohongshu.com", XHS, "html", 200, "<h1>"),
    ):
        await fault(sandbox, host=host, kind=kind, times=1)
        answer = await sandbox.get(path)
        assert (answer.status_code, needle in answer.text) == (status, True), (host, kind)
    await fault(sandbox, host="*", path="/api/galaxy/*", kind="status", status=418, body="tea",
                headers={"Retry-After": "7"}, times=1)  # fmt: skip
    answer = await sandbox.get(XHS)
    assert (answer.status_code, answer.text, answer.headers["retry-after"]) == (418, "tea", "7")
    await fault(sandbox, host="*", kind="malformed", times=1)
    with pytest.raises(json.JSONDecodeError):
        (await sandbox.get(XHS)).json()


async def test_faults_for_one_person_and_latency(sandbox: Client) -> None:
    await fault(sandbox, host="*", kind="dead_grant", person="mara")
    for person, code in (("ida", 0), ("mara", 300334)):
        head = {"cookie": f"sessionid=sandbox-{person}"}
        assert (await sandbox.post(SPH, headers=head)).json()["errCode"] == code
    await fault(sandbox, host="*", kind="latency", latencyMs=60)
    began = time.perf_counter()
    await sandbox.get(XHS)
    assert time.perf_counter() - began >= 0.06


async def test_faults_of_one_platform_spare_others_on_its_hosts(sandbox: Client) -> None:
    await fault(sandbox, platform="instagram", kind="server_error")
    paths = (f"/graph.facebook.com/v26.0/{node}" for node in ("17/media", "me"))
    graph = [(await sandbox.get(path)).status_code for path in ("/graph.instagram.com/me", *paths)]
    assert graph == [500, 500, 400]
    assert (await sandbox.get(XHS)).status_code == 401


async def test_a_spoilt_answer_may_come_after_the_act(sandbox: Client) -> None:
    host = "api.bilibili.com"
    await fault(sandbox, host=host, kind="status", status=502, acted=True, times=1)
    back = {"client_id": "a", "gourl": "https://app.example/", "sandbox_decision": "approve"}
    page = await sandbox.get("/account.bilibili.com/pc/account-pc/auth/oauth", params=back)
    code = page.headers["location"].partition("code=")[2]
    sent = {"client_id": "a", "client_secret": "b", "code": code}
    sent["grant_type"] = "authorization_code"
    answers = [
        await sandbox.post(f"/{host}/x/account-oauth2/v1/token", data=sent) for _ in range(2)
    ]
    assert answers[0].status_code == 502
    assert answers[1].json()["code"] == 122002


async def test_an_answer_may_come_with_other_fields(sandbox: Client) -> None:
    head = {"cookie": "sessionid=sandbox-ida"}
    genuine = (await sandbox.post(SPH, headers=head)).json()
    told = {"data": {"finderUser": None, "extra": {"a": 1}}, "errMsg": ""}
    await fault(sandbox, host="*", kind="patch", patch=told, times=1)
    patched = (await sandbox.post(SPH, headers=head)).json()
    assert "finderUser" not in patched["data"]
    assert (patched["data"].pop("extra"), patched.pop("errMsg")) == ({"a": 1}, "")
    assert genuine["data"].pop("finderUser")
    genuine.pop("errMsg", None)
    assert patched == genuine
    await fault(sandbox, host="*", kind="patch", patch={"a": 1}, times=1)
    assert (await sandbox.get("/graph.facebook.com/nothing-here")).status_code >= 400


async def test_calls_are_counted(sandbox: Client) -> None:
    for _ in range(2):
        await sandbox.get(XHS)
    calls = (await sandbox.get("/_calls")).json()
    assert calls == {"total": 2, "calls": {f"GET {XHS.removeprefix('/')}": 2}}
    await sandbox.delete("/_calls")
    assert (await sandbox.get("/_calls")).json()["total"] == 0


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/_faults", {"host": "*", "kind": "latency", "latencyMs": 10**9}),
        ("/_faults", {"host": "*", "kind": "status", "headers": {"a": "b\r\nc: d"}}),
        ("/_faults", {"host": "*", "kind": "status", "headers": {"a b": "c"}}),
        ("/_faults", {"host": "*", "kind": "status", "headers": {"a": "漢"}}),
        ("/_faults", {"host": "*", "kind": "nonsense"}),
        ("/_faults", {"kind": "drop"}),
        ("/_faults", {"platform": "myspace", "kind": "drop"}),
        ("/_faults", {"host": "*", "kind": "drop", "times": -1}),
        ("/_faults", {"host": "*", "kind": "status", "status": 99}),
        ("/_clock", {"advanceSeconds": -1}),
        ("/_clock", {"advanceSeconds": "soon"}),
        ("/_grants/revoke", {"platform": "myspace", "person": "ida"}),
        ("/_world/youtube/ida/works", {"add": 1, "remove": ["x"]}),
        ("/_world/youtube/ida/works", {"add": 1, "account": "UCother"}),
        ("/_world/youtube/ida/works", []),
    ],
)
async def test_bad_input_is_explained(sandbox: Client, path: str, body: Any) -> None:
    answer = await sandbox.post(path, json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_mounted_below_the_service(mounted: TestClient[Any]) -> None:
    assert mounted.get("/sandbox/_health").json() == {"status": "ok"}
    assert mounted.get(f"/sandbox{XHS}").status_code == 401
    assert mounted.get("/sandbox/").text.count("<h1>") == 1
    assert mounted.get("/elsewhere").text == "the service"


@pytest.mark.parametrize("page", PAGES)
def test_mounted_pages_are_styled(mounted: TestClient[Any], page: str) -> None:
    shown = mounted.get(f"/sandbox{page}")
    (sheet,) = re.findall(r'<link rel="stylesheet" href="([^"]+)">', shown.text)
    style = mounted.get(urljoin(f"http://x/sandbox{page}", sheet))
    assert (style.status_code, style.headers["content-type"]) == (200, "text/css; charset=utf-8")
    assert style.content == STYLE
    assert shown.headers["content-security-policy"].startswith("sandbox allow-forms; ")


@pytest.mark.parametrize("page", PAGES)
async def test_a_picked_language_stays(sandbox: Client, page: str) -> None:
    shown = await sandbox.get(page, headers={"accept-language": "en"})
    (link,) = re.findall(r'hreflang="zh" href="([^"]+)"', shown.text)
    chinese = await sandbox.get(urljoin(f"http://testserver.local{page}", unescape(link)))
    assert '<html lang="zh">' in chinese.text
    assert chinese.headers["set-cookie"].startswith("oc_lang=zh; Path=/; Max-Age=")
    assert "SameSite=Lax" in chinese.headers["set-cookie"]
    again = await sandbox.get(page, headers={"accept-language": "en", "cookie": "oc_lang=zh"})
    assert '<html lang="zh">' in again.text
    assert "set-cookie" not in again.headers
    hasty = f"{page}{'&' if '?' in page else '?'}sandbox_person=ida&sandbox_decision=approve"
    hasty += "&sandbox_shown=mara"
    undecided = await sandbox.get(hasty)
    (link,) = re.findall(r'hreflang="\w+" href="([^"]+)"', undecided.text)
    assert "approve" not in link
    assert shown.status_code == chinese.status_code == again.status_code


async def test_the_home_page_is_in_one_language(sandbox: Client) -> None:
    home = await sandbox.get("/?sandbox_lang=zh")
    cells = re.findall(r"</code></th><td>([^<]*)</td>", home.text)
    assert len(cells) > 5
    assert [cell for cell in cells if not re.search("[\u4e00-\u9fff]", cell)] == []
    english = (await sandbox.get("/?sandbox_lang=en")).text
    assert re.findall("[\u4e00-\u9fff]+", english.replace("中文", "").replace("语言", "")) == []


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("POST", {"sec-fetch-site": "cross-site", **JSON}, 403),
        ("POST", {"sec-fetch-site": "same-site", **JSON}, 403),
        ("DELETE", {"sec-fetch-site": "cross-site"}, 403),
        ("POST", {"content-type": "application/x-www-form-urlencoded"}, 415),
        ("POST", {"content-type": "text/plain; application/json"}, 415),
        ("POST", {}, 415),
        ("POST", {"sec-fetch-site": "same-origin", **JSON}, 201),
        ("POST", {"content-type": "Application/JSON; charset=utf-8"}, 201),
        ("DELETE", {}, 200),
    ],
)
async def test_other_sites_control_nothing(
    sandbox: Client, method: str, headers: dict[str, str], status: int
) -> None:
    rule = b'{"host":"*","kind":"drop"}' if method == "POST" else None
    answer = await sandbox.request(method, "/_faults", content=rule, headers=headers)
    assert answer.status_code == status
    assert len((await sandbox.get("/_faults")).json()["faults"]) == (status == 201)


async def test_no_reply_acts_on_the_origin_of_the_service(sandbox: Client) -> None:
    script = {"content-type": "text/html", "Content-Security-Policy": "default-src *"}
    await fault(sandbox, host="*", kind="status", body="<script>", headers=script, times=1)
    shown = [await sandbox.get(path) for path in (XHS, XHS, "/_health", "/_assets/sandbox.css")]
    assert {answer.headers["content-security-policy"] for answer in shown} == {"sandbox"}
    assert {answer.headers["x-content-type-options"] for answer in shown} == {"nosniff"}


async def test_faults_are_bounded(sandbox: Client) -> None:
    for _ in range(MOST_FAULTS):
        await fault(sandbox, host="nobody.example", kind="drop")
    rule = {"host": "*", "kind": "status"}
    full = await sandbox.post("/_faults", json=rule)
    assert (full.status_code, str(MOST_FAULTS) in full.json()["error"]) == (400, True)
    await sandbox.delete("/_faults/fault-1")
    long = await sandbox.post("/_faults", json={**rule, "body": "x" * MOST_RULE_BYTES})
    assert (long.status_code, str(MOST_RULE_BYTES) in long.json()["error"]) == (400, True)
    await fault(sandbox, **rule)


@pytest.fixture
def port() -> Iterator[int]:
    config = uvicorn.Config(create_sandbox(), port=0, log_config=None, http="httptools")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_until(lambda: server.started)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join(PATIENCE)


def exchange(port: int, method: str, path: str, body: bytes = b"") -> bytes:
    """Everything the server sends until it closes."""
    head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    received = b""
    with socket.create_connection(("127.0.0.1", port), 5) as wire:
        wire.sendall(head.encode() + body)
        try:
            while piece := wire.recv(65536):
                received += piece
        except ConnectionResetError:
            pass
    return received


async def test_drop_and_slow_body_over_a_real_socket(port: int) -> None:
    async def talk(*what: Any) -> bytes:
        return await asyncio.to_thread(exchange, port, *what)

    await talk("POST", "/_faults", b'{"host":"*","kind":"drop","times":1}')
    assert await talk("GET", XHS) == b""
    assert b" 401 " in await talk("GET", XHS)
    await talk("POST", "/_faults", b'{"host":"*","kind":"slow_body","times":1,"latencyMs":3}')
    began = time.perf_counter()
    answer = await talk("GET", XHS)
    assert answer.endswith(b"}")
    assert time.perf_counter() - began >= 0.1


async def test_the_receiver_of_webhooks_is_named_on_this_machine_only(sandbox: Client) -> None:
    for body in ({}, {"to": "http://example.com/"}, {"to": "nonsense"}):
        assert (await sandbox.put("/_webhooks", json=body)).status_code == 400


def test_an_address_to_push_to_is_a_web_address() -> None:
    with pytest.raises(ValueError, match="nonsense"):
        create_sandbox(push_to="nonsense")
