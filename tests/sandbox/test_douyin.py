"""Douyin's list, renewals and app tokens, and the mini-app with the phone that scans its code."""

import base64
import hashlib
import json
from typing import Any
from urllib.parse import quote

import pytest

from openchannels.sandbox.platforms.douyin.login import open_id
from tests.harness.receiver import Receiver

from .conftest import Client, advance, answered, pushes, walk
from .oauth_platforms import (
    DOUYIN_APP,
    DOUYIN_HOST,
    DOUYIN_SCOPES,
    PLATFORMS,
    douyin_exchange,
    douyin_page,
    douyin_profile,
    douyin_refresh,
)
from .oauth_protocol import Answer, login, secret

DOUYIN = PLATFORMS["douyin"]
LIST = f"{DOUYIN_HOST}/api/douyin/v1/video/video_list/"
APP = "sandbox-douyin"
STATE = "a-secret-state"
PATH = f"pages/index/index?authType=channel&state={STATE}"


async def listing(client: Client, tokens: Answer, **params: str) -> dict[str, Any]:
    sent = {"open_id": tokens["open_id"]} | params
    response = await client.get(LIST, params=sent, headers=head(tokens))
    return response.json()


def head(tokens: Answer) -> dict[str, str]:
    return {"access-token": tokens["access_token"]}


# The website app


async def test_pinned_works_come_first_and_once(sandbox: Client) -> None:
    tokens = await login(sandbox, DOUYIN)
    first = (await listing(sandbox, tokens))["data"]
    works = first["list"]
    assert [work["is_top"] for work in works] == [True, True] + [False] * 8
    dates = [work["create_time"] for work in works[2:] if work["create_time"]]
    assert dates == sorted(dates, reverse=True)
    assert dates[0] > works[0]["create_time"]
    one = (await listing(sandbox, tokens, count="1"))["data"]
    two = (await listing(sandbox, tokens, count="1", cursor=str(one["cursor"])))["data"]
    # Addresses of pictures end at another second each time they are told.
    alone = [one["list"][0], two["list"][0]]
    assert [work["item_id"] for work in alone] == [work["item_id"] for work in works[:2]]
    for bad in ({"count": "21"}, {"count": "0"}, {"cursor": "-1"}):
        assert (await listing(sandbox, tokens, **bad))["extra"]["error_code"] == 2100005


async def test_items_vary_as_the_real_ones(sandbox: Client) -> None:
    tokens = await login(sandbox, DOUYIN)
    works: list[dict[str, Any]] = []
    cursor, more = 0, True
    while more:
        data = (await listing(sandbox, tokens, count="20", cursor=str(cursor)))["data"]
        works, cursor, more = works + data["list"], data["cursor"], data["has_more"]
    assert {work["media_type"] for work in works} == {2, 4}
    assert {work["video_status"] for work in works} == {1, 2, 4, 5, 6, 7}
    assert {type(work["statistics"]["play_count"]) for work in works} == {int, str}
    assert any(work["create_time"] == 0 for work in works)
    assert any("+" in work["item_id"] for work in works)
    one = works[40]
    sent = {"open_id": tokens["open_id"]}
    closed = await sandbox.post(
        f"{DOUYIN_HOST}/api/douyin/v1/video/video_data/",
        params=sent,
        json={"item_ids": [one["item_id"]]},
        headers=head(tokens),
    )
    assert closed.json()["data"]["error_code"] == 10004


async def test_pages_can_be_empty_before_the_end(sandbox: Client) -> None:
    tokens = await login(sandbox, DOUYIN, sandbox_person="gaps")
    lengths: list[int] = []

    async def read(at: Any) -> tuple[list[str], Any]:
        ids, after = await douyin_page(sandbox, tokens, at)
        lengths.append(len(ids))
        return ids, after

    ids = await walk(read, None)
    world = (await sandbox.get("/_world/douyin/gaps")).json()
    assert len(ids) == len(set(ids)) == world["works"]
    assert 0 in lengths[:-1]


async def test_optional_scopes_are_granted_when_ticked(sandbox: Client) -> None:
    wish = "data.external.user,1,video.data.bind,0"
    tokens = await login(sandbox, DOUYIN, optionalScope=wish)
    assert tokens["scope"] == f"{DOUYIN_SCOPES},data.external.user"
    url, sent = f"{DOUYIN_HOST}/data/external/user/fans/", {"open_id": tokens["open_id"]}
    rows = (await sandbox.get(url, params=sent | {"date_type": "7"}, headers=head(tokens))).json()
    fans = rows["data"]["result_list"]
    assert len(fans) == 7
    assert all(row["total_fans"].isdigit() for row in fans)
    odd = await sandbox.get(url, params=sent | {"date_type": "8"}, headers=head(tokens))
    assert odd.json()["extra"]["error_code"] == 2100005


