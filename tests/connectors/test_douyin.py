"""Douyin against the answers that its documents show: website apps and mini-apps."""

import hashlib
import json
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from openchannels.connectors.douyin.connector import Douyin
from openchannels.core.accounts import Counters
from openchannels.core.credentials import Tokens
from openchannels.core.inbound import InboundMessage, InboundRefused
from openchannels.core.paging import WorksPage
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.platforms import AuthType, Platform
from openchannels.core.works import ContentMode, Metrics, WorkStatus
from openchannels.transport.platform_app import App
from tests.connectors.support import NOW, FakeSend, account_of, answer, client_for, page

DOUYIN = Douyin()
OPEN_ID = "_000QadFMhmU1jNCI3JdPnyVDL6XavC70dFy"
ACCOUNT = account_of(Platform("douyin"), OPEN_ID, nickname="老周木工")
DAY = 86_400
GRANTED = ("user_info", "video.list.bind")
TOKENS = Tokens(
    "act.3a91c0...",
    "rft.c29d51...",
    expires_at=NOW + 15 * DAY,
    refresh_expires_at=NOW + 30 * DAY,
    scopes=GRANTED,
    extra={"open_id": OPEN_ID},
)
WEB = App(
    "aw-key", "secret", "https://oc.example/callback", DOUYIN.auth.config.scopes, {"form": "web"}
)
MINI = replace(WEB, client_id="tt07e371", options={"form": "miniapp"})

TOKEN = json.loads(
    """{"data":{"access_token":"act.3a91c0...","description":"","error_code":0,"expires_in":1296000,"open_id":"_000QadFMhmU1jNCI3JdPnyVDL6XavC70dFy",
 "refresh_expires_in":2592000,"refresh_token":"rft.c29d51...","scope":"user_info,video.list.bind","captcha":"","desc_url":"","log_id":"20251009165320010"},"message":"success"}"""
)
REFUSED = json.loads(
    """{"data":{"description":"参数不合法","error_code":2100005},"extra":{"logid":"2025..","now":1760000000},"message":"error"}"""
)
CLIENT_TOKEN = json.loads(
    """{"data":{"access_token":"clt.9f..","description":"","error_code":0,"expires_in":7200},"message":"success"}"""
)
QR = json.loads(
    """{"err_no":0,"err_msg":"success","log_id":"2025...","data":{"img":"iVBORw0KGgo..."}}"""
)
SESSION = json.loads(
    """{"err_no":0,"err_tips":"success","data":{"session_key":"..","openid":"_000QadFMhmU1jNCI3JdPnyVDL6XavC70dFy","anonymous_openid":"","unionid":"b1c2.."}}"""
)
BAD_LOGIN = json.loads('{"err_no":40018,"err_tips":"bad code","data":{}}')
CALLBACK = json.loads(
    """{"state":"s1","token":"login-code","nickname":"老周木工","avatar":"https://p3.douyinpic.com/a.jpeg","tickets":{"ma.user.data":"t-user","ma.video.bind":"t-video"}}"""
)
RENEWED = json.loads(
    """{"data":{"description":"","error_code":0,"expires_in":2592000,"refresh_token":"rft.new.."},"message":"success"}"""
)
PERSON = json.loads(
    """{"data":{"avatar":"https://p3.douyinpic.com/aweme/100x100/aweme-avatar/tos-cn_5d.jpeg","captcha":"","city":"","client_key":"aw7tduvjdk1a0x3r","country":"","desc_url":"",
 "description":"","district":"","e_account_role":"EAccountM","error_code":0,"gender":0,"log_id":"2025..","nickname":"老周木工","open_id":"_000QadFMhmU1jNCI3JdPnyVDL6XavC70dFy","province":"","union_id":"b138db97-5d60-5b2d-b3a3-a87c51fe0f3b"},"message":"success"}"""
)
GATEWAY = json.loads('{"err_no":28001003,"err_msg":"access_token无效","log_id":"2025.."}')
FANS = {
    "data": {
        "error_code": 0,
        "result_list": [
            {"date": "2025-10-08", "new_fans": "12", "total_fans": "5310"},
            {"date": "2025-10-07", "new_fans": "3", "total_fans": "5298"},
        ],
    }
}
LISTING = json.loads(
    """{"data":{"error_code":0,"description":"","has_more":true,"cursor":1759829400000,"list":[
 {"item_id":"@8hxdhauTCMppanGnM4ltGM780mDqPP+KPpR0qQOmLVAXb/T060zdRmYqig357zEBq6CZRp4NVe6qLIJW/V/x1w==",
  "video_id":"7558123456789012345","title":"榫卯小凳 #木工",
  "cover":"https://p3-sign.douyinpic.com/obj/c.jpeg?x-expires=..","create_time":1759915800,"is_reviewed":true,"is_top":false,"media_type":4,"video_status":5,
  "share_url":"https://www.iesdouyin.com/share/video/7558123456789012345/?region=CN&..",
  "statistics":{"comment_count":18,"digg_count":402,"download_count":3,"forward_count":9,"play_count":15230,"share_count":21}}]},
 "extra":{"error_code":0,"description":"","sub_error_code":0,"sub_description":"","logid":"20251009..","now":1760000000123}}"""
)


