"""Parses durations and times as a person writes them: `24h`, `90d`, `2027-01-31`."""

import re
from datetime import UTC, datetime

import typer

SPAN = re.compile(r"(\d{1,6})([smhd])")
SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
LONGEST = 100 * 366 * 86_400.0


def parse_span(option: str, text: str) -> float:
    """Parses `90s`, `30m`, `24h` or `7d` to seconds. Raises BadParameter."""
    found = SPAN.fullmatch(text)
    seconds = int(found[1]) * SECONDS[found[2]] if found else LONGEST + 1
    if seconds > LONGEST:
        raise typer.BadParameter("expected a duration such as 24h or 7d", param_hint=option)
    return seconds


def parse_moment(option: str, text: str) -> float:
    """Parses `2027-01-31` or `2027-01-31T12:00:00Z` to Unix seconds; UTC if no zone is given.

    Raises BadParameter.
    """
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC).timestamp()
    except (ValueError, OverflowError):
        raise typer.BadParameter(
            "expected a date such as 2027-01-31, or with a time", param_hint=option
        ) from None


def parse_past(option: str, text: str, now: float) -> float:
    """Parses a time, or a duration before now. Raises BadParameter."""
    return now - parse_span(option, text) if SPAN.fullmatch(text) else parse_moment(option, text)


def parse_future(option: str, text: str, now: float) -> float:
    """Parses a future time, or a duration from now. Raises BadParameter."""
    at = now + parse_span(option, text) if SPAN.fullmatch(text) else parse_moment(option, text)
    if at <= now:
        raise typer.BadParameter("expected a time in the future", param_hint=option)
    return at
