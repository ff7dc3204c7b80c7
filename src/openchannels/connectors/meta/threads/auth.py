"""Threads: connecting accounts, and the life of their tokens."""

from collections.abc import Mapping
from dataclasses import replace

from openchannels.connectors.base.auth import OAuth
from openchannels.connectors.base.parse import dig
from openchannels.connectors.meta.login import DAILY, DAY, DirectLogin, extendable
from openchannels.connectors.meta.threads.api import BASIC, HOST, INSIGHTS_SCOPE, read
from openchannels.core.accounts import Account
from openchannels.core.credentials import TokenModel, Tokens
from openchannels.core.platform_errors import PlatformFailure
from openchannels.core.platforms import Text
from openchannels.transport import oauth
from openchannels.transport.oauth import OAuthConfig
from openchannels.transport.platform_client import PlatformClient


class ThreadsAuth(OAuth):
    config = OAuthConfig(
        # https://developers.facebook.com/docs/threads/get-started/get-access-tokens-and-permissions
        authorize_url="https://threads.com/oauth/authorize",
        token_url=f"{HOST}/oauth/access_token",
        scopes=(BASIC, INSIGHTS_SCOPE),
        required_scopes=(BASIC,),
        scope_separator=",",
        # https://developers.facebook.com/docs/threads/get-started/long-lived-tokens
        token_model=TokenModel.EXTEND,
        extend_after=DAY,
        leeway=10 * DAY,
    )
    probe_every = DAILY
    instructions = Text(
        en="Open the link in a browser (not in the Threads app), sign in to Threads with the "
        "account you want to connect, and leave all permissions switched on.",
        zh="请在浏览器（而非 Threads 应用）中打开链接，登录要连接的 Threads 账号，"
        "并保持所有权限开启。",
    )

    async def exchange(
        self, client: PlatformClient, params: Mapping[str, str], verifier: str | None
    ) -> Tokens:
        return await self._login().exchange(client, params["code"])

    async def complete(self, client: PlatformClient, tokens: Tokens) -> Tokens:
        """The token of 60 days, and a look at what was granted: no token answer says so."""
        lasting = await self._login().complete(client, tokens)
        if lasting.scopes is not None:
            return lasting
        return replace(lasting, scopes=await granted(client, lasting))

    def refreshable(self, tokens: Tokens, now: float) -> bool:
        return extendable(self.config, tokens, now)

    async def probe(self, client: PlatformClient, account: Account, tokens: Tokens) -> None:
        await read(client, tokens, "me", "auth.probe", {"fields": "id"})

    async def refresh(self, client: PlatformClient, tokens: Tokens) -> Tokens:
        return await self._login().refresh(client, tokens)

    def _login(self) -> DirectLogin:
        return DirectLogin(self.config, HOST, "th")


async def granted(client: PlatformClient, tokens: Tokens) -> tuple[str, ...] | None:
    """The scopes of a token; None where Threads does not tell them, which costs nothing."""
    given = {"input_token": tokens.access_token}
    try:
        answer = await read(client, tokens, "debug_token", "auth.inspect", given)
    except PlatformFailure:
        return None
    return oauth.read_scopes(dig(answer, "data", "scopes")) or None