def refused(code: Any) -> dict[str, Any]:
    return {"data": {"description": "no", "error_code": code}, "message": "error"}


def listing(items: list[Any], **more: Any) -> dict[str, Any]:
    return {"data": {"error_code": 0, "list": items, **more}}


def web(send: FakeSend) -> Any:
    return replace(client_for(DOUYIN, send), app=WEB)


def mini(send: FakeSend) -> Any:
    return replace(client_for(DOUYIN, send), app=MINI)


async def works(send: FakeSend, position: str | None = None, limit: int = 10) -> WorksPage:
    return await DOUYIN.works.fetch_page(web(send), ACCOUNT, TOKENS, page(position, limit))


# Connecting a website app


def test_authorization_address() -> None:
    url = DOUYIN.auth.authorize_url(WEB, "s1", None)
    assert url.startswith("https://open.douyin.com/platform/oauth/connect/?")
    assert parse_qs(urlsplit(url).query) == {
        "client_key": ["aw-key"],
        "response_type": ["code"],
        "scope": ["user_info,video.list.bind"],
        "redirect_uri": ["https://oc.example/callback"],
        "state": ["s1"],
        "optionalScope": ["data.external.user,1,renew_refresh_token,1"],
    }
    plain = DOUYIN.auth.authorize_url(replace(WEB, scopes=("user_info", "video.list")), "s1", None)
    assert "optionalScope" not in plain
    assert DOUYIN.auth.oauth_config(
        replace(WEB, scopes=("user_info", "video.list"))
    ).required_scopes == (
        "user_info",
        "video.list",
    )


async def test_a_website_app_starts_without_a_call() -> None:
    send = FakeSend()
    url = await DOUYIN.auth.start_url(web(send), "s1", None)
    assert url == DOUYIN.auth.authorize_url(WEB, "s1", None)
    assert not send.calls
    assert DOUYIN.auth.auth_type(WEB) is AuthType.OAUTH2
    assert not DOUYIN.auth.callback_json(WEB)


async def test_exchange() -> None:
    send = FakeSend().on("/oauth/access_token/", TOKEN)
    assert await DOUYIN.auth.exchange(web(send), {"code": "c1"}, None) == TOKENS
    (call,) = send.calls
    assert (call.method, call.url) == ("POST", "https://open.douyin.com/oauth/access_token/")
    assert call.form == {
        "client_key": "aw-key",
        "client_secret": "secret",
        "code": "c1",
        "grant_type": "authorization_code",
    }


async def test_numbers_as_text_and_no_end() -> None:
    data = {**TOKEN["data"], "expires_in": "1296000", "error_code": "0"}
    send = FakeSend().on("/oauth/access_token/", {"data": data})
    assert (await DOUYIN.auth.exchange(web(send), {"code": "c"}, None)).expires_at == NOW + 15 * DAY
    send = FakeSend().on("/oauth/access_token/", {"data": {"access_token": "a"}})
    tokens = await DOUYIN.auth.exchange(web(send), {"code": "c"}, None)
    assert tokens == Tokens("a", expires_at=NOW + 15 * DAY)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (REFUSED, FailureKind.INVALID),
        (refused("10007"), FailureKind.DEAD_GRANT),
        (refused(10013), FailureKind.MISCONFIGURED),
        (b"<html>", FailureKind.MALFORMED),
        ({"data": {"error_code": 0}}, FailureKind.MALFORMED),
        ({"message": "success"}, FailureKind.MALFORMED),
    ],
)
async def test_a_refused_or_unreadable_exchange(body: Any, kind: FailureKind) -> None:
    send = FakeSend().on("/oauth/access_token/", body)
    with pytest.raises(PlatformFailure) as failure:
        await DOUYIN.auth.exchange(web(send), {"code": "c1"}, None)
    assert (failure.value.kind, len(send.calls)) == (kind, 1)


