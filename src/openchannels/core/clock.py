"""Clocks that tests can replace, and conversions of time."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from datetime import time as time_of_day

Clock = Callable[[], float]
"""Returns the current time in Unix seconds."""

system_clock: Clock = time.time


def next_midnight(zone: tzinfo, now: float) -> float:
    """Returns the next midnight after `now` in a time zone; both in Unix seconds."""
    tomorrow = datetime.fromtimestamp(now, zone).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time_of_day.min, zone).timestamp()


def iso(moment: float) -> str:
    """Formats Unix seconds as the API does: ISO 8601 UTC with milliseconds and `Z`."""
    # Without the zone, of which isoformat would write the offset, it takes two thirds of the time.
    utc = datetime.fromtimestamp(moment, UTC).replace(tzinfo=None)
    return utc.isoformat(timespec="milliseconds") + "Z"
