"""The `next` tokens that tools hand out: a cursor, or number and size of a page."""

from mcp.server.mcpserver.exceptions import ToolError

from openchannels.client import Pagination

NOT_OURS = "`next` is not one of this tool's; leave it out to begin again."
MAX_DIGITS = 15


def whole(text: str) -> int:
    """Reads a number of a token. Raises ToolError."""
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS):
        raise ToolError(NOT_OURS)
    return int(text)


def numbered(token: str) -> tuple[int, int]:
    """Returns number and size of a page: it begins where pages of its size put it.

    Raises ToolError.
    """
    number, _, size = token.partition("x")
    return whole(number), whole(size)


def token_after(at: Pagination, size: int) -> str | None:
    """Returns the token of the page after one of this size; None after the last."""
    if not at.has_next:
        return None
    if at.mode == "page":
        return f"{(at.page or 1) + 1}x{size}"
    return at.next_cursor
