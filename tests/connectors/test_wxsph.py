"""WeChat Channels against the answers that its creator assistant was seen to give."""

import copy
import json
from typing import Any

import pytest

from openchannels.connectors.base.plugin import CookieRefused, Submission
from openchannels.connectors.wechat.channels.connector import WxSph
from openchannels.core.accounts import Candidate, Counters
from openchannels.core.credentials import Tokens
from openchannels.core.paging import NumberRequest, PagePaging, WorksPage
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.works import ContentMode, Metrics, WorkStatus
from openchannels.transport.client import Answer, TransportError
from tests.connectors.fake_cn import NOW, Fake, account, line, reply

WXSPH = WxSph()
COOKIE = "sessionid=BgAAkq...; wxuin=3958321800"
COOKIE_JSON = (
    '[{"domain":"channels.weixin.qq.com","name":"sessionid","value":"BgAAkq..","path":"/",'
    '"httpOnly":true},{"name":"wxuin","value":"3958321800"}]'
)
FINDER = "v2_0600..@finder"
ACCOUNT = account(WXSPH, "sphA1b2C3d4E5f6", "川西骑行志", finderUsername=FINDER)
TOKENS = Tokens(access_token=COOKIE)

PERSON = """{"errCode":0,"errMsg":"request successful","data":{
  "userAttr":{"nickname":"周","username":"v5_020b0a...","encryptedUsername":"o9cq8..","encryptedHeadImage":"http://wx.qlogo.cn/mmhead/ver_1/x/0","city":"成都"},
  "finderUser":{"finderUsername":"v2_060000231003b20faec8c5e38b10cbd6@finder","nickname":"川西骑行志","headImgUrl":"https://wx.qlogo.cn/finderhead/ver_1/y/0","coverImgUrl":"","spamFlag":0,"acctType":1,
    "authIconType":0,"ownerWxUin":0,"adminNickname":"周","feedsCount":87,"fansCount":12170,"uniqId":"sphA1b2C3d4E5f6","isMasterFinder":true}}}"""
LISTING = """{"errCode":0,"errMsg":"request successful","data":{
 "totalCount":87,"continueFlag":1,"bindInfo":[],"list":[
 {"objectId":"export/UzFfAgtgekIEAQAAAAAAOhIpzVxlAQ","exportId":"export/UzFfAgtgekIEAQAAAAAAOhIpzVxlAQ","objectNonce":"12188256280973362673","createTime":1759915800,
  "likeCount":120,"commentCount":14,"readCount":18790,"forwardCount":33,"favCount":52,"followCount":6,"forwardSnsCount":2,"forwardAllChatCount":9,"yesterdayReadCount":143,
  "fullPlayRate":0.0782122905,"avgPlayTimeSec":6.877094972,"fastFlipRate":0.4916201117,"commentClose":0,"visibleType":1,"status":1,"objectType":0,"permissionFlag":0,"showOriginal":false,
  "disableInfo":{"isDisabled":false},"originalInfo":{"auditOriginalFlag":0,"isDeclared":0,"isOriginalUpgrad":0},
  "desc":{"description":"折多山日出 #骑行","mediaType":4,"shortTitle":[{"shortTitle":"折多山日出"}],
    "media":[{"url":"https://finder.video.qq.com/251/20302/stodownload?encfilekey=..","thumbUrl":"https://finder.video.qq.com/251/20304/stodownload?..","coverUrl":"https://finder.video.qq.com/251/20304/stodownload?..","fullCoverUrl":"",
      "mediaType":4,"videoPlayLen":17,"width":720,"height":1280,"md5sum":"6bc1da4fb3224c28c19e9dfd1e077c19","fileSize":"10132537","bitrate":4613120}],
    "location":{"longitude":101.8,"latitude":30.07,"city":"康定市","poiClassifyId":""},"topic":{},"event":{"eventTopicId":"","eventName":"","eventCreatorNickname":"","eventAttendCount":0}}}]}}"""
