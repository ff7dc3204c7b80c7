"""Pinterest, over the answers of its documentation."""

import base64
import json
from copy import deepcopy
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from openchannels.connectors.pinterest.connector import Pinterest
from openchannels.core.clock import iso
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.platforms import Platform
from openchannels.core.works import ContentMode, Metrics, WorkStatus
from openchannels.transport.client import Answer
from tests.connectors.support import NOW, FakeSend, account_of, answer, client_for, page

UID = "549755885175"
TOKENS = Tokens("pina_ExampleAccess0001", refresh_token="pinr_ExampleRefresh0001")
ACCOUNT = account_of(Platform("pinterest"), UID, handle="kilnandclay", nickname="Kiln & Clay")
TOKEN_ANSWER = json.loads(
    """
{"response_type":"authorization_code","access_token":"pina_ExampleAccess0001","token_type":"bearer","expires_in":2592000,"scope":"user_accounts:read,pins:read,boards:read","refresh_token":"pinr_ExampleRefresh0001","refresh_token_expires_in":5184000,"refresh_token_expires_at":1796144400}
"""
)
REFRESH_ANSWER = json.loads(
    """
{"response_type":"refresh_token","access_token":"pina_ExampleAccess0002","token_type":"bearer","expires_in":2592000,"scope":"user_accounts:read,pins:read,boards:read","refresh_token":"pinr_ExampleRefresh0002","refresh_token_expires_in":5184000,"refresh_token_expires_at":1798736400}
"""
)
CODE_REFUSED = json.loads('{"code":283,"message":"Invalid authorization code"}')
CLIENT_REFUSED = json.loads('{"code":2,"message":"Authentication failed."}')
NOT_PERMITTED = json.loads('{"code":29,"message":"You are not permitted to access that resource."}')
USER = json.loads(
    """
{"id":"549755885175","username":"kilnandclay","account_type":"BUSINESS","business_name":"Kiln & Clay","profile_image":"https://i.pinimg.com/600x600_R/ex.jpg","website_url":"https://kiln.example","about":"Slow pottery.","board_count":14,"pin_count":412,"follower_count":930,"following_count":58,"monthly_views":15230}
"""  # noqa: E501
)
PINS = json.loads(
    """
{"items":[{"id":"813744226420795884","created_at":"2026-10-02T17:00:09","link":"https://kiln.example/bowls","title":"Ash glaze bowls","description":"Thrown in August.","alt_text":"two bowls","dominant_color":"#6E7874","board_id":"549755885176","board_section_id":null,"board_owner":{"username":"kilnandclay"},"creative_type":"REGULAR","is_owner":true,"is_standard":true,"has_been_promoted":false,"parent_pin_id":null,
"media":{"media_type":"image","images":{"150x150":{"width":150,"height":150,"url":"https://i.pinimg.com/150x150/ex.jpg"},"400x300":{"width":400,"height":300,"url":"https://i.pinimg.com/400x300/ex.jpg"},"600x":{"width":600,"height":900,"url":"https://i.pinimg.com/600x/ex.jpg"},"1200x":{"width":1200,"height":1800,"url":"https://i.pinimg.com/1200x/ex.jpg"}}},
"pin_metrics":{"90d":{"pin_click":7,"impression":120,"clickthrough":3},"lifetime_metrics":{"pin_click":19,"impression":340,"clickthrough":8,"reaction":10,"comment":2}}}],"bookmark":"Y2JVSG81V2sxcmNHRnRaV1U9"}
"""  # noqa: E501
)


@pytest.fixture
def pinterest() -> Pinterest:
    return Pinterest()


async def only(pinterest: Pinterest, **parts: Any) -> Any:
    send = FakeSend().on("/pins", {"items": [{**deepcopy(PINS["items"][0]), **parts}]})
    result = await pinterest.works.fetch_page(client_for(pinterest, send), ACCOUNT, TOKENS, page())
    return result.items[0]


# Connecting


