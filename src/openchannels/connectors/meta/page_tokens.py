"""A user's Facebook Pages, and the tokens of Pages: read, refreshed, checked."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from openchannels.connectors.base.lifetimes import refresh_ahead_at
from openchannels.connectors.base.parse import dig, text
from openchannels.connectors.base.shapes import rows_at, text_at
from openchannels.connectors.meta.facebook_login import FacebookLogin
from openchannels.connectors.meta.failures import (
    ROOT_FAILURES,
)
from openchannels.connectors.meta.graph import (
    graph_get,
    next_position,
    position_params,
)
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure
from openchannels.core.platforms import Text
from openchannels.transport.oauth import OAuthConfig
from openchannels.transport.platform_client import PlatformClient

DAY = 24 * 3600
ROOT_MARGIN = 10 * DAY
"""Time before its expiry at which a user token is extended."""
PROBE_SECONDS = float(DAY)
"""Seconds between probes: Meta does not report a dead token and advises a daily check.

https://developers.facebook.com/docs/facebook-login/guides/access-tokens/debugging-and-error-handling
"""
MAX_ACCOUNT_CALLS = 50
NO_PAGE_TOKEN = Text(
    en="Facebook shows this Page and gives no access to it. Ask for full control of the Page, or "
    "for its content and insights, then authorize again and tick it.",
    zh="Facebook 显示了该公共主页，但未授予访问权限。请先取得该主页的完全控制权或内容与成效权限，"
    "然后重新授权并勾选该主页。",
)


async def fetch_all_pages(
    client: PlatformClient, tokens: Tokens, edge: Any, fields: str
) -> list[dict[str, Any]]:
    """Returns a user's Facebook Pages, from `edge` on. An empty page may have a next."""
    found = rows_at(client, "account.read", edge, "data")
    seen: set[str] = set()
    while (position := next_position(dig(edge, "paging"))) and position not in seen:
        if len(seen) == MAX_ACCOUNT_CALLS:
            break
        seen.add(position)
        edge = await fetch_pages_edge(client, tokens, fields, position)
        found += rows_at(client, "account.read", edge, "data")
    return found


async def fetch_pages_edge(
    client: PlatformClient, tokens: Tokens, fields: str, position: str | None = None
) -> Any:
    return await graph_get(
        client,
        "me/accounts",
        tokens.access_token,
        "account.read",
        {"fields": fields, "limit": 100, **position_params(position)},
    )


def has_page_token(row: Mapping[str, Any]) -> bool:
    return text(row.get("access_token")) is not None


def page_tokens(row: Mapping[str, Any], root: Tokens, user_id: str | None) -> Tokens:
    """Returns the tokens of a Page. A Page token has no expiry, unlike the user token."""
    return Tokens(
        access_token=str(row["access_token"]),
        scopes=root.scopes,
        extra={
            "page_id": str(row["id"]),
            "root_token": root.access_token,
            "root_expires_at": root.expires_at,
            "root_user_id": user_id,
        },
    )


def can_refresh_page_token(tokens: Tokens, now: float) -> bool:
    """Returns whether the user token is still valid, which fetches a Page's token."""
    if not tokens.extra.get("root_token") or not tokens.extra.get("page_id"):
        return False
    end = tokens.extra.get("root_expires_at")
    return end is None or end > now


def page_refresh_at(tokens: Tokens, refreshed_at: float) -> float | None:
    """Returns when to extend the user token, which is needed to fetch a Page's token."""
    due = refresh_ahead_at(tokens.extra.get("root_expires_at"), refreshed_at, ROOT_MARGIN)
    return due if due is not None and can_refresh_page_token(tokens, due) else None


async def extend_root_token(config: OAuthConfig, client: PlatformClient, tokens: Tokens) -> Tokens:
    """Returns a Page's tokens with the user token extended if it expires soon.

    If Meta refuses, the tokens are returned unchanged: the Page's token stays valid.
    https://developers.facebook.com/docs/facebook-login/guides/access-tokens/get-long-lived
    """
    root, end = text(tokens.extra.get("root_token")), tokens.extra.get("root_expires_at")
    if root is None or end is None or end > client.clock() + ROOT_MARGIN:
        return tokens
    try:
        long_lived = await FacebookLogin(config).extend(client, root)
    except PlatformFailure:
        return tokens
    extended = {"root_token": long_lived.access_token, "root_expires_at": long_lived.expires_at}
    return replace(tokens, extra={**tokens.extra, **extended})


async def refresh_page_token(config: OAuthConfig, client: PlatformClient, tokens: Tokens) -> Tokens:
    """Fetches the Page's token with the user token, which is extended first if it expires soon.

    https://developers.facebook.com/docs/facebook-login/guides/access-tokens
    """
    tokens = await extend_root_token(config, client, tokens)
    page, root = text(tokens.extra.get("page_id")), text(tokens.extra.get("root_token"))
    if page is None or root is None:
        raise dead_grant_failure(client)
    answer = await graph_get(
        client,
        page,
        root,
        "auth.refresh",
        {"fields": "access_token"},
        classify=ROOT_FAILURES.classify,
    )
    page_token = text(dig(answer, "access_token"))
    if page_token is not None:
        return replace(tokens, access_token=page_token)
    if dig(answer, "id") is None or "access_token" in answer:
        raise client.malformed("auth.refresh")
    # Graph omits the field for a user without a role on the Page.
    raise dead_grant_failure(client)


async def probe_page_token(client: PlatformClient, tokens: Tokens) -> None:
    """Checks a Page's token by reading its id.

    https://developers.facebook.com/docs/facebook-login/guides/access-tokens/debugging-and-error-handling
    """
    answer = await graph_get(client, "me", tokens.access_token, "auth.probe", {"fields": "id"})
    text_at(client, "auth.probe", answer, "id")


def dead_grant_failure(client: PlatformClient) -> PlatformFailure:
    return PlatformFailure(client.platform, "auth.refresh", Failure(FailureKind.DEAD_GRANT))
