"""Figures of works and accounts by day, which add up to the counts that lists and details give."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from openchannels.sandbox.dataset import Work


@dataclass(frozen=True, slots=True)
class Share:
    """A count of a work as `low` to `high` per thousand of its views, by its bits from `shift`."""

    shift: int
    low: int
    high: int

    def of(self, work: Work, views: int) -> int:
        """The count when the work has this many views."""
        return views * work.number(self.shift, self.low, self.high) // 1000

    def at(self, work: Work, now: float) -> int:
        """The count at a moment in Unix seconds."""
        return self.of(work, work.views(now))


VIEWS = Share(0, 1000, 1000)
"""The views themselves."""


@dataclass(frozen=True, slots=True)
class Day:
    """A calendar day and its bounds in Unix seconds; the end is the start of the next day."""

    date: date
    start: float
    end: float


def pacific() -> tzinfo:
    """Pacific time; without a time zone database its winter offset."""
    try:
        return ZoneInfo("America/Los_Angeles")
    except ZoneInfoNotFoundError:
        return timezone(timedelta(hours=-8))


def day_of(moment: float, zone: tzinfo = UTC) -> date:
    """The calendar day of a moment in Unix seconds."""
    return datetime.fromtimestamp(moment, zone).date()


def days_between(first: date, last: date, zone: tzinfo = UTC) -> list[Day]:
    """Every day from `first` to `last`, both included; none if `last` is earlier."""
    count = (last - first).days + 2
    dates = [first + timedelta(days=number) for number in range(count)]
    bounds = [datetime.combine(one, time(), zone).timestamp() for one in dates]
    return [Day(one, *pair) for one, pair in zip(dates, pairwise(bounds), strict=False)]


class Growth:
    """How counts of works grow on each of some successive days.

    A work has no views before it was created. So the days since then add up to its count at the
    end of the last one.
    """

    def __init__(self, works: Sequence[Work], days: Sequence[Day]) -> None:
        moments = [days[0].start, *(day.end for day in days)] if days else []
        self._views = [
            (work, [work.views(at) if at > work.created else 0 for at in moments]) for work in works
        ]
        self._count = len(days)

    def gains(self, share: Share) -> list[int]:
        """The growth of a count of all works together, one number a day."""
        gains = [0] * self._count
        for work, views in self._views:
            counts = [share.of(work, number) for number in views]
            for place, (before, after) in enumerate(pairwise(counts)):
                gains[place] += after - before
        return gains
