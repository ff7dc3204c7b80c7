"""Connecting an account, and refreshing, probing and revoking its credential."""

from collections.abc import Mapping
from typing import ClassVar

from openchannels.connectors.base import lifetimes
from openchannels.core.accounts import Account
from openchannels.core.credentials import TokenModel, Tokens
from openchannels.core.platform_errors import FailureKind
from openchannels.core.platforms import AuthType, Text
from openchannels.transport import oauth
from openchannels.transport.oauth import OAuthConfig
from openchannels.transport.platform_app import App
from openchannels.transport.platform_client import PlatformClient


def consent_instructions(name: Text) -> Text:
    """Returns the default instructions, for platforms without special steps."""
    return Text(
        en=f"Open the link, sign in to {name.en} with the account you want to connect, "
        "and approve.",
        zh=f"打开链接，登录要连接的{name.zh}账号并同意授权。",
    )


class Auth:
    """Base of OAuth and plug-in connections: the life cycle of a stored credential.

    The defaults describe a credential that cannot be refreshed, probed or revoked.
    """

    app_settings: ClassVar[tuple[str, ...]] = ("client_id", "client_secret")
    """Settings that are required before anyone can connect."""
    instructions: ClassVar[Text]
    """Steps that the user follows to connect."""
    probe_every: ClassVar[float | None] = None
    """Seconds between probes of an unused credential; None if refreshes check it or no call can.
    """
    shared_grant_group: ClassVar[str | None] = None
    """Name shared by the platforms on which revoking one grant of a user ends all of them."""

    def auth_type(self, app: App | None) -> AuthType:
        """Returns how accounts are connected with this app."""
        raise NotImplementedError

    def instructions_for(self, app: App) -> Text:
        """Returns the steps that the user follows to connect with this app."""
        return self.instructions

    def refreshable(self, tokens: Tokens, now: float) -> bool:
        """Returns whether `refresh` can still succeed at `now` (Unix seconds)."""
        return False

    async def refresh(self, client: PlatformClient, tokens: Tokens) -> Tokens:
        """Returns new tokens for a stored grant. Called only if `refreshable` returns True."""
        raise NotImplementedError

    def next_refresh_at(self, tokens: Tokens, refreshed_at: float) -> float | None:
        """Returns when (Unix seconds) to refresh tokens that nobody uses; None if waiting is safe.

        `refreshed_at` is when the tokens were issued. A refresh that changed nothing is due again
        closer to the end, a few times, the last time an hour before it.
        """
        return None

    def grant_end(self, tokens: Tokens) -> float | None:
        """Returns when (Unix seconds) the user has to authorize again; None if no end is known."""
        return tokens.expires_at

    def renews(self, app: App) -> bool:
        """Returns whether access with this app is renewed without the user."""
        return False

    def can_revoke(self, app: App) -> bool:
        """Returns whether the platform has a call that revokes the grants of this app."""
        return False

    def revokes(self, app: App, tokens: Tokens) -> bool:
        """Returns whether the platform has a call that revokes the grant of these tokens."""
        return self.can_revoke(app)

    async def revoke(self, client: PlatformClient, tokens: Tokens) -> bool:
        """Revokes the grant at the platform; returns False if the platform has no call for it."""
        return False

    async def probe(self, client: PlatformClient, account: Account, tokens: Tokens) -> None:
        """Makes the cheapest call that shows whether the credential works, every `probe_every`.

        Raises PlatformFailure: DEAD_GRANT, TOKEN_EXPIRED if a refresh may help, or another
        kind that does not concern the credential.
        """
        raise NotImplementedError

    def probe_due(self, tokens: Tokens, verified_at: float) -> float | None:
        """Returns when (Unix seconds) to probe a credential again after `verified_at`.

        None if the access token expires before that: its next refresh checks the grant.
        """
        if self.probe_every is None:
            return None
        due_at = verified_at + self.probe_every
        return due_at if tokens.expires_at is None or tokens.expires_at > due_at else None


class OAuth(Auth):
    """Connects through the platform's consent page, or a QR code that opens one."""

    config: ClassVar[OAuthConfig]
    starts_on_our_page: ClassVar[bool] = False
    """Whether the user starts on a page of ours, which requests `start_url` when opened."""

    def oauth_config(self, app: App) -> OAuthConfig:
        """Returns the OAuth configuration; overridden where the app's settings change it."""
        return self.config

    def auth_type(self, app: App | None) -> AuthType:
        return AuthType.OAUTH2

    def authorize_url(self, app: App, state: str, verifier: str | None) -> str:
        """Returns the address of the platform's consent page."""
        return oauth.authorize_url(self.oauth_config(app), app, state, verifier)

    async def start_url(self, client: PlatformClient, state: str, verifier: str | None) -> str:
        """Returns the address that the user opens or scans; some platforms need a call for it."""
        return self.authorize_url(client.app, state, verifier)

    def callback_json(self, app: App) -> bool:
        """Returns whether a program, not a browser, calls back and expects JSON."""
        return False

    def callback_params(self, params: Mapping[str, str]) -> Mapping[str, str]:
        """Returns the callback's parameters, repaired where the platform garbles them."""
        return params

    def callback_errors(self, params: Mapping[str, str]) -> list[str]:
        """Returns the errors that a callback reports; none if it should contain a code."""
        return oauth.callback_errors(self.config, params)

    def callback_failure(self, params: Mapping[str, str]) -> FailureKind | None:
        """Returns why the platform refused in a callback; None if the user declined."""
        return oauth.callback_failure(self.config, params)

    async def exchange(
        self, client: PlatformClient, params: Mapping[str, str], verifier: str | None
    ) -> Tokens:
        """Exchanges the callback's code for tokens in one call; the caller stores them at once."""
        config = self.oauth_config(client.app)
        return await oauth.exchange(config, client, params[config.code_param], verifier)

    async def complete(self, client: PlatformClient, tokens: Tokens) -> Tokens:
        """Makes any further calls that turn the first tokens into long-lived ones."""
        return tokens

    def refreshable(self, tokens: Tokens, now: float) -> bool:
        return lifetimes.refreshable(self.config, tokens, now)

    async def refresh(self, client: PlatformClient, tokens: Tokens) -> Tokens:
        return await oauth.refresh(self.oauth_config(client.app), client, tokens)

    def next_refresh_at(self, tokens: Tokens, refreshed_at: float) -> float | None:
        due_at = lifetimes.refresh_due(self.config, tokens, refreshed_at)
        return due_at if due_at is not None and self.refreshable(tokens, due_at) else None

    def grant_end(self, tokens: Tokens) -> float | None:
        return lifetimes.grant_end(self.config, tokens)

    def renews(self, app: App) -> bool:
        return self.oauth_config(app).token_model is not TokenModel.NONE

    def can_revoke(self, app: App) -> bool:
        return self.oauth_config(app).revoke_url is not None

    async def revoke(self, client: PlatformClient, tokens: Tokens) -> bool:
        if not self.revokes(client.app, tokens):
            return False
        token = tokens.refresh_token or tokens.access_token
        await oauth.revoke(self.oauth_config(client.app), client, token)
        return True
