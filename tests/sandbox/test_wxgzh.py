"""WeChat's third-party flow: tickets, the page, authorizers, articles and their statistics."""

import base64
import hashlib
import re
import threading
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from litestar.testing import AsyncTestClient

from openchannels.sandbox import create_sandbox
from openchannels.sandbox.platforms.wechat import crypto
from openchannels.sandbox.platforms.wechat.webhooks import (
    COMPONENT_APP_ID,
    COMPONENT_TOKEN,
    ENCODING_AES_KEY,
)
from tests.harness.receiver import Message, Receiver, in_turn

from .conftest import BACK, Client, advance, answered, pushes

API = "/api.weixin.qq.com"
PAGE = "/mp.weixin.qq.com/cgi-bin/componentloginpage"
SECRET = "sandbox-wxGzh-secret"
HOOK = "/api/v2/channels/platforms/wxGzh/webhooks"
NOW = 1_770_000_000.0
"""2026-02-02 10:40 in China."""


def opened(push: Message) -> dict[str, str]:
    """The fields of a push, its signature checked."""
    sealed = re.search(r"<Encrypt><!\[CDATA\[(.+?)\]\]>", push.body.decode())
    assert sealed
    query = {name: values[0] for name, values in parse_qs(urlsplit(push.path).query).items()}
    parts = sorted([COMPONENT_TOKEN, query["timestamp"], query["nonce"], sealed[1]])
    assert query["msg_signature"] == hashlib.sha1("".join(parts).encode()).hexdigest()
    key = base64.b64decode(ENCODING_AES_KEY + "=")
    decryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
    plain = decryptor.update(base64.b64decode(sealed[1]))
    plain = plain[: -plain[-1]]
    end = 20 + int.from_bytes(plain[16:20])
    assert plain[end:].decode() == COMPONENT_APP_ID
    fields = re.findall(r"<(\w+)>(?:<!\[CDATA\[)?([^<\]]+)", plain[20:end].decode())
    return dict(fields)


class Platform:
    """A third-party platform as its server would drive it."""

    def __init__(self, client: Client, receiver: Receiver) -> None:
        self.client, self.receiver, self.token = client, receiver, ""

    async def component(self, name: str, **body: Any) -> dict[str, Any]:
        url = f"{API}/cgi-bin/component/{name}?component_access_token={self.token}"
        sent = {"component_appid": COMPONENT_APP_ID} | body
        return (await self.client.post(url, json=sent)).json()

    async def ticket(self) -> str:
        wish = {"to": f"{self.receiver.origin}{HOOK}"}
        pushed = (await self.client.post("/_wxgzh/push_ticket", json=wish)).json()
        assert (pushed["status"], pushed["answer"]) == (200, "success")
        tickets = [one for one in self.receiver.messages if not is_event(one)]
        return opened(tickets[-1])["ComponentVerifyTicket"]

    async def renew(self) -> dict[str, Any]:
        sent = {"component_appsecret": SECRET, "component_verify_ticket": await self.ticket()}
        answer = await self.component("api_component_token", **sent)
        self.token = answer["component_access_token"]
        return answer

    async def page(self, **more: str) -> Any:
        code = (await self.component("api_create_preauthcode"))["pre_auth_code"]
        query = {"component_appid": COMPONENT_APP_ID, "pre_auth_code": code, "auth_type": "1"}
        return await self.client.get(PAGE, params=query | {"redirect_uri": BACK} | more)

    async def authorize(self, **more: str) -> dict[str, Any]:
        back = answered(await self.page(**({"sandbox_decision": "approve"} | more)))
        assert back["expires_in"] == "600"
        sent = {"authorization_code": back["auth_code"]}
        return (await self.component("api_query_auth", **sent))["authorization_info"]

    async def call(self, info: dict[str, Any], path: str, **body: Any) -> dict[str, Any]:
        url = f"{API}{path}?access_token={info['authorizer_access_token']}"
        return (await self.client.post(url, json=body)).json()


@pytest.fixture
async def platform(receiver: Receiver) -> AsyncIterator[Platform]:
    async with AsyncTestClient(create_sandbox(clock=lambda: NOW)) as client:
        client.follow_redirects = False
        one = Platform(client, receiver)
        await one.renew()
        yield one


