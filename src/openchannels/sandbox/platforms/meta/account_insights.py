"""Insights of an Instagram account: totals of a span, and the few series by day.

https://developers.facebook.com/docs/instagram-platform/api-reference/instagram-user/insights
"""

from typing import Any

from openchannels.sandbox.dataset import Creator, Series, Work
from openchannels.sandbox.figures import Count, Day, Growth, Share
from openchannels.sandbox.http import Request
from openchannels.sandbox.platforms.meta.graph import GraphError
from openchannels.sandbox.platforms.meta.media import metrics_of
from openchannels.sandbox.platforms.meta.media_insights import (
    COMMENTS,
    INTERACTIONS,
    LIKES,
    REACH,
    REPOSTS,
    SAVED,
    SHARES,
    VIEWS,
    product_of,
)
from openchannels.sandbox.platforms.meta.spans import (
    DAY,
    Span,
    end_time,
    neighbours,
    row,
    span_of,
)

MOST_DAYS = 30
KEPT_DAYS = 90
_TAPS = "profile_links_taps"
_FOLLOWS = "follows_and_unfollows"
_COUNTS: dict[str, Count] = {
    "views": VIEWS, "reach": REACH, "likes": LIKES, "comments": COMMENTS, "saves": SAVED,
    "shares": SHARES, "replies": Share(106, 0, 2), "reposts": REPOSTS,
    "total_interactions": INTERACTIONS, "accounts_engaged": Share(90, 10, 60),
    _TAPS: Share(108, 1, 6),
}  # fmt: skip
_BY_DAY = {"reach", "follower_count"}
_AT_ALL_TIMES = {
    "online_followers", "follower_demographics", "engaged_audience_demographics",
    "reached_audience_demographics",
}  # fmt: skip
_KNOWN = {*_COUNTS, *_BY_DAY, *_AT_ALL_TIMES, _FOLLOWS}
_UNIQUE = {"reach", "accounts_engaged"}
_PRODUCTS = "media_product_type"
_BREAKDOWNS = {
    **{name: {_PRODUCTS} for name in _COUNTS},
    "views": {_PRODUCTS, "follow_type", "follower_type"},
    "reach": {_PRODUCTS, "follow_type"},
    _TAPS: {"contact_button_type"},
    _FOLLOWS: {"follow_type"},
    **{name: {"age", "city", "country", "gender"} for name in _AT_ALL_TIMES},
}
_DIMENSIONS = {
    "follow_type": ("FOLLOWER", "NON_FOLLOWER"),
    "follower_type": ("FOLLOWER", "NON_FOLLOWER"),
    "contact_button_type": ("CALL", "DIRECTION", "EMAIL"),
    "age": ("18-24", "25-34", "35-44"),
    "city": ("Aarhus, Central Denmark Region", "Lisbon, Lisbon District"),
    "country": ("DK", "PT", "DE"),
    "gender": ("F", "M", "U"),
}
_TIMEFRAMES = ("this_week", "this_month")


def account_insights(request: Request, host: str, owner: str, series: Series) -> dict[str, Any]:
    """The requested metrics of the account with the id `owner`.

    Raises:
        GraphError: 100 for a metric, period, type, breakdown or span that does not fit.
    """
    query = request.query
    metrics = metrics_of(query.get("metric"), _KNOWN)
    kind, period = query.get("metric_type"), query.get("period")
    if not period:
        raise GraphError(100, "(#100) The parameter period is required")
    if kind not in ("", "total_value", "time_series"):
        raise GraphError(100, "(#100) metric_type must be total_value or time_series")
    for name in metrics:
        _check(name, kind, period, query.get("breakdown"), query.get("timeframe"))
    span = span_of(request, 1, MOST_DAYS)
    if "follower_count" in metrics and span.since < request.now - (MOST_DAYS + 1) * DAY:
        message = "(#100) (follower_count) metric only supports querying data for the last 30 days"
        raise GraphError(100, f"{message} excluding the current day")
    figures = _Figures(series, span, request.now)
    rows = []
    for name in metrics:
        if kind == "total_value":
            shown: dict[str, Any] = {"total_value": figures.total(name, query.get("breakdown"))}
        else:
            shown = {"values": figures.by_day(name)}
        rows.append(row(owner, name, period, **shown))
    links = neighbours(request, host, f"/{owner}/insights", span)
    return {"data": rows, "paging": links}


