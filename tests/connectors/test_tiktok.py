"""TikTok, over the answers of its documentation."""

import json
from copy import deepcopy
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from openchannels.connectors.tiktok.connector import TikTok
from openchannels.core.clock import iso
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.platforms import Platform
from openchannels.core.works import ContentMode, Metrics, WorkStatus
from openchannels.transport.client import Answer
from tests.connectors.support import NOW, FakeSend, account_of, answer, client_for, page

OPEN_ID = "-000ExampleOpenId4f2b"
TOKENS = Tokens("act.ExampleAccess!5678.va", refresh_token="rft.ExampleRefresh!1234.va")
ACCOUNT = account_of(Platform("tiktok"), OPEN_ID, handle="kilnandclay", nickname="Kiln & Clay")
TOKEN_ANSWER = json.loads(
    """
{"open_id":"-000ExampleOpenId4f2b","scope":"user.info.basic,user.info.profile,user.info.stats,video.list","access_token":"act.ExampleAccess!5678.va","expires_in":86400,"refresh_token":"rft.ExampleRefresh!1234.va","refresh_expires_in":31536000,"token_type":"Bearer"}
"""
)
CODE_EXPIRED = json.loads(
    """
{"error":"invalid_grant","error_description":"Authorization code is expired.","log_id":"20261002170009ABCDEF"}
"""  # noqa: E501
)
USER = json.loads(
    """
{"data":{"user":{"open_id":"-000ExampleOpenId4f2b","union_id":"c9c60f44-example","avatar_url":"https://p16-sign.tiktokcdn-us.com/tos/ex~c5_168x168.jpeg?x-expires=1791000000&x-signature=abc","display_name":"Kiln & Clay","username":"kilnandclay","is_verified":false,"follower_count":5210,"following_count":83,"likes_count":90213,"video_count":164}},"error":{"code":"ok","message":"","log_id":"20261002170009ABCDEF0"}}
"""  # noqa: E501
)
VIDEOS = json.loads(
    """
{"data":{"videos":[{"id":"7421234567890123456","create_time":1790960409,"title":"Glaze test 14","video_description":"Glaze test 14 #pottery","duration":31,"cover_image_url":"https://p19-sign.tiktokcdn-us.com/obj/ex.jpeg?x-expires=1790982009","share_url":"https://www.tiktok.com/@kilnandclay/video/7421234567890123456?utm_campaign=tt4d_open_api&utm_source=awexample","embed_link":"https://www.tiktok.com/player/v1/7421234567890123456","height":1024,"width":576,"like_count":311,"comment_count":12,"share_count":4,"view_count":9021}],"cursor":1790960409000,"has_more":true},"error":{"code":"ok","message":"","log_id":"20261002170010ABCDEF1"}}
"""  # noqa: E501
)
TOKEN_INVALID = json.loads(
    """
{"data":{},"error":{"code":"access_token_invalid","message":"The access token is invalid or not found in the request.","log_id":"20261002170011ABCDEF2"}}
"""  # noqa: E501
)


@pytest.fixture
def tiktok() -> TikTok:
    return TikTok()


def failure(code: str, message: str = "no") -> dict[str, Any]:
    return {"data": {}, "error": {"code": code, "message": message, "log_id": "log"}}


async def listed(tiktok: TikTok, **data: Any) -> Any:
    send = FakeSend().on("/video/list/", {"data": data, "error": {"code": "ok"}})
    return await tiktok.works.fetch_page(client_for(tiktok, send), ACCOUNT, TOKENS, page(limit=20))


async def only(tiktok: TikTok, **video: Any) -> Any:
    whole = {**deepcopy(VIDEOS["data"]["videos"][0]), **video}
    [work] = (await listed(tiktok, videos=[whole])).items
    return work


# Connecting


def query_of(tiktok: TikTok, **options: Any) -> dict[str, list[str]]:
    app = client_for(tiktok, FakeSend(), **options).app
    return parse_qs(urlsplit(tiktok.auth.authorize_url(app, "state", "verifier")).query)


def test_the_consent_page(tiktok: TikTok) -> None:
    app = client_for(tiktok, FakeSend()).app
    assert tiktok.auth.authorize_url(app, "s", "v").startswith(
        "https://www.tiktok.com/v2/auth/authorize/?"
    )
    query = query_of(tiktok)
    assert query["client_key"] == ["app-id"]
    assert query["scope"] == ["user.info.basic,user.info.profile,user.info.stats,video.list"]
    assert query["disable_auto_auth"] == ["1"]
    assert "client_id" not in query


