"""Xiaohongshu against the answers that its creator site was seen to give."""

import json
from typing import Any

import pytest

from openchannels.connectors.base.plugin import CookieRefused, Submission
from openchannels.connectors.xhs.connector import Xhs
from openchannels.core.accounts import Candidate, Counters
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.transport.client import Answer, TransportError
from tests.connectors.fake_cn import Fake, Reply, line, reply

XHS = Xhs()
UID = "6433a78b000000000e01d2bf"
RED_ID = "2695001234"
HOME = "a1=18c..; web_session=0400.."
CREATOR = f"{HOME}; access-token-creator.xiaohongshu.com=customer.creator.AT-1"

PERSON = """{"result":0,"success":true,"code":0,"msg":"成功","data":{"userId":"6433a78b000000000e01d2bf","userName":"川西骑行志","userAvatar":"https://sns-avatar-qc.xhscdn.com/avatar/64469a41.jpg","redId":"2695001234","role":"creator","userDesc":"骑行与路书","permissions":["..."]}}"""
TOTALS = """{"success":true,"code":0,"msg":"成功","data":{"name":"川西骑行志","avatar":"https://sns-avatar-qc.xhscdn.com/avatar/64469a41.jpg","red_num":"2695001234","personal_desc":"骑行与路书","fans_count":8123,"follow_count":141,"faved_count":50210,"grow_info":{"level":3,"max_fans_count":8200}}}"""
CANNOT_ASK = [
    reply("", 406),
    reply("", 429),
    reply("", 461, verifytype="102", verifyuuid="u"),
    reply("", 471),
    reply("", 502),
    reply({"success": True, "code": 0}, 503),
    reply("", 401),
    reply("<html>", 403),
    reply("", 302),
    reply("<html>", 404),
    reply({"success": False, "code": 300011, "msg": "账号异常"}),
    reply({"success": False, "code": 300012, "msg": "IP blocked"}),
    reply({"success": False, "code": 10, "msg": "操作频繁"}),
    reply({"success": False, "code": 11, "msg": "请完成验证"}),
    reply({"success": False, "code": -1}),
    TransportError("timeout", "the deadline passed"),
    TransportError("network", "ClientError"),
]
LOGGED_OUT = [
    reply({"success": False, "code": -1}, 401),
    reply({"success": False, "code": -100, "msg": "登录已过期"}, 401),
    reply({"success": False, "code": 7}, 403),
    reply({"success": False, "code": -100}),
    reply({"success": False, "code": "-100"}),
    reply({"success": False, "code": -100}, 400),
    reply({"success": False, "msg": "请先登录"}),
]
UNREADABLE = [
    (reply("<html>"), FailureKind.MALFORMED),
    (reply([]), FailureKind.MALFORMED),
    (reply({}), FailureKind.MALFORMED),
    (reply({"success": True}), FailureKind.MALFORMED),
    (reply({"success": True, "code": 0}), FailureKind.MALFORMED),
    (reply({"success": True, "code": 0, "data": []}), FailureKind.MALFORMED),
    (reply({"success": True, "code": 0, "data": {"redId": RED_ID}}), FailureKind.MALFORMED),
    (reply({"success": False, "code": 77}), FailureKind.INVALID),
    (reply({"success": False, "code": 0}), FailureKind.INVALID),
]


def site(person: Reply = reply(PERSON), totals: Reply = reply(TOTALS)) -> Fake:  # noqa: B008
    return Fake({"/galaxy/user/info": person, "/creator/home/personal_info": totals})


async def connect(fake: Fake, cookie: str | None = CREATOR, **given: Any) -> Candidate:
    options = given.pop("options", {})
    sent = {"uid": UID, "nickname": "我的号", "avatar": None, **given}
    return await XHS.auth.check_submission(
        line(XHS, fake, **options), Submission(**sent, cookie=cookie)
    )


async def test_a_proved_account() -> None:
    fake = site()
    found = await connect(fake)
    profile = found.profile
    assert found.verified
    assert profile.account_id == f"xhs_{UID}_web"
    assert profile.client_type == "web"
    assert profile.account == RED_ID
    assert profile.nickname == "我的号"
    assert profile.avatar == "https://sns-avatar-qc.xhscdn.com/avatar/64469a41.jpg"
    assert profile.counters == Counters(fans=8123, following=141)
    assert profile.facts == {"userId": UID}
    assert found.tokens == Tokens(access_token=CREATOR)
    assert [call.url for call in fake.calls] == [
        "https://creator.xiaohongshu.com/api/galaxy/user/info",
        "https://creator.xiaohongshu.com/api/galaxy/creator/home/personal_info",
    ]
    for call in fake.calls:
        assert call.method == "GET"
        assert call.headers["Cookie"] == CREATOR
        assert call.headers["Referer"] == "https://creator.xiaohongshu.com/new/home"
        assert call.headers["Origin"] == "https://creator.xiaohongshu.com"
        assert call.headers["Accept"] == "application/json"
        assert "Mozilla" in call.headers["User-Agent"]


