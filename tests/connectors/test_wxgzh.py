"""wxGzh against the answers, the pushes and the vectors that its documents show."""

import asyncio
import base64
import json
import struct
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from openchannels.connectors.wechat import component
from openchannels.connectors.wechat.crypto import InvalidEnvelope, decrypt, read_xml, signature
from openchannels.connectors.wechat.official_account.connector import MINI_PROGRAM, WxGzh
from openchannels.core.accounts import Counters
from openchannels.core.credentials import Tokens
from openchannels.core.inbound import InboundMessage, InboundRefused, InboundResult
from openchannels.core.paging import WorksPage
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.platforms import Platform
from openchannels.core.works import ContentMode, Metrics, WorkStatus
from openchannels.transport.app_tokens import InMemoryState, StoredValue
from openchannels.transport.cache import Cache
from openchannels.transport.platform_app import App
from openchannels.transport.platform_client import PlatformClient
from tests.connectors.support import FakeSend, account_of, answer, page

WXGZH = WxGzh()
NOW = 1_762_700_000.0  # 2025-11-09 in China.
TOKEN = "demoToken2025"
APPID = "wx1234567890abcdef"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
AUTHORIZER = "wxf8b4f85f3a794e77"
APP = App(
    APPID,
    "component-secret",
    "https://oc.example/callback",
    (),
    {"component_token": TOKEN, "component_aes_key": AES_KEY},
)
ACCOUNT = account_of(Platform("wxGzh"), AUTHORIZER, nickname="川西骑行志")
TOKENS = Tokens(
    "QXjUqNqfYVH0yBE1iI_7vuN..",
    "dTo-YCXPL4llX-u1W1pPpnp8Hgm4wpJtlR6iV0doKdY",
    expires_at=NOW + 7200,
    scopes=("1", "7"),
    extra={"appid": AUTHORIZER},
)

ENCRYPT = (
    "Q3stYC6hdFzMh9T8HCvyDKb6hlk6EhYdsSIhyH5jhcFCWC0Q/luwxJb+pM28nS9FD6xOeeAfjvQFZbWsI9G1UbbLub3"
    "pPCovjW7PO2PJqpUo2MpJy0dQ7o+7B40pr36teCDJGPp4F3D0cwGZUYPy1Q+fa3PtZbZYN5QZhsUJcYLHevJqlmuaT8"
    "JnRiFPHNI5QbEhRXdRsMP1J/yGm+7a85KaWkJWF3pK07isVZrkMP45EUqpCqVacxbUnKblnv8RuHGZKtDJUAhXhkXsz"
    "UXWqvUAagYKFUiVvoTtt7kQj4elL0UykahmnY1Rj+Ql74AqUKDskqlqhoXthaqXcQZJXFgj43G2oQISFWZghi04Vewp"
    "HP7BF1u+/f9cXQMwwCe5"
)
TICKET_XML = (
    "<xml><AppId><![CDATA[wx1234567890abcdef]]></AppId><CreateTime>1760000000</CreateTime>"
    "<InfoType><![CDATA[component_verify_ticket]]></InfoType>"
    "<ComponentVerifyTicket><![CDATA[ticket@@@demo-ticket-value]]></ComponentVerifyTicket></xml>"
)
COMPONENT_TOKEN = json.loads(
    '{"component_access_token":"61W3mEpU66027wgNZ_Mh..","expires_in":7200}'
)
PRE_AUTH = json.loads('{"pre_auth_code":"preauthcode@@@Cx_Dk6q..","expires_in":600}')
GRANT = json.loads(
    """{"authorization_info":{"authorizer_appid":"wxf8b4f85f3a794e77","authorizer_access_token":"QXjUqNqfYVH0yBE1iI_7vuN..","expires_in":7200,
 "authorizer_refresh_token":"dTo-YCXPL4llX-u1W1pPpnp8Hgm4wpJtlR6iV0doKdY",
 "func_info":[{"funcscope_category":{"id":1}},{"funcscope_category":{"id":7}}]}}"""
)
EXPIRED_CODE = json.loads('{"errcode":61010,"errmsg":"code is expired"}')
REFRESHED = json.loads(
    '{"authorizer_access_token":"a2","expires_in":7200,"authorizer_refresh_token":"r2"}'
)
INFO = json.loads(
    """{"authorizer_info":{"nick_name":"川西骑行志","head_img":"http://wx.qlogo.cn/mmopen/GPy/0","service_type_info":{"id":0},"verify_type_info":{"id":0},
  "user_name":"gh_eb5e3a772040","principal_name":"成都某某文化有限公司","alias":"chuanxiride",
  "business_info":{"open_store":0,"open_scan":0,"open_pay":0,"open_card":0,"open_shake":0},
  "qrcode_url":"http://mmbiz.qpic.cn/mmbiz_jpg/0","account_status":1,"signature":"骑行与路书"},
 "authorization_info":{"authorizer_appid":"wxf8b4f85f3a794e77","authorizer_refresh_token":"dTo-..",
  "func_info":[{"funcscope_category":{"id":7}}]}}"""
)
CUMULATE = json.loads('{"list":[{"ref_date":"2025-10-08","cumulate_user":12170}]}')
LISTING = json.loads(
    """{"total_count":126,"item_count":2,"item":[
 {"article_id":"b1XkP3m9mZ8n0V7QkqU4d5","update_time":1759915800,"content":{"news_item":[
   {"title":"折多山七天路书","author":"阿周","digest":"海拔、补给、天气一次说清","content":"","content_source_url":"","thumb_media_id":"kJ3v..","thumb_url":"http://mmbiz.qpic.cn/mmbiz_jpg/a/0",
    "show_cover_pic":0,"need_open_comment":1,"only_fans_can_comment":0,"url":"http://mp.weixin.qq.com/s?__biz=MzA5&mid=2650001234&idx=1&sn=9c1e&chksm=8f..#rd","is_deleted":false},
   {"title":"装备清单","author":"阿周","digest":"","content":"","content_source_url":"","thumb_media_id":"kJ4v..","show_cover_pic":0,"need_open_comment":0,"only_fans_can_comment":0,
    "url":"http://mp.weixin.qq.com/s?__biz=MzA5&mid=2650001234&idx=2&sn=77aa#rd","is_deleted":true}]}}]}"""
)
DAY = json.loads(
    """{"is_delay":false,"list":[{"ref_date":"2025-11-08","msgid":"2650001234_1","publish_type":1,"title":"折多山七天路书","content_url":"http://mp.weixin.qq.com/s?__biz=MzA5&mid=2650001234&idx=1&sn=9c1e#rd",
 "detail_list":[{"stat_date":"2025-11-09","read_user":1880,"read_user_source":[{"user_count":900,"scene_desc":"公众号消息"}],"share_user":77,"zaikan_user":31,"like_user":120,"comment_count":14,"collection_user":52,
   "praise_money":0,"read_subscribe_user":3,"read_delivery_rate":0.12,"read_finish_rate":0.48,"read_avg_activetime":63.5,"read_jump_position":[]}]}]}"""
)
READ = Metrics(views=1880, likes=120, comments=14, shares=77, collects=52, saves=52)


