"""X, over the answers of its documentation and a timeline played from a script."""

import base64
import json
from copy import deepcopy
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openchannels.connectors.twitter.connector import Twitter
from openchannels.core.clock import iso
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import FailureKind, PlatformFailure, RemainingQuota
from openchannels.core.platforms import Platform
from openchannels.core.works import ContentMode, Metrics, WorkStatus
from openchannels.transport.client import Answer, Call, clean
from openchannels.transport.rate_limits import BucketState, PlatformRateLimits
from tests.connectors.support import NOW, FakeSend, account_of, answer, client_for, page

UID = "1583024775512345678"
TOKENS = Tokens("bWVhZG93LWV4YW1wbGU", refresh_token="cmVmcmVzaC1leGFtcGxl")
ACCOUNT = account_of(Platform("twitter"), UID, handle="kilnandclay", nickname="Kiln & Clay")
TIMELINE_PATH = f"/users/{UID}/tweets"
TOKEN_ANSWER = json.loads(
    """
{"token_type":"bearer","expires_in":7200,"access_token":"bWVhZG93LWV4YW1wbGU","scope":"tweet.read users.read offline.access","refresh_token":"cmVmcmVzaC1leGFtcGxl"}
"""  # noqa: E501
)
ME = json.loads(
    """
{"data":{"id":"1583024775512345678","name":"Kiln & Clay","username":"kilnandclay","profile_image_url":"https://pbs.twimg.com/profile_images/1600000000000000000/ab12_normal.jpg","protected":false,"verified":false,"description":"Slow pottery.","public_metrics":{"followers_count":812,"following_count":130,"tweet_count":1440,"listed_count":9,"like_count":2201,"media_count":310}}}
"""  # noqa: E501
)
TIMELINE = json.loads(
    """
{"data":[{"id":"1975512345678901234","text":"Glaze test 14 came out of the kiln https://t.co/abc","created_at":"2026-10-02T17:00:09.000Z","edit_history_tweet_ids":["1975512345678901234"],"attachments":{"media_keys":["7_1975512300000000001"]},"lang":"en","possibly_sensitive":false,"public_metrics":{"retweet_count":4,"reply_count":3,"like_count":41,"quote_count":1,"bookmark_count":6,"impression_count":2210}}],
"includes":{"media":[{"media_key":"7_1975512300000000001","type":"video","duration_ms":31000,"width":1280,"height":720,"preview_image_url":"https://pbs.twimg.com/ext_tw_video_thumb/1975/pu/img/ex.jpg","public_metrics":{"view_count":903}}]},
"meta":{"result_count":1,"newest_id":"1975512345678901234","oldest_id":"1975512345678901234","next_token":"7140dibdnow9c7btw482example","previous_token":"77qpymm88g5h9vqklexample"}}
"""
)
UNAUTHORIZED = json.loads(
    '{"title":"Unauthorized","type":"about:blank","status":401,"detail":"Unauthorized"}'
)
TOO_FEW = json.loads(
    """
{"errors":[{"parameters":{"max_results":["3"]},"message":"The `max_results` query parameter value [3] is not between 5 and 100"}],"title":"Invalid Request","detail":"One or more parameters to your request was invalid.","type":"https://api.x.com/2/problems/invalid-request"}
"""  # noqa: E501
)
RENAMED = json.loads(
    """
{"type":"https://api.x.com/2/problems/invalid-request","title":"Invalid Request","detail":"...","parameter":"tweet.fields","value":"created_at","status":400}
"""  # noqa: E501
)
CODE_REFUSED = json.loads(
    """
{"error":"invalid_request","error_description":"Value passed for the authorization code was invalid."}
"""  # noqa: E501
)
TOKEN_REFUSED = json.loads(
    '{"error":"invalid_request","error_description":"Value passed for the token was invalid."}'
)
CLIENT_REFUSED = json.loads(
    '{"error":"unauthorized_client","error_description":"Missing valid authorization header"}'
)


@pytest.fixture
def twitter() -> Twitter:
    return Twitter()


def post(identifier: str = "1", **parts: Any) -> dict[str, Any]:
    return {**deepcopy(TIMELINE["data"][0]), "id": identifier, **parts}


def media(kind: str, key: str = "7_1975512300000000001", **parts: Any) -> dict[str, Any]:
    return {"media_key": key, "type": kind, **parts}


