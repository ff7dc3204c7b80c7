"""Douyin by a mini-app of the operator's: a QR code leads there, and its page calls us back.

https://developer.open-douyin.com/docs/resource/zh-CN/mini-app/develop/guide/start/introduction
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from functools import partial
from typing import Any
from urllib.parse import quote

from openchannels.connectors.base.parse import count, dig, https, text
from openchannels.connectors.douyin.api import API, access, fans, judge_douyin, open_id, refresh
from openchannels.core.accounts import Candidate, Counters, Profile
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import Kind, PlatformFailure, Verdict
from openchannels.core.platforms import Platform
from openchannels.transport import oauth
from openchannels.transport.app_tokens import with_app_token
from openchannels.transport.client import Answer
from openchannels.transport.oauth import OAuthForm
from openchannels.transport.platform_client import Upstream

SCOPES = ("ma.user.data", "ma.video.bind")
LOGIN_SECONDS = 300
STALE = ("10008", "2190002", "2190008", "28001003", "28001008")
APP_FAULTS = {Kind.TOKEN_EXPIRED, Kind.DEAD_GRANT, Kind.PERMISSION, Kind.INVALID}


def judge_app(answer: Answer) -> Verdict | None:
    """A call in the app's own name: what is refused is the operator's matter."""
    verdict = judge_douyin(answer)
    if verdict is None or verdict.kind not in APP_FAULTS:
        return verdict
    return replace(verdict, kind=Kind.MISCONFIGURED)


def judge_login(answer: Answer) -> Verdict | None:
    """A refused login code means that the person must start again."""
    verdict = judge_douyin(answer)
    if verdict is None or verdict.kind is not Kind.INVALID:
        return verdict
    return replace(verdict, kind=Kind.TOKEN_EXPIRED)


async def qr_code(upstream: Upstream, state: str) -> str:
    """A picture, as a `data:` URL, that opens the mini-app's page with our state."""
    answer = await with_app_token(
        upstream.memory,
        upstream.clock,
        "client_token",
        partial(_client_token, upstream),
        partial(_draw, upstream, state),
        STALE,
    )
    picture = text(dig(answer, "data", "img"))
    if picture is None:
        raise upstream.malformed("auth.qrcode")
    return f"data:image/png;base64,{picture}"


async def _draw(upstream: Upstream, state: str, token: str) -> Any:
    page = f"pages/index/index?authType=channel&state={state}"
    return await upstream.call(
        "POST",
        f"{API}/api/apps/v1/qrcode/create/",
        operation="auth.qrcode",
        idempotent=True,
        judge=judge_app,
        headers=access(token),
        json_body={
            "app_name": "douyin",
            "appid": upstream.app.client_id,
            "path": quote(page, safe=""),
            "width": 430,
            "is_circle_code": False,
        },
    )


async def _client_token(upstream: Upstream) -> tuple[str, float]:
    """The mini-app's own token. A new one ends the one before, so all processes share it."""
    answer = await upstream.call(
        "POST",
        f"{API}/oauth/client_token/",
        operation="auth.client_token",
        judge=judge_app,
        json_body={
            "client_key": upstream.app.client_id,
            "client_secret": upstream.app.client_secret,
            "grant_type": "client_credential",
        },
    )
    token = text(dig(answer, "data", "access_token"))
    if token is None:
        raise upstream.malformed("auth.client_token")
    return token, float(count(dig(answer, "data", "expires_in")) or 7200)


async def exchange(form: OAuthForm, upstream: Upstream, params: Mapping[str, str]) -> Tokens:
    """Redeem the first ticket; `complete` proves whose it is and redeems the others."""
    tickets = read_tickets(params.get("tickets"))
    if not tickets:
        raise refused(upstream, "auth.exchange", "no_ticket")
    scope = next(iter(tickets))
    first = await _redeem(form, upstream, tickets.pop(scope), scope)
    claimed = {name: params[name] for name in ("nickname", "avatar") if params.get(name)}
    pending = {"login": params["token"], "tickets": tickets}
    return replace(first, extra={**first.extra, **claimed, "pending": pending})


