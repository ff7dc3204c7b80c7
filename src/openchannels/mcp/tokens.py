"""Numbers within the `next` tokens that tools hand out."""

from mcp.server.mcpserver.exceptions import ToolError

NOT_OURS = "`next` is not one of this tool's; leave it out to begin again."
MAX_DIGITS = 15


def whole(text: str) -> int:
    """Reads a number of a token. Raises ToolError."""
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS):
        raise ToolError(NOT_OURS)
    return int(text)