def line(send: FakeSend, now: float = NOW, ticket: str | None = "ticket@@@1") -> PlatformClient:
    """A line to the played platform, which has pushed a ticket."""
    shared_state = InMemoryState(lambda: now)
    if ticket:
        shared_state._entries["verify_ticket"] = StoredValue(ticket, now + 43_200, 1)
    return PlatformClient(
        platform=WXGZH.id,
        app=APP,
        send=send,
        classify=WXGZH.classify,
        cache=Cache(lambda: now),
        clock=lambda: now,
        shared_state=shared_state,
    )


def platform(**routes: Any) -> FakeSend:
    names = {
        "token": ("/api_component_token", COMPONENT_TOKEN),
        "preauth": ("/api_create_preauthcode", PRE_AUTH),
        "grant": ("/api_query_auth", GRANT),
        "refreshed": ("/api_authorizer_token", REFRESHED),
        "info": ("/api_get_authorizer_info", INFO),
        "fans": ("/datacube/getusercumulate", CUMULATE),
        "works": ("/freepublish/batchget", LISTING),
        "day": ("/datacube/getarticletotaldetail", DAY),
        "start": ("/api_start_push_ticket", {"errcode": 0, "errmsg": "ok"}),
    }
    send = FakeSend()
    for name, (path, body) in names.items():
        given = routes.get(name, body)
        send.on(path, *(given if isinstance(given, tuple) else (given,)))
    return send


def body_of(send: FakeSend, index: int = -1) -> Any:
    return json.loads(send.calls[index].body or b"")


def refused(code: Any) -> dict[str, Any]:
    return {"errcode": code, "errmsg": "no rid: 68e7a1-1b2c-3d"}


# Signature and encryption


def test_signature_vectors() -> None:
    parts = (TOKEN, "1760000000", "1234567890")
    assert signature(*parts) == "8f650188e40b17f437c0d5dcb434486aa0d4f529"
    assert signature(*parts, ENCRYPT) == "9aff1e1439bc6e5586eb10d5ab8ae1f50501e541"
    assert signature(*parts, "ENCRYPTED_DEMO") == "891da33ea3f638c8c7328f3383ab8729dc24c872"


def test_decryption_vector() -> None:
    assert len(TICKET_XML.encode()) == 232
    assert decrypt(AES_KEY, ENCRYPT, APPID).decode() == TICKET_XML
    with pytest.raises(InvalidEnvelope):
        decrypt(AES_KEY, ENCRYPT, "wx-another-app")