LOGGED_OUT = [
    reply({"errCode": 300333, "errMsg": "login"}),
    reply({"errCode": 300334, "errMsg": ""}),
    reply({"errcode": "300334"}),
    reply({"err_code": 300333}),
    reply({"code": 300333}),
    reply({"base_resp": {"ret": 300333}}),
    reply({"errCode": -1, "errMsg": "请先登录"}),
    reply({"errMsg": "登录已过期"}),
    reply({"errCode": 300333}, 401),
    reply({"errCode": 1}, 403),
    reply("", 302, location="https://channels.weixin.qq.com/login.html"),
    reply("", 301, location="/login"),
]
FAILED = [
    (reply("<html>"), FailureKind.MALFORMED),
    (reply([]), FailureKind.MALFORMED),
    (reply({}), FailureKind.MALFORMED),
    (reply({"data": {}}), FailureKind.MALFORMED),
    (reply("", 204), FailureKind.MALFORMED),
    (reply("", 502), FailureKind.UNAVAILABLE),
    (reply("", 401), FailureKind.UNAVAILABLE),
    (reply("<html>", 403), FailureKind.UNAVAILABLE),
    (reply("", 301), FailureKind.UNAVAILABLE),
    (reply("", 302, location="https://hotspot.example/login"), FailureKind.UNAVAILABLE),
    (reply("", 302, location="https://["), FailureKind.UNAVAILABLE),
    (reply({"errCode": 0}, 503), FailureKind.UNAVAILABLE),
    (reply("", 429), FailureKind.RATE_LIMITED),
    (reply({"errCode": -1, "errMsg": "system error"}), FailureKind.INVALID),
    (reply({"errCode": 300001}), FailureKind.INVALID),
    (TransportError("timeout", "the deadline passed"), FailureKind.UNAVAILABLE),
    (TransportError("network", "ClientError"), FailureKind.UNAVAILABLE),
]


def submission(cookie: str | None = COOKIE, **given: Any) -> Submission:
    return Submission(given.get("uid"), given.get("nickname"), given.get("avatar"), cookie)


def changed(text: str, *path: str | int, **fields: Any) -> Any:
    """The document's example with some fields replaced."""
    value = copy.deepcopy(json.loads(text))
    place = value
    for step in path:
        place = place[step]
    place.update(fields)
    return value


async def connect(fake: Fake, cookie: str | None = COOKIE, **given: Any) -> Candidate:
    return await WXSPH.auth.check_submission(line(WXSPH, fake), submission(cookie, **given))


async def list_works(
    answer: Answer | TransportError, mode: ContentMode | None = None, page: int = 1, size: int = 20
) -> tuple[WorksPage, Fake]:
    fake = Fake({"post/post_list": answer})
    found = await WXSPH.works.fetch_page(
        line(WXSPH, fake), ACCOUNT, TOKENS, NumberRequest(page, size, content_mode=mode)
    )
    return found, fake


# Connecting


@pytest.mark.parametrize("status", [200, 201])
async def test_candidate(status: int) -> None:
    fake = Fake({"auth/auth_data": reply(PERSON, status)})
    found = await connect(fake)
    profile = found.profile
    assert profile.account_id == "wxSph_sphA1b2C3d4E5f6"
    assert profile.account == profile.uid == "sphA1b2C3d4E5f6"
    assert profile.nickname == "川西骑行志"
    assert profile.avatar == "https://wx.qlogo.cn/finderhead/ver_1/y/0"
    assert profile.counters == Counters(fans=12170, works=87)
    assert profile.facts == {"finderUsername": "v2_060000231003b20faec8c5e38b10cbd6@finder"}
    assert found.verified
    assert found.tokens == Tokens(access_token=COOKIE)
    (call,) = fake.calls
    assert call.method == "POST"
    assert call.url == (
        "https://channels.weixin.qq.com/cgi-bin/mmfinderassistant-bin/auth/auth_data"
    )
    assert call.headers["Cookie"] == COOKIE
    assert call.headers["X-WECHAT-UIN"] == "3958321800"
    assert call.headers["Origin"] == "https://channels.weixin.qq.com"
    assert call.headers["Referer"] == "https://channels.weixin.qq.com/platform"
    assert call.headers["Content-Type"] == "application/json"
    assert "Mozilla" in call.headers["User-Agent"]
    assert json.loads(call.body or b"") == {
        "timestamp": str(int(NOW * 1000)),
        "_log_finder_uin": "",
        "_log_finder_id": "",
        "rawKeyBuff": None,
        "pluginSessionId": None,
        "scene": 7,
        "reqScene": 7,
    }


