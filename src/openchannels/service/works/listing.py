"""Lists an account's works, one page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass

from openchannels.connectors.registry import WorksReader
from openchannels.core import errors
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.exceptions import Issue
from openchannels.core.insights import Period
from openchannels.core.paging import (
    ALWAYS,
    CursorPaging,
    CursorRequest,
    Direction,
    NumberRequest,
    PagePaging,
    PageRequest,
    WorksPage,
)
from openchannels.core.platforms import Platform
from openchannels.core.unusable import Unusable
from openchannels.core.works import ContentMode, Work
from openchannels.service.context import Caller, Context
from openchannels.service.credentials.calls import AccountCalls, own_account
from openchannels.service.works.cursors import CursorPosition, Cursors
from openchannels.service.works.periods import within
from openchannels.transport.platform_client import PlatformClient


@dataclass(frozen=True, slots=True)
class PaginationParams:
    """The pagination a caller sent: by cursor, by page, or nothing at all."""

    cursor: str | None = None
    limit: int | None = None
    direction: Direction | None = None
    page: int | None = None
    page_size: int | None = None

    @property
    def mode(self) -> str | None:
        if self.page is not None:
            return "page"
        given = (self.cursor, self.limit, self.direction)
        return None if given == (None, None, None) else "cursor"


@dataclass(frozen=True, slots=True)
class ListedWorks:
    """A page of works as the caller gets it. Exactly one of `limit` and `page` is set."""

    platform: Platform
    items: Sequence[Work]
    has_next: bool
    has_previous: bool
    limit: int | None = None
    next_cursor: str | None = None
    previous_cursor: str | None = None
    page: int | None = None
    page_size: int | None = None
    total: int | None = None
    unusable: tuple[Unusable, ...] = ()


class Works:
    """Works of connected accounts."""

    def __init__(self, context: Context, calls: AccountCalls) -> None:
        self._context = context
        self._calls = calls
        self._cursors = Cursors(context.vault.keyring)

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
        request = self._request(caller, platform, works, account_id, asked, content_mode, period)
        account = await own_account(self._context, caller.user_id, account_id, platform)

        async def fetch(client: PlatformClient, account: Account, tokens: Tokens) -> WorksPage:
            return await works.fetch_page(client, account, tokens, request)

        page = await self._calls.call_once(account, request, fetch)
        return self._listed(caller, account, request, within(page, request.period, works))

    def _request(
        self,
        caller: Caller,
        platform: Platform,
        works: WorksReader,
        account_id: str,
        asked: PaginationParams,
        content_mode: ContentMode | None,
        period: Period,
    ) -> PageRequest:
        paging = works.paging
        expected = "cursor" if isinstance(paging, CursorPaging) else "page"
        if asked.mode not in (None, expected):
            raise errors.PAGINATION_MODE_NOT_SUPPORTED(
                {"platform": platform, "expectedMode": expected, "actualMode": asked.mode},
            )
        if isinstance(paging, PagePaging):
            return _number_request(platform, paging, asked, content_mode, period)
        _check_cursor_rules(platform, paging, asked)
        place = None
        if asked.cursor:
            place = self._cursors.read(asked.cursor, caller.user_id, account_id, platform)
            if asked.direction not in (None, place.direction):
                raise errors.validation_failed(
                    [Issue("pagination.direction", "the cursor leads the other way")]
                )
            if period not in (ALWAYS, place.period):
                raise errors.validation_failed(
                    [Issue("pagination.cursor", "is of a list with another since or until")]
                )
        return CursorRequest(
            limit=asked.limit or paging.default,
            position=place.position if place else None,
            direction=place.direction if place else "next",
            content_mode=content_mode,
            period=place.period if place else period,
        )

    def _listed(
        self, caller: Caller, account: Account, request: PageRequest, page: WorksPage
    ) -> ListedWorks:
        if isinstance(request, NumberRequest):
            return ListedWorks(
                platform=account.platform,
                items=page.items,
                has_next=page.has_next,
                has_previous=request.page > 1,
                page=request.page,
                page_size=request.size,
                total=page.total,
                unusable=page.unusable,
            )
        return ListedWorks(
            platform=account.platform,
            items=page.items,
            has_next=page.next is not None,
            has_previous=page.previous is not None,
            limit=request.limit,
            next_cursor=self._cursor(caller, account, page.next, "next", request.period),
            previous_cursor=self._cursor(
                caller, account, page.previous, "previous", request.period
            ),
            unusable=page.unusable,
        )

    def _cursor(
        self,
        caller: Caller,
        account: Account,
        position: str | None,
        direction: Direction,
        period: Period,
    ) -> str | None:
        if position is None:
            return None
        place = CursorPosition(position, direction, period)
        return self._cursors.make(caller.user_id, account.id, account.platform, place)


def _number_request(
    platform: str,
    paging: PagePaging,
    asked: PaginationParams,
    content_mode: ContentMode | None,
    period: Period,
) -> NumberRequest:
    size = asked.page_size or paging.default
    if size > paging.maximum:
        raise errors.PAGE_SIZE_TOO_LARGE(
            {"platform": platform, "pageSize": size, "maxPageSize": paging.maximum}
        )
    return NumberRequest(asked.page or 1, size, content_mode, period)


def _check_cursor_rules(platform: str, paging: CursorPaging, asked: PaginationParams) -> None:
    if asked.limit is not None and asked.limit > paging.maximum:
        raise errors.LIMIT_TOO_LARGE(
            {"platform": platform, "limit": asked.limit, "maxLimit": paging.maximum}
        )
    if asked.direction == "previous" and not paging.previous:
        raise errors.DIRECTION_NOT_SUPPORTED({"platform": platform, "direction": "previous"})
