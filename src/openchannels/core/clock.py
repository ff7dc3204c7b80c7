"""Clocks that tests can replace, and conversions of time."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from datetime import time as time_of_day
from functools import lru_cache
from math import floor

DAY_SECONDS = 86_400

Clock = Callable[[], float]
"""Returns the current time in Unix seconds."""

system_clock: Clock = time.time


def next_midnight(zone: tzinfo, now: float) -> float:
    """Returns the next midnight after `now` in a time zone; both in Unix seconds."""
    tomorrow = datetime.fromtimestamp(now, zone).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time_of_day.min, zone).timestamp()


@lru_cache(maxsize=4096)
def iso(moment: float) -> str:
    """Formats Unix seconds as the API does: ISO 8601 UTC with milliseconds and `Z`.

    A page of a list holds a hundred times, many of them the same. This takes half as long as
    `datetime`, whose digits it gives.
    """
    second = floor(moment)
    # Rounded to microseconds and cut to milliseconds, as `datetime` does.
    micros = round((moment - second) * 1_000_000)
    if micros == 1_000_000:
        second, micros = second + 1, 0
    day, second = divmod(second, DAY_SECONDS)
    minute = second // 60
    clock = f"{minute // 60:02}:{minute % 60:02}:{second % 60:02}.{micros // 1000:03}"
    return f"{_date(day)}T{clock}Z"


@lru_cache(maxsize=1024)
def _date(day: int) -> str:
    """A day, counted from 1970, as `YYYY-MM-DD`."""
    return datetime.fromtimestamp(day * DAY_SECONDS, UTC).date().isoformat()
