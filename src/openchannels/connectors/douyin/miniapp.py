"""Douyin through the operator's mini-app: a QR code opens its page, which calls us back.

https://developer.open-douyin.com/docs/resource/zh-CN/mini-app/develop/guide/start/introduction
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from functools import partial
from typing import Any
from urllib.parse import quote

from openchannels.connectors.base.parse import dig, text
from openchannels.connectors.douyin.api import (
    API,
    FAILURES,
    open_id_of,
    read_follower_count,
    read_profile,
    refresh_access_token,
    token_header,
)
from openchannels.connectors.douyin.app_calls import classify_app_call, with_client_token
from openchannels.core.accounts import Candidate
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure
from openchannels.transport import oauth
from openchannels.transport.client import Answer
from openchannels.transport.oauth import OAuthConfig
from openchannels.transport.platform_client import PlatformClient

VIDEO_SCOPE = "ma.video.bind"
SCOPES = ("ma.user.data", VIDEO_SCOPE)
LOGIN_SECONDS = 300


def classify_login(answer: Answer) -> Failure | None:
    """Returns the failure of a login call: after a refused code the user starts again."""
    reading = FAILURES.classify(answer)
    if reading is None or reading.kind is not FailureKind.INVALID:
        return reading
    return replace(reading, kind=FailureKind.TOKEN_EXPIRED)


async def qr_code(client: PlatformClient, state: str) -> str:
    """Returns a QR code, as a `data:` URL, that opens the mini-app's page with our state."""
    app = client.app
    answer = await with_client_token(
        client, app.client_id, app.client_secret, partial(_create_qr_code, client, state)
    )
    picture = text(dig(answer, "data", "img"))
    if picture is None:
        raise client.malformed("auth.qrcode")
    return f"data:image/png;base64,{picture}"


async def _create_qr_code(client: PlatformClient, state: str, token: str) -> Any:
    page = f"pages/index/index?authType=channel&state={state}"
    return await client.call(
        "POST",
        f"{API}/api/apps/v1/qrcode/create/",
        operation="auth.qrcode",
        idempotent=True,
        classify=classify_app_call,
        headers=token_header(token),
        json_body={
            "app_name": "douyin",
            "appid": client.app.client_id,
            "path": quote(page, safe=""),
            "width": 430,
            "is_circle_code": False,
        },
    )


async def exchange(
    config: OAuthConfig, client: PlatformClient, params: Mapping[str, str]
) -> Tokens:
    """Redeems the first ticket; `complete` verifies its owner and redeems the others."""
    tickets = read_tickets(params.get("tickets"))
    if not tickets:
        raise unproven_ticket(client, "auth.exchange", "no_ticket")
    scope = next(iter(tickets))
    tokens = await _redeem_ticket(config, client, tickets.pop(scope), scope)
    claimed = {name: params[name] for name in ("nickname", "avatar") if params.get(name)}
    pending = {"login": params["token"], "tickets": tickets}
    return replace(tokens, extra={**tokens.extra, **claimed, "pending": pending})


async def complete(config: OAuthConfig, client: PlatformClient, tokens: Tokens) -> Tokens:
    """Verifies the user by the login code, and redeems the same user's other tickets."""
    pending = tokens.extra.get("pending")
    if not isinstance(pending, dict):
        return tokens
    open_id = await _read_login_open_id(client, pending["login"])
    others = {
        scope: await _redeem_ticket(config, client, ticket, scope)
        for scope, ticket in pending["tickets"].items()
    }
    grants = [tokens, *others.values()]
    if any(open_id_of(grant) != open_id for grant in grants):
        raise unproven_ticket(client, "auth.login", "open_id")
    extra = {name: value for name, value in tokens.extra.items() if name != "pending"}
    return replace(
        tokens,
        scopes=tuple(scope for grant in grants for scope in grant.scopes or ()),
        extra={**extra, "others": {scope: asdict(grant) for scope, grant in others.items()}},
    )


async def _redeem_ticket(
    config: OAuthConfig, client: PlatformClient, ticket: str, scope: str
) -> Tokens:
    params = {"grant_type": "authorization_code", "code": ticket}
    tokens = await oauth.request_tokens(config, client, config.token_url, params, "auth.exchange")
    # A ticket is for one scope, which an answer without scopes has granted.
    return tokens if tokens.scopes else replace(tokens, scopes=(scope,))


async def _read_login_open_id(client: PlatformClient, code: str) -> str:
    """Returns the user of a login code; cached, because each code works only once."""
    key = "douyin:login:" + hashlib.sha256(code.encode()).hexdigest()
    cached: str | None = client.cache.get(key)
    if cached is not None:
        return cached
    app = client.app
    answer = await client.call(
        "POST",
        "https://developer.toutiao.com/api/apps/v2/jscode2session",
        operation="auth.login",
        classify=classify_login,
        json_body={"appid": app.client_id, "secret": app.client_secret, "code": code},
    )
    open_id = text(dig(answer, "data", "openid"))
    if open_id is None:
        raise client.malformed("auth.login")
    client.cache.put(key, open_id, LOGIN_SECONDS)
    return open_id


async def read_candidate(client: PlatformClient, tokens: Tokens) -> Candidate:
    """Returns the account. Its id is verified; name and picture are the mini-app's claims."""
    uid = open_id_of(tokens)
    if uid is None:
        raise client.malformed("account.read")
    followers = await read_follower_count(client, tokens, "api/apps/v1/user/get_fans/")
    return Candidate(read_profile(uid, tokens.extra, followers), tokens)


async def refresh_all(config: OAuthConfig, client: PlatformClient, tokens: Tokens) -> Tokens:
    """Refreshes every grant of the user; one whose refresh fails keeps its tokens."""
    refreshed_tokens = await refresh_access_token(config, client, tokens)
    others = tokens.extra.get("others")
    if not isinstance(others, dict):
        return refreshed_tokens
    renewed = {scope: dict(other) for scope, other in others.items()}
    for scope, other in renewed.items():
        try:
            refreshed = await refresh_access_token(config, client, Tokens.from_dict(dict(other)))
        except PlatformFailure:
            continue
        renewed[scope] = asdict(refreshed)
    return replace(refreshed_tokens, extra={**refreshed_tokens.extra, "others": renewed})


def access_token_of(tokens: Tokens, scope: str) -> str:
    """Returns the access token of a scope: each scope has its own grant."""
    return text(dig(tokens.extra, "others", scope, "access_token")) or tokens.access_token


def read_tickets(value: str | None) -> dict[str, str]:
    """Returns the tickets by known scope, in the order of `SCOPES`."""
    try:
        tickets = json.loads(value or "{}")
    except (ValueError, RecursionError):
        return {}
    found = ((scope, text(dig(tickets, scope))) for scope in SCOPES)
    return {scope: ticket for scope, ticket in found if ticket}


def unproven_ticket(client: PlatformClient, operation: str, code: str) -> PlatformFailure:
    """Returns the failure for a ticket or login code that does not verify the user."""
    return PlatformFailure(
        client.platform, operation, Failure(FailureKind.TOKEN_EXPIRED, code=code)
    )
