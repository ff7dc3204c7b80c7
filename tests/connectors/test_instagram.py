"""Instagram over both of its logins, over the answers of its documentation."""

import asyncio
import json
from copy import deepcopy
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from openchannels.connectors.meta import insights
from openchannels.connectors.meta.graph import appsecret_proof
from openchannels.connectors.meta.instagram.accounts import NOT_LINKED
from openchannels.connectors.meta.instagram.connector import Instagram
from openchannels.connectors.meta.instagram.works import METRICS
from openchannels.connectors.meta.page_tokens import (
    NO_PAGE_TOKEN,
)
from openchannels.core.accounts import Candidate
from openchannels.core.availability import METRIC_FIELDS
from openchannels.core.clock import iso
from openchannels.core.credentials import Tokens
from openchannels.core.paging import WorksPage
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure
from openchannels.core.platforms import Platform
from openchannels.core.works import ContentMode, Metrics, Work, WorkStatus
from openchannels.transport.client import Answer, Call, TransportError
from tests.connectors.support import NOW, FakeSend, account_of, answer, client_for, page

UID = "17841401234567890"
DAY = 86400
BASIC, INSIGHTS = "instagram_business_basic", "instagram_business_manage_insights"
WRAPPED, FLAT = (
    json.loads(line)
    for line in """
{"data":[{"access_token":"IGAAG1ZBexample...","user_id":"10207654321098765","permissions":"instagram_business_basic,instagram_business_manage_insights"}]}
{"access_token":"IGAAG1ZBexample...","user_id":10207654321098765,"permissions":["instagram_business_basic","instagram_business_manage_insights"]}
""".strip().splitlines()
)
LASTING = json.loads(
    """
{"access_token":"IGAAG1ZBlong...","token_type":"bearer","expires_in":5183944}
"""
)
CODE_USED = json.loads(
    """
{"error_type":"OAuthException","code":400,"error_message":"Matching code was not found or was already used"}
"""  # noqa: E501
)
ME = json.loads(
    """
{"id":"26031234567890123","user_id":"17841401234567890","username":"northpierbakery","name":"North Pier Bakery","account_type":"Business",
 "profile_picture_url":"https://scontent.cdninstagram.com/v/t51/pp.jpg","followers_count":12904,"follows_count":318,"media_count":642}
"""  # noqa: E501
)
MEDIA = json.loads(
    """
{"data":[
 {"id":"17918920912340654","caption":"Rye, 36 hours.","media_type":"VIDEO","media_product_type":"REELS",
  "media_url":"https://scontent.cdninstagram.com/o1/v/t16/reel.mp4","thumbnail_url":"https://scontent.cdninstagram.com/v/t51/reel.jpg",
  "permalink":"https://www.instagram.com/reel/DGx1abCdEfG/","shortcode":"DGx1abCdEfG","timestamp":"2026-08-14T06:30:12+0000",
  "username":"northpierbakery","owner":{"id":"17841401234567890"},"like_count":845,"comments_count":31,
  "insights":{"data":[
    {"name":"views","period":"lifetime","values":[{"value":15320}],"title":"Views","description":"...","id":"17918920912340654/insights/views/lifetime"},
    {"name":"reach","period":"lifetime","values":[{"value":11020}]},{"name":"saved","period":"lifetime","values":[{"value":96}]},
    {"name":"shares","period":"lifetime","values":[{"value":58}]},{"name":"total_interactions","period":"lifetime","values":[{"value":1030}]}]}},
 {"id":"17895695668004550","caption":"Friday table","media_type":"CAROUSEL_ALBUM","media_product_type":"FEED",
  "media_url":"https://scontent.cdninstagram.com/v/t51/c1.jpg","permalink":"https://www.instagram.com/p/DGw9zYxWvUt/","timestamp":"2026-08-11T16:02:45+0000",
  "username":"northpierbakery","comments_count":4,
  "children":{"data":[{"id":"17895695668004551","media_type":"IMAGE","media_url":"https://scontent.cdninstagram.com/v/t51/c1.jpg"}]},
  "insights":{"data":[]}}],
 "paging":{"cursors":{"before":"QVFIUmJ0","after":"QVFIUnpq"},"next":"https://graph.instagram.com/v26.0/17841401234567890/media?access_token=IGAA...&limit=25&after=QVFIUnpq"}}
"""  # noqa: E501
)
OLD_MEDIA = json.loads(
    """
{"error":{"message":"Invalid parameter","type":"OAuthException","code":100,"error_subcode":2108006,"is_transient":false,
 "error_user_title":"Media posted before business account conversion","error_user_msg":"...","fbtrace_id":"AsEo4TGbJgj"}}
"""  # noqa: E501
)
DENIAL = (
    "error=access_denied&error_reason=user_denied&error_description=The+user+denied+your+request"
)
ACCOUNT = account_of(Platform("instagram"), UID, handle="northpierbakery")
TOKENS = Tokens("IGAAG1ZBlong", expires_at=NOW + 50 * DAY, scopes=(BASIC, INSIGHTS))
PAGE_TOKENS = Tokens(
    "EAAGpage",
    scopes=("instagram_basic", "instagram_manage_insights"),
    extra={"page_id": "1048576", "root_token": "ROOT", "root_expires_at": NOW + 20 * DAY},
)


