"""Instagram: professional accounts, over Instagram Login or Facebook Login."""

from collections.abc import Mapping
from dataclasses import replace

from openchannels.connectors.base.insights import DetailInsights
from openchannels.connectors.base.shapes import text_at
from openchannels.connectors.meta.connector import MetaConnector
from openchannels.connectors.meta.direct_login import (
    DAY,
    DirectLogin,
    can_extend,
)
from openchannels.connectors.meta.facebook_login import (
    ERROR_PARAMS,
    FacebookLogin,
    FacebookUserGrant,
    facebook_config,
    facebook_login,
)
from openchannels.connectors.meta.failures import CODES, DIRECT_FAILURES
from openchannels.connectors.meta.instagram.accounts import InstagramAccounts
from openchannels.connectors.meta.instagram.api import (
    HOST,
    INSIGHTS_SCOPES,
    get_json,
    is_page_token,
    uses_facebook_login,
)
from openchannels.connectors.meta.instagram.details import InstagramDetails
from openchannels.connectors.meta.instagram.engagement import InstagramEngagement
from openchannels.connectors.meta.instagram.insights import InstagramInsights
from openchannels.connectors.meta.instagram.links import LINKS
from openchannels.connectors.meta.instagram.publisher import InstagramPublisher
from openchannels.connectors.meta.instagram.publishing import PUBLISHING
from openchannels.connectors.meta.instagram.works import InstagramWorks
from openchannels.connectors.meta.page_tokens import (
    PROBE_SECONDS,
    can_refresh_page_token,
    page_refresh_at,
    refresh_page_token,
)
from openchannels.core.accounts import Account
from openchannels.core.credentials import TokenModel, Tokens
from openchannels.core.platforms import Mark, Platform, Text
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
FACEBOOK_CONFIG = facebook_login(
    scopes=(
        "instagram_basic",
        "instagram_manage_insights",
        "pages_show_list",
        "pages_read_engagement",
        "business_management",
    ),
    required_scopes=("instagram_basic", "pages_show_list"),
)


class InstagramAuth(FacebookUserGrant):
    config = OAuthConfig(
        # https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/business-login
        authorize_url="https://www.instagram.com/oauth/authorize",
        token_url="https://api.instagram.com/oauth/access_token",
        scopes=("instagram_business_basic", INSIGHTS_SCOPES[0]),
        required_scopes=("instagram_business_basic",),
        scope_separator=",",
        error_params=ERROR_PARAMS,
        callback_errors=CODES,
        # https://developers.facebook.com/docs/instagram-platform/reference/refresh_access_token
        token_model=TokenModel.EXTEND,
        extend_after=DAY,
        leeway=10 * DAY,
    )
    probe_every = PROBE_SECONDS
    instructions = Text(
        en="Open the link, sign in with the professional account (Business or Creator) you want "
        "to connect, and leave all permissions switched on. Personal accounts cannot be connected.",
        zh="打开链接，使用要连接的 Instagram 专业账号（商家或创作者）登录，并保持所有权限开启。"
        "个人账号无法连接。",
    )

    def instructions_for(self, app: App) -> Text:
        return FACEBOOK_INSTRUCTIONS if uses_facebook_login(app) else self.instructions

    def oauth_config(self, app: App) -> OAuthConfig:
        return facebook_config(FACEBOOK_CONFIG, app) if uses_facebook_login(app) else self.config

    def authorize_url(self, app: App, state: str, verifier: str | None) -> str:
        """Returns the consent page with the scopes of the login in use, or the configured ones."""
        if app.scopes == self.config.scopes:
            app = replace(app, scopes=self.oauth_config(app).scopes)
        return super().authorize_url(app, state, verifier)

    def _login(self, app: App) -> DirectLogin | FacebookLogin:
        config = self.oauth_config(app)
        return (
            FacebookLogin(config) if uses_facebook_login(app) else DirectLogin(config, HOST, "ig")
        )

    async def exchange(
        self, client: PlatformClient, params: Mapping[str, str], verifier: str | None
    ) -> Tokens:
        return await self._login(client.app).exchange(client, params["code"])

    async def complete(self, client: PlatformClient, tokens: Tokens) -> Tokens:
        return await self._login(client.app).complete(client, tokens)

    def can_revoke(self, app: App) -> bool:
        return uses_facebook_login(app)

    def refreshable(self, tokens: Tokens, now: float) -> bool:
        if is_page_token(tokens):
            return can_refresh_page_token(tokens, now)
        return can_extend(self.config, tokens, now)

    def next_refresh_at(self, tokens: Tokens, refreshed_at: float) -> float | None:
        if is_page_token(tokens):
            return page_refresh_at(tokens, refreshed_at)
        return super().next_refresh_at(tokens, refreshed_at)

    async def refresh(self, client: PlatformClient, tokens: Tokens) -> Tokens:
        if is_page_token(tokens):
            config = facebook_config(FACEBOOK_CONFIG, client.app)
            return await refresh_page_token(config, client, tokens)
        return await DirectLogin(self.config, HOST, "ig").refresh(client, tokens)

    async def probe(self, client: PlatformClient, account: Account, tokens: Tokens) -> None:
        answer = await get_json(client, tokens, "me", "auth.probe", {"fields": "id"})
        text_at(client, "auth.probe", answer, "id")


class Instagram(MetaConnector):
    """One authorization gives one account, or with Facebook Login those of a user's Pages.

    Tokens of Facebook Login contain a Page id, which decides the host and the refresh call.
    """

    id = Platform("instagram")
    name = Text(en="Instagram", zh="Instagram")
    mark = Mark("IG", "#b32a7d")
    docs_url = "https://developers.facebook.com/docs/instagram-platform"
    failures = DIRECT_FAILURES
    auth = InstagramAuth()
    accounts = InstagramAccounts()
    publishing = PUBLISHING
    publisher = InstagramPublisher()
    engagement = InstagramEngagement()
    works = InstagramWorks()
    details = InstagramDetails()
    account_insights = InstagramInsights()
    work_insights = DetailInsights(details)
    links = LINKS
