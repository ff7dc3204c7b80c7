"""Counts of accounts and works over time: maps of a platform's rows, their sums, their days."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import fields, replace
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any, Generic, TypeVar

from openchannels.connectors.base.fields import Fields
from openchannels.connectors.base.parse import count
from openchannels.connectors.base.sources import Source
from openchannels.connectors.base.targets import METRIC_TARGETS, Target
from openchannels.core.insights import AccountMetrics, AccountSpan, Period, WorkSpan
from openchannels.core.works import Metrics

DAY = 86_400.0
FOUR_WEEKS = 28 * DAY
"""The length of a period without a start, where the platform sets no other."""
ACCOUNT_METRIC_TARGETS = {
    "fans": Target("fansCount", count),
    "following": Target("followingCount", count),
    "works": Target("workCount", count),
    "reads": Target("readCount", count),
    "views": Target("viewCount", count),
    "impressions": Target("impressionCount", count),
    "reach": Target("reachCount", count),
    "likes": Target("likeCount", count),
    "collects": Target("collectCount", count),
    "forwards": Target("forwardCount", count),
    "comments": Target("commentCount", count),
    "clicks": Target("clickCount", count),
    "engagements": Target("engagementCount", count),
}
TARGETS: Mapping[type, Mapping[str, Target]] = {
    AccountMetrics: ACCOUNT_METRIC_TARGETS,
    Metrics: METRIC_TARGETS,
}

M = TypeVar("M", AccountMetrics, Metrics)
S = TypeVar("S", AccountSpan, WorkSpan)
Range = tuple[float, float]
"""A start and an end in Unix seconds."""


class FiguresMap(Generic[M]):
    """Maps a platform's object to the counts of an account or of a work.

    `FiguresMap(AccountMetrics, {"views": "profile_views"})`: the sources are those of a WorkMap.
    """

    def __init__(self, kind: type[M], sources: Mapping[str, Source]) -> None:
        self._kind: type[M] = kind
        self._fields = Fields(sources, TARGETS[kind])

    def read(self, item: Any) -> M:
        """Returns the counts that an object holds."""
        return self._kind(**self._fields.read(item))


def overlaid(first: M, second: M) -> M:
    """Returns the counts of `first`, and those of `second` that `first` lacks."""
    missing = (item.name for item in fields(first) if getattr(first, item.name) is None)
    return replace(first, **{name: getattr(second, name) for name in missing})


def summed(kind: type[M], parts: Iterable[M], *, apart: Collection[str] = ()) -> M:
    """Returns the sum of each count over the parts that know it; None where none does.

    Counts named `apart` are of distinct people, whom a sum would count twice: several parts have
    none of them.
    """
    found = list(parts)
    known = {
        item.name: [value for part in found if (value := getattr(part, item.name)) is not None]
        for item in fields(kind)
        if item.name not in apart or len(found) == 1
    }
    return kind(**{name: sum(values) for name, values in known.items() if values})


def known_spans(spans: Iterable[S]) -> list[S]:
    """Returns spans in order, without those of which nothing is known."""
    told = (span for span in spans if span.metrics != type(span.metrics)())
    return sorted(told, key=lambda span: span.start)


def bounds(period: Period, now: float, *, default: float, kept: float) -> Range | None:
    """Returns the part of a period that a platform can tell; None if it knows nothing of it.

    `default` is the length, in seconds, of a period without a start, `kept` how far back the
    platform's figures go. No period ends in the future.
    """
    end = min(now if period.until is None else period.until, now)
    start = max(end - default if period.since is None else period.since, now - kept)
    return (start, end) if start < end else None


def pieces(start: float, end: float, longest: float) -> Iterator[Range]:
    """Yields a range in parts of at most `longest` seconds, for platforms that bound a call."""
    while start < end:
        part = min(start + longest, end)
        yield start, part
        start = part


def day_of(moment: float, zone: tzinfo) -> date:
    """Returns the calendar day of a moment."""
    return datetime.fromtimestamp(moment, zone).date()


def days_in(known: Range, zone: tzinfo) -> tuple[date, date]:
    """Returns the first and the last calendar day that a range touches; its end is exclusive."""
    start, end = known
    return day_of(start, zone), day_of(max(start, end - 1), zone)


def day_range(day: date, zone: tzinfo) -> Range:
    """Returns when a calendar day starts and ends."""
    first, last = (
        datetime.combine(each, time(), zone).timestamp() for each in (day, day + timedelta(days=1))
    )
    return first, last


def read_day(value: Any) -> date | None:
    """Returns the day of a text like `2026-11-28` or `20261128`; else None."""
    try:
        day = date.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    # Others have no day after them, or end before the time that Unix seconds count from.
    return day if 1970 < day.year < 9999 else None
