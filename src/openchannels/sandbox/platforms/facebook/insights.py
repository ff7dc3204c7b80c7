"""Insights of Pages and of videos.

A Page under 100 likes has none, and none go back further than two years.
https://developers.facebook.com/docs/graph-api/reference/page/insights
"""

from collections.abc import Sequence
from typing import Any

from openchannels.sandbox.dataset import Series
from openchannels.sandbox.figures import VIEWS, Count, Growth, Share, Sum
from openchannels.sandbox.http import Request
from openchannels.sandbox.platforms.facebook.pages import Page
from openchannels.sandbox.platforms.facebook.posts import (
    CLICKS,
    COMMENTS,
    PLAYS,
    REACHED,
    REACTIONS,
    SHARES,
    TWO_YEARS,
    Post,
    by_reaction,
    known_metrics,
)
from openchannels.sandbox.platforms.meta.graph import HOST, GraphError
from openchannels.sandbox.platforms.meta.spans import (
    DAY,
    Span,
    end_time,
    neighbours,
    row,
    span_of,
)

MOST_DAYS = 90
_LENGTHS = {"day": 1, "week": 7, "days_28": 28}
_PERIODS = (*_LENGTHS, "month", "lifetime", "total_over_range")
_REACTIONS = "page_actions_post_reactions_total"
_SUMS: dict[str, Count] = {
    "page_media_view": VIEWS,
    "page_total_media_view_unique": REACHED,
    "page_post_engagements": Sum((REACTIONS, COMMENTS, SHARES, CLICKS)),
    "page_video_views": PLAYS,
    "page_total_actions": Share(96, 1, 6),
    "page_views_total": Share(102, 5, 20),
    _REACTIONS: REACTIONS,
}
_UNIQUE = {"page_total_media_view_unique"}
_FOLLOWS = {"page_follows", "page_daily_follows", "page_daily_follows_unique"}
_VIDEO = {
    "blue_reels_play_count": "post_video_views",
    "total_video_views": "post_video_views",
    "total_video_avg_time_watched": "post_video_avg_time_watched",
    "total_video_view_total_time": "post_video_view_time",
    "post_video_avg_time_watched": "post_video_avg_time_watched",
    "post_video_view_time": "post_video_view_time",
    "post_video_likes_by_reaction_type": "post_reactions_by_type_total",
    "post_video_social_actions": "post_activity_by_action_type",
}
"""Metrics of a video by the metric of its post with the same value."""


def page_insights(request: Request, page: Page, series: Series) -> dict[str, Any]:
    """Metrics of a Page by day, week or 28 days; each value is of the days before its end.

    Raises:
        GraphError: 3001 without a metric, 100 for an unknown one or an impossible span.
    """
    metrics = known_metrics(request.query.get("metric"), {*_SUMS, *_FOLLOWS})
    period = request.query.get("period")
    if period and period not in _PERIODS:
        known = ", ".join(_PERIODS)
        raise GraphError(100, f"(#100) period must be one of the following values: {known}")
    span = span_of(request, 2, MOST_DAYS)
    figures = _Figures(page, series, span, request.now)
    periods = [period] if period else list(_LENGTHS)
    rows = [
        row(page.id, name, one, values=values)
        for name in metrics
        for one in periods
        if (values := figures.values(name, one))
    ]
    links = neighbours(request, HOST, f"/{page.id}/insights", span)
    return {"data": [] if page.tiny else rows, "paging": links}


class _Figures:
    """The values of one Page."""

    def __init__(self, page: Page, series: Series, span: Span, now: float) -> None:
        self._page = page
        longer = Span(max(span.since, now - TWO_YEARS) - max(_LENGTHS.values()) * DAY, span.until)
        self._days = longer.days(now)
        self._shown = [day for day in self._days if day.end > max(span.since, now - TWO_YEARS)]
        self._now = now
        self._works = series.counted()
        self._growth = Growth(self._works, self._days)

    def values(self, name: str, period: str) -> list[dict[str, Any]]:
        """The values of a metric; none for a period that it does not have."""
        if period == "lifetime" and name == _REACTIONS:
            return [
                {"value": by_reaction(sum(REACTIONS.at(work, self._now) for work in self._works))}
            ]
        if name in _FOLLOWS:
            return self._follows(name) if period == "day" else []
        if period not in _LENGTHS:
            return []
        gains = self._growth.gains(_SUMS[name])
        length = _LENGTHS[period]
        first = len(gains) - len(self._shown)
        sums = [sum(gains[max(0, end - length) : end]) for end in range(first + 1, len(gains) + 1)]
        # People who come again on another day count once in a longer period.
        if name in _UNIQUE and length > 1:
            sums = [number * 4 // 5 for number in sums]
        return self._ends(sums, name)

    def _follows(self, name: str) -> list[dict[str, Any]]:
        counts = [self._page.followers(day.end) for day in self._shown]
        if name != "page_follows":
            before = [self._page.followers(day.start) for day in self._shown]
            counts = [after - number for after, number in zip(counts, before, strict=True)]
        return self._ends(counts, name)

    def _ends(self, numbers: Sequence[int], name: str) -> list[dict[str, Any]]:
        return [
            {"value": by_reaction(number) if name == _REACTIONS else number, "end_time": end}
            for number, end in zip(numbers, map(end_time, self._shown), strict=True)
        ]


def video_insights(metrics: str, post: Post) -> dict[str, Any]:
    """Lifetime metrics of a video or reel, all of them if none is named.

    Raises:
        GraphError: 100 for an unknown metric.
    """
    names = known_metrics(metrics, set(_VIDEO)) if metrics else list(_VIDEO)
    number = post.video_id
    data = []
    for name in names:
        if name == "blue_reels_play_count" and not post.is_reel:
            continue
        for found in post.insights([_VIDEO[name]])["data"]:
            same = {"name": name, "id": f"{number}/video_insights/{name}/lifetime"}
            data.append({**found, **same})
    return {"data": data}
