"""YouTube: constants and helpers shared by its capabilities."""

from typing import Any

from openchannels.connectors.base.parse import dig

API = "https://www.googleapis.com/youtube/v3"
ANALYTICS_SCOPE = "https://www.googleapis.com/auth/yt-analytics.readonly"
SIZES = ("maxres", "standard", "high", "medium", "default")


def thumbnail_of(snippet: str) -> str:
    """Returns the path of the largest thumbnail, by the path of a snippet."""
    return "|".join(f"{snippet}.thumbnails.{size}.url" for size in SIZES)


def is_listing(answer: Any) -> bool:
    """Returns whether an answer is a page of a list, which has no `items` if it is empty."""
    return isinstance(dig(answer, "pageInfo"), dict)
