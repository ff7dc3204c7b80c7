"""Authorization at Meta: Facebook Login, and the logins of Instagram and Threads."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from openchannels.connectors.base.auth import OAuth
from openchannels.connectors.base.lifetimes import refresh_ahead_at
from openchannels.connectors.base.parse import dig, first, moment, text
from openchannels.connectors.base.shapes import object_at, rows_at, text_at
from openchannels.connectors.meta.failures import (
    CODES,
    DIRECT_FAILURES,
    LOGIN_FAILURES,
    ROOT_FAILURES,
    classify_direct_exchange,
)
from openchannels.connectors.meta.graph import (
    DIALOG,
    GRAPH,
    VERSION,
    graph_get,
    graph_request,
    next_position,
    position_params,
)
from openchannels.core.credentials import TokenModel, Tokens
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure
from openchannels.core.platforms import Text
from openchannels.transport import oauth
from openchannels.transport.oauth import OAuthConfig
from openchannels.transport.platform_app import App
from openchannels.transport.platform_client import PlatformClient

ERROR_PARAMS = ("error", "error_code")
HOUR = 3600
DAY = 24 * HOUR
ROOT_MARGIN = 10 * DAY
"""Time before its expiry at which a user token is extended."""
PROBE_SECONDS = float(DAY)
"""Seconds between probes: Meta does not report a dead token and advises a daily check.

https://developers.facebook.com/docs/facebook-login/guides/access-tokens/debugging-and-error-handling
"""
MAX_ACCOUNT_CALLS = 50
NO_PAGE_TOKEN = Text(
    en="Facebook shows this Page and gives no access to it. Ask for full control of the Page, or "
    "for its content and insights, then authorize again and tick it.",
    zh="Facebook 显示了该公共主页，但未授予访问权限。请先取得该主页的完全控制权或内容与成效权限，"
    "然后重新授权并勾选该主页。",
)


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


async def fetch_all_pages(
    client: PlatformClient, tokens: Tokens, edge: Any, fields: str
) -> list[dict[str, Any]]:
    """Returns a user's Facebook Pages, from `edge` on. An empty page may have a next."""
    found = rows_at(client, "account.read", edge, "data")
    seen: set[str] = set()
    while (position := next_position(dig(edge, "paging"))) and position not in seen:
        if len(seen) == MAX_ACCOUNT_CALLS:
            break
        seen.add(position)
        edge = await fetch_pages_edge(client, tokens, fields, position)
        found += rows_at(client, "account.read", edge, "data")
    return found


async def fetch_pages_edge(
    client: PlatformClient, tokens: Tokens, fields: str, position: str | None = None
) -> Any:
    return await graph_get(
        client,
        "me/accounts",
        tokens.access_token,
        "account.read",
        {"fields": fields, "limit": 100, **position_params(position)},
    )


def has_page_token(row: Mapping[str, Any]) -> bool:
    return text(row.get("access_token")) is not None


def page_tokens(row: Mapping[str, Any], root: Tokens, user_id: str | None) -> Tokens:
    """Returns the tokens of a Page. A Page token has no expiry, unlike the user token."""
    return Tokens(
        access_token=str(row["access_token"]),
        scopes=root.scopes,
        extra={
            "page_id": str(row["id"]),
            "root_token": root.access_token,
            "root_expires_at": root.expires_at,
            "root_user_id": user_id,
        },
    )


def can_refresh_page_token(tokens: Tokens, now: float) -> bool:
    """Returns whether the user token is still valid, which fetches a Page's token."""
    if not tokens.extra.get("root_token") or not tokens.extra.get("page_id"):
        return False
    end = tokens.extra.get("root_expires_at")
    return end is None or end > now


def page_refresh_at(tokens: Tokens, refreshed_at: float) -> float | None:
    """Returns when to extend the user token, which is needed to fetch a Page's token."""
    due = refresh_ahead_at(tokens.extra.get("root_expires_at"), refreshed_at, ROOT_MARGIN)
    return due if due is not None and can_refresh_page_token(tokens, due) else None


async def extend_root_token(config: OAuthConfig, client: PlatformClient, tokens: Tokens) -> Tokens:
    """Returns a Page's tokens with the user token extended if it expires soon.

    If Meta refuses, the tokens are returned unchanged: the Page's token stays valid.
    https://developers.facebook.com/docs/facebook-login/guides/access-tokens/get-long-lived
    """
    root, end = text(tokens.extra.get("root_token")), tokens.extra.get("root_expires_at")
    if root is None or end is None or end > client.clock() + ROOT_MARGIN:
        return tokens
    try:
        long_lived = await FacebookLogin(config).extend(client, root)
    except PlatformFailure:
        return tokens
    extended = {"root_token": long_lived.access_token, "root_expires_at": long_lived.expires_at}
    return replace(tokens, extra={**tokens.extra, **extended})


async def refresh_page_token(config: OAuthConfig, client: PlatformClient, tokens: Tokens) -> Tokens:
    """Fetches the Page's token with the user token, which is extended first if it expires soon.

    https://developers.facebook.com/docs/facebook-login/guides/access-tokens
    """
    tokens = await extend_root_token(config, client, tokens)
    page, root = text(tokens.extra.get("page_id")), text(tokens.extra.get("root_token"))
    if page is None or root is None:
        raise dead_grant_failure(client)
    answer = await graph_get(
        client,
        page,
        root,
        "auth.refresh",
        {"fields": "access_token"},
        classify=ROOT_FAILURES.classify,
    )
    page_token = text(dig(answer, "access_token"))
    if page_token is not None:
        return replace(tokens, access_token=page_token)
    if dig(answer, "id") is None or "access_token" in answer:
        raise client.malformed("auth.refresh")
    # Graph omits the field for a user without a role on the Page.
    raise dead_grant_failure(client)


async def probe_page_token(client: PlatformClient, tokens: Tokens) -> None:
    """Checks a Page's token by reading its id.

    https://developers.facebook.com/docs/facebook-login/guides/access-tokens/debugging-and-error-handling
    """
    answer = await graph_get(client, "me", tokens.access_token, "auth.probe", {"fields": "id"})
    text_at(client, "auth.probe", answer, "id")


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


def dead_grant_failure(client: PlatformClient) -> PlatformFailure:
    return PlatformFailure(client.platform, "auth.refresh", Failure(FailureKind.DEAD_GRANT))


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
