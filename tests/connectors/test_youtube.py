"""YouTube, over the answers of its documentation."""

import base64
import json
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from structlog.testing import capture_logs

from openchannels.connectors.google.identity import IN_TESTING
from openchannels.connectors.google.youtube.api import ANALYTICS_SCOPE
from openchannels.connectors.google.youtube.auth import READ_SCOPE
from openchannels.connectors.google.youtube.connector import YouTube
from openchannels.core.accounts import Counters
from openchannels.core.clock import iso
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.platforms import Platform
from openchannels.core.works import ContentMode, Metrics, WorkStatus
from openchannels.transport.rate_limits import BucketState, PlatformRateLimits
from tests.connectors.support import NOW, FakeSend, account_of, answer, client_for, page

CHANNEL_ID = "UC4q7ExampleChannel0001"
UPLOADS = "UU4q7ExampleChannel0001"
TOKENS = Tokens("ya29.a0AfExample")
ACCOUNT = account_of(Platform("youtube"), "1045", secondary=CHANNEL_ID, facts={"uploads": UPLOADS})
TOKEN_ANSWER = json.loads(
    """
{"access_token":"ya29.a0AfExample","expires_in":3599,"refresh_token":"1//0gExample","scope":"openid https://www.googleapis.com/auth/youtube.readonly https://www.googleapis.com/auth/userinfo.profile","token_type":"Bearer","id_token":"eyJhbGciOi..."}
"""  # noqa: E501
)
CHANNELS = json.loads(
    """
{"kind":"youtube#channelListResponse","etag":"aBcD","pageInfo":{"totalResults":1,"resultsPerPage":5},"items":[{"kind":"youtube#channel","etag":"eFgH","id":"UC4q7ExampleChannel0001",
"snippet":{"title":"Kiln & Clay","description":"Slow pottery.","customUrl":"@kilnandclay","publishedAt":"2019-03-11T08:15:42.123456Z","thumbnails":{"default":{"url":"https://yt3.ggpht.com/ytc/ex=s88","width":88,"height":88},"medium":{"url":"https://yt3.ggpht.com/ytc/ex=s240","width":240,"height":240},"high":{"url":"https://yt3.ggpht.com/ytc/ex=s800","width":800,"height":800}},"localized":{"title":"Kiln & Clay","description":"Slow pottery."},"country":"DK"},
"contentDetails":{"relatedPlaylists":{"likes":"LL","uploads":"UU4q7ExampleChannel0001"}},
"statistics":{"viewCount":"1840233","subscriberCount":"12400","hiddenSubscriberCount":false,"videoCount":"212"},
"status":{"privacyStatus":"public","isLinked":true,"longUploadsStatus":"allowed","madeForKids":false}}]}
"""  # noqa: E501
)
LISTING = json.loads(
    """
{"kind":"youtube#playlistItemListResponse","etag":"xY","nextPageToken":"EAAaHlBUOkNESWlFRE","prevPageToken":"EAEaHlBUOkNEQ","pageInfo":{"totalResults":212,"resultsPerPage":25},
"items":[{"kind":"youtube#playlistItem","etag":"q1","id":"VVU0cTdFeGFtcGxl","snippet":{"publishedAt":"2026-10-02T17:00:11Z","channelId":"UC4q7ExampleChannel0001","title":"Glaze test 14","description":"Iron and ash.","thumbnails":{"high":{"url":"https://i.ytimg.com/vi/aB3dE5gH7jK/hqdefault.jpg","width":480,"height":360}},"channelTitle":"Kiln & Clay","playlistId":"UU4q7ExampleChannel0001","position":25,"resourceId":{"kind":"youtube#video","videoId":"aB3dE5gH7jK"},"videoOwnerChannelTitle":"Kiln & Clay","videoOwnerChannelId":"UC4q7ExampleChannel0001"},
"contentDetails":{"videoId":"aB3dE5gH7jK","videoPublishedAt":"2026-10-02T17:00:09Z"},"status":{"privacyStatus":"public"}}]}
"""  # noqa: E501
)
VIDEOS = json.loads(
    """
{"kind":"youtube#videoListResponse","etag":"zz","pageInfo":{"totalResults":1,"resultsPerPage":1},"items":[{"kind":"youtube#video","etag":"v1","id":"aB3dE5gH7jK",
"snippet":{"publishedAt":"2026-10-02T17:00:09Z","channelId":"UC4q7ExampleChannel0001","title":"Glaze test 14","description":"Iron and ash.","thumbnails":{"default":{"url":"https://i.ytimg.com/vi/aB3dE5gH7jK/default.jpg","width":120,"height":90},"high":{"url":"https://i.ytimg.com/vi/aB3dE5gH7jK/hqdefault.jpg","width":480,"height":360},"maxres":{"url":"https://i.ytimg.com/vi/aB3dE5gH7jK/maxresdefault.jpg","width":1280,"height":720}},"channelTitle":"Kiln & Clay","tags":["glaze"],"categoryId":"26","liveBroadcastContent":"none","defaultAudioLanguage":"en"},
"contentDetails":{"duration":"PT4M13S","dimension":"2d","definition":"hd","caption":"false"},
"status":{"uploadStatus":"processed","privacyStatus":"public","license":"youtube","embeddable":true,"publicStatsViewable":true,"madeForKids":false},
"statistics":{"viewCount":"5312","likeCount":"241","favoriteCount":"0","commentCount":"18"}}]}
"""  # noqa: E501
)
REPORT = json.loads(
    """
{"kind":"youtubeAnalytics#resultTable","columnHeaders":[{"name":"video","columnType":"DIMENSION","dataType":"STRING"},{"name":"shares","columnType":"METRIC","dataType":"INTEGER"}],"rows":[["aB3dE5gH7jK",7]]}
"""
)
QUOTA = json.loads(
    """
{"error":{"code":403,"message":"The request cannot be completed because you have exceeded your quota.","errors":[{"message":"The request cannot be completed because you have exceeded your quota.","domain":"youtube.quota","reason":"quotaExceeded"}],"status":"PERMISSION_DENIED","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"quotaExceeded","domain":"youtube.googleapis.com"}]}}
"""  # noqa: E501
)
VIDEO_ID = "aB3dE5gH7jK"