@pytest.fixture
def instagram() -> Instagram:
    return Instagram()


def refusal(
    code: int | None,
    message: str = "no",
    subcode: int | None = None,
    status: int = 400,
    **more: Any,
) -> Any:
    error = {"message": message, "type": "IGApiException", "code": code, **more}
    if subcode is not None:
        error["error_subcode"] = subcode
    return answer({"error": error}, status)


BAD_METRIC = refusal(100, "(#100) metric views is not supported for this media product type")
SCOPE_MISSING = refusal(10, "(#10) Application does not have permission for this action")


def insights_of(**values: Any) -> dict[str, Any]:
    return {"data": [{"name": k, "values": [{"value": v}]} for k, v in values.items()]}


def classified(reply: Any) -> Failure:
    reading = Instagram().classify(reply)
    assert reading is not None
    return reading


async def listed(
    instagram: Instagram, send: FakeSend, request: Any = None, tokens: Tokens = TOKENS
) -> WorksPage:
    return await instagram.works.fetch_page(
        client_for(instagram, send), ACCOUNT, tokens, request or page()
    )


async def mapped(instagram: Instagram, **media: Any) -> Work:
    [work] = (
        await listed(instagram, FakeSend().on("/media", {"data": [{"id": "1", **media}]}))
    ).items
    return work


# Connecting by Instagram Login


def consent(instagram: Instagram, **options: Any) -> tuple[str, dict[str, list[str]]]:
    app = client_for(instagram, FakeSend(), **options).app
    parts = urlsplit(instagram.auth.authorize_url(app, "the-state", None))
    return f"{parts.scheme}://{parts.netloc}{parts.path}", parse_qs(parts.query)


def test_the_consent_page(instagram: Instagram) -> None:
    address, query = consent(instagram)
    assert address == "https://www.instagram.com/oauth/authorize"
    assert query == {
        "client_id": ["app-id"],
        "redirect_uri": ["https://oc.example/callback"],
        "response_type": ["code"],
        "state": ["the-state"],
        "scope": [f"{BASIC},{INSIGHTS}"],
    }


def test_a_denial_is_seen(instagram: Instagram) -> None:
    params = parse_qs(DENIAL)
    for login in ("instagram", "facebook"):
        form = instagram.auth.oauth_config(client_for(instagram, FakeSend(), login=login).app)
        assert any(name in params for name in form.error_params)
        assert not form.pkce


@pytest.mark.parametrize("body", [WRAPPED, FLAT, {**FLAT, "novel": [1]}])
@pytest.mark.parametrize("code", ["AQBx", "AQBx#_"])
async def test_a_code_is_redeemed_in_one_call(instagram: Instagram, body: Any, code: str) -> None:
    send = FakeSend().on("/oauth/access_token", body)
    tokens = await instagram.auth.exchange(client_for(instagram, send), {"code": code}, None)
    assert tokens == Tokens(
        "IGAAG1ZBexample...", expires_at=NOW + 3600, scopes=(BASIC, INSIGHTS), extra={}
    )
    assert [(c.method, c.url) for c in send.calls] == [
        ("POST", "https://api.instagram.com/oauth/access_token")
    ]
    assert send.calls[0].form == {
        "client_id": "app-id",
        "client_secret": "app-secret",
        "grant_type": "authorization_code",
        "redirect_uri": "https://oc.example/callback",
        "code": "AQBx",
    }


@pytest.mark.parametrize("body", [{"access_token": "t"}, {"access_token": "t", "permissions": ""}])
async def test_scopes_may_not_be_told(instagram: Instagram, body: Any) -> None:
    send = FakeSend().on("/oauth/access_token", body)
    tokens = await instagram.auth.exchange(client_for(instagram, send), {"code": "x"}, None)
    assert tokens.scopes is None


def short(message: str, status: int = 400) -> Any:
    body = {"error_type": "OAuthException", "code": 400, "error_message": message}
    return answer(body, status)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (answer(CODE_USED, 400), FailureKind.DEAD_GRANT),
        (refusal(100, "This authorization code has been used", 36009), FailureKind.DEAD_GRANT),
        (short("Invalid platform app"), FailureKind.MISCONFIGURED),
        (short("Error validating client secret."), FailureKind.MISCONFIGURED),
        (short("Redirect URI does not match registered redirect URI"), FailureKind.MISCONFIGURED),
        (short("Please make sure your redirect_uri is identical"), FailureKind.MISCONFIGURED),
        (short("slow down", 429), FailureKind.RATE_LIMITED),
        (short("Sorry, try later", 500), FailureKind.UNAVAILABLE),
        (answer(b"<html>", 502), FailureKind.UNAVAILABLE),
        (answer(b"<html>hello</html>"), FailureKind.MALFORMED),
        (answer({"data": []}), FailureKind.MALFORMED),
        (answer({"data": [{"user_id": 7}]}), FailureKind.MALFORMED),
        (answer([]), FailureKind.MALFORMED),
    ],
)
async def test_a_refused_code_is_sent_once(
    instagram: Instagram, reply: Any, kind: FailureKind
) -> None:
    send = FakeSend().on("/oauth/access_token", reply)
    with pytest.raises(PlatformFailure) as caught:
        await instagram.auth.exchange(client_for(instagram, send), {"code": "AQBx"}, None)
    assert caught.value.kind is kind
    assert len(send.calls) == 1