def seal(message: str, appid: str = APPID, pad: int | None = None) -> str:
    """Encrypt as WeChat does."""
    plain = b"0123456789abcdef" + struct.pack(">I", len(message.encode())) + message.encode()
    plain += appid.encode()
    size = 32 - len(plain) % 32
    plain += bytes((size if pad is None else pad,)) * size
    key = base64.b64decode(AES_KEY + "=")
    sealer = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(sealer.update(plain) + sealer.finalize()).decode()


def test_our_own_sealing_is_the_documents() -> None:
    assert seal(TICKET_XML) == ENCRYPT


@pytest.mark.parametrize(
    "sealed", ["", "no base64!", "QUJD", base64.b64encode(bytes(32)).decode(), seal("x", pad=33)]
)
def test_a_text_that_is_not_sealed_as_it_should_be(sealed: str) -> None:
    with pytest.raises(InvalidEnvelope):
        decrypt(AES_KEY, sealed, APPID)


def test_xml() -> None:
    read = read_xml(b"<xml><A><![CDATA[<1&]]>2</A><B> 3 </B><C><D>4</D></C><E/></xml>")
    assert read == {"A": "<1&2", "B": " 3 ", "C": "", "E": ""}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no xml",
        b"<xml><A></xml>",
        b'<!DOCTYPE xml [<!ENTITY a "b">]><xml><A>&a;</A></xml>',
        '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE xml><xml/>'.encode("utf-16"),
        b"<xml>" * 3,
    ],
)
def test_hostile_xml(body: bytes) -> None:
    with pytest.raises(InvalidEnvelope):
        read_xml(body)


# Pushes


def pushed(message: str, now: float = NOW, **query: str) -> InboundMessage:
    sealed = seal(message)
    stamp = str(int(now))
    given = {
        "timestamp": stamp,
        "nonce": "n",
        "encrypt_type": "aes",
        "msg_signature": signature(TOKEN, stamp, "n", sealed),
        **query,
    }
    envelope = f"<xml><AppId>{APPID}</AppId><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>"
    return InboundMessage("POST", given, {}, envelope.encode())


def event(kind: str, **fields: str) -> str:
    inner = "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in fields.items())
    return f"<xml><AppId>{APPID}</AppId><InfoType>{kind}</InfoType>{inner}</xml>"


async def take(client: PlatformClient, push: InboundMessage) -> InboundResult:
    found = await WXGZH.inbound.receive(client, push)
    assert found is not None
    return found


async def test_the_ticket_of_the_documents_is_kept() -> None:
    client = line(FakeSend(), 1_760_000_000, ticket=None)
    query = {
        "signature": "8f650188e40b17f437c0d5dcb434486aa0d4f529",
        "timestamp": "1760000000",
        "nonce": "1234567890",
        "encrypt_type": "aes",
        "msg_signature": "9aff1e1439bc6e5586eb10d5ab8ae1f50501e541",
    }
    body = f"<xml><AppId><![CDATA[{APPID}]]></AppId><Encrypt><![CDATA[{ENCRYPT}]]></Encrypt></xml>"
    answered = await take(client, InboundMessage("POST", query, {}, body.encode()))
    assert answered == InboundResult("success")
    kept = await client.shared_state.get("verify_ticket")
    assert kept is not None
    assert (kept.value, kept.expires_at) == ("ticket@@@demo-ticket-value", 1_760_043_200)


async def test_the_newest_ticket_counts() -> None:
    client = line(FakeSend())
    for number in (2, 3):
        message = event("component_verify_ticket", ComponentVerifyTicket=f"ticket@@@{number}")
        await take(client, pushed(message))
    kept = await client.shared_state.get("verify_ticket")
    assert kept is not None
    assert kept.value == "ticket@@@3"


@pytest.mark.parametrize(
    "change",
    [
        {"msg_signature": "0" * 40},
        {"msg_signature": ""},
        {"msg_signature": "ü"},
        {"nonce": "other"},
        {"timestamp": str(int(NOW) - 901)},
        {"timestamp": "x"},
    ],
)
async def test_pushes_that_prove_nothing(change: dict[str, str]) -> None:
    with pytest.raises(InboundRefused):
        await WXGZH.inbound.receive(line(FakeSend()), pushed(event("unauthorized"), **change))


async def test_a_push_that_cannot_be_read() -> None:
    good = pushed(event("unauthorized"))
    stale = pushed(event("unauthorized"), NOW - 3600)
    for push in (replace(good, body=b"<xml/>"), replace(good, body=b"{}"), stale):
        with pytest.raises(InboundRefused):
            await WXGZH.inbound.receive(line(FakeSend()), push)


