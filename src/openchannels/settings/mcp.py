"""Settings of the MCP server, with which AI agents use the service."""

from pydantic import Field

from openchannels.settings.checks import BaseUrl
from openchannels.settings.platforms import SettingsGroup


class McpSettings(SettingsGroup):
    """The MCP server at `/mcp` for AI agents; needs the extra `mcp`."""

    enabled: bool = Field(default=False, description="Serve tools for AI agents at `/mcp`.")
    authorization_server: BaseUrl | None = Field(
        default=None,
        description="Address of an OAuth server that hands out API keys as access tokens; if set,"
        " agents find it by `/.well-known/oauth-protected-resource`.",
    )