def problem(name: str, **more: Any) -> dict[str, Any]:
    return {"type": f"https://api.twitter.com/2/problems/{name}", "title": "no", **more}


async def listed(twitter: Twitter, body: Any, **options: Any) -> Any:
    send = FakeSend().on(TIMELINE_PATH, body)
    return await twitter.works.fetch_page(
        client_for(twitter, send, **options), ACCOUNT, TOKENS, page()
    )


async def only(twitter: Twitter, item: dict[str, Any], *attached: dict[str, Any]) -> Any:
    body = {"data": [item], "includes": {"media": list(attached)}, "meta": {}}
    [work] = (await listed(twitter, body)).items
    return work


# Connecting


def test_the_consent_page(twitter: Twitter) -> None:
    app = client_for(twitter, FakeSend()).app
    url = twitter.auth.authorize_url(app, "state", "verifier")
    query = parse_qs(urlsplit(url).query)
    assert url.startswith("https://x.com/i/oauth2/authorize?")
    assert "scope=tweet.read%20users.read%20offline.access" in url
    assert query["code_challenge_method"] == ["S256"]
    assert query["code_challenge"] == ["iMnq5o6zALKXGivsnlom_0F5_WYda32GHkxlV7mq7hQ"]


async def test_a_code_is_redeemed_in_one_call(twitter: Twitter) -> None:
    send = FakeSend().on("/2/oauth2/token", TOKEN_ANSWER)
    tokens = await twitter.auth.exchange(client_for(twitter, send), {"code": "abc"}, "verifier")
    assert tokens.access_token == "bWVhZG93LWV4YW1wbGU"
    assert tokens.refresh_token == "cmVmcmVzaC1leGFtcGxl"
    assert tokens.expires_at == NOW + 7200
    assert tokens.scopes == ("tweet.read", "users.read", "offline.access")
    [call] = send.calls
    assert dict(call.form or {}) == {
        "grant_type": "authorization_code",
        "code": "abc",
        "redirect_uri": "https://oc.example/callback",
        "code_verifier": "verifier",
    }
    pair = base64.b64encode(b"app-id:app-secret").decode()
    assert call.headers["Authorization"] == f"Basic {pair}"
    assert twitter.auth.grant_end(tokens) is None
    assert twitter.auth.refreshable(tokens, NOW + 10**8)


async def test_a_refresh_brings_a_new_refresh_token(twitter: Twitter) -> None:
    body = {**TOKEN_ANSWER, "access_token": "new", "refresh_token": "newer", "expires_in": "7200"}
    send = FakeSend().on("/2/oauth2/token", body, grant_type="refresh_token")
    fresh = await twitter.auth.refresh(client_for(twitter, send), TOKENS)
    assert (fresh.access_token, fresh.refresh_token) == ("new", "newer")
    assert fresh.expires_at == NOW + 7200
    assert len(send.calls) == 1
    assert dict(send.calls[0].form or {}) == {
        "grant_type": "refresh_token",
        "refresh_token": "cmVmcmVzaC1leGFtcGxl",
    }


async def test_a_bare_token_answer(twitter: Twitter) -> None:
    send = FakeSend().on("/token", {"access_token": "a", "novel": {"x": 1}})
    tokens = await twitter.auth.exchange(client_for(twitter, send), {"code": "abc"}, "v")
    assert tokens == Tokens("a", expires_at=NOW + 7200)
    assert not twitter.auth.refreshable(tokens, NOW)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (answer(TOKEN_REFUSED, 400), FailureKind.DEAD_GRANT),
        (answer(CODE_REFUSED, 400), FailureKind.DEAD_GRANT),
        (answer({"error": "invalid_grant"}, 400), FailureKind.DEAD_GRANT),
        (
            answer({"error": "invalid_request", "error_description": "Missing x"}, 400),
            FailureKind.INVALID,
        ),
        (answer({"error": "invalid_request"}, 400), FailureKind.INVALID),
        (answer(CLIENT_REFUSED, 401), FailureKind.MISCONFIGURED),
        (answer({"error": "invalid_client"}, 400), FailureKind.MISCONFIGURED),
        (answer(UNAUTHORIZED, 401), FailureKind.MISCONFIGURED),
        (answer(b"<html>", 401), FailureKind.UNAVAILABLE),
        (answer(TOKEN_REFUSED, 503), FailureKind.UNAVAILABLE),
        (answer(b"over capacity", 503), FailureKind.UNAVAILABLE),
        (answer(b"", 429), FailureKind.RATE_LIMITED),
        (answer(b"<html>", 200), FailureKind.MALFORMED),
        (answer({"token_type": "bearer"}), FailureKind.MALFORMED),
    ],
)
async def test_a_refused_refresh(twitter: Twitter, reply: Answer, kind: FailureKind) -> None:
    send = FakeSend().on("/token", reply)
    with pytest.raises(PlatformFailure) as caught:
        await twitter.auth.refresh(client_for(twitter, send), TOKENS)
    assert caught.value.kind is kind
    assert len(send.calls) == 1


