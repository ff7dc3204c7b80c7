"""Tools that connect accounts: a person opens a URL, meanwhile the session is watched."""

import asyncio
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from pydantic import Field

from openchannels.client import (
    AuthSession,
    AuthStart,
    ConnectedAccount,
    Pick,
    SelectableAccount,
)
from openchannels.mcp.answers import (
    AccountId,
    Language,
    PlatformId,
    ToolAnswer,
    in_language,
    shortened,
)
from openchannels.mcp.registration import AgentTool, ToolCall

MAX_WAIT = 50
"""Seconds; clients give up on a tool after sixty."""
POLL_SECONDS = 2.0
MAX_OFFERED = 50
MAX_CONNECTED = 50

SessionId = Annotated[str, Field(description="As start_connection and reconnect_account name it.")]


class StartedAnswer(ToolAnswer):
    """A started connection: show `url` to the person, then watch the session."""

    url: str = Field(description="For the person to open; it is theirs alone.")
    session_id: str
    platform: str
    expires_at: datetime
    instructions: str | None = Field(None, description="What to tell the person, if anything.")


class OfferedItem(ToolAnswer):
    """An account that the person's grant opens."""

    platform_uid: str
    account: str | None = None
    name: str | None


class ConnectedItem(ToolAnswer):
    """An account that was connected."""

    account_id: str
    platform: str
    name: str | None


class SessionAnswer(ToolAnswer):
    """Where a connection stands."""

    session_id: str
    status: str = Field(description="pending, completed or failed.")
    choice_needed: bool = Field(description="True: call choose_accounts with some of `offered`.")
    offered: list[OfferedItem] | None = None
    more_offered: int | None = Field(None, description="How many are offered besides these.")
    connected: list[ConnectedItem] | None = None
    error_code: int | None = None
    error_message: str | None = None


class AccountChoice(ToolAnswer):
    """An account as it was offered."""

    platform_uid: str
    account: str | None = None


async def start_connection(
    call: ToolCall,
    platform: Annotated[str, Field(description="As list_platforms names it.")],
    group_id: Annotated[
        str, Field(description="Group for the account; empty for the default one.")
    ] = "",
    language: Language = "en-US",
) -> StartedAnswer:
    """Starts connecting an account: answers a URL to show to the person who owns it.

    Show the URL, then call watch_connection. The person signs in at the platform itself; never
    ask for a password. The session ends by itself after some minutes.
    """
    started = await call.client.auth.start(platform, group_id=group_id or None)
    return _started(started, platform, language)


async def reconnect_account(
    call: ToolCall, account_id: AccountId, language: Language = "en-US"
) -> StartedAnswer:
    """Starts connecting an account again that no longer works; its id and history stay.

    Show the URL to the person who owns the account, then call watch_connection.
    """
    started = await call.client.accounts.reconnect(account_id)
    account = await call.client.accounts.get(account_id)
    return _started(started, account.type, language)


def _started(started: AuthStart, platform: str, language: str) -> StartedAnswer:
    return StartedAnswer(
        url=started.url,
        session_id=started.session_id,
        platform=platform,
        expires_at=started.expires_at,
        instructions=in_language(started.auth_instructions, language),
    )


async def watch_connection(
    call: ToolCall,
    platform: PlatformId,
    session_id: SessionId,
    wait_seconds: Annotated[
        int, Field(ge=0, le=MAX_WAIT, description="Wait so long for the person; 0 to look once.")
    ] = 20,
) -> SessionAnswer:
    """Waits until the person is done, and tells which accounts were connected.

    While `status` is pending the person is not done yet: call it again. With `choice_needed` the
    grant opens several accounts: ask which to connect, then call choose_accounts.
    """
    until = time.monotonic() + wait_seconds
    while True:
        session = await call.client.auth.session(platform, session_id)
        left = until - time.monotonic()
        if session.ended or session.requires_selection or left <= 0:
            return _session(session)
        await call.report(wait_seconds - left, wait_seconds, "waiting for the person")
        await asyncio.sleep(min(POLL_SECONDS, left))


async def choose_accounts(
    call: ToolCall,
    session_id: SessionId,
    accounts: Annotated[
        list[AccountChoice],
        Field(min_length=1, max_length=200, description="Some of what watch_connection offered."),
    ],
) -> SessionAnswer:
    """Connects accounts of those that a session offers: all that are named, or none on an error."""
    picks = [Pick(one.platform_uid, one.account) for one in accounts]
    return _session(await call.client.auth.select(session_id, picks))


def _session(session: AuthSession) -> SessionAnswer:
    offered = session.selectable_accounts if session.requires_selection else ()
    return SessionAnswer(
        session_id=session.session_id,
        status=session.status,
        choice_needed=session.requires_selection,
        offered=[_offered(one) for one in offered[:MAX_OFFERED]] or None,
        more_offered=max(0, len(offered) - MAX_OFFERED) or None,
        connected=_connected(session.accounts) or None,
        error_code=session.error_code,
        error_message=session.error_message,
    )


def _offered(one: SelectableAccount) -> OfferedItem:
    return OfferedItem(
        platform_uid=one.platform_uid, account=one.account, name=shortened(one.display_name)
    )


def _connected(accounts: Sequence[ConnectedAccount]) -> list[ConnectedItem]:
    return [
        ConnectedItem(
            account_id=one.account_id, platform=one.platform, name=shortened(one.display_name)
        )
        for one in accounts[:MAX_CONNECTED]
    ]


TOOLS = [
    AgentTool(
        start_connection, "Connect an account", "accounts:write", reads_only=False, repeatable=False
    ),
    AgentTool(watch_connection, "Watch a connection", "accounts:read"),
    AgentTool(choose_accounts, "Choose accounts", "accounts:write", reads_only=False),
    AgentTool(
        reconnect_account,
        "Reconnect an account",
        "accounts:write",
        reads_only=False,
        repeatable=False,
    ),
]
