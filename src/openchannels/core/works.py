"""Works (posts, articles, videos) and their metrics, in one shape for all platforms."""

from dataclasses import dataclass, field
from enum import StrEnum

MAX_WORK_ID = 512
MAX_TITLE = 2_000
MAX_DESCRIPTION = 65_536
"""Characters of a work's texts; longer ones are cut. The longest of a platform is Facebook's."""


class ContentMode(StrEnum):
    """Kinds of works by what they hold: `article2` is text only, `article` has images."""

    TEXT = "article2"
    IMAGE = "article"
    VIDEO = "video"


class WorkStatus(StrEnum):
    """Publication state of a work; the last two apply to broadcasts."""

    PUBLISHED = "published"
    UNLISTED = "unlisted"
    PRIVATE = "private"
    DRAFT = "draft"
    SCHEDULED = "scheduled"
    PENDING = "pending"
    PROCESSING = "processing"
    REVIEWING = "reviewing"
    REJECTED = "rejected"
    FAILED = "failed"
    UNAVAILABLE = "unavailable"
    DELETED = "deleted"
    UPCOMING = "upcoming"
    LIVE = "live"


# Works and their metrics are never changed, but not frozen: on a page of fifty that would cost
# 0.1 ms, for a frozen dataclass sets each field by a call.
@dataclass(slots=True, kw_only=True)
class Metrics:
    """Counts of one work. None means the platform did not report it; it is never zero instead."""

    views: int | None = None
    plays: int | None = None
    impressions: int | None = None
    reach: int | None = None
    likes: int | None = None
    collects: int | None = None
    comments: int | None = None
    shares: int | None = None
    saves: int | None = None
    clicks: int | None = None
    engagements: int | None = None
    watch_seconds: float | None = None


@dataclass(slots=True, kw_only=True)
class Work:
    """One work. `published_at` is in Unix seconds."""

    id: str
    mode: ContentMode
    title: str | None = None
    description: str | None = None
    url: str | None = None
    cover_url: str | None = None
    published_at: float | None = None
    author_name: str | None = None
    author_uid: str | None = None
    status: WorkStatus | None = None
    metrics: Metrics = field(default_factory=Metrics)
