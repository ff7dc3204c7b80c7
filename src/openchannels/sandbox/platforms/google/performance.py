"""Business Profile Performance: figures of a location by day, and search words by month.

A value is absent where it is zero. The last days have no entry yet, and neither have those of
more than 18 months ago.
https://developers.google.com/my-business/reference/performance/rest
"""

from datetime import date
from typing import Any

from openchannels.sandbox.dataset import Creator
from openchannels.sandbox.figures import Day, day_of, days_between
from openchannels.sandbox.http import Fields, Reply

LAG_SECONDS = 3 * 86_400
HISTORY_SECONDS = 548 * 86_400
_METRICS = {
    "BUSINESS_IMPRESSIONS_DESKTOP_MAPS": (3_000, 20_000),
    "BUSINESS_IMPRESSIONS_DESKTOP_SEARCH": (6_000, 40_000),
    "BUSINESS_IMPRESSIONS_MOBILE_MAPS": (8_000, 60_000),
    "BUSINESS_IMPRESSIONS_MOBILE_SEARCH": (8_000, 60_000),
    "BUSINESS_DIRECTION_REQUESTS": (900, 4_000),
    "CALL_CLICKS": (300, 2_500),
    "WEBSITE_CLICKS": (900, 6_000),
    "BUSINESS_BOOKINGS": (0, 900),
    "BUSINESS_FOOD_ORDERS": (0, 300),
    "BUSINESS_FOOD_MENU_CLICKS": (0, 600),
    "MESSAGING_CLICKS": (200, 1_500),
    "BUSINESS_CONVERSATIONS": (0, 0),
}
"""Metrics, with how many of each a location has had at first; the last one is deprecated."""
_WORDS = ("pottery near me", "kiln", "glaze workshop", "stoneware bowls", "wheel throwing course")
_HIDDEN_BELOW = 15
"""Fewer searches than this are given as a threshold."""


class InvalidArgument(Exception):
    """A parameter is missing or wrong; the text names it."""


def several_series(query: Fields, location: Creator, now: float) -> Reply:
    """The series of all requested metrics. Raises InvalidArgument."""
    spelled = _spelled("dailyMetrics")
    names = dict.fromkeys(name for field in spelled for name in query.split_values(field))
    if not names:
        raise InvalidArgument("dailyMetrics")
    days = _days(query, now)
    series = [{"dailyMetric": name, "timeSeries": _series(name, location, days)} for name in names]
    return Reply.json({"multiDailyMetricTimeSeries": [{"dailyMetricTimeSeries": series}]})


def one_series(query: Fields, location: Creator, now: float) -> Reply:
    """The series of one metric. Raises InvalidArgument."""
    days = _days(query, now)
    return Reply.json({"timeSeries": _series(_first(query, "dailyMetric"), location, days)})


def search_words(query: Fields, location: Creator, now: float) -> list[dict[str, Any]]:
    """The words by which a location was found in some months. Raises InvalidArgument."""
    months = [_month(query, "monthlyRange", end) for end in ("startMonth", "endMonth")]
    if months[0] > months[1]:
        raise InvalidArgument("monthlyRange")
    days = [
        day
        for day in _known(months[0], date.max, now)
        if (day.date.year, day.date.month) <= (months[1].year, months[1].month)
    ]
    counts = []
    for word in _WORDS:
        found = sum(_gains(f"word {word}", (600, 9_000), location, days))
        value = {"value": str(found)} if found >= _HIDDEN_BELOW else {"threshold": "15"}
        counts.append({"searchKeyword": word, "insightsValue": value})
    return counts


def _series(name: str, location: Creator, days: list[Day]) -> dict[str, Any]:
    if name not in _METRICS:
        raise InvalidArgument(f"dailyMetric {name}")
    values = []
    for day, gain in zip(days, _gains(name, _METRICS[name], location, days), strict=True):
        where = {"year": day.date.year, "month": day.date.month, "day": day.date.day}
        values.append({"date": where} | ({"value": str(gain)} if gain else {}))
    return {"datedValues": values} if values else {}


def _gains(name: str, bounds: tuple[int, int], location: Creator, days: list[Day]) -> list[int]:
    return [
        location.growing_count(name, *bounds, day.end)
        - location.growing_count(name, *bounds, day.start)
        for day in days
    ]


def _days(query: Fields, now: float) -> list[Day]:
    first, last = (_date(query, end) for end in ("startDate", "endDate"))
    if first > last:
        raise InvalidArgument("dailyRange")
    return _known(first, last, now)


def _known(first: date, last: date, now: float) -> list[Day]:
    """The days that have entries."""
    oldest, newest = now - HISTORY_SECONDS, now - LAG_SECONDS
    days = days_between(max(first, day_of(oldest)), min(last, day_of(newest)))
    return [day for day in days if oldest <= day.start and day.end <= newest]


def _date(query: Fields, end: str) -> date:
    return _calendar(query, f"dailyRange.{end}", ("year", "month", "day"))


def _month(query: Fields, within: str, end: str) -> date:
    return _calendar(query, f"{within}.{end}", ("year", "month"))


def _calendar(query: Fields, name: str, parts: tuple[str, ...]) -> date:
    texts = [_first(query, f"{name}.{part}") for part in parts]
    try:
        year, month, day = [*map(int, texts), 1][:3]
        return date(year, month, day)
    except (ValueError, OverflowError) as error:
        raise InvalidArgument(name) from error


def _first(query: Fields, name: str) -> str:
    return next((query.get(one) for one in _spelled(name) if one in query), "")


def _spelled(name: str) -> tuple[str, str]:
    """A parameter as the reference spells it, and as the examples do: `daily_range.start_date`."""
    lower = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
    return name, lower
