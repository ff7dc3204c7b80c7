"""X: connecting accounts, and the life of their tokens."""

from openchannels.connectors.base.auth import OAuth
from openchannels.connectors.twitter.api import API, DAY
from openchannels.core.credentials import TokenModel, Tokens
from openchannels.core.platform_errors import FailureKind
from openchannels.core.platforms import Text
from openchannels.transport.oauth import OAuthConfig, classify_by_text, revoke
from openchannels.transport.platform_client import PlatformClient


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
        # X publishes no life of an unused refresh token; six months is what its users report.
        # https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code
        token_model=TokenModel.ROTATING,
        default_lifetime=7200,
        idle_life=180 * DAY,
        # Where the standard has `invalid_grant`, X says that a value was invalid.
        classify=classify_by_text((r"value passed for the ", FailureKind.DEAD_GRANT)),
    )
    refused_again_is_dead = True
    instructions = Text(
        en="First switch to the account you want to connect on x.com: X offers no choice of "
        "accounts. Then open the link and approve.",
        zh="请先在 x.com 切换到要连接的账号（X 不提供账号选择），然后打开链接并同意授权。",
    )

    async def revoke(self, client: PlatformClient, tokens: Tokens) -> bool:
        """Both tokens: whether one takes the other along is not documented."""
        for token in filter(None, (tokens.refresh_token, tokens.access_token)):
            await revoke(self.oauth_config(client.app), client, token)
        return True