async def test_the_token_is_made_to_last_once(instagram: Instagram) -> None:
    send = FakeSend().on("graph.instagram.com/access_token", LASTING)
    client = client_for(instagram, send)
    tokens = await instagram.auth.complete(client, Tokens("short", scopes=(BASIC,)))
    assert send.params() == {
        "grant_type": "ig_exchange_token",
        "client_secret": "app-secret",
        "access_token": "short",
    }
    assert (tokens.access_token, tokens.expires_at) == ("IGAAG1ZBlong...", NOW + 5183944)
    assert tokens.scopes == (BASIC,)
    assert await instagram.auth.complete(client, tokens) == tokens, "a callback taken up again"
    assert len(send.calls) == 1
    assert Tokens.from_json(tokens.to_json()) == tokens


@pytest.mark.parametrize(
    ("body", "end"),
    [
        ({"access_token": "long"}, NOW + 60 * DAY),
        ({"access_token": "long", "expires_in": "5183944"}, NOW + 5183944),
        ({"access_token": "long", "expires_in": 5183944, "novel": {}}, NOW + 5183944),
    ],
)
async def test_the_end_of_a_token(instagram: Instagram, body: Any, end: float) -> None:
    send = FakeSend().on("/access_token", body)
    tokens = await instagram.auth.complete(client_for(instagram, send), Tokens("short"))
    assert tokens.expires_at == end
    assert instagram.auth.grant_end(tokens) == end


def lasting(age: float, left: float) -> Tokens:
    return Tokens("long", expires_at=NOW + left, extra={"obtained_at": NOW - age})


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [
        (lasting(DAY, 59 * DAY), True),
        (lasting(DAY - 1, 59 * DAY), False),
        (lasting(59 * DAY, 1), True),
        (lasting(60 * DAY, 0), False),
        (Tokens("of old"), True),
    ],
)
def test_a_token_is_extended_from_its_second_day_to_its_last(
    instagram: Instagram, tokens: Tokens, expected: bool
) -> None:
    assert instagram.auth.refreshable(tokens, NOW) is expected


def test_a_token_is_extended_ten_days_ahead(instagram: Instagram) -> None:
    assert instagram.auth.config.leeway == 10 * DAY


@pytest.mark.parametrize("fresh", ["IGAAG1ZBlong...", "long"])
async def test_an_extension_moves_the_end(instagram: Instagram, fresh: str) -> None:
    send = FakeSend().on("/refresh_access_token", {**LASTING, "access_token": fresh})
    old = Tokens("long", expires_at=NOW + 9 * DAY, scopes=(BASIC,), extra={"obtained_at": 5})
    tokens = await instagram.auth.refresh(client_for(instagram, send), old)
    assert send.calls[0].url == "https://graph.instagram.com/refresh_access_token"
    assert send.params() == {"grant_type": "ig_refresh_token", "access_token": "long"}
    assert tokens == Tokens(
        fresh, expires_at=NOW + 5183944, scopes=(BASIC,), extra={"obtained_at": NOW}
    )


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (refusal(190, "The session has been invalidated", 460), FailureKind.DEAD_GRANT),
        (refusal(190), FailureKind.DEAD_GRANT),
        (refusal(10, "permission"), FailureKind.PERMISSION),
        (refusal(2, status=500), FailureKind.UNAVAILABLE),
        (answer(b"<html>"), FailureKind.MALFORMED),
        (TransportError("timeout", "late"), FailureKind.UNAVAILABLE),
    ],
)
async def test_a_refused_extension(instagram: Instagram, reply: Any, kind: FailureKind) -> None:
    send = FakeSend().on("/refresh_access_token", reply)
    with pytest.raises(PlatformFailure) as caught:
        await instagram.auth.refresh(client_for(instagram, send), TOKENS)
    assert caught.value.kind is kind


@pytest.mark.parametrize("body", [ME, {"data": [ME]}])
async def test_the_account_behind_a_grant(instagram: Instagram, body: Any) -> None:
    send = FakeSend().on("/v26.0/me", body)
    [candidate] = await instagram.accounts.candidates(client_for(instagram, send), TOKENS)
    assert len(send.calls) == 1
    assert send.calls[0].headers == {"Authorization": "Bearer IGAAG1ZBlong"}
    assert "access_token" not in send.params()
    assert "appsecret_proof" not in send.params()
    profile = candidate.profile
    assert profile.account_id == f"instagram_{UID}"
    assert (profile.handle, profile.nickname) == ("northpierbakery", "North Pier Bakery")
    assert profile.avatar == "https://scontent.cdninstagram.com/v/t51/pp.jpg"
    counters = profile.counters
    assert (counters.fans, counters.following, counters.works) == (12904, 318, 642)
    assert (candidate.tokens, candidate.grant_subject) == (TOKENS, UID)