async def complete(form: OAuthForm, upstream: Upstream, tokens: Tokens) -> Tokens:
    """Prove the person by the login code, and redeem the other tickets of the same person."""
    pending = tokens.extra.get("pending")
    if not isinstance(pending, dict):
        return tokens
    person = await _login(upstream, pending["login"])
    others = {
        scope: await _redeem(form, upstream, ticket, scope)
        for scope, ticket in pending["tickets"].items()
    }
    grants = [tokens, *others.values()]
    if any(open_id(grant) != person for grant in grants):
        raise refused(upstream, "auth.login", "open_id")
    kept = {name: value for name, value in tokens.extra.items() if name != "pending"}
    return replace(
        tokens,
        scopes=tuple(scope for grant in grants for scope in grant.scopes or ()),
        extra={**kept, "others": {scope: asdict(grant) for scope, grant in others.items()}},
    )


async def _redeem(form: OAuthForm, upstream: Upstream, ticket: str, scope: str) -> Tokens:
    params = {"grant_type": "authorization_code", "code": ticket}
    found = await oauth.request_tokens(form, upstream, form.token_url, params, "auth.exchange")
    # A ticket stands for one scope, so an answer that names none means that one.
    return found if found.scopes else replace(found, scopes=(scope,))


async def _login(upstream: Upstream, code: str) -> str:
    """Who the mini-app's login code belongs to; kept, as a code that is tried again is refused."""
    key = "douyin:login:" + hashlib.sha256(code.encode()).hexdigest()
    kept: str | None = upstream.cache.get(key)
    if kept is not None:
        return kept
    app = upstream.app
    answer = await upstream.call(
        "POST",
        "https://developer.toutiao.com/api/apps/v2/jscode2session",
        operation="auth.login",
        judge=judge_login,
        json_body={"appid": app.client_id, "secret": app.client_secret, "code": code},
    )
    person = text(dig(answer, "data", "openid"))
    if person is None:
        raise upstream.malformed("auth.login")
    upstream.cache.put(key, person, LOGIN_SECONDS)
    return person


async def candidate(upstream: Upstream, tokens: Tokens) -> Candidate:
    """The account. Name and picture come from the mini-app's page, only the id is proved."""
    uid = open_id(tokens)
    if uid is None:
        raise upstream.malformed("account.read")
    followers = await fans(upstream, tokens, "api/apps/v1/user/get_fans/")
    profile = Profile(
        platform=Platform.DOUYIN,
        uid=uid,
        handle=uid,
        nickname=text(tokens.extra.get("nickname")) or uid,
        avatar=https(tokens.extra.get("avatar")),
        counters=Counters(fans=followers),
    )
    return Candidate(profile, tokens)


async def refresh_all(form: OAuthForm, upstream: Upstream, tokens: Tokens) -> Tokens:
    """Refresh every grant of the person; one that fails alone keeps what it had."""
    fresh = await refresh(form, upstream, tokens)
    others = tokens.extra.get("others")
    if not isinstance(others, dict):
        return fresh
    renewed = {scope: dict(other) for scope, other in others.items()}
    for scope, other in renewed.items():
        try:
            again = await refresh(form, upstream, Tokens.from_dict(dict(other)))
        except PlatformFailure:
            continue
        renewed[scope] = asdict(again)
    return replace(fresh, extra={**fresh.extra, "others": renewed})


def read_tickets(value: str | None) -> dict[str, str]:
    """The tickets by scope, those we know, in the order of `SCOPES`."""
    try:
        given = json.loads(value or "{}")
    except (ValueError, RecursionError):
        return {}
    found = ((scope, text(dig(given, scope))) for scope in SCOPES)
    return {scope: ticket for scope, ticket in found if ticket}


def refused(upstream: Upstream, operation: str, code: str) -> PlatformFailure:
    """What the mini-app sent does not prove what it claims."""
    return PlatformFailure(upstream.platform, operation, Verdict(Kind.TOKEN_EXPIRED, code=code))