async def test_the_account_behind_a_grant(twitter: Twitter) -> None:
    send = FakeSend().on("/users/me", ME)
    [candidate] = await twitter.accounts.candidates(client_for(twitter, send), TOKENS)
    profile = candidate.profile
    assert profile.account_id == f"twitter_{UID}"
    assert (profile.handle, profile.nickname) == ("kilnandclay", "Kiln & Clay")
    assert profile.avatar == (
        "https://pbs.twimg.com/profile_images/1600000000000000000/ab12_400x400.jpg"
    )
    counters = profile.counters
    assert (counters.fans, counters.following, counters.works) == (812, 130, 1440)
    assert len(send.calls) == 1
    assert send.calls[0].headers["Authorization"] == "Bearer bWVhZG93LWV4YW1wbGU"


async def test_an_account_of_which_only_the_id_is_told(twitter: Twitter) -> None:
    send = FakeSend().on("/users/me", {"data": {"id": 7, "public_metrics": {"post_count": 3}}})
    [candidate] = await twitter.accounts.candidates(client_for(twitter, send), TOKENS)
    profile = candidate.profile
    assert (profile.uid, profile.nickname, profile.avatar, profile.handle) == ("7", "7", None, None)
    assert (profile.counters.works, profile.counters.fans) == (3, None)


@pytest.mark.parametrize("body", [{"data": {}}, {}, [], None])
async def test_an_account_without_id_is_no_answer(twitter: Twitter, body: Any) -> None:
    with pytest.raises(PlatformFailure) as caught:
        await twitter.accounts.candidates(client_for(twitter, FakeSend().on("/me", body)), TOKENS)
    assert caught.value.kind is FailureKind.MALFORMED


# Works


async def test_a_page_of_works_takes_one_call(twitter: Twitter) -> None:
    send = FakeSend().on(TIMELINE_PATH, TIMELINE)
    result = await twitter.works.fetch_page(client_for(twitter, send), ACCOUNT, TOKENS, page())
    assert len(send.calls) == 1
    assert send.params() == {
        "max_results": "25",
        "exclude": "retweets,replies",
        "tweet.fields": "created_at,public_metrics,attachments,note_tweet",
        "expansions": "attachments.media_keys",
        "media.fields": "type,url,preview_image_url,public_metrics",
    }
    [work] = result.items
    assert work.id == "1975512345678901234"
    assert work.mode is ContentMode.VIDEO
    assert work.title is None
    assert work.description == "Glaze test 14 came out of the kiln https://t.co/abc"
    assert work.url == "https://x.com/kilnandclay/status/1975512345678901234"
    assert work.cover_url == "https://pbs.twimg.com/ext_tw_video_thumb/1975/pu/img/ex.jpg"
    assert iso(work.published_at or 0) == "2026-10-02T17:00:09.000Z"
    assert (work.author_name, work.author_uid) == ("Kiln & Clay", UID)
    assert work.status is WorkStatus.PUBLISHED
    assert work.metrics == Metrics(
        views=903, plays=903, impressions=2210, likes=41, comments=3, shares=5, collects=6, saves=6
    )
    assert result.next is not None
    assert result.previous is not None


@pytest.mark.parametrize("body", [{"meta": {"result_count": 0}}, {"data": [None, {}]}])
async def test_nothing_to_list(twitter: Twitter, body: Any) -> None:
    result = await listed(twitter, body)
    assert (result.items, result.next, result.previous) == ([], None, None)