async def test_the_check_of_an_address() -> None:
    client = line(FakeSend(), 1_760_000_000)
    query = {
        "signature": "8f650188e40b17f437c0d5dcb434486aa0d4f529",
        "timestamp": "1760000000",
        "nonce": "1234567890",
        "echostr": "echo me",
    }
    assert (await take(client, InboundMessage("GET", query))).body == "echo me"
    with pytest.raises(InboundRefused):
        await WXGZH.inbound.receive(client, InboundMessage("GET", {**query, "nonce": "x"}))


async def test_a_revoked_grant() -> None:
    message = event("unauthorized", AuthorizerAppid=AUTHORIZER, CreateTime="1762699999")
    assert (await take(line(FakeSend()), pushed(message))).revoked == {AUTHORIZER: 1_762_699_999}


async def test_a_pushed_code_finds_its_session() -> None:
    client = line(platform())
    await WXGZH.auth.start_url(client, "secret-state", None)
    fields = {
        "AuthorizerAppid": AUTHORIZER,
        "AuthorizationCode": "queryauthcode@@@1",
        "PreAuthCode": PRE_AUTH["pre_auth_code"],
    }
    found = await take(client, pushed(event("authorized", **fields)))
    assert found.callback == {"state": "secret-state", "auth_code": "queryauthcode@@@1"}
    foreign = event("authorized", **{**fields, "PreAuthCode": "another"})
    assert (await take(client, pushed(foreign))).callback is None


@pytest.mark.parametrize("kind", ["updateauthorized", "notify_third_fasteregister", ""])
async def test_any_event_is_answered_with_success(kind: str) -> None:
    assert await take(line(FakeSend()), pushed(event(kind))) == InboundResult("success")


# The component's own calls


async def test_start_address() -> None:
    send = platform()
    url = await WXGZH.auth.start_url(line(send), "secret-state", None)
    assert url.startswith("https://mp.weixin.qq.com/cgi-bin/componentloginpage?")
    assert parse_qs(urlsplit(url).query) == {
        "component_appid": [APPID],
        "pre_auth_code": ["preauthcode@@@Cx_Dk6q.."],
        "redirect_uri": ["https://oc.example/callback?state=secret-state"],
        "auth_type": ["1"],
    }
    assert WXGZH.auth.starts_on_our_page
    assert send.paths == ["api_component_token", "api_create_preauthcode"]
    assert body_of(send, 0) == {
        "component_appid": APPID,
        "component_appsecret": "component-secret",
        "component_verify_ticket": "ticket@@@1",
    }
    assert body_of(send, 1) == {"component_appid": APPID}
    assert send.params() == {"component_access_token": "61W3mEpU66027wgNZ_Mh.."}


async def test_the_component_token_is_fetched_once() -> None:
    send = platform()
    client = line(send)
    await asyncio.gather(*(WXGZH.auth.start_url(client, f"s{n}", None) for n in range(20)))
    assert send.paths.count("api_component_token") == 1


@pytest.mark.parametrize("code", [40001, 42001, "40014"])
async def test_a_stale_component_token_is_fetched_again_once(code: Any) -> None:
    send = platform(preauth=(refused(code), PRE_AUTH))
    await WXGZH.auth.start_url(line(send), "s", None)
    assert send.paths == ["api_component_token", "api_create_preauthcode"] * 2
    send = platform(preauth=refused(code))
    with pytest.raises(PlatformFailure) as failure:
        await WXGZH.auth.start_url(line(send), "s", None)
    assert failure.value.kind is FailureKind.MISCONFIGURED
    assert len(send.calls) == 4


