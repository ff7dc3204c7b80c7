"""Cleaning functions of declared fields: a value of the wrong type becomes None, never zero.

Those that need no length come from `parse`.
"""

import math
from collections.abc import Callable
from typing import Any

from openchannels.connectors.base.parse import count, text

Clean = Callable[[Any], Any]


def seconds(value: Any) -> float | None:
    """Returns a finite duration of zero or more seconds, possibly fractional, or None."""
    if isinstance(value, float) and math.isfinite(value) and value >= 0:
        return value
    return count(value)


def identity(value: Any) -> Any:
    """Returns the value; for sources that need no cleaning."""
    return value


def shortened(most: int) -> Clean:
    """Returns a cleaning function for texts to read, which cuts them to `most` characters."""

    def clean(value: Any) -> str | None:
        whole = text(value)
        if whole is None or len(whole) <= most:
            return whole
        return text(whole[:most].rstrip())

    return clean


def bounded(most: int) -> Clean:
    """Returns a cleaning function for ids, of which a part is worthless: longer ones are None."""

    def clean(value: Any) -> str | None:
        whole = text(value)
        return whole if whole is None or len(whole) <= most else None

    return clean
