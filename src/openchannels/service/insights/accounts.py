"""Figures of accounts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from openchannels.connectors.registry import AccountInsights
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.insights import AccountFigures, Period
from openchannels.core.platforms import Platform
from openchannels.core.snapshots import AccountSnapshot
from openchannels.service.context import Caller, Context
from openchannels.service.credentials.calls import AccountCalls, own_account
from openchannels.service.insights.snapshots import Kept, Snapshots
from openchannels.transport.platform_client import PlatformClient

AccountMessage = Literal["Analytics not supported"]
"""A message of the wire's contract; it is not translated."""
NOT_SUPPORTED: AccountMessage = "Analytics not supported"


@dataclass(frozen=True, slots=True)
class AccountReport:
    """An account's snapshots, oldest first, with its figures or a message why there are none."""

    account: Account
    snapshots: Sequence[AccountSnapshot]
    figures: AccountFigures | None = None
    kept: Kept | None = None
    message: AccountMessage | None = None


class AccountAnalytics:
    """Reads the figures of accounts and keeps them."""

    def __init__(self, context: Context, calls: AccountCalls, snapshots: Snapshots) -> None:
        self._context = context
        self._calls = calls
        self._snapshots = snapshots

    async def report(self, caller: Caller, account_id: str, period: Period) -> AccountReport:
        """The figures as the platform tells them now, and the snapshots of a period.

        Raises ACCOUNT_NOT_FOUND, an AuthorizationError or a PlatformError.
        """
        account = await own_account(self._context, caller.user_id, account_id)
        insights = self._insights(account.platform)
        if insights is None:
            now = self._context.clock()
            stored = await self._snapshots.of_account(account, period, None, now)
            return AccountReport(account, stored, message=NOT_SUPPORTED)
        figures, kept = await self._take(account, insights, period, sparing=False)
        found = await self._snapshots.of_account(account, period, figures, kept.fetched_at)
        return AccountReport(account, found, figures, kept)

    async def take(self, account: Account) -> None:
        """Takes a snapshot that nobody waits for, without the last fifth of a quota.

        Does nothing where the platform tells no figures. Raises as `report` does.
        """
        insights = self._insights(account.platform)
        if insights is not None:
            await self._take(account, insights, Period(), sparing=True)

    def supported(self, platform: Platform) -> bool:
        """Returns whether figures of accounts of a platform can be read here."""
        return self._insights(platform) is not None

    def _insights(self, platform: Platform) -> AccountInsights | None:
        platforms = self._context.platforms
        return platforms.usable(platform, platforms.connector(platform).account_insights)

    async def _take(
        self, account: Account, insights: AccountInsights, period: Period, *, sparing: bool
    ) -> tuple[AccountFigures, Kept]:
        async def ask(client: PlatformClient, account: Account, tokens: Tokens) -> AccountFigures:
            return await insights.fetch(client, account, tokens, period)

        figures = await self._calls.call(account, ask, sparing=sparing)
        return figures, await self._snapshots.keep_account(account, figures, period)