def test_the_consent_page(pinterest: Pinterest) -> None:
    app = client_for(pinterest, FakeSend()).app
    url = pinterest.auth.authorize_url(app, "state", None)
    assert url.startswith("https://www.pinterest.com/oauth/?")
    assert parse_qs(urlsplit(url).query) == {
        "client_id": ["app-id"],
        "redirect_uri": ["https://oc.example/callback"],
        "response_type": ["code"],
        "scope": ["user_accounts:read,pins:read,boards:read"],
        "state": ["state"],
    }
    assert not pinterest.auth.oauth_config(app).pkce


async def test_a_code_is_redeemed_in_one_call(pinterest: Pinterest) -> None:
    send = FakeSend().on("/v5/oauth/token", TOKEN_ANSWER)
    tokens = await pinterest.auth.exchange(client_for(pinterest, send), {"code": "abc"}, None)
    assert tokens.access_token == "pina_ExampleAccess0001"
    assert tokens.refresh_token == "pinr_ExampleRefresh0001"
    assert (tokens.expires_at, tokens.refresh_expires_at) == (NOW + 2592000, NOW + 5184000)
    assert tokens.scopes == ("user_accounts:read", "pins:read", "boards:read")
    assert pinterest.auth.grant_end(tokens) == NOW + 5184000
    [call] = send.calls
    assert dict(call.form or {}) == {
        "grant_type": "authorization_code",
        "code": "abc",
        "redirect_uri": "https://oc.example/callback",
        "continuous_refresh": "true",
    }
    pair = base64.b64encode(b"app-id:app-secret").decode()
    assert call.headers["Authorization"] == f"Basic {pair}"


async def test_a_refresh_moves_the_end_of_the_grant(pinterest: Pinterest) -> None:
    send = FakeSend().on("/v5/oauth/token", REFRESH_ANSWER, grant_type="refresh_token")
    fresh = await pinterest.auth.refresh(client_for(pinterest, send), TOKENS)
    assert fresh.access_token == "pina_ExampleAccess0002"
    assert fresh.refresh_token == "pinr_ExampleRefresh0002"
    assert pinterest.auth.grant_end(fresh) == NOW + 5184000


async def test_a_refresh_without_a_refresh_token_keeps_the_old_one(pinterest: Pinterest) -> None:
    send = FakeSend().on("/token", {"access_token": "new", "expires_in": "2592000", "x": None})
    old = Tokens("old", refresh_token="r", refresh_expires_at=NOW + 9, scopes=("pins:read",))
    fresh = await pinterest.auth.refresh(client_for(pinterest, send), old)
    assert (fresh.access_token, fresh.refresh_token) == ("new", "r")
    assert (fresh.expires_at, fresh.refresh_expires_at) == (NOW + 2592000, NOW + 9)
    assert fresh.scopes == ("pins:read",)


async def test_a_bare_token_answer(pinterest: Pinterest) -> None:
    send = FakeSend().on("/token", {"access_token": "a"})
    tokens = await pinterest.auth.exchange(client_for(pinterest, send), {"code": "x"}, None)
    assert tokens == Tokens("a", expires_at=NOW + 30 * 86_400)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (answer(CODE_REFUSED, 400), FailureKind.DEAD_GRANT),
        (answer(CODE_REFUSED, 401), FailureKind.DEAD_GRANT),
        (answer(NOT_PERMITTED, 403), FailureKind.DEAD_GRANT),
        (answer(CLIENT_REFUSED, 401), FailureKind.MISCONFIGURED),
        (answer(b"<html>", 401), FailureKind.UNAVAILABLE),
        (answer(b"<html>", 403), FailureKind.UNAVAILABLE),
        (answer({"code": 8, "message": "slow down"}, 429), FailureKind.RATE_LIMITED),
        (answer({"code": 12}, 503), FailureKind.UNAVAILABLE),
        (answer({"code": 50}, 404), FailureKind.NOT_FOUND),
        (answer(b"<html>"), FailureKind.MALFORMED),
        (answer({"token_type": "bearer"}), FailureKind.MALFORMED),
    ],
)
async def test_a_refused_refresh(pinterest: Pinterest, reply: Answer, kind: FailureKind) -> None:
    send = FakeSend().on("/token", reply)
    with pytest.raises(PlatformFailure) as caught:
        await pinterest.auth.refresh(client_for(pinterest, send), TOKENS)
    assert caught.value.kind is kind
    assert len(send.calls) == 1


