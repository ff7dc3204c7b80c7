"""Time, as something that can be handed in."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], float]
"""Returns the present moment in Unix seconds."""

system_clock: Clock = time.time


def iso(moment: float) -> str:
    """Format Unix seconds as the wire does: ISO 8601 UTC with milliseconds and `Z`."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"