@pytest.fixture
def youtube() -> YouTube:
    return YouTube()


def entry(identifier: str, **snippet: Any) -> dict[str, Any]:
    return {"snippet": {"resourceId": {"videoId": identifier}, **snippet}}


def video(identifier: str, **parts: Any) -> dict[str, Any]:
    return {**deepcopy(VIDEOS["items"][0]), "id": identifier, **parts}


def refusal(reason: str | None, status: int, label: str | None = None) -> dict[str, Any]:
    error: dict[str, Any] = {"code": status, "message": "<b>no</b>"}
    if reason:
        error["errors"] = [{"reason": reason}]
    if label:
        error["status"] = label
    return {"error": error}


async def listed(youtube: YouTube, entries: list[Any], videos: list[Any], **options: Any) -> Any:
    send = FakeSend().on("/playlistItems", {"items": entries}).on("/videos", {"items": videos})
    return await youtube.works.fetch_page(
        client_for(youtube, send, **options), ACCOUNT, TOKENS, page()
    )


# Connecting


def test_the_consent_page_is_asked_for_an_offline_grant_with_a_chooser(youtube: YouTube) -> None:
    app = client_for(youtube, FakeSend()).app
    query = parse_qs(urlsplit(youtube.auth.authorize_url(app, "state", "verifier")).query)
    assert query["access_type"] == ["offline"]
    assert query["prompt"] == ["consent select_account"]
    assert query["code_challenge_method"] == ["S256"]
    assert "verifier" not in str(query)
    assert ANALYTICS_SCOPE not in query["scope"][0]


def test_the_reports_scope_is_asked_for_only_with_its_option(youtube: YouTube) -> None:
    app = client_for(youtube, FakeSend(), analytics=True).app
    query = parse_qs(urlsplit(youtube.auth.authorize_url(app, "state", "verifier")).query)
    assert query["scope"][0].split() == [*app.scopes, ANALYTICS_SCOPE]


