"""What is counted of LinkedIn's posts.

https://learn.microsoft.com/en-us/linkedin/marketing/community-management/organizations/share-statistics
"""

from collections.abc import Sequence
from typing import Any

from openchannels.sandbox import comments
from openchannels.sandbox.dataset import Work
from openchannels.sandbox.figures import VIEWS, Count, Day, Growth, Share

RESHARED, REACTED = "reshares", "reactions"
REACHED, CLICKS = Share(60, 500, 800), Share(72, 10, 60)
RESHARES, REACTIONS = Share(66, 0, 4, (RESHARED,)), Share(78, 5, 50, (REACTED,))
COMMENTS = Share(84, 0, 6, (comments.COMMENTS, comments.ANSWERS))
TOP_LEVEL = Share(84, 0, 0, (comments.COMMENTS,))
"""The comments of calls that answer none."""
_COUNTS: dict[str, Count] = {
    "uniqueImpressionsCount": REACHED,
    "shareCount": RESHARES,
    "clickCount": CLICKS,
    "likeCount": REACTIONS,
    "impressionCount": VIEWS,
    "commentCount": COMMENTS,
}
_ENGAGEMENTS = ("shareCount", "clickCount", "likeCount", "commentCount")


def has_statistics(work: Work) -> bool:
    """False for the posts of which there are no figures."""
    return work.index % 10 != 7


def statistics_of(works: Sequence[Work], now: float) -> dict[str, Any]:
    """The figures of some posts together, until now."""
    return _rated(
        {name: sum(count.at(work, now) for work in works) for name, count in _COUNTS.items()}
    )


def daily_statistics(works: Sequence[Work], days: Sequence[Day]) -> list[dict[str, Any]]:
    """The same figures on each of some days."""
    growth = Growth(works, days)
    columns = {name: growth.gains(count) for name, count in _COUNTS.items()}
    return [
        _rated({name: gains[place] for name, gains in columns.items()})
        for place in range(len(days))
    ]


def _rated(counts: dict[str, int]) -> dict[str, Any]:
    engagements = sum(counts[name] for name in _ENGAGEMENTS)
    impressions = counts["impressionCount"]
    return {**counts, "engagement": round(engagements / impressions, 4) if impressions else 0.0}
