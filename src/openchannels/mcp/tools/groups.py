"""Tools on account groups."""

from typing import Annotated

from pydantic import Field

from openchannels.client import ApiError, Group
from openchannels.mcp.answers import ToolAnswer, shortened
from openchannels.mcp.registration import AgentTool, ToolCall

MAX_GROUPS = 100
MAX_MOVED = 50


class GroupItem(ToolAnswer):
    """A group of accounts."""

    group_id: str
    name: str | None
    is_default: bool


class GroupsAnswer(ToolAnswer):
    """Groups by their rank; `total` counts those that are not shown too."""

    groups: list[GroupItem]
    total: int


class RefusedItem(ToolAnswer):
    """An account that was not moved."""

    account_id: str
    code: int
    message: str


class MovedAnswer(ToolAnswer):
    """Which accounts are in the group now, and which could not be moved."""

    group_id: str
    moved: list[str]
    refused: list[RefusedItem]


async def list_groups(call: ToolCall) -> GroupsAnswer:
    """Lists the groups that accounts are sorted into."""
    groups = await call.client.groups.list()
    return GroupsAnswer(groups=[_group(one) for one in groups[:MAX_GROUPS]], total=len(groups))


def _group(one: Group) -> GroupItem:
    return GroupItem(group_id=one.id, name=shortened(one.name), is_default=one.is_default)


async def move_accounts(
    call: ToolCall,
    account_ids: Annotated[list[str], Field(min_length=1, max_length=MAX_MOVED)],
    group_id: Annotated[str, Field(min_length=1, description="As list_groups names it.")],
) -> MovedAnswer:
    """Moves accounts to a group; each account is in one group.

    An account that cannot be moved is named with the reason; the others are moved all the same.
    """
    moved: list[str] = []
    refused: list[ApiError] = []
    named: list[RefusedItem] = []
    for account_id in account_ids:
        try:
            await call.client.accounts.update(account_id, group_id=group_id)
        except ApiError as error:
            refused.append(error)
            named.append(RefusedItem(account_id=account_id, code=error.code, message=error.message))
        else:
            moved.append(account_id)
    if not moved:
        raise refused[0]
    return MovedAnswer(group_id=group_id, moved=moved, refused=named)


TOOLS = [
    AgentTool(list_groups, "List groups", "accounts:read"),
    AgentTool(move_accounts, "Move accounts to a group", "accounts:write", reads_only=False),
]
