"""Comments on works, and what an account does to works, comments and other accounts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

TargetKind = Literal["work", "comment", "account"]


class InteractionName(StrEnum):
    """What an account can do: write a comment, answer one, and the functions of the wire."""

    COMMENT = "comment"
    REPLY = "reply"
    DELETE_COMMENT = "delete_comment"
    LIKE = "like"
    UNLIKE = "unlike"
    REPOST = "repost"
    UNDO_REPOST = "undo_repost"
    QUOTE = "quote"
    BOOKMARK = "bookmark"
    REMOVE_BOOKMARK = "remove_bookmark"
    HIDE_REPLY = "hide_reply"
    UNHIDE_REPLY = "unhide_reply"
    FOLLOW = "follow"
    UNFOLLOW = "unfollow"


FUNCTIONS = tuple(
    name for name in InteractionName if name not in (InteractionName.COMMENT, InteractionName.REPLY)
)
"""The interactions that are called by name."""

_ON_COMMENTS = (
    InteractionName.REPLY,
    InteractionName.DELETE_COMMENT,
    InteractionName.HIDE_REPLY,
    InteractionName.UNHIDE_REPLY,
)
_ON_ACCOUNTS = (InteractionName.FOLLOW, InteractionName.UNFOLLOW)


def target_kind(name: InteractionName) -> TargetKind:
    """Returns what an interaction is done to."""
    if name in _ON_COMMENTS:
        return "comment"
    return "account" if name in _ON_ACCOUNTS else "work"


@dataclass(frozen=True, slots=True)
class Interaction:
    """Something that an account is about to do.

    `target` is the platform's id of the work, comment or account; `work_id` that of the work a
    reply belongs to. `text` is what a comment, a reply or a quote says. `begun_at`, in Unix
    seconds, is when the platform is asked for it. `known` is as that of a thread.
    """

    name: InteractionName
    target: str
    text: str = ""
    begun_at: float = 0.0
    work_id: str | None = None
    known: Mapping[str, Any] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Thread:
    """A list of comments: those on a work, or the answers to one of them.

    `known` is what the publication of the work keeps of it (its link meta), where it was published
    here and the platform's engagement uses that.
    """

    work_id: str
    parent_id: str | None = None
    known: Mapping[str, Any] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment as the platform tells it; what it does not tell is None.

    `created_at` is in Unix seconds. `hidden` is whether readers do not see it.
    """

    id: str
    content: str
    work_id: str | None = None
    parent_id: str | None = None
    author_name: str | None = None
    author_uid: str | None = None
    created_at: float | None = None
    likes: int | None = None
    replies: int | None = None
    hidden: bool | None = None


@dataclass(frozen=True, slots=True)
class CommentsPage:
    """A page of comments as a connector returns it.

    Cursor platforms fill `next` and `previous` with the platform's own tokens; numbered ones fill
    `has_next` and, where the platform reports it, `total`.
    """

    items: list[Comment] = field(default_factory=list)
    next: str | None = None
    previous: str | None = None
    has_next: bool = False
    total: int | None = None
