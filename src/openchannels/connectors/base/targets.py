"""The fields that maps of works and profiles can fill."""

from dataclasses import dataclass

from openchannels.connectors.base.cleaning import Clean, bounded, identity, seconds, shortened
from openchannels.connectors.base.parse import count, https, moment, text
from openchannels.core.accounts import MAX_IDENTIFIER, MAX_NICKNAME
from openchannels.core.works import MAX_DESCRIPTION, MAX_TITLE, MAX_WORK_ID


@dataclass(frozen=True, slots=True)
class Target:
    """A field that a map can fill: its name in our API, and how its values are cleaned."""

    wire: str
    clean: Clean


WORK_TARGETS = {
    "id": Target("platformWorkId", bounded(MAX_WORK_ID)),
    "mode": Target("contentMode", identity),
    "title": Target("title", shortened(MAX_TITLE)),
    "description": Target("description", shortened(MAX_DESCRIPTION)),
    "url": Target("url", https),
    "cover_url": Target("coverUrl", https),
    "published_at": Target("publishedAt", moment),
    "author_name": Target("authorName", shortened(MAX_NICKNAME)),
    "author_uid": Target("authorPlatformUid", bounded(MAX_IDENTIFIER)),
    "status": Target("status", identity),
}
METRIC_TARGETS = {
    "views": Target("viewCount", count),
    "plays": Target("playCount", count),
    "impressions": Target("impressionCount", count),
    "reach": Target("reachCount", count),
    "likes": Target("likeCount", count),
    "collects": Target("collectCount", count),
    "comments": Target("commentCount", count),
    "shares": Target("shareCount", count),
    "saves": Target("saveCount", count),
    "clicks": Target("clickCount", count),
    "engagements": Target("engagementCount", count),
    "watch_seconds": Target("watchTimeSeconds", seconds),
}
PROFILE_TARGETS = {
    "uid": Target("uid", bounded(MAX_IDENTIFIER)),
    "nickname": Target("nickname", shortened(MAX_NICKNAME)),
    "handle": Target("account", bounded(MAX_IDENTIFIER)),
    "secondary": Target("account", text),
    "avatar": Target("avatar", https),
}
COUNTER_TARGETS = {
    "fans": Target("fansCount", count),
    "following": Target("followingCount", count),
    "works": Target("workCount", count),
    "reads": Target("readCount", count),
    "likes": Target("likeCount", count),
    "collects": Target("collectCount", count),
    "forwards": Target("forwardCount", count),
    "comments": Target("commentCount", count),
}