async def test_candidate() -> None:
    send = FakeSend().on("/oauth/userinfo/", PERSON)
    (found,) = await DOUYIN.accounts.candidates(web(send), TOKENS)
    profile = found.profile
    assert profile.account_id == f"douyin_{OPEN_ID}"
    assert profile.account == OPEN_ID
    assert profile.nickname == "老周木工"
    assert profile.avatar is not None
    assert profile.avatar.endswith("tos-cn_5d.jpeg")
    assert profile.counters == Counters()
    (call,) = send.calls
    assert call.form == {"open_id": OPEN_ID, "access_token": TOKENS.access_token}


async def test_followers_where_the_scope_was_granted() -> None:
    tokens = replace(TOKENS, scopes=(*GRANTED, "data.external.user"))
    send = FakeSend().on("/oauth/userinfo/", PERSON).on("/user/fans/", FANS)
    (found,) = await DOUYIN.accounts.candidates(web(send), tokens)
    assert found.profile.counters == Counters(fans=5310)
    assert send.calls[1].headers["access-token"] == TOKENS.access_token
    send = FakeSend().on("/oauth/userinfo/", PERSON).on("/user/fans/", refused(2190004))
    (found,) = await DOUYIN.accounts.candidates(web(send), tokens)
    assert found.profile.counters == Counters()


async def test_a_gateway_error_of_another_form() -> None:
    send = FakeSend().on("/oauth/userinfo/", GATEWAY)
    with pytest.raises(PlatformFailure) as failure:
        await DOUYIN.accounts.candidates(web(send), TOKENS)
    assert failure.value.kind is FailureKind.TOKEN_EXPIRED
    assert failure.value.request_id == "2025.."


# Refreshing


async def test_refresh_sends_no_secret() -> None:
    data = {"access_token": "act.2", "expires_in": "1296000", "error_code": 0}
    send = FakeSend().on("/oauth/refresh_token/", {"data": data})
    fresh = await DOUYIN.auth.refresh(web(send), TOKENS)
    assert (fresh.access_token, fresh.refresh_token) == ("act.2", "rft.c29d51...")
    assert fresh.refresh_expires_at == TOKENS.refresh_expires_at
    assert fresh.extra == TOKENS.extra
    (call,) = send.calls
    assert call.form == {
        "client_key": "aw-key",
        "grant_type": "refresh_token",
        "refresh_token": "rft.c29d51...",
    }


def late(renewals: int = 0, scopes: tuple[str, ...] = ("renew_refresh_token",)) -> Tokens:
    """Tokens of which the refresh token is in its last days."""
    extra = {"open_id": OPEN_ID, **({"renewals": renewals} if renewals else {})}
    end = NOW + 2 * DAY
    return replace(TOKENS, refresh_expires_at=end, scopes=(*GRANTED, *scopes), extra=extra)


REFRESHED = {"data": {"access_token": "act.2", "expires_in": 1296000, "error_code": 0}}


async def test_an_ending_refresh_token_is_renewed() -> None:
    send = FakeSend().on("/oauth/refresh_token/", REFRESHED)
    send.on("/oauth/renew_refresh_token/", RENEWED)
    fresh = await DOUYIN.auth.refresh(web(send), late(2))
    assert (fresh.access_token, fresh.refresh_token) == ("act.2", "rft.new..")
    assert fresh.refresh_expires_at == NOW + 30 * DAY
    assert fresh.extra["renewals"] == 3
    assert send.calls[1].form == {"client_key": "aw-key", "refresh_token": "rft.c29d51..."}
    assert len(send.calls) == 2


@pytest.mark.parametrize("tokens", [late(5), late(scopes=()), TOKENS])
async def test_a_renewal_that_is_not_due_or_not_to_be_had(tokens: Tokens) -> None:
    send = FakeSend().on("/oauth/refresh_token/", REFRESHED)
    fresh = await DOUYIN.auth.refresh(web(send), tokens)
    assert fresh.refresh_token == "rft.c29d51..."
    assert len(send.calls) == 1


