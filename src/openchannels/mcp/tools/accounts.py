"""Tools on connected accounts: which there are, whether they work, their figures."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from openchannels.client import Account, AccountSnapshot
from openchannels.mcp.answers import (
    AccountId,
    Figures,
    Language,
    Next,
    Since,
    ToolAnswer,
    Until,
    figures,
    in_language,
    shortened,
)
from openchannels.mcp.registration import AgentTool, ToolCall

WORKING = 1
"""Status of an account that works; of others it is 0."""


class AccountItem(ToolAnswer):
    """A connected account."""

    account_id: str
    platform: str
    name: str | None
    working: bool = Field(description="False: a person must connect it again.")
    reason: str | None = Field(None, description="Why it does not work, or soon will not.")
    group_id: str
    followers: int | None = None


class AccountsAnswer(ToolAnswer):
    """Connected accounts; `total` counts all that match."""

    accounts: list[AccountItem]
    total: int
    next: str | None = None


class HealthAnswer(ToolAnswer):
    """Whether an account works now, why not, and what the person should do."""

    account_id: str
    working: bool
    reason: str | None = None
    advice: str | None = Field(None, description="What the person should do; pass it on.")
    since: datetime | None = Field(None, description="Since when it does not work.")
    reconnect_by: datetime | None = Field(None, description="When a person must come back.")
    missing_scopes: list[str] | None = None


class FiguresItem(ToolAnswer):
    """An account's figures at one time."""

    at: datetime
    metrics: Figures


class FiguresAnswer(ToolAnswer):
    """An account's figures now, and some of before, newest first."""

    account_id: str
    platform: str
    metrics: Figures
    history: list[FiguresItem]
    message: str | None = Field(None, description="Why there are no figures.")


class DisconnectedAnswer(ToolAnswer):
    """The account that is gone."""

    account_id: str


async def list_accounts(
    call: ToolCall,
    platforms: Annotated[list[str] | None, Field(description="Only of these.")] = None,
    group_id: Annotated[str, Field(description="Only of this group; empty for all.")] = "",
    working: Annotated[
        bool | None, Field(description="Only those that work, or only those that do not.")
    ] = None,
    limit: Annotated[int, Field(ge=1, le=100)] = 20,
    next: Next = "",
) -> AccountsAnswer:
    """Lists the connected accounts of the workspace, and whether each still works.

    Start here: other tools take the ids and platforms that it shows.
    """
    page = await call.client.accounts.list(
        group_ids=[group_id] if group_id else [],
        platforms=platforms or [],
        status=None if working is None else int(working),
        limit=limit,
        cursor=next or None,
    )
    return AccountsAnswer(
        accounts=[_account(one) for one in page.list], total=page.total, next=page.next_cursor
    )


def _account(one: Account) -> AccountItem:
    return AccountItem(
        account_id=one.id,
        platform=one.type,
        name=shortened(one.nickname),
        working=one.status == WORKING,
        reason=one.reason,
        group_id=one.group_id,
        followers=one.fans_count,
    )


async def get_account_health(
    call: ToolCall, account_id: AccountId, language: Language = "en-US"
) -> HealthAnswer:
    """Tells whether an account works now; if not, why, and what the person should do.

    It asks no platform, so it is cheap. For an account that does not work go on with
    reconnect_account.
    """
    status = await call.client.accounts.status(account_id)
    return HealthAnswer(
        account_id=account_id,
        working=status.status == WORKING,
        reason=status.reason,
        advice=in_language(status.advice, language),
        since=status.since,
        reconnect_by=status.reconnect_by or status.refresh_expires_at,
        missing_scopes=list(status.missing_scopes) or None,
    )


async def account_figures(
    call: ToolCall,
    account_id: AccountId,
    since: Since = None,
    until: Until = None,
    limit: Annotated[
        int, Field(ge=0, le=100, description="The most figures of before to answer.")
    ] = 10,
) -> FiguresAnswer:
    """Reads an account's figures now (followers, views, ...) and those of before.

    Without `since` and `until` the history is of the last thirty days. Figures that the platform
    does not tell are absent, which does not mean zero.
    """
    told = await call.client.accounts.analytics(account_id, since=since, until=until)
    newest_first = sorted(told.snapshots, key=lambda one: one.snapshot_at, reverse=True)
    return FiguresAnswer(
        account_id=account_id,
        platform=told.platform,
        metrics=figures(told.metrics),
        history=[_figures(one) for one in newest_first[:limit]],
        message=told.message,
    )


def _figures(one: AccountSnapshot) -> FiguresItem:
    return FiguresItem(at=one.snapshot_at, metrics=figures(one.metrics))


async def disconnect_account(call: ToolCall, account_id: AccountId) -> DisconnectedAnswer:
    """Deletes an account with all that is kept of it, and ends its grant at the platform.

    It cannot be undone: the person would have to connect the account again. Ask for confirmation
    first, with the account's name.
    """
    await call.client.accounts.delete(account_id)
    return DisconnectedAnswer(account_id=account_id)


TOOLS = [
    AgentTool(list_accounts, "List accounts", "accounts:read"),
    AgentTool(get_account_health, "Check an account", "accounts:read"),
    AgentTool(account_figures, "Read an account's figures", "accounts:read", asks_platform=True),
    AgentTool(
        disconnect_account,
        "Disconnect an account",
        "accounts:write",
        reads_only=False,
        destroys=True,
        asks_platform=True,
    ),
]
