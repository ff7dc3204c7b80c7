"""Opens credentials that work, and calls platforms with them.

A failure takes an account offline only when the platform says that the grant is dead, or refuses
for an hour what it issues, and only for the version of the credential that was used.
"""

import contextlib
from collections.abc import Awaitable, Callable
from typing import TypeVar

from openchannels.connectors.registry import Connector, OAuth
from openchannels.core import errors
from openchannels.core.accounts import NORMAL, Account
from openchannels.core.credentials import Reason
from openchannels.core.exceptions import Unavailable
from openchannels.core.platform_errors import ACCOUNT_REFUSED, FailureKind, PlatformFailure
from openchannels.core.platforms import Platform
from openchannels.service.context import Context
from openchannels.service.credentials.health import (
    ASK_AGAIN,
    AccountHealth,
    is_recent,
    refused_data,
)
from openchannels.service.credentials.opened import OpenCredential, open_credential
from openchannels.service.credentials.refresh import CredentialRefresh
from openchannels.service.errors import offline_data, to_error
from openchannels.store.fast_select import Row
from openchannels.store.queries import credentials as store
from openchannels.store.queries.credentials import SealedCredential

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
        row = await self._context.db.read(store.get_credential, account.id)
        return await self.open_row(account, connector, row)

    async def open_row(
        self, account: Account, connector: Connector, row: Row | SealedCredential | None
    ) -> OpenCredential:
        """The same for a row that was just read; None is an account without a credential."""
        if account.status != NORMAL:
            raise await self.account_health.not_authorized(account, connector)
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
            # Not recorded: the account works again if the clock was wrong.
            raise errors.ACCOUNT_NOT_AUTHORIZED(
                offline_data(account, connector.name, Reason.GRANT_ENDED)
            )
        return live

    async def use(
        self, live: OpenCredential, call: Callable[[OpenCredential], Awaitable[T]]
    ) -> tuple[OpenCredential, T]:
        """Call the platform; if the token is refused, refresh it and call once more.

        Returns the credential used last, and the result. Raises an AuthorizationError or a
        PlatformError; an account whose grant is dead is marked offline. A token that was just
        issued proves nothing when it is refused: that raises ACCESS_TOKEN_FAILED.
        """
        try:
            return await self._accepted(live, call)
        except PlatformFailure as failure:
            if failure.kind is not FailureKind.TOKEN_EXPIRED or not self._may_refresh(live):
                raise await self._error(live, failure) from failure
        live = await self.refreshing.refresh(live, needed=True)
        try:
            return await self._accepted(live, call)
        except PlatformFailure as again:
            raise await self._error(live, again) from again

    async def _accepted(
        self, live: OpenCredential, call: Callable[[OpenCredential], Awaitable[T]]
    ) -> tuple[OpenCredential, T]:
        """Call the platform, and note that it accepts what it refused before."""
        result = await call(live)
        if live.refused_since is not None:
            # The next answer notes it as well.
            with contextlib.suppress(Unavailable):
                await self.account_health.note_accepted(live)
        return live, result

    def _may_refresh(self, live: OpenCredential) -> bool:
        """Whether a refresh may help a token that was refused."""
        now = self._context.clock()
        if not live.connector.auth.refreshable(live.tokens, now):
            return False
        refused_lately = live.refused_since is not None and is_recent(live.came_at, now, ASK_AGAIN)
        return not refused_lately

    async def _error(self, live: OpenCredential, failure: PlatformFailure) -> Exception:
        dead = (
            await self.account_health.note_refusal(live, failure)
            if failure.kind is FailureKind.TOKEN_EXPIRED
            else failure.kind in ACCOUNT_REFUSED
        )
        now = self._context.clock()
        if not dead:
            return to_error(failure, now, account_id=live.account.id)
        await self.account_health.mark_dead(live, failure)
        error = to_error(failure, now, code=errors.AUTHORIZATION_EXPIRED)
        error.data |= refused_data(live, failure)
        return error

    async def mark_revoked(self, platform: Platform, uid: str, at: float) -> bool:
        """Mark an account offline whose owner revoked the grant, unless reconnected since."""
        return await self.account_health.mark_revoked(platform, uid, at)
