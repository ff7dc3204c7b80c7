"""Pages of a platform's list: from what a caller asked for to the platform's page, and back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from openchannels.core import errors
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
    Paging,
)
from openchannels.core.platforms import Platform
from openchannels.core.works import ContentMode
from openchannels.service.cursors import CursorPosition, Cursors


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
class Listing:
    """A list of an account on a platform, as a cursor is bound to it.

    `subject` tells the lists of one account apart; the list of its works has none.
    """

    user_id: str
    account_id: str
    platform: Platform
    paging: Paging
    subject: Sequence[str] = ()


class FetchedPage(Protocol):
    """What a connector returns of a page's neighbours."""

    @property
    def next(self) -> str | None: ...
    @property
    def previous(self) -> str | None: ...
    @property
    def has_next(self) -> bool: ...
    @property
    def total(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class PageInfo:
    """Where a page stands in its list. Exactly one of `limit` and `page` is set."""

    has_next: bool
    has_previous: bool
    limit: int | None = None
    next_cursor: str | None = None
    previous_cursor: str | None = None
    page: int | None = None
    page_size: int | None = None
    total: int | None = None


class Pagination:
    """Turns what callers ask for into requests of pages, and pages into cursors."""

    def __init__(self, cursors: Cursors) -> None:
        self._cursors = cursors

    def request(
        self,
        listing: Listing,
        asked: PaginationParams,
        content_mode: ContentMode | None = None,
        period: Period = ALWAYS,
    ) -> PageRequest:
        """Returns the page to fetch.

        Raises PAGINATION_MODE_NOT_SUPPORTED, LIMIT_TOO_LARGE, PAGE_SIZE_TOO_LARGE,
        DIRECTION_NOT_SUPPORTED, or VALIDATION_FAILED for a cursor.
        """
        paging, platform = listing.paging, listing.platform
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
            place = self._read(listing, asked.cursor, asked.direction, period)
        return CursorRequest(
            limit=asked.limit or paging.default,
            position=place.position if place else None,
            direction=place.direction if place else "next",
            content_mode=content_mode,
            period=place.period if place else period,
        )

    def _read(
        self, listing: Listing, cursor: str, direction: Direction | None, period: Period
    ) -> CursorPosition:
        place = self._cursors.read(
            cursor, listing.user_id, listing.account_id, listing.platform, listing.subject
        )
        if direction not in (None, place.direction):
            raise errors.validation_failed(
                [Issue("pagination.direction", "the cursor leads the other way")]
            )
        if period not in (ALWAYS, place.period):
            raise errors.validation_failed(
                [Issue("pagination.cursor", "is of a list with another since or until")]
            )
        return place

    def info(self, listing: Listing, request: PageRequest, page: FetchedPage) -> PageInfo:
        """Returns where a fetched page stands in its list."""
        if isinstance(request, NumberRequest):
            return PageInfo(
                has_next=page.has_next,
                has_previous=request.page > 1,
                page=request.page,
                page_size=request.size,
                total=page.total,
            )
        return PageInfo(
            has_next=page.next is not None,
            has_previous=page.previous is not None,
            limit=request.limit,
            next_cursor=self._cursor(listing, page.next, "next", request.period),
            previous_cursor=self._cursor(listing, page.previous, "previous", request.period),
        )

    def _cursor(
        self, listing: Listing, position: str | None, direction: Direction, period: Period
    ) -> str | None:
        if position is None:
            return None
        place = CursorPosition(position, direction, period)
        return self._cursors.make(
            listing.user_id, listing.account_id, listing.platform, place, listing.subject
        )


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
