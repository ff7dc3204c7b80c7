"""What Douyin's two kinds of apps share: error codes, token calls and follower counts."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from openchannels.connectors.base.parse import count, dig, rows, text, whole
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure
from openchannels.transport import oauth
from openchannels.transport.client import Answer
from openchannels.transport.oauth import OAuthConfig
from openchannels.transport.platform_app import App
from openchannels.transport.platform_client import PlatformClient, body_of, classify_status

API = "https://open.douyin.com"
FANS_SCOPE = "data.external.user"
RENEW_SCOPE = "renew_refresh_token"
MAX_RENEWALS = 5
RENEWAL_SECONDS = 30 * 86_400
MARGIN_SECONDS = 3 * 86_400
"""How long before its end a refresh token is renewed. Each renewal is spent but once."""
RETRY_SECONDS = 6 * 3600

# https://developer.open-douyin.com/docs/resource/zh-CN/dop/develop/openapi/account-permission
CODES = {
    code: kind
    for kind, codes in {
        FailureKind.TOKEN_EXPIRED: (10008, 2190002, 2190008, 28001003, 28001008),
        FailureKind.DEAD_GRANT: (10007, 10010, 2190003, 2190015),
        FailureKind.MISCONFIGURED: (
            *(10003, 10006, 10011, 10012, 10013, 10014, 10015, 10017),
            2190016,
        ),
        FailureKind.PERMISSION: (
            *(10004, 2100007, 2100009, 2190004),
            *(28001014, 28001016, 28001018, 28001019),
        ),
        FailureKind.RATE_LIMITED: (10020,),
        FailureKind.QUOTA: (2190001, 28003017),
        FailureKind.UNAVAILABLE: (2100004, 28001005, 28001006),
        FailureKind.INVALID: (10002, 10005, 2100005, 28001007),
        FailureKind.NOT_FOUND: (2111007,),
    }.items()
    for code in codes
}
CODE_PLACES = (
    ("extra", "error_code"),
    ("err_no",),
    ("data", "error_code"),
    ("data", "errorCode"),
    ("data", "extra", "error_code"),
    ("error_code",),
)


def classify_douyin(answer: Answer) -> Failure | None:
    """A code that is not 0 is a failure, in whichever of six places it stands."""
    body = body_of(answer)
    by_status = classify_status(answer)
    code = next(filter(None, (whole(dig(body, *place)) for place in CODE_PLACES)), None)
    if code is None:
        return by_status
    return Failure(
        CODES.get(code) or (by_status.kind if by_status else FailureKind.INVALID),
        code=str(code),
        retry_after=by_status.retry_after if by_status else None,
        request_id=text(dig(body, "extra", "logid"))
        or text(dig(body, "log_id"))
        or text(dig(body, "data", "log_id")),
    )


def is_miniapp(app: App) -> bool:
    return bool(app.option("form") == "miniapp")


def access(token: str) -> Mapping[str, str]:
    return {"access-token": token}


def open_id(tokens: Tokens) -> str | None:
    return text(tokens.extra.get("open_id"))


async def refresh(config: OAuthConfig, client: PlatformClient, tokens: Tokens) -> Tokens:
    """A new access token; the refresh token keeps its end. The secret is no parameter here.

    https://developer.open-douyin.com/docs/resource/zh-CN/dop/develop/openapi/account-permission/refresh-access-token
    """
    answer = await client.call(
        "POST",
        f"{API}/oauth/refresh_token/",
        operation="auth.refresh",
        form={
            "client_key": client.app.client_id,
            "grant_type": "refresh_token",
            "refresh_token": tokens.refresh_token,
        },
    )
    return oauth.keep_old(tokens, oauth.read_tokens(config, client, answer, "auth.refresh"))


async def renew(client: PlatformClient, tokens: Tokens) -> Tokens:
    """A refresh token in its last days is renewed for thirty more.

    Late, because there are five renewals and none moves an end further than thirty days from
    itself. The tokens stay as they are where the platform refuses: they serve for a while still.
    https://developer.open-douyin.com/docs/resource/zh-CN/dop/develop/openapi/account-permission/refresh-token
    """
    end = tokens.refresh_expires_at
    if not renewable(tokens) or end is None or end > client.clock() + MARGIN_SECONDS:
        return tokens
    try:
        answer = await client.call(
            "POST",
            f"{API}/oauth/renew_refresh_token/",
            operation="auth.renew",
            form={"client_key": client.app.client_id, "refresh_token": tokens.refresh_token},
        )
    except PlatformFailure:
        return tokens
    renewed = text(dig(answer, "data", "refresh_token"))
    if renewed is None:
        return tokens
    seconds = count(dig(answer, "data", "expires_in")) or RENEWAL_SECONDS
    return replace(
        tokens,
        refresh_token=renewed,
        refresh_expires_at=client.clock() + seconds,
        extra={**tokens.extra, "renewals": renewals(tokens) + 1},
    )


def renewals(tokens: Tokens) -> int:
    return count(tokens.extra.get("renewals")) or 0


def renewable(tokens: Tokens) -> bool:
    return RENEW_SCOPE in (tokens.scopes or ()) and renewals(tokens) < MAX_RENEWALS


def due(tokens: Tokens, refreshed_at: float) -> float | None:
    """Shortly before the refresh token ends: it is renewed then or, if it cannot be, yields a
    last access token, which lives beyond it. What did not succeed is tried again some hours later.
    """
    end = tokens.refresh_expires_at
    if end is None:
        return None
    outlived = tokens.expires_at is not None and tokens.expires_at >= end
    if outlived and not renewable(tokens):
        return None
    moment = max(end - MARGIN_SECONDS, refreshed_at + RETRY_SECONDS)
    return moment if moment < end else None


async def fans(client: PlatformClient, tokens: Tokens, path: str) -> int | None:
    """Followers on the newest day of a report; without them it is still an account."""
    try:
        answer = await client.get(
            f"{API}/{path}",
            operation="account.stats",
            params={"open_id": open_id(tokens), "date_type": 7},
            headers=access(tokens.access_token),
        )
    except PlatformFailure:
        return None
    listed = rows(dig(answer, "data", "result_list"))
    days = listed or rows(dig(answer, "data", "data", "result_list"))
    newest: Mapping[str, Any] = max(days, key=lambda day: str(day.get("date")), default={})
    return count(newest.get("total_fans"))