async def test_a_code_is_redeemed_in_one_call(youtube: YouTube) -> None:
    send = FakeSend().on("/token", TOKEN_ANSWER)
    tokens = await youtube.auth.exchange(client_for(youtube, send), {"code": "4/0Axyz"}, "verifier")
    assert tokens.access_token == "ya29.a0AfExample"
    assert tokens.refresh_token == "1//0gExample"
    assert tokens.expires_at == NOW + 3599
    assert tokens.scopes is not None
    assert READ_SCOPE in tokens.scopes
    assert len(send.calls) == 1
    assert dict(send.calls[0].form or {}) == {
        "grant_type": "authorization_code",
        "code": "4/0Axyz",
        "client_id": "app-id",
        "client_secret": "app-secret",
        "redirect_uri": "https://oc.example/callback",
        "code_verifier": "verifier",
    }


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        ("invalid_grant", 400, FailureKind.DEAD_GRANT),
        ("invalid_client", 401, FailureKind.MISCONFIGURED),
        ("redirect_uri_mismatch", 400, FailureKind.MISCONFIGURED),
    ],
)
async def test_a_refused_code(youtube: YouTube, error: str, status: int, kind: FailureKind) -> None:
    body = {"error": error, "error_description": "Malformed auth code."}
    send = FakeSend().on("/token", answer(body, status))
    with pytest.raises(PlatformFailure) as caught:
        await youtube.auth.exchange(client_for(youtube, send), {"code": "x"}, "v")
    assert caught.value.kind is kind


async def test_a_refresh_keeps_the_refresh_token_it_does_not_repeat(youtube: YouTube) -> None:
    body = {k: v for k, v in TOKEN_ANSWER.items() if k != "refresh_token"}
    send = FakeSend().on("/token", body)
    old = Tokens("old", refresh_token="1//0gExample")
    fresh = await youtube.auth.refresh(client_for(youtube, send), old)
    assert (fresh.access_token, fresh.refresh_token) == ("ya29.a0AfExample", "1//0gExample")


async def test_the_channel_behind_a_grant(youtube: YouTube) -> None:
    claims = base64.urlsafe_b64encode(b'{"sub":"1045"}').decode().rstrip("=")
    tokens = Tokens("ya29", extra={"id_token": f"h.{claims}.s"})
    send = FakeSend().on("/channels", CHANNELS, mine="true")
    [candidate] = await youtube.accounts.candidates(client_for(youtube, send), tokens)
    profile = candidate.profile
    assert profile.account_id == f"youtube_1045_{CHANNEL_ID}"
    assert profile.identity == CHANNEL_ID
    assert (profile.handle, profile.nickname) == ("@kilnandclay", "Kiln & Clay")
    assert profile.avatar == "https://yt3.ggpht.com/ytc/ex=s800"
    assert (profile.counters.fans, profile.counters.works) == (12400, 212)
    assert profile.counters.following is None
    assert profile.facts == {"uploads": UPLOADS}
    assert candidate.grant_subject == "1045"
    assert send.calls[0].headers["Authorization"] == "Bearer ya29"


@pytest.mark.parametrize("id_token", [None, "eyJhbGciOi...", "a.%%%.c", "a.bm90IGpzb24.c"])
async def test_without_a_readable_id_token_the_channel_id_is_the_uid(
    youtube: YouTube, id_token: str | None
) -> None:
    tokens = Tokens("ya29", extra={"id_token": id_token} if id_token else {})
    send = FakeSend().on("/channels", CHANNELS)
    [candidate] = await youtube.accounts.candidates(client_for(youtube, send), tokens)
    assert candidate.profile.uid == CHANNEL_ID
    assert candidate.grant_subject is None


