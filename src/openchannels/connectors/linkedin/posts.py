"""Reading LinkedIn's posts: their text, pictures, state and numbers."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from openchannels.connectors.base.parse import count, dig, first, https, moment, text
from openchannels.core.accounts import Account
from openchannels.core.works import ContentMode, Metrics, Work, WorkStatus

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


def read_work(
    post: Mapping[str, Any],
    account: Account,
    statistics: Mapping[str | None, Any],
    known: Mapping[str, Any],
) -> Work:
    uid = str(post["id"])
    content = post.get("content")
    titles = (text(dig(content, kind, "title")) for kind in ("media", "article"))
    cover = cover_of(post) or ""
    picture = dig(known.get(cover), "thumbnail" if ":video:" in cover else "downloadUrl")
    counts = statistics.get(uid)
    return Work(
        id=uid,
        mode=read_mode(content),
        title=first(titles),
        description=unescape(text(post.get("commentary"))),
        url=f"https://www.linkedin.com/feed/update/{uid}/",
        cover_url=https(cover) or https(picture),
        published_at=moment(post.get("publishedAt")) or moment(post.get("createdAt")),
        author_name=account.nickname,
        author_uid=text(post.get("author")) or account.uid,
        status=read_status(post),
        metrics=read_statistics(counts) if counts else read_social(known.get(uid)),
    )


def cover_of(post: Mapping[str, Any]) -> str | None:
    """URN of the picture or video that stands for a post."""
    content = post.get("content")
    images = dig(content, "multiImage", "images", 0, "id")
    places = (dig(content, "media", "id"), images, dig(content, "article", "thumbnail"))
    return text(first(places))


def read_mode(content: Any) -> ContentMode:
    """A link is text, whatever picture its preview has."""
    urn = text(dig(content, "media", "id")) or ""
    if urn.startswith("urn:li:video:"):
        return ContentMode.VIDEO
    pictured = urn or dig(content, "multiImage") or dig(content, "carousel")
    return ContentMode.IMAGE if pictured else ContentMode.TEXT


def read_status(post: Mapping[str, Any]) -> WorkStatus | None:
    """A post that is in no feed is only shown as an advertisement."""
    status = STATUSES.get(str(post.get("lifecycleState")))
    dark = dig(post, "distribution", "feedDistribution") == "NONE"
    return WorkStatus.UNLISTED if dark and status is WorkStatus.PUBLISHED else status


def unescape(little: str | None) -> str | None:
    """The text that people see: mentions and hashtags by their names, nothing escaped."""
    return LITTLE_TEXT.sub(_shown, little) if little else None


def _shown(found: re.Match[str]) -> str:
    if found["escaped"]:
        return found["escaped"]
    if found["tag"] is not None:
        return f"#{unescape(found['tag']) or ''}"
    return unescape(found["name"]) or ""


def read_statistics(counts: Any) -> Metrics:
    """Counts of the last twelve months, without what was paid for. A count below zero is none."""
    likes = count(dig(counts, "likeCount"))
    comments = count(dig(counts, "commentCount"))
    shares = count(dig(counts, "shareCount"))
    clicks = count(dig(counts, "clickCount"))
    return Metrics(
        impressions=count(dig(counts, "impressionCount")),
        reach=count(dig(counts, "uniqueImpressionsCount")),
        likes=likes,
        comments=comments,
        shares=shares,
        clicks=clicks,
        engagements=total((likes, comments, shares, clicks)),
    )


def read_social(told: Any) -> Metrics:
    """What those may see who do not administer the page."""
    reactions = dig(told, "reactionSummaries")
    each = reactions.values() if isinstance(reactions, dict) else ()
    return Metrics(
        likes=total([count(dig(reaction, "count")) for reaction in each]),
        comments=count(dig(told, "commentSummary", "count")),
    )


def total(counts: Iterable[int | None]) -> int | None:
    """A sum of which every part is known."""
    known = list(counts)
    return sum(filter(None, known)) if known and None not in known else None