async def test_reposts_may_be_left_out_alone(twitter: Twitter) -> None:
    send = FakeSend().on(TIMELINE_PATH, TIMELINE, exclude="retweets")
    client = client_for(twitter, send, exclude="retweets")
    assert len((await twitter.works.fetch_page(client, ACCOUNT, TOKENS, page())).items) == 1


async def test_a_picture(twitter: Twitter) -> None:
    photo = media("photo", url="https://pbs.twimg.com/media/ex.jpg")
    work = await only(twitter, post(), photo)
    assert work.mode is ContentMode.IMAGE
    assert work.cover_url == "https://pbs.twimg.com/media/ex.jpg"
    assert (work.metrics.plays, work.metrics.views) == (None, 2210)


@pytest.mark.parametrize(
    ("item", "attached", "mode"),
    [
        (post(attachments=None), [], ContentMode.TEXT),
        (post(attachments={"poll_ids": ["1"]}), [], ContentMode.TEXT),
        (post(), [media("animated_gif")], ContentMode.VIDEO),
        (post(), [media("hologram")], ContentMode.IMAGE),
        (post(), [], ContentMode.IMAGE),
        (
            post(attachments={"media_keys": ["a", "b"]}),
            [media("photo", "a"), media("video", "b")],
            ContentMode.VIDEO,
        ),
    ],
)
async def test_content_modes(twitter: Twitter, item: Any, attached: Any, mode: ContentMode) -> None:
    assert (await only(twitter, item, *attached)).mode is mode


async def test_a_long_post_in_either_spelling(twitter: Twitter) -> None:
    old = post(text="cut", note_tweet={"text": "all &amp; more"})
    new = post(text="cut", note_post={"text": "all &lt;3"})
    assert (await only(twitter, old)).description == "all & more"
    assert (await only(twitter, new)).description == "all <3"


async def test_a_bare_post_has_only_id_and_address(twitter: Twitter) -> None:
    work = await only(twitter, {"id": "9007199254740993"})
    assert work.id == "9007199254740993"
    assert work.mode is ContentMode.TEXT
    assert (work.description, work.cover_url, work.published_at) == (None, None, None)
    assert work.metrics == Metrics()


async def test_without_a_handle_the_address_still_works(twitter: Twitter) -> None:
    send = FakeSend().on(TIMELINE_PATH, TIMELINE)
    account = account_of(Platform("twitter"), UID)
    [work] = (
        await twitter.works.fetch_page(client_for(twitter, send), account, TOKENS, page())
    ).items
    assert work.url == "https://x.com/i/web/status/1975512345678901234"


@pytest.mark.parametrize(
    ("public", "shares"),
    [
        ({"repost_count": 2, "quote_count": 1}, 3),
        ({"retweet_count": 2}, None),
        ({"quote_count": 2}, None),
        ({"retweet_count": 0, "quote_count": 0}, 0),
    ],
)
async def test_shares_are_summed_when_both_parts_are_told(
    twitter: Twitter, public: Any, shares: int | None
) -> None:
    assert (await only(twitter, post(public_metrics=public))).metrics.shares == shares


async def test_the_new_names_of_fields_are_found_and_remembered(twitter: Twitter) -> None:
    refused = answer(RENAMED, 400)
    new = "created_at,public_metrics,attachments,note_post"
    send = FakeSend().on(TIMELINE_PATH, TIMELINE, **{"post.fields": new}).on(TIMELINE_PATH, refused)
    client = client_for(twitter, send)
    for _ in range(2):
        assert len((await twitter.works.fetch_page(client, ACCOUNT, TOKENS, page())).items) == 1
    assert len(send.calls) == 3
    assert "tweet.fields" not in send.params()


BARE = {"data": [{"id": "1", "text": "x"}], "meta": {"result_count": 1}}