def test_the_documented_encryption() -> None:
    message = (
        "<xml><AppId><![CDATA[wx1234567890abcdef]]></AppId><CreateTime>1760000000</CreateTime>"
        "<InfoType><![CDATA[component_verify_ticket]]></InfoType><ComponentVerifyTicket>"
        "<![CDATA[ticket@@@demo-ticket-value]]></ComponentVerifyTicket></xml>"
    )
    key = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
    sealed = crypto.encrypt(message, "wx1234567890abcdef", key, b"0123456789abcdef")
    assert sealed.startswith("Q3stYC6hdFzMh9T8HCvyDKb6hlk6EhYdsSIhyH5jhcFCWC0Q")
    signed = crypto.signature("demoToken2025", "1760000000", "1234567890", sealed)
    assert signed == "9aff1e1439bc6e5586eb10d5ab8ae1f50501e541"


async def test_a_ticket_is_pushed_from_the_start_until_it_is_taken(receiver: Receiver) -> None:
    statuses, is_advanced = in_turn(503, 404, 200), threading.Event()

    def answer(message: Message) -> int:
        status = statuses(message)
        return status if status != 200 or is_advanced.wait(20) else 500

    receiver.answer = answer
    async with AsyncTestClient(create_sandbox(push_to=receiver.origin)) as client:
        got = await pushes(receiver, 3)
        assert all(one.path.startswith(HOOK) for one in got)
        fields = [opened(one) for one in got]
        assert {one["InfoType"] for one in fields} == {"component_verify_ticket"}
        assert abs(int(fields[0]["CreateTime"]) - time.time()) < 60
        # The next one is due ten minutes after this one was sent, not after it was taken.
        await advance(client, 600)
        is_advanced.set()
        later = (await pushes(receiver, 4))[3]
        assert abs(int(opened(later)["CreateTime"]) - time.time()) < 60
        sent = {"component_appid": COMPONENT_APP_ID, "component_secret": SECRET}
        url = f"{API}/cgi-bin/component/api_start_push_ticket"
        assert (await client.post(url, json=sent)).json()["errcode"] == 0
        await pushes(receiver, 5)


async def test_a_ticket_is_pushed_once_the_service_is_known(receiver: Receiver) -> None:
    async with AsyncTestClient(create_sandbox()) as client:
        named = await client.put("/_webhooks", json={"to": receiver.origin})
        assert named.status_code == 200
        (got,) = await pushes(receiver, 1)
    assert got.path.startswith(HOOK)
    assert opened(got)["InfoType"] == "component_verify_ticket"


async def test_where_a_ticket_may_be_pushed(sandbox: Client) -> None:
    for body in ({}, {"to": "http://example.com/"}, {"to": "nonsense"}):
        assert (await sandbox.post("/_wxgzh/push_ticket", json=body)).status_code == 400
    nobody = await sandbox.post("/_wxgzh/push_ticket", json={"to": "http://127.0.0.1:1/"})
    assert nobody.status_code == 502


async def test_the_components_own_tokens(platform: Platform) -> None:
    sent = {"component_appsecret": SECRET, "component_verify_ticket": await platform.ticket()}
    for change, code in (
        ({"component_verify_ticket": "ticket@@@none"}, 61006),
        ({"component_appsecret": "no"}, 40125),
        ({"component_appid": ""}, 40013),
    ):
        answer = await platform.component("api_component_token", **(sent | change))
        assert answer["errcode"] == code
        assert "rid: " in answer["errmsg"]
    pre = "api_create_preauthcode"
    assert (await platform.component(pre, component_appid="wx1"))["errcode"] == 40013
    url = f"{API}/cgi-bin/component/{pre}?access_token={platform.token}"
    assert (await platform.client.get(url)).json()["errcode"] == 43002
    assert (await platform.client.post(url)).json()["errcode"] == 47001
    other_name = await platform.client.post(url, json={"component_appid": COMPONENT_APP_ID})
    assert other_name.json()["expires_in"] == 1800
    await advance(platform.client, 7_201)
    assert (await platform.component(pre))["errcode"] == 42001
    platform.token = "nonsense"
    assert (await platform.component(pre))["errcode"] == 40001
    await advance(platform.client, 12 * 3600)
    assert (await platform.component("api_component_token", **sent))["errcode"] == 61005


