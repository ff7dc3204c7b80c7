"""YouTube: what several of its capabilities need."""

from collections.abc import Mapping
from typing import Any

from openchannels.connectors.base.parse import dig, text

API = "https://www.googleapis.com/youtube/v3"
ANALYTICS_SCOPE = "https://www.googleapis.com/auth/yt-analytics.readonly"
THUMBNAILS = ("maxres", "standard", "high", "medium", "default")


def best_thumbnail(item: Mapping[str, Any]) -> str | None:
    sizes = dig(item, "snippet", "thumbnails")
    return next(filter(None, (text(dig(sizes, size, "url")) for size in THUMBNAILS)), None)