@pytest.mark.parametrize("body", [refused(10020), b"<html>", {"data": {"error_code": 0}}])
async def test_a_renewal_that_fails_leaves_the_refreshed_token(body: Any) -> None:
    send = FakeSend().on("/oauth/refresh_token/", REFRESHED)
    send.on("/oauth/renew_refresh_token/", body)
    fresh = await DOUYIN.auth.refresh(web(send), late())
    assert (fresh.access_token, fresh.refresh_token) == ("act.2", "rft.c29d51...")
    assert "renewals" not in fresh.extra


async def test_a_dead_refresh_token() -> None:
    send = FakeSend().on("/oauth/refresh_token/", refused(10010))
    with pytest.raises(PlatformFailure) as failure:
        await DOUYIN.auth.refresh(web(send), TOKENS)
    assert (failure.value.kind, len(send.calls)) == (FailureKind.DEAD_GRANT, 1)


# Connecting by a mini-app


async def test_a_mini_app_starts_with_a_picture() -> None:
    send = FakeSend().on("/client_token/", CLIENT_TOKEN).on("/qrcode/create/", QR)
    client = mini(send)
    for _ in range(2):
        url = await DOUYIN.auth.start_url(client, "s-1_x", None)
        assert url == "data:image/png;base64,iVBORw0KGgo..."
    assert send.paths == [""] * 3, "the client token is shared"
    assert json.loads(send.calls[0].body or b"") == {
        "client_key": "tt07e371",
        "client_secret": "secret",
        "grant_type": "client_credential",
    }
    assert send.calls[1].headers["access-token"] == "clt.9f.."
    assert json.loads(send.calls[1].body or b"") == {
        "app_name": "douyin",
        "appid": "tt07e371",
        "path": "pages%2Findex%2Findex%3FauthType%3Dchannel%26state%3Ds-1_x",
        "width": 430,
        "is_circle_code": False,
    }
    assert DOUYIN.auth.auth_type(MINI) is AuthType.QRCODE
    assert DOUYIN.auth.callback_json(MINI)
    assert "mini-app" in DOUYIN.auth.instructions_for(MINI).en


async def test_a_stale_client_token_is_fetched_again_once() -> None:
    send = FakeSend().on("/client_token/", CLIENT_TOKEN)
    send.on("/qrcode/create/", {"err_no": 28001003}, QR)
    await DOUYIN.auth.start_url(mini(send), "s", None)
    assert len(send.calls) == 4
    send = FakeSend().on("/client_token/", CLIENT_TOKEN)
    send.on("/qrcode/create/", {"err_no": 28001003})
    with pytest.raises(PlatformFailure) as failure:
        await DOUYIN.auth.start_url(mini(send), "s", None)
    assert (failure.value.kind, len(send.calls)) == (FailureKind.MISCONFIGURED, 4)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (refused(10013), FailureKind.MISCONFIGURED),
        (refused(2190004), FailureKind.MISCONFIGURED),
        (refused(10020), FailureKind.RATE_LIMITED),
        (b"<html>", FailureKind.MALFORMED),
        ({"data": {}}, FailureKind.MALFORMED),
    ],
)
async def test_a_start_that_fails_is_the_operators_matter(body: Any, kind: FailureKind) -> None:
    with pytest.raises(PlatformFailure) as failure:
        await DOUYIN.auth.start_url(mini(FakeSend().on("/client_token/", body)), "s", None)
    assert failure.value.kind is kind


def ticket(scope: str, name: str, **more: Any) -> dict[str, Any]:
    data = {**TOKEN["data"], "access_token": name, "refresh_token": f"r-{name}", "scope": scope}
    return {"data": {**data, **more}}


def miniapp_send(**routes: Any) -> FakeSend:
    send = FakeSend()
    send.on("/access_token/", routes.get("user", ticket("ma.user.data", "u")), code="t-user")
    send.on("/access_token/", routes.get("video", ticket("ma.video.bind", "v")), code="t-video")
    send.on("/jscode2session", routes.get("login", SESSION))
    send.on("/user/get_fans/", routes.get("fans", FANS))
    return send


PARAMS = {**CALLBACK, "tickets": json.dumps(CALLBACK["tickets"])}