async def test_hidden_subscribers_are_left_out(youtube: YouTube) -> None:
    body = deepcopy(CHANNELS)
    body["items"][0]["statistics"]["hiddenSubscriberCount"] = True
    send = FakeSend().on("/channels", body)
    [candidate] = await youtube.accounts.candidates(client_for(youtube, send), TOKENS)
    assert candidate.profile.counters.fans is None


async def test_a_channel_of_which_only_the_id_is_told(youtube: YouTube) -> None:
    send = FakeSend().on("/channels", {"items": [{"id": CHANNEL_ID}, {"snippet": {}}, None]})
    [candidate] = await youtube.accounts.candidates(client_for(youtube, send), TOKENS)
    assert candidate.profile.nickname == CHANNEL_ID
    assert candidate.profile.avatar is None
    assert candidate.profile.counters.works is None


@pytest.mark.parametrize(
    "reply",
    [
        answer({"pageInfo": {"totalResults": 0}}),
        answer(refusal("youtubeSignupRequired", 401), 401),
        answer(refusal("authenticatedUserNotChannel", 403, "PERMISSION_DENIED"), 403),
    ],
)
async def test_a_google_account_without_a_channel(youtube: YouTube, reply: Any) -> None:
    send = FakeSend().on("/channels", reply)
    assert await youtube.accounts.candidates(client_for(youtube, send), TOKENS) == []


# Works


async def test_a_page_of_works_takes_two_calls(youtube: YouTube) -> None:
    send = FakeSend().on("/playlistItems", LISTING).on("/videos", VIDEOS)
    result = await youtube.works.fetch_page(client_for(youtube, send), ACCOUNT, TOKENS, page())
    assert send.paths == ["playlistItems", "videos"]
    assert send.params(0) == {
        "part": "snippet,contentDetails,status",
        "playlistId": UPLOADS,
        "maxResults": "25",
    }
    assert send.params(1)["id"] == VIDEO_ID
    assert (result.next, result.previous) == ("EAAaHlBUOkNESWlFRE", "EAEaHlBUOkNEQ")
    [work] = result.items
    assert work.id == VIDEO_ID
    assert work.mode is ContentMode.VIDEO
    assert (work.title, work.description) == ("Glaze test 14", "Iron and ash.")
    assert work.url == f"https://www.youtube.com/watch?v={VIDEO_ID}"
    assert work.cover_url == f"https://i.ytimg.com/vi/{VIDEO_ID}/maxresdefault.jpg"
    assert work.published_at is not None
    assert iso(work.published_at) == "2026-10-02T17:00:09.000Z"
    assert (work.author_name, work.author_uid) == ("Kiln & Clay", CHANNEL_ID)
    assert work.status is WorkStatus.PUBLISHED
    assert work.metrics == Metrics(views=5312, plays=5312, likes=241, comments=18)


@pytest.mark.parametrize(("direction", "token"), [("next", "CDI"), ("previous", "CBk")])
async def test_page_tokens_go_both_ways(youtube: YouTube, direction: Any, token: str) -> None:
    send = FakeSend().on("/playlistItems", {"items": []}, pageToken=token)
    request = page(token, direction=direction)
    result = await youtube.works.fetch_page(client_for(youtube, send), ACCOUNT, TOKENS, request)
    assert (result.items, result.next, result.previous) == ([], None, None)
    assert send.paths == ["playlistItems"]


async def test_the_uploads_list_follows_from_the_channel_where_it_is_not_stored(
    youtube: YouTube,
) -> None:
    send = FakeSend().on("/playlistItems", {"pageInfo": {}}, playlistId=UPLOADS)
    account = account_of(Platform("youtube"), "1045", secondary=CHANNEL_ID)
    assert (
        await youtube.works.fetch_page(client_for(youtube, send), account, TOKENS, page())
    ).items == []


async def test_a_channel_without_uploads_list_has_no_works(youtube: YouTube) -> None:
    send = FakeSend().on("/playlistItems", answer(refusal("playlistNotFound", 404), 404))
    result = await youtube.works.fetch_page(client_for(youtube, send), ACCOUNT, TOKENS, page())
    assert (result.items, result.next) == ([], None)


