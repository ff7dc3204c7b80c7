"""Times at the place, without a zone: Google takes their parts."""

from datetime import datetime
from typing import Any


def local_time(written: Any) -> datetime | None:
    """Returns the time that is written as 2026-12-01T08:00; None for any other value."""
    try:
        return datetime.strptime(written, "%Y-%m-%dT%H:%M")
    except (TypeError, ValueError):
        return None