async def test_mini_app_callback() -> None:
    send = miniapp_send()
    client = mini(send)
    assert DOUYIN.auth.oauth_config(MINI).code_param == "token"
    first = await DOUYIN.auth.exchange(client, PARAMS, None)
    assert len(send.calls) == 1
    tokens = await DOUYIN.auth.complete(client, Tokens.from_json(first.to_json()))
    assert tokens.access_token == "u"
    assert (
        tokens.scopes
        == DOUYIN.auth.oauth_config(MINI).required_scopes
        == ("ma.user.data", "ma.video.bind")
    )
    assert len(send.calls) == 3
    assert json.loads(send.calls[1].body or b"") == {
        "appid": "tt07e371",
        "secret": "secret",
        "code": "login-code",
    }
    assert await DOUYIN.auth.complete(client, tokens) is tokens
    (found,) = await DOUYIN.accounts.candidates(client, Tokens.from_json(tokens.to_json()))
    assert found.profile.uid == OPEN_ID
    assert found.profile.nickname == "老周木工"
    assert found.profile.avatar == "https://p3.douyinpic.com/a.jpeg"
    assert found.profile.counters == Counters(fans=5310)
    assert "t-video" not in found.tokens.to_json().decode()


async def test_nested_follower_counts() -> None:
    nested = {"data": {"data": FANS["data"]}}
    tokens = Tokens("u", extra={"open_id": OPEN_ID})
    (found,) = await DOUYIN.accounts.candidates(mini(miniapp_send(fans=nested)), tokens)
    assert found.profile.counters == Counters(fans=5310)
    assert found.profile.nickname == OPEN_ID


@pytest.mark.parametrize("tickets", ["{}", "[]", "nonsense", '{"ma.other":"t"}', None])
async def test_a_callback_without_tickets(tickets: str | None) -> None:
    params = {name: value for name, value in PARAMS.items() if name != "tickets"}
    with pytest.raises(PlatformFailure) as failure:
        await DOUYIN.auth.exchange(
            mini(FakeSend()), params | ({"tickets": tickets} if tickets else {}), None
        )
    assert failure.value.reading.code == "no_ticket"


async def test_a_missing_ticket_leaves_its_scope_out() -> None:
    client = mini(miniapp_send())
    params = {**PARAMS, "tickets": '{"ma.user.data":"t-user"}'}
    tokens = await DOUYIN.auth.complete(client, await DOUYIN.auth.exchange(client, params, None))
    assert tokens.scopes == ("ma.user.data",)


@pytest.mark.parametrize(
    "routes",
    [
        {"login": {"err_no": 0, "data": {"openid": "someone"}}},
        {"video": ticket("ma.video.bind", "v", open_id="someone")},
        {"login": BAD_LOGIN},
    ],
)
async def test_tickets_must_be_of_the_person_who_logged_in(routes: dict[str, Any]) -> None:
    client = mini(miniapp_send(**routes))
    first = await DOUYIN.auth.exchange(client, PARAMS, None)
    with pytest.raises(PlatformFailure) as failure:
        await DOUYIN.auth.complete(client, first)
    assert failure.value.category == "auth"


async def test_a_second_try_does_not_spend_the_login_code_again() -> None:
    send = miniapp_send()
    send._script[1] = ("/access_token/", {"code": "t-video"}, [answer(b"", 502), answer(TOKEN)])
    client = mini(send)
    first = await DOUYIN.auth.exchange(client, PARAMS, None)
    with pytest.raises(PlatformFailure):
        await DOUYIN.auth.complete(client, first)
    await DOUYIN.auth.complete(client, first)
    assert [call.url for call in send.calls].count(
        "https://developer.toutiao.com/api/apps/v2/jscode2session"
    ) == 1


async def test_a_mini_app_refreshes_both_grants_with_its_own_key() -> None:
    client = mini(miniapp_send())
    tokens = await DOUYIN.auth.complete(client, await DOUYIN.auth.exchange(client, PARAMS, None))
    send = FakeSend().on("/refresh_token/", ticket("ma.user.data", "u2"), refresh_token="r-u")
    send.on("/refresh_token/", refused(10010), ticket("", "v2"), refresh_token="r-v")
    fresh = await DOUYIN.auth.refresh(mini(send), Tokens.from_json(tokens.to_json()))
    assert fresh.access_token == "u2"
    assert fresh.extra["others"]["ma.video.bind"]["access_token"] == "v"
    again = await DOUYIN.auth.refresh(mini(send), replace(fresh, refresh_token="r-u"))
    assert again.extra["others"]["ma.video.bind"]["access_token"] == "v2"
    assert {(call.form or {})["client_key"] for call in send.calls} == {"tt07e371"}


