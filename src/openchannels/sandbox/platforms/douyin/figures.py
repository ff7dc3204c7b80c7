"""Figures of accounts and of single works, day by day up to yesterday. All numbers are text.

https://developer.open-douyin.com/docs/resource/zh-CN/dop/develop/openapi
"""

from collections.abc import Sequence
from datetime import timedelta, timezone
from itertools import pairwise
from typing import Any

from openchannels.sandbox.comments import ANSWERS, COMMENTS
from openchannels.sandbox.dataset import Creator, Series, Work
from openchannels.sandbox.figures import VIEWS, Day, Growth, Share, day_of, days_between
from openchannels.sandbox.http import EarlyReply, Request
from openchannels.sandbox.platforms.douyin.replies import invalid_parameters

CHINA = timezone(timedelta(hours=8))
DAYS, FEWER_DAYS = (7, 15, 30), (7, 15)
"""What `date_type` may be for an account; for a work and for a mini-app."""
RECENT_SECONDS = 30 * 86_400
"""Only works that are not older have figures by day."""
COUNTS = {
    "comment_count": Share(60, 1, 12, (COMMENTS, ANSWERS)),
    "digg_count": Share(66, 20, 120),
    "download_count": Share(72, 0, 5),
    "forward_count": Share(78, 0, 6),
    "play_count": VIEWS,
    "share_count": Share(84, 0, 9),
}
"""The counts of a work in lists."""
KINDS = {
    "like": COUNTS["digg_count"],
    "comment": COUNTS["comment_count"],
    "play": VIEWS,
    "share": COUNTS["share_count"],
}
"""The counts of a work by the last part of the address of its figures."""
_VISITS = Share(90, 3, 30)

Rows = list[dict[str, str]]


def days_of(request: Request, allowed: tuple[int, ...]) -> list[Day]:
    """The requested days, the last one yesterday. Raises EarlyReply."""
    count = request.query.integer("date_type", allowed[0])
    if count not in allowed:
        raise EarlyReply(invalid_parameters(request))
    today = day_of(request.now, CHINA)
    return days_between(today - timedelta(days=count), today - timedelta(days=1), CHINA)


def _rows(days: Sequence[Day], **columns: Sequence[int]) -> Rows:
    """A row for each day with its date and the numbers of each column."""
    return [
        {"date": day.date.isoformat(), **{name: str(c[place]) for name, c in columns.items()}}
        for place, day in enumerate(days)
    ]


def fans(creator: Creator, days: Sequence[Day]) -> Rows:
    """New followers on each day, and all at its end."""
    totals = [
        creator.growing_count("fans", 200, 90_000, moment)
        for moment in (days[0].start, *(day.end for day in days))
    ]
    new = [after - before for before, after in pairwise(totals)]
    return _rows(days, new_fans=new, total_fans=totals[1:])


def account_rows(kind: str, series: Series, days: Sequence[Day]) -> Rows:
    """The figures of an account on each day, by the last part of their address."""
    if kind == "fans":
        return fans(series.owner, days)
    works = series.counted()
    growth = Growth(works, days)
    if kind == "item":
        older = [series.count_since(day.start) for day in days]
        newer = [series.count_since(day.end) for day in days]
        issued = [before - after for before, after in zip(older, newer, strict=True)]
        totals = [series.total - after for after in newer]
        plays = growth.gains(VIEWS)
        return _rows(days, new_issue=issued, new_play=plays, total_issue=totals)
    if kind == "profile":
        return _rows(days, profile_uv=growth.gains(_VISITS))
    return _rows(days, **{f"new_{kind}": growth.gains(KINDS[kind])})


def work_base(work: Work, days: Sequence[Day]) -> dict[str, Any]:
    """The counts of a work at the end of the last day."""
    end = days[-1].end
    views = work.views(end) if end > work.created else 0
    totals = {f"total_{name}": str(one.until(work, views, end)) for name, one in KINDS.items()}
    return {**totals, "avg_play_duration": str(work.number(96, 30, 450) / 10)}


def work_rows(kind: str, work: Work, days: Sequence[Day]) -> Rows:
    """By how much a count of a work grew on each day since its creation."""
    since = [day for day in days if day.end > work.created]
    return _rows(since, **{kind: Growth([work], since).gains(KINDS[kind])})