async def test_videos_come_in_the_order_of_the_uploads_list(youtube: YouTube) -> None:
    result = await listed(
        youtube, [entry("a"), entry("b"), entry("c")], [video("c"), video("a"), video("b")]
    )
    assert [work.id for work in result.items] == ["a", "b", "c"]


async def test_an_unknown_video_keeps_its_place_and_a_gone_one_leaves(youtube: YouTube) -> None:
    lost = entry("b", title="Region locked", publishedAt="2026-10-02T17:00:11Z")
    lost["contentDetails"] = {"videoPublishedAt": "2026-10-02T17:00:09Z"}
    lost["status"] = {"privacyStatus": "unlisted"}
    gone = [entry("d", title="Deleted video"), entry("e", title="Private video")]
    result = await listed(youtube, [entry("a"), lost, *gone, entry("c")], [video("c"), video("a")])
    assert [work.id for work in result.items] == ["a", "b", "c"]
    kept = result.items[1]
    assert kept.title == "Region locked"
    assert iso(kept.published_at) == "2026-10-02T17:00:09.000Z"
    assert kept.status is WorkStatus.UNLISTED
    assert kept.metrics == Metrics()


async def test_hidden_counts_stay_absent(youtube: YouTube) -> None:
    result = await listed(
        youtube,
        [entry("a"), entry("b"), entry("c")],
        [
            video("a", statistics={"viewCount": "9"}),
            video("b", statistics={"viewCount": 0, "likeCount": "many", "commentCount": None}),
            {"id": "c"},
        ],
    )
    assert [work.metrics for work in result.items] == [
        Metrics(views=9, plays=9),
        Metrics(views=0, plays=0),
        Metrics(),
    ]


async def test_a_bare_video_is_only_an_id_and_an_address(youtube: YouTube) -> None:
    [work] = (await listed(youtube, [entry("a"), {"snippet": {}}, 7], [{"id": "a"}])).items
    assert work.url == "https://www.youtube.com/watch?v=a"
    assert (work.title, work.description, work.cover_url) == (None, None, None)
    assert (work.published_at, work.author_name, work.status) == (None, None, None)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"status": {"uploadStatus": "failed", "privacyStatus": "public"}}, WorkStatus.FAILED),
        ({"status": {"uploadStatus": "rejected"}}, WorkStatus.REJECTED),
        ({"status": {"uploadStatus": "deleted"}}, WorkStatus.DELETED),
        ({"status": {"uploadStatus": "uploaded"}}, WorkStatus.PROCESSING),
        ({"snippet": {"liveBroadcastContent": "upcoming"}}, WorkStatus.UPCOMING),
        ({"snippet": {"liveBroadcastContent": "live"}}, WorkStatus.LIVE),
        (
            {"status": {"privacyStatus": "private", "publishAt": "2027-01-01T00:00:00Z"}},
            WorkStatus.SCHEDULED,
        ),
        ({"status": {"privacyStatus": "private"}}, WorkStatus.PRIVATE),
        ({"status": {"privacyStatus": "unlisted"}}, WorkStatus.UNLISTED),
        ({"status": {"privacyStatus": "novel"}}, None),
    ],
)
async def test_statuses(youtube: YouTube, parts: Any, expected: WorkStatus | None) -> None:
    [work] = (await listed(youtube, [entry("a")], [video("a", **parts)])).items
    assert work.status is expected


# Analytics


async def with_report(youtube: YouTube, reply: Any, tokens: Tokens = TOKENS) -> tuple[Any, Any]:
    send = FakeSend().on("/playlistItems", LISTING).on("/videos", VIDEOS).on("/reports", reply)
    client = client_for(youtube, send, analytics=True)
    [work] = (await youtube.works.fetch_page(client, ACCOUNT, tokens, page())).items
    return work.metrics, send


async def test_shares_come_from_the_report(youtube: YouTube) -> None:
    metrics, send = await with_report(youtube, REPORT)
    assert (metrics.shares, metrics.watch_seconds) == (7, None)
    assert send.params()["filters"] == f"video=={VIDEO_ID}"
    assert send.params()["endDate"] == f"{datetime.fromtimestamp(NOW, UTC):%Y-%m-%d}"