async def test_without_a_ticket_wechat_is_asked_to_push(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("openchannels.connectors.wechat.component.TICKET_PAUSE", 0)
    send = platform()
    with pytest.raises(PlatformFailure) as failure:
        await WXGZH.auth.start_url(line(send, ticket=None), "s", None)
    assert (failure.value.kind, failure.value.reading.code) == (
        FailureKind.MISCONFIGURED,
        "no_ticket",
    )
    assert send.paths == ["api_start_push_ticket"]
    assert body_of(send) == {"component_appid": APPID, "component_secret": "component-secret"}
    client = line(send, ticket=None)
    message = event("component_verify_ticket", ComponentVerifyTicket="ticket@@@9")
    started = asyncio.create_task(WXGZH.auth.start_url(client, "s", None))
    await asyncio.sleep(0)
    await take(client, pushed(message))
    assert "pre_auth_code" in await started


@pytest.mark.parametrize("body", [b"<html>", {}, [], {"component_access_token": ""}])
async def test_an_unreadable_component_token(body: Any) -> None:
    with pytest.raises(PlatformFailure) as failure:
        await WXGZH.auth.start_url(line(platform(token=body)), "s", None)
    assert failure.value.kind is FailureKind.MALFORMED


@pytest.mark.parametrize("code", [61005, 61006])
async def test_a_ticket_refused_once_is_sent_once_more(code: int) -> None:
    send = platform(token=(refused(code), COMPONENT_TOKEN))
    await WXGZH.auth.start_url(line(send), "state", None)
    assert send.paths == ["api_component_token", "api_component_token", "api_create_preauthcode"]


async def test_a_ticket_refused_twice_is_not_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(component, "TICKET_PAUSE", 0.0)
    send = platform(token=refused(61006))
    client = line(send)
    with pytest.raises(PlatformFailure) as caught:
        await WXGZH.auth.start_url(client, "state", None)
    assert (caught.value.kind, caught.value.retryable) == (FailureKind.MISCONFIGURED, True)
    assert send.paths == ["api_component_token"] * 2
    with pytest.raises(PlatformFailure) as caught:
        await WXGZH.auth.start_url(client, "state", None)
    assert caught.value.reading.code == "no_ticket"
    assert send.paths[2:] == ["api_start_push_ticket"], "WeChat is asked for another"


@pytest.mark.parametrize("code", [61004, 61005, 61006, 40164, 40013, 40125, 41004, 61007, 48001])
async def test_what_the_component_is_refused_is_never_the_accounts(code: int) -> None:
    send = platform(refreshed=refused(code))
    with pytest.raises(PlatformFailure) as failure:
        await WXGZH.auth.refresh(line(send), TOKENS)
    assert failure.value.kind is FailureKind.MISCONFIGURED


# Connecting


@pytest.mark.parametrize(
    ("params", "read"),
    [
        ({"state": "S", "auth_code": "C"}, {"state": "S", "auth_code": "C"}),
        ({"state": "S?auth_code=C", "expires_in": "600"}, {"state": "S", "auth_code": "C"}),
        ({"state": "S"}, {"state": "S"}),
        ({"auth_code": "C"}, {"state": "", "auth_code": "C"}),
    ],
)
def test_callback_parameters(params: dict[str, str], read: dict[str, str]) -> None:
    found = WXGZH.auth.callback_params(params)
    assert {name: value for name, value in found.items() if name != "expires_in"} == read


async def test_exchange() -> None:
    send = platform()
    params = {"state": "S", "auth_code": "queryauthcode@@@.."}
    assert WXGZH.auth.config.code_param == "auth_code"
    assert await WXGZH.auth.exchange(line(send), params, None) == TOKENS
    assert send.paths == ["api_component_token", "api_query_auth"]
    assert body_of(send) == {"component_appid": APPID, "authorization_code": "queryauthcode@@@.."}


async def test_a_grant_with_texts_for_numbers_and_gaps() -> None:
    info = {
        "authorizer_access_token": "a",
        "expires_in": "7200",
        "func_info": [{"funcscope_category": {"id": "7"}}, {}, 3],
    }
    send = platform(grant={"authorization_info": info})
    tokens = await WXGZH.auth.exchange(line(send), {"auth_code": "c"}, None)
    assert (tokens.expires_at, tokens.scopes) == (NOW + 7200, ("7",))
    send = platform(grant={"authorization_info": {"authorizer_access_token": "a"}})
    tokens = await WXGZH.auth.exchange(line(send), {"auth_code": "c"}, None)
    assert tokens == Tokens("a", expires_at=NOW + 7200)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (EXPIRED_CODE, FailureKind.INVALID),
        (refused(40029), FailureKind.INVALID),
        (b"<html>", FailureKind.MALFORMED),
        ({}, FailureKind.MALFORMED),
        ({"authorization_info": {}}, FailureKind.MALFORMED),
    ],
)
async def test_a_refused_or_unreadable_exchange(body: Any, kind: FailureKind) -> None:
    send = platform(grant=body)
    with pytest.raises(PlatformFailure) as failure:
        await WXGZH.auth.exchange(line(send), {"auth_code": "c"}, None)
    assert failure.value.kind is kind
    assert send.paths.count("api_query_auth") == 1


async def test_refresh() -> None:
    send = platform()
    fresh = await WXGZH.auth.refresh(line(send), TOKENS)
    assert (fresh.access_token, fresh.refresh_token) == ("a2", "r2")
    assert (fresh.scopes, fresh.extra) == (TOKENS.scopes, TOKENS.extra)
    assert body_of(send) == {
        "component_appid": APPID,
        "authorizer_appid": AUTHORIZER,
        "authorizer_refresh_token": TOKENS.refresh_token,
    }
    send = platform(refreshed={"authorizer_access_token": "a2"})
    assert (await WXGZH.auth.refresh(line(send), TOKENS)).refresh_token == TOKENS.refresh_token


