"""The data cube of an official account: its followers, and what its articles gained in a day.

https://developers.weixin.qq.com/doc/service/api/
"""

from collections.abc import Sequence
from typing import Any

from openchannels.sandbox.dataset import Creator, Series
from openchannels.sandbox.figures import Day
from openchannels.sandbox.platforms.wechat.articles import (
    COUNTS,
    STATISTICS_SINCE,
    numbers_of,
    sources,
)

_BY_SEARCH, _OTHERS = 1, 0
"""Where followers come from."""


def _followers(creator: Creator, moment: float) -> int:
    return creator.growing_count("fans", 200, 90_000, moment)


def follower_totals(creator: Creator, days: Sequence[Day]) -> list[dict[str, Any]]:
    """The followers at the end of each day."""
    return [
        {
            "ref_date": day.date.isoformat(),
            "user_source": _OTHERS,
            "cumulate_user": _followers(creator, day.end),
        }
        for day in days
    ]


def follower_changes(creator: Creator, days: Sequence[Day]) -> list[dict[str, Any]]:
    """New and lost followers on each day by where they came from; some come by search."""
    rows = []
    for day in days:
        date = day.date.isoformat()
        lost = creator.number(f"lost on {date}", 0, 9)
        new = _followers(creator, day.end) - _followers(creator, day.start) + lost
        found = new // 3
        for source, came, left in ((_OTHERS, new - found, lost), (_BY_SEARCH, found, 0)):
            row = {"ref_date": date, "user_source": source, "new_user": came, "cancel_user": left}
            rows.append(row)
    return rows


def article_summary(series: Series, day: Day) -> list[dict[str, Any]]:
    """What all articles together gained on a day; nothing was counted before a certain one."""
    if day.date < STATISTICS_SINCE:
        return []
    gained = dict.fromkeys(COUNTS, 0)
    for work in series.counted():
        after, before = (
            work.views(moment) if moment > work.created else 0 for moment in (day.end, day.start)
        )
        for number in numbers_of(work):
            for name, share in COUNTS.items():
                gained[name] += share.of(work, after) // number - share.of(work, before) // number
    return [
        {"ref_date": day.date.isoformat(), "detail": {**gained, **sources(gained["read_user"])}}
    ]