@pytest.mark.parametrize(
    ("old", "new", "calls", "kept"),
    [
        (TIMELINE, TIMELINE, 1, "tweet.fields"),
        ({"meta": {"result_count": 0}}, TIMELINE, 1, "tweet.fields"),
        (BARE, TIMELINE, 2, "post.fields"),
        (BARE, BARE, 2, "tweet.fields"),
        (BARE, RENAMED, 2, "tweet.fields"),
    ],
)
async def test_names_of_fields_that_are_ignored_are_found_and_remembered(
    twitter: Twitter, old: Any, new: Any, calls: int, kept: str
) -> None:
    new_reply = answer({**new, "parameter": "post.fields"}, 400) if new is RENAMED else new
    names = "created_at,public_metrics,attachments,note_post"
    send = FakeSend().on(TIMELINE_PATH, new_reply, **{"post.fields": names}).on(TIMELINE_PATH, old)
    client = client_for(twitter, send)
    result = await twitter.works.fetch_page(client, ACCOUNT, TOKENS, page())
    assert len(result.items) == len(old.get("data", []))
    assert len(send.calls) == calls
    if kept == "post.fields":
        assert result.items[0].published_at is not None
    await twitter.works.fetch_page(client, ACCOUNT, TOKENS, page())
    assert len(send.calls) == calls + 1
    assert kept in send.params()


async def test_names_of_fields_that_are_refused_later_are_found_again(twitter: Twitter) -> None:
    send = FakeSend().on(TIMELINE_PATH, BARE, TIMELINE, answer(RENAMED, 400), TIMELINE)
    client = client_for(twitter, send)
    for _ in range(2):
        [work] = (await twitter.works.fetch_page(client, ACCOUNT, TOKENS, page())).items
        assert work.published_at is not None
    assert ["post.fields" in send.params(i) for i in range(4)] == [False, True, True, False]


async def test_a_failed_search_for_names_of_fields_costs_nothing(twitter: Twitter) -> None:
    send = FakeSend().on(TIMELINE_PATH, BARE, answer(problem("x"), 403), TIMELINE)
    client = client_for(twitter, send)
    assert len((await twitter.works.fetch_page(client, ACCOUNT, TOKENS, page())).items) == 1


async def test_the_older_form_of_the_same_refusal(twitter: Twitter) -> None:
    refused = answer({**TOO_FEW, "errors": [{"parameters": {"tweet.fields": ["x"]}}]}, 400)
    send = FakeSend().on(TIMELINE_PATH, refused, TIMELINE)
    assert len(
        (await twitter.works.fetch_page(client_for(twitter, send), ACCOUNT, TOKENS, page())).items
    )
    assert len(send.calls) == 2


async def test_partial_errors_do_not_fail_a_page(twitter: Twitter) -> None:
    assert len((await listed(twitter, {**TIMELINE, "errors": [problem("x")]})).items) == 1


async def test_errors_alone_are_a_failure(twitter: Twitter) -> None:
    with pytest.raises(PlatformFailure) as caught:
        await listed(twitter, {"errors": [problem("resource-not-found")]})
    assert (caught.value.kind, caught.value.reading.code) == (
        FailureKind.NOT_FOUND,
        "resource-not-found",
    )


# Private metrics


async def test_private_metrics_are_asked_for_young_posts_only(twitter: Twitter) -> None:
    young = post("1", created_at=iso(NOW - 86_400))
    body = {"data": [young, post("2", created_at=iso(NOW - 40 * 86_400))]}
    told = {"data": [{"id": "1", "non_public_metrics": {"url_link_clicks": 5, "engagements": 9}}]}
    send = FakeSend().on(TIMELINE_PATH, body).on("/2/tweets", told, ids="1")
    client = client_for(twitter, send, private_metrics=True)
    first, second = (await twitter.works.fetch_page(client, ACCOUNT, TOKENS, page())).items
    assert (first.metrics.clicks, first.metrics.engagements) == (5, 9)
    assert (second.metrics.clicks, second.metrics.engagements) == (None, None)
    assert send.params()["tweet.fields"] == "non_public_metrics"
    assert len(send.calls) == 2


async def test_private_metrics_cost_nothing_when_they_fail(twitter: Twitter) -> None:
    body = {"data": [post("1", created_at=iso(NOW))]}
    send = FakeSend().on(TIMELINE_PATH, body).on("/2/tweets", answer(problem("x"), 403))
    client = client_for(twitter, send, private_metrics=True)
    [work] = (await twitter.works.fetch_page(client, ACCOUNT, TOKENS, page())).items
    assert work.metrics.clicks is None


# Paging


