"""What YouTube Analytics measures, as counts of videos.

https://developers.google.com/youtube/analytics/metrics
"""

from collections.abc import Sequence

from openchannels.sandbox.dataset import Creator, Work
from openchannels.sandbox.figures import VIEWS, Count, Day, Growth, Share
from openchannels.sandbox.platforms.google.youtube_videos import COMMENTS, LIKES, length


class _Minutes(Count):
    """Minutes watched."""

    def of(self, work: Work, views: int) -> int:
        """The minutes that this many views take."""
        return views * length(work) * _watched(work) // 6000


class _Percent(Count):
    """The watched percentages of all views together."""

    def of(self, work: Work, views: int) -> int:
        """Their sum."""
        return views * _watched(work)


def _watched(work: Work) -> int:
    """The percentage of a video that its viewers watch on average."""
    return work.number(76, 20, 80)


_MINUTES, _PERCENT = _Minutes(), _Percent()
_IMPRESSIONS = Share(100, 3_000, 9_000)
_COUNTS: dict[str, Count] = {
    "views": VIEWS,
    "engagedViews": Share(60, 700, 900),
    "redViews": Share(62, 10, 60),
    "likes": LIKES,
    "dislikes": Share(64, 0, 2, ("dislikes",)),
    "comments": COMMENTS,
    "shares": Share(68, 1, 9),
    "subscribersGained": Share(80, 0, 5),
    "subscribersLost": Share(84, 0, 2),
    "videosAddedToPlaylists": Share(72, 0, 6),
    "videosRemovedFromPlaylists": Share(74, 0, 3),
    "estimatedMinutesWatched": _MINUTES,
    "videoThumbnailImpressions": _IMPRESSIONS,
}
_RATES: dict[str, tuple[Count, Count, float]] = {
    "averageViewDuration": (_MINUTES, VIEWS, 60),
    "averageViewPercentage": (_PERCENT, VIEWS, 1),
    "videoThumbnailImpressionsClickRate": (VIEWS, _IMPRESSIONS, 0.4),
}
"""Metrics that are a count by another one, times a factor."""
METRICS = {*_COUNTS, *_RATES}
OF_THUMBNAILS = {"videoThumbnailImpressions", "videoThumbnailImpressionsClickRate"}
OF_MONEY = {
    "adImpressions", "cpm", "estimatedAdRevenue", "estimatedRedPartnerRevenue",
    "estimatedRevenue", "grossRevenue", "monetizedPlaybacks", "playbackBasedCpm",
}  # fmt: skip
"""Metrics for channels that earn money, which none here does."""


def data_type(metric: str) -> str:
    """The type of a metric's column."""
    fractions = {"averageViewPercentage", "videoThumbnailImpressionsClickRate"}
    return "FLOAT" if metric in fractions else "INTEGER"


class Measures:
    """The metrics of some videos together on each of some days."""

    def __init__(self, works: Sequence[Work], days: Sequence[Day], channel: Creator | None) -> None:
        """`channel`: whose subscribers are counted as well, if these are all its videos."""
        self._growth = Growth(works, days)
        self._days = days
        self._channel = channel

    def column(self, metric: str) -> list[int | float]:
        """One value a day."""
        if metric in _RATES:
            return self._rate(metric)
        gains: list[int | float] = [*self._growth.gains(_COUNTS[metric])]
        if metric == "subscribersGained" and self._channel is not None:
            lost = self._growth.gains(_COUNTS["subscribersLost"])
            return [subscribers(self._channel, day.end) - subscribers(self._channel, day.start) + n
                    for day, n in zip(self._days, lost, strict=True)]  # fmt: skip
        return gains

    def _rate(self, metric: str) -> list[int | float]:
        above, below, factor = _RATES[metric]
        pairs = zip(self._growth.gains(above), self._growth.gains(below), strict=True)
        values = [factor * part / whole if whole else 0.0 for part, whole in pairs]
        if data_type(metric) == "INTEGER":
            return [int(value) for value in values]
        return [round(value, 2) for value in values]


def subscribers(channel: Creator, now: float) -> int:
    """How many subscribe to a channel."""
    return channel.growing_count("fans", 300, 90_000, now)
