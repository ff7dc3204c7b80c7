"""Clocks that tests can replace, and conversions of time."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from datetime import time as time_of_day
from email.utils import parsedate_to_datetime
from functools import lru_cache

Clock = Callable[[], float]
"""Returns the current time in Unix seconds."""

system_clock: Clock = time.time

_SIXTY = [f"{number:02d}" for number in range(60)]
_MILLIS = [f".{number:03d}Z" for number in range(1000)]


def next_midnight(zone: tzinfo, now: float) -> float:
    """Returns the next midnight after `now` in a time zone; both in Unix seconds."""
    tomorrow = datetime.fromtimestamp(now, zone).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time_of_day.min, zone).timestamp()


def http_date(text: str | None) -> float | None:
    """Returns the Unix seconds of a date in a header; None for one without a zone, and other texts.

    https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7
    """
    try:
        found = parsedate_to_datetime(text or "")
    except (ValueError, OverflowError):
        return None
    return found.timestamp() if found.tzinfo else None


def iso(moment: float) -> str:
    """Formats Unix seconds as the API does: ISO 8601 UTC with milliseconds and `Z`.

    Each answer has some of them; from written numbers they take a third of datetime's 1.5 us.
    """
    seconds = int(moment)
    # Rounded to microseconds first, as datetime does it.
    micros = round((moment - seconds) * 1_000_000)
    if not 0 <= micros < 1_000_000:
        exact = datetime.fromtimestamp(moment, UTC)
        return exact.isoformat(timespec="milliseconds")[:-6] + "Z"
    minutes = seconds // 60
    clock = f"{_SIXTY[minutes % 60]}:{_SIXTY[seconds % 60]}{_MILLIS[micros // 1000]}"
    return _up_to_hour(minutes // 60) + clock


@lru_cache(maxsize=1024)
def _up_to_hour(hour: int) -> str:
    """Formats an hour since 1970, up to the minutes."""
    return datetime.fromtimestamp(hour * 3600, UTC).isoformat()[:14]
