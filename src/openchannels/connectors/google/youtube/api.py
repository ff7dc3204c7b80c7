"""YouTube: constants shared by its capabilities."""

API = "https://www.googleapis.com/youtube/v3"
ANALYTICS_SCOPE = "https://www.googleapis.com/auth/yt-analytics.readonly"
THUMBNAIL = "|".join(
    f"snippet.thumbnails.{size}.url" for size in ("maxres", "standard", "high", "medium", "default")
)
