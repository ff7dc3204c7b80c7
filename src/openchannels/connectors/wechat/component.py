"""WeChat's third-party platform ("component"): its ticket, its tokens and what is pushed to it.

https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/getting_started/how_to_read.html
"""

import asyncio
import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from openchannels.connectors.base.parse import CHINA, count, dig, text, whole
from openchannels.connectors.wechat.crypto import Unreadable, check_signature, decrypt, read_xml
from openchannels.core.inbound import Push, Pushed, PushRefused
from openchannels.core.platform_errors import Kind, PlatformFailure, Verdict
from openchannels.core.platforms import Text
from openchannels.transport.app_tokens import with_app_token
from openchannels.transport.client import Answer, build_url
from openchannels.transport.platform_client import Upstream, body_of, judge_status

API = "https://api.weixin.qq.com"
LOGIN_PAGE = "https://mp.weixin.qq.com/cgi-bin/componentloginpage"
TICKET = "verify_ticket"
TICKET_SECONDS = 12 * 3600
TICKET_PATIENCE = 20
TICKET_PAUSE = 0.2
FRESH_SECONDS = 900
STALE = ("40001", "40014", "42001")
RID = re.compile(r"rid: ([\w-]{1,64})")

# https://developers.weixin.qq.com/doc/oplatform/developers/errCode/errCode.html
CODES = {
    code: kind
    for kind, codes in {
        Kind.TOKEN_EXPIRED: (40001, 40014, 42001),
        Kind.DEAD_GRANT: (40030, 42002, 42007, 50002, 61003, 61023),
        Kind.MISCONFIGURED: (
            *(40013, 40125, 40164, 41001, 41002, 41004, 41018, 43002, 47001),
            *(61004, 61005, 61006, 61011),
        ),
        Kind.PERMISSION: (48001, 48004, 61007, 61016),
        Kind.QUOTA: (45009,),
        Kind.RATE_LIMITED: (45011, 45047, 45064, 45065),
        Kind.UNAVAILABLE: (-1,),
        Kind.NOT_FOUND: (40007, 53600),
        Kind.INVALID: (40029, 61009, 61010, 61500, 61501),
    }.items()
    for code in codes
}
NO_TICKET = Text(
    en="WeChat has not pushed a ticket to this server yet. It does so every ten minutes, to the "
    "event address that the third-party platform names in WeChat's console.",
    zh="尚未收到微信推送的 component_verify_ticket。微信每十分钟向第三方平台配置的授权事件接收 URL "
    "推送一次，请检查该地址。",
)


def judge_wechat(answer: Answer) -> Verdict | None:
    """`errcode` tells, always under HTTP 200; good answers have 0 or none."""
    body = body_of(answer)
    code = whole(dig(body, "errcode"))
    by_status = judge_status(answer)
    if not code:
        return by_status
    kind = CODES.get(code) or (by_status.kind if by_status else Kind.INVALID)
    request = RID.search(text(dig(body, "errmsg")) or "")
    return Verdict(
        kind,
        code=str(code),
        day=CHINA if kind is Kind.QUOTA else None,
        retry_after=60.0 if code == 45011 else None,
        request_id=request[1] if request else None,
    )


def judge_component(answer: Answer) -> Verdict | None:
    """A call in the component's own name, whose token is no account's: it says nothing of one."""
    verdict = judge_wechat(answer)
    if verdict is None or verdict.kind not in (Kind.TOKEN_EXPIRED, Kind.PERMISSION):
        return verdict and replace(verdict, bucket="app")
    return replace(verdict, kind=Kind.MISCONFIGURED)


async def call_component(
    upstream: Upstream, name: str, operation: str, *, idempotent: bool = False, **body: str | None
) -> Any:
    """One call of the component's API, with its shared token."""
    return await with_app_token(
        upstream.memory,
        upstream.clock,
        "component_token",
        partial(_component_token, upstream),
        partial(_post, upstream, name, operation, body, idempotent),
        STALE,
    )


async def _post(
    upstream: Upstream,
    name: str,
    operation: str,
    body: Mapping[str, str | None],
    idempotent: bool,
    token: str | None,
) -> Any:
    return await upstream.call(
        "POST",
        f"{API}/cgi-bin/component/{name}",
        operation=operation,
        idempotent=idempotent,
        judge=judge_component,
        params={"component_access_token": token},
        json_body={"component_appid": upstream.app.client_id, **body},
    )


