"""Paging: what a platform offers, what a caller requests, what a connector returns."""

from dataclasses import dataclass, field
from typing import Literal

from openchannels.core.insights import Period
from openchannels.core.unusable import Unusable
from openchannels.core.works import ContentMode, Work

Direction = Literal["next", "previous"]
ALWAYS = Period()
"""The period of a list of all works."""


@dataclass(frozen=True, slots=True)
class CursorPaging:
    """A platform that pages by cursor. Sizes are numbers of works."""

    default: int
    maximum: int
    previous: bool = False


@dataclass(frozen=True, slots=True)
class PagePaging:
    """A platform that pages by number, counted from 1."""

    default: int
    maximum: int
    total: bool = True


Paging = CursorPaging | PagePaging


@dataclass(frozen=True, slots=True)
class CursorRequest:
    """A page by cursor. `position` is the platform's own token, None for the first page.

    All pages of one list are requested with the same `period`.
    """

    limit: int
    position: str | None = None
    direction: Direction = "next"
    content_mode: ContentMode | None = None
    period: Period = ALWAYS


@dataclass(frozen=True, slots=True)
class NumberRequest:
    """A page by number, from 1."""

    page: int
    size: int
    content_mode: ContentMode | None = None
    period: Period = ALWAYS


PageRequest = CursorRequest | NumberRequest


@dataclass(frozen=True, slots=True)
class WorksPage:
    """A page as a connector returns it.

    Cursor platforms fill `next` and `previous` with the platform's own tokens where there is
    such a page; numbered ones fill `has_next` and, where the platform reports it, `total`.
    `unusable` are works that the platform counts and does not list.
    """

    items: list[Work] = field(default_factory=list)
    next: str | None = None
    previous: str | None = None
    has_next: bool = False
    total: int | None = None
    unusable: tuple[Unusable, ...] = ()