async def test_a_refused_code(pinterest: Pinterest) -> None:
    send = FakeSend().on("/token", answer(CODE_REFUSED, 400))
    with pytest.raises(PlatformFailure) as caught:
        await pinterest.auth.exchange(client_for(pinterest, send), {"code": "x"}, None)
    assert (caught.value.kind, caught.value.reading.code) == (FailureKind.DEAD_GRANT, "283")


async def test_the_account_behind_a_grant(pinterest: Pinterest) -> None:
    send = FakeSend().on("/v5/user_account", USER)
    [candidate] = await pinterest.accounts.candidates(client_for(pinterest, send), TOKENS)
    profile = candidate.profile
    assert profile.account_id == f"pinterest_{UID}"
    assert (profile.handle, profile.nickname) == ("kilnandclay", "Kiln & Clay")
    assert profile.avatar == "https://i.pinimg.com/600x600_R/ex.jpg"
    counters = profile.counters
    assert (counters.fans, counters.following, counters.works) == (930, 58, 412)
    assert len(send.calls) == 1
    assert send.calls[0].headers["Authorization"] == "Bearer pina_ExampleAccess0001"


async def test_a_personal_account_with_nothing_told(pinterest: Pinterest) -> None:
    body = {"id": "1", "username": "k", "business_name": None, "pin_count": None}
    send = FakeSend().on("/user_account", body)
    [candidate] = await pinterest.accounts.candidates(client_for(pinterest, send), TOKENS)
    profile = candidate.profile
    assert (profile.nickname, profile.avatar, profile.counters.works) == ("k", None, None)


async def test_an_account_without_id_is_no_answer(pinterest: Pinterest) -> None:
    send = FakeSend().on("/user_account", {})
    with pytest.raises(PlatformFailure) as caught:
        await pinterest.accounts.candidates(client_for(pinterest, send), TOKENS)
    assert caught.value.kind is FailureKind.MALFORMED


# Works


async def test_a_page_of_works_takes_one_call(pinterest: Pinterest) -> None:
    send = FakeSend().on("/v5/pins", PINS)
    result = await pinterest.works.fetch_page(client_for(pinterest, send), ACCOUNT, TOKENS, page())
    assert len(send.calls) == 1
    assert send.params() == {
        "page_size": "25",
        "pin_filter": "exclude_repins",
        "pin_metrics": "true",
    }
    [work] = result.items
    assert work.id == "813744226420795884"
    assert work.mode is ContentMode.IMAGE
    assert (work.title, work.description) == ("Ash glaze bowls", "Thrown in August.")
    assert work.url == "https://www.pinterest.com/pin/813744226420795884/"
    assert work.cover_url == "https://i.pinimg.com/1200x/ex.jpg"
    assert iso(work.published_at or 0) == "2026-10-02T17:00:09.000Z"
    assert (work.author_name, work.author_uid) == ("Kiln & Clay", UID)
    assert work.status is WorkStatus.PUBLISHED
    assert work.metrics == Metrics(impressions=340, clicks=19, likes=10, comments=2)
    assert (result.next, result.previous) == ("25.Y2JVSG81V2sxcmNHRnRaV1U9", None)


@pytest.mark.parametrize(("limit", "size"), [(25, "10"), (10, "10"), (4, "4")])
async def test_a_bookmark_keeps_the_size_it_came_with(
    pinterest: Pinterest, limit: int, size: str
) -> None:
    send = FakeSend().on("/pins", PINS, bookmark="Y2.JV", page_size=size)
    request = page("10.Y2.JV", limit)
    result = await pinterest.works.fetch_page(client_for(pinterest, send), ACCOUNT, TOKENS, request)
    assert result.next == f"{size}.Y2JVSG81V2sxcmNHRnRaV1U9"


