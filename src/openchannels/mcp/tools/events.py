"""The tool on events: what happened to accounts."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from openchannels.client import Event
from openchannels.mcp.answers import Next, ToolAnswer
from openchannels.mcp.registration import AgentTool, ToolCall
from openchannels.mcp.tokens import whole


class EventItem(ToolAnswer):
    """Something that happened to an account."""

    type: str = Field(description="Such as account.connected, account.offline, account.recovered.")
    at: datetime
    account_id: str | None
    platform: str | None = None
    reason: str | None = None


class EventsAnswer(ToolAnswer):
    """Events, oldest first."""

    events: list[EventItem]
    more: bool = Field(description="Whether later ones are there already.")
    next: str | None = Field(None, description="Keep it: pass it later to get only newer events.")


async def list_events(
    call: ToolCall, limit: Annotated[int, Field(ge=1, le=100)] = 20, next: Next = ""
) -> EventsAnswer:
    """Lists what happened to the workspace's accounts: connected, offline, recovered, deleted.

    The oldest come first and are kept for thirty days. Pass `next` to go on behind them.
    """
    page = await call.client.events.list(whole(next) if next else 0, limit=limit)
    last = str(page.list[-1].sequence) if page.list else next or None
    return EventsAnswer(events=[_event(one) for one in page.list], more=page.has_next, next=last)


def _event(one: Event) -> EventItem:
    return EventItem(
        type=one.type,
        at=one.timestamp,
        account_id=one.data.get("accountId"),
        platform=one.data.get("platform"),
        reason=one.data.get("reason"),
    )


TOOLS = [AgentTool(list_events, "List events", "accounts:read")]
