"""Figures of accounts at Meta: metrics asked for by one call, and their values by day."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from openchannels.connectors.base.figures import DAY, FiguresMap, known_spans
from openchannels.connectors.base.insights import REFUSED, unless_refused
from openchannels.connectors.base.parse import moment, rows, text
from openchannels.connectors.base.shapes import rows_at
from openchannels.connectors.meta.insights import refuses_a_metric
from openchannels.core.accounts import Account
from openchannels.core.insights import AccountMetrics, AccountSpan
from openchannels.core.platform_errors import PlatformFailure
from openchannels.transport.platform_client import PlatformClient

OPERATION = "account.insights"
PACIFIC = ZoneInfo("America/Los_Angeles")
"""Days of insights end at midnight there."""
REFUSAL_CACHE_SECONDS = 6 * 3600
NOT_COMPUTED = 2 * DAY
"""Days that end by this time, in 1970, stand for values that are not computed yet."""

Rows = list[dict[str, Any]]
Ask = Callable[[str], Awaitable[Any]]
"""Asks for metrics, whose names are separated by commas; returns the answer."""


async def read_metrics(
    client: PlatformClient, account: Account, metrics: Sequence[str], ask: Ask
) -> Rows:
    """Returns the rows of the metrics that Meta gives of an account; none if all are refused.

    One refused metric fails the call for all: each is then asked for alone, and those accepted are
    asked for from then on.
    """
    key = f"{client.platform}.account_metrics:{account.id}:{','.join(metrics)}"
    accepted = client.cache.get(key)
    chosen = metrics if accepted is None else accepted
    if not chosen:
        return []
    try:
        return rows_at(client, OPERATION, await ask(",".join(chosen)), "data")
    except PlatformFailure as failure:
        if failure.kind not in REFUSED:
            raise
        if not refuses_a_metric(failure.reading):
            return []
    answers = await asyncio.gather(*(unless_refused(ask(metric), None) for metric in chosen))
    given = [name for name, answer in zip(chosen, answers, strict=True) if answer is not None]
    client.cache.put(key, given, REFUSAL_CACHE_SECONDS)
    found = [answer for answer in answers if answer is not None]
    return [row for answer in found for row in rows_at(client, OPERATION, answer, "data")]


def read_spans(series: Rows, figures: FiguresMap[AccountMetrics]) -> list[AccountSpan]:
    """Returns the days of series in order; `figures` reads the values of a day by metric."""
    days: dict[float, dict[str, Any]] = {}
    for row in series:
        for entry in rows(row.get("values")):
            end, name = moment(entry.get("end_time")), text(row.get("name"))
            if end is not None and end > NOT_COMPUTED and name is not None:
                days.setdefault(end, {})[name] = entry.get("value")
    return known_spans(
        AccountSpan(day_before(end), end, figures.read(values)) for end, values in days.items()
    )


def day_before(end: float) -> float:
    """Returns when a day began that ends at a Pacific time; not each of them has 24 hours."""
    return (datetime.fromtimestamp(end, PACIFIC) - timedelta(days=1)).timestamp()