@pytest.mark.parametrize("code", [61003, 61023, 42002, 40030, 42007])
async def test_a_grant_that_is_gone(code: int) -> None:
    with pytest.raises(PlatformFailure) as failure:
        await WXGZH.auth.refresh(line(platform(refreshed=refused(code))), TOKENS)
    assert failure.value.kind is FailureKind.DEAD_GRANT
    assert WXGZH.auth.refreshable(TOKENS, NOW + 10**9)
    assert WXGZH.auth.grant_end(TOKENS) is None


async def test_candidate() -> None:
    send = platform()
    (found,) = await WXGZH.accounts.candidates(line(send), TOKENS)
    profile = found.profile
    assert profile.account_id == f"wxGzh_{AUTHORIZER}"
    assert profile.account == "chuanxiride"
    assert profile.nickname == "川西骑行志"
    assert profile.avatar == "https://wx.qlogo.cn/mmopen/GPy/0"
    assert profile.counters == Counters(fans=12170, works=126)
    assert sorted(send.paths) == [
        "api_component_token",
        "api_get_authorizer_info",
        "batchget",
        "getusercumulate",
    ]
    bodies = {call.url.rsplit("/", 1)[1]: json.loads(call.body or b"") for call in send.calls}
    assert bodies["getusercumulate"] == {"begin_date": "2025-11-07", "end_date": "2025-11-08"}
    assert bodies["batchget"] == {"offset": 0, "count": 1, "no_content": 1}


async def test_followers_of_the_newest_day() -> None:
    days = [
        {"ref_date": "2025-10-08", "user_source": 0, "cumulate_user": 5},
        {"ref_date": "2025-10-08", "user_source": 1, "cumulate_user": "9"},
        {"ref_date": "2025-10-07", "cumulate_user": 99},
        {"ref_date": "2025-10-09"},
    ]
    (found,) = await WXGZH.accounts.candidates(line(platform(fans={"list": days})), TOKENS)
    assert found.profile.counters.fans == 9


@pytest.mark.parametrize("broken", [refused(48001), b"<html>", {}, refused(45009)])
async def test_an_account_without_counts(broken: Any) -> None:
    info = {"authorizer_info": {"user_name": "gh_1"}}
    send = platform(info=info, fans=broken, works=broken)
    (found,) = await WXGZH.accounts.candidates(line(send), TOKENS)
    assert found.profile.counters == Counters()
    assert (found.profile.account, found.profile.nickname) == ("gh_1", AUTHORIZER)


async def test_a_mini_program_is_no_account() -> None:
    info = {"authorizer_info": {**INFO["authorizer_info"], "MiniProgramInfo": {"network": {}}}}
    [found] = await WXGZH.accounts.candidates(line(platform(info=info)), TOKENS)
    assert (found.profile.nickname, found.unusable) == ("川西骑行志", MINI_PROGRAM)
    with pytest.raises(PlatformFailure) as failure:
        await WXGZH.accounts.candidates(line(platform(info={})), TOKENS)
    assert failure.value.kind is FailureKind.MALFORMED


# Works


async def works(send: FakeSend, position: str | None = None, limit: int = 20) -> WorksPage:
    return await WXGZH.works.fetch_page(line(send), ACCOUNT, TOKENS, page(position, limit))


async def test_works() -> None:
    send = platform(works=(LISTING, {"total_count": 126, "item_count": 0, "item": []}))
    found = await works(send)
    first, second = found.items
    assert first.id == "b1XkP3m9mZ8n0V7QkqU4d5_1"
    assert first.mode is ContentMode.IMAGE
    assert (first.title, first.description) == ("折多山七天路书", "海拔、补给、天气一次说清")
    assert first.url is not None
    assert first.url.startswith("https://mp.weixin.qq.com/s?__biz=MzA5&mid=2650001234&idx=1")
    assert first.cover_url == "https://mmbiz.qpic.cn/mmbiz_jpg/a/0"
    assert first.published_at == 1759915800
    assert (first.author_name, first.author_uid) == ("阿周", AUTHORIZER)
    assert first.status is WorkStatus.PUBLISHED
    assert second.id == "b1XkP3m9mZ8n0V7QkqU4d5_2"
    assert second.status is WorkStatus.DELETED
    assert second.description is second.cover_url is None
    assert first.metrics == second.metrics == Metrics()
    # The list came short of what it says it holds, so the rest is asked for once.
    assert [body_of(send, n) for n in range(2)] == [
        {"offset": 0, "count": 20, "no_content": 1},
        {"offset": 1, "count": 20, "no_content": 1},
    ]
    assert send.params() == {"access_token": TOKENS.access_token}