@pytest.mark.parametrize("body", [{"items": [], "bookmark": None}, {"items": [None, {}]}])
async def test_nothing_to_list(pinterest: Pinterest, body: Any) -> None:
    send = FakeSend().on("/pins", body)
    result = await pinterest.works.fetch_page(client_for(pinterest, send), ACCOUNT, TOKENS, page())
    assert (result.items, result.next) == ([], None)


IMAGES = {"236x": {"width": 236, "url": "https://i/236"}, "474x": {"width": 474, "url": "//i/474"}}


@pytest.mark.parametrize(
    ("media", "mode", "cover"),
    [
        (
            {"media_type": "video", "cover_image_url": "https://i/c", "images": IMAGES},
            ContentMode.VIDEO,
            "https://i/c",
        ),
        ({"media_type": "video", "images": IMAGES}, ContentMode.VIDEO, "https://i/474"),
        ({"media_type": "image", "images": {"600x": None}}, ContentMode.IMAGE, None),
        ({"media_type": "image", "images": {"600x": {"url": "https://i/6"}}}, ContentMode.IMAGE,
         "https://i/6"),
        (
            {"media_type": "multiple_images", "items": [{"item_type": "image", "images": IMAGES}]},
            ContentMode.IMAGE,
            "https://i/474",
        ),
        (
            {
                "media_type": "multiple_videos",
                "items": [{"item_type": "video", "cover_image_url": "https://i/v"}],
            },
            ContentMode.VIDEO,
            "https://i/v",
        ),
        (
            {"media_type": "multiple_mixed", "items": [{"item_type": "video"}, {}]},
            ContentMode.VIDEO,
            None,
        ),
        ({"media_type": "multiple_mixed", "items": [{"images": IMAGES}]}, ContentMode.IMAGE,
         "https://i/474"),
        ({"media_type": "novel"}, ContentMode.IMAGE, None),
        (None, ContentMode.IMAGE, None),
    ],
)  # fmt: skip
async def test_media(
    pinterest: Pinterest, media: Any, mode: ContentMode, cover: str | None
) -> None:
    work = await only(pinterest, media=media)
    assert (work.mode, work.cover_url) == (mode, cover)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (None, Metrics()),
        ({}, Metrics()),
        ({"90d": {"impression": 5, "pin_click": 0}}, Metrics(impressions=5, clicks=0)),
        ({"90d": {"impression": 5}, "lifetime_metrics": {}}, Metrics(impressions=5)),
        ({"lifetime_metrics": {"save": 3, "reaction": -1}}, Metrics(saves=3, collects=3)),
    ],
)
async def test_metrics(pinterest: Pinterest, told: Any, expected: Metrics) -> None:
    assert (await only(pinterest, pin_metrics=told)).metrics == expected


async def test_a_bare_pin_is_only_an_id_and_an_address(pinterest: Pinterest) -> None:
    send = FakeSend().on("/pins", {"items": [{"id": 813744226420795884, "title": None}]})
    [work] = (
        await pinterest.works.fetch_page(client_for(pinterest, send), ACCOUNT, TOKENS, page())
    ).items
    assert work.url == "https://www.pinterest.com/pin/813744226420795884/"
    assert (work.title, work.description, work.published_at) == (None, None, None)
    assert work.metrics == Metrics()


