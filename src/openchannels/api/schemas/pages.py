"""Types of a page's place in a platform's list on the wire."""

from typing import Annotated

from msgspec import Meta

from openchannels.api.schemas.common import Count, Wire
from openchannels.service.pagination import PageInfo


class CursorPage(Wire, kw_only=True, tag="cursor", tag_field="mode"):
    """How to request the next page by cursor."""

    next_cursor: str | None = None
    previous_cursor: str | None = None
    has_next: bool
    has_previous: bool
    limit: Annotated[int, Meta(ge=1)]


class NumberedPage(Wire, kw_only=True, tag="page", tag_field="mode"):
    """The position in a listing by page number."""

    page: Annotated[int, Meta(ge=1)]
    page_size: Annotated[int, Meta(ge=1)]
    total: Count | None = None
    has_next: bool
    has_previous: bool


def page_vo(info: PageInfo) -> CursorPage | NumberedPage:
    if info.page is not None and info.page_size is not None:
        return NumberedPage(
            page=info.page,
            page_size=info.page_size,
            total=info.total,
            has_next=info.has_next,
            has_previous=info.has_previous,
        )
    return CursorPage(
        next_cursor=info.next_cursor,
        previous_cursor=info.previous_cursor,
        has_next=info.has_next,
        has_previous=info.has_previous,
        limit=info.limit or 1,
    )