async def test_watch_time_is_told_in_minutes(youtube: YouTube) -> None:
    names = ("video", "shares", "estimatedMinutesWatched")
    table = {"columnHeaders": [{"name": n} for n in names], "rows": [[VIDEO_ID, 0, 12]]}
    metrics, _ = await with_report(youtube, table)
    assert (metrics.shares, metrics.watch_seconds) == (0, 720)


@pytest.mark.parametrize(
    "reply",
    [
        answer(refusal("forbidden", 403), 403),
        answer({"columnHeaders": 3, "rows": 3}),
        answer({"columnHeaders": [{"name": "video"}], "rows": [None, 4, []]}),
        answer(b"<html>"),
    ],
)
async def test_a_failed_report_costs_nothing(youtube: YouTube, reply: Any) -> None:
    metrics, _ = await with_report(youtube, reply)
    assert metrics == Metrics(views=5312, plays=5312, likes=241, comments=18)


async def test_no_report_is_asked_for_without_its_scope(youtube: YouTube) -> None:
    _, send = await with_report(youtube, REPORT, Tokens("ya29", scopes=(READ_SCOPE,)))
    assert send.paths == ["playlistItems", "videos"]


# Failures


def test_the_quota_comes_back_at_midnight_pacific(youtube: YouTube) -> None:
    reading = youtube.classify(answer(QUOTA, 403))
    assert reading is not None
    assert (reading.kind, reading.code) == (FailureKind.QUOTA, "quotaExceeded")
    assert reading.bucket == "app", "the quota is the project's"
    zone = ZoneInfo("America/Los_Angeles")
    # The clock is put back on the first of November, which so has 25 hours.
    for moment, day in ((datetime(2026, 10, 31, 18), 1), (datetime(2026, 11, 1, 0, 30), 2)):
        evening = moment.replace(tzinfo=zone)
        reset = reading.dated(evening.timestamp()).reset_at
        assert reset == datetime(2026, 11, day, tzinfo=zone).timestamp()


COUNTED = replace(ACCOUNT, counters=Counters(works=30))


def played(listed: Any, counted: Any = None) -> FakeSend:
    send = FakeSend().on("/playlistItems", listed).on("/videos", VIDEOS)
    return send.on("/channels", {"items": [{"statistics": {"videoCount": counted}}]})


async def test_videos_that_the_list_of_uploads_lacks_are_counted(youtube: YouTube) -> None:
    listing = {**LISTING, "pageInfo": {"totalResults": 25}}
    send = played(listing, "31")
    client = client_for(youtube, send)
    for _ in range(2):
        result = await youtube.works.fetch_page(client, COUNTED, TOKENS, page())
        [unusable] = result.unusable
        assert unusable.name == "uploads"
        assert "counts 6 more public videos" in unusable.reason.en
        assert "多 6 个" in unusable.reason.zh
    assert send.paths.count("channels") == 1
    later = await youtube.works.fetch_page(client, COUNTED, TOKENS, page("EAAa"))
    assert later.unusable == ()


@pytest.mark.parametrize(
    ("total", "counted", "calls"),
    [(30, "31", 0), (212, "31", 0), (None, "31", 0), (25, "25", 1), (25, None, 1)],
)
async def test_a_list_that_may_be_complete_is(
    youtube: YouTube, total: int | None, counted: str | None, calls: int
) -> None:
    send = played({**LISTING, "pageInfo": {"totalResults": total}}, counted)
    result = await youtube.works.fetch_page(client_for(youtube, send), COUNTED, TOKENS, page())
    assert result.unusable == ()
    assert send.paths.count("channels") == calls


async def test_a_missing_list_of_uploads_lacks_all(youtube: YouTube) -> None:
    send = played(answer(refusal("playlistNotFound", 404, "NOT_FOUND"), 404), "30")
    result = await youtube.works.fetch_page(client_for(youtube, send), COUNTED, TOKENS, page())
    assert result.items == []
    assert "counts 30 more" in result.unusable[0].reason.en


