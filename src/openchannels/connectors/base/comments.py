"""Maps from a platform's objects to comments, each field declared once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from openchannels.connectors.base.cleaning import bounded, identity, shortened
from openchannels.connectors.base.fields import Fields
from openchannels.connectors.base.paginators import ItemsPage
from openchannels.connectors.base.parse import count, moment
from openchannels.connectors.base.sources import Source
from openchannels.connectors.base.targets import Target
from openchannels.core.accounts import MAX_IDENTIFIER, MAX_NICKNAME
from openchannels.core.engagement import Comment, CommentsPage
from openchannels.core.works import MAX_DESCRIPTION, MAX_WORK_ID

COMMENT_TARGETS = {
    "id": Target("platformCommentId", bounded(MAX_WORK_ID)),
    "content": Target("content", shortened(MAX_DESCRIPTION)),
    "work_id": Target("platformWorkId", bounded(MAX_WORK_ID)),
    "parent_id": Target("parentCommentId", bounded(MAX_WORK_ID)),
    "author_name": Target("authorName", shortened(MAX_NICKNAME)),
    "author_uid": Target("authorPlatformUid", bounded(MAX_IDENTIFIER)),
    "created_at": Target("createdAt", moment),
    "likes": Target("likeCount", count),
    "replies": Target("replyCount", count),
    "hidden": Target("hidden", identity),
}


@dataclass(frozen=True, slots=True, eq=False)
class CommentMap:
    """Maps a platform's object to a comment; one without text has an empty one."""

    fields: Mapping[str, Source]
    _fields: Fields = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_fields", Fields(self.fields, COMMENT_TARGETS))

    def read(self, item: Any, **known: Any) -> Comment | None:
        """Returns the comment that an object describes; None without an id.

        `known` are fields that the object does not tell, such as `work_id`.
        """
        values = {**self._fields.read(item), **known}
        if values["id"] is None:
            return None
        return Comment(**{**values, "content": values["content"] or ""})

    def read_all(self, items: Iterable[Any], **known: Any) -> list[Comment]:
        """Returns the comments of a list, without the items that have no id."""
        comments = (self.read(item, **known) for item in items)
        return [comment for comment in comments if comment is not None]

    def page(self, page: ItemsPage, **known: Any) -> CommentsPage:
        """Returns a page of raw items with its items mapped to comments."""
        return CommentsPage(
            items=self.read_all(page.items, **known),
            next=page.next,
            previous=page.previous,
            has_next=page.has_next,
            total=page.total,
        )
