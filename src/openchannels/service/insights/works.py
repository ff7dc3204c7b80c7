"""Single works: what they are, their figures and their history."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from openchannels.connectors.registry import WorkDetails
from openchannels.core import errors
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.insights import DetailedWork, Period, WorkFigures
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.platforms import Platform
from openchannels.core.snapshots import WorkSnapshot
from openchannels.service.context import Caller, Context
from openchannels.service.credentials.calls import AccountCalls, own_account
from openchannels.service.insights.snapshots import HistoryPage, Kept, Snapshots
from openchannels.transport.platform_client import PlatformClient

GET_DETAIL = "work.getDetail"
WorkMessage = Literal["Account required", "Work analytics not supported"]
OwnershipMessage = Literal["Ownership verification not supported"]
"""Messages of the wire's contract; they are not translated."""
ACCOUNT_REQUIRED: WorkMessage = "Account required"
FIGURES_NOT_SUPPORTED: WorkMessage = "Work analytics not supported"
OWNERSHIP_NOT_SUPPORTED: OwnershipMessage = "Ownership verification not supported"


@dataclass(frozen=True, slots=True)
class WorkReport:
    """A work's snapshots, oldest first, with its figures or a message why there are none."""

    platform: Platform
    work_id: str
    account_id: str | None = None
    snapshots: Sequence[WorkSnapshot] = ()
    figures: WorkFigures | None = None
    kept: Kept | None = None
    message: WorkMessage | None = None


@dataclass(frozen=True, slots=True)
class Ownership:
    """Whether the platform proves that a work is an account's."""

    platform: Platform
    owned: bool
    message: OwnershipMessage | None = None


class WorkReading:
    """Reads single works with an account, and keeps their figures."""

    def __init__(self, context: Context, calls: AccountCalls, snapshots: Snapshots) -> None:
        self._context = context
        self._calls = calls
        self._snapshots = snapshots

    async def detail(
        self, caller: Caller, platform: Platform, work_id: str, account_id: str | None
    ) -> WorkReport:
        """One work, with the snapshot that is kept of it.

        Raises OPERATION_NOT_SUPPORTED, ACCOUNT_REQUIRED, ACCOUNT_NOT_FOUND, PLATFORM_MISMATCH, an
        AuthorizationError or a PlatformError.
        """
        details = self._details(platform)
        if details is None:
            raise errors.OPERATION_NOT_SUPPORTED({"platform": platform, "capability": GET_DETAIL})
        if account_id is None:
            raise errors.ACCOUNT_REQUIRED({"platform": platform})
        account = await own_account(self._context, caller.user_id, account_id, platform)

        async def ask(client: PlatformClient, account: Account, tokens: Tokens) -> DetailedWork:
            return await details.fetch(client, account, tokens, work_id)

        figures = _figures(await self._calls.call(account, ask))
        kept = await self._snapshots.keep_work(account, work_id, figures, Period())
        shown = WorkSnapshot(
            id=kept.id,
            at=kept.place.at if kept.place else kept.fetched_at,
            fetched_at=kept.fetched_at,
            metrics=figures.metrics,
            work=figures.work,
            extra=figures.extra,
        )
        return WorkReport(platform, work_id, account.id, [shown], figures, kept)

    async def report(
        self,
        caller: Caller,
        platform: Platform,
        work_id: str,
        account_id: str | None,
        period: Period,
    ) -> WorkReport:
        """A work's figures as the platform tells them now, and the snapshots of a period.

        Raises ACCOUNT_NOT_FOUND, PLATFORM_MISMATCH, an AuthorizationError or a PlatformError.
        """
        if account_id is None:
            return WorkReport(platform, work_id, message=ACCOUNT_REQUIRED)
        account = await own_account(self._context, caller.user_id, account_id, platform)
        platforms = self._context.platforms
        insights = platforms.usable(platform, platforms.connector(platform).work_insights)
        if insights is None:
            now = self._context.clock()
            stored = await self._snapshots.of_work(account, work_id, period, None, now)
            message = FIGURES_NOT_SUPPORTED
            return WorkReport(platform, work_id, account.id, stored, message=message)

        async def ask(client: PlatformClient, account: Account, tokens: Tokens) -> WorkFigures:
            return await insights.fetch(client, account, tokens, work_id, period)

        figures = await self._calls.call(account, ask)
        kept = await self._snapshots.keep_work(account, work_id, figures, period)
        found = await self._snapshots.of_work(account, work_id, period, figures, kept.fetched_at)
        return WorkReport(platform, work_id, account.id, found, figures, kept)

    async def history(
        self,
        caller: Caller,
        platform: Platform,
        work_id: str,
        account_id: str,
        period: Period,
        limit: int,
        cursor: str | None,
    ) -> HistoryPage:
        """A work's stored snapshots; the platform is not called.

        Raises ACCOUNT_NOT_FOUND, PLATFORM_MISMATCH, or VALIDATION_FAILED for a cursor.
        """
        account = await own_account(self._context, caller.user_id, account_id, platform)
        return await self._snapshots.history(account, work_id, period, limit, cursor)

    async def verify_ownership(
        self, caller: Caller, platform: Platform, work_id: str, account_id: str
    ) -> Ownership:
        """Whether a work is an account's: its author's id says so, or only its own are shown to it.

        Raises ACCOUNT_NOT_FOUND, PLATFORM_MISMATCH, an AuthorizationError or a PlatformError.
        """
        account = await own_account(self._context, caller.user_id, account_id, platform)
        details = self._details(platform)
        if details is None or not details.proves_owner:
            return Ownership(platform, owned=False, message=OWNERSHIP_NOT_SUPPORTED)

        async def ask(client: PlatformClient, account: Account, tokens: Tokens) -> bool:
            try:
                found = await details.fetch(client, account, tokens, work_id)
            except PlatformFailure as failure:
                if failure.kind is not FailureKind.NOT_FOUND:
                    raise
                return False
            return details.own_only or found.author == (account.secondary or account.uid)

        return Ownership(platform, owned=await self._calls.call(account, ask))

    def _details(self, platform: Platform) -> WorkDetails | None:
        platforms = self._context.platforms
        return platforms.usable(platform, platforms.connector(platform).details)


def _figures(found: DetailedWork) -> WorkFigures:
    work = replace(found.work, author_uid=found.author or found.work.author_uid)
    return WorkFigures(metrics=work.metrics, work=work, extra=found.extra)