async def test_an_account_of_which_little_is_told(instagram: Instagram) -> None:
    send = FakeSend().on("/me", {"user_id": 17841401234567890, "followers_count": None})
    [candidate] = await instagram.accounts.candidates(client_for(instagram, send), TOKENS)
    assert (candidate.profile.uid, candidate.profile.nickname) == (UID, UID)
    assert candidate.profile.counters.fans is None
    send = FakeSend().on("/me", {"id": "26031234567890123", "username": "nb"})
    [candidate] = await instagram.accounts.candidates(client_for(instagram, send), TOKENS)
    assert (candidate.profile.uid, candidate.profile.nickname) == ("26031234567890123", "nb")


@pytest.mark.parametrize("body", [{}, {"data": []}, [], {"username": "nb"}])
async def test_a_profile_without_id_is_unreadable(instagram: Instagram, body: Any) -> None:
    with pytest.raises(PlatformFailure) as caught:
        await instagram.accounts.candidates(
            client_for(instagram, FakeSend().on("/me", answer(body))), TOKENS
        )
    assert caught.value.kind is FailureKind.MALFORMED


async def test_a_personal_account_is_no_account(instagram: Instagram) -> None:
    send = FakeSend().on("/me", refusal(100, "The user is not an Instagram Business"))
    assert await instagram.accounts.candidates(client_for(instagram, send), TOKENS) == []
    assert instagram.accounts.empty_hint is not None


# Connecting by Facebook Login


def test_the_dialog_of_facebook(instagram: Instagram) -> None:
    address, query = consent(instagram, login="facebook", graph_version="v27.0")
    assert address == "https://www.facebook.com/v27.0/dialog/oauth"
    assert query["scope"] == [
        "instagram_basic,instagram_manage_insights,pages_show_list,pages_read_engagement,"
        "business_management"
    ]
    app = client_for(instagram, FakeSend(), login="facebook").app
    assert instagram.auth.oauth_config(app).required_scopes == (
        "instagram_basic",
        "pages_show_list",
    )


def test_what_a_person_should_do_depends_on_the_login(instagram: Instagram) -> None:
    texts = [
        instagram.auth.instructions_for(client_for(instagram, FakeSend(), login=login).app).en
        for login in ("instagram", "facebook")
    ]
    assert ["Facebook" in text for text in texts] == [False, True]


def linked(identifier: str, uid: str | None, **more: Any) -> dict[str, Any]:
    row: dict[str, Any] = {"id": identifier, "access_token": f"token-{identifier}", **more}
    if uid:
        row["instagram_business_account"] = {"id": uid, "username": f"name-{uid}"}
    return row


async def test_the_accounts_behind_a_persons_pages(instagram: Instagram) -> None:
    full = {**{k: ME[k] for k in ME if k not in ("id", "user_id")}, "id": UID}
    rows = [
        {"id": "1", "name": "Bakery", "access_token": "EAAG1", "instagram_business_account": full},
        linked("2", None),
        linked("3", "34", access_token=None),
        None,
    ]
    link = "https://graph.facebook.com/v26.0/me/accounts?access_token=EAAG&after=A1"
    send = FakeSend().on("/oauth/access_token", LASTING)
    send.on("/me/permissions", {"data": [{"permission": "instagram_basic", "status": "granted"}]})
    send.on("/me/accounts", {"data": [linked("4", "17"), linked("5", UID)]}, after="A1")
    send.on("/me/accounts", {"data": rows, "paging": {"cursors": {"after": "A1"}, "next": link}})
    send.on("/me", {"id": "10229988776655443"})
    client = client_for(instagram, send, login="facebook")
    root = await instagram.auth.complete(
        client, await instagram.auth.exchange(client, {"code": "AQD"}, None)
    )
    seen = await instagram.accounts.candidates(client, root)
    first, second = (one for one in seen if one.unusable is None)
    assert {one.profile.uid: one.unusable for one in seen if one.unusable} == {
        "2": NOT_LINKED,
        "34": NO_PAGE_TOKEN,
    }
    assert len(send.calls) == 6
    assert [c.url.partition("/v26.0")[0] for c in send.calls] == ["https://graph.facebook.com"] * 6
    assert second.profile.uid == "17"
    profile = first.profile
    assert (profile.account_id, profile.handle) == (f"instagram_{UID}", "northpierbakery")
    assert profile.counters.works == 642
    assert first.grant_subject == "10229988776655443"
    assert first.tokens.expires_at is None
    assert instagram.auth.grant_end(first.tokens) is None
    assert first.tokens.extra["root_expires_at"] == NOW + 5183944
    assert Candidate.from_dict(json.loads(json.dumps(first.to_dict()))) == first


async def test_a_person_without_linked_accounts(instagram: Instagram) -> None:
    send = FakeSend().on("/me/accounts", {"data": [linked("1", None)]}).on("/me", {"id": "7"})
    client = client_for(instagram, send, login="facebook")
    [page] = await instagram.accounts.candidates(client, Tokens("root"))
    assert (page.profile.uid, page.unusable) == ("1", NOT_LINKED)


