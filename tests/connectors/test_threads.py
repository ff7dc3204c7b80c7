"""Threads, over the answers of its documentation."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from openchannels.connectors.meta.threads.connector import Threads
from openchannels.connectors.meta.threads.works import METRICS
from openchannels.core.availability import METRIC_FIELDS
from openchannels.core.clock import iso
from openchannels.core.credentials import Tokens
from openchannels.core.paging import WorksPage
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.platforms import Platform
from openchannels.core.works import ContentMode, Metrics, Work, WorkStatus
from openchannels.transport.client import TransportError
from tests.connectors.support import NOW, FakeSend, account_of, answer, client_for, page

UID = "26194837465019283"
DAY = 86400
GRANTED = ("threads_basic", "threads_manage_insights")
CODE_ANSWER = json.loads(
    """
{"access_token":"THQWJexample...","user_id":17841405793187218}
"""
)
LASTING = json.loads(
    """
{"access_token":"THQWJlong...","token_type":"bearer","expires_in":5183944}
"""
)
CODE_USED = json.loads(
    """
{"error_type":"OAuthException","code":400,"error_message":"Matching code was not found or was already used"}
"""  # noqa: E501
)
ME = json.loads(
    """
{"id":"26194837465019283","username":"northpierbakery","name":"North Pier Bakery","threads_profile_picture_url":"https://scontent.cdninstagram.com/v/t51/tpp.jpg","threads_biography":"Bread by the sea","is_verified":false}
"""  # noqa: E501
)
FOLLOWERS = json.loads(
    """
{"data":[{"name":"followers_count","period":"day","title":"followers_count","description":"...","total_value":{"value":3120},"id":"26194837465019283/insights/followers_count/day"}]}
"""
)
POSTS = json.loads(
    """
{"data":[{"id":"18051234567890123","media_product_type":"THREADS","media_type":"IMAGE","media_url":"https://scontent.cdninstagram.com/v/t51/t1.jpg",
  "permalink":"https://www.threads.com/@northpierbakery/post/DGx2QwErTyU","shortcode":"DGx2QwErTyU","text":"Rye is back.","timestamp":"2026-08-14T06:31:00+0000",
  "username":"northpierbakery","owner":{"id":"26194837465019283"},"is_quote_post":false,"has_replies":true,"topic_tag":"Bread"},
 {"id":"18050000000000001","media_product_type":"THREADS","media_type":"TEXT_POST","permalink":"https://www.threads.com/@northpierbakery/post/DGw0aaaaaaa",
  "shortcode":"DGw0aaaaaaa","text":"Closed on Monday.","timestamp":"2026-08-11T15:00:00+0000","username":"northpierbakery","owner":{"id":"26194837465019283"},"is_quote_post":false}],
 "paging":{"cursors":{"before":"QVFIUkFy","after":"QVFIUkZB"}}}
"""  # noqa: E501
)
INSIGHTS = json.loads(
    """
{"data":[{"name":"views","period":"lifetime","values":[{"value":1840}],"title":"Views","description":"...","id":"18051234567890123/insights/views/lifetime"},
 {"name":"likes","period":"lifetime","values":[{"value":96}]},{"name":"replies","period":"lifetime","values":[{"value":12}]},
 {"name":"reposts","period":"lifetime","values":[{"value":5}]},{"name":"quotes","period":"lifetime","values":[{"value":1}]},{"name":"shares","period":"lifetime","values":[{"value":9}]}]}
