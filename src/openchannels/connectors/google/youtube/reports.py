"""YouTube: tables of YouTube Analytics, which is a setting and a scope of its own."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from openchannels.connectors.base.figures import (
    FOUR_WEEKS,
    Range,
    bounds,
    day_range,
    days_in,
    read_day,
)
from openchannels.connectors.base.insights import unless_refused
from openchannels.connectors.base.parse import dig, rows
from openchannels.connectors.google.youtube.api import ANALYTICS_SCOPE
from openchannels.core.credentials import Tokens
from openchannels.core.insights import Period
from openchannels.transport.oauth import bearer
from openchannels.transport.platform_client import PlatformClient

REPORTS = "https://youtubeanalytics.googleapis.com/v2/reports"
FIRST_DAY = date(2005, 2, 14)
PACIFIC = ZoneInfo("America/Los_Angeles")
"""The zone of the days of reports, and of those of the quota."""

Row = dict[str, Any]


def may_read_analytics(client: PlatformClient, tokens: Tokens) -> bool:
    """Returns whether the operator's setting and the granted scopes open YouTube Analytics."""
    refused = tokens.scopes is not None and ANALYTICS_SCOPE not in tokens.scopes
    return not refused and bool(client.app.option("analytics"))


async def read_table(
    client: PlatformClient,
    tokens: Tokens,
    operation: str,
    *,
    days: tuple[date, date],
    **query: str,
) -> list[Row]:
    """Returns the rows of a report on the channel by column, from the first to the last day.

    https://developers.google.com/youtube/analytics/reference/reports/query
    """
    first, last = days
    params = {
        "ids": "channel==MINE",
        "startDate": first.isoformat(),
        "endDate": last.isoformat(),
        **query,
    }
    table = await client.get(REPORTS, operation=operation, params=params, headers=bearer(tokens))
    names = [str(column.get("name")) for column in rows(dig(table, "columnHeaders"))]
    found = dig(table, "rows")
    lines = found if isinstance(found, list) else []
    return [dict(zip(names, line, strict=False)) for line in lines if isinstance(line, list)]


async def read_days(
    client: PlatformClient, tokens: Tokens, operation: str, period: Period, **query: str
) -> list[tuple[Range, Row]]:
    """Returns the days of a period that YouTube Analytics tells, with when each starts and ends.

    Reports lag two to three days behind. None where Analytics is not open, or refuses the report.
    """
    now = client.clock()
    known = bounds(period, now, default=FOUR_WEEKS, kept=now - day_range(FIRST_DAY, PACIFIC)[0])
    if known is None or not may_read_analytics(client, tokens):
        return []
    days = days_in(known, PACIFIC)
    call = read_table(client, tokens, operation, days=days, dimensions="day", sort="day", **query)
    found = ((read_day(row.get("day")), row) for row in await unless_refused(call, []))
    return [(day_range(day, PACIFIC), row) for day, row in found if day is not None]
