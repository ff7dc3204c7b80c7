"""Calls of a platform with a caller's account."""

from collections.abc import Awaitable, Callable, Hashable
from typing import TypeVar

import structlog

from openchannels.core import errors
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.exceptions import Unavailable
from openchannels.core.platforms import Platform
from openchannels.service.context import Context
from openchannels.service.credentials.access import Credentials
from openchannels.service.credentials.in_flight import InFlight
from openchannels.service.credentials.opened import OpenCredential
from openchannels.store.queries import accounts, credentials
from openchannels.transport.platform_client import PlatformClient

T = TypeVar("T")
Ask = Callable[[PlatformClient, Account, Tokens], Awaitable[T]]

CHECKED_SECONDS = 300.0

log = structlog.get_logger()


async def own_account(
    context: Context, user_id: str, account_id: str, platform: Platform | None = None
) -> Account:
    """Returns a user's account. Raises ACCOUNT_NOT_FOUND, or PLATFORM_MISMATCH for another's."""
    account = await context.db.read(accounts.get_account, account_id, user_id)
    if account is None:
        raise errors.ACCOUNT_NOT_FOUND()
    _check_platform(account, platform)
    return account


def _check_platform(account: Account, platform: Platform | None) -> None:
    if platform is not None and account.platform != platform:
        raise errors.PLATFORM_MISMATCH()


class AccountCalls:
    """Calls platforms with accounts' live tokens, as uses of their credentials."""

    def __init__(self, context: Context, credentials: Credentials) -> None:
        self._context = context
        self._credentials = credentials
        self._in_flight = InFlight()

    async def call(self, account: Account, ask: Ask[T], *, sparing: bool = False) -> T:
        """Returns what `ask` returns; a token that is due or refused is refreshed first.

        A `sparing` call leaves the last fifth of a quota alone. Raises an AuthorizationError or a
        PlatformError.
        """
        return await self._use(await self.credential_of(account), ask, sparing=sparing)

    async def call_once(self, live: OpenCredential, question: Hashable, ask: Ask[T]) -> T:
        """Returns what `call` does; the same question in flight is not asked again.

        It is the same only with the same account of the same user and the same version of its
        credential. All who wait get the one result, or the one error.
        """
        account = live.account
        key = (account.user_id, account.id, live.version, question)
        return await self._in_flight.result(key, lambda: self._use(live, ask))

    async def credential_of(self, account: Account) -> OpenCredential:
        """An account's credential, opened. Raises as `Credentials.open_fresh`."""
        connector = self._context.platforms.connector(account.platform)
        return await self._credentials.open_fresh(account, connector)

    async def own_credential(
        self, user_id: str, account_id: str, platform: Platform
    ) -> OpenCredential:
        """The credential of a user's account, both read at once.

        Raises as `own_account` and `credential_of`.
        """
        found = await self._context.db.read(
            accounts.get_account_with_credential, account_id, user_id
        )
        if found is None:
            raise errors.ACCOUNT_NOT_FOUND()
        account, row = found
        _check_platform(account, platform)
        connector = self._context.platforms.connector(account.platform)
        return await self._credentials.open_row(account, connector, row)

    async def _use(self, live: OpenCredential, ask: Ask[T], *, sparing: bool = False) -> T:
        account_id = live.account.id

        async def once(live: OpenCredential) -> T:
            client = self._context.platforms.client(
                live.connector, live.account.user_id, live.account.id, sparing=sparing
            )
            return await ask(client, live.account, live.tokens)

        live, result = await self._credentials.use(live, once)
        try:
            await self._note_checked(live)
        except Unavailable:
            log.warning("could not note that a credential works", account=account_id)
        return result

    async def _note_checked(self, live: OpenCredential) -> None:
        """Record, at most every five minutes, that the platform accepts the credential."""
        now = self._context.clock()
        # A moment ahead of the clock was written while the clock was ahead.
        if now - CHECKED_SECONDS < live.checked_at <= now:
            return
        row = await self._context.db.read(credentials.get_credential, live.account.id)
        if row is not None and not now - CHECKED_SECONDS < (row.checked_at or 0.0) <= now:
            await self._context.db.write(
                credentials.mark_checked, live.account.id, live.version, now
            )
