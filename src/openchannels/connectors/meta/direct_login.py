"""The logins of Instagram and of Threads, which need no Facebook account."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from openchannels.connectors.base.parse import dig, first
from openchannels.connectors.meta.failures import (
    DIRECT_FAILURES,
    classify_direct_exchange,
)
from openchannels.core.credentials import Tokens
from openchannels.transport import oauth
from openchannels.transport.oauth import OAuthConfig
from openchannels.transport.platform_client import PlatformClient

HOUR = 3600
DAY = 24 * HOUR


@dataclass(frozen=True, slots=True)
class DirectLogin:
    """The login of Instagram or of Threads: a token of an hour, then one of 60 days.

    The latter extends itself, from its second day until it expires. `host` serves the exchange,
    `grant_prefix` is the prefix of the platform's grant types.
    https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login
    https://developers.facebook.com/docs/threads/get-started/long-lived-tokens
    """

    config: OAuthConfig
    host: str
    grant_prefix: str

    async def exchange(self, client: PlatformClient, code: str) -> Tokens:
        """Redeems the code. The answer may be wrapped in a list and contain the scopes."""
        params = {
            "client_id": client.app.client_id,
            "client_secret": client.app.client_secret,
            "grant_type": "authorization_code",
            "redirect_uri": client.app.redirect_uri,
            # Some clients append the callback's fragment to the code.
            "code": code.removesuffix("#_"),
        }
        answer = await client.call(
            "POST",
            self.config.token_url,
            operation="auth.exchange",
            form=params,
            classify=classify_direct_exchange,
        )
        body = first((dig(answer, "data", 0), answer))
        if isinstance(body, dict) and body.get("permissions"):
            body = {**body, "scope": body["permissions"]}
        short_lived_config = replace(self.config, default_lifetime=HOUR)
        tokens = oauth.read_tokens(short_lived_config, client, body, "auth.exchange")
        # The user id of this answer is app-scoped and not the account's id.
        return replace(tokens, extra={})

    async def complete(self, client: PlatformClient, tokens: Tokens) -> Tokens:
        """Returns the token of 60 days. A second call returns the tokens unchanged."""
        if "obtained_at" in tokens.extra:
            return tokens
        params = {
            "grant_type": f"{self.grant_prefix}_exchange_token",
            "client_secret": client.app.client_secret,
            "access_token": tokens.access_token,
        }
        return await self._long_lived_tokens(client, tokens, "access_token", params, "auth.extend")

    async def refresh(self, client: PlatformClient, tokens: Tokens) -> Tokens:
        """Extends the token by 60 days; its value may stay the same."""
        params = {
            "grant_type": f"{self.grant_prefix}_refresh_token",
            "access_token": tokens.access_token,
        }
        return await self._long_lived_tokens(
            client, tokens, "refresh_access_token", params, "auth.refresh"
        )

    async def _long_lived_tokens(
        self,
        client: PlatformClient,
        tokens: Tokens,
        path: str,
        params: Mapping[str, str],
        operation: str,
    ) -> Tokens:
        answer = await client.get(
            f"{self.host}/{path}",
            operation=operation,
            params=params,
            classify=DIRECT_FAILURES.classify,
        )
        config = replace(self.config, default_lifetime=60 * DAY)
        fresh_tokens = oauth.read_tokens(config, client, answer, operation)
        merged = oauth.keep_old(tokens, fresh_tokens)
        return replace(merged, extra={**merged.extra, "obtained_at": client.clock()})


def can_extend(config: OAuthConfig, tokens: Tokens, now: float) -> bool:
    """Returns whether a token of 60 days is old enough to be extended and has not expired."""
    old_enough = now - (tokens.extra.get("obtained_at") or 0) >= config.extend_after
    return old_enough and (tokens.expires_at is None or tokens.expires_at > now)
