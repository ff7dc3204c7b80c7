from pathlib import Path
from typing import Any

from litestar.testing import AsyncTestClient

from openchannels.sandbox import create_sandbox

from .conftest import Client

SPH = "/channels.weixin.qq.com/cgi-bin/mmfinderassistant-bin"
XHS = "/creator.xiaohongshu.com/api/galaxy"


async def sph(client: Client, path: str, cookie: str, **body: Any) -> dict[str, Any]:
    return (await client.post(SPH + path, json=body, headers={"cookie": cookie})).json()


async def test_wxsph_profile_and_two_pages_of_works(sandbox: Client) -> None:
    world = (await sandbox.get("/_world/wxSph/ida")).json()
    cookie = world["cookie"]
    profile = await sandbox.post(f"{SPH}/auth/auth_data", headers={"cookie": cookie})
    assert profile.status_code == 201
    assert profile.json()["data"]["finderUser"]["uniqId"] == world["uniqId"]
    works: list[dict[str, Any]] = []
    for number in (1, 2):
        page = await sph(sandbox, "/post/post_list", cookie, currentPage=number, pageSize=20)
        assert page["data"]["totalCount"] == 240
        works += page["data"]["list"]
    assert len({work["objectId"] for work in works}) == 40
    assert {work["visibleType"] for work in works} == {1, 3}
    assert any(work["disableInfo"]["isDisabled"] for work in works)
    images = await sph(sandbox, "/post/post_list", cookie, userpageType=10)
    assert images["data"]["totalCount"] == 60
    assert images["data"]["list"][0]["desc"]["mediaType"] == 2
    other = await sph(sandbox, "/post/post_list", cookie, userpageType=5)
    assert other["data"]["list"] == []


async def test_wxsph_figures_by_day(sandbox: Client) -> None:
    cookie = (await sandbox.get("/_world/wxSph/ida")).json()["cookie"]
    profile = await sph(sandbox, "/auth/auth_data", cookie)
    await sandbox.post("/_clock", json={"advanceSeconds": 30 * 86_400})
    now = int((await sandbox.get("/_clock")).json()["now"])
    month = {"startTs": now - 30 * 86_400, "endTs": now, "interval": 3}
    totals = await sph(sandbox, "/statistic/new_post_total_data", cookie, **month)
    browse = totals["data"]["totalData"]["browse"]
    assert len(browse) == 31
    assert min(browse) > 0
    fans = (await sph(sandbox, "/statistic/fans_trend", cookie, **month))["data"]["netAdd"]
    later = await sph(sandbox, "/auth/auth_data", cookie)
    counts = [one["data"]["finderUser"]["fansCount"] for one in (profile, later)]
    assert sum(fans[1:]) <= counts[1] - counts[0] <= sum(fans)
    for body in ({}, month | {"interval": 1}, month | {"startTs": now + 1}):
        for path in ("/statistic/new_post_total_data", "/statistic/fans_trend"):
            assert (await sph(sandbox, path, cookie, **body))["errCode"] == -1
            assert (await sph(sandbox, path, "sessionid=x", **month))["errCode"] == 300334


async def test_wxsph_logins_that_are_none(sandbox: Client) -> None:
    for cookie in ("sessionid=dead-ida", "sessionid=sandbox-ida.7", "sessionid=x", "a=b"):
        for path in ("/auth/auth_data", "/post/post_list"):
            assert (await sph(sandbox, path, cookie))["errCode"] == 300334
    empty = await sph(sandbox, "/auth/auth_data", "sessionid=sandbox-empty")
    assert "finderUser" not in empty["data"]


async def test_revoked_cookies_stay_dead(tmp_path: Path) -> None:
    file = tmp_path / "sandbox.sqlite"
    async with AsyncTestClient(create_sandbox(state_file=file)) as client:
        revoked = await client.post("/_grants/revoke", json={"platform": "wxSph", "person": "ida"})
        assert revoked.status_code == 200
    async with AsyncTestClient(create_sandbox(state_file=file)) as client:
        assert (await sph(client, "/auth/auth_data", "sessionid=sandbox-ida"))["errCode"] == 300334
        cookie = (await client.get("/_world/wxSph/ida")).json()["cookie"]
        assert (await sph(client, "/auth/auth_data", cookie))["errCode"] == 0
        assert (await sph(client, "/auth/auth_data", "sessionid=sandbox-mara"))["errCode"] == 0


async def test_xhs_profile(sandbox: Client) -> None:
    world = (await sandbox.get("/_world/xhs/ida")).json()
    head = {"cookie": world["cookie"]}
    user = (await sandbox.get(f"{XHS}/user/info", headers=head)).json()["data"]
    assert (user["userId"], user["redId"]) == (world["userId"], world["redId"])
    info = (await sandbox.get(f"{XHS}/creator/home/personal_info", headers=head)).json()["data"]
    assert info["red_num"] == world["redId"]
    me = await sandbox.get("/edith.xiaohongshu.com/api/sns/web/v2/user/me", headers=head)
    assert me.json()["data"]["user_id"] == world["userId"]
    avatar = await sandbox.get(user["userAvatar"].removeprefix("https:/"))
    assert avatar.headers["content-type"] == "image/svg+xml"
    head = {"cookie": "galaxy_creator_session_id=sandbox-ida"}
    assert (await sandbox.get(f"{XHS}/user/info", headers=head)).json()["success"] is True


async def test_xhs_logged_out_and_signed_lists(sandbox: Client) -> None:
    nobody = await sandbox.get(f"{XHS}/user/info")
    assert (nobody.status_code, nobody.json()["code"]) == (401, -100)
    head = {"cookie": "access-token-creator.xiaohongshu.com=dead-ida"}
    dead = await sandbox.get(f"{XHS}/user/info", headers=head)
    assert (dead.status_code, dead.json()["success"]) == (200, False)
    listing = await sandbox.get(f"{XHS}/v2/creator/note/user/posted?tab=0&page=0")
    assert listing.status_code == 406
