"""Builds the MCP server of the settings; its library is loaded only where that is enabled."""

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from openchannels.core.exceptions import StartRefused
from openchannels.settings import Settings

if TYPE_CHECKING:
    from openchannels.mcp.http import App, McpOverHttp

NO_LIBRARY = (
    "mcp.enabled is set, but the library for it is not installed: install openchannels[mcp]."
)


def refuse_missing_mcp(settings: Settings) -> None:
    """Raises StartRefused if the MCP server is enabled and its library is not installed."""
    if settings.mcp.enabled and find_spec("mcp") is None:
        raise StartRefused(NO_LIBRARY)


def build_mcp(settings: Settings, public_url: str, app: "App") -> "McpOverHttp | None":
    """Returns the server, whose tools call `app`; None where it is not enabled."""
    if not settings.mcp.enabled:
        return None
    from openchannels.api.bounds import MAX_BODY
    from openchannels.mcp.http import McpOverHttp

    return McpOverHttp(app, public_url, MAX_BODY)


def mcp_state(settings: Settings, mcp: "McpOverHttp | None") -> dict[str, Any]:
    """Returns what the application's routes need."""
    server = settings.mcp.authorization_server if mcp else None
    return {"mcp": mcp and mcp.answer, "authorization_server": server}
