"""TikTok: Login Kit for the web, public videos over the Display API."""

from dataclasses import replace

from openchannels.connectors.base.account_call import AccountCall
from openchannels.connectors.base.accounts import AccountReader
from openchannels.connectors.base.auth import OAuth
from openchannels.connectors.base.connector import Connector
from openchannels.connectors.base.failures import FailureTable
from openchannels.connectors.base.insights import DetailInsights, ProfileInsights
from openchannels.connectors.base.mapping import ProfileMap
from openchannels.connectors.base.parse import text
from openchannels.connectors.tiktok.api import API
from openchannels.connectors.tiktok.details import TikTokDetails
from openchannels.connectors.tiktok.inbound import TikTokInbound
from openchannels.connectors.tiktok.links import LINKS
from openchannels.connectors.tiktok.publisher import TikTokPublisher
from openchannels.connectors.tiktok.publishing import PUBLISHING
from openchannels.connectors.tiktok.works import TikTokWorks
from openchannels.core.accounts import Candidate
from openchannels.core.credentials import TokenModel, Tokens
from openchannels.core.platform_errors import FailureKind
from openchannels.core.platforms import Mark, Platform, Text
from openchannels.transport import oauth
from openchannels.transport.oauth import OAuthConfig, bearer
from openchannels.transport.platform_app import App
from openchannels.transport.platform_client import PlatformClient

# A field whose scope is missing fails the call: https://developers.tiktok.com/doc/tiktok-api-scopes
PROFILE_FIELDS = {
    "user.info.basic": "open_id,union_id,avatar_url,avatar_large_url,display_name",
    "user.info.profile": "username",
    "user.info.stats": "follower_count,following_count,likes_count,video_count",
}
# The code decides, not the status: 401 is also used for a missing scope.
# https://developers.tiktok.com/doc/tiktok-api-v2-error-handling
FAILURES = FailureTable(
    code="error.code",
    message="error.message",
    request_id="error.log_id",
    code_decides=True,
    success=("ok",),
    codes={
        "access_token_invalid": FailureKind.TOKEN_EXPIRED,
        "scope_not_authorized": FailureKind.PERMISSION,
        "scope_permission_missed": FailureKind.MISCONFIGURED,
        "invalid_params": FailureKind.INVALID,
        "rate_limit_exceeded": FailureKind.RATE_LIMITED,
        "internal_error": FailureKind.UNAVAILABLE,
    },
    cursor_words=("cursor",),
    # Limits count calls per minute, over all accounts of the app.
    app_wide=(FailureKind.RATE_LIMITED,),
    wait={FailureKind.RATE_LIMITED: 60.0},
)


PROFILE = ProfileMap(
    Platform("tiktok"),
    {
        "uid": "open_id",
        "handle": "username",
        "nickname": "display_name|username",
        "avatar": "avatar_large_url|avatar_url",
    },
    counters={
        "fans": "follower_count",
        "following": "following_count",
        "works": "video_count",
        "likes": "likes_count",
    },
    facts={"union_id": "union_id"},
    scoped={
        "account": "user.info.profile",
        **dict.fromkeys(
            ("fansCount", "followingCount", "workCount", "likeCount"), "user.info.stats"
        ),
    },
)
ACCOUNT = AccountCall(f"{API}/user/info/", at="data.user")


class TikTokAuth(OAuth):
    config = OAuthConfig(
        # https://developers.tiktok.com/doc/login-kit-web
        authorize_url="https://www.tiktok.com/v2/auth/authorize/",
        token_url=f"{API}/oauth/token/",
        revoke_url=f"{API}/oauth/revoke/",
        scopes=(*PROFILE_FIELDS, "video.list"),
        required_scopes=("user.info.basic", "video.list"),
        scope_separator=",",
        client_id_param="client_key",
        pkce=True,
        # Without it TikTok silently connects the account of the current session.
        extra={"disable_auto_auth": "1"},
        # Each answer, also that of a refresh, extends the refresh token to 365 days.
        # https://developers.tiktok.com/doc/oauth-user-access-token-management
        token_model=TokenModel.ROTATING,
        default_lifetime=86_400,
        refresh_slides=True,
        # Some apps require another encoding of the challenge: the setting `pkce_encoding`.
        descriptions=((r"code.?verifier|code.?challenge", FailureKind.MISCONFIGURED),),
    )
    instructions = Text(
        en="Open the link, sign in to TikTok with the account you want to connect, and leave "
        "every permission switched on: without the list of videos nothing can be shown.",
        zh="打开链接，登录要连接的 TikTok 账号并保持所有权限开启；缺少视频列表权限时无法获取作品。",
    )

    def oauth_config(self, app: App) -> OAuthConfig:
        """Returns the configuration with the app's PKCE encoding, or without PKCE."""
        encoding = app.option("pkce_encoding", "base64url")
        if encoding == "off":
            return replace(self.config, pkce=False)
        return replace(self.config, pkce_encoding=encoding)

    async def revoke(self, client: PlatformClient, tokens: Tokens) -> bool:
        """Revokes the access token. https://developers.tiktok.com/doc/oauth-user-access-token-management"""
        await oauth.revoke(self.oauth_config(client.app), client, tokens.access_token)
        return True


class TikTokAccounts(AccountReader):
    coverage = PROFILE.coverage

    async def candidates(self, client: PlatformClient, tokens: Tokens) -> list[Candidate]:
        """Returns the account of a grant.

        https://developers.tiktok.com/doc/tiktok-api-v2-get-user-info
        """
        granted = client.app.scopes if tokens.scopes is None else tokens.scopes
        fields = (names for scope, names in PROFILE_FIELDS.items() if scope in granted)
        profile = await ACCOUNT.profile(
            client,
            PROFILE,
            headers=bearer(tokens),
            params={"fields": ",".join(fields)},
            uid=text(tokens.extra.get("open_id")),
        )
        return [Candidate(profile, tokens)]


class TikTok(Connector):
    """One authorization gives one account, whose `open_id` differs per app."""

    id = Platform("tiktok")
    name = Text(en="TikTok", zh="TikTok")
    mark = Mark("TT", "#161823")
    docs_url = "https://developers.tiktok.com/doc/display-api-overview"
    request_id_header = "x-tt-logid"
    failures = FAILURES
    auth = TikTokAuth()
    accounts = TikTokAccounts()
    publishing = PUBLISHING
    publisher = TikTokPublisher()
    works = TikTokWorks()
    details = TikTokDetails()
    account_insights = ProfileInsights(accounts)
    work_insights = DetailInsights(details)
    links = LINKS
    inbound = TikTokInbound()
