"""X, formerly Twitter: posts over the API v2, which charges for each post read."""

from collections.abc import Sequence
from typing import Any, ClassVar

from openchannels.connectors.base.account_call import AccountCall
from openchannels.connectors.base.accounts import AccountReader
from openchannels.connectors.base.auth import OAuth
from openchannels.connectors.base.connector import Connector
from openchannels.connectors.base.insights import ProfileInsights
from openchannels.connectors.base.mapping import ProfileMap
from openchannels.connectors.base.parse import dig, text
from openchannels.connectors.twitter.engagement import TwitterEngagement
from openchannels.connectors.twitter.failures import FAILURES, read_limits
from openchannels.connectors.twitter.fields import DAY
from openchannels.connectors.twitter.insights import TwitterDetails, TwitterWorkInsights
from openchannels.connectors.twitter.links import LINKS
from openchannels.connectors.twitter.prices import ENGAGEMENT_COSTS, PUBLISH_COSTS
from openchannels.connectors.twitter.publisher import TwitterPublisher
from openchannels.connectors.twitter.publishing import PUBLISHING
from openchannels.connectors.twitter.works import API, POST_COST, TwitterWorks
from openchannels.core.accounts import Candidate
from openchannels.core.credentials import TokenModel, Tokens
from openchannels.core.platform_errors import FailureKind, RemainingQuota
from openchannels.core.platforms import Mark, Platform, Text
from openchannels.transport.client import Answer
from openchannels.transport.oauth import OAuthConfig, bearer, revoke
from openchannels.transport.platform_client import PlatformClient


def read_avatar(user: Any) -> str | None:
    return (text(dig(user, "profile_image_url")) or "").replace("_normal", "_400x400")


PROFILE = ProfileMap(
    Platform("twitter"),
    {"uid": "id", "handle": "username", "nickname": "name|username", "avatar": read_avatar},
    counters={
        "fans": "public_metrics.followers_count",
        "following": "public_metrics.following_count",
        "works": "public_metrics.tweet_count|public_metrics.post_count",
    },
)
ACCOUNT = AccountCall(
    f"{API}/users/me", at="data", params={"user.fields": "profile_image_url,public_metrics"}
)


class TwitterAuth(OAuth):
    config = OAuthConfig(
        # https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code
        authorize_url="https://x.com/i/oauth2/authorize",
        token_url=f"{API}/oauth2/token",
        revoke_url=f"{API}/oauth2/revoke",
        scopes=("tweet.read", "users.read", "offline.access"),
        required_scopes=("tweet.read", "users.read"),
        client_auth="basic",
        pkce=True,
        # X does not document how long an unused refresh token lives; users report six months.
        # https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code
        token_model=TokenModel.ROTATING,
        default_lifetime=7200,
        idle_life=180 * DAY,
        # X reports an invalid value where the standard has `invalid_grant`.
        descriptions=((r"value passed for the ", FailureKind.DEAD_GRANT),),
    )
    instructions = Text(
        en="First switch to the account you want to connect on x.com: X offers no choice of "
        "accounts. Then open the link and approve.",
        zh="请先在 x.com 切换到要连接的账号（X 不提供账号选择），然后打开链接并同意授权。",
    )

    async def revoke(self, client: PlatformClient, tokens: Tokens) -> bool:
        """Revokes both tokens: X does not document whether one call ends both.

        https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code
        """
        for token in filter(None, (tokens.refresh_token, tokens.access_token)):
            await revoke(self.oauth_config(client.app), client, token)
        return True


class TwitterAccounts(AccountReader):
    coverage = PROFILE.coverage

    async def candidates(self, client: PlatformClient, tokens: Tokens) -> list[Candidate]:
        profile = await ACCOUNT.profile(client, PROFILE, headers=bearer(tokens))
        return [Candidate(profile, tokens)]


class Twitter(Connector):
    """One authorization gives the account that the browser is signed in to."""

    id = Platform("twitter")
    name = Text(en="Twitter (X)", zh="Twitter（X）")
    mark = Mark("X", "#0f1419")
    docs_url = "https://docs.x.com/x-api"
    # https://docs.x.com/x-api/getting-started/pricing: works are charged by the posts returned.
    cost_unit = "USD"
    costs: ClassVar = {
        "auth.exchange": 0.0,
        "auth.refresh": 0.0,
        "account.read": 0.01,
        "works.list": 0.0,
        "works.private": 0.0,
        "works.read": 0.0,
        # The price of a post's analytics is not published: counted as that of a post.
        "works.insights": POST_COST,
        **PUBLISH_COSTS,
        **ENGAGEMENT_COSTS,
    }
    failures = FAILURES
    request_id_header = "x-transaction-id"
    auth = TwitterAuth()
    accounts = TwitterAccounts()
    publishing = PUBLISHING
    publisher = TwitterPublisher()
    engagement = TwitterEngagement()
    works = TwitterWorks()
    details = TwitterDetails()
    account_insights = ProfileInsights(accounts)
    work_insights = TwitterWorkInsights(details)
    links = LINKS

    def remaining_quotas(self, answer: Answer) -> Sequence[RemainingQuota]:
        return read_limits(answer)