async def _component_token(upstream: Upstream) -> tuple[str, float]:
    ticket = await _ticket(upstream)
    body = {
        "component_appsecret": upstream.app.client_secret,
        "component_verify_ticket": ticket,
    }
    operation = "auth.component_token"
    answer = await _post(upstream, "api_component_token", operation, body, False, None)
    token = text(dig(answer, "component_access_token"))
    if token is None:
        raise upstream.malformed(operation)
    return token, float(count(dig(answer, "expires_in")) or 7200)


async def _ticket(upstream: Upstream) -> str:
    """The newest ticket. Where there is none WeChat is asked to push, and waited for a moment."""
    kept = await upstream.memory.get(TICKET)
    if kept is None:
        body = {"component_secret": upstream.app.client_secret}
        operation = "auth.start_ticket"
        await _post(upstream, "api_start_push_ticket", operation, body, True, None)
    for _ in range(TICKET_PATIENCE):
        if kept is not None:
            return kept.value
        await asyncio.sleep(TICKET_PAUSE)
        kept = await upstream.memory.get(TICKET)
    verdict = Verdict(Kind.MISCONFIGURED, code="no_ticket", detail=NO_TICKET)
    raise PlatformFailure(upstream.platform, "auth.start_ticket", verdict)


async def login_page(upstream: Upstream, state: str) -> str:
    """WeChat's page for an account's administrator.

    It returns no state, so ours rides in the redirect; and its codes are pushed too, with the
    pre-authorization code, by which the state is found again.
    https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/Before_Develop/Authorization_Process_Technical_Description.html
    """
    operation = "auth.preauth"
    answer = await call_component(upstream, "api_create_preauthcode", operation)
    code = text(dig(answer, "pre_auth_code"))
    if code is None:
        raise upstream.malformed(operation)
    seconds = float(count(dig(answer, "expires_in")) or 600)
    # The push follows the consent, which may come in the last moment of the code's life.
    await upstream.memory.put(_state_name(code), state, seconds + FRESH_SECONDS)
    return build_url(
        LOGIN_PAGE,
        {
            "component_appid": upstream.app.client_id,
            "pre_auth_code": code,
            "redirect_uri": build_url(upstream.app.redirect_uri, {"state": state}),
            "auth_type": 1,
        },
    )


def _state_name(pre_auth_code: str) -> str:
    return "state." + hashlib.sha256(pre_auth_code.encode()).hexdigest()


async def receive(upstream: Upstream, push: Push) -> Pushed:
    """Take a push: check it, open it and keep or pass on what it says. Raises PushRefused."""
    try:
        if push.method == "GET":
            return _echo(upstream, push)
        event = _open(upstream, push)
    except Unreadable as fault:
        raise PushRefused(str(fault)) from None
    return await _take(upstream, event)


def _echo(upstream: Upstream, push: Push) -> Pushed:
    """The check of an address when it is registered."""
    _check(upstream, push, push.query.get("signature", ""))
    return Pushed(push.query.get("echostr", ""))


def _open(upstream: Upstream, push: Push) -> Mapping[str, str]:
    sealed = read_xml(push.body).get("Encrypt", "").strip()
    _check(upstream, push, push.query.get("msg_signature", ""), sealed)
    key = str(upstream.app.option("component_aes_key", ""))
    return read_xml(decrypt(key, sealed, upstream.app.client_id))


def _check(upstream: Upstream, push: Push, given: str, *sealed: str) -> None:
    moment = push.query.get("timestamp", "")
    if abs((count(moment) or 0) - upstream.clock()) > FRESH_SECONDS:
        raise Unreadable("the timestamp is not of this moment")
    token = str(upstream.app.option("component_token", ""))
    check_signature(given, token, moment, push.query.get("nonce", ""), *sealed)


async def _take(upstream: Upstream, event: Mapping[str, str]) -> Pushed:
    """https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/Before_Develop/authorize_event.html"""
    kind, account = event.get("InfoType"), event.get("AuthorizerAppid")
    if kind == "component_verify_ticket" and event.get("ComponentVerifyTicket"):
        await upstream.memory.put(TICKET, event["ComponentVerifyTicket"], TICKET_SECONDS)
    if kind == "unauthorized" and account:
        return Pushed(revoked={account: float(count(event.get("CreateTime")) or upstream.clock())})
    if kind in ("authorized", "updateauthorized") and event.get("AuthorizationCode"):
        kept = await upstream.memory.get(_state_name(event.get("PreAuthCode", "")))
        if kept is not None:
            return Pushed(callback={"state": kept.value, "auth_code": event["AuthorizationCode"]})
    return Pushed()