# Works


async def test_works() -> None:
    send = FakeSend().on("/video/video_list/", LISTING)
    found = await works(send)
    (work,) = found.items
    assert work.id == "7558123456789012345"
    assert work.mode is ContentMode.VIDEO
    assert work.title == work.description == "榫卯小凳 #木工"
    assert work.url == "https://www.douyin.com/video/7558123456789012345"
    assert work.cover_url == "https://p3-sign.douyinpic.com/obj/c.jpeg?x-expires=.."
    assert work.published_at == 1759915800
    assert (work.author_name, work.author_uid) == ("老周木工", OPEN_ID)
    assert work.status is WorkStatus.PUBLISHED
    assert work.metrics == Metrics(views=15230, plays=15230, likes=402, comments=18, shares=21)
    assert found.next == "1759829400000"
    (call,) = send.calls
    assert call.url == "https://open.douyin.com/api/douyin/v1/video/video_list/"
    assert call.headers["access-token"] == TOKENS.access_token
    assert send.params() == {"open_id": OPEN_ID, "cursor": "0", "count": "10"}
    await works(send, found.next, 20)
    assert send.params() == {"open_id": OPEN_ID, "cursor": "1759829400000", "count": "20"}


async def test_an_image_set_and_an_item_without_a_number() -> None:
    items = [
        {"video_id": 755, "media_type": 2},
        {"item_id": "@8h+/=", "share_url": "http://www.iesdouyin.com/s"},
        {},
    ]
    images, unnumbered = (await works(FakeSend().on("/video_list/", listing(items)))).items
    assert (images.id, images.mode) == ("755", ContentMode.IMAGE)
    assert images.url == "https://www.douyin.com/note/755"
    assert (unnumbered.id, unnumbered.url) == ("@8h+/=", "https://www.iesdouyin.com/s")
    assert unnumbered.status is unnumbered.title is unnumbered.published_at is None
    assert unnumbered.metrics == Metrics()


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"video_status": 1}, WorkStatus.PUBLISHED),
        ({"video_status": "5"}, WorkStatus.PUBLISHED),
        ({"video_status": 6}, WorkStatus.PRIVATE),
        ({"video_status": 7}, WorkStatus.PRIVATE),
        ({"video_status": 4}, WorkStatus.REVIEWING),
        ({"video_status": 2}, WorkStatus.REJECTED),
        ({"video_status": 99}, None),
        ({"is_reviewed": False}, WorkStatus.REVIEWING),
        ({"is_reviewed": True}, None),
        ({"create_time": 0}, None),
    ],
)
async def test_statuses(fields: dict[str, Any], status: WorkStatus | None) -> None:
    send = FakeSend().on("/video_list/", listing([{"video_id": "1", **fields}]))
    (work,) = (await works(send)).items
    assert work.status is status
    assert work.published_at is None


async def test_counts_as_text() -> None:
    counts = {"digg_count": "402", "play_count": "--", "comment_count": None}
    items = [{"video_id": "1", "statistics": counts}]
    (work,) = (await works(FakeSend().on("/video_list/", listing(items)))).items
    assert work.metrics == Metrics(likes=402)


async def test_pages_that_were_filtered_empty_are_passed_over() -> None:
    empty = [answer(listing([], has_more=True, cursor=n)) for n in (5, 6)]
    send = FakeSend().on("/video_list/", *empty, answer(LISTING))
    found = await works(send)
    assert [send.params(n)["cursor"] for n in range(3)] == ["0", "5", "6"]
    assert len(found.items) == 1
    endless = [answer(listing([], has_more=True, cursor=n)) for n in range(5, 20)]
    send = FakeSend().on("/video_list/", *endless)
    found = await works(send)
    assert (found.items, found.next, len(send.calls)) == ([], "8", 4)


@pytest.mark.parametrize(
    ("more", "following"),
    [
        ({"has_more": False, "cursor": 9}, None),
        ({"has_more": True}, None),
        ({"has_more": True, "cursor": "0"}, None),
        ({"has_more": 1, "cursor": "9"}, "9"),
    ],
)
async def test_the_end_of_a_list(more: dict[str, Any], following: str | None) -> None:
    send = FakeSend().on("/video_list/", listing([{"video_id": "1"}], **more))
    assert (await works(send)).next == following
    assert len(send.calls) == 1


