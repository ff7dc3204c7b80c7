"""Types of comments and functions in a platform's capabilities on the wire."""

from typing import Any, Literal

import msgspec

from openchannels.api.schemas.common import Schema, Wire
from openchannels.api.schemas.engagement import (
    ActorQuery,
    CallFunction,
    CommentsQuery,
    CreateComment,
    FunctionData,
    data_members,
)
from openchannels.api.schemas.paging_modes import PagingVo, paging_vo
from openchannels.core.engagement import FUNCTIONS, InteractionName, target_kind
from openchannels.core.platforms import Locale, Text
from openchannels.service.platforms.metadata import Capabilities

LABELS = {
    InteractionName.DELETE_COMMENT: Text(en="Delete a comment", zh="删除评论"),
    InteractionName.LIKE: Text(en="Like", zh="点赞"),
    InteractionName.UNLIKE: Text(en="Take a like back", zh="取消点赞"),
    InteractionName.REPOST: Text(en="Repost", zh="转发"),
    InteractionName.UNDO_REPOST: Text(en="Take a repost back", zh="取消转发"),
    InteractionName.QUOTE: Text(en="Quote", zh="引用转发"),
    InteractionName.BOOKMARK: Text(en="Bookmark", zh="收藏"),
    InteractionName.REMOVE_BOOKMARK: Text(en="Remove a bookmark", zh="取消收藏"),
    InteractionName.HIDE_REPLY: Text(en="Hide a comment", zh="隐藏评论"),
    InteractionName.UNHIDE_REPLY: Text(en="Show a hidden comment", zh="取消隐藏评论"),
    InteractionName.FOLLOW: Text(en="Follow", zh="关注"),
    InteractionName.UNFOLLOW: Text(en="Stop following", zh="取消关注"),
}


class ParametersVo(Wire, kw_only=True):
    """What a call takes and returns."""

    query_schema: Schema
    body_schema: Schema | None = None
    data_schema: Schema | None = None


class ListCommentsVo(Wire, kw_only=True):
    """Listing comments."""

    supported: bool
    pagination: PagingVo
    parameters: ParametersVo


class CreateCommentVo(Wire, kw_only=True):
    """Writing a comment."""

    supported: bool
    parameters: ParametersVo


class CommentsCapabilityVo(Wire, kw_only=True):
    """Comments on works."""

    list: ListCommentsVo
    create: CreateCommentVo


class EngagementFunctionVo(Wire, kw_only=True):
    """Something that an account can do to a work, a comment or another account."""

    name: str
    label: str
    target: Literal["work", "comment", "account"]
    parameters: ParametersVo


class EngagementCapabilityVo(Wire, kw_only=True):
    """Comments, and what else an account can do."""

    comments: CommentsCapabilityVo
    functions: list[EngagementFunctionVo]


def engagement_vo(can: Capabilities, locale: Locale) -> EngagementCapabilityVo:
    written = (InteractionName.COMMENT, InteractionName.REPLY)
    return EngagementCapabilityVo(
        comments=CommentsCapabilityVo(
            list=ListCommentsVo(
                supported=can.comments is not None,
                pagination=paging_vo(can.comments),
                parameters=ParametersVo(query_schema=_schema(CommentsQuery)),
            ),
            create=CreateCommentVo(
                supported=any(name in can.interactions for name in written),
                parameters=ParametersVo(
                    query_schema=_schema(ActorQuery), body_schema=_schema(CreateComment)
                ),
            ),
        ),
        functions=[_function(name, locale) for name in FUNCTIONS if name in can.interactions],
    )


def _function(name: InteractionName, locale: Locale) -> EngagementFunctionVo:
    body, data = _schema(CallFunction), _data_schema(name)
    body["properties"] |= {"name": {"const": name.value}, "data": data}
    return EngagementFunctionVo(
        name=name.value,
        label=LABELS[name].in_locale(locale),
        target=target_kind(name),
        parameters=ParametersVo(
            query_schema=_schema(ActorQuery), body_schema=body, data_schema=data
        ),
    )


def _data_schema(name: InteractionName) -> dict[str, Any]:
    needed = data_members(name)
    members = _schema(FunctionData)["properties"]
    return {
        "type": "object",
        "properties": {member: members[member] for member in needed},
        "required": list(needed),
    }


def _schema(kind: type[Wire]) -> dict[str, Any]:
    """Returns the JSON Schema of a type on the wire."""
    _, parts = msgspec.json.schema_components([kind])
    found: dict[str, Any] = parts[kind.__name__]
    return found