def _check(name: str, kind: str, period: str, breakdown: str, timeframe: str) -> None:
    if period != ("lifetime" if name in _AT_ALL_TIMES else "day"):
        raise GraphError(100, f"(#100) Incompatible period ({period}) for the metric ({name})")
    series = name in _BY_DAY or name == "online_followers"
    if kind != "total_value" and not series:
        message = f"(#100) The following metrics ({name}) should be specified with parameter"
        raise GraphError(100, f"{message} metric_type=total_value")
    if kind == "total_value" and name in ("follower_count", "online_followers"):
        raise GraphError(100, f"(#100) The metric ({name}) has no total_value")
    if breakdown and (kind != "total_value" or breakdown not in _BREAKDOWNS[name]):
        raise GraphError(100, f"(#100) Incompatible breakdown ({breakdown}) for ({name})")
    if "demographics" in name and (not breakdown or timeframe not in _TIMEFRAMES):
        raise GraphError(100, f"(#100) ({name}) needs a breakdown and a timeframe")


class _Figures:
    """The figures of one account in a span; what is older than 90 days is forgotten."""

    def __init__(self, series: Series, span: Span, now: float) -> None:
        self._account: Creator = series.owner
        self._works = series.counted()
        oldest = now - KEPT_DAYS * DAY
        kept = Span(max(span.since, oldest), max(min(span.until, now), oldest))
        self._whole: Day = kept.whole()
        self._days = kept.days(now)

    def total(self, name: str, breakdown: str) -> dict[str, Any]:
        """The total of the span, with its parts if a breakdown is asked for."""
        parts = self._parts(name, breakdown)
        if not breakdown:
            return {"value": sum(parts.values())}
        results = [{"dimension_values": [one], "value": number} for one, number in parts.items()]
        split = [{"dimension_keys": [breakdown], "results": results}]
        whole = {} if name == _FOLLOWS or "demographics" in name else {"value": sum(parts.values())}
        return {**whole, "breakdowns": split}

    def by_day(self, name: str) -> list[dict[str, Any]]:
        """One value for each day that ended in the span."""
        if name == "reach":
            values: list[Any] = Growth(self._works, self._days).gains(REACH)
        elif name == "follower_count":
            values = [self._gained(day) for day in self._days]
        else:
            values = [self._online(day) for day in self._days]
        ends = map(end_time, self._days)
        return [{"value": one, "end_time": end} for one, end in zip(values, ends, strict=True)]

    def _parts(self, name: str, breakdown: str) -> dict[str, int]:
        if breakdown == _PRODUCTS:
            products = sorted({product_of(work) for work in self._works})
            return {
                one: self._gain(name, [work for work in self._works if product_of(work) == one])
                for one in products
            }
        if "demographics" in name:
            whole = followers(self._account, self._whole.end)
        elif name == _FOLLOWS:
            whole = self._gained(self._whole)
        else:
            whole = self._gain(name, self._works)
        names = _DIMENSIONS.get(breakdown, ("",))
        rest = len(names) - 1
        return dict(zip(names, [whole - whole // 4 * rest, *[whole // 4] * rest], strict=True))

    def _gain(self, name: str, works: list[Work]) -> int:
        (gain,) = Growth(works, [self._whole]).gains(_COUNTS[name])
        # People who come again on another day count once in a longer span.
        longer = name in _UNIQUE and self._whole.end - self._whole.start > DAY
        return gain * 4 // 5 if longer else gain

    def _gained(self, day: Day) -> int:
        return followers(self._account, day.end) - followers(self._account, day.start)

    def _online(self, day: Day) -> dict[str, int]:
        every = followers(self._account, day.end)
        return {str(hour): every * (20 + hour) // 100 for hour in range(24)}


def followers(account: Creator, now: float) -> int:
    """How many people follow an account."""
    return account.growing_count("fans", 100, 80_000, now)