async def test_the_page_wants_a_referrer_of_the_domain(platform: Platform) -> None:
    code = (await platform.component("api_create_preauthcode"))["pre_auth_code"]
    query = {"component_appid": COMPONENT_APP_ID, "pre_auth_code": code, "auth_type": "1"}
    query |= {"redirect_uri": BACK}
    for referrer, status in (("", 400), ("https://other.example/", 400), (f"{BACK}/x", 200)):
        response = await platform.client.get(PAGE, params=query, headers={"referer": referrer})
        assert response.status_code == status
    cancelled = await platform.client.get(PAGE, params=query | {"sandbox_decision": "deny"})
    assert (cancelled.status_code, "location" in cancelled.headers) == (200, False)
    mobile = "/open.weixin.qq.com/wxaopen/safe/bindcomponent"
    approved = query | {"sandbox_decision": "approve", "redirect_uri": f"{BACK}?state=s1"}
    back = answered(await platform.client.get(mobile, params=approved))
    assert set(back) == {"state", "auth_code", "expires_in"}
    again = await platform.client.get(PAGE, params=approved)
    assert again.status_code == 400


async def test_one_account_is_authorized_and_described(platform: Platform) -> None:
    world = (await platform.client.get("/_world/wxGzh/mara")).json()
    second = world["accounts"][1]["appId"]
    info = await platform.authorize(sandbox_person="mara", sandbox_pages=second)
    assert info["authorizer_appid"] == second
    assert [one["funcscope_category"]["id"] for one in info["func_info"]] == [1, 2, 7, 11]
    shown = await platform.component("api_get_authorizer_info", authorizer_appid=second)
    assert shown["authorizer_info"]["nick_name"] == world["accounts"][1]["name"]
    assert shown["authorizer_info"]["alias"] == ""
    third = world["accounts"][2]["appId"]
    assert (await platform.authorize(sandbox_person="mara", biz_appid=third))[
        "authorizer_appid"
    ] == third
    listed = await platform.component("api_get_authorizer_list", offset=0, count=500)
    assert {one["authorizer_appid"] for one in listed["list"]} == {second, third}
    assert info["authorizer_refresh_token"] in {one["refresh_token"] for one in listed["list"]}
    unknown = await platform.component("api_get_authorizer_info", authorizer_appid="wx0")
    assert unknown["errcode"] == 61003
    refused = await platform.page(sandbox_decision="approve", sandbox_person="miniprogram")
    assert refused.status_code == 400
    mini = await platform.authorize(auth_type="3", sandbox_person="miniprogram")
    appid = {"authorizer_appid": mini["authorizer_appid"]}
    program = await platform.component("api_get_authorizer_info", **appid)
    assert "MiniProgramInfo" in program["authorizer_info"]


async def test_codes_and_tokens_end(platform: Platform) -> None:
    back = answered(await platform.page(sandbox_decision="approve"))
    sent = {"authorization_code": back["auth_code"]}
    info = (await platform.component("api_query_auth", **sent))["authorization_info"]
    assert (await platform.component("api_query_auth", **sent))["errcode"] == 61010
    bad = await platform.component("api_query_auth", authorization_code="none")
    assert bad["errcode"] == 61009
    refresh = {name: info[name] for name in ("authorizer_appid", "authorizer_refresh_token")}
    fresh = await platform.component("api_authorizer_token", **refresh)
    assert fresh["authorizer_refresh_token"] == info["authorizer_refresh_token"]
    batch = "/cgi-bin/freepublish/batchget"
    assert (await platform.call(info, batch, offset=0, count=1))["item_count"] == 1
    await advance(platform.client, 301)
    assert (await platform.call(info, batch, offset=0, count=1))["errcode"] == 42001
    assert (await platform.call(fresh, batch, offset=0, count=1))["item_count"] == 1
    wrong = refresh | {"authorizer_refresh_token": "refreshtoken@@@none"}
    assert (await platform.component("api_authorizer_token", **wrong))["errcode"] == 61023
    await platform.client.post("/_grants/revoke", json={"platform": "wxGzh", "person": "ida"})
    assert (await platform.call(fresh, batch, offset=0, count=1))["errcode"] == 40001
    assert (await platform.component("api_authorizer_token", **refresh))["errcode"] == 61003


