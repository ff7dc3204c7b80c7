"""Facebook: connecting accounts, and the life of their tokens."""

from collections.abc import Mapping

from openchannels.connectors.meta.graph import DIALOG, GRAPH, VERSION
from openchannels.connectors.meta.login import (
    DAILY,
    FacebookLogin,
    PersonsGrant,
    facebook_config,
    page_due,
    page_probe,
    page_refresh,
    page_refreshable,
)
from openchannels.core.accounts import Account
from openchannels.core.credentials import TokenModel, Tokens
from openchannels.core.platforms import Text
from openchannels.transport.oauth import OAuthConfig
from openchannels.transport.platform_app import App
from openchannels.transport.platform_client import PlatformClient

INSIGHTS_SCOPE = "read_insights"


class FacebookAuth(PersonsGrant):
    config = OAuthConfig(
        # https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow
        authorize_url=f"{DIALOG}/{VERSION}/dialog/oauth",
        token_url=f"{GRAPH}/{VERSION}/oauth/access_token",
        scopes=(
            "pages_show_list",
            "pages_read_engagement",
            "pages_read_user_content",
            INSIGHTS_SCOPE,
            "business_management",
        ),
        required_scopes=("pages_show_list", "pages_read_engagement"),
        scope_separator=",",
        token_method="GET",
        # Without it the dialog silently skips what the person declined before.
        extra={"auth_type": "rerequest"},
        denial_params=("error", "error_code"),
        token_model=TokenModel.EXTEND,
    )
    probe_every = DAILY
    instructions = Text(
        en="Open the link, sign in to Facebook as someone who manages the Page, choose every Page "
        "you want to connect, and leave all permissions switched on. Personal profiles cannot "
        "be connected.",
        zh="打开链接，使用管理该公共主页的 Facebook 账号登录，勾选要连接的全部公共主页，"
        "并保持所有权限开启。个人主页无法连接。",
    )

    def oauth_config(self, app: App) -> OAuthConfig:
        return facebook_config(self.config, app)

    async def exchange(
        self, client: PlatformClient, params: Mapping[str, str], verifier: str | None
    ) -> Tokens:
        return await FacebookLogin(self.oauth_config(client.app)).exchange(client, params["code"])

    async def complete(self, client: PlatformClient, tokens: Tokens) -> Tokens:
        return await FacebookLogin(self.oauth_config(client.app)).complete(client, tokens)

    def refreshable(self, tokens: Tokens, now: float) -> bool:
        return page_refreshable(tokens, now)

    def next_refresh_at(self, tokens: Tokens, refreshed_at: float) -> float | None:
        return page_due(tokens, refreshed_at)

    async def refresh(self, client: PlatformClient, tokens: Tokens) -> Tokens:
        return await page_refresh(self.oauth_config(client.app), client, tokens)

    async def probe(self, client: PlatformClient, account: Account, tokens: Tokens) -> None:
        await page_probe(client, tokens)
