"""Lists an account's works, one page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass

from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.insights import Period
from openchannels.core.paging import ALWAYS, WorksPage
from openchannels.core.platforms import Platform
from openchannels.core.unusable import Unusable
from openchannels.core.works import ContentMode, Work
from openchannels.service.context import Caller, Context
from openchannels.service.credentials.calls import AccountCalls
from openchannels.service.pagination import Listing, PageInfo, Pagination, PaginationParams
from openchannels.service.works.periods import within
from openchannels.transport.platform_client import PlatformClient


@dataclass(frozen=True, slots=True)
class ListedWorks:
    """A page of works as the caller gets it."""

    platform: Platform
    items: Sequence[Work]
    page: PageInfo
    unusable: tuple[Unusable, ...] = ()


class Works:
    """Works of connected accounts."""

    def __init__(self, context: Context, calls: AccountCalls, pagination: Pagination) -> None:
        self._context = context
        self._calls = calls
        self._pagination = pagination

    async def list_page(
        self,
        caller: Caller,
        platform: Platform,
        account_id: str,
        asked: PaginationParams,
        content_mode: ContentMode | None = None,
        period: Period = ALWAYS,
    ) -> ListedWorks:
        """One page of an account's works, of those from a period.

        The same page asked for while it is in flight is read from the platform once.

        Raises OPERATION_NOT_SUPPORTED, PAGINATION_MODE_NOT_SUPPORTED, LIMIT_TOO_LARGE,
        PAGE_SIZE_TOO_LARGE, DIRECTION_NOT_SUPPORTED, VALIDATION_FAILED for a cursor,
        ACCOUNT_NOT_FOUND, PLATFORM_MISMATCH, an AuthorizationError or a PlatformError.
        """
        _, works = self._context.platforms.lister(platform)
        listing = Listing(caller.user_id, account_id, platform, works.paging)
        request = self._pagination.request(listing, asked, content_mode, period)
        live = await self._calls.own_credential(caller.user_id, account_id, platform)

        async def fetch(client: PlatformClient, account: Account, tokens: Tokens) -> WorksPage:
            return await works.fetch_page(client, account, tokens, request)

        fetched = await self._calls.call_once(live, request, fetch)
        page = within(fetched, request.period, works)
        info = self._pagination.info(listing, request, page)
        return ListedWorks(platform, page.items, info, page.unusable)
