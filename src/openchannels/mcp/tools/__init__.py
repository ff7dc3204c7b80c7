"""The tools, by what they are about."""

from openchannels.mcp.registration import AgentTool
from openchannels.mcp.tools import (
    accounts,
    connections,
    engagement,
    events,
    groups,
    platforms,
    publishing,
    works,
)

TOOLS: list[AgentTool] = [
    *platforms.TOOLS,
    *accounts.TOOLS,
    *connections.TOOLS,
    *works.TOOLS,
    *engagement.TOOLS,
    *publishing.TOOLS,
    *events.TOOLS,
    *groups.TOOLS,
]