async def test_publications_by_offset(platform: Platform) -> None:
    info = await platform.authorize()
    batch = "/cgi-bin/freepublish/batchget"
    ids: list[str] = []
    articles: list[dict[str, Any]] = []
    total = 1
    while len(ids) < total:
        page = await platform.call(info, batch, offset=len(ids), count=20, no_content=1)
        total = page["total_count"]
        ids += [one["article_id"] for one in page["item"]]
        articles += [a for one in page["item"] for a in one["content"]["news_item"]]
    world = (await platform.client.get("/_world/wxGzh/ida")).json()
    assert len(set(ids)) == len(ids) == world["accounts"][0]["publications"]
    assert len(articles) == world["works"]
    assert {article["is_deleted"] for article in articles} == {True, False}
    assert {"thumb_url" in article for article in articles} == {True, False}
    assert {article["content"] for article in articles} == {""}
    whole = await platform.call(info, batch, offset=0, count=1)
    assert whole["item"][0]["content"]["news_item"][0]["content"].startswith("<p>")
    for body, code in (
        ({"offset": 0, "count": 21}, 40097),
        ({"offset": 0, "count": 0}, 40097),
        ({"offset": -1, "count": 5}, 47001),
        ({"offset": 0}, 47001),
    ):
        assert (await platform.call(info, batch, **body))["errcode"] == code
    one = await platform.call(info, "/cgi-bin/freepublish/getarticle", article_id=ids[3])
    assert one["news_item"][0]["url"] == articles_of(ids[3], ids, articles)
    none = await platform.call(info, "/cgi-bin/freepublish/getarticle", article_id="none")
    assert none["errcode"] == 53600
    empty = await platform.authorize(sandbox_person="empty")
    page = await platform.call(empty, batch, offset=0, count=20)
    assert page == {"total_count": 0, "item_count": 0, "item": []}
    narrow = await platform.authorize(sandbox_scopes="1,2")
    assert (await platform.call(narrow, batch, offset=0, count=1))["errcode"] == 61007


def articles_of(wanted: str, ids: list[str], articles: list[dict[str, Any]]) -> str:
    """The address of the first article of a publication among the first few."""
    starts = [n for n, article in enumerate(articles) if "（" not in article["title"]]
    return str(articles[starts[ids.index(wanted)]]["url"])


@pytest.mark.parametrize("person", ["ida", "miniprogram"])
async def test_without_a_kind_the_page_offers_both(platform: Platform, person: str) -> None:
    info = await platform.authorize(auth_type="", sandbox_person=person)
    assert info["authorizer_appid"].startswith("wx")
    refused = await platform.page(auth_type="9", sandbox_decision="approve")
    assert refused.status_code == 400


async def test_statistics_of_a_day(platform: Platform) -> None:
    info = await platform.authorize()
    page = await platform.call(info, "/cgi-bin/freepublish/batchget", offset=0, count=20)
    older = page["item"][4]
    china = datetime.fromtimestamp(older["update_time"], UTC) + timedelta(hours=8)
    day = china.date().isoformat()
    path = "/datacube/getarticletotaldetail"
    answer = await platform.call(info, path, begin_date=day, end_date=day)
    (first, *_) = answer["list"]
    assert answer["is_delay"] is False
    assert first["content_url"] in {a["url"] for a in older["content"]["news_item"]}
    readers = [row["read_user"] for row in first["detail_list"]]
    assert readers == sorted(readers)
    assert 1 < len(readers) <= 30
    old = await platform.call(info, path, begin_date="2025-10-31", end_date="2025-10-31")
    assert old["list"] == []
    for begin, end, code in (
        (day, "2026-02-01", 61501),
        ("2026-02-02", "2026-02-02", 61501),
        ("yesterday", "yesterday", 61500),
        ("20260130", "20260130", 61500),
        ("9999-12-31", "9999-12-31", 61501),
    ):
        answer = await platform.call(info, path, begin_date=begin, end_date=end)
        assert answer["errcode"] == code
    users = "/datacube/getusercumulate"
    week = await platform.call(info, users, begin_date="2026-01-26", end_date="2026-02-01")
    assert len(week["list"]) == 7
    longer = await platform.call(info, users, begin_date="2026-01-25", end_date="2026-02-01")
    assert longer["errcode"] == 61501
    other = await platform.authorize(sandbox_person="unverified")
    closed = await platform.call(other, users, begin_date="2026-02-01", end_date="2026-02-01")
    assert closed["errcode"] == 48001