class Timeline:
    """Posts from newest to oldest behind tokens that hold a place from either side."""

    def __init__(self, size: int) -> None:
        self.ids = [str(10_000 - n) for n in range(size)]
        self.calls = 0
        self.billed: set[str] = set()

    async def __call__(self, call: Call) -> Answer:
        self.calls += 1
        params = clean(call.params)
        count = int(params["max_results"])
        assert 5 <= count <= 100
        token = params.get("pagination_token", "")
        place = self.ids.index(token[1:]) if token else 0
        low, high = (max(0, place - count), place) if token[:1] == "b" else (place, place + count)
        part = self.ids[low:high]
        self.billed.update(part)
        meta: dict[str, Any] = {"result_count": len(part)}
        if high < len(self.ids):
            meta["next_token"] = f"f{self.ids[high]}"
        if low > 0:
            meta["previous_token"] = f"b{self.ids[low]}"
        return answer({"meta": meta, **({"data": [dated(i) for i in part]} if part else {})})


def dated(post_id: str) -> dict[str, str]:
    return {"id": post_id, "created_at": "2026-10-02T17:00:09.000Z"}


def line(twitter: Twitter, timeline: Timeline) -> Any:
    return client_for(twitter, timeline)  # type: ignore[arg-type]


async def walk(
    twitter: Twitter, timeline: Timeline, limits: list[int], start: str | None, way: Any
) -> tuple[list[str], str | None, str | None]:
    """Page on until the end; returns what was seen, and where the last page could go."""
    seen: list[str] = []
    position, turn = start, 0
    while True:
        request = page(position, limits[turn % len(limits)], direction=way)
        found = await twitter.works.fetch_page(line(twitter, timeline), ACCOUNT, TOKENS, request)
        ids = [work.id for work in found.items]
        assert len(ids) <= request.limit
        seen = seen + ids if way == "next" else ids + seen
        position, turn = (found.next if way == "next" else found.previous), turn + 1
        if position is None:
            return seen, found.next, found.previous


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 40),
    st.lists(st.integers(1, 12), min_size=1, max_size=4),
    st.lists(st.integers(1, 12), min_size=1, max_size=4),
)
async def test_no_work_is_lost_or_repeated_either_way(
    size: int, limits: list[int], back_limits: list[int]
) -> None:
    twitter, timeline = Twitter(), Timeline(size)
    there, _, behind = await walk(twitter, timeline, limits, None, "next")
    assert there == timeline.ids
    if behind is not None:
        back, ahead, _ = await walk(twitter, timeline, back_limits, behind, "previous")
        assert back == timeline.ids[: len(back)]
        if ahead is not None:
            again, _, _ = await walk(twitter, timeline, limits, ahead, "next")
            assert again == timeline.ids[-len(again) :]


@pytest.mark.parametrize("limit", [1, 2, 3, 4])
async def test_small_pages_are_whole_and_cost_one_call_each(twitter: Twitter, limit: int) -> None:
    timeline = Timeline(20)
    first = await twitter.works.fetch_page(
        line(twitter, timeline), ACCOUNT, TOKENS, page(None, limit)
    )
    second = await twitter.works.fetch_page(
        line(twitter, timeline), ACCOUNT, TOKENS, page(first.next, limit)
    )
    assert [w.id for w in (*first.items, *second.items)] == timeline.ids[: 2 * limit]
    assert timeline.calls == 2
    assert first.previous is None
    assert second.previous is not None
    back = page(second.previous, limit, direction="previous")
    returned = await twitter.works.fetch_page(line(twitter, timeline), ACCOUNT, TOKENS, back)
    assert [w.id for w in returned.items] == timeline.ids[:limit]


async def test_a_new_post_does_not_repeat_one_on_the_next_small_page(twitter: Twitter) -> None:
    timeline = Timeline(20)
    old = list(timeline.ids)
    first = await twitter.works.fetch_page(line(twitter, timeline), ACCOUNT, TOKENS, page(None, 2))
    timeline.ids.insert(0, "20000")
    second = await twitter.works.fetch_page(
        line(twitter, timeline), ACCOUNT, TOKENS, page(first.next, 2)
    )
    assert [work.id for work in second.items] == old[2:4]


