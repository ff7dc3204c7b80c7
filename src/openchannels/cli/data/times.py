"""Options that name a time: a date, a time, or a duration before now."""

import time
from datetime import UTC, datetime
from typing import Annotated

import typer

from openchannels.cli.durations import parse_past

Since = Annotated[
    str | None,
    typer.Option("--since", metavar="TIME", help="From here on: 2027-01-31, or 7d before now."),
]
Until = Annotated[
    str | None,
    typer.Option("--until", metavar="TIME", help="Up to before here: 2027-02-28, or 1d."),
]


def parse_time(option: str, text: str | None) -> datetime | None:
    """Returns the time that an option names. Raises BadParameter."""
    if text is None:
        return None
    return datetime.fromtimestamp(parse_past(option, text, time.time()), UTC)