async def test_a_cookie_as_json_is_sent_as_header_text() -> None:
    fake = Fake({"auth/auth_data": reply(PERSON)})
    found = await connect(fake, COOKIE_JSON)
    assert found.tokens.access_token == "sessionid=BgAAkq..; wxuin=3958321800"
    assert fake.calls[0].headers["Cookie"] == found.tokens.access_token


@pytest.mark.parametrize("cookie", ["sessionid=a", "sessionid=a; wxuin=", "sessionid=a; wxuin=x1"])
async def test_an_unknown_wxuin(cookie: str) -> None:
    fake = Fake({"auth/auth_data": reply(PERSON)})
    await connect(fake, cookie)
    assert fake.calls[0].headers["X-WECHAT-UIN"] == "0000000000"


async def test_what_the_caller_names_wins() -> None:
    fake = Fake({"auth/auth_data": reply(PERSON)})
    found = await connect(fake, uid="someone", nickname="我的号", avatar="https://a.example/b.png")
    assert found.profile.nickname == "我的号"
    assert found.profile.avatar == "https://a.example/b.png"
    assert found.profile.uid == "sphA1b2C3d4E5f6"
    assert found.profile.counters.fans == 12170


@pytest.mark.parametrize(
    ("fields", "nickname"),
    [({"nickname": ""}, "周"), ({"nickname": None}, "周"), ({"nickname": 7}, "7")],
)
async def test_nickname_of_last_resort(fields: dict[str, Any], nickname: str) -> None:
    answer = changed(PERSON, "data", "finderUser", **fields)
    found = await connect(Fake({"auth/auth_data": reply(answer)}))
    assert found.profile.nickname == nickname


async def test_optional_fields_may_be_missing() -> None:
    answer = {"errCode": 0, "data": {"finderUser": {"uniqId": "sph1", "fansCount": "12170"}}}
    found = await connect(Fake({"auth/auth_data": reply(answer)}))
    assert found.profile.nickname == "sph1"
    assert found.profile.avatar is None
    assert found.profile.counters == Counters(fans=12170)


@pytest.mark.parametrize(
    ("cookie", "category"),
    [
        ("wxuin=1", "auth"),
        ("sessionid=", "auth"),
        ("sessionid=; wxuin=1", "auth"),
        ('[{"name":"wxuin","value":"1"}]', "auth"),
        (None, "validation"),
        ("", "validation"),
        ("no cookie", "validation"),
        ("[]", "validation"),
        ("[{", "validation"),
        ("sessionid=a\r\nX-Evil: 1", "validation"),
        ("sessionid=a\n; wxuin=1", "validation"),
        ("sessionid=a\x00b", "validation"),
        ('[{"name":"sessionid","value":"a\\r\\nX: 1"}]', "validation"),
    ],
)
async def test_a_bad_cookie_is_refused_before_any_call(cookie: str | None, category: str) -> None:
    fake = Fake({})
    with pytest.raises(CookieRefused) as refusal:
        await connect(fake, cookie)
    assert refusal.value.category == category
    assert fake.calls == []


@pytest.mark.parametrize(
    "answer",
    [
        *LOGGED_OUT,
        reply({"errCode": 0, "errMsg": "request successful"}),
        reply({"errCode": 0, "data": {}}),
        reply({"errCode": 0, "data": {"finderUser": None}}),
    ],
)
async def test_a_dead_cookie_is_refused(answer: Answer) -> None:
    fake = Fake({"auth/auth_data": answer})
    with pytest.raises(CookieRefused) as refusal:
        await connect(fake)
    assert refusal.value.category == "auth"
    assert len(fake.calls) == 1


