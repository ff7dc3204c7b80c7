"""Figures of accounts and works over time, over the answers of the platforms' documentation."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from openchannels.connectors.base.figures import DAY
from openchannels.connectors.base.parse import CHINA
from openchannels.connectors.registry import CONNECTORS
from openchannels.core.credentials import Tokens
from openchannels.core.insights import (
    AccountFigures,
    AccountMetrics,
    AccountSpan,
    Period,
    WorkFigures,
    WorkSpan,
)
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.platforms import Platform
from openchannels.core.works import Metrics
from openchannels.transport import platform_client
from openchannels.transport.client import Send
from openchannels.transport.platform_client import PlatformClient
from tests.connectors.played import Ticketed
from tests.connectors.support import NOW, FakeSend, account_of, answer, client_for

TODAY = datetime.fromtimestamp(NOW, UTC).replace(hour=0, minute=0, second=0)
CHINA_TODAY = datetime.fromtimestamp(NOW, CHINA).replace(hour=0, minute=0, second=0)
UNAVAILABLE = answer(b"upstream", 503)


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform_client, "RETRY_SECONDS", 0.0)


def day(ago: int) -> str:
    return f"{TODAY - timedelta(days=ago):%Y-%m-%d}"


def china_day(ago: int) -> str:
    return f"{CHINA_TODAY - timedelta(days=ago):%Y-%m-%d}"


def range_of(ago: int, today: datetime = TODAY) -> tuple[float, float]:
    start = (today - timedelta(days=ago)).timestamp()
    return start, start + DAY


def client_of(platform: str, send: Send) -> PlatformClient:
    client = client_for(CONNECTORS[Platform(platform)], send)
    return replace(client, shared_state=Ticketed(client.clock))


async def account_figures(
    platform: str, send: FakeSend, period: Period | None = None, tokens: Tokens | None = None
) -> AccountFigures:
    insights = CONNECTORS[Platform(platform)].account_insights
    account = account_of(Platform(platform), "u1")
    assert insights is not None
    return await insights.fetch(
        client_of(platform, send), account, tokens or Tokens("a", "r"), period or Period()
    )


async def work_figures(
    platform: str,
    send: FakeSend,
    work_id: str,
    period: Period | None = None,
    tokens: Tokens | None = None,
    client: PlatformClient | None = None,
) -> WorkFigures:
    insights = CONNECTORS[Platform(platform)].work_insights
    account = account_of(Platform(platform), "u1")
    assert insights is not None
    return await insights.fetch(
        client or client_of(platform, send),
        account,
        tokens or Tokens("a", "r"),
        work_id,
        period or Period(),
    )


# Profiles


SPH_USER = {"uniqId": "u1", "nickname": "Kiln", "fansCount": 9, "feedsCount": 4}


@pytest.mark.parametrize(
    ("platform", "path", "body", "tokens", "metrics"),
    [
        (
            "tiktok",
            "/user/info/",
            {
                "data": {"user": {"open_id": "u1", "follower_count": 5, "likes_count": 7}},
                "error": {"code": "ok"},
            },
            Tokens("a"),
            AccountMetrics(fans=5, likes=7),
        ),
        (
            "twitter",
            "/users/me",
            {
                "data": {
                    "id": "u1",
                    "name": "Kiln",
                    "public_metrics": {"followers_count": 8, "tweet_count": [], "like_count": 1},
                }
            },
            Tokens("a"),
            AccountMetrics(fans=8),
        ),
        (
            "KWAI",
            "",
            {"result": 1, "user_info": {"name": "Kiln", "fan": 3}, "public_count": 80},
            Tokens("a", extra={"open_id": "u1"}),
            AccountMetrics(fans=3, works=80),
        ),
        (
            "wxSph",
            "/auth/auth_data",
            {"errCode": 0, "data": {"finderUser": SPH_USER}},
            Tokens("sessionid=1"),
            AccountMetrics(fans=9, works=4),
        ),
    ],
)
async def test_counts_of_a_profile(
    platform: str, path: str, body: Any, tokens: Tokens, metrics: AccountMetrics
) -> None:
    found = await account_figures(platform, FakeSend().on(path, body), tokens=tokens)
    assert (found.metrics, found.spans) == (metrics, ())
    assert found.profile is not None
    assert found.profile.display_name in ("Kiln", "u1")


async def test_the_profile_of_another_account_is_no_answer() -> None:
    body = {"errCode": 0, "data": {"finderUser": {**SPH_USER, "uniqId": "u2"}}}
    with pytest.raises(PlatformFailure) as caught:
        await account_figures("wxSph", FakeSend().on("/auth/auth_data", body))
    assert caught.value.kind is FailureKind.MALFORMED


def test_a_platform_without_figures_offers_none() -> None:
    xhs = CONNECTORS[Platform("xhs")]
    assert (xhs.details, xhs.account_insights, xhs.work_insights) == (None, None, None)


# Pinterest

PIN = {
    "id": "1",
    "is_owner": True,
    "media": {"media_type": "video"},
    "pin_metrics": {"lifetime_metrics": {"impression": 340}},
}
PIN_REPORT = {
    "all": {
        "daily_metrics": [
            {"data_status": "PROCESSING", "date": day(1), "metrics": {}},
            {"data_status": "ESTIMATE", "date": day(2), "metrics": {"IMPRESSION": 7, "SAVE": "x"}},
            {
                "data_status": "READY",
                "date": day(3),
                "metrics": {"IMPRESSION": 5, "SAVE": 2, "VIDEO_V50_WATCH_TIME": 1500},
            },
            {"data_status": "READY", "date": "soon", "metrics": {"IMPRESSION": 1}},
            {"data_status": "BEFORE_CORE_METRICS", "date": day(80), "metrics": {"IMPRESSION": 0}},
        ],
        "lifetime_metrics": {"TOTAL_COMMENTS": 10, "TOTAL_REACTIONS": 12},
        "summary_metrics": {"IMPRESSION": 12, "SAVE": 2, "VIDEO_MRC_VIEW": 3},
    }
}


async def test_the_days_of_a_pin() -> None:
    send = FakeSend().on("/pins/1", PIN).on("/pins/1/analytics", PIN_REPORT)
    found = await work_figures("pinterest", send, "1")
    assert found.metrics == Metrics(
        impressions=340, likes=12, comments=10, collects=2, saves=2, plays=3
    )
    assert found.spans == [
        WorkSpan(*range_of(3), Metrics(impressions=5, collects=2, saves=2, watch_seconds=1.5)),
        WorkSpan(*range_of(2), Metrics(impressions=7)),
    ]
    assert found.extra == {}
    asked = send.params()
    assert (asked["start_date"], asked["end_date"]) == (day(28), day(0))
    assert "VIDEO_MRC_VIEW" in asked["metric_types"]


async def test_pictures_are_not_asked_for_views_of_videos() -> None:
    send = FakeSend().on("/pins/1", {"id": "1"}).on("/pins/1/analytics", {"all": {}})
    assert (await work_figures("pinterest", send, "1")).spans == []
    assert "VIDEO" not in send.params()["metric_types"]


async def test_a_period_is_cut_to_what_pinterest_keeps() -> None:
    send = FakeSend().on("/pins/1", PIN).on("/pins/1/analytics", PIN_REPORT)
    period = Period(since=NOW - 200 * DAY, until=NOW + DAY)
    found = await work_figures("pinterest", send, "1", period)
    asked = send.params()
    assert (asked["start_date"], asked["end_date"]) == (day(89), day(0))
    cut = datetime.fromtimestamp(NOW - 89 * DAY, UTC)
    assert found.extra == {"truncatedSince": f"{cut:%Y-%m-%dT%H:%M:%S}.000Z"}


PINTEREST_USER = {"id": "u1", "username": "kiln", "follower_count": 930, "pin_count": 412}


async def test_the_days_of_a_pinterest_account() -> None:
    row = {"IMPRESSION": 9, "ENGAGEMENT": 4, "PIN_CLICK": 3, "SAVE": 1}
    days = [{"data_status": "READY", "date": day(2), "metrics": row}]
    report = {"all": {"daily_metrics": days, "summary_metrics": {**row, "IMPRESSION": 90}}}
    send = FakeSend().on("/user_account", PINTEREST_USER).on("/analytics", report)
    found = await account_figures("pinterest", send)
    counts = {"engagements": 4, "clicks": 3, "collects": 1}
    assert found.metrics == AccountMetrics(fans=930, works=412, impressions=90, **counts)
    assert found.spans == [AccountSpan(*range_of(2), AccountMetrics(impressions=9, **counts))]


# Further figures that are refused, or that cannot be read now


TWEET = {
    "data": {
        "id": "1",
        "text": "t",
        "author_id": "u1",
        "created_at": f"{day(3)}T00:00:00.000Z",
        "public_metrics": {"like_count": 41},
    }
}
BILIBILI_USER = {"code": 0, "data": {"openid": "u1", "name": "Kiln"}}
DOUYIN_OK = {"error_code": 0, "description": ""}
DOUYIN_VIDEO = {"item_id": "@8hxdhauT", "video_id": "123456", "statistics": {"digg_count": 4}}
DOUYIN_SCOPES = ("data.external.user", "data.external.item")
DOUYIN_TOKENS = Tokens("a", scopes=DOUYIN_SCOPES, extra={"open_id": "u1"})
WECHAT_TOKENS = Tokens("a", extra={"appid": "u1"})


def wechat() -> FakeSend:
    send = FakeSend().on("/api_component_token", {"component_access_token": "c"})
    send.on("/api_get_authorizer_info", {"authorizer_info": {"nick_name": "Kiln"}})
    send.on("/getusercumulate", {"list": [{"ref_date": china_day(1), "cumulate_user": 12170}]})
    return send.on("/freepublish/batchget", {"total_count": 126})


REFUSED = {
    "pinterest": answer({"code": 29, "message": "no"}, 403),
    "twitter": answer({"title": "Forbidden", "type": "about:blank", "status": 403}, 403),
    "bilibili": answer({"code": 127011, "message": "no"}),
    "douyin": answer({"data": {"error_code": 2190004, "description": "no"}}),
    "wxGzh": answer({"errcode": 48001, "errmsg": "api unauthorized"}),
}


def script(platform: str, further: Any) -> FakeSend:
    """A platform that tells of an account and a work, and gives `further` for more of them."""
    if platform == "pinterest":
        send = FakeSend().on("/user_account", PINTEREST_USER).on("/pins/1", PIN)
        return send.on("/analytics", further)
    if platform == "twitter":
        user = {"data": {"id": "u1", "name": "Kiln", "public_metrics": {"followers_count": 8}}}
        return (
            FakeSend().on("/tweets/1", TWEET).on("/tweets/analytics", further).on("/users/me", user)
        )
    if platform == "bilibili":
        send = FakeSend().on("/user/account/info", BILIBILI_USER)
        send.on("/data/user/stat", {"code": 0, "data": {"follower": 5}})
        return send.on("/data/arc/inc-stats", further)
    if platform == "douyin":
        send = FakeSend().on("/oauth/userinfo/", {"data": {**DOUYIN_OK, "nickname": "Kiln"}})
        send.on("/video/video_data/", {"data": {**DOUYIN_OK, "list": [DOUYIN_VIDEO]}})
        return send.on("", further)
    return wechat().on("/getbizsummary", further)


TOKENS = {"douyin": DOUYIN_TOKENS, "wxGzh": WECHAT_TOKENS}
WORKS = {"pinterest": "1", "twitter": "1", "douyin": "123456"}


@pytest.mark.parametrize("platform", ["pinterest", "bilibili", "douyin", "wxGzh"])
async def test_refused_days_of_an_account_are_left_out(platform: str) -> None:
    tokens = TOKENS.get(platform)
    found = await account_figures(platform, script(platform, REFUSED[platform]), tokens=tokens)
    assert list(found.spans) == []
    with pytest.raises(PlatformFailure) as caught:
        await account_figures(platform, script(platform, UNAVAILABLE), tokens=tokens)
    assert caught.value.kind is FailureKind.UNAVAILABLE


@pytest.mark.parametrize("platform", WORKS)
async def test_refused_days_of_a_work_are_left_out(platform: str) -> None:
    tokens, work_id = TOKENS.get(platform), WORKS[platform]
    send = script(platform, REFUSED[platform])
    found = await work_figures(platform, send, work_id, tokens=tokens)
    assert found.work is not None
    assert (found.metrics, list(found.spans)) == (found.work.metrics, [])
    with pytest.raises(PlatformFailure) as caught:
        await work_figures(platform, script(platform, UNAVAILABLE), work_id, tokens=tokens)
    assert caught.value.kind is FailureKind.UNAVAILABLE


# X


async def test_the_days_of_a_post_since_it_was_written() -> None:
    counts = {"impressions": 812, "likes": 31, "replies": 2, "retweets": 3, "quote_tweets": 1}
    rows = [
        {"timestamp": f"{day(1)}T00:00:00.000Z", "metrics": {"likes": "x", "retweets": 1}},
        {"timestamp": f"{day(2)}T00:00:00.000Z", "metrics": {**counts, "url_clicks": 9}},
        {"metrics": counts},
    ]
    send = script("twitter", {"data": [{"id": "1", "timestamped_metrics": rows}]})
    found = await work_figures("twitter", send, "1")
    assert found.metrics == Metrics(likes=41)
    assert found.spans == [
        WorkSpan(
            *range_of(2),
            Metrics(impressions=812, views=812, likes=31, comments=2, shares=4, clicks=9),
        ),
    ]
    asked = send.params()
    assert (asked["start_time"], asked["granularity"]) == (f"{day(3)}T00:00:00Z", "daily")
    assert asked["end_time"] == f"{datetime.fromtimestamp(NOW, UTC):%Y-%m-%dT%H:%M:%SZ}"


async def test_days_of_a_post_do_not_overlap() -> None:
    """Whether the first one begins at midnight or with the period, as the last may end with it."""
    since, until = range_of(2)[0] + 7000.0, range_of(0)[0] + 9000.0
    cut = datetime.fromtimestamp(since, UTC)
    stamps = (f"{cut:%Y-%m-%dT%H:%M:%SZ}", f"{day(1)}T00:00:00Z", f"{day(0)}T00:00:00Z")
    rows = [{"timestamp": stamp, "metrics": {"likes": 1}} for stamp in stamps]
    send = script("twitter", {"data": [{"id": "1", "timestamped_metrics": rows}]})
    found = await work_figures("twitter", send, "1", Period(since, until))
    assert [(span.start, span.end) for span in found.spans] == [
        (since, range_of(1)[0]),
        range_of(1),
        (range_of(0)[0], until),
    ]


async def test_views_of_a_video_are_those_of_its_media() -> None:
    media = {"media": [{"media_key": "7_1", "type": "video"}]}
    attached = {**TWEET["data"], "attachments": {"media_keys": ["7_1"]}}
    counts = {"impressions": 9, "media_views": 4}
    rows = [{"timestamp": f"{day(2)}T00:00:00.000Z", "metrics": counts}]
    send = FakeSend().on("/tweets/1", {"data": attached, "includes": media})
    send.on("/tweets/analytics", {"data": [{"id": "1", "timestamped_metrics": rows}]})
    found = await work_figures("twitter", send, "1")
    assert found.spans[0].metrics == Metrics(impressions=9, views=4, plays=4)


async def test_a_foreign_post_has_no_days() -> None:
    other = {"data": {**TWEET["data"], "author_id": "u2"}}
    assert (await work_figures("twitter", FakeSend().on("/tweets/1", other), "1")).spans == []


async def test_an_app_without_analytics_of_posts_asks_once() -> None:
    send = script("twitter", REFUSED["twitter"])
    client = client_of("twitter", send)
    for _ in range(2):
        await work_figures("twitter", send, "1", client=client)
    assert send.paths == ["1", "analytics", "1"]


# Bilibili


async def test_what_a_bilibili_account_gained_in_thirty_days() -> None:
    gained = {"inc_click": "120", "inc_like": 9, "inc_coin": 3, "inc_dm": None, "inc_fav": []}
    send = script("bilibili", {"code": 0, "data": gained})
    found = await account_figures("bilibili", send)
    assert found.metrics == AccountMetrics(fans=5, views=120, likes=9)
    assert found.spans == [AccountSpan(NOW - 30 * DAY, NOW, AccountMetrics(views=120, likes=9))]
    assert found.extra == {"coinCount": 3}


@pytest.mark.parametrize(
    ("scopes", "period", "paths"),
    [
        (("USER_INFO",), Period(), ["info"]),
        (("USER_INFO", "USER_DATA"), Period(), ["info", "stat"]),
        # Thirty days are no part of a shorter period.
        (None, Period(until=NOW - 2 * DAY), ["info", "stat"]),
        (None, Period(since=NOW - 28 * DAY), ["info", "stat"]),
    ],
)
async def test_figures_of_bilibili_that_nobody_may_or_need_ask_for(
    scopes: tuple[str, ...] | None, period: Period, paths: list[str]
) -> None:
    send = script("bilibili", UNAVAILABLE)
    tokens = Tokens("a", scopes=scopes)
    assert (await account_figures("bilibili", send, period, tokens)).spans == ()
    assert send.paths == paths


# Douyin


def douyin_days(*rows: Any) -> Any:
    return {"data": {**DOUYIN_OK, "result_list": list(rows)}}


async def test_the_days_of_a_douyin_account() -> None:
    send = FakeSend().on("/oauth/userinfo/", {"data": {**DOUYIN_OK, "nickname": "Kiln"}})
    early, late = {"date": china_day(3)}, {"date": china_day(2)}
    send.on("/fans/", douyin_days({**late, "total_fans": "53"}, {**early, "total_fans": 50}))
    send.on("/item/", douyin_days({**early, "new_play": 5, "total_issue": 8}))
    send.on("/like/", douyin_days({**early, "new_like": 2}, {**late, "new_like": []}, {"date": 5}))
    send.on("/comment/", douyin_days())
    send.on("/share/", REFUSED["douyin"])
    period = Period(since=NOW - 10 * DAY, until=NOW - DAY)
    found = await account_figures("douyin", send, period, DOUYIN_TOKENS)
    assert found.metrics == AccountMetrics(fans=53, works=8, views=5, likes=2)
    assert found.spans == [
        AccountSpan(*range_of(3, CHINA_TODAY), AccountMetrics(fans=50, works=8, views=5, likes=2)),
        AccountSpan(*range_of(2, CHINA_TODAY), AccountMetrics(fans=53)),
    ]
    assert {call.params["date_type"] for call in send.calls[1:]} == {15}
    assert len(send.calls) == 6


@pytest.mark.parametrize(("days", "length"), [(None, 7), (7, 7), (8, 15), (16, 30), (400, 30)])
async def test_the_shortest_report_that_covers_a_period(days: int | None, length: int) -> None:
    send = script("douyin", douyin_days())
    since = None if days is None else NOW - days * DAY
    await account_figures("douyin", send, Period(since=since), DOUYIN_TOKENS)
    assert {call.params["date_type"] for call in send.calls[1:]} == {length}


async def test_the_days_of_a_douyin_video() -> None:
    send = FakeSend().on("/video/video_data/", {"data": {**DOUYIN_OK, "list": [DOUYIN_VIDEO]}})
    send.on("/play/", douyin_days({"date": china_day(2), "play": "200"}))
    send.on("/like/", douyin_days({"date": china_day(2), "like": 3}))
    send.on("", douyin_days())
    found = await work_figures("douyin", send, "123456", tokens=DOUYIN_TOKENS)
    assert found.metrics == Metrics(likes=4)
    assert found.spans == [
        WorkSpan(*range_of(2, CHINA_TODAY), Metrics(views=200, plays=200, likes=3))
    ]
    assert send.params()["item_id"] == "@8hxdhauT"


@pytest.mark.parametrize(
    ("video", "scopes"),
    [
        ({"create_time": int(NOW - 40 * DAY)}, DOUYIN_SCOPES),
        ({"item_id": None}, DOUYIN_SCOPES),
        ({}, ("video.data.bind",)),
    ],
)
async def test_a_douyin_video_without_days(video: Any, scopes: tuple[str, ...]) -> None:
    videos = [{**DOUYIN_VIDEO, **video}]
    send = FakeSend().on("/video/video_data/", {"data": {**DOUYIN_OK, "list": videos}})
    tokens = Tokens("a", scopes=scopes, extra={"open_id": "u1"})
    assert (await work_figures("douyin", send, "123456", tokens=tokens)).spans == []


# WeChat official accounts


def summary(ago: int, **counts: Any) -> dict[str, Any]:
    return {"ref_date": china_day(ago), "detail": counts}


async def test_the_days_of_an_official_account() -> None:
    rows = [summary(1, read_user=40, comment_count="3"), summary(2, read_user=7, comment_count=2)]
    send = wechat().on("/getbizsummary", {"list": [*rows, {"ref_date": None}, "x"]})
    found = await account_figures("wxGzh", send, tokens=WECHAT_TOKENS)
    # Readers of several days may be the same people.
    assert found.metrics == AccountMetrics(fans=12170, works=126, comments=5)
    assert found.spans == [
        AccountSpan(*range_of(2, CHINA_TODAY), AccountMetrics(views=7, comments=2)),
        AccountSpan(*range_of(1, CHINA_TODAY), AccountMetrics(views=40, comments=3)),
    ]
    [asked] = [call for call in send.calls if "getbizsummary" in call.url]
    body = json.loads(asked.body or b"")
    assert body == {"begin_date": china_day(7), "end_date": china_day(1)}


class Summaries:
    """WeChat's data cube: `most` days a call, of which the newest was `ready` days ago."""

    def __init__(self, most: int, ready: int) -> None:
        self.most, self.ready = most, ready
        self.asked: list[tuple[int, int]] = []
        self.rest = wechat()

    async def __call__(self, call: Any) -> Any:
        if "getbizsummary" not in call.url:
            return await self.rest(call)
        body = json.loads(call.body)
        first, last = (
            (CHINA_TODAY.date() - datetime.fromisoformat(body[name]).date()).days
            for name in ("begin_date", "end_date")
        )
        self.asked.append((first, last))
        if last < self.ready:
            return answer({"errcode": 61503, "errmsg": "not ready"})
        if first - last >= self.most:
            return answer({"errcode": 61501, "errmsg": "date range error"})
        return answer({"list": [summary(ago, read_user=ago) for ago in range(last, first + 1)]})


async def test_fewer_days_are_asked_for_where_wechat_refuses() -> None:
    cube = Summaries(most=3, ready=2)
    insights = CONNECTORS[Platform("wxGzh")].account_insights
    client = client_of("wxGzh", cube)
    account, period = account_of(Platform("wxGzh"), "u1"), Period(since=NOW - 7 * DAY)
    assert insights is not None
    for _ in range(2):
        found = await insights.fetch(client, account, WECHAT_TOKENS, period)
        assert [span.metrics.views for span in found.spans] == [7, 6, 5, 4, 3, 2]
    assert cube.asked == [(7, 1), (7, 2), (4, 2), (7, 5), (3, 1)]