async def test_each_code_of_a_token_that_is_refused(sandbox: Client) -> None:
    tokens = await login(sandbox, DOUYIN)
    other = await listing(sandbox, tokens | {"open_id": "_000nobody"})
    assert other["extra"]["error_code"] == 2190015
    unknown = await listing(sandbox, tokens | {"access_token": "act.none"})
    assert unknown["err_no"] == 28001003
    narrow = await login(sandbox, DOUYIN, sandbox_scopes="user_info")
    assert (await listing(sandbox, narrow))["extra"]["error_code"] == 10004
    await advance(sandbox, 1_296_001)
    assert (await listing(sandbox, tokens))["extra"]["error_code"] == 2190008
    old = (await douyin_profile(sandbox, tokens)).json()
    assert (old["data"]["error_code"], old["message"]) == (10008, "error")


async def test_a_refresh_before_the_end_prolongs_the_same_token(sandbox: Client) -> None:
    tokens = await login(sandbox, DOUYIN)
    await advance(sandbox, 86_400 * 10)
    fresh = (await douyin_refresh(sandbox, tokens["refresh_token"])).json()["data"]
    assert fresh["access_token"] == tokens["access_token"]
    assert fresh["expires_in"] == "1296000"
    assert 86_400 * 19 < int(fresh["refresh_expires_in"]) <= 86_400 * 20


async def test_a_refresh_token_is_renewed_five_times(sandbox: Client) -> None:
    tokens = await login(sandbox, DOUYIN)
    token = tokens["refresh_token"]

    async def renew(value: str) -> dict[str, Any]:
        url = f"{DOUYIN_HOST}/oauth/renew_refresh_token/"
        form = DOUYIN_APP | {"refresh_token": value}
        return (await sandbox.post(url, data=form)).json()["data"]

    for _ in range(5):
        await advance(sandbox, 86_400 * 29)
        renewed = await renew(token)
        assert (await renew(token))["error_code"] == 10010
        token = renewed["refresh_token"]
    assert (await renew(token))["error_code"] == 10020
    assert (await douyin_refresh(sandbox, token)).json()["data"]["error_code"] == "0"
    await advance(sandbox, 86_400 * 31)
    assert (await douyin_refresh(sandbox, token)).json()["data"]["error_code"] == 10010
    narrow = await login(sandbox, DOUYIN, sandbox_scopes="user_info")
    assert (await renew(narrow["refresh_token"]))["error_code"] == 10004


async def test_taking_a_grant_back_is_pushed_with_a_signature(
    pushing: Client, receiver: Receiver
) -> None:
    tokens = await login(pushing, DOUYIN)
    await pushing.post("/_grants/revoke", json={"platform": "douyin", "person": "ida"})
    (push,) = await pushes(receiver, 1, lambda one: one.path.endswith("/douyin/webhooks"))
    mark = hashlib.sha1(secret("douyin").encode() + push.body).hexdigest()
    assert push.headers["x-douyin-signature"] == mark
    told = json.loads(push.body)
    assert (told["event"], told["from_user_id"]) == ("unauthorize", tokens["open_id"])
    assert (await listing(pushing, tokens))["extra"]["error_code"] == 2190003


# The mini-app


async def client_token(client: Client) -> str:
    body = {"client_key": APP, "client_secret": secret("douyin")}
    body |= {"grant_type": "client_credential"}
    answer = await client.post(f"{DOUYIN_HOST}/oauth/client_token/", json=body)
    return str(answer.json()["data"]["access_token"])


async def create_code(client: Client, token: str, path: str = PATH) -> dict[str, Any]:
    body = {"app_name": "douyin", "appid": APP, "path": path, "width": 430}
    url = f"{DOUYIN_HOST}/api/apps/v1/qrcode/create/"
    return (await client.post(url, json=body, headers={"access-token": token})).json()


async def test_a_new_client_token_ends_the_one_before_after_a_while(sandbox: Client) -> None:
    first = await client_token(sandbox)
    second = await client_token(sandbox)
    assert (await create_code(sandbox, first))["err_no"] == 0
    await advance(sandbox, 301)
    assert (await create_code(sandbox, first))["err_no"] == 28001008
    assert (await create_code(sandbox, second))["err_no"] == 0
    assert (await create_code(sandbox, "clt.none"))["err_no"] == 28001003


