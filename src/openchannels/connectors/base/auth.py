"""How a creator's account is connected, and how its credential is kept alive."""

from collections.abc import Mapping
from typing import ClassVar

from openchannels.connectors.base import lifetimes
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import FailureKind
from openchannels.core.platforms import AuthType, Text
from openchannels.transport import oauth
from openchannels.transport.oauth import OAuthConfig
from openchannels.transport.platform_app import App
from openchannels.transport.platform_client import PlatformClient


def consent_instructions(name: Text) -> Text:
    """What a person does where the platform needs no advice of its own."""
    return Text(
        en=f"Open the link, sign in to {name.en} with the account you want to connect, "
        "and approve.",
        zh=f"打开链接，登录要连接的{name.zh}账号并同意授权。",
    )


class Auth:
    """What every way of connecting answers about a stored credential.

    The defaults describe a credential that nobody can refresh, probe or revoke.
    """

    app_settings: ClassVar[tuple[str, ...]] = ("client_id", "client_secret")
    """Settings without which nobody can connect."""
    instructions: ClassVar[Text]
    """What the person should do to connect."""
    refused_again_is_dead: ClassVar[bool] = False
    """Whether an access token that is refused right after a refresh says that the grant is dead."""
    probe_every: ClassVar[float | None] = None
    """Seconds between proofs of an unused credential; None where refreshes prove it, or none can.
    """
    shared_grant_group: ClassVar[str | None] = None
    """What platforms are called together whose grants by one person to one app end together."""

    def auth_type(self, app: App | None) -> AuthType:
        """How accounts are connected with this app."""
        raise NotImplementedError

    def instructions_for(self, app: App) -> Text:
        """What the person should do to connect with this app."""
        return self.instructions

    def refreshable(self, tokens: Tokens, now: float) -> bool:
        """Whether `refresh` could still succeed at this moment (Unix seconds)."""
        return False

    async def refresh(self, client: PlatformClient, tokens: Tokens) -> Tokens:
        """Fresh tokens for a stored grant; called only where `refreshable` says so."""
        raise NotImplementedError

    def next_refresh_at(self, tokens: Tokens, refreshed_at: float) -> float | None:
        """From when (Unix seconds) these tokens should be refreshed though nobody uses them.

        None where waiting loses nothing. `refreshed_at` is when the tokens came. A refresh that
        changed nothing is due again closer to the end, a few times and at last an hour before.
        """
        return None

    def grant_end(self, tokens: Tokens) -> float | None:
        """The moment (Unix seconds) from which only a person can help; None where none is set."""
        return tokens.expires_at

    def revokes(self, app: App, tokens: Tokens) -> bool:
        """Whether the platform lets us end the grant behind these tokens."""
        return False

    async def revoke(self, client: PlatformClient, tokens: Tokens) -> bool:
        """End the grant at the platform; False where it offers no way to."""
        return False

    async def probe(self, client: PlatformClient, account: Account, tokens: Tokens) -> None:
        """The cheapest call that proves the credential; made only where `probe_every` says so.

        Raises PlatformFailure: DEAD_GRANT, TOKEN_EXPIRED where a refresh may help, or another
        kind that says nothing of the credential.
        """
        raise NotImplementedError

    def probe_due(self, tokens: Tokens, verified_at: float) -> float | None:
        """From when (Unix seconds) a credential last proved at a moment should be proved again.

        None where it never is: an access token that has ended by then proves nothing, and its
        next refresh will.
        """
        if self.probe_every is None:
            return None
        due = verified_at + self.probe_every
        return due if tokens.expires_at is None or tokens.expires_at > due else None


class OAuth(Auth):
    """Connecting by the platform's consent page, or by a QR code that leads to one."""

    config: ClassVar[OAuthConfig]
    starts_on_our_page: ClassVar[bool] = False
    """Whether the person must come from a page of ours, which asks for `start_url` when opened."""

    def oauth_config(self, app: App) -> OAuthConfig:
        """The OAuth configuration, for platforms where the app's settings change it."""
        return self.config

    def auth_type(self, app: App | None) -> AuthType:
        return AuthType.OAUTH2

    def authorize_url(self, app: App, state: str, verifier: str | None) -> str:
        """The platform's consent page."""
        return oauth.authorize_url(self.oauth_config(app), app, state, verifier)

    async def start_url(self, client: PlatformClient, state: str, verifier: str | None) -> str:
        """What the person opens or scans, for platforms that must be asked for it."""
        return self.authorize_url(client.app, state, verifier)

    def callback_json(self, app: App) -> bool:
        """Whether a program, and no browser, calls back: it is answered in bare JSON."""
        return False

    def callback_params(self, params: Mapping[str, str]) -> Mapping[str, str]:
        """The callback's parameters, set right where the platform garbles them."""
        return params

    def refusal(self, params: Mapping[str, str]) -> FailureKind | None:
        """Why the platform refused, where a callback's refusal is not a person's; else None."""
        values = (params.get(name, "") for name in self.config.denial_params)
        return next(filter(None, map(self.config.denials.get, values)), None)

    async def exchange(
        self, client: PlatformClient, params: Mapping[str, str], verifier: str | None
    ) -> Tokens:
        """Redeem the callback's code in exactly one call; the answer is stored at once."""
        config = self.oauth_config(client.app)
        return await oauth.exchange(config, client, params[config.code_param], verifier)

    async def complete(self, client: PlatformClient, tokens: Tokens) -> Tokens:
        """Further calls that turn the first answer into a lasting grant."""
        return tokens

    def refreshable(self, tokens: Tokens, now: float) -> bool:
        return lifetimes.refreshable(self.config, tokens, now)

    async def refresh(self, client: PlatformClient, tokens: Tokens) -> Tokens:
        return await oauth.refresh(self.oauth_config(client.app), client, tokens)

    def next_refresh_at(self, tokens: Tokens, refreshed_at: float) -> float | None:
        due = lifetimes.refresh_due(self.config, tokens, refreshed_at)
        return due if due is not None and self.refreshable(tokens, due) else None

    def grant_end(self, tokens: Tokens) -> float | None:
        return lifetimes.grant_end(self.config, tokens)

    def revokes(self, app: App, tokens: Tokens) -> bool:
        return self.oauth_config(app).revoke_url is not None

    async def revoke(self, client: PlatformClient, tokens: Tokens) -> bool:
        if not self.revokes(client.app, tokens):
            return False
        token = tokens.refresh_token or tokens.access_token
        await oauth.revoke(self.oauth_config(client.app), client, token)
        return True
