"""Spans and moments as a person writes them: `24h`, `90d`, `2027-01-31`."""

import re
from datetime import UTC, datetime

import typer

SPAN = re.compile(r"(\d{1,6})([smhd])")
SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
LONGEST = 100 * 366 * 86_400.0


def span(option: str, text: str) -> float:
    """Seconds of `90s`, `30m`, `24h` or `7d`. Raises BadParameter."""
    found = SPAN.fullmatch(text)
    seconds = int(found[1]) * SECONDS[found[2]] if found else LONGEST + 1
    if seconds > LONGEST:
        raise typer.BadParameter("expected a span such as 24h or 7d", param_hint=option)
    return seconds


def moment(option: str, text: str) -> float:
    """Unix seconds of `2027-01-31` or `2027-01-31T12:00:00Z`, in UTC where no zone is named.

    Raises BadParameter.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            "expected a date such as 2027-01-31, or with a time", param_hint=option
        ) from None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def past(option: str, text: str, now: float) -> float:
    """A moment given as a span before now, or as itself. Raises BadParameter."""
    return now - span(option, text) if SPAN.fullmatch(text) else moment(option, text)


def end(option: str, text: str, now: float) -> float:
    """A moment ahead, given as a span from now or as itself. Raises BadParameter."""
    at = now + span(option, text) if SPAN.fullmatch(text) else moment(option, text)
    if at <= now:
        raise typer.BadParameter("expected a time to come", param_hint=option)
    return at
