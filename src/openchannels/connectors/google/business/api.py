"""Google Business Profile: what its capabilities share."""

from typing import Any

from openchannels.connectors.base.paginators import CursorList
from openchannels.connectors.base.parse import text
from openchannels.core.accounts import Account

SCOPE = "https://www.googleapis.com/auth/business.manage"
POSTS = "https://mybusiness.googleapis.com/v4"
PERFORMANCE = "https://businessprofileperformance.googleapis.com/v1"


def is_empty_page(answer: Any) -> bool:
    """Returns whether an answer without a list is an empty page: Google omits empty values."""
    return not answer or bool(answer.keys() & {"nextPageToken", "totalSize"})


def resource_id(name: Any) -> str | None:
    """Returns the id at the end of a resource name."""
    return (text(name) or "").rpartition("/")[2] or None


PAGES = CursorList(
    items="",
    id="name",
    size="pageSize",
    cursor="pageToken",
    next="nextPageToken",
    empty=is_empty_page,
)
"""How all lists are paged; each has its own address and items."""


def posts_url(account: Account) -> str:
    """Returns the address of a location's posts, below the account that owns it."""
    owner = text(account.facts.get("account")) or account.handle
    return f"{POSTS}/{owner}/locations/{account.uid}/localPosts"