# Failures


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        (CLIENT_REFUSED, 401, FailureKind.TOKEN_EXPIRED),
        ({**CLIENT_REFUSED, "status": "failure"}, 401, FailureKind.TOKEN_EXPIRED),
        ({"code": 3, "message": "Authorization failed."}, 401, FailureKind.PERMISSION),
        ({"code": 7, "message": "no"}, 401, FailureKind.PERMISSION),
        (NOT_PERMITTED, 403, FailureKind.PERMISSION),
        ({"code": 1, "message": "Parameter 'page_size' is too large"}, 400, FailureKind.INVALID),
        ({"code": 30, "message": "User not found."}, 404, FailureKind.NOT_FOUND),
        ({"code": 50}, 404, FailureKind.NOT_FOUND),
        (
            {"code": 8, "message": "You have exceeded your rate limit."},
            429,
            FailureKind.RATE_LIMITED,
        ),
        ({"code": 30, "message": "no"}, 429, FailureKind.RATE_LIMITED),
        ({"code": 8, "message": "Blocked by our spam rules"}, 429, FailureKind.PERMISSION),
        ({"code": 9, "message": "Spam"}, 403, FailureKind.PERMISSION),
        (b"<html>", 503, FailureKind.UNAVAILABLE),
        ([], 500, FailureKind.UNAVAILABLE),
    ],
)
def test_failures(pinterest: Pinterest, body: Any, status: int, kind: FailureKind) -> None:
    reading = pinterest.classify(answer(body, status))
    assert reading is not None
    assert reading.kind is kind
    assert not reading.cursor


def test_a_bookmark_that_is_refused_is_the_callers_cursor(pinterest: Pinterest) -> None:
    reading = pinterest.classify(answer({"code": 1, "message": "Invalid bookmark"}, 400))
    assert reading is not None
    assert (reading.kind, reading.cursor, reading.code) == (FailureKind.INVALID, True, "1")


@pytest.mark.parametrize(
    ("limit", "remaining", "reset", "quotas"),
    [
        ('100, 100;w=1;name="org_read"', "7", "1", [(7, 100, 1, "account")]),
        ("100, 1000", "0, 300", "1, 7200", [(1, 100, 1, "account"), (300, 1000, 7200, "app")]),
        ("", "7", "1", []),
        ("many", "7", "1", []),
    ],
)
def test_what_is_left_of_each_limit(
    pinterest: Pinterest, limit: str, remaining: str, reset: str, quotas: list[Any]
) -> None:
    values = {"limit": limit, "remaining": remaining, "reset": reset}
    headers = {f"x-ratelimit-{name}": value for name, value in values.items()}
    told = pinterest.remaining_quotas(answer({}, 200, headers))
    assert [(one.remaining, one.limit, one.reset_in, one.bucket) for one in told] == quotas


@pytest.mark.parametrize(
    ("headers", "wait", "bucket"),
    [
        ({"x-ratelimit-reset": "42"}, 42, "account"),
        ({"x-ratelimit-reset": '7;w=60;name="org_read"'}, 7, "account"),
        ({"x-ratelimit-reset": "42", "retry-after": "5"}, 5, "account"),
        ({"x-ratelimit-reset": "1, 7200", "x-ratelimit-remaining": "99, 0"}, 7200, "app"),
        ({"x-ratelimit-reset": "1, 7200", "x-ratelimit-remaining": "0, 9"}, 1, "account"),
        ({"x-ratelimit-reset": "7200", "x-ratelimit-remaining": "0"}, 7200, "app"),
        ({"x-ratelimit-reset": "soon"}, None, "account"),
        ({}, None, "account"),
    ],
)
def test_when_a_limit_ends_and_whose_it_is(
    pinterest: Pinterest, headers: Any, wait: float | None, bucket: str
) -> None:
    reading = pinterest.classify(answer({"code": 8}, 429, headers))
    assert reading is not None
    assert (reading.retry_after, reading.bucket) == (wait, bucket)


async def test_the_request_id_is_kept(pinterest: Pinterest) -> None:
    send = FakeSend().on("/pins", answer(NOT_PERMITTED, 403, {"x-pinterest-rid": "1234"}))
    with pytest.raises(PlatformFailure) as caught:
        await pinterest.works.fetch_page(client_for(pinterest, send), ACCOUNT, TOKENS, page())
    assert caught.value.request_id == "1234"