def test_the_challenge_is_written_as_the_setting_says(tiktok: TikTok) -> None:
    plain = ["iMnq5o6zALKXGivsnlom_0F5_WYda32GHkxlV7mq7hQ"]
    hexed = ["88c9eae68eb300b2971a2bec9e5a26ff4179fd661d6b7d861e4c6557b9aaee14"]
    assert query_of(tiktok)["code_challenge"] == plain
    assert query_of(tiktok, pkce_encoding="base64url")["code_challenge"] == plain
    assert query_of(tiktok, pkce_encoding="hex")["code_challenge"] == hexed
    assert "code_challenge" not in query_of(tiktok, pkce_encoding="off")
    app = client_for(tiktok, FakeSend(), pkce_encoding="off").app
    assert not tiktok.auth.oauth_config(app).pkce


@pytest.mark.parametrize(("encoding", "verifier"), [("hex", "v"), ("off", None)])
async def test_a_code_is_redeemed_in_one_call(
    tiktok: TikTok, encoding: str, verifier: str | None
) -> None:
    send = FakeSend().on("/v2/oauth/token/", TOKEN_ANSWER)
    client = client_for(tiktok, send, pkce_encoding=encoding)
    tokens = await tiktok.auth.exchange(client, {"code": "a*b!c"}, verifier)
    assert tokens.access_token == "act.ExampleAccess!5678.va"
    assert tokens.refresh_token == "rft.ExampleRefresh!1234.va"
    assert (tokens.expires_at, tokens.refresh_expires_at) == (NOW + 86400, NOW + 31536000)
    assert tokens.scopes == (
        "user.info.basic",
        "user.info.profile",
        "user.info.stats",
        "video.list",
    )
    assert tokens.extra == {"open_id": OPEN_ID}
    assert tiktok.auth.grant_end(tokens) == NOW + 31536000
    assert not tiktok.auth.refreshable(tokens, NOW + 31536001)
    form = {name: value for name, value in (send.calls[0].form or {}).items() if value is not None}
    assert form == {
        "grant_type": "authorization_code",
        "code": "a*b!c",
        "redirect_uri": "https://oc.example/callback",
        "client_key": "app-id",
        "client_secret": "app-secret",
        **({"code_verifier": verifier} if verifier else {}),
    }


async def test_a_refresh_stores_the_new_refresh_token_and_its_end(tiktok: TikTok) -> None:
    body = {**TOKEN_ANSWER, "refresh_token": "new", "refresh_expires_in": "1000", "error": ""}
    send = FakeSend().on("/token/", body, grant_type="refresh_token", client_key="app-id")
    fresh = await tiktok.auth.refresh(client_for(tiktok, send), TOKENS)
    assert (fresh.refresh_token, fresh.refresh_expires_at) == ("new", NOW + 1000)


async def test_a_bare_token_answer(tiktok: TikTok) -> None:
    send = FakeSend().on("/token/", {"access_token": "a", "novel": 1})
    tokens = await tiktok.auth.exchange(client_for(tiktok, send), {"code": "x"}, "v")
    assert (tokens.expires_at, tokens.scopes, tokens.refresh_token) == (NOW + 86_400, None, None)


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (CODE_EXPIRED, FailureKind.DEAD_GRANT),
        ({"error": "invalid_client"}, FailureKind.MISCONFIGURED),
        ({"error": "unauthorized_client"}, FailureKind.MISCONFIGURED),
        ({"error": "invalid_request", "error_description": "redirect_uri"}, FailureKind.INVALID),
        (
            {
                "error": "invalid_request",
                "error_description": "Code verifier or code challenge is invalid.",
            },
            FailureKind.MISCONFIGURED,
        ),
        ({"error": "temporarily_unavailable"}, FailureKind.UNAVAILABLE),
        ({"error": "server_error"}, FailureKind.UNAVAILABLE),
        ({"error": "access_denied"}, FailureKind.INVALID),
    ],
)
async def test_a_refused_code(tiktok: TikTok, body: Any, status: int, kind: FailureKind) -> None:
    send = FakeSend().on("/token/", answer(body, status))
    with pytest.raises(PlatformFailure) as caught:
        await tiktok.auth.exchange(client_for(tiktok, send), {"code": "x"}, "v")
    assert caught.value.kind is kind
    assert caught.value.reading.code == body["error"]


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (answer(b"<html>"), FailureKind.MALFORMED),
        (answer({}), FailureKind.MALFORMED),
        (answer({"error": {"code": "internal_error"}}), FailureKind.UNAVAILABLE),
        (answer(b"<html>", 401), FailureKind.UNAVAILABLE),
        (answer(b"<html>", 502), FailureKind.UNAVAILABLE),
        (answer(b"", 429), FailureKind.RATE_LIMITED),
    ],
)
async def test_an_unreadable_token_answer(tiktok: TikTok, reply: Answer, kind: FailureKind) -> None:
    with pytest.raises(PlatformFailure) as caught:
        await tiktok.auth.refresh(client_for(tiktok, FakeSend().on("/token/", reply)), TOKENS)
    assert caught.value.kind is kind


