"""Comments, and what was done on a platform."""

from dataclasses import dataclass
from datetime import datetime

from openchannels.client.models.works import Pagination
from openchannels.client.results import Result


@dataclass(frozen=True, slots=True)
class Comment(Result):
    """A comment; what the platform does not tell is None. `hidden`: readers do not see it."""

    platform_comment_id: str
    content: str
    platform_work_id: str | None = None
    parent_comment_id: str | None = None
    author_name: str | None = None
    author_platform_uid: str | None = None
    created_at: datetime | None = None
    like_count: int | None = None
    reply_count: int | None = None
    hidden: bool | None = None


@dataclass(frozen=True, slots=True)
class CommentsPage(Result):
    """One page of comments, in the platform's order."""

    platform: str
    pagination: Pagination
    items: tuple[Comment, ...] = ()


@dataclass(frozen=True, slots=True)
class EngagementAction(Result):
    """What was done. `platform_action_id` is the platform's id of what was made, if anything.

    `target_type` is `work`, `comment` or `account`.
    """

    platform: str
    action_type: str
    target_type: str
    target_id: str
    created_at: datetime
    platform_action_id: str | None = None
    success: bool = True
