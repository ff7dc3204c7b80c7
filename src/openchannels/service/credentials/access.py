"""Opens credentials that work, and calls platforms with them.

A failure takes an account offline only when the platform says that the grant is dead, and only
for the version of the credential that was used.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from openchannels.connectors.registry import Connector, OAuth
from openchannels.core import errors
from openchannels.core.accounts import NORMAL, Account
from openchannels.core.credentials import Reason
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.platforms import Platform
from openchannels.service.context import Context
from openchannels.service.credentials.health import AccountHealth, dead_reason
from openchannels.service.credentials.opened import OpenCredential, open_credential
from openchannels.service.credentials.refresh import CredentialRefresh
from openchannels.service.errors import offline_data, to_error
from openchannels.store.queries import credentials as store

T = TypeVar("T")


class Credentials:
    """Stored credentials, opened for use."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.account_health = AccountHealth(context)
        self.refreshing = CredentialRefresh(context, self.account_health)

    async def drain(self) -> None:
        """Wait for refreshes in flight, before the process stops."""
        await self.refreshing.drain()

    async def open_fresh(self, account: Account, connector: Connector) -> OpenCredential:
        """A credential that is valid now, refreshed first if it is due.

        Raises ACCOUNT_NOT_AUTHORIZED for an account known not to work, CREDENTIAL_NOT_FOUND without
        a credential, REFRESH_FAILED when a refresh is refused, and a PlatformError when it fails
        for now.
        """
        if account.status != NORMAL:
            raise await self.account_health.not_authorized(account, connector)
        row = await self._context.db.read(store.get_credential, account.id)
        if row is None:
            await self.account_health.mark_offline(account, None, Reason.CREDENTIAL_MISSING, {})
            raise errors.CREDENTIAL_NOT_FOUND(
                offline_data(account, connector.name, Reason.CREDENTIAL_MISSING)
            )
        live = open_credential(self._context, account, connector, row)
        now = self._context.clock()
        auth, end = connector.auth, live.tokens.expires_at
        leeway = auth.config.leeway if isinstance(auth, OAuth) else 0
        if end is None or end > now + leeway:
            return live
        if auth.refreshable(live.tokens, now):
            return await self.refreshing.refresh(live, needed=end <= now)
        if end <= now:
            ended = row.grant_ends_at
            await self.account_health.mark_offline(
                account, live.version, Reason.GRANT_ENDED, {}, ended
            )
            raise errors.ACCOUNT_NOT_AUTHORIZED(
                offline_data(account, connector.name, Reason.GRANT_ENDED)
            )
        return live

    async def use(
        self, live: OpenCredential, call: Callable[[OpenCredential], Awaitable[T]]
    ) -> tuple[OpenCredential, T]:
        """Call the platform; if the token is refused, refresh it and call once more.

        Returns the credential used last, and the result. Raises an AuthorizationError or a
        PlatformError; an account whose grant is dead is marked offline.
        """
        try:
            return live, await call(live)
        except PlatformFailure as failure:
            if failure.kind is not FailureKind.TOKEN_EXPIRED:
                raise await self._error(live, failure) from failure
            if not live.connector.auth.refreshable(live.tokens, self._context.clock()):
                raise await self._dead(live, failure) from failure
        live = await self.refreshing.refresh(live, needed=True)
        try:
            return live, await call(live)
        except PlatformFailure as again:
            if (
                again.kind is FailureKind.TOKEN_EXPIRED
                and live.connector.auth.refused_again_is_dead
            ):
                raise await self._dead(live, again) from again
            raise await self._error(live, again) from again

    async def _dead(self, live: OpenCredential, failure: PlatformFailure) -> Exception:
        await self.account_health.mark_dead(live, failure)
        error = to_error(failure, self._context.clock(), code=errors.AUTHORIZATION_EXPIRED)
        error.data |= offline_data(live.account, live.connector.name, dead_reason(live))
        return error

    async def _error(self, live: OpenCredential, failure: PlatformFailure) -> Exception:
        if failure.kind is FailureKind.DEAD_GRANT:
            return await self._dead(live, failure)
        return to_error(failure, self._context.clock(), account_id=live.account.id)

    async def mark_revoked(self, platform: Platform, uid: str, at: float) -> bool:
        """Mark an account offline whose owner revoked the grant, unless reconnected since."""
        return await self.account_health.mark_revoked(platform, uid, at)
