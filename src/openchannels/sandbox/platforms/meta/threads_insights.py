"""Insights of Threads: lifetime values of posts, and figures of a profile in a span.

Views of a profile are given by day, all others as totals. The number of followers is of now;
`mara` may not ask for it together with a span, everybody else may.
https://developers.facebook.com/docs/threads/insights
"""

from typing import Any

from openchannels.sandbox.comments import COMMENTS
from openchannels.sandbox.dataset import Creator, Series, Work
from openchannels.sandbox.figures import VIEWS, Count, Day, Growth, Share
from openchannels.sandbox.http import Request
from openchannels.sandbox.platforms.meta.graph import GraphError
from openchannels.sandbox.platforms.meta.media import insights, metrics_of
from openchannels.sandbox.platforms.meta.spans import end_time, row, span_of

CYCLE = ("IMAGE", "TEXT_POST", "VIDEO", "CAROUSEL_ALBUM", "TEXT_POST", "REPOST_FACADE", "AUDIO")
"""Media types by the index of a post."""
OLDEST = 1_712_991_600
"""2024-04-13, when counting began."""
LINK = "https://kiln.example/notes"
REPOSTED, QUOTED = "reposts", "quotes"
_COUNTS: dict[str, Count] = {
    "views": VIEWS,
    "likes": Share(66, 10, 80),
    "replies": Share(72, 1, 12, (COMMENTS,)),
    "reposts": Share(78, 0, 9, (REPOSTED,)),
    "quotes": Share(84, 0, 4, (QUOTED,)),
    "shares": Share(90, 0, 8),
}
"""The counts of a post; answers to replies are not counted."""
METRICS = set(_COUNTS)
_CLICKS = Share(96, 2, 12)
_TOTALS = ("likes", "replies", "reposts", "quotes")
_FOLLOWERS, _DEMOGRAPHICS = "followers_count", "follower_demographics"
_OF_PROFILES = {*_TOTALS, "views", "clicks", _FOLLOWERS, _DEMOGRAPHICS}
_DIMENSIONS = {
    "age": ("18-24", "25-34", "35-44"),
    "city": ("Aarhus", "Lisbon"),
    "country": ("DK", "PT", "DE"),
    "gender": ("F", "M", "U"),
}


def kind_of(work: Work) -> str:
    """The media type of a post."""
    if work.post is not None:
        return str(work.post["media_type"])
    return CYCLE[work.index % len(CYCLE)]


def has_link(work: Work) -> bool:
    """Whether a post leads to a web page."""
    if work.post is not None:
        return bool(work.post["link_attachment_url"])
    return kind_of(work) in ("TEXT_POST", "AUDIO") and work.index % 2 == 1


def post_insights(work: Work, identifier: str, metrics: list[str], now: float) -> dict[str, Any]:
    """Lifetime values of a post; a repost has none."""
    if kind_of(work) == "REPOST_FACADE":
        return {"data": []}
    return insights(identifier, {name: _COUNTS[name].at(work, now) for name in metrics})


def profile_insights(request: Request, owner: str, series: Series) -> dict[str, Any]:
    """The requested metrics of the profile with the id `owner`.

    Raises:
        GraphError: 100 for an unknown metric or breakdown, or a span that is too early; 10 for
            followers of a profile without an Instagram account.
    """
    metrics = metrics_of(request.query.get("metric"), _OF_PROFILES)
    spanned = "since" in request.query or "until" in request.query
    if spanned and _FOLLOWERS in metrics and series.owner.person == "mara":
        raise GraphError(100, f"(#100) {_FOLLOWERS} does not support since and until")
    span = span_of(request, 1, None)
    if span.since < OLDEST:
        raise GraphError(100, f"(#100) since must be greater than or equal to {OLDEST}")
    works = [work for work in series.counted() if kind_of(work) != "REPOST_FACADE"]
    whole = span.whole()
    whole = Day(whole.date, whole.start, max(whole.start, min(whole.end, request.now)))
    data = []
    for name in metrics:
        if name == "views":
            days = span.days(request.now)
            gains = Growth(works, days).gains(VIEWS)
            values = [
                {"value": gain, "end_time": end_time(day)}
                for gain, day in zip(gains, days, strict=True)
            ]
            data.append(row(owner, name, "day", values=values))
        elif name == "clicks":
            (value,) = Growth([work for work in works if has_link(work)], [whole]).gains(_CLICKS)
            links = [{"value": value, "link_url": LINK}] if value else []
            data.append(row(owner, name, "day", link_total_values=links))
        elif name in _TOTALS:
            (value,) = Growth(works, [whole]).gains(_COUNTS[name])
            data.append(row(owner, name, "day", total_value={"value": value}))
        else:
            total = _of_followers(name, request.query.get("breakdown"), series.owner, request.now)
            period = "day" if name == _FOLLOWERS else "lifetime"
            data.append(row(owner, name, period, total_value=total))
    return {"data": data}


def _of_followers(name: str, breakdown: str, account: Creator, now: float) -> dict[str, Any]:
    if account.number("linked", 0, 5) == 0 and account.person != "ida":
        raise GraphError(10, "No Instagram account is linked.")
    count = account.growing_count("fans", 100, 60_000, now)
    if name == _FOLLOWERS:
        return {"value": count}
    if breakdown not in _DIMENSIONS:
        raise GraphError(100, f"(#100) breakdown must be one of {', '.join(_DIMENSIONS)}")
    names = _DIMENSIONS[breakdown]
    counts = [count - count // 4 * (len(names) - 1), *[count // 4] * (len(names) - 1)]
    results = [
        {"dimension_values": [one], "value": value}
        for one, value in zip(names, counts, strict=True)
    ]
    return {"breakdowns": [{"dimension_keys": [breakdown], "results": results}]}