async def test_a_deleted_post_does_not_hide_one(twitter: Twitter) -> None:
    timeline = Timeline(20)
    old = list(timeline.ids)
    first = await twitter.works.fetch_page(line(twitter, timeline), ACCOUNT, TOKENS, page(None, 2))
    timeline.ids.pop(0)
    second = await twitter.works.fetch_page(
        line(twitter, timeline), ACCOUNT, TOKENS, page(first.next, 2)
    )
    assert [work.id for work in second.items] == old[2:4]


async def test_empty_answers_are_followed_a_little(twitter: Twitter) -> None:
    empty = {"meta": {"result_count": 0, "next_token": "n1"}}
    send = FakeSend().on(TIMELINE_PATH, empty, TIMELINE)
    result = await twitter.works.fetch_page(client_for(twitter, send), ACCOUNT, TOKENS, page())
    assert len(result.items) == 1
    assert send.params()["pagination_token"] == "n1"


async def test_a_page_that_stays_empty_says_where_to_go_on(twitter: Twitter) -> None:
    empty = [{"meta": {"result_count": 0, "next_token": f"n{number}"}} for number in (1, 2, 3)]
    send = FakeSend().on(TIMELINE_PATH, *empty)
    result = await twitter.works.fetch_page(client_for(twitter, send), ACCOUNT, TOKENS, page())
    assert result.items == []
    assert result.next is not None
    assert len(send.calls) == 3


async def test_an_empty_page_that_leads_to_itself_is_the_last(twitter: Twitter) -> None:
    empty = {"meta": {"result_count": 0, "next_token": "n1"}}
    send = FakeSend().on(TIMELINE_PATH, empty)
    result = await twitter.works.fetch_page(client_for(twitter, send), ACCOUNT, TOKENS, page())
    assert (result.items, result.next) == ([], None)
    assert len(send.calls) == 2


STUCK = {"next_token": "t", "previous_token": "p"}


@pytest.mark.parametrize(
    ("meta", "asked", "expected"),
    [
        (STUCK, page("f.2.1.t", 5), (None, "f.2.1.t")),
        ({"next_token": "u"}, page("f.2.1.t", 5), ("f.0..u", "f.2.1.t")),
        (STUCK, page("b.0..p", 5, direction="previous"), ("f.0..t", None)),
    ],
)
async def test_a_token_that_leads_to_its_own_fetch_ends_the_list(
    twitter: Twitter, meta: Any, asked: Any, expected: Any
) -> None:
    posts = [{"id": str(number), "text": "x"} for number in range(5)]
    send = FakeSend().on(TIMELINE_PATH, {"data": posts, "meta": meta})
    result = await twitter.works.fetch_page(client_for(twitter, send), ACCOUNT, TOKENS, asked)
    assert (result.next, result.previous) == expected


# Failures


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        (UNAUTHORIZED, 401, FailureKind.TOKEN_EXPIRED),
        ({"errors": [{"code": 326}]}, 403, FailureKind.VERIFICATION_REQUIRED),
        ({"errors": [{"code": 326}]}, 401, FailureKind.VERIFICATION_REQUIRED),
        ({"errors": [{"code": 63}]}, 403, FailureKind.SUSPENDED),
        ({"errors": [{"code": 64}]}, 200, FailureKind.SUSPENDED),
        (problem("unsupported-authentication"), 401, FailureKind.TOKEN_EXPIRED),
        (problem("unsupported-authentication"), 403, FailureKind.INVALID),
        (problem("credits"), 402, FailureKind.MISCONFIGURED),
        ({"title": "CreditsDepleted"}, 402, FailureKind.MISCONFIGURED),
        (problem("client-forbidden", reason="client-not-enrolled"), 403, FailureKind.MISCONFIGURED),
        (problem("client-forbidden"), 403, FailureKind.MISCONFIGURED),
        (problem("not-authorized-for-resource"), 403, FailureKind.PERMISSION),
        ({"title": "Forbidden", "type": "about:blank"}, 403, FailureKind.PERMISSION),
        (problem("usage-capped", period="Monthly", scope="Product"), 429, FailureKind.QUOTA),
        (problem("usage-capped"), 403, FailureKind.QUOTA),
        (problem("resource-not-found"), 404, FailureKind.NOT_FOUND),
        (problem("disallowed-resource"), 400, FailureKind.NOT_FOUND),
        (TOO_FEW, 400, FailureKind.INVALID),
        (RENAMED, 400, FailureKind.INVALID),
        (
            {"errors": [{"code": 88, "message": "Rate limit exceeded"}]},
            429,
            FailureKind.RATE_LIMITED,
        ),
        ({"code": 130, "message": "Over capacity"}, 503, FailureKind.UNAVAILABLE),
        (b"<html>", 502, FailureKind.UNAVAILABLE),
        (b"", 500, FailureKind.UNAVAILABLE),
        ([], 418, FailureKind.UNAVAILABLE),
    ],
)
def test_failures(twitter: Twitter, body: Any, status: int, kind: FailureKind) -> None:
    reading = twitter.classify(answer(body, status))
    assert reading is not None
    assert reading.kind is kind
    assert not reading.cursor


