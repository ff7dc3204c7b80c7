"""Shared by Douyin's two kinds of apps: failures, profile, token refresh, follower count."""

from collections.abc import Mapping
from typing import Any

from openchannels.connectors.base.failures import FailureTable, by_kind
from openchannels.connectors.base.mapping import ProfileMap
from openchannels.connectors.base.parse import count, text
from openchannels.connectors.base.paths import value_at
from openchannels.connectors.base.shapes import rows_at
from openchannels.core.accounts import Profile
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.platforms import Platform
from openchannels.transport import oauth
from openchannels.transport.oauth import OAuthConfig
from openchannels.transport.platform_app import App
from openchannels.transport.platform_client import PlatformClient

API = "https://open.douyin.com"
FANS_SCOPE = "data.external.user"
VIDEO_SCOPE = "video.data.bind"
VIDEO_DAYS_SCOPE = "data.external.item"
COMMENT_SCOPE = "item.comment"
"""Scopes of website apps for followers and an account's days, single videos, a video's days, and
comments."""

# Codes are at one of six paths, mostly under HTTP 200.
CODES = "extra.error_code|err_no|data.error_code|data.errorCode|data.extra.error_code|error_code"
# https://developer.open-douyin.com/docs/resource/zh-CN/dop/develop/openapi/account-permission
FAILURES = FailureTable(
    code=CODES,
    request_id="extra.logid|log_id|data.log_id",
    code_decides=True,
    success=("0",),
    codes=by_kind(
        {
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
        }
    ),
)
PROFILE = ProfileMap(
    Platform("douyin"),
    {"handle": "open_id", "nickname": "nickname", "avatar": "avatar"},
    counters={"fans": "followers"},
    scoped={"fansCount": FANS_SCOPE},
)


def read_profile(uid: str, user: Mapping[str, Any], followers: int | None) -> Profile:
    return PROFILE.read({**user, "open_id": uid, "followers": followers}, uid)


def is_miniapp(app: App) -> bool:
    return bool(app.option("form") == "miniapp")


def token_header(token: str) -> Mapping[str, str]:
    return {"access-token": token}


def is_own_answer(answer: Any) -> bool:
    """Returns whether an answer has the platform's code: a missing list means an empty one."""
    return value_at(answer, CODES) is not None


def open_id_of(tokens: Tokens) -> str | None:
    """Returns the account id that came with a token."""
    return text(tokens.extra.get("open_id"))


async def refresh_access_token(
    config: OAuthConfig, client: PlatformClient, tokens: Tokens
) -> Tokens:
    """Returns tokens with a new access token; the refresh token's expiry stays the same.

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


async def read_follower_count(client: PlatformClient, tokens: Tokens, path: str) -> int | None:
    """Returns the followers on the newest day of a report; None if they cannot be read."""
    try:
        days = await read_report(client, tokens, path, "account.stats", {"date_type": 7})
    except PlatformFailure:
        return None
    newest: Mapping[str, Any] = max(days, key=lambda day: str(day.get("date")), default={})
    return count(newest.get("total_fans"))


async def read_report(
    client: PlatformClient, tokens: Tokens, path: str, operation: str, params: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Returns the days of a report, which has none if nothing was counted."""
    answer = await client.get(
        f"{API}/{path}",
        operation=operation,
        params={"open_id": open_id_of(tokens), **params},
        headers=token_header(tokens.access_token),
    )
    days = "data.result_list|data.data.result_list"
    return rows_at(client, operation, answer, days, optional=is_own_answer(answer))