async def test_the_account_behind_a_grant(tiktok: TikTok) -> None:
    send = FakeSend().on("/v2/user/info/", USER)
    [candidate] = await tiktok.accounts.candidates(client_for(tiktok, send), TOKENS)
    profile = candidate.profile
    assert profile.account_id == f"tiktok_{OPEN_ID}"
    assert (profile.handle, profile.nickname) == ("kilnandclay", "Kiln & Clay")
    assert (profile.avatar or "").startswith("https://p16-sign.tiktokcdn-us.com/tos/ex~c5_168x168")
    counters = profile.counters
    assert (counters.fans, counters.following, counters.works) == (5210, 83, 164)
    assert counters.likes == 90213
    assert profile.facts == {"union_id": "c9c60f44-example"}
    assert len(send.calls) == 1


async def test_only_fields_of_granted_scopes_are_asked_for(tiktok: TikTok) -> None:
    body = {"data": {"user": {"display_name": "Kiln"}}, "error": {"code": "ok"}}
    send = FakeSend().on("/user/info/", body)
    tokens = Tokens("a", scopes=("user.info.basic", "video.list"), extra={"open_id": "o1"})
    [candidate] = await tiktok.accounts.candidates(client_for(tiktok, send), tokens)
    assert send.params() == {"fields": "open_id,union_id,avatar_url,avatar_large_url,display_name"}
    assert (candidate.profile.uid, candidate.profile.nickname) == ("o1", "Kiln")
    assert (candidate.profile.handle, candidate.profile.counters.fans) == (None, None)


async def test_an_account_without_id_is_no_answer(tiktok: TikTok) -> None:
    send = FakeSend().on("/user/info/", {"data": {}, "error": {"code": "ok"}})
    with pytest.raises(PlatformFailure) as caught:
        await tiktok.accounts.candidates(client_for(tiktok, send), TOKENS)
    assert caught.value.kind is FailureKind.MALFORMED


# Works


async def test_a_page_of_works_takes_one_call(tiktok: TikTok) -> None:
    send = FakeSend().on("/v2/video/list/", VIDEOS)
    result = await tiktok.works.fetch_page(
        client_for(tiktok, send), ACCOUNT, TOKENS, page(limit=20)
    )
    [call] = send.calls
    assert (call.method, json.loads(call.body or b"")) == ("POST", {"max_count": 20})
    assert call.headers["Content-Type"] == "application/json"
    assert call.headers["Authorization"] == f"Bearer {TOKENS.access_token}"
    [work] = result.items
    assert work.id == "7421234567890123456"
    assert work.mode is ContentMode.VIDEO
    assert (work.title, work.description) == ("Glaze test 14", "Glaze test 14 #pottery")
    assert work.url == "https://www.tiktok.com/@kilnandclay/video/7421234567890123456"
    assert work.cover_url == "https://p19-sign.tiktokcdn-us.com/obj/ex.jpeg?x-expires=1790982009"
    assert iso(work.published_at or 0) == "2026-10-02T17:00:09.000Z"
    assert (work.author_name, work.author_uid) == ("Kiln & Clay", OPEN_ID)
    assert work.status is WorkStatus.PUBLISHED
    assert work.metrics == Metrics(views=9021, plays=9021, likes=311, comments=12, shares=4)
    assert (result.next, result.previous) == ("1790960409000", None)


async def test_the_cursor_is_sent_as_a_number(tiktok: TikTok) -> None:
    send = FakeSend().on("/video/list/", VIDEOS)
    request = page("1790960409000", 5)
    await tiktok.works.fetch_page(client_for(tiktok, send), ACCOUNT, TOKENS, request)
    assert send.calls[0].body == b'{"max_count":5,"cursor":1790960409000}'