async def test_a_pages_token_is_fetched_again(instagram: Instagram) -> None:
    assert instagram.auth.refreshable(PAGE_TOKENS, NOW)
    assert not instagram.auth.refreshable(PAGE_TOKENS, NOW + 20 * DAY)
    send = FakeSend().on("/v26.0/1048576", {"access_token": "fresh"})
    fresh = await instagram.auth.refresh(client_for(instagram, send), PAGE_TOKENS)
    assert (fresh.access_token, fresh.extra) == ("fresh", PAGE_TOKENS.extra)
    assert send.calls[0].headers == {"Authorization": "Bearer ROOT"}


async def test_a_refused_page_token_may_still_be_renewed(instagram: Instagram) -> None:
    for tokens, kind in (
        (PAGE_TOKENS, FailureKind.TOKEN_EXPIRED),
        (TOKENS, FailureKind.DEAD_GRANT),
    ):
        with pytest.raises(PlatformFailure) as caught:
            await listed(instagram, FakeSend().on("/media", refusal(190)), tokens=tokens)
        assert caught.value.kind is kind


async def test_facebooks_host_is_asked_with_a_proof_and_for_more(instagram: Instagram) -> None:
    row = {"id": "1", "saved_count": 9, "shares_count": "4", "insights": {"data": []}}
    send = FakeSend().on("/media", {"data": [row]})
    [work] = (await listed(instagram, send, tokens=PAGE_TOKENS)).items
    assert send.calls[0].url == f"https://graph.facebook.com/v26.0/{UID}/media"
    assert appsecret_proof("app-secret", "EAAGpage", NOW).items() <= send.params().items()
    assert work.metrics == Metrics(saves=9, collects=9, shares=4)
    assert len(send.calls) == 1


# Works


async def test_a_page_of_works_takes_one_call(instagram: Instagram) -> None:
    send = FakeSend().on("/media", MEDIA)
    result = await listed(instagram, send)
    assert len(send.calls) == 1
    assert send.calls[0].url == f"https://graph.instagram.com/v26.0/{UID}/media"
    assert f"insights.metric({METRICS})" in send.params()["fields"]
    assert "saved_count" not in send.params()["fields"]
    assert (result.next, result.previous) == ("after=QVFIUnpq", None)
    reel, album = result.items
    assert (reel.id, reel.mode) == ("17918920912340654", ContentMode.VIDEO)
    assert (reel.title, reel.description) == (None, "Rye, 36 hours.")
    assert reel.url == "https://www.instagram.com/reel/DGx1abCdEfG/"
    assert reel.cover_url == "https://scontent.cdninstagram.com/v/t51/reel.jpg"
    assert iso(reel.published_at or 0) == "2026-08-14T06:30:12.000Z"
    assert (reel.author_name, reel.author_uid) == ("northpierbakery", UID)
    assert reel.status is WorkStatus.PUBLISHED
    assert reel.metrics == Metrics(
        views=15320,
        plays=15320,
        reach=11020,
        likes=845,
        comments=31,
        collects=96,
        saves=96,
        shares=58,
        engagements=1030,
    )
    assert album.mode is ContentMode.IMAGE
    assert album.cover_url == "https://scontent.cdninstagram.com/v/t51/c1.jpg"
    assert (album.author_name, album.author_uid) == ("northpierbakery", UID)
    assert album.metrics == Metrics(comments=4), "hidden likes and missing insights are no zeros"


async def test_the_declared_fields_are_those_that_come(instagram: Instagram) -> None:
    named = instagram.works.coverage.names() & set(METRIC_FIELDS)
    assert named == set(METRIC_FIELDS) - {"impressionCount", "clickCount", "watchTimeSeconds"}


PICTURE, THUMB = (
    "https://scontent.cdninstagram.com/p.jpg",
    "https://scontent.cdninstagram.com/t.jpg",
)
CLIP = "https://scontent.cdninstagram.com/v.mp4"


@pytest.mark.parametrize(
    ("media", "mode", "cover"),
    [
        ({"media_type": "IMAGE", "media_url": PICTURE}, ContentMode.IMAGE, PICTURE),
        ({"media_type": "IMAGE"}, ContentMode.IMAGE, None),
        (
            {"media_type": "VIDEO", "media_url": CLIP, "thumbnail_url": THUMB},
            ContentMode.VIDEO,
            THUMB,
        ),
        ({"media_type": "VIDEO", "media_url": CLIP}, ContentMode.VIDEO, None),
        ({"media_type": "REELS", "thumbnail_url": THUMB}, ContentMode.VIDEO, THUMB),
        ({"media_product_type": "REELS", "media_url": CLIP}, ContentMode.VIDEO, None),
        ({"media_type": "CAROUSEL", "media_url": PICTURE}, ContentMode.IMAGE, PICTURE),
        (
            {
                "media_type": "CAROUSEL_ALBUM",
                "children": {"data": [{"media_type": "IMAGE", "media_url": PICTURE}]},
            },
            ContentMode.IMAGE,
            PICTURE,
        ),
        (
            {
                "media_type": "CAROUSEL_ALBUM",
                "media_url": CLIP,
                "children": {
                    "data": [{"media_type": "VIDEO", "media_url": CLIP, "thumbnail_url": THUMB}]
                },
            },
            ContentMode.IMAGE,
            THUMB,
        ),
        ({"media_type": "HOLOGRAM", "media_product_type": "NOVEL"}, ContentMode.IMAGE, None),
        ({}, ContentMode.IMAGE, None),
    ],
)
async def test_kinds_and_covers(
    instagram: Instagram, media: Any, mode: ContentMode, cover: str | None
) -> None:
    work = await mapped(instagram, **media)
    assert (work.mode, work.cover_url) == (mode, cover)


