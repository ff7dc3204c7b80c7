"""Facebook: Pages over Facebook Login, works through a Page's published posts."""

from collections.abc import Mapping
from dataclasses import replace

from openchannels.connectors.base.insights import DetailInsights
from openchannels.connectors.meta.connector import MetaConnector
from openchannels.connectors.meta.facebook.accounts import FacebookAccounts
from openchannels.connectors.meta.facebook.details import FacebookDetails
from openchannels.connectors.meta.facebook.engagement import FacebookEngagement
from openchannels.connectors.meta.facebook.insights import FacebookInsights
from openchannels.connectors.meta.facebook.links import LINKS
from openchannels.connectors.meta.facebook.publisher import FacebookPublisher
from openchannels.connectors.meta.facebook.publishing import PUBLISHING
from openchannels.connectors.meta.facebook.works import INSIGHTS_SCOPE, FacebookWorks
from openchannels.connectors.meta.facebook_login import (
    FacebookLogin,
    FacebookUserGrant,
    facebook_config,
    facebook_login,
)
from openchannels.connectors.meta.failures import PAGE_FAILURES
from openchannels.connectors.meta.page_tokens import (
    PROBE_SECONDS,
    can_refresh_page_token,
    page_refresh_at,
    probe_page_token,
    refresh_page_token,
)
from openchannels.core.accounts import Account, Candidate
from openchannels.core.credentials import Tokens
from openchannels.core.platforms import Mark, Platform, Text
from openchannels.transport.oauth import OAuthConfig
from openchannels.transport.platform_app import App
from openchannels.transport.platform_client import PlatformClient


class FacebookAuth(FacebookUserGrant):
    config = facebook_login(
        scopes=(
            "pages_show_list",
            "pages_read_engagement",
            "pages_read_user_content",
            INSIGHTS_SCOPE,
            "business_management",
        ),
        required_scopes=("pages_show_list", "pages_read_engagement"),
    )
    probe_every = PROBE_SECONDS
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
        return can_refresh_page_token(tokens, now)

    def next_refresh_at(self, tokens: Tokens, refreshed_at: float) -> float | None:
        return page_refresh_at(tokens, refreshed_at)

    async def refresh(self, client: PlatformClient, tokens: Tokens) -> Tokens:
        return await refresh_page_token(self.oauth_config(client.app), client, tokens)

    async def probe(self, client: PlatformClient, account: Account, tokens: Tokens) -> None:
        await probe_page_token(client, tokens)


class Facebook(MetaConnector):
    """One authorization gives the Pages that the user chose; each Page has its own token."""

    id = Platform("facebook")
    name = Text(en="Facebook", zh="Facebook")
    mark = Mark("f", "#0a63d1")
    docs_url = "https://developers.facebook.com/docs/pages-api"
    failures = PAGE_FAILURES
    auth = FacebookAuth()
    accounts = FacebookAccounts()
    publishing = PUBLISHING
    publisher = FacebookPublisher()
    engagement = FacebookEngagement()
    works = FacebookWorks()
    details = FacebookDetails()
    account_insights = FacebookInsights()
    work_insights = DetailInsights(details)
    links = LINKS

    def adopt(self, candidate: Candidate) -> Candidate | None:
        """Returns the Page without an expiry, which AiToEarn copies from the user's token."""
        return replace(candidate, tokens=replace(candidate.tokens, expires_at=None))
