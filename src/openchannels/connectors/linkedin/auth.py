"""LinkedIn: connecting accounts, and the life of their tokens."""

from openchannels.connectors.base.auth import OAuth
from openchannels.connectors.linkedin.api import ADMIN_SCOPE
from openchannels.connectors.linkedin.token import introspect
from openchannels.core.accounts import Account
from openchannels.core.credentials import TokenModel, Tokens
from openchannels.core.platform_errors import FailureKind
from openchannels.core.platforms import Text
from openchannels.transport.oauth import OAuthConfig, classify_by_text
from openchannels.transport.platform_client import PlatformClient

DAY = 86_400


class LinkedInAuth(OAuth):
    config = OAuthConfig(
        # https://learn.microsoft.com/en-us/linkedin/shared/authentication/authorization-code-flow
        authorize_url="https://www.linkedin.com/oauth/v2/authorization",
        token_url="https://www.linkedin.com/oauth/v2/accessToken",
        revoke_url="https://www.linkedin.com/oauth/v2/revoke",
        # None is required: an app without the Community Management API connects members only,
        # and nobody can grant a part of what is asked.
        scopes=("r_basicprofile", "r_organization_social", ADMIN_SCOPE),
        # The refresh token, given to approved partners only, keeps the end of its first consent,
        # and no access token outlives it: nothing is gained by refreshing what nobody uses.
        # https://learn.microsoft.com/en-us/linkedin/shared/authentication/programmatic-refresh-tokens
        token_model=TokenModel.STATIC,
        default_lifetime=60 * DAY,
        leeway=DAY,
        # The app lacks the product that the scope belongs to; nobody said no.
        denials={"unauthorized_scope_error": FailureKind.MISCONFIGURED},
        classify=classify_by_text(
            (
                r"(grant|token|code).*(invalid|expired|revoked)|does not match",
                FailureKind.DEAD_GRANT,
            )
        ),
    )
    # An access token lives 60 days, and LinkedIn tells nobody when a member ends it before.
    probe_every = 7.0 * DAY
    instructions = Text(
        en="Open the link, sign in to LinkedIn as a member who administers the page, approve, "
        "then choose the pages to connect. Posts of personal profiles cannot be listed.",
        zh="打开链接，使用管理公司主页的 LinkedIn 账号登录并同意授权，然后选择要连接的主页。"
        "个人主页的动态无法获取。",
    )

    async def probe(self, client: PlatformClient, account: Account, tokens: Tokens) -> None:
        await introspect(client, tokens)
