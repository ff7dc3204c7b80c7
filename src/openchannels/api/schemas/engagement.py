"""Types of comments and interactions on the wire."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from openchannels.api.schemas.common import (
    UNSET,
    Count,
    Filled,
    Moment,
    PlatformName,
    Unset,
    Wire,
    moment,
    none_if_empty,
    none_if_unset,
)
from openchannels.api.schemas.pages import CursorPage, NumberedPage, page_vo
from openchannels.core import errors
from openchannels.core.clock import iso
from openchannels.core.engagement import (
    Comment,
    Interaction,
    InteractionName,
    TargetKind,
    Thread,
    target_kind,
)
from openchannels.core.exceptions import Issue
from openchannels.service.engagement.comments import ListedComments
from openchannels.service.engagement.interactions import DoneInteraction

MAX_COMMENT = 10_000
TARGET_MEMBERS = {
    "work": "platformWorkId",
    "comment": "commentId",
    "account": "targetPlatformUid",
}
MAX_ID = 1_024
PlatformId = Annotated[str, Meta(min_length=1, max_length=MAX_ID)]
CommentText = Annotated[str, Meta(min_length=1, max_length=MAX_COMMENT)]


class CommentsQuery(Wire, kw_only=True):
    """The work whose comments to list, or the comment whose answers to list."""

    account_id: Annotated[Filled, Meta(description="Id of the account that reads them.")]
    platform: Annotated[PlatformName, Meta(description="The account's platform.")]
    platform_work_id: Annotated[PlatformId, Meta(description="The platform's id of the work.")]
    parent_comment_id: (
        Annotated[PlatformId, Meta(description="Lists the answers to this comment instead.")]
        | Unset
    ) = UNSET


class ActorQuery(Wire, kw_only=True):
    """The account that acts."""

    account_id: Annotated[Filled, Meta(description="Id of the account that acts.")]


class CreateComment(Wire, kw_only=True):
    """A comment on a work, or an answer to a comment."""

    platform: Annotated[PlatformName, Meta(description="The account's platform.")]
    platform_work_id: Annotated[PlatformId, Meta(description="The platform's id of the work.")]
    content: Annotated[CommentText, Meta(description="What it says.")]
    parent_comment_id: (
        Annotated[str, Meta(max_length=MAX_ID, description="The comment that is answered.")] | Unset
    ) = UNSET


FunctionName = Literal[
    "delete_comment", "like", "unlike", "repost", "undo_repost", "quote", "bookmark",
    "remove_bookmark", "hide_reply", "unhide_reply", "follow", "unfollow",
]  # fmt: skip


class FunctionData(Wire, kw_only=True):
    """What a function is called for; which member is needed depends on its name."""

    comment_id: (
        Annotated[PlatformId, Meta(description="For delete_comment, hide_reply, unhide_reply.")]
        | Unset
    ) = UNSET
    platform_work_id: (
        Annotated[
            PlatformId,
            Meta(description="For like, repost, quote, bookmark, and what takes them back."),
        ]
        | Unset
    ) = UNSET
    content: Annotated[CommentText, Meta(description="For quote: what it says.")] | Unset = UNSET
    target_platform_uid: (
        Annotated[PlatformId, Meta(description="For follow and unfollow.")] | Unset
    ) = UNSET


class CallFunction(Wire, kw_only=True):
    """A function, and what it is called for."""

    platform: Annotated[PlatformName, Meta(description="The account's platform.")]
    name: FunctionName
    data: FunctionData


class CommentVo(Wire, kw_only=True):
    """A comment. What the platform does not tell is absent."""

    platform_comment_id: str
    content: str
    platform_work_id: str | None = None
    parent_comment_id: str | None = None
    author_name: str | None = None
    author_platform_uid: str | None = None
    created_at: Moment | None = None
    like_count: Count | None = None
    reply_count: Count | None = None
    hidden: Annotated[bool, Meta(description="Whether readers do not see it.")] | None = None


class CommentList(Wire, kw_only=True):
    """One page of comments, in the platform's order: newest first where it offers that."""

    platform: PlatformName
    items: list[CommentVo]
    pagination: CursorPage | NumberedPage


class EngagementAction(Wire, kw_only=True):
    """What was done."""

    platform: PlatformName
    action_type: InteractionName
    target_type: TargetKind
    target_id: str
    platform_action_id: (
        Annotated[str, Meta(description="The platform's id of what was made.")] | None
    ) = None
    success: Annotated[bool, Meta(description="Always true: a failure is an error instead.")]
    created_at: Moment


def thread_of(query: CommentsQuery) -> Thread:
    return Thread(query.platform_work_id, none_if_unset(query.parent_comment_id))


def written_comment(body: CreateComment) -> Interaction:
    parent = none_if_empty(body.parent_comment_id)
    return Interaction(
        name=InteractionName.COMMENT if parent is None else InteractionName.REPLY,
        target=body.platform_work_id if parent is None else parent,
        text=body.content,
        work_id=body.platform_work_id,
    )


def data_members(name: InteractionName) -> tuple[str, ...]:
    """Returns what a function needs in its data: first what names its target."""
    member = TARGET_MEMBERS[target_kind(name)]
    return (member, "content") if name is InteractionName.QUOTE else (member,)


def called_function(body: CallFunction) -> Interaction:
    """Returns the interaction. Raises VALIDATION_FAILED without what its name needs."""
    name = InteractionName(body.name)
    member, *_ = needed = data_members(name)
    given = msgspec.to_builtins(body.data)
    missing = [Issue(f"data.{one}", "is required") for one in needed if one not in given]
    if missing:
        raise errors.validation_failed(missing)
    text = given["content"] if name is InteractionName.QUOTE else ""
    return Interaction(name, given[member], text=text)


def comment_list(listed: ListedComments) -> CommentList:
    return CommentList(
        platform=listed.platform,
        items=[_comment(one) for one in listed.items],
        pagination=page_vo(listed.page),
    )


def _comment(comment: Comment) -> CommentVo:
    return CommentVo(
        platform_comment_id=comment.id,
        content=comment.content,
        platform_work_id=comment.work_id,
        parent_comment_id=comment.parent_id,
        author_name=comment.author_name,
        author_platform_uid=comment.author_uid,
        created_at=moment(comment.created_at),
        like_count=comment.likes,
        reply_count=comment.replies,
        hidden=comment.hidden,
    )


def engagement_action(done: DoneInteraction) -> EngagementAction:
    return EngagementAction(
        platform=done.platform,
        action_type=done.interaction.name,
        target_type=target_kind(done.interaction.name),
        target_id=done.interaction.target,
        platform_action_id=done.made_id,
        success=True,
        created_at=iso(done.at),
    )