async def test_a_bare_work_is_only_an_id(instagram: Instagram) -> None:
    work = await mapped(instagram)
    assert (work.url, work.description, work.published_at) == (None, None, None)
    assert (work.author_name, work.author_uid) == ("northpierbakery", UID)
    assert work.metrics == Metrics()


@pytest.mark.parametrize(
    "written",
    ["2026-08-14T06:30:12+0000", "2026-08-14T06:30:12", "2026-08-14T08:30:12+02:00", 1786689012],
)
async def test_times_with_and_without_zone(instagram: Instagram, written: Any) -> None:
    work = await mapped(instagram, timestamp=written)
    assert iso(work.published_at or 0) == "2026-08-14T06:30:12.000Z"


async def test_odd_values_are_left_out(instagram: Instagram) -> None:
    row = {"name": "views", "total_value": {"value": "12"}}
    work = await mapped(
        instagram,
        media_type="IMAGE",
        like_count="7",
        comments_count=None,
        timestamp="soon",
        owner={"id": 99},
        insights={"data": [row, {"name": "reach", "values": []}, None]},
    )
    assert work.metrics == Metrics(views=12, likes=7)
    assert (work.author_uid, work.author_name) == ("99", None)
    assert work.published_at is None


LINK = f"https://graph.instagram.com/v26.0/{UID}/media?access_token=IGAA-secret&limit=25"
CURSORS = {"before": "QjE=", "after": "QTE="}


@pytest.mark.parametrize(
    ("paging", "expected"),
    [
        ({"cursors": CURSORS}, (None, None)),
        ({"cursors": CURSORS, "next": LINK}, ("after=QTE%3D", None)),
        ({"cursors": CURSORS, "previous": LINK}, (None, "before=QjE%3D")),
        ({"next": LINK + "&after=QTI"}, ("after=QTI", None)),
        ({"next": 7}, (None, None)),
        (None, (None, None)),
    ],
)
async def test_only_links_tell_of_further_pages(
    instagram: Instagram, paging: Any, expected: Any
) -> None:
    send = FakeSend().on("/media", {"data": [], "paging": paging})
    result = await listed(instagram, send, page("after=x", limit=100))
    assert (result.next, result.previous) == expected
    assert (send.params()["after"], send.params()["limit"]) == ("x", "100")


async def test_a_cursor_goes_back(instagram: Instagram) -> None:
    send = FakeSend().on("/media", MEDIA)
    await listed(instagram, send, page("before=QjE%3D", direction="previous"))
    assert send.params()["before"] == "QjE="
    assert "after" not in send.params()


# Insights that the list does not give


@pytest.mark.parametrize("reply", [SCOPE_MISSING, refusal(200, "Permissions error")])
async def test_a_missing_scope_costs_one_more_call_once(instagram: Instagram, reply: Any) -> None:
    send = FakeSend().on("/media", reply, MEDIA)
    client = client_for(instagram, send)
    assert len((await instagram.works.fetch_page(client, ACCOUNT, TOKENS, page())).items) == 2
    assert ["insights" in send.params(i)["fields"] for i in (0, 1)] == [True, False]
    await instagram.works.fetch_page(client, ACCOUNT, TOKENS, page())
    assert len(send.calls) == 3
    assert "insights" not in send.params()["fields"]
    other = account_of(Platform("instagram"), "77")
    await instagram.works.fetch_page(client, other, TOKENS, page())
    assert "insights" in send.params()["fields"], "remembered for that account alone"


async def test_without_any_permission_nothing_is_remembered(instagram: Instagram) -> None:
    send = FakeSend().on("/media", SCOPE_MISSING)
    client = client_for(instagram, send)
    for _ in range(2):
        with pytest.raises(PlatformFailure) as caught:
            await instagram.works.fetch_page(client, ACCOUNT, TOKENS, page())
        assert caught.value.kind is FailureKind.PERMISSION
    assert len(send.calls) == 4


async def test_insights_that_were_not_granted_are_not_asked_for(instagram: Instagram) -> None:
    send = FakeSend().on("/media", MEDIA)
    await listed(instagram, send, tokens=Tokens("t", scopes=(BASIC,)))
    assert "insights" not in send.params()["fields"]
    await listed(instagram, send, tokens=Tokens("t"))
    assert "insights" in send.params()["fields"]