DATA_SCOPES = "user_info,video.list.bind,data.external.user,data.external.item"


async def figures(client: Client, tokens: Answer, path: str, **query: str) -> dict[str, Any]:
    url = f"{DOUYIN_HOST}/data/external/{path}/"
    sent = {"open_id": tokens["open_id"]} | query
    return (await client.get(url, params=sent, headers=head(tokens))).json()


async def test_figures_by_day_add_up(still: Client) -> None:
    await still.post("/_world/douyin/ida/works", json={"add": 1})
    await advance(still, 10 * 86_400)
    tokens = await login(still, DOUYIN, scope=DATA_SCOPES)
    works = (await listing(still, tokens))["data"]["list"]
    new = next(work for work in works if not work["is_top"])
    of_work = {"item_id": new["item_id"], "date_type": "15"}
    base = (await figures(still, tokens, "item/base", **of_work))["data"]["result"]
    for kind in ("play", "like", "comment", "share"):
        rows = (await figures(still, tokens, f"item/{kind}", **of_work))["data"]["result_list"]
        assert str(sum(int(row[kind]) for row in rows)) == base[f"total_{kind}"]
        assert len(rows) in (10, 11)
    assert 0 < int(base["total_play"]) <= int(new["statistics"]["play_count"])
    assert float(base["avg_play_duration"]) > 0

    async def days(kind: str, count: int) -> list[dict[str, str]]:
        answer = await figures(still, tokens, f"user/{kind}", date_type=str(count))
        return answer["data"]["result_list"]

    issued, fans = await days("item", 15), await days("fans", 30)
    assert [row["new_issue"] for row in issued].count("1") == 2
    assert issued[-1]["total_issue"] == "241"
    assert int(issued[-1]["new_play"]) > 0
    grown = sum(int(row["new_fans"]) for row in fans[1:])
    assert grown == int(fans[-1]["total_fans"]) - int(fans[0]["total_fans"]) > 0
    assert (await days("fans", 7)) == fans[-7:]
    for kind, name in (("like", "new_like"), ("comment", "new_comment"), ("profile", "profile_uv")):
        rows = await days(kind, 7)
        assert len(rows) == 7
        assert rows[0].keys() == {"date", name}
    other = await login(still, DOUYIN, scope=DATA_SCOPES, sandbox_person="mara")
    theirs = (await figures(still, other, "user/fans", date_type="30"))["data"]["result_list"]
    assert theirs != fans


async def test_what_figures_refuse(sandbox: Client) -> None:
    tokens = await login(sandbox, DOUYIN, scope=DATA_SCOPES)
    other = await login(sandbox, DOUYIN, scope=DATA_SCOPES, sandbox_person="mara")
    works = (await listing(sandbox, tokens, count="20"))["data"]["list"]
    foreign = (await listing(sandbox, other))["data"]["list"][0]["item_id"]
    refused = await figures(sandbox, other, "item/play", item_id=foreign)
    assert refused["extra"]["error_code"] == 2100005
    pinned, recent = works[0]["item_id"], works[5]["item_id"]
    old = await figures(sandbox, tokens, "item/play", item_id=pinned)
    assert old["data"]["result_list"] == []
    assert (await figures(sandbox, tokens, "item/base", item_id=pinned))["data"]["result"] == {}
    await sandbox.post("/_world/douyin/ida/works", json={"add": 1})
    new = (await listing(sandbox, tokens))["data"]["list"][2]["item_id"]
    begun = (await figures(sandbox, tokens, "item/base", item_id=new))["data"]["result"]
    assert begun["total_play"] == "0"
    assert (await figures(sandbox, tokens, "item/play", item_id=new))["data"]["result_list"] == []
    for path, query, code in (
        ("user/like", {"date_type": "8"}, 2100005),
        ("item/like", {"item_id": recent, "date_type": "30"}, 2100005),
        ("item/like", {"item_id": foreign}, 2111007),
        ("item/like", {}, 2111007),
    ):
        assert (await figures(sandbox, tokens, path, **query))["extra"]["error_code"] == code
    narrow = await login(sandbox, DOUYIN)
    for path in ("user/like", "item/like"):
        assert (await figures(sandbox, narrow, path))["extra"]["error_code"] == 10004