WEEK = 7 * 86_400


async def grant(youtube: YouTube, **more: Any) -> Tokens:
    send = FakeSend().on("/token", {**TOKEN_ANSWER, **more})
    return await youtube.auth.exchange(client_for(youtube, send), {"code": "c"}, "v")


@pytest.mark.parametrize(
    ("age", "ended"),
    [(WEEK - 3700, False), (WEEK - 60, True), (WEEK + 60, True), (WEEK + 90_000, False)],
)
async def test_a_grant_that_dies_after_seven_days_ended_by_itself(
    youtube: YouTube, age: float, ended: bool
) -> None:
    tokens = await grant(youtube)
    send = FakeSend().on("/token", answer({"error": "invalid_grant"}, 400))
    client = replace(client_for(youtube, send), clock=lambda: NOW + age)
    with capture_logs() as logs, pytest.raises(PlatformFailure) as caught:
        await youtube.auth.refresh(client, tokens)
    assert caught.value.kind is FailureKind.DEAD_GRANT
    assert caught.value.reading.ended is ended
    assert (caught.value.reading.detail == IN_TESTING) is ended
    assert len(logs) == ended


@pytest.mark.parametrize(("seconds", "told"), [(604_799, True), (None, False), (5_000_000, False)])
async def test_the_operator_hears_of_a_consent_screen_in_testing(
    youtube: YouTube, seconds: int | None, told: bool
) -> None:
    with capture_logs() as logs:
        await grant(youtube, **({"refresh_token_expires_in": seconds} if seconds else {}))
    assert [line["log_level"] for line in logs] == ["warning"] * told


async def test_a_page_token_refused_once_is_asked_for_once_more(youtube: YouTube) -> None:
    bad = answer(refusal("invalidPageToken", 400, "INVALID_ARGUMENT"), 400)
    send = FakeSend().on("/playlistItems", bad, LISTING).on("/videos", VIDEOS)
    result = await youtube.works.fetch_page(
        client_for(youtube, send), ACCOUNT, TOKENS, page("EAAa")
    )
    assert result.items
    assert send.paths == ["playlistItems", "playlistItems", "videos"]
    send = FakeSend().on("/playlistItems", bad)
    with pytest.raises(PlatformFailure) as caught:
        await youtube.works.fetch_page(client_for(youtube, send), ACCOUNT, TOKENS, page("EAAa"))
    assert caught.value.reading.cursor
    assert len(send.calls) == 2


@pytest.mark.parametrize(
    ("limit", "bucket"),
    [
        ("defaultPerMinutePerProject", "app"),
        ("QueriesPerMinutePerUser", "account"),
        ("DefaultRequestsPerMinutePerProjectPerUser", "account"),
        (None, "account"),
    ],
)
def test_a_rate_limit_is_the_projects_or_the_users(
    youtube: YouTube, limit: str | None, bucket: str
) -> None:
    details = [{"reason": "RATE_LIMIT_EXCEEDED", "metadata": {"quota_limit": limit}}]
    error = {"code": 429, "status": "RESOURCE_EXHAUSTED", "details": details}
    reading = youtube.classify(answer({"error": error}, 429))
    assert reading is not None
    assert (reading.kind, reading.bucket) == (FailureKind.RATE_LIMITED, bucket)


async def test_the_spent_quota_of_analytics_does_not_stop_the_list(youtube: YouTube) -> None:
    limits = BucketState(lambda: NOW)
    rate_limits = PlatformRateLimits(limits, lambda: NOW, lambda *_: None, account="a")
    send = FakeSend().on("/playlistItems", LISTING).on("/videos", VIDEOS)
    send.on("/reports", answer(QUOTA, 403))
    client = replace(client_for(youtube, send, analytics=True), rate_limits=rate_limits)
    for _ in range(2):
        assert (await youtube.works.fetch_page(client, ACCOUNT, TOKENS, page())).items


