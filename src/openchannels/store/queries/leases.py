"""When a lease has lapsed, also where the clock was wrong when it was taken."""

from sqlalchemy import ColumnElement, or_

CLOCK_SKEW_SECONDS = 60.0
"""How far the clocks of two processes may differ."""


def lapsed(
    until: ColumnElement[float], now: float | ColumnElement[float], longest: float
) -> ColumnElement[bool]:
    """Whether a lease that ends at `until` and lasts at most `longest` seconds is over.

    One that lies further ahead than it is long was taken while a clock was ahead.
    """
    return or_(until <= now, until > now + longest + CLOCK_SKEW_SECONDS)


def free(until: ColumnElement[float], now: float, longest: float) -> ColumnElement[bool]:
    """Whether there is no lease, or one that has lapsed."""
    return or_(until.is_(None), lapsed(until, now, longest))


def is_over(until: float, now: float, longest: float) -> bool:
    """`lapsed` for a value that was read before."""
    return until <= now or until > now + longest + CLOCK_SKEW_SECONDS
