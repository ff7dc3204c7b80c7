"""Works and their pages."""

from dataclasses import dataclass, field
from datetime import datetime

from openchannels.client.models.common import Unusable
from openchannels.client.results import Result


@dataclass(frozen=True, slots=True)
class Metrics(Result):
    """Metrics of a work; None where the platform does not provide one."""

    view_count: int | None = None
    play_count: int | None = None
    impression_count: int | None = None
    reach_count: int | None = None
    like_count: int | None = None
    collect_count: int | None = None
    comment_count: int | None = None
    share_count: int | None = None
    save_count: int | None = None
    click_count: int | None = None
    engagement_count: int | None = None
    watch_time_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Work(Result):
    """A work. `content_mode`: `video`, `article` with images, `article2` text only."""

    platform_work_id: str
    content_mode: str
    title: str | None = None
    description: str | None = None
    url: str | None = None
    cover_url: str | None = None
    published_at: datetime | None = None
    author_name: str | None = None
    author_platform_uid: str | None = None
    status: str | None = None
    metrics: Metrics = field(default_factory=Metrics)


@dataclass(frozen=True, slots=True)
class Pagination(Result):
    """How to request the next page: by `cursor` or by `page`, as `mode` says.

    A `mode` of `none` is that of a list which has one page.
    """

    mode: str
    has_next: bool = False
    has_previous: bool = False
    next_cursor: str | None = None
    previous_cursor: str | None = None
    limit: int | None = None
    page: int | None = None
    page_size: int | None = None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class WorksPage(Result):
    """One page of an account's works."""

    platform: str
    pagination: Pagination
    items: tuple[Work, ...] = ()
    unusable: tuple[Unusable, ...] = ()
