import hashlib
import hmac
import time
import uuid
from pathlib import Path
from typing import Any

from litestar.testing import AsyncTestClient

from openchannels.sandbox import create_sandbox
from openchannels.sandbox.platforms.bilibili.signature import signature

from .conftest import BACK, Client, advance, answered

AUTH = "/account.bilibili.com/pc/account-pc/auth/oauth"
TOKENS = "/api.bilibili.com/x/account-oauth2/v1"
API = "/member.bilibili.com/arcopen/fn"
CLIENT, SECRET = "sandbox-bilibili", "sandbox-bilibili-secret"
APP = {"client_id": CLIENT, "client_secret": SECRET}


def asking(**more: str) -> dict[str, str]:
    base = {"client_id": CLIENT, "gourl": BACK, "state": "s1", "sandbox_decision": "approve"}
    return base | more


async def login(client: Client, **more: str) -> dict[str, Any]:
    code = answered(await client.get(AUTH, params=asking(**more)))["code"]
    sent = APP | {"grant_type": "authorization_code", "code": code}
    answer = (await client.post(f"{TOKENS}/token", data=sent)).json()
    assert answer["code"] == 0
    return answer["data"]


def signed(token: str, at: float | None = None, **more: str) -> dict[str, str]:
    names = {
        "x-bili-accesskeyid": CLIENT,
        "x-bili-content-md5": hashlib.md5(b"").hexdigest(),
        "x-bili-signature-method": "HMAC-SHA256",
        "x-bili-signature-nonce": str(uuid.uuid4()),
        "x-bili-signature-version": "2.0",
        "x-bili-timestamp": str(int(at or time.time())),
    } | {name: value for name, value in more.items() if name.startswith("x-bili")}
    text = "\n".join(f"{name}:{value}" for name, value in sorted(names.items()))
    mark = hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()
    base = {"accept": "application/json", "content-type": "application/json"}
    return names | base | {"authorization": mark, "access-token": token} | more


async def call(client: Client, path: str, head: dict[str, str], **params: Any) -> dict[str, Any]:
    return (await client.get(API + path, params=params, headers=head)).json()


def test_the_documented_signature() -> None:
    headers = {
        "x-bili-accesskeyid": "client",
        "x-bili-content-md5": hashlib.md5(b"").hexdigest(),
        "x-bili-signature-method": "HMAC-SHA256",
        "x-bili-signature-nonce": "nonce",
        "x-bili-signature-version": "2.0",
        "x-bili-timestamp": "1700000000",
    }
    expected = "067cb46ddf6763508214215066d004ad617c757193fac465dc9b498234b51f97"
    assert signature("secret", headers) == expected


async def test_approve_to_two_pages_of_works(sandbox: Client) -> None:
    tokens = await login(sandbox)
    assert tokens["expires_in"] > time.time() + 29 * 86_400
    access = tokens["access_token"]
    info = await call(sandbox, "/user/account/info", signed(access))
    world = (await sandbox.get("/_world/bilibili/ida")).json()
    assert info["data"]["openid"] == world["openid"]
    pages = [
        (await call(sandbox, "/archive/viewlist", signed(access), pn=pn, ps=20))["data"]
        for pn in (1, 2)
    ]
    works = pages[0]["list"] + pages[1]["list"]
    assert pages[0]["page"] == {"pn": 1, "ps": 20, "total": 240}
    assert len({work["resource_id"] for work in works}) == 40
    waiting = [work for work in works if work["addit_info"]["state"] == -30]
    assert waiting
    assert all(work["ptime"] == 0 and work["video_info"] == {} for work in waiting)
    past = await call(sandbox, "/archive/viewlist", signed(access), pn=99, ps=50)
    assert past["data"]["list"] == []
    shown = next(work for work in works if work["addit_info"]["state"] == 0)
    before = await call(sandbox, "/data/arc/stat", signed(access), resource_id=shown["resource_id"])
    await advance(sandbox, 86_400 * 20)
    later = signed(access, time.time() + 86_400 * 20)
    after = await call(sandbox, "/data/arc/stat", later, resource_id=shown["resource_id"])
    assert after["data"]["view"] > before["data"]["view"] > 0


async def test_figures_of_a_video_and_of_all(sandbox: Client) -> None:
    access = (await login(sandbox))["access_token"]

    async def data(path: str, at: float | None = None, **params: Any) -> Any:
        return (await call(sandbox, path, signed(access, at), **params))["data"]

    listed = await data("/archive/viewlist", ps=50)
    tree = await data("/archive/type/list")
    leaves = {one["id"]: one["parent"] for section in tree for one in section["children"]}
    assert set(leaves.values()) == {section["id"] for section in tree}
    assert {work["tid"] for work in listed["list"]} <= leaves.keys()
    for work in listed["list"][:6]:
        assert await data("/archive/view", resource_id=work["resource_id"]) == work
    passed = (await data("/archive/viewlist", status="pubed"))["page"]["total"]
    assert int((await data("/data/user/stat"))["arc_passed_total"]) == passed

    waiting = next(one for one in listed["list"] if one["addit_info"]["state"] != 0)
    gone = next(one for one in listed["list"] if one["addit_info"]["state"] == 0)["resource_id"]
    await sandbox.post("/_world/bilibili/ida/works", json={"remove": [gone]})
    for path, sent, code in (
        ("/archive/view", {"resource_id": gone}, 123005),
        ("/archive/view", {"resource_id": "BV1xx"}, 123004),
        ("/archive/view", {}, 4000),
        ("/data/arc/stat", {"resource_id": waiting["resource_id"]}, 123004),
    ):
        assert (await call(sandbox, path, signed(access), **sent))["code"] == code
    narrow = (await login(sandbox, sandbox_scopes="USER_INFO"))["access_token"]
    for path in ("/archive/type/list", "/data/arc/inc-stats"):
        assert (await call(sandbox, path, signed(narrow)))["code"] == 127011


