"""Figures of a Channels account by day, as the creator assistant draws them.

There is no public documentation; the shapes are those of https://channels.weixin.qq.com.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from openchannels.sandbox.dataset import Creator, Work
from openchannels.sandbox.figures import VIEWS, Day, Growth, Share, day_of, days_between
from openchannels.sandbox.http import Request
from openchannels.sandbox.platforms.wechat.days import CHINA

COUNTS = {
    "readCount": VIEWS,
    "likeCount": Share(60, 5, 20),
    "commentCount": Share(66, 1, 6),
    "forwardCount": Share(72, 1, 9),
    "favCount": Share(78, 2, 12),
    "followCount": Share(84, 0, 2),
    "forwardSnsCount": Share(88, 0, 2),
}
"""The counts of a work in lists."""
_TOTALS = {
    "browse": "readCount",
    "like": "likeCount",
    "comment": "commentCount",
    "forward": "forwardCount",
    "fav": "favCount",
    "follow": "followCount",
}
_BY_DAY = 3
_MOST_DAYS = 366


def followers(creator: Creator, now: float) -> int:
    """The followers at a moment."""
    return creator.growing_count("fans", 100, 60_000, now)


def days_of(request: Request) -> list[Day] | None:
    """The requested days in China, today until now, or None if the request is wrong."""
    start, end = request.json.get("startTs"), request.json.get("endTs")
    if type(start) is not int or type(end) is not int or request.json.get("interval") != _BY_DAY:
        return None
    last = min(end, request.now)
    if not 0 <= start <= last or (end - start) / 86_400 > _MOST_DAYS:
        return None
    days = days_between(day_of(start, CHINA), day_of(last, CHINA), CHINA)
    return [replace(day, end=min(day.end, request.now)) for day in days]


def work_totals(works: Sequence[Work], days: Sequence[Day]) -> dict[str, Any]:
    """What all works gained on each day, a list for each count."""
    growth = Growth(works, days)
    return {name: growth.gains(COUNTS[count]) for name, count in _TOTALS.items()}


def follower_gains(creator: Creator, days: Sequence[Day]) -> list[int]:
    """By how much the followers grew on each day."""
    return [followers(creator, day.end) - followers(creator, day.start) for day in days]
