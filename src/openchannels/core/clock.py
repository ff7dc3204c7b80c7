"""Time, as something that can be handed in."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from datetime import time as time_of_day

Clock = Callable[[], float]
"""Returns the present moment in Unix seconds."""

system_clock: Clock = time.time


def next_midnight(zone: tzinfo, now: float) -> float:
    """When the day that holds `now` ends in a zone; both in Unix seconds."""
    tomorrow = datetime.fromtimestamp(now, zone).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time_of_day.min, zone).timestamp()


def iso(moment: float) -> str:
    """Format Unix seconds as the wire does: ISO 8601 UTC with milliseconds and `Z`."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"
