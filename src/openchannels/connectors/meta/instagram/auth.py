"""Instagram: connecting accounts, and the life of their tokens."""

from collections.abc import Mapping
from dataclasses import replace

from openchannels.connectors.meta.graph import DIALOG, GRAPH, VERSION
from openchannels.connectors.meta.instagram.api import (
    HOST,
    INSIGHTS_SCOPES,
    by_facebook,
    of_page,
    read,
)
from openchannels.connectors.meta.login import (
    DAILY,
    DAY,
    DirectLogin,
    FacebookLogin,
    PersonsGrant,
    extendable,
    facebook_config,
    page_due,
    page_refresh,
    page_refreshable,
)
from openchannels.core.accounts import Account
from openchannels.core.credentials import TokenModel, Tokens
from openchannels.core.platforms import Text
from openchannels.transport.oauth import OAuthConfig
from openchannels.transport.platform_app import App
from openchannels.transport.platform_client import PlatformClient

FACEBOOK_INSTRUCTIONS = Text(
    en="Open the link, sign in to Facebook as someone who manages the Page that the professional "
    "Instagram account is linked to, choose that Page and that account, and leave all "
    "permissions switched on.",
    zh="打开链接，使用管理该 Instagram 专业账号所关联公共主页的 Facebook 账号登录，"
    "勾选该主页和该账号，并保持所有权限开启。",
)

# https://developers.facebook.com/docs/instagram-platform/instagram-api-with-facebook-login
FACEBOOK_CONFIG = OAuthConfig(
    authorize_url=f"{DIALOG}/{VERSION}/dialog/oauth",
    token_url=f"{GRAPH}/{VERSION}/oauth/access_token",
    scopes=(
        "instagram_basic",
        "instagram_manage_insights",
        "pages_show_list",
        "pages_read_engagement",
        "business_management",
    ),
    required_scopes=("instagram_basic", "pages_show_list"),
    scope_separator=",",
    token_method="GET",
    extra={"auth_type": "rerequest"},
    denial_params=("error", "error_code"),
    token_model=TokenModel.EXTEND,
)


class InstagramAuth(PersonsGrant):
    config = OAuthConfig(
        # https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/business-login
        authorize_url="https://www.instagram.com/oauth/authorize",
        token_url="https://api.instagram.com/oauth/access_token",
        scopes=("instagram_business_basic", INSIGHTS_SCOPES[0]),
        required_scopes=("instagram_business_basic",),
        scope_separator=",",
        # https://developers.facebook.com/docs/instagram-platform/reference/refresh_access_token
        token_model=TokenModel.EXTEND,
        extend_after=DAY,
        leeway=10 * DAY,
    )
    probe_every = DAILY
    instructions = Text(
        en="Open the link, sign in with the professional account (Business or Creator) you want "
        "to connect, and leave all permissions switched on. Personal accounts cannot be connected.",
        zh="打开链接，使用要连接的 Instagram 专业账号（商家或创作者）登录，并保持所有权限开启。"
        "个人账号无法连接。",
    )

    def instructions_for(self, app: App) -> Text:
        return FACEBOOK_INSTRUCTIONS if by_facebook(app) else self.instructions

    def oauth_config(self, app: App) -> OAuthConfig:
        return facebook_config(FACEBOOK_CONFIG, app) if by_facebook(app) else self.config

    def authorize_url(self, app: App, state: str, verifier: str | None) -> str:
        """Ask for the scopes of the login in use, unless the settings name others."""
        if app.scopes == self.config.scopes:
            app = replace(app, scopes=self.oauth_config(app).scopes)
        return super().authorize_url(app, state, verifier)

    def _login(self, app: App) -> DirectLogin | FacebookLogin:
        config = self.oauth_config(app)
        return FacebookLogin(config) if by_facebook(app) else DirectLogin(config, HOST, "ig")

    async def exchange(
        self, client: PlatformClient, params: Mapping[str, str], verifier: str | None
    ) -> Tokens:
        return await self._login(client.app).exchange(client, params["code"])

    async def complete(self, client: PlatformClient, tokens: Tokens) -> Tokens:
        return await self._login(client.app).complete(client, tokens)

    def refreshable(self, tokens: Tokens, now: float) -> bool:
        if of_page(tokens):
            return page_refreshable(tokens, now)
        return extendable(self.config, tokens, now)

    def next_refresh_at(self, tokens: Tokens, refreshed_at: float) -> float | None:
        if of_page(tokens):
            return page_due(tokens, refreshed_at)
        return super().next_refresh_at(tokens, refreshed_at)

    async def refresh(self, client: PlatformClient, tokens: Tokens) -> Tokens:
        if of_page(tokens):
            config = facebook_config(FACEBOOK_CONFIG, client.app)
            return await page_refresh(config, client, tokens)
        return await DirectLogin(self.config, HOST, "ig").refresh(client, tokens)

    async def probe(self, client: PlatformClient, account: Account, tokens: Tokens) -> None:
        await read(client, tokens, "me", "auth.probe", {"fields": "id"})
