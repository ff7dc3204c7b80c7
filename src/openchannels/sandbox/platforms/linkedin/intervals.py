"""Spans of time as LinkedIn's queries write them, and their days in UTC, of which the end is not
included.

https://learn.microsoft.com/en-us/linkedin/marketing/community-management/organizations/share-statistics
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime

from openchannels.sandbox.figures import Day, day_of, days_between, months_of
from openchannels.sandbox.http import Fields

LAG_SECONDS = 2 * 86_400
HISTORY_SECONDS = 365 * 86_400
_DATE = r"\(year:(\d{4}),month:(\d{1,2}),day:(\d{1,2})\)"


class InvalidSpan(Exception):
    """A span that is none; the text names the parameter."""


@dataclass(frozen=True, slots=True)
class Span:
    """From one moment to another in Unix seconds."""

    start: float
    end: float

    def days(self, now: float) -> list[Day]:
        """The days that have data: of the last twelve months, and not of the last two days."""
        oldest, newest = now - HISTORY_SECONDS, now - LAG_SECONDS
        first, last = max(self.start, oldest), min(self.end - 0.001, newest)
        around = days_between(day_of(first), day_of(last)) if first <= last else []
        return [day for day in around if oldest <= day.start and day.end <= newest]


def time_intervals(query: Fields, now: float) -> list[Day] | None:
    """The days or months of `timeIntervals`, or None if it is not sent.

    Raises:
        InvalidSpan: no start, the wrong order, or another granularity than DAY and MONTH.
    """
    name = "timeIntervals"
    text = query.get(name)
    older = {key: value for key, value in query.pairs() if key.startswith(f"{name}.")}
    if not text and not older:
        return None
    text += ",".join(f"{key.rpartition('.')[2]}:{value}" for key, value in older.items())
    found = dict(re.findall(r"(start|end|timeGranularityType):(\w+)", text))
    try:
        start, end = int(found["start"]) / 1000, int(found.get("end", now * 1000 // 1)) / 1000
        granularity = found["timeGranularityType"]
        days = Span(start, end).days(now)
    except (KeyError, ValueError, OverflowError, OSError) as error:
        raise InvalidSpan(name) from error
    if start >= end or granularity not in ("DAY", "MONTH"):
        raise InvalidSpan(name)
    return days if granularity == "DAY" else months_of(days)


def date_range(query: Fields) -> Span | None:
    """The span of `dateRange`, or None if it is not sent. Raises InvalidSpan."""
    text = query.get("dateRange")
    if not text:
        return None
    found = re.fullmatch(rf"\(start:{_DATE},end:{_DATE}\)", text.replace(" ", ""))
    if not found:
        raise InvalidSpan("dateRange")
    numbers = [int(number) for number in found.groups()]
    try:
        moments = [
            datetime.combine(date(*three), datetime.min.time(), UTC).timestamp()
            for three in (numbers[:3], numbers[3:])
        ]
    except ValueError as error:
        raise InvalidSpan("dateRange") from error
    if moments[0] >= moments[1]:
        raise InvalidSpan("dateRange")
    return Span(*moments)
