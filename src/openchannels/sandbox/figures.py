"""Figures of works and accounts by day, which add up to the counts that lists and details give."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from openchannels.sandbox.dataset import Work


class Count(ABC):
    """A count of a work. What strangers make of it never falls while its views grow."""

    @abstractmethod
    def of(self, work: Work, views: int) -> int:
        """What strangers make of the count when the work has this many views."""

    def until(self, work: Work, views: int, moment: float) -> int:
        """The count at a moment when the work has this many views, with what calls do to it."""
        return self.of(work, views)

    def at(self, work: Work, now: float) -> int:
        """The count at a moment in Unix seconds."""
        return self.until(work, work.views(now), now)


@dataclass(frozen=True, slots=True)
class Share(Count):
    """A count of a work as `low` to `high` per thousand of its views, by its bits from `shift`.

    Calls add to it under the names of `tallied`.
    """

    shift: int
    low: int
    high: int
    tallied: tuple[str, ...] = ()

    def of(self, work: Work, views: int) -> int:
        """The share of this many views."""
        return views * work.number(self.shift, self.low, self.high) // 1000

    def until(self, work: Work, views: int, moment: float) -> int:
        """The share, and what calls have done by the moment."""
        share = self.of(work, views)
        return work.tally.applied(self.tallied, share, moment) if work.tally.entries else share


@dataclass(frozen=True, slots=True)
class Sum(Count):
    """Several counts together."""

    counts: tuple[Count, ...]

    def of(self, work: Work, views: int) -> int:
        """What strangers make of the sum when the work has this many views."""
        return sum(count.of(work, views) for count in self.counts)

    def until(self, work: Work, views: int, moment: float) -> int:
        """The sum at a moment."""
        return sum(count.until(work, views, moment) for count in self.counts)


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


def months_of(days: Sequence[Day]) -> list[Day]:
    """The months that some days are in, each from the first of these days to the last."""
    months: dict[tuple[int, int], Day] = {}
    for day in days:
        month = day.date.year, day.date.month
        months[month] = replace(months.get(month, day), end=day.end)
    return list(months.values())


class Growth:
    """How counts of works grow on each of some successive days.

    A work has no views before it was created. So the days since then add up to its count at the
    end of the last one, whatever calls have done.
    """

    def __init__(self, works: Sequence[Work], days: Sequence[Day]) -> None:
        self._moments = [days[0].start, *(day.end for day in days)] if days else []
        self._views = [
            (work, [work.views(at) if at > work.created else 0 for at in self._moments])
            for work in works
        ]
        self._count = len(days)
        self._gains: dict[Count, list[int]] = {}

    def gains(self, count: Count) -> list[int]:
        """The growth of a count of all works together, one number a day."""
        if count not in self._gains:
            self._gains[count] = self._measure(count)
        return self._gains[count]

    def _measure(self, count: Count) -> list[int]:
        gains = [0] * self._count
        for work, views in self._views:
            counts = [
                count.until(work, number, moment) if number else 0
                for number, moment in zip(views, self._moments, strict=True)
            ]
            for place, (before, after) in enumerate(pairwise(counts)):
                gains[place] += after - before
        return gains