async def test_one_old_work_does_not_cost_the_others_their_insights(instagram: Instagram) -> None:
    bare = {"data": [{"id": "1"}, {"id": "2"}, {"id": "3"}]}
    send = FakeSend().on("/media", answer(OLD_MEDIA, 400), bare)
    send.on("/1/insights", insights_of(views=5, reach=4, saved=3, shares=2, total_interactions=1))
    send.on("/2/insights", answer(OLD_MEDIA, 400))
    send.on("/3/insights", insights_of(reach=9), metric="reach").on("/3/insights", BAD_METRIC)
    client = client_for(instagram, send)
    result = await instagram.works.fetch_page(client, ACCOUNT, TOKENS, page())
    assert [work.metrics for work in result.items] == [
        Metrics(views=5, reach=4, collects=3, saves=3, shares=2, engagements=1),
        Metrics(),
        Metrics(reach=9),
    ]
    assert len(send.calls) == 2 + 1 + 1 + 2
    again = await instagram.works.fetch_page(client, ACCOUNT, TOKENS, page())
    assert again.items == result.items
    assert len(send.calls) == 6 + 1, "the way and the numbers are remembered for a while"


async def test_a_failing_insight_costs_only_itself(instagram: Instagram) -> None:
    send = FakeSend().on("/media", BAD_METRIC, {"data": [{"id": "1"}, {"id": "2"}]})
    send.on("/1/insights", TransportError("network", "reset")).on(
        "/2/insights", insights_of(reach=1)
    )
    result = await listed(instagram, send)
    assert [work.metrics.reach for work in result.items] == [None, 1]
    assert len(send.calls) == 4


async def test_a_throttle_ends_the_reading_of_insights(instagram: Instagram) -> None:
    works = {"data": [{"id": str(i)} for i in range(30)]}
    send = FakeSend().on("/media", BAD_METRIC, works).on("/insights", refusal(4))
    result = await listed(instagram, send)
    assert len(result.items) == 30
    assert len(send.calls) <= 2 + 5