class Feed(FakeSend):
    """A list of publications with so many articles each, served as WeChat does."""

    def __init__(self, *sizes: int) -> None:
        super().__init__()
        self.sizes = sizes
        self.asked: list[tuple[int, int]] = []

    async def __call__(self, call: Any) -> Any:
        body = json.loads(call.body)
        self.asked.append((body["offset"], body["count"]))
        shown = list(enumerate(self.sizes))[body["offset"] : body["offset"] + body["count"]]
        items = [
            {
                "article_id": f"A{place}",
                "content": {"news_item": [{"title": f"{place}.{n}"} for n in range(size)]},
            }
            for place, size in shown
        ]
        return answer({"total_count": len(self.sizes), "item_count": len(items), "item": items})


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 20])
async def test_a_walk_shows_each_article_once(limit: int) -> None:
    sizes = (1, 8, 2, 1, 1, 3, 8, 1, 4)
    feed = Feed(*sizes)
    seen: list[str | None] = []
    position, pages = None, 0
    while True:
        found = await works(feed, position, limit)
        pages += 1
        seen += [work.title for work in found.items]
        assert found.next is None or len(found.items) == limit
        position = found.next
        if position is None:
            break
    assert seen == [f"{place}.{n}" for place, size in enumerate(sizes) for n in range(size)]
    assert len(feed.asked) == pages


async def test_the_cursor_is_the_next_article() -> None:
    found = await works(Feed(1, 8, 2), None, 3)
    assert [work.id for work in found.items] == ["A0", "A1_1", "A1_2"]
    assert found.next == "1:2"
    assert (await works(Feed(1, 2, 2), None, 3)).next == "2:0"
    assert (await works(Feed(1, 2), None, 3)).next is None


async def test_publications_without_articles_cost_one_more_call() -> None:
    feed = Feed(0, 0, 1, 1, 0, 1)
    found = await works(feed, None, 3)
    assert [work.id for work in found.items] == ["A2", "A3", "A5"]
    assert (feed.asked, found.next) == ([(0, 3), (3, 3)], None)
    feed = Feed(*[0] * 9)
    found = await works(feed, None, 2)
    assert (found.items, found.next, len(feed.asked)) == ([], "4:0", 2)


@pytest.mark.parametrize(
    ("listing", "following"),
    [
        ({"total_count": 0, "item_count": 0}, None),
        ({"total_count": 9, "item": []}, None),
        ({"item": [{"article_id": "A", "content": {"news_item": [{}]}}]}, "1:0"),
        (
            {"total_count": "2", "item": [{"article_id": "A", "content": {"news_item": [{}]}}]},
            "1:0",
        ),
        ({"total_count": 1, "item": [{"content": {"news_item": [{}]}}, 3, {}]}, None),
    ],
)
async def test_odd_lists(listing: dict[str, Any], following: str | None) -> None:
    found = await works(platform(works=listing), None, 1)
    assert found.next == following
    assert all(work.title is work.url is work.published_at is None for work in found.items)


@pytest.mark.parametrize("body", [{}, [], b"<html>", {"errcode": 0}])
async def test_an_unreadable_list(body: Any) -> None:
    with pytest.raises(PlatformFailure) as failure:
        await works(platform(works=body))
    assert failure.value.kind is FailureKind.MALFORMED


# Metrics

PUBLISHED = 1_762_600_000  # 2025-11-08 in China.


def articles(*moments: int, url: str | None = None, **fields: Any) -> dict[str, Any]:
    address = url or "http://mp.weixin.qq.com/s?__biz=MzA5&mid=2650001234&idx=1&sn=9c1e&chksm=1#rd"
    items = [
        {
            "article_id": f"A{n}",
            "update_time": moment,
            "content": {"news_item": [{"url": address, **fields}]},
        }
        for n, moment in enumerate(moments)
    ]
    return {"total_count": len(items), "item_count": len(items), "item": items}


async def test_metrics_by_the_day_of_publication() -> None:
    send = platform(works=articles(PUBLISHED, PUBLISHED))
    found = await works(send)
    assert [work.metrics for work in found.items] == [READ, READ]
    assert send.paths == ["batchget", "getarticletotaldetail"]
    assert body_of(send) == {"begin_date": "2025-11-08", "end_date": "2025-11-08"}


@pytest.mark.parametrize(
    ("url", "title", "metrics"),
    [
        ("http://mp.weixin.qq.com/s?__biz=MzA5&mid=2650001234&idx=2", "x", Metrics()),
        ("https://mp.weixin.qq.com/s?__biz=MzA5&mid=2650001234&idx=1&sn=9c1e#wechat", "x", READ),
        ("https://mp.weixin.qq.com/s/short", "折多山七天路书", READ),
        ("https://mp.weixin.qq.com/s/short", None, Metrics()),
    ],
)
async def test_how_an_article_finds_its_counts(
    url: str, title: str | None, metrics: Metrics
) -> None:
    found = await works(platform(works=articles(PUBLISHED, url=url, title=title)))
    assert found.items[0].metrics == metrics