async def test_the_public_number_proves_an_account_too() -> None:
    found = await connect(site(), uid=RED_ID)
    assert found.verified
    assert found.profile.account_id == f"xhs_{RED_ID}_web"
    assert found.profile.facts == {"userId": UID}


async def test_a_number_for_text() -> None:
    person = json.loads(PERSON)
    person["data"]["redId"] = int(RED_ID)
    found = await connect(site(reply(person)), uid=RED_ID, avatar="https://a.example/b.png")
    assert found.profile.account == RED_ID
    assert found.profile.avatar == "https://a.example/b.png"


@pytest.mark.parametrize("uid", ["someone-else", "", None, UID.upper()])
async def test_another_identity(uid: str | None) -> None:
    fake = site()
    with pytest.raises(PlatformFailure) as failure:
        await connect(fake, uid=uid)
    assert failure.value.kind is FailureKind.MALFORMED
    assert failure.value.operation == "account.read"
    assert len(fake.calls) == 1


async def test_an_absent_public_number_is_not_an_identity() -> None:
    person = json.loads(PERSON)
    del person["data"]["redId"]
    assert (await connect(site(reply(person)))).profile.account is None
    with pytest.raises(PlatformFailure):
        await connect(site(reply(person)), uid=None)


@pytest.mark.parametrize(
    "totals", [reply("", 401), reply("", 461), reply("", 502), reply("<html>"), reply([])]
)
async def test_an_account_without_counts(totals: Answer) -> None:
    found = await connect(site(totals=totals))
    assert found.verified
    assert found.profile.counters == Counters()


@pytest.mark.parametrize(
    "cookie", [None, HOME, "access-token-creator.xiaohongshu.com=", "x-user-id-creator=1"]
)
async def test_without_a_creator_session_nobody_is_asked(cookie: str | None) -> None:
    fake = site()
    found = await connect(fake, cookie, avatar="https://a.example/b.png")
    assert fake.calls == []
    assert not found.verified
    assert found.profile.account_id == f"xhs_{UID}_web"
    assert found.profile.account is None
    assert found.profile.nickname == "我的号"
    assert found.profile.avatar == "https://a.example/b.png"
    assert found.profile.counters == Counters()
    assert found.tokens == Tokens(access_token=cookie or "")


@pytest.mark.parametrize(
    "name",
    [
        "access-token-creator.xiaohongshu.com",
        "galaxy_creator_session_id",
        "galaxy.creator.beaker.session.id",
        "customer-sso-sid",
    ],
)
async def test_names_of_a_creator_session(name: str) -> None:
    assert (await connect(site(), f"a1=1; {name}=2")).verified


async def test_a_cookie_as_json() -> None:
    cookie = [
        {"domain": ".xiaohongshu.com", "name": "a1", "value": "18c.."},
        {"domain": ".xiaohongshu.com", "name": "galaxy_creator_session_id", "value": "s"},
    ]
    found = await connect(site(), json.dumps(cookie))
    assert found.verified
    assert found.tokens.access_token == "a1=18c..; galaxy_creator_session_id=s"


async def test_the_check_can_be_switched_off() -> None:
    fake = site()
    found = await connect(fake, options={"validate_cookie": False})
    assert not found.verified
    assert found.tokens.access_token == CREATOR
    assert fake.calls == []


@pytest.mark.parametrize("answer", CANNOT_ASK)
async def test_a_site_that_cannot_be_asked_proves_nothing(answer: Reply) -> None:
    fake = site(answer)
    found = await connect(fake)
    assert not found.verified
    assert found.profile.counters == Counters()
    assert found.tokens.access_token == CREATOR
    assert len(fake.calls) == 1, "the site counts repeats as a robot's"


@pytest.mark.parametrize("answer", LOGGED_OUT)
async def test_a_dead_cookie_is_refused(answer: Answer) -> None:
    with pytest.raises(CookieRefused) as refusal:
        await connect(site(answer))
    assert refusal.value.category == "auth"


@pytest.mark.parametrize(("answer", "kind"), UNREADABLE)
async def test_an_unreadable_answer(answer: Answer, kind: FailureKind) -> None:
    with pytest.raises(PlatformFailure) as failure:
        await connect(site(answer))
    assert failure.value.kind is kind


@pytest.mark.parametrize(
    "cookie", ["", "nothing", "[]", f"{CREATOR}\r\nX-Evil: 1", '[{"name":"a1","value":"\\n"}]']
)
async def test_a_cookie_that_is_none(cookie: str) -> None:
    fake = site()
    with pytest.raises(CookieRefused) as refusal:
        await connect(fake, cookie)
    assert refusal.value.category == "validation"
    assert fake.calls == []


def test_works_cannot_be_listed() -> None:
    assert XHS.works is None
    assert XHS.works_absent is not None
    assert XHS.works_absent.en
    assert XHS.works_absent.zh
    assert XHS.works_absence(line(XHS, site()).app) is not None
    assert XHS.auth.required_fields == ("uid", "nickname")
