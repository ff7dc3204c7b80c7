"""Insights of one media on Instagram; which metrics there are depends on what it is.

https://developers.facebook.com/docs/instagram-platform/reference/instagram-media/insights
"""

from typing import Any

from openchannels.sandbox import comments
from openchannels.sandbox.dataset import Work
from openchannels.sandbox.figures import Count, Share, Sum
from openchannels.sandbox.http import Fields
from openchannels.sandbox.platforms.meta.graph import HOST, GraphError
from openchannels.sandbox.platforms.meta.media import insights, metrics_of

_CYCLE = (("IMAGE", "FEED"), ("VIDEO", "REELS"), ("CAROUSEL_ALBUM", "FEED"), ("VIDEO", "FEED"))
"""Media type and product type by the index of a work."""
VIEWS, REACH, SAVED, SHARES = (
    Share(60, 1000, 1000),
    Share(66, 500, 800),
    Share(72, 1, 20),
    Share(78, 0, 12),
)
LIKES, REPOSTS = Share(90, 20, 100), Share(102, 0, 3)
COMMENTS = Share(96, 1, 10, (comments.COMMENTS, comments.ANSWERS))
INTERACTIONS = Sum((LIKES, COMMENTS, SAVED, SHARES, REPOSTS))
_EVERYWHERE: dict[str, Count] = {
    "views": VIEWS, "reach": REACH, "saved": SAVED, "shares": SHARES,
    "total_interactions": INTERACTIONS, "likes": LIKES, "comments": COMMENTS, "reposts": REPOSTS,
}  # fmt: skip
_FEED: dict[str, Count] = {
    "follows": Share(104, 0, 3),
    "profile_visits": Share(108, 2, 12),
    "profile_activity": Share(112, 0, 5),
}
_FACEBOOK: dict[str, Count] = {
    "total_views": VIEWS,
    "total_likes": LIKES,
    "total_comments": COMMENTS,
}
_WATCHED, _TOTAL_WATCHED = "ig_reels_avg_watch_time", "ig_reels_video_view_total_time"
_REELS = {_WATCHED, _TOTAL_WATCHED, "reels_skip_rate"}
_NEVER = {"facebook_views", "crossposted_views"}
"""Metrics of media that are shared to Facebook, as none here is."""
METRICS = set(_EVERYWHERE)
"""The metrics of every media, whatever it is."""


def product_of(work: Work) -> str:
    """`FEED` or `REELS`."""
    if work.post is not None:
        return str(work.post["product"])
    return _CYCLE[work.index % len(_CYCLE)][1]


def type_of(work: Work) -> str:
    """`IMAGE`, `VIDEO` or `CAROUSEL_ALBUM`."""
    return str(work.post["media_type"]) if work.post else _CYCLE[work.index % len(_CYCLE)][0]


def has_insights(work: Work) -> bool:
    """False for the media whose insights are still missing."""
    return work.index % 19 != 5


def media_insights(
    work: Work, identifier: str, query: Fields, now: float, host: str
) -> dict[str, Any]:
    """Lifetime values, as totals if `metric_type` asks for it.

    Raises:
        GraphError: 100 for a metric that does not exist or that this media does not have, and
            for a breakdown.
    """
    metrics = metrics_of(query.get("metric"), {*METRICS, *_FEED, *_FACEBOOK, *_REELS, *_NEVER})
    own = _REELS if product_of(work) == "REELS" else set(_FEED)
    known = METRICS | own | (set(_FACEBOOK) if host == HOST else set())
    for name in metrics:
        if name not in known:
            message = "(#100) The Media Insights API does not support the"
            raise GraphError(100, f"{message} {name} metric for this media product type.")
    if query.get("period") not in ("", "lifetime") or query.get("breakdown"):
        raise GraphError(100, "(#100) Incompatible period or breakdown for the metric")
    if not has_insights(work):
        return {"data": []}
    answer = insights(identifier, counts(work, metrics, now))
    if query.get("metric_type") == "total_value":
        for row in answer["data"]:
            row["total_value"] = row.pop("values")[0]
    return answer


def counts(work: Work, metrics: list[str], now: float) -> dict[str, int]:
    """The values of metrics; watch times are in milliseconds."""
    return {name: _count(work, name, now) for name in metrics}


def _count(work: Work, name: str, now: float) -> int:
    count = (_EVERYWHERE | _FEED | _FACEBOOK).get(name)
    if count is not None:
        return count.at(work, now)
    if name == "reels_skip_rate":
        return work.number(100, 10, 70)
    watched = work.number(100, 2_000, 20_000)
    return watched * work.views(now) if name == _TOTAL_WATCHED else watched
