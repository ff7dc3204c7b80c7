"""Douyin: connecting accounts, and refreshing their tokens."""

from collections.abc import Mapping
from dataclasses import replace

from openchannels.connectors.base.auth import OAuth
from openchannels.connectors.base.parse import count, dig, text
from openchannels.connectors.douyin import miniapp
from openchannels.connectors.douyin.api import (
    API,
    COMMENT_SCOPE,
    FAILURES,
    FANS_SCOPE,
    VIDEO_DAYS_SCOPE,
    VIDEO_SCOPE,
    is_miniapp,
    refresh_access_token,
)
from openchannels.core.credentials import TokenModel, Tokens
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.platforms import AuthType, Text
from openchannels.transport import oauth
from openchannels.transport.oauth import OAuthConfig
from openchannels.transport.platform_app import App
from openchannels.transport.platform_client import PlatformClient

HOUR = 3600
DAY = 24 * HOUR
RENEW_SCOPE = "renew_refresh_token"
MAX_RENEWALS = 5
DEFAULT_RENEWAL_SECONDS = 30 * DAY
MARGIN_SECONDS = 3 * DAY
"""Time before its expiry at which a refresh token is renewed; renewals are limited."""
RETRY_SECONDS = 6 * HOUR
REQUIRED = {"user_info", "video.list.bind", "video.list"}
OPTIONAL = {FANS_SCOPE, RENEW_SCOPE, VIDEO_SCOPE, VIDEO_DAYS_SCOPE, COMMENT_SCOPE}
"""Scopes that the user may untick on the platform's page."""


class DouyinAuth(OAuth):
    config = OAuthConfig(
        # https://developer.open-douyin.com/docs/resource/zh-CN/dop/develop/sdk/web-app/web/permission
        authorize_url=f"{API}/platform/oauth/connect/",
        token_url=f"{API}/oauth/access_token/",
        scopes=("user_info", "video.list.bind", FANS_SCOPE, RENEW_SCOPE),
        required_scopes=("user_info", "video.list.bind"),
        scope_separator=",",
        client_id_param="client_key",
        redirect_in_token=False,
        # The parameters of an error are not documented; related products use these names.
        error_params=("error", "error_code", "errCode"),
        success_values=FAILURES.success,
        callback_errors={
            **FAILURES.codes,
            # The app lacks the scope.
            **dict.fromkeys(("10004", "2190004"), FailureKind.MISCONFIGURED),
        },
        answer_at="data",
        token_model=TokenModel.STATIC,
        default_lifetime=15 * DAY,
        leeway=12 * HOUR,
        classify=FAILURES.classify,
    )
    instructions = Text(
        en="Open the link on a computer, scan the code with the Douyin app, and leave every "
        "permission ticked.",
        zh="在电脑上打开链接，用抖音 App 扫码，并保持所有权限勾选。",
    )

    def oauth_config(self, app: App) -> OAuthConfig:
        if is_miniapp(app):
            return replace(self.config, required_scopes=miniapp.SCOPES, code_param="token")
        needed = tuple(scope for scope in app.scopes if scope in REQUIRED)
        return replace(self.config, required_scopes=needed)

    def auth_type(self, app: App | None) -> AuthType:
        return AuthType.QRCODE if app and is_miniapp(app) else AuthType.OAUTH2

    def callback_json(self, app: App) -> bool:
        return is_miniapp(app)

    def instructions_for(self, app: App) -> Text:
        if not is_miniapp(app):
            return super().instructions_for(app)
        return Text(
            en="Scan the picture with the Douyin app and approve in the mini-app that opens.",
            zh="用抖音 App 扫描图片，在打开的小程序中同意授权。",
        )

    def authorize_url(self, app: App, state: str, verifier: str | None) -> str:
        optional = ",".join(f"{scope},1" for scope in app.scopes if scope in OPTIONAL)
        required = tuple(scope for scope in app.scopes if scope not in OPTIONAL)
        extra = {"optionalScope": optional or None}
        return oauth.authorize_url(
            self.oauth_config(app), replace(app, scopes=required), state, verifier, extra
        )

    async def start_url(self, client: PlatformClient, state: str, verifier: str | None) -> str:
        if is_miniapp(client.app):
            return await miniapp.qr_code(client, state)
        return await super().start_url(client, state, verifier)

    async def exchange(
        self, client: PlatformClient, params: Mapping[str, str], verifier: str | None
    ) -> Tokens:
        if is_miniapp(client.app):
            return await miniapp.exchange(self.oauth_config(client.app), client, params)
        return await super().exchange(client, params, verifier)

    async def complete(self, client: PlatformClient, tokens: Tokens) -> Tokens:
        if is_miniapp(client.app):
            return await miniapp.complete(self.oauth_config(client.app), client, tokens)
        return tokens

    def grant_end(self, tokens: Tokens) -> float | None:
        """Returns the later expiry: the last access token may outlive its refresh token."""
        end = super().grant_end(tokens)
        return end if end is None else max(end, tokens.expires_at or end)

    def next_refresh_at(self, tokens: Tokens, refreshed_at: float) -> float | None:
        moment = next_renewal_at(tokens, refreshed_at)
        return moment if moment is not None and self.refreshable(tokens, moment) else None

    async def refresh(self, client: PlatformClient, tokens: Tokens) -> Tokens:
        config = self.oauth_config(client.app)
        if is_miniapp(client.app):
            return await miniapp.refresh_all(config, client, tokens)
        return await renew_refresh_token(client, await refresh_access_token(config, client, tokens))


async def renew_refresh_token(client: PlatformClient, tokens: Tokens) -> Tokens:
    """Returns the tokens with the refresh token renewed for 30 days, if it expires soon.

    Renewal comes late because there are only five, and each extends the expiry to at most 30 days
    from the call. If the platform refuses, the tokens are returned unchanged and stay valid.
    https://developer.open-douyin.com/docs/resource/zh-CN/dop/develop/openapi/account-permission/refresh-token
    """
    end = tokens.refresh_expires_at
    if not can_renew(tokens) or end is None or end > client.clock() + MARGIN_SECONDS:
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
    seconds = count(dig(answer, "data", "expires_in")) or DEFAULT_RENEWAL_SECONDS
    return replace(
        tokens,
        refresh_token=renewed,
        refresh_expires_at=client.clock() + seconds,
        extra={**tokens.extra, "renewals": renewal_count(tokens) + 1},
    )


def renewal_count(tokens: Tokens) -> int:
    """Returns how often the refresh token has been renewed."""
    return count(tokens.extra.get("renewals")) or 0


def can_renew(tokens: Tokens) -> bool:
    return RENEW_SCOPE in (tokens.scopes or ()) and renewal_count(tokens) < MAX_RENEWALS


def next_renewal_at(tokens: Tokens, refreshed_at: float) -> float | None:
    """Returns when to refresh: shortly before the refresh token expires, or None.

    The refresh renews the refresh token or, if that is not possible, gets a last access token,
    which outlives it. After a failure the next attempt is some hours later.
    """
    end = tokens.refresh_expires_at
    if end is None:
        return None
    access_outlives_refresh = tokens.expires_at is not None and tokens.expires_at >= end
    if access_outlives_refresh and not can_renew(tokens):
        return None
    moment = max(end - MARGIN_SECONDS, refreshed_at + RETRY_SECONDS)
    return moment if moment < end else None
