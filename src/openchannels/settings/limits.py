"""Settings of the limits: requests a minute, and what a slow client may take."""

from pydantic import Field

from openchannels.settings.checks import (
    Rate,
    Seconds,
    Whole,
)
from openchannels.settings.platforms import SettingsGroup


class LimitsSettings(SettingsGroup):
    """Limits per key or client: requests a minute, of all processes, and time."""

    start_per_minute: Rate = Field(
        default=600, description="Connections started by one API key; 0 for no limit."
    )
    change_per_minute: Rate = Field(
        default=600,
        description="Other changes by one API key: accounts created, revoked and deleted, sessions"
        " cancelled, webhooks changed, tested and sent to again, assets signed, confirmed and"
        " deleted; 0 for no limit.",
    )
    works_per_minute: Rate = Field(
        default=6000,
        description="Pages of works, single works, figures and values of publish options read by"
        " one API key; 0 for no limit.",
    )
    mcp_per_minute: Rate = Field(
        default=1200,
        description="Messages of agents to the MCP server by one API key, and from one client"
        " address; 0 for no limit. What their tools call counts under the limits above too.",
    )
    callback_per_minute: Rate = Field(
        default=600, description="Callbacks from one client address; 0 for no limit."
    )
    choice_per_minute: Rate = Field(
        default=120,
        description="Account choices by one API key, and from one client address; 0 for no limit.",
    )
    page_per_minute: Rate = Field(
        default=3000,
        description="Pages and their files loaded from one client address; 0 for no limit.",
    )
    probe_per_minute: Rate = Field(
        default=1200,
        description="Health checks, metrics, API documents and platform lists read from one client "
        "address; 0 for no limit.",
    )
    platform_webhook_per_minute: Rate = Field(
        default=6000,
        description="Webhooks of platforms from one client address; 0 for no limit.",
    )
    media_per_minute: Rate = Field(
        default=6000, description="Files of assets read from one client address; 0 for no limit."
    )
    upload_per_minute: Rate = Field(
        default=1200,
        description="Requests that send a file, or a part of one, from one client address; 0 for no"
        " limit.",
    )
    refused_keys_per_minute: Rate = Field(
        default=300,
        description="Requests without a valid API key from one client address; 0 for no limit.",
    )
    head_seconds: Seconds = Field(
        default=10, description="Time a client has to send the head of a request."
    )
    body_seconds: Seconds = Field(
        default=30,
        description="Time a client has to send the whole body of a request; of a file, the next"
        " bytes.",
    )
    read_seconds: Seconds = Field(
        default=30,
        description="Time a client has to read an answer; of a file, the next bytes.",
    )
    idle_seconds: Seconds = Field(
        default=75,
        description="Time a connection is kept open between two requests; longer than a proxy or"
        " client in front reuses one, or a request meets a connection that is just closing.",
    )
    connections: Whole = Field(
        default=10_000,
        ge=10,
        le=1_000_000,
        description="Maximum client connections; beyond it the longest waiting ones are closed.",
    )