@pytest.mark.parametrize(("answer", "kind"), FAILED)
async def test_a_check_that_fails_otherwise(
    answer: Answer | TransportError, kind: FailureKind
) -> None:
    fake = Fake({"auth/auth_data": answer})
    with pytest.raises(PlatformFailure) as failure:
        await connect(fake)
    assert failure.value.kind is kind
    assert len(fake.calls) == 1, "calls with a person's cookie are not repeated"


@pytest.mark.parametrize("uid", ["", None, [], {}])
async def test_a_channel_without_an_id(uid: Any) -> None:
    answer = changed(PERSON, "data", "finderUser", uniqId=uid)
    with pytest.raises(PlatformFailure) as failure:
        await connect(Fake({"auth/auth_data": reply(answer)}))
    assert failure.value.kind is FailureKind.MALFORMED


# Works


def test_listing_is_off_by_default() -> None:
    assert WXSPH.works.paging == PagePaging(20, 20, total=True)
    assert WXSPH.works_absence(line(WXSPH, Fake({})).app) is not None
    assert WXSPH.works_absence(line(WXSPH, Fake({}), list_works=True).app) is None


async def test_works() -> None:
    page, fake = await list_works(reply(LISTING))
    assert (page.total, page.has_next) == (87, True)
    (work,) = page.items
    assert work.id == "export/UzFfAgtgekIEAQAAAAAAOhIpzVxlAQ"
    assert work.mode is ContentMode.VIDEO
    assert work.title == "折多山日出"
    assert work.description == "折多山日出 #骑行"
    assert work.url is None
    assert work.cover_url == "https://finder.video.qq.com/251/20304/stodownload?.."
    assert work.published_at == 1759915800
    assert (work.author_name, work.author_uid) == ("川西骑行志", "sphA1b2C3d4E5f6")
    assert work.status is WorkStatus.PUBLISHED
    assert work.metrics == Metrics(
        views=18790, plays=18790, likes=120, comments=14, shares=33, collects=52, saves=52
    )
    (call,) = fake.calls
    assert call.headers["Cookie"] == COOKIE
    assert json.loads(call.body or b"") == {
        "pageSize": 20,
        "currentPage": 1,
        "userpageType": 11,
        "stickyOrder": True,
        "timestamp": "1760000000000",
        "_log_finder_uin": "",
        "_log_finder_id": FINDER,
        "rawKeyBuff": None,
        "pluginSessionId": None,
        "scene": 7,
        "reqScene": 7,
    }


@pytest.mark.parametrize(
    ("mode", "listed"), [(None, 11), (ContentMode.VIDEO, 11), (ContentMode.IMAGE, 10)]
)
async def test_two_lists(mode: ContentMode | None, listed: int) -> None:
    _, fake = await list_works(reply(LISTING), mode, page=3, size=5)
    body = json.loads(fake.calls[0].body or b"")
    assert (body["userpageType"], body["currentPage"], body["pageSize"]) == (listed, 3, 5)


async def test_there_are_no_works_of_text_only() -> None:
    page, fake = await list_works(reply(LISTING), ContentMode.TEXT)
    assert (page, fake.calls) == (WorksPage(total=0), [])


async def test_an_image_post() -> None:
    answer = changed(LISTING, "data", "list", 0, "desc", mediaType=2, shortTitle=[])
    (work,) = (await list_works(reply(answer), ContentMode.IMAGE))[0].items
    assert work.mode is ContentMode.IMAGE
    assert work.title == "折多山日出 #骑行"
    assert (work.metrics.views, work.metrics.plays) == (18790, None)