async def test_insights_have_a_budget_of_time(
    instagram: Instagram, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(insights, "TIME_BUDGET", 1.0)
    script = FakeSend().on("/media", BAD_METRIC, {"data": [{"id": "1"}, {"id": "2"}]})
    script.on("/insights", insights_of(reach=1))

    async def slow(call: Call) -> Answer:
        if call.url.endswith("/2/insights"):
            await asyncio.Event().wait()
        return await script(call)

    client = replace(client_for(instagram, script), send=slow)
    result = await instagram.works.fetch_page(client, ACCOUNT, TOKENS, page())
    assert [work.metrics.reach for work in result.items] == [1, None]


def part(body: Any, code: int = 200) -> dict[str, Any]:
    return {"code": code, "body": body if isinstance(body, str) else json.dumps(body)}


def batch_of(call: Call) -> list[str]:
    """The addresses that a batch asked for."""
    requests = json.loads(str(dict(call.form or {})["batch"]))
    assert {request["method"] for request in requests} == {"GET"}
    return [request["relative_url"] for request in requests]


async def test_facebooks_host_takes_insights_in_batches(instagram: Instagram) -> None:
    works = {"data": [{"id": str(i)} for i in range(60)]}
    parts = [part(insights_of(views=i)) for i in range(50)]
    parts[2:5] = [part(OLD_MEDIA, 400), part("<html>"), part([])]
    send = (
        FakeSend()
        .on("/media", BAD_METRIC, works)
        .on("/v26.0/", parts, [part(insights_of(reach=1)) for _ in range(10)])
    )
    result = await listed(instagram, send, page(limit=100), tokens=PAGE_TOKENS)
    assert len(send.calls) == 4
    assert send.calls[2].method == "POST"
    form = dict(send.calls[2].form or {})
    assert form["include_headers"] == "false"
    assert appsecret_proof("app-secret", "EAAGpage", NOW).items() <= form.items()
    asked = batch_of(send.calls[2])
    assert (len(asked), asked[0]) == (50, f"0/insights?metric={METRICS}")
    views = [work.metrics.views for work in result.items]
    assert views[:6] == [0, 1, None, None, None, 5]
    assert result.items[50].metrics == Metrics(reach=1)


async def test_refused_parts_of_a_batch_are_asked_for_what_can_be_had(
    instagram: Instagram,
) -> None:
    works = {"data": [{"id": str(i)} for i in range(4)]}
    refused = part({"error": {"code": 100, "message": "metric saved is not supported"}}, 400)
    first = [part(insights_of(views=7)), refused, None, part(OLD_MEDIA, 400)]
    second = [part(insights_of(reach=3)), part(insights_of(views=9))]
    send = FakeSend().on("/media", BAD_METRIC, works).on("/v26.0/", first, second)
    result = await listed(instagram, send, tokens=PAGE_TOKENS)
    assert [work.metrics for work in result.items] == [
        Metrics(views=7),
        Metrics(reach=3),
        Metrics(views=9),
        Metrics(),
    ]
    assert batch_of(send.calls[3]) == [
        "1/insights?metric=reach",
        f"2/insights?metric={METRICS}",
    ]
    assert len(send.calls) == 4


async def test_a_part_that_concerns_all_works_ends_the_batches(instagram: Instagram) -> None:
    works = {"data": [{"id": str(i)} for i in range(60)]}
    denied = part({"error": {"code": 10, "message": "(#10) permission"}}, 403)
    send = FakeSend().on("/media", BAD_METRIC, works).on("/v26.0/", [denied] * 50)
    client = client_for(instagram, send)
    for calls in (3, 4):
        await instagram.works.fetch_page(client, ACCOUNT, PAGE_TOKENS, page(limit=100))
        assert len(send.calls) == calls, "the missing permission is remembered"


async def test_a_missing_permission_of_the_page_costs_one_call(instagram: Instagram) -> None:
    words = "Any of the permission(s) must be granted before impersonating a user's page."
    send = FakeSend().on("/media", refusal(190, words))
    with pytest.raises(PlatformFailure) as caught:
        await listed(instagram, send, tokens=PAGE_TOKENS)
    assert caught.value.kind is FailureKind.PERMISSION
    assert len(send.calls) == 1


@pytest.mark.parametrize("reply", [refusal(2, status=500), {"odd": 1}, SCOPE_MISSING])
async def test_a_failed_batch_costs_only_the_insights(instagram: Instagram, reply: Any) -> None:
    send = FakeSend().on("/media", BAD_METRIC, MEDIA).on("/v26.0/", reply)
    assert len((await listed(instagram, send, tokens=PAGE_TOKENS)).items) == 2


async def test_a_heavy_page_is_halved(instagram: Instagram) -> None:
    heavy = refusal(1, "Please reduce the amount of data you're asking for", status=500)
    send = FakeSend().on("/media", heavy, MEDIA)
    await listed(instagram, send, page(limit=100))
    assert [send.params(i)["limit"] for i in (0, 1)] == ["100", "50"]
    assert "insights" in send.params()["fields"]


# Failures


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (refusal(190), FailureKind.DEAD_GRANT),
        (refusal(190, subcode=460), FailureKind.DEAD_GRANT),
        (refusal(190, subcode=463), FailureKind.DEAD_GRANT),
        (refusal(102), FailureKind.DEAD_GRANT),
        (refusal(190, "Error validating application. It was deleted."), FailureKind.MISCONFIGURED),
        (refusal(101), FailureKind.MISCONFIGURED),
        (refusal(10), FailureKind.PERMISSION),
        (refusal(3), FailureKind.PERMISSION),
        (refusal(200), FailureKind.PERMISSION),
        (refusal(299), FailureKind.PERMISSION),
        (refusal(100, "The user is not an Instagram Business"), FailureKind.PERMISSION),
        (
            refusal(10, "(#10) Not enough viewers for the media to show insights"),
            FailureKind.INVALID,
        ),
        (refusal(4), FailureKind.RATE_LIMITED),
        (refusal(17), FailureKind.RATE_LIMITED),
        (refusal(32), FailureKind.RATE_LIMITED),
        (refusal(613), FailureKind.RATE_LIMITED),
        (refusal(80002), FailureKind.RATE_LIMITED),
        (answer(b"", 429), FailureKind.RATE_LIMITED),
        (refusal(1), FailureKind.UNAVAILABLE),
        (refusal(2), FailureKind.UNAVAILABLE),
        (refusal(-1), FailureKind.UNAVAILABLE),
        (refusal(99999, is_transient=True), FailureKind.UNAVAILABLE),
        (answer(b"<html>", 503), FailureKind.UNAVAILABLE),
        (answer(OLD_MEDIA, 400), FailureKind.INVALID),
        (refusal(100), FailureKind.INVALID),
        (refusal(24), FailureKind.NOT_FOUND),
        (refusal(100, "cannot be loaded due to missing permissions", 33), FailureKind.NOT_FOUND),
    ],
)
def test_failures_by_code_before_status(reply: Any, kind: FailureKind) -> None:
    assert classified(reply).kind is kind


def test_success_is_no_failure(instagram: Instagram) -> None:
    assert instagram.classify(answer(MEDIA)) is None


def test_a_throttle_says_whose_it_is_and_when_it_ends() -> None:
    usage = json.dumps({UID: [{"type": "instagram", "estimated_time_to_regain_access": 19}]})
    reading = classified(
        answer({"error": {"code": 80002}}, 400, {"x-business-use-case-usage": usage})
    )
    assert (reading.retry_after, reading.bucket) == (19 * 60, "account")
    assert classified(refusal(4)).bucket == "app"


async def test_a_page_of_html_is_malformed(instagram: Instagram) -> None:
    with pytest.raises(PlatformFailure) as caught:
        await listed(instagram, FakeSend().on("/media", answer(b"<html>")))
    assert caught.value.kind is FailureKind.MALFORMED


async def test_the_examples_are_left_as_they_are(instagram: Instagram) -> None:
    before = deepcopy(MEDIA)
    await listed(instagram, FakeSend().on("/media", MEDIA))
    assert before == MEDIA