@pytest.mark.parametrize("body", [{"data": {"error_code": 0}}, {}, [], b"<html>"])
async def test_an_unreadable_list(body: Any) -> None:
    with pytest.raises(PlatformFailure) as failure:
        await works(FakeSend().on("/video_list/", body))
    assert failure.value.kind is FailureKind.MALFORMED


def test_only_website_apps_list_works() -> None:
    assert DOUYIN.works_absence(WEB) is None
    assert DOUYIN.works_absence(None) is None
    absence = DOUYIN.works_absence(MINI)
    assert absence is not None
    assert absence[0] == "no_public_api"


# Pushes

PUSHED = (
    b'{"event":"unauthorize","client_key":"ck_demo","from_user_id":"","to_user_id":"","content":{}}'
)
SIGNED = "7f2a5e80b4ed4e73960cfc7cd8f544689d4a74b2"


async def push(body: bytes, signature: str | None = None) -> Any:
    client = replace(client_for(DOUYIN, FakeSend()), app=replace(WEB, client_secret="cs_demo"))
    signature = signature or hashlib.sha1(b"cs_demo" + body).hexdigest()
    return await DOUYIN.inbound.receive(
        client, InboundMessage("POST", {}, {"x-douyin-signature": signature}, body)
    )


async def test_the_signature_of_the_documents() -> None:
    assert (await push(PUSHED, SIGNED)).revoked == {}
    for wrong in (SIGNED[:-1] + "3", "ü", " "):
        with pytest.raises(InboundRefused):
            await push(PUSHED, wrong)


async def test_what_pushes_say() -> None:
    event = {"event": "unauthorize", "from_user_id": OPEN_ID, "content": {}}
    assert (await push(json.dumps(event).encode())).revoked == {OPEN_ID: NOW}
    check = {"event": "verify_webhook", "content": {"challenge": 12345}}
    answered = await push(json.dumps(check).encode())
    assert json.loads(answered.body) == {"challenge": 12345}
    assert (await push(b'{"event":"create_video"}')).revoked == {}
    assert (await push(b"[]")).revoked == {}
    with pytest.raises(InboundRefused):
        await push(b"no json")


# Failures


@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        (FailureKind.TOKEN_EXPIRED, [10008, 2190002, 2190008, 28001003, 28001008]),
        (FailureKind.DEAD_GRANT, [10010, 10007, 2190003, 2190015]),
        (
            FailureKind.MISCONFIGURED,
            [10003, 10013, 10006, 10011, 10012, 10014, 10015, 10017, 2190016],
        ),
        (FailureKind.PERMISSION, [10004, 2190004, 28001014, 28001016, 28001018, 28001019]),
        (FailureKind.PERMISSION, [2100007, 2100009]),
        (FailureKind.RATE_LIMITED, [10020]),
        (FailureKind.QUOTA, [2190001, 28003017]),
        (FailureKind.UNAVAILABLE, [2100004, 28001005, 28001006]),
        (FailureKind.INVALID, [10002, 10005, 2100005, 28001007, 31337]),
        (FailureKind.NOT_FOUND, [2111007]),
    ],
)
def test_codes(kind: FailureKind, codes: list[int]) -> None:
    for code in codes:
        for body in (
            {"extra": {"error_code": code}, "data": {"error_code": 0}},
            {"err_no": str(code)},
            refused(code),
            {"data": {"errorCode": str(code)}},
            {"data": {"extra": {"error_code": code}}},
            {"error_code": code, "err_no": ""},
        ):
            reading = DOUYIN.classify(answer(body))
            assert reading is not None
            assert (reading.kind, reading.code) == (kind, str(code))


def test_statuses_without_a_code() -> None:
    for status, kind in ((429, FailureKind.RATE_LIMITED), (502, FailureKind.UNAVAILABLE)):
        for body in (b"<html>", {"data": {"error_code": "0"}}, refused(31337)):
            reading = DOUYIN.classify(answer(body, status))
            assert reading is not None
            assert reading.kind is kind
    assert (
        DOUYIN.classify(answer({"data": {"error_code": "0"}, "extra": {"error_code": ""}})) is None
    )
