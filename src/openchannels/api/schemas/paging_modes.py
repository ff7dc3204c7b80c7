"""Types of how a platform's lists are paged on the wire."""

from openchannels.api.schemas.common import Wire
from openchannels.core.paging import CursorPaging, Paging


class CursorPagingVo(Wire, kw_only=True, tag_field="mode", tag="cursor"):
    """A list that is paged by cursor."""

    default_limit: int
    max_limit: int
    supports_previous: bool


class NumberPagingVo(Wire, kw_only=True, tag_field="mode", tag="page"):
    """A list that is paged by number."""

    default_page_size: int
    max_page_size: int
    supports_total: bool


class NoPagingVo(Wire, kw_only=True, tag_field="mode", tag="none"):
    """No list."""


PagingVo = CursorPagingVo | NumberPagingVo | NoPagingVo


def paging_vo(paging: Paging | None) -> PagingVo:
    if paging is None:
        return NoPagingVo()
    if isinstance(paging, CursorPaging):
        return CursorPagingVo(
            default_limit=paging.default,
            max_limit=paging.maximum,
            supports_previous=paging.previous,
        )
    return NumberPagingVo(
        default_page_size=paging.default,
        max_page_size=paging.maximum,
        supports_total=paging.total,
    )