async def test_the_day_of_a_quota_is_that_of_our_clock(youtube: YouTube) -> None:
    send = FakeSend().on("/channels", answer(QUOTA, 403))
    with pytest.raises(PlatformFailure) as caught:
        await youtube.accounts.candidates(client_for(youtube, send), Tokens("ya29"))
    reset = caught.value.reading.reset_at
    assert reset is not None
    assert 0 < reset - NOW <= 25 * 3600


@pytest.mark.parametrize(
    ("status", "reason", "label", "kind"),
    [
        (401, "authError", "UNAUTHENTICATED", FailureKind.TOKEN_EXPIRED),
        (401, None, "UNAUTHENTICATED", FailureKind.TOKEN_EXPIRED),
        (403, "dailyLimitExceeded", None, FailureKind.QUOTA),
        (403, "rateLimitExceeded", "PERMISSION_DENIED", FailureKind.RATE_LIMITED),
        (403, "userRateLimitExceeded", None, FailureKind.RATE_LIMITED),
        (429, None, "RESOURCE_EXHAUSTED", FailureKind.RATE_LIMITED),
        (403, "insufficientPermissions", "PERMISSION_DENIED", FailureKind.PERMISSION),
        (403, "forbidden", None, FailureKind.PERMISSION),
        (403, "accountDelegationForbidden", None, FailureKind.PERMISSION),
        (403, "SERVICE_UNAVAILABLE", "PERMISSION_DENIED", FailureKind.PERMISSION),
        (403, "backendError", "PERMISSION_DENIED", FailureKind.PERMISSION),
        (403, "authenticatedUserAccountClosed", "PERMISSION_DENIED", FailureKind.DEAD_GRANT),
        (403, "channelSuspended", None, FailureKind.SUSPENDED),
        (403, "authenticatedUserAccountSuspended", None, FailureKind.SUSPENDED),
        (403, "accessNotConfigured", "PERMISSION_DENIED", FailureKind.MISCONFIGURED),
        (400, "badRequest", "INVALID_ARGUMENT", FailureKind.INVALID),
        (404, "channelNotFound", "NOT_FOUND", FailureKind.NOT_FOUND),
        (409, None, None, FailureKind.UNAVAILABLE),
        (500, "backendError", None, FailureKind.UNAVAILABLE),
        (503, "SERVICE_UNAVAILABLE", "UNAVAILABLE", FailureKind.UNAVAILABLE),
    ],
)
def test_failures(
    youtube: YouTube, status: int, reason: str | None, label: str | None, kind: FailureKind
) -> None:
    reading = youtube.classify(answer(refusal(reason, status, label), status))
    assert reading is not None
    assert reading.kind is kind
    assert not reading.cursor


def test_a_page_token_that_is_refused_is_the_callers_cursor(youtube: YouTube) -> None:
    reading = youtube.classify(answer(refusal("invalidPageToken", 400, "INVALID_ARGUMENT"), 400))
    assert reading is not None
    assert reading.kind is FailureKind.INVALID
    assert reading.cursor


def test_a_reason_may_stand_behind_other_details(youtube: YouTube) -> None:
    details = [{"links": []}, {"reason": "SERVICE_DISABLED"}]
    error = {"error": {"status": "PERMISSION_DENIED", "details": details}}
    reading = youtube.classify(answer(error, 403))
    assert reading is not None
    assert reading.kind is FailureKind.MISCONFIGURED


def test_retry_after_is_obeyed_whatever_the_reason(youtube: YouTube) -> None:
    reading = youtube.classify(answer(refusal("novel", 503), 503, {"retry-after": "30"}))
    assert reading is not None
    assert (reading.kind, reading.retry_after) == (FailureKind.UNAVAILABLE, 30)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"error": 7}'])
def test_a_failure_that_nobody_can_read_goes_by_its_status(youtube: YouTube, body: bytes) -> None:
    reading = youtube.classify(answer(body, 502))
    assert reading is not None
    assert reading.kind is FailureKind.UNAVAILABLE