@pytest.mark.parametrize("path", [PATH, quote(PATH, safe="")])
async def test_a_scan_posts_tickets_to_the_callback(
    pushing: Client, receiver: Receiver, path: str
) -> None:
    receiver.body = b'{"status":1}'
    made = await create_code(pushing, await client_token(pushing), path)
    picture = "data:image/png;base64," + made["data"]["img"]
    assert base64.b64decode(made["data"]["img"]).startswith(b"\x89PNG")
    scanned = await pushing.post("/_douyin/scan", json={"qr": picture, "person": "mara"})
    shown = scanned.json()
    assert (shown["posted"], shown["status"], shown["answer"]) == (True, 200, {"status": 1})
    (push,) = [one for one in receiver.messages if "/auth/douyin/callback" in one.path]
    told = json.loads(push.body)
    assert told["state"] == STATE
    assert set(told["tickets"]) == {"ma.user.data", "ma.video.bind"}
    mara = open_id("mara", APP)
    assert await signed_in(pushing, told["token"]) == mara
    assert await signed_in(pushing, told["token"]) is None
    for scope, ticket in told["tickets"].items():
        data = (await douyin_exchange(pushing, ticket, secret("douyin"))).json()["data"]
        assert (data["open_id"], data["scope"]) == (mara, scope)
        await asked_as_miniapp(pushing, scope, data)


async def signed_in(client: Client, code: str) -> str | None:
    body = {"appid": APP, "secret": secret("douyin"), "code": code}
    url = "/developer.toutiao.com/api/apps/v2/jscode2session"
    answer = (await client.post(url, json=body)).json()
    assert answer["err_no"] in (0, 40018)
    return answer["data"].get("openid")


async def asked_as_miniapp(client: Client, scope: str, tokens: Answer) -> None:
    sent = {"open_id": tokens["open_id"]}
    fans = await client.get(
        f"{DOUYIN_HOST}/api/apps/v1/user/get_fans/", params=sent, headers=head(tokens)
    )
    wanted = {"video_ids": await videos(client, "mara")}
    works = await client.post(
        f"{DOUYIN_HOST}/api/apps/v1/video/query/", params=sent, json=wanted, headers=head(tokens)
    )
    open_one, closed = (fans, works) if scope == "ma.user.data" else (works, fans)
    assert closed.json()["data"]["extra"]["error_code"] == 10004
    data = open_one.json()["data"]
    rows = data.get("data", data)
    assert len(rows.get("result_list") or rows["list"]) in (2, 7)


async def videos(client: Client, person: str) -> list[str]:
    added = await client.post(f"/_world/douyin/{person}/works", json={"add": 2})
    ids: list[str] = added.json()["added"]
    return ids


async def test_ids_are_converted_and_known_by_either_form(sandbox: Client) -> None:
    token = await client_token(sandbox)
    plain = await videos(sandbox, "ida")
    url = f"{DOUYIN_HOST}/api/apps/v1/convert_video_id/video_id_to_open_item_id/"
    body = {"access_key": APP, "app_id": APP, "video_ids": plain}
    answer = await sandbox.post(url, json=body, headers={"access-token": token})
    items = answer.json()["data"]["convert_result"]
    removed = await sandbox.post("/_world/douyin/ida/works", json={"remove": [items[plain[0]]]})
    assert removed.json() == {"removed": [items[plain[0]]]}


async def test_a_scan_that_is_denied_or_cannot_be_posted(
    sandbox: Client, receiver: Receiver
) -> None:
    await create_code(sandbox, await client_token(sandbox))

    async def scan(**wish: Any) -> tuple[int, dict[str, Any]]:
        response = await sandbox.post("/_douyin/scan", json={"qr": PATH} | wish)
        return response.status_code, response.json()

    assert await scan(decision="deny") == (200, {"posted": False})
    assert (await scan())[0] == 400
    assert (await scan(callback="http://example.com/"))[0] == 400
    assert (await scan(qr="nonsense"))[0] == 400
    assert (await scan(decision="maybe"))[0] == 400
    status, told = await scan(callback="http://127.0.0.1:1/")
    assert (status, told["posted"]) == (502, True)
    status, told = await scan(callback=f"{receiver.origin}/back", scopes=["ma.user.data"])
    assert (status, told["answer"]) == (200, "success")
    (push,) = receiver.messages
    assert list(json.loads(push.body)["tickets"]) == ["ma.user.data"]


async def test_the_phone_is_explained_on_the_home_page(sandbox: Client) -> None:
    home = (await sandbox.get("/")).text
    assert "POST /_douyin/scan" in home
    assert "POST /_wxgzh/push_ticket" in home
    denied = await sandbox.get(
        DOUYIN.authorize, params=DOUYIN.asking | {"sandbox_decision": "deny"}
    )
    assert "code" not in answered(denied)