async def test_the_newest_counts_of_an_article() -> None:
    details = [
        {"stat_date": "2025-11-08", "read_user": 1},
        {"stat_date": "2025-11-10", "read_user": "3", "like_user": None},
        {"stat_date": "2025-11-09", "read_user": 2},
    ]
    day = {"list": [{**DAY["list"][0], "detail_list": details}, {}, 7]}
    found = await works(platform(works=articles(PUBLISHED), day=day))
    assert found.items[0].metrics == Metrics(views=3)


async def test_days_without_counts_are_not_asked_for() -> None:
    today, before = int(NOW), 1_761_800_000
    send = platform(works=articles(today, before, 0))
    await works(send)
    assert send.paths == ["batchget"]
    send = platform(works=articles(PUBLISHED, is_deleted=True))
    await works(send)
    assert send.paths == ["batchget"]


async def test_the_number_of_days_is_bounded_and_they_are_remembered() -> None:
    days = [PUBLISHED + 86_400 * n for n in range(20)]
    send = platform(works=articles(*reversed(days)))
    client = line(send, NOW + 86_400 * 30)
    for _ in range(2):
        await WXGZH.works.fetch_page(client, ACCOUNT, TOKENS, page(None, 20))
    assert send.paths.count("getarticletotaldetail") == 10
    other = replace(ACCOUNT, id="wxGzh_other")
    await WXGZH.works.fetch_page(client, other, TOKENS, page(None, 20))
    assert send.paths.count("getarticletotaldetail") == 20


@pytest.mark.parametrize("code", [48001, 61007, 45009, 45011])
async def test_a_refusal_of_counts_is_remembered(code: int) -> None:
    days = [PUBLISHED + 86_400 * n for n in range(20)]
    send = platform(works=articles(*reversed(days)), day=refused(code))
    client = line(send, NOW + 86_400 * 30)
    for _ in range(2):
        found = await WXGZH.works.fetch_page(client, ACCOUNT, TOKENS, page(None, 20))
        assert all(work.metrics == Metrics() for work in found.items)
    assert send.paths.count("getarticletotaldetail") <= 5


@pytest.mark.parametrize("day", [refused(40001), refused(-1), b"<html>", answer(b"", 502), {}])
async def test_a_list_without_counts_is_a_list_still(day: Any) -> None:
    found = await works(platform(works=articles(PUBLISHED), day=day))
    assert found.items[0].metrics == Metrics()


# Failures


@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        (FailureKind.TOKEN_EXPIRED, [40001, 40014, 42001]),
        (FailureKind.DEAD_GRANT, [61003, 61023, 42002, 40030, 42007]),
        (FailureKind.SUSPENDED, [50002]),
        (FailureKind.INVALID, [40029, 61009, 61010, 61500, 61501, 31337]),
        (FailureKind.MISCONFIGURED, [61004, 40164, 61005, 61006, 61011, 40013, 40125]),
        (FailureKind.MISCONFIGURED, [41001, 41002, 41004, 41018, 47001, 43002]),
        (FailureKind.PERMISSION, [48001, 48004, 61007, 61016]),
        (FailureKind.QUOTA, [45009]),
        (FailureKind.RATE_LIMITED, [45011, 45047, 45064, 45065]),
        (FailureKind.UNAVAILABLE, [-1]),
        (FailureKind.NOT_FOUND, [40007, 53600]),
    ],
)
def test_codes(kind: FailureKind, codes: list[int]) -> None:
    for code in codes:
        for written in (code, str(code)):
            reading = WXGZH.classify(answer(refused(written)))
            assert reading is not None
            assert (reading.kind, reading.code) == (kind, str(code))
            assert reading.request_id == "68e7a1-1b2c-3d"


def test_statuses_and_waits() -> None:
    assert WXGZH.classify(answer({"errcode": 0, "errmsg": "ok"})) is None
    for status, kind in ((429, FailureKind.RATE_LIMITED), (502, FailureKind.UNAVAILABLE)):
        reading = WXGZH.classify(answer(b"<html>", status))
        assert reading is not None
        assert reading.kind is kind
    daily, minute = WXGZH.classify(answer(refused(45009))), WXGZH.classify(answer(refused(45011)))
    assert daily is not None
    assert minute is not None
    reset = daily.dated(NOW).reset_at
    assert reset is not None
    assert reset % 86_400 == 16 * 3600
    assert 0 < reset - NOW <= 86_400
    assert minute.retry_after == 60


async def test_a_passing_fault_is_tried_again() -> None:
    send = platform(works=(refused(-1), articles(0)))
    assert len((await works(send)).items) == 1
    assert send.paths == ["batchget", "batchget"]