async def test_increments_are_those_of_the_videos() -> None:
    start = 1_900_000_000.0
    async with AsyncTestClient(create_sandbox(clock=lambda: start, works=12)) as client:
        client.follow_redirects = False
        access = (await login(client))["access_token"]
        later = start + 30 * 86_400

        async def sums(at: float) -> dict[str, int]:
            page = await call(client, "/archive/viewlist", signed(access, at), ps=50)
            shown = [one for one in page["data"]["list"] if one["addit_info"]["state"] == 0]
            total = {"view": 0, "like": 0, "coin": 0}
            for one in shown:
                head = signed(access, at)
                sent = {"resource_id": one["resource_id"]}
                stat = (await call(client, "/data/arc/stat", head, **sent))["data"]
                total = {name: number + stat[name] for name, number in total.items()}
            return total

        before = await sums(start)
        await advance(client, 30 * 86_400)
        access = (await login(client))["access_token"]
        after = await sums(later)
        grown = (await call(client, "/data/arc/inc-stats", signed(access, later)))["data"]
        assert set(grown) == {
            "inc_click", "inc_dm", "inc_reply", "inc_fav", "inc_coin", "inc_share", "inc_like",
            "inc_elec",
        }  # fmt: skip
        for name, counted in (("view", "inc_click"), ("like", "inc_like"), ("coin", "inc_coin")):
            assert int(grown[counted]) == after[name] - before[name] > 0


async def test_denial_wrong_secret_and_used_code(sandbox: Client) -> None:
    denied = answered(await sandbox.get(AUTH, params=asking(sandbox_decision="deny")))
    assert denied == {"state": "s1"}
    assert (await sandbox.get(AUTH, params=asking(gourl=""))).status_code == 400
    code = answered(await sandbox.get(AUTH, params=asking()))["code"]
    sent = APP | {"grant_type": "authorization_code", "code": code}
    url = f"{TOKENS}/token"
    wrong = await sandbox.post(url, data=sent | {"client_secret": "no"})
    assert wrong.json()["code"] == 122001
    assert (await sandbox.post(url, params=sent)).json()["code"] == 0
    assert (await sandbox.post(url, data=sent)).json()["code"] == 122002


async def test_every_fault_of_a_signature(sandbox: Client) -> None:
    access = (await login(sandbox))["access_token"]
    path = "/user/account/scopes"
    for code, head in (
        (4009, signed(access, accept="*/*")),
        (4007, signed(access, **{"content-type": "text/plain"})),
        (4005, signed(access, **{"x-bili-signature-method": "MD5"})),
        (4006, signed(access, **{"x-bili-signature-version": "1.0"})),
        (4003, signed(access, at=time.time() - 700)),
        (4008, signed(access, **{"x-bili-content-md5": "0" * 32})),
        (4002, signed(access, authorization="0" * 64)),
        (127004, signed(access, **{"x-bili-accesskeyid": "nobody"})),
        (127000, signed("")),
        (127001, signed("nonsense")),
    ):
        assert (await call(sandbox, path, head))["code"] == code
    once = signed(access)
    assert (await call(sandbox, path, once))["code"] == 0
    assert (await call(sandbox, path, once))["code"] == 4004


async def test_refresh_rotates_and_expiry_ends_it(sandbox: Client) -> None:
    tokens = await login(sandbox, sandbox_scopes="USER_INFO")
    url = f"{TOKENS}/refresh_token"
    sent = APP | {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    fresh = (await sandbox.post(url, data=sent)).json()["data"]
    assert fresh["refresh_token"] != tokens["refresh_token"]
    assert (await sandbox.post(url, data=sent)).json()["code"] == 122007
    refused = await call(sandbox, "/archive/viewlist", signed(fresh["access_token"]))
    assert refused["code"] == 127011
    await advance(sandbox, 31 * 86_400)
    late = signed(fresh["access_token"], at=time.time() + 31 * 86_400)
    assert (await call(sandbox, "/user/account/info", late))["code"] == 127001
    sent["refresh_token"] = fresh["refresh_token"]
    assert (await sandbox.post(url, data=sent)).json()["code"] == 122007


async def test_limits_and_restart(tmp_path: Path) -> None:
    file = tmp_path / "sandbox.sqlite"
    async with AsyncTestClient(create_sandbox(state_file=file)) as client:
        client.follow_redirects = False
        access = (await login(client))["access_token"]
        over = await call(client, "/archive/viewlist", signed(access), ps=51)
        assert over["code"] == 4000
    async with AsyncTestClient(create_sandbox(state_file=file)) as client:
        assert (await call(client, "/user/account/info", signed(access)))["code"] == 0