@pytest.mark.parametrize(
    ("mode", "read"), [(None, ContentMode.VIDEO), (ContentMode.IMAGE, ContentMode.IMAGE)]
)
async def test_a_work_with_nothing_but_an_id(mode: ContentMode | None, read: ContentMode) -> None:
    answer = {"errCode": 0, "data": {"totalCount": 1, "list": [{"objectId": "o1"}, {}, None]}}
    (work,) = (await list_works(reply(answer), mode))[0].items
    assert (work.id, work.mode) == ("o1", read)
    assert work.title is work.description is work.cover_url is None
    assert work.published_at is work.status is None
    assert work.metrics == Metrics()


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"visibleType": 2}, WorkStatus.PRIVATE),
        ({"visibleType": "1"}, WorkStatus.PUBLISHED),
        ({"disableInfo": {"isDisabled": True}}, WorkStatus.UNAVAILABLE),
        ({"visibleType": 3, "disableInfo": {"isDisabled": True}}, WorkStatus.UNAVAILABLE),
        ({"disableInfo": None}, WorkStatus.PUBLISHED),
    ],
)
async def test_status(fields: dict[str, Any], status: WorkStatus) -> None:
    answer = changed(LISTING, "data", "list", 0, **fields)
    assert (await list_works(reply(answer)))[0].items[0].status is status


@pytest.mark.parametrize(
    ("description", "title"),
    [("第一行\n第二行", "第一行"), ("\n\n  第二行", "第二行"), ("", None), (" \n ", None)],
)
async def test_title_from_the_first_line(description: str, title: str | None) -> None:
    answer = changed(
        LISTING, "data", "list", 0, "desc", description=description, shortTitle=[{"shortTitle": ""}]
    )
    assert (await list_works(reply(answer)))[0].items[0].title == title


async def test_cover_of_last_resort_and_counts_as_text() -> None:
    answer = changed(LISTING, "data", "list", 0, readCount="18790", likeCount=-1)
    media = {"coverUrl": "", "fullCoverUrl": None, "thumbUrl": "http://finder.video.qq.com/t"}
    answer["data"]["list"][0]["desc"]["media"] = [media]
    (work,) = (await list_works(reply(answer)))[0].items
    assert work.cover_url == "https://finder.video.qq.com/t"
    assert (work.metrics.views, work.metrics.likes) == (18790, None)


@pytest.mark.parametrize(
    ("data", "page", "more"),
    [
        ({"totalCount": 87, "list": []}, 4, True),
        ({"totalCount": 87, "list": []}, 5, False),
        ({"totalCount": "87", "list": []}, 5, False),
        ({"totalCount": 80, "continueFlag": 1, "list": []}, 4, False),
        ({"totalCount": 0, "list": []}, 1, False),
        ({"totalCount": 0, "list": None}, 1, False),
        ({"totalCount": 87, "list": []}, 99, False),
        ({"continueFlag": 1, "list": []}, 1, True),
        ({"continueFlag": 0, "list": [{"objectId": "o"}] * 20}, 1, False),
        ({"list": [{"objectId": "o"}] * 20}, 1, True),
        ({"list": [{"objectId": "o"}] * 19}, 1, False),
    ],
)
async def test_next_page(data: dict[str, Any], page: int, more: bool) -> None:
    found, _ = await list_works(reply({"errCode": 0, "data": data}), page=page)
    assert found.has_next is more
    assert found.total == (int(data["totalCount"]) if "totalCount" in data else None)


@pytest.mark.parametrize("data", [None, [], {}, {"totalCount": 87}, {"list": {}}])
async def test_an_unreadable_list(data: Any) -> None:
    with pytest.raises(PlatformFailure) as failure:
        await list_works(reply({"errCode": 0, "data": data}))
    assert failure.value.kind is FailureKind.MALFORMED


@pytest.mark.parametrize("answer", LOGGED_OUT)
async def test_a_dead_cookie_amid_works(answer: Answer) -> None:
    with pytest.raises(PlatformFailure) as failure:
        await list_works(answer)
    assert failure.value.kind is FailureKind.DEAD_GRANT


@pytest.mark.parametrize(("answer", "kind"), FAILED)
async def test_failures(answer: Answer | TransportError, kind: FailureKind) -> None:
    with pytest.raises(PlatformFailure) as failure:
        await list_works(answer)
    assert failure.value.kind is kind