async def test_an_accounts_days(platform: Platform) -> None:
    info = await platform.authorize()
    week = {"begin_date": "2026-01-26", "end_date": "2026-02-01"}
    totals = (await platform.call(info, "/datacube/getusercumulate", **week))["list"]
    changes = (await platform.call(info, "/datacube/getusersummary", **week))["list"]
    grown = {row["ref_date"]: 0 for row in totals}
    for row in changes:
        grown[row["ref_date"]] += row["new_user"] - row["cancel_user"]
    followers = [row["cumulate_user"] for row in totals]
    for (before, after), day in zip(pairwise(followers), list(grown)[1:], strict=True):
        assert after - before == grown[day]
    assert any(row["cancel_user"] for row in changes)
    longer = week | {"begin_date": "2026-01-25"}
    assert (await platform.call(info, "/datacube/getusersummary", **longer))["errcode"] == 61501


async def test_a_days_summary_is_the_sum_of_its_articles(platform: Platform) -> None:
    """Every article of a new account counts from one day on, so that its days are complete."""
    await platform.client.post("/_world/wxGzh/empty/works", json={"add": 3})
    await advance(platform.client, 2 * 86_400)
    await platform.renew()
    info = await platform.authorize(sandbox_person="empty")
    days = [{"begin_date": f"2026-02-0{n}", "end_date": f"2026-02-0{n}"} for n in (2, 3)]
    articles = (await platform.call(info, "/datacube/getarticletotaldetail", **days[0]))["list"]
    summaries = [await platform.call(info, "/datacube/getbizsummary", **day) for day in days]
    assert [one["is_delay"] for one in summaries] == [False, False]
    for name in ("read_user", "like_user", "comment_count"):
        gained = sum(one["list"][0]["detail"][name] for one in summaries)
        assert gained == sum(article["detail_list"][1][name] for article in articles) > 0


async def test_figures_are_not_ready_before_the_morning(platform: Platform) -> None:
    await advance(platform.client, 20 * 3600)
    await platform.renew()
    info = await platform.authorize()
    day = {"begin_date": "2026-02-02", "end_date": "2026-02-02"}
    late = await platform.call(info, "/datacube/getbizsummary", **day)
    assert late == {"list": [], "is_delay": True}
    assert (await platform.call(info, "/datacube/getusersummary", **day))["errcode"] == 61503
    await advance(platform.client, 5_400)
    assert (await platform.call(info, "/datacube/getbizsummary", **day))["list"]
    old = {"begin_date": "2025-10-31", "end_date": "2025-10-31"}
    assert (await platform.call(info, "/datacube/getbizsummary", **old))["list"] == []
    for person, scopes, code in (("unverified", "1,2,7", 48001), ("ida", "1", 61007)):
        narrow = await platform.authorize(sandbox_person=person, sandbox_scopes=scopes)
        for path in ("/datacube/getbizsummary", "/datacube/getusersummary"):
            assert (await platform.call(narrow, path, **day))["errcode"] == code


def is_event(push: Message) -> bool:
    return opened(push)["InfoType"] != "component_verify_ticket"


async def test_events_reach_the_service(pushing: Client, receiver: Receiver) -> None:
    platform = Platform(pushing, receiver)
    await platform.renew()
    info = await platform.authorize()
    await pushes(receiver, 1, is_event)
    again = answered(await platform.page(sandbox_decision="approve"))
    await pushes(receiver, 2, is_event)
    await pushing.post("/_grants/revoke", json={"platform": "wxGzh", "person": "ida"})
    events = [opened(one) for one in await pushes(receiver, 3, is_event)]
    kinds = [one["InfoType"] for one in events]
    assert kinds == ["authorized", "updateauthorized", "unauthorized"]
    assert {one["AuthorizerAppid"] for one in events} == {info["authorizer_appid"]}
    assert events[1]["AuthorizationCode"] == again["auth_code"]
    assert events[0]["PreAuthCode"].startswith("preauthcode@@@")
