"""YouTube: constants and helpers shared by its capabilities."""

from typing import Any

from openchannels.connectors.base.parse import dig

API = "https://www.googleapis.com/youtube/v3"
ANALYTICS_SCOPE = "https://www.googleapis.com/auth/yt-analytics.readonly"
THUMBNAIL = "|".join(
    f"snippet.thumbnails.{size}.url" for size in ("maxres", "standard", "high", "medium", "default")
)


def is_listing(answer: Any) -> bool:
    """Returns whether an answer is a page of a list, which has no `items` if it is empty."""
    return isinstance(dig(answer, "pageInfo"), dict)
