"""LinkedIn: reading text, pictures, status and counts of posts."""

import re
from collections.abc import Mapping
from typing import Any

from openchannels.connectors.base.mapping import WorkMap
from openchannels.connectors.base.paginators import Item
from openchannels.connectors.base.parse import count, dig, first, sum_if_complete, text
from openchannels.connectors.base.sources import BY_ACCOUNT, FromAccount
from openchannels.connectors.linkedin.api import ADMIN_SCOPE
from openchannels.core.works import ContentMode, WorkStatus

STATUSES = {
    "PUBLISHED": WorkStatus.PUBLISHED,
    "DRAFT": WorkStatus.DRAFT,
    "PUBLISH_REQUESTED": WorkStatus.PROCESSING,
    "PUBLISH_FAILED": WorkStatus.FAILED,
}
# https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/little-text-format
LITTLE_TEXT = re.compile(
    r"@\[(?P<name>(?:\\.|[^\]\\])*)\]\((?:\\.|[^)\\])*\)"
    r"|\{hashtag\|\\?#\|(?P<tag>(?:\\.|[^}\\])*)\}"
    r"|\\(?P<escaped>[\\|{}@\[\]()<>#*_~])"
)


def merge_post(
    post: Item, statistics: Mapping[str | None, Any], objects: Mapping[str, Any]
) -> Item:
    """Returns one post merged from several answers."""
    uid, cover = str(post["id"]), cover_of(post) or ""
    return {
        "post": post,
        "cover": cover,
        "picture": dig(objects.get(cover), "thumbnail" if ":video:" in cover else "downloadUrl"),
        "counts": statistics.get(uid),
        "social": objects.get(uid),
    }


def cover_of(post: Mapping[str, Any]) -> str | None:
    """Returns the URN of a post's cover picture or video."""
    content = post.get("content")
    images = dig(content, "multiImage", "images", 0, "id")
    candidates = (dig(content, "media", "id"), images, dig(content, "article", "thumbnail"))
    return text(first(candidates))


def read_mode(item: Any) -> ContentMode:
    """Returns the mode; a link is text, also with a preview picture."""
    content = dig(item, "post", "content")
    urn = text(dig(content, "media", "id")) or ""
    if urn.startswith("urn:li:video:"):
        return ContentMode.VIDEO
    pictured = urn or dig(content, "multiImage") or dig(content, "carousel")
    return ContentMode.IMAGE if pictured else ContentMode.TEXT


def read_status(item: Any) -> WorkStatus | None:
    """Returns the status; a post outside all feeds is an advertisement, thus unlisted."""
    post = dig(item, "post")
    status = STATUSES.get(str(post.get("lifecycleState")))
    unlisted = dig(post, "distribution", "feedDistribution") == "NONE"
    return WorkStatus.UNLISTED if unlisted and status is WorkStatus.PUBLISHED else status


def unescape(little: str | None) -> str | None:
    """Returns the visible text: names of mentions and hashtags, without escapes."""
    return LITTLE_TEXT.sub(_plain_text, little) if little else None


def _plain_text(found: re.Match[str]) -> str:
    if found["escaped"]:
        return found["escaped"]
    if found["tag"] is not None:
        return f"#{unescape(found['tag']) or ''}"
    return unescape(found["name"]) or ""


def read_likes(item: Any) -> int | None:
    if item["counts"]:
        return count(dig(item, "counts", "likeCount"))
    reactions = dig(item, "social", "reactionSummaries")
    each = reactions.values() if isinstance(reactions, dict) else ()
    return sum_if_complete(count(dig(reaction, "count")) for reaction in each)


def read_engagements(item: Any) -> int | None:
    kinds = ("likeCount", "commentCount", "shareCount", "clickCount")
    return sum_if_complete(count(dig(item, "counts", kind)) for kind in kinds)


# `counts` cover the last twelve months without paid reach; negative ones are ignored.
# `social` holds the counts for members who do not administer the page.
WORK = WorkMap(
    {
        "id": "post.id",
        "mode": read_mode,
        "title": "post.content.media.title|post.content.article.title",
        "description": lambda item: unescape(text(dig(item, "post", "commentary"))),
        "url": lambda item: f"https://www.linkedin.com/feed/update/{dig(item, 'post', 'id')}/",
        "cover_url": "cover|picture",
        "published_at": "post.publishedAt|post.createdAt",
        **BY_ACCOUNT,
        "author_uid": FromAccount(
            lambda item, account: text(dig(item, "post", "author")) or account.uid
        ),
        "status": read_status,
    },
    metrics={
        "impressions": "counts.impressionCount",
        "reach": "counts.uniqueImpressionsCount",
        "likes": read_likes,
        "comments": "counts.commentCount|social.commentSummary.count",
        "shares": "counts.shareCount",
        "clicks": "counts.clickCount",
        "engagements": read_engagements,
    },
    scoped=dict.fromkeys(
        ("impressionCount", "reachCount", "shareCount", "clickCount", "engagementCount"),
        ADMIN_SCOPE,
    ),
)