"""
)
SCOPE_MISSING = json.loads(
    """
{"error":{"message":"This action requires the threads_basic permission.","type":"THApiException","code":100,"error_subcode":10,"fbtrace_id":"A1b2C3d4"}}
"""  # noqa: E501
)
METRICS_READ = Metrics(views=1840, likes=96, comments=12, shares=14, engagements=123)
ACCOUNT = account_of(Platform("threads"), UID, handle="northpierbakery")
TOKENS = Tokens("THQWJlong", expires_at=NOW + 50 * DAY, scopes=GRANTED)


@pytest.fixture
def threads() -> Threads:
    return Threads()


def refusal(
    code: int, message: str = "no", subcode: int | None = None, status: int = 400, **more: Any
) -> Any:
    error = {"message": message, "type": "THApiException", "code": code, **more}
    if subcode is not None:
        error["error_subcode"] = subcode
    return answer({"error": error}, status)


def inline(*posts: dict[str, Any]) -> dict[str, Any]:
    return {"data": [{"insights": {"data": []}, **post} for post in posts]}


async def listed(
    threads: Threads, send: FakeSend, request: Any = None, tokens: Tokens = TOKENS
) -> WorksPage:
    return await threads.works.fetch_page(
        client_for(threads, send), ACCOUNT, tokens, request or page()
    )


async def mapped(threads: Threads, **post: Any) -> Work:
    send = FakeSend().on("/threads", inline({"id": "1", **post})).on("/insights", {"data": []})
    [work] = (await listed(threads, send)).items
    return work


# Connecting


def test_the_consent_page(threads: Threads) -> None:
    app = client_for(threads, FakeSend()).app
    parts = urlsplit(threads.auth.authorize_url(app, "the-state", None))
    assert (parts.netloc, parts.path) == ("threads.com", "/oauth/authorize")
    assert parse_qs(parts.query) == {
        "client_id": ["app-id"],
        "redirect_uri": ["https://oc.example/callback"],
        "response_type": ["code"],
        "state": ["the-state"],
        "scope": ["threads_basic,threads_manage_insights"],
    }
    denial = "error=access_denied&error_reason=user_denied&error_description=The+user+denied"
    assert any(name in parse_qs(denial) for name in threads.auth.oauth_config(app).denial_params)


@pytest.mark.parametrize("user_id", [17841405793187218, "17841405793187218", None])
@pytest.mark.parametrize("code", ["AQBx", "AQBx#_"])
async def test_a_code_is_redeemed_in_one_call(threads: Threads, code: str, user_id: Any) -> None:
    send = FakeSend().on("/oauth/access_token", {**CODE_ANSWER, "user_id": user_id})
    tokens = await threads.auth.exchange(client_for(threads, send), {"code": code}, None)
    assert tokens == Tokens("THQWJexample...", expires_at=NOW + 3600)
    assert [(c.method, c.url) for c in send.calls] == [
        ("POST", "https://graph.threads.net/oauth/access_token")
    ]
    assert dict(send.calls[0].form or {})["code"] == "AQBx"


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (answer(CODE_USED, 400), FailureKind.DEAD_GRANT),
        (refusal(190, "Invalid code"), FailureKind.DEAD_GRANT),
        (refusal(1, "Error validating client secret"), FailureKind.MISCONFIGURED),
        (answer({"error_message": "Redirect URI mismatch"}, 400), FailureKind.MISCONFIGURED),
        (refusal(2, status=500), FailureKind.UNAVAILABLE),
        (answer(b"<html>"), FailureKind.MALFORMED),
        (answer({"user_id": 7}), FailureKind.MALFORMED),
    ],
)
async def test_a_refused_code_is_sent_once(threads: Threads, reply: Any, kind: FailureKind) -> None:
    send = FakeSend().on("/oauth/access_token", reply)
    with pytest.raises(PlatformFailure) as caught:
        await threads.auth.exchange(client_for(threads, send), {"code": "AQBx"}, None)
    assert caught.value.kind is kind
    assert len(send.calls) == 1


async def test_the_token_is_made_to_last_and_its_scopes_are_read(threads: Threads) -> None:
    seen = {"data": {"is_valid": True, "scopes": list(GRANTED), "novel": 1}}
    send = FakeSend().on(".net/access_token", LASTING).on("/v1.0/debug_token", seen)
    client = client_for(threads, send)
    tokens = await threads.auth.complete(client, Tokens("short"))
    assert send.params(0) == {
        "grant_type": "th_exchange_token",
        "client_secret": "app-secret",
        "access_token": "short",
    }
    assert send.params(1) == {"input_token": "THQWJlong..."}
    assert send.calls[1].headers == {"Authorization": "Bearer THQWJlong..."}
    assert (tokens.expires_at, tokens.scopes) == (NOW + 5183944, GRANTED)
    assert threads.auth.grant_end(tokens) == tokens.expires_at
    assert await threads.auth.complete(client, tokens) == tokens, "a callback taken up again"
    assert len(send.calls) == 2


@pytest.mark.parametrize(
    "reply", [refusal(100), answer(b"<html>"), answer({}), answer({"data": {"scopes": []}})]
)
async def test_scopes_may_stay_unknown(threads: Threads, reply: Any) -> None:
    send = FakeSend().on("/access_token", {"access_token": "long"}).on("/debug_token", reply)
    tokens = await threads.auth.complete(client_for(threads, send), Tokens("short"))
    assert (tokens.scopes, tokens.expires_at) == (None, NOW + 60 * DAY)


async def test_an_extension_moves_the_end(threads: Threads) -> None:
    send = FakeSend().on("/refresh_access_token", {**LASTING, "expires_in": "5183944"})
    old = Tokens("long", expires_at=NOW + 9 * DAY, scopes=GRANTED, extra={"obtained_at": 5})
    assert threads.auth.refreshable(old, NOW)
    assert threads.auth.config.leeway == 10 * DAY
    fresh = await threads.auth.refresh(client_for(threads, send), old)
    assert send.params() == {"grant_type": "th_refresh_token", "access_token": "long"}
    assert fresh == Tokens(
        "THQWJlong...", expires_at=NOW + 5183944, scopes=GRANTED, extra={"obtained_at": NOW}
    )
    assert not threads.auth.refreshable(fresh, NOW + DAY - 1)
    assert threads.auth.refreshable(fresh, NOW + DAY)
    assert not threads.auth.refreshable(fresh, NOW + 5183944)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (refusal(190, subcode=463), FailureKind.DEAD_GRANT),
        (refusal(10), FailureKind.PERMISSION),
        (refusal(2, status=500), FailureKind.UNAVAILABLE),
        (TransportError("network", "reset"), FailureKind.UNAVAILABLE),
    ],
)
async def test_a_refused_extension(threads: Threads, reply: Any, kind: FailureKind) -> None:
    with pytest.raises(PlatformFailure) as caught:
        await threads.auth.refresh(
            client_for(threads, FakeSend().on("/refresh_access_token", reply)), TOKENS
        )
    assert caught.value.kind is kind


async def test_the_profile_behind_a_grant(threads: Threads) -> None:
    send = FakeSend().on("/v1.0/me", ME).on("/me/threads_insights", FOLLOWERS)
    [candidate] = await threads.accounts.candidates(client_for(threads, send), TOKENS)
    assert sorted(send.paths) == ["me", "threads_insights"]
    profile = candidate.profile
    assert profile.account_id == f"threads_{UID}"
    assert (profile.handle, profile.nickname) == ("northpierbakery", "North Pier Bakery")
    assert profile.avatar == "https://scontent.cdninstagram.com/v/t51/tpp.jpg"
    assert (profile.counters.fans, profile.counters.works) == (3120, None)
    assert candidate.grant_subject == UID


@pytest.mark.parametrize(
    ("reply", "fans"),
    [
        (refusal(10), None),
        (refusal(801, subcode=4279032), None),
        (answer(b"<html>"), None),
        (answer({"data": []}), None),
        (answer({"data": [{"values": [{"value": 7}, {"value": "9"}]}]}), 9),
    ],
)
async def test_followers_may_not_be_told(threads: Threads, reply: Any, fans: int | None) -> None:
    send = FakeSend().on("/me", {"id": 26194837465019283}).on("/threads_insights", reply)
    [candidate] = await threads.accounts.candidates(client_for(threads, send), Tokens("t"))
    assert (candidate.profile.uid, candidate.profile.nickname) == (UID, UID)
    assert candidate.profile.counters.fans == fans


async def test_followers_are_not_asked_for_without_their_scope(threads: Threads) -> None:
    send = FakeSend().on("/me", ME)
    await threads.accounts.candidates(
        client_for(threads, send), Tokens("t", scopes=("threads_basic",))
    )
    assert send.paths == ["me"]


@pytest.mark.parametrize("reply", [{}, {"username": "nb"}])
async def test_a_profile_without_id_is_unreadable(threads: Threads, reply: Any) -> None:
    send = FakeSend().on("/me", reply).on("/threads_insights", FOLLOWERS)
    with pytest.raises(PlatformFailure) as caught:
        await threads.accounts.candidates(client_for(threads, send), TOKENS)
    assert caught.value.kind is FailureKind.MALFORMED


# Works, and the ways to their insights


async def test_a_page_with_insights_takes_one_call(threads: Threads) -> None:
    body = {**POSTS, "data": [{**post, "insights": INSIGHTS} for post in POSTS["data"]]}
    send = FakeSend().on("/threads", body)
    result = await listed(threads, send)
    assert len(send.calls) == 1
    assert send.calls[0].url == f"https://graph.threads.net/v1.0/{UID}/threads"
    assert send.calls[0].headers == {"Authorization": "Bearer THQWJlong"}
    assert f"insights.metric({METRICS})" in send.params()["fields"]
    photo, note = result.items
    assert (photo.id, photo.mode) == ("18051234567890123", ContentMode.IMAGE)
    assert (photo.title, photo.description) == (None, "Rye is back.")
    assert photo.url == "https://www.threads.com/@northpierbakery/post/DGx2QwErTyU"
    assert photo.cover_url == "https://scontent.cdninstagram.com/v/t51/t1.jpg"
    assert iso(photo.published_at or 0) == "2026-08-14T06:31:00.000Z"
    assert (photo.author_name, photo.author_uid) == ("northpierbakery", UID)
    assert photo.status is WorkStatus.PUBLISHED
    assert photo.metrics == METRICS_READ
    assert (note.mode, note.cover_url) == (ContentMode.TEXT, None)


def test_the_declared_metrics_are_those_that_come(threads: Threads) -> None:
    named = threads.works.coverage.names() & set(METRIC_FIELDS)
    assert named == {"viewCount", "likeCount", "commentCount", "shareCount", "engagementCount"}


@pytest.mark.parametrize(
    "reply",
    [
        refusal(100, "Tried accessing nonexisting field (insights)"),
        refusal(100, "An unknown error", status=500),
        refusal(1, "An unknown error has occurred", status=500),
    ],
)
async def test_an_expansion_that_is_refused_is_off_for_a_day(threads: Threads, reply: Any) -> None:
    send = FakeSend().on("/threads", reply, POSTS).on("/insights", INSIGHTS)
    client = client_for(threads, send)
    result = await threads.works.fetch_page(client, ACCOUNT, TOKENS, page())
    assert [work.metrics for work in result.items] == [METRICS_READ] * 2
    assert len(send.calls) == 2 + 2
    assert ["insights" in send.params(i)["fields"] for i in (0, 1)] == [True, False]
    assert send.params() == {"metric": METRICS}
    again = await threads.works.fetch_page(client, ACCOUNT, TOKENS, page())
    assert again.items == result.items
    assert len(send.calls) == 5, "numbers of the last minutes are not read again"
    other = account_of(Platform("threads"), "77")
    await threads.works.fetch_page(client, other, TOKENS, page())
    assert "insights" not in send.params()["fields"], "it is off for all accounts"


async def test_an_expansion_that_is_ignored_is_off_too(threads: Threads) -> None:
    send = FakeSend().on("/threads", POSTS).on("/insights", INSIGHTS)
    client = client_for(threads, send)
    result = await threads.works.fetch_page(client, ACCOUNT, TOKENS, page())
    assert result.items[0].metrics == METRICS_READ
    assert len(send.calls) == 1 + 2
    await threads.works.fetch_page(client, ACCOUNT, TOKENS, page())
    assert len(send.calls) == 4
    assert "insights" not in send.params()["fields"]


async def test_a_fault_of_the_moment_does_not_turn_the_expansion_off(threads: Threads) -> None:
    send = FakeSend().on("/threads", answer(b"<html>", 502), POSTS).on("/insights", INSIGHTS)
    client = client_for(threads, send)
    assert (await threads.works.fetch_page(client, ACCOUNT, TOKENS, page())).items
    await threads.works.fetch_page(client, ACCOUNT, TOKENS, page())
    assert "insights" in send.params()["fields"]


async def test_once_the_expansion_has_worked_a_fault_is_a_fault(threads: Threads) -> None:
    works = inline({"id": "1"})
    send = FakeSend().on("/threads", works, refusal(1, status=500), works)
    client = client_for(threads, send)
    await threads.works.fetch_page(client, ACCOUNT, TOKENS, page())
    await threads.works.fetch_page(client, ACCOUNT, TOKENS, page())
    assert ["insights" in send.params(i)["fields"] for i in range(3)] == [True] * 3
    assert len(send.calls) == 3


@pytest.mark.parametrize(
    "reply",
    [refusal(10, status=403), refusal(100, "requires the threads_manage_insights permission")],
)
async def test_a_missing_scope_costs_one_more_call_once(threads: Threads, reply: Any) -> None:
    send = FakeSend().on("/threads", reply, POSTS).on("/insights", INSIGHTS)
    client = client_for(threads, send)
    tokens = Tokens("t")
    for calls in (2, 3):
        result = await threads.works.fetch_page(client, ACCOUNT, tokens, page())
        assert [work.metrics for work in result.items] == [Metrics()] * 2
        assert len(send.calls) == calls
    other = account_of(Platform("threads"), "77")
    await threads.works.fetch_page(client, other, tokens, page())
    assert "insights" in send.params(3)["fields"], "another account's grant is another matter"


async def test_a_scope_that_is_missed_post_by_post_is_remembered(threads: Threads) -> None:
    send = FakeSend().on("/threads", POSTS).on("/insights", refusal(10, status=403))
    client = client_for(threads, send)
    await threads.works.fetch_page(client, ACCOUNT, Tokens("t"), page())
    before = len(send.calls)
    await threads.works.fetch_page(client, ACCOUNT, Tokens("t"), page())
    assert len(send.calls) == before + 1


async def test_insights_that_were_not_granted_are_not_asked_for(threads: Threads) -> None:
    send = FakeSend().on("/threads", POSTS)
    await listed(threads, send, tokens=Tokens("t", scopes=("threads_basic",)))
    assert len(send.calls) == 1
    assert "insights" not in send.params()["fields"]


async def test_reposts_are_not_asked_for_insights(threads: Threads) -> None:
    posts = [{"id": "1", "media_type": "REPOST_FACADE"}, {"id": "2"}]
    send = FakeSend().on("/threads", {"data": posts}).on("/2/insights", INSIGHTS)
    result = await listed(threads, send)
    assert [work.metrics.views for work in result.items] == [None, 1840]
    only = FakeSend().on("/threads", {"data": posts[:1]})
    await listed(threads, only)
    assert len(only.calls) == 1


async def test_a_failing_insight_costs_only_itself(threads: Threads) -> None:
    posts = {"data": [{"id": "1"}, {"id": "2"}, {"id": "3"}]}
    send = FakeSend().on("/threads", posts).on("/3/insights", INSIGHTS)
    send.on("/1/insights", TransportError("network", "reset")).on("/2/insights", refusal(100))
    result = await listed(threads, send)
    assert [work.metrics.views for work in result.items] == [None, None, 1840]
    assert len(send.calls) == 4


async def test_a_throttle_ends_the_reading_of_insights(threads: Threads) -> None:
    send = FakeSend().on("/threads", {"data": [{"id": str(i)} for i in range(30)]})
    send.on("/insights", refusal(4))
    assert len((await listed(threads, send, page(limit=50))).items) == 30
    assert len(send.calls) <= 1 + 5


# Mapping

IMAGE, THUMB = "https://scontent.cdninstagram.com/p.jpg", "https://scontent.cdninstagram.com/t.jpg"
CLIP = "https://scontent.cdninstagram.com/v.mp4"


@pytest.mark.parametrize(
    ("post", "mode", "cover"),
    [
        ({"media_type": "TEXT_POST"}, ContentMode.TEXT, None),
        (
            {"media_type": "TEXT_POST", "link_attachment_url": "https://rye.example/"},
            ContentMode.TEXT,
            None,
        ),
        ({"media_type": "TEXT_POST", "gif_url": IMAGE}, ContentMode.TEXT, IMAGE),
        ({"media_type": "AUDIO", "media_url": CLIP}, ContentMode.TEXT, None),
        ({"media_type": "IMAGE", "media_url": IMAGE}, ContentMode.IMAGE, IMAGE),
        (
            {"media_type": "VIDEO", "media_url": CLIP, "thumbnail_url": THUMB},
            ContentMode.VIDEO,
            THUMB,
        ),
        ({"media_type": "CAROUSEL_ALBUM", "media_url": IMAGE}, ContentMode.IMAGE, IMAGE),
        (
            {"media_type": "CAROUSEL", "children": {"data": [{"media_url": IMAGE}]}},
            ContentMode.IMAGE,
            IMAGE,
        ),
        (
            {
                "media_type": "CAROUSEL_ALBUM",
                "media_url": CLIP,
                "children": {"data": [{"media_type": "VIDEO", "thumbnail_url": THUMB}]},
            },
            ContentMode.IMAGE,
            THUMB,
        ),
        (
            {"media_type": "REPOST_FACADE", "reposted_post": {"media_type": "VIDEO"}},
            ContentMode.VIDEO,
            None,
        ),
        ({"media_type": "REPOST_FACADE"}, ContentMode.TEXT, None),
        ({"media_type": "HOLOGRAM"}, ContentMode.TEXT, None),
        ({}, ContentMode.TEXT, None),
    ],
)
async def test_kinds_and_covers(
    threads: Threads, post: Any, mode: ContentMode, cover: str | None
) -> None:
    work = await mapped(threads, **post)
    assert (work.mode, work.cover_url) == (mode, cover)


async def test_a_post_without_permalink_has_an_address_all_the_same(threads: Threads) -> None:
    work = await mapped(threads, shortcode="DGx2", username="nb")
    assert work.url == "https://www.threads.com/@nb/post/DGx2"
    assert (await mapped(threads, shortcode="DGx2")).url == (
        "https://www.threads.com/@northpierbakery/post/DGx2"
    )


async def test_a_bare_post_is_only_an_id(threads: Threads) -> None:
    work = await mapped(threads)
    assert (work.url, work.description, work.published_at) == (None, None, None)
    assert (work.author_name, work.author_uid) == ("northpierbakery", UID)
    assert work.metrics == Metrics()


@pytest.mark.parametrize(
    "written", ["2026-08-14T06:31:00+0000", "2026-08-14T06:31:00", "2026-08-14T08:31:00+02:00"]
)
async def test_times_with_and_without_zone(threads: Threads, written: str) -> None:
    work = await mapped(threads, timestamp=written)
    assert iso(work.published_at or 0) == "2026-08-14T06:31:00.000Z"


async def test_a_sum_is_given_only_when_every_part_was(threads: Threads) -> None:
    rows = [{"name": n, "values": [{"value": v}]} for n, v in (("reposts", 0), ("likes", "3"))]
    work = await mapped(threads, insights={"data": rows})
    assert work.metrics == Metrics(likes=3)
    rows.append({"name": "shares", "values": [{"value": 2}]})
    work = await mapped(threads, insights={"data": rows})
    assert work.metrics == Metrics(likes=3, shares=2)


# Paging

CURSORS = {"before": "QjE=", "after": "QTE="}
LINK = f"https://graph.threads.net/v1.0/{UID}/threads?access_token=TH-secret&limit=25"
BACK = "before=QjI%3D"


async def positions(
    threads: Threads, paging: Any, posts: int, request: Any
) -> tuple[str | None, str | None]:
    body = {**inline(*({"id": str(i)} for i in range(posts))), "paging": paging}
    result = await listed(threads, FakeSend().on("/threads", body), request)
    return result.next, result.previous


@pytest.mark.parametrize(
    ("paging", "posts", "request_", "expected"),
    [
        ({"cursors": CURSORS}, 2, page(), (None, None)),
        ({"cursors": CURSORS}, 25, page(), ("after=QTE%3D", None)),
        ({"cursors": CURSORS}, 26, page(), ("after=QTE%3D", None)),
        ({"cursors": CURSORS, "next": LINK}, 2, page(), ("after=QTE%3D", None)),
        ({"cursors": CURSORS, "next": LINK}, 0, page(), ("after=QTE%3D", None)),
        ({"next": LINK + "&after=QTI"}, 2, page(), ("after=QTI", None)),
        ({"cursors": CURSORS}, 0, page("after=x"), (None, None)),
        ({"cursors": CURSORS}, 2, page("after=x"), (None, "before=QjE%3D")),
        ({"cursors": CURSORS}, 25, page("after=QTE%3D"), (None, "before=QjE%3D")),
        ({"cursors": CURSORS, "previous": LINK}, 2, page("after=x"), (None, "before=QjE%3D")),
        (
            {"cursors": CURSORS},
            2,
            page(BACK, direction="previous"),
            ("after=QTE%3D", "before=QjE%3D"),
        ),
        (
            {"cursors": {"before": "QjI=", "after": "QTE="}},
            25,
            page(BACK, direction="previous"),
            ("after=QTE%3D", None),
        ),
        ({"cursors": {}}, 25, page("after=x"), (None, None)),
        ({"next": 7, "previous": ""}, 25, page(), (None, None)),
        (None, 25, page(), (None, None)),
    ],
)
async def test_links_or_full_pages_tell_of_further_ones(
    threads: Threads, paging: Any, posts: int, request_: Any, expected: Any
) -> None:
    assert await positions(threads, paging, posts, request_) == expected


async def test_cursors_go_back_as_they_came_and_never_both(threads: Threads) -> None:
    for position, name, cursor in (("after=QTE%3D", "after", "QTE="), (BACK, "before", "QjI=")):
        send = FakeSend().on("/threads", {"data": []})
        await listed(threads, send, page(position, limit=100))
        sent = send.params()
        assert {k: sent[k] for k in ("after", "before") if k in sent} == {name: cursor}
        assert sent["limit"] == "100"


# Failures


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (refusal(190), FailureKind.DEAD_GRANT),
        (refusal(190, subcode=467), FailureKind.DEAD_GRANT),
        (refusal(102), FailureKind.DEAD_GRANT),
        (answer(b"", 401), FailureKind.UNAVAILABLE),
        (refusal(101), FailureKind.MISCONFIGURED),
        (answer(SCOPE_MISSING, 400), FailureKind.PERMISSION),
        (answer(SCOPE_MISSING, 500), FailureKind.PERMISSION),
        (refusal(100, "no", 10), FailureKind.PERMISSION),
        (refusal(10), FailureKind.PERMISSION),
        (refusal(230), FailureKind.PERMISSION),
        (refusal(4), FailureKind.RATE_LIMITED),
        (refusal(17), FailureKind.RATE_LIMITED),
        (refusal(32), FailureKind.RATE_LIMITED),
        (refusal(613), FailureKind.RATE_LIMITED),
        (answer(b"", 429), FailureKind.RATE_LIMITED),
        (refusal(1), FailureKind.UNAVAILABLE),
        (refusal(2), FailureKind.UNAVAILABLE),
        (refusal(9999, is_transient=True), FailureKind.UNAVAILABLE),
        (answer(b"<html>", 503), FailureKind.UNAVAILABLE),
        (refusal(100, status=500), FailureKind.INVALID),
        (refusal(24, "The requested resource does not exist"), FailureKind.NOT_FOUND),
        (refusal(100, "The post does not exist"), FailureKind.NOT_FOUND),
    ],
)
def test_failures_by_code_before_status(threads: Threads, reply: Any, kind: FailureKind) -> None:
    reading = threads.classify(reply)
    assert reading is not None
    assert reading.kind is kind


async def test_a_refused_cursor_is_the_callers(threads: Threads) -> None:
    send = FakeSend().on("/threads", refusal(100, "Invalid cursor"))
    with pytest.raises(PlatformFailure) as caught:
        await listed(threads, send, page("after=x"))
    assert caught.value.reading.cursor
    assert len(send.calls) == 1


async def test_a_page_of_html_is_malformed(threads: Threads) -> None:
    with pytest.raises(PlatformFailure) as caught:
        await listed(threads, FakeSend().on("/threads", answer(b"<html>")))
    assert caught.value.kind is FailureKind.MALFORMED