def limit_headers(**limits: tuple[int, float | None]) -> dict[str, str]:
    """Headers of limits by what is left, and the seconds until the reset."""
    headers: dict[str, str] = {}
    for name, (left, seconds) in limits.items():
        prefix = f"x-{name.replace('_', '-')}"
        headers[f"{prefix}-remaining"] = str(left)
        if seconds is not None:
            headers[f"{prefix}-reset"] = str(int(NOW + seconds))
    return headers


@pytest.mark.parametrize(
    ("limits", "reset", "bucket"),
    [
        ({"rate_limit": (0, 90)}, 90, "account"),
        ({"rate_limit": (7, 90)}, 90, "account"),
        ({"rate_limit": (899, 600), "app_limit_24hour": (0, 40_000)}, 40_000, "app"),
        ({"rate_limit": (899, 600), "user_limit_24hour": (0, 40_000)}, 40_000, "account"),
        ({"rate_limit": (0, 600), "app_limit_24hour": (10, 40_000)}, 600, "account"),
        ({"rate_limit": (0, 600), "app_limit_24hour": (0, 40_000)}, 40_000, "app"),
        ({"rate_limit": (899, 600), "app_limit_24hour": (0, None)}, None, "app"),
        ({}, None, "account"),
    ],
)
def test_the_limit_that_is_used_up_names_the_reset(
    twitter: Twitter, limits: Any, reset: float | None, bucket: str
) -> None:
    limited = answer(problem("rate-limit-exceeded"), 429, limit_headers(**limits))
    reading = twitter.classify(limited)
    assert reading is not None
    assert reading.kind is FailureKind.RATE_LIMITED
    assert (reading.reset_at, reading.bucket) == (None if reset is None else NOW + reset, bucket)


def test_what_is_left_of_each_limit(twitter: Twitter) -> None:
    headers = limit_headers(rate_limit=(0, 90), app_limit_24hour=(5, 40_000))
    headers |= {"x-rate-limit-limit": "900", "x-app-limit-24hour-limit": "many"}
    assert twitter.remaining_quotas(answer(TIMELINE, 200, headers)) == [
        RemainingQuota(0, NOW + 90, limit=900),
        RemainingQuota(5, NOW + 40_000, "app"),
    ]
    assert twitter.remaining_quotas(answer(TIMELINE)) == []


@pytest.mark.parametrize(
    "body",
    [
        {**TOO_FEW, "errors": [{"parameters": {"pagination_token": ["x"]}}]},
        {**RENAMED, "parameter": "pagination_token"},
    ],
)
def test_a_page_token_that_is_refused_is_the_callers_cursor(twitter: Twitter, body: Any) -> None:
    reading = twitter.classify(answer(body, 400))
    assert reading is not None
    assert (reading.kind, reading.cursor) == (FailureKind.INVALID, True)


async def test_posts_are_charged_by_the_piece(twitter: Twitter) -> None:
    told: list[tuple[str, int, float]] = []
    rate_limits = PlatformRateLimits(
        BucketState(lambda: NOW), lambda: NOW, lambda *entry: told.append(entry)
    )
    send = FakeSend().on(TIMELINE_PATH, {"data": [post("1"), post("2")]})
    client = replace(client_for(twitter, send), rate_limits=rate_limits, cost=twitter.cost)
    await twitter.works.fetch_page(client, ACCOUNT, TOKENS, page())
    assert twitter.cost_unit == "USD"
    assert told == [("works.list", 1, 0.0), ("works.list", 0, 0.01)]
