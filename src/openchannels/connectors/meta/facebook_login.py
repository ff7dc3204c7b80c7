"""Facebook Login: the consent dialog, the user's token, and the end of the grant."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from openchannels.connectors.base.auth import OAuth
from openchannels.connectors.base.parse import moment, text
from openchannels.connectors.base.shapes import object_at, rows_at
from openchannels.connectors.meta.failures import (
    CODES,
    LOGIN_FAILURES,
    ROOT_FAILURES,
)
from openchannels.connectors.meta.graph import (
    DIALOG,
    GRAPH,
    VERSION,
    graph_get,
    graph_request,
)
from openchannels.core.credentials import TokenModel, Tokens
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.transport import oauth
from openchannels.transport.oauth import OAuthConfig
from openchannels.transport.platform_app import App
from openchannels.transport.platform_client import PlatformClient

ERROR_PARAMS = ("error", "error_code")


def facebook_login(scopes: tuple[str, ...], required_scopes: tuple[str, ...]) -> OAuthConfig:
    """Returns the configuration of Facebook's consent dialog.

    https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow
    """
    return OAuthConfig(
        authorize_url=f"{DIALOG}/{VERSION}/dialog/oauth",
        token_url=f"{GRAPH}/{VERSION}/oauth/access_token",
        scopes=scopes,
        required_scopes=required_scopes,
        scope_separator=",",
        token_method="GET",
        # Without it the dialog silently skips permissions that the user declined before.
        extra={"auth_type": "rerequest"},
        error_params=ERROR_PARAMS,
        callback_errors=CODES,
        token_model=TokenModel.EXTEND,
    )


def dialog_failure(config: OAuthConfig, params: Mapping[str, str]) -> FailureKind | None:
    """Returns why a login of Meta refused; None if the user declined.

    A dialog that the app's setup breaks reports a code without `error`, such as 1349126, "App Not
    Setup".
    https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow
    """
    code = params.get("error_code", "")
    unknown = not params.get("error") and code not in CODES
    return FailureKind.MISCONFIGURED if unknown else oauth.callback_failure(config, params)


def facebook_config(config: OAuthConfig, app: App) -> OAuthConfig:
    """Returns the configuration for the app's Graph version and login configuration.

    https://developers.facebook.com/docs/facebook-login/facebook-login-for-business
    """
    version = app.option("graph_version", VERSION)
    config = replace(
        config,
        authorize_url=f"{DIALOG}/{version}/dialog/oauth",
        token_url=f"{GRAPH}/{version}/oauth/access_token",
    )
    configuration = app.option("config_id")
    if not configuration:
        return config
    extra = {**config.extra, "config_id": str(configuration)}
    return replace(config, scope_param=None, extra=extra)


@dataclass(frozen=True, slots=True)
class FacebookLogin:
    """Facebook Login: a user token of about 60 days, which yields one token for each Page.

    https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow
    """

    config: OAuthConfig

    async def exchange(self, client: PlatformClient, code: str) -> Tokens:
        """Redeems the code for a short-lived token; `complete` exchanges it for a lasting one."""
        params = {"redirect_uri": client.app.redirect_uri, "code": code}
        return await self._tokens(client, params, "auth.exchange")

    async def complete(self, client: PlatformClient, tokens: Tokens) -> Tokens:
        """Returns a token of about 60 days, with the scopes that the user granted.

        If the answer has no expiry, one `debug_token` call reads expiry and scopes.
        """
        long_lived = await self.extend(client, tokens.access_token)
        if long_lived.scopes is not None:
            return long_lived
        return replace(long_lived, scopes=await read_granted_scopes(client, long_lived))

    async def extend(self, client: PlatformClient, token: str) -> Tokens:
        """Exchanges a user token for one of about 60 days. The old one stays valid."""
        params = {"grant_type": "fb_exchange_token", "fb_exchange_token": token}
        long_lived = await self._tokens(client, params, "auth.extend")
        return (
            long_lived
            if long_lived.expires_at is not None
            else await with_inspected_expiry(client, long_lived)
        )

    async def _tokens(
        self, client: PlatformClient, params: Mapping[str, str], operation: str
    ) -> Tokens:
        return await oauth.request_tokens(
            self.config,
            client,
            self.config.token_url,
            params,
            operation,
            classify=LOGIN_FAILURES.classify,
        )


async def read_granted_scopes(client: PlatformClient, tokens: Tokens) -> tuple[str, ...]:
    """Returns the permissions that the user granted.

    https://developers.facebook.com/docs/facebook-login/guides/permissions/request-revoke
    """
    answer = await graph_get(client, "me/permissions", tokens.access_token, "auth.permissions", {})
    return tuple(
        str(row.get("permission"))
        for row in rows_at(client, "auth.permissions", answer, "data")
        if row.get("status") == "granted"
    )


async def with_inspected_expiry(client: PlatformClient, tokens: Tokens) -> Tokens:
    """Returns the tokens with expiry and scopes read from `debug_token`.

    https://developers.facebook.com/docs/facebook-login/guides/access-tokens/debugging-and-error-handling
    """
    app = client.app
    answer = await graph_get(
        client,
        "debug_token",
        f"{app.client_id}|{app.client_secret}",
        "auth.inspect",
        {"input_token": tokens.access_token},
    )
    token = object_at(client, "auth.inspect", answer, "data")
    return replace(
        tokens,
        expires_at=moment(token.get("expires_at")),
        scopes=oauth.read_scopes(token.get("scopes")),
    )


class FacebookUserGrant(OAuth):
    """Base of connections by Facebook Login: revoking a user's grant ends it for all Pages.

    https://developers.facebook.com/docs/facebook-login/guides/permissions/request-revoke
    """

    shared_grant_group = "facebook"

    def callback_failure(self, params: Mapping[str, str]) -> FailureKind | None:
        return dialog_failure(self.config, params)

    def can_revoke(self, app: App) -> bool:
        return True

    def revokes(self, app: App, tokens: Tokens) -> bool:
        return text(tokens.extra.get("root_token")) is not None

    async def revoke(self, client: PlatformClient, tokens: Tokens) -> bool:
        """Revokes all permissions with the user token."""
        root = text(tokens.extra.get("root_token"))
        if root is None:
            return False
        try:
            await client.call(
                "DELETE",
                operation="auth.revoke",
                **graph_request(client, "me/permissions", root, {}),
                classify=ROOT_FAILURES.classify,
                idempotent=True,
                silent=True,
            )
        except PlatformFailure as failure:
            if failure.kind is not FailureKind.DEAD_GRANT:
                raise
        return True