async def test_the_last_page_names_a_cursor_too(tiktok: TikTok) -> None:
    assert (await listed(tiktok, videos=[], cursor=1790960409000, has_more=False)).next is None
    assert (await listed(tiktok, cursor=0)).items == []


async def test_an_empty_page_may_have_more_behind_it(tiktok: TikTok) -> None:
    result = await listed(tiktok, videos=[], cursor="1790960409000", has_more=True)
    assert (result.items, result.next) == ([], "1790960409000")


async def test_a_lost_cursor_follows_from_the_last_video(tiktok: TikTok) -> None:
    result = await listed(tiktok, videos=[{"id": 7, "create_time": 1790960409}], has_more=True)
    assert result.next == "1790960409000"
    assert (await listed(tiktok, videos=[{"id": 7}], has_more=True)).next is None


async def test_a_photo_post(tiktok: TikTok) -> None:
    work = await only(tiktok, share_url="https://www.tiktok.com/@k/photo/74?lang=en&utm_source=x")
    assert work.mode is ContentMode.IMAGE
    assert work.url == "https://www.tiktok.com/@k/photo/74?lang=en"


async def test_a_title_is_the_first_line_where_there_is_none(tiktok: TikTok) -> None:
    work = await only(tiktok, title="", video_description="One\nTwo")
    assert (work.title, work.description) == ("One", "One\nTwo")


async def test_a_bare_video_is_only_an_id(tiktok: TikTok) -> None:
    [work] = (await listed(tiktok, videos=[{"id": "9007199254740993"}, None, {}])).items
    assert (work.id, work.mode) == ("9007199254740993", ContentMode.VIDEO)
    assert (work.title, work.description, work.url, work.cover_url) == (None, None, None, None)
    assert (work.published_at, work.metrics) == (None, Metrics())


# Failures


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("access_token_invalid", 401, FailureKind.TOKEN_EXPIRED),
        ("scope_not_authorized", 401, FailureKind.PERMISSION),
        ("scope_permission_missed", 401, FailureKind.MISCONFIGURED),
        ("invalid_params", 400, FailureKind.INVALID),
        ("rate_limit_exceeded", 429, FailureKind.RATE_LIMITED),
        ("rate_limit_exceeded", 200, FailureKind.RATE_LIMITED),
        ("internal_error", 500, FailureKind.UNAVAILABLE),
        ("internal_error", 200, FailureKind.UNAVAILABLE),
        ("access_token_invalid", 200, FailureKind.TOKEN_EXPIRED),
        ("novel", 200, FailureKind.INVALID),
        ("novel", 403, FailureKind.INVALID),
        ("ok", 503, FailureKind.UNAVAILABLE),
    ],
)
def test_failures(tiktok: TikTok, code: str, status: int, kind: FailureKind) -> None:
    reading = tiktok.classify(answer(failure(code), status))
    assert reading is not None
    assert reading.kind is kind
    assert not reading.cursor


def test_the_evidence_of_a_failure(tiktok: TikTok) -> None:
    reading = tiktok.classify(answer(TOKEN_INVALID, 401))
    assert reading is not None
    assert reading.code == "access_token_invalid"
    assert reading.request_id == "20261002170011ABCDEF2"


def test_a_limit_is_over_within_a_minute(tiktok: TikTok) -> None:
    reading = tiktok.classify(answer(failure("rate_limit_exceeded"), 429))
    assert reading is not None
    assert (reading.retry_after, reading.bucket) == (60, "app")


def test_a_cursor_that_is_refused_is_the_callers(tiktok: TikTok) -> None:
    reading = tiktok.classify(answer(failure("invalid_params", "Cursor is invalid"), 400))
    assert reading is not None
    assert reading.cursor


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (answer(b"<html>", 502), FailureKind.UNAVAILABLE),
        (answer(b"<html>", 401), FailureKind.UNAVAILABLE),
        (answer([], 404), FailureKind.UNAVAILABLE),
        (answer({"error": 7}, 429), FailureKind.RATE_LIMITED),
    ],
)
def test_what_is_not_in_the_platforms_form_says_only_that_it_is_away(
    tiktok: TikTok, reply: Answer, kind: FailureKind
) -> None:
    reading = tiktok.classify(reply)
    assert reading is not None
    assert reading.kind is kind
