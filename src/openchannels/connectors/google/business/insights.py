"""Google Business Profile: the figures of a location."""

from collections.abc import Mapping
from datetime import UTC, date
from typing import Any

from openchannels.connectors.base.figures import (
    DAY,
    FOUR_WEEKS,
    FiguresMap,
    bounds,
    day_range,
    days_in,
    known_spans,
    read_day,
    summed,
)
from openchannels.connectors.base.insights import AccountInsights
from openchannels.connectors.base.parse import count, dig, rows, text
from openchannels.connectors.base.shapes import rows_at
from openchannels.connectors.google.business.api import PERFORMANCE
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.insights import AccountFigures, AccountMetrics, AccountSpan, Period
from openchannels.transport.client import Params
from openchannels.transport.oauth import bearer
from openchannels.transport.platform_client import PlatformClient

OPERATION = "account.insights"
KEPT = 18 * 30 * DAY
# https://developers.google.com/my-business/reference/performance/rest/v1/DailyMetric
IMPRESSIONS = (
    *("BUSINESS_IMPRESSIONS_DESKTOP_MAPS", "BUSINESS_IMPRESSIONS_DESKTOP_SEARCH"),
    *("BUSINESS_IMPRESSIONS_MOBILE_MAPS", "BUSINESS_IMPRESSIONS_MOBILE_SEARCH"),
)
CLICKS = ("WEBSITE_CLICKS", "CALL_CLICKS", "BUSINESS_DIRECTION_REQUESTS", "MESSAGING_CLICKS")
OTHERS = ("BUSINESS_BOOKINGS", "BUSINESS_FOOD_ORDERS", "BUSINESS_FOOD_MENU_CLICKS")
METRICS = (*IMPRESSIONS, *CLICKS, *OTHERS)

Days = Mapping[date, Mapping[str, int]]
"""Values by metric, by day."""


def sum_of(day: Mapping[str, int], metrics: tuple[str, ...]) -> int | None:
    """Returns the sum of those metrics that Google tells for a day; None without any."""
    known = [day[name] for name in metrics if name in day]
    return sum(known) if known else None


DAYS = FiguresMap(
    AccountMetrics,
    {
        "impressions": lambda day: sum_of(day, IMPRESSIONS),
        "clicks": lambda day: sum_of(day, CLICKS),
    },
)


class GoogleBusinessInsights(AccountInsights):
    async def fetch(
        self, client: PlatformClient, account: Account, tokens: Tokens, period: Period
    ) -> AccountFigures:
        """Fetches what people saw and clicked by day; `extra` has the sum of each of its kinds."""
        days = await self._days(client, account, tokens, period)
        spans = known_spans(
            AccountSpan(*day_range(day, UTC), DAYS.read(values)) for day, values in days.items()
        )
        totals = {name: sum_of_days(days, name) for name in METRICS}
        told = {name: total for name, total in totals.items() if total is not None}
        return AccountFigures(
            summed(AccountMetrics, (span.metrics for span in spans)),
            spans=spans,
            extra={"dailyMetrics": told} if told else {},
        )

    async def _days(
        self, client: PlatformClient, account: Account, tokens: Tokens, period: Period
    ) -> Days:
        known = bounds(period, client.clock(), default=FOUR_WEEKS, kept=KEPT)
        if known is None:
            return {}
        names = "&".join(f"dailyMetrics={name}" for name in METRICS)
        url = f"{PERFORMANCE}/locations/{account.uid}:fetchMultiDailyMetricsTimeSeries?{names}"
        first, last = days_in(known, UTC)
        params = {**date_params("startDate", first), **date_params("endDate", last)}
        answer = await client.get(url, operation=OPERATION, params=params, headers=bearer(tokens))
        # Google leaves out what is empty.
        if not answer:
            return {}
        return read_days(rows_at(client, OPERATION, answer, "multiDailyMetricTimeSeries"))


def date_params(name: str, day: date) -> Params:
    return {
        f"dailyRange.{name}.year": day.year,
        f"dailyRange.{name}.month": day.month,
        f"dailyRange.{name}.day": day.day,
    }


def read_days(series: list[dict[str, Any]]) -> Days:
    """Returns the values of all series by day. A day that is listed without a value counts zero."""
    days: dict[date, dict[str, int]] = {}
    for row in (row for outer in series for row in rows(outer.get("dailyMetricTimeSeries"))):
        for entry in rows(dig(row, "timeSeries", "datedValues")):
            day, name = read_date(entry.get("date")), text(row.get("dailyMetric"))
            value = count(entry.get("value", 0))
            if day is not None and name is not None and value is not None:
                days.setdefault(day, {})[name] = value
    return days


def read_date(value: Any) -> date | None:
    parts = [count(dig(value, part)) for part in ("year", "month", "day")]
    return read_day("-".join(f"{part or 0:02}" for part in parts))


def sum_of_days(days: Days, name: str) -> int | None:
    known = [values[name] for values in days.values() if name in values]
    return sum(known) if known else None
