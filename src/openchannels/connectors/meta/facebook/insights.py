"""Facebook: the figures of a Page."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from openchannels.connectors.base.figures import (
    DAY,
    FOUR_WEEKS,
    FiguresMap,
    bounds,
    day_of,
    days_in,
    overlaid,
    pieces,
    summed,
)
from openchannels.connectors.base.insights import AccountInsights, figures_of
from openchannels.connectors.base.parse import count, dig, sum_if_complete
from openchannels.connectors.base.shapes import text_at
from openchannels.connectors.meta.account_insights import (
    OPERATION,
    PACIFIC,
    Rows,
    read_metrics,
    read_spans,
)
from openchannels.connectors.meta.facebook.accounts import PROFILE, PROFILE_FIELDS
from openchannels.connectors.meta.facebook.works import declined_insights
from openchannels.connectors.meta.graph import graph_get
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.insights import AccountFigures, AccountMetrics, Period
from openchannels.transport.platform_client import PlatformClient

LONGEST = 90
KEPT = 2 * 365 * DAY
# https://developers.facebook.com/docs/graph-api/reference/page/insights
METRICS = (
    "page_media_view",
    "page_total_media_view_unique",
    "page_post_engagements",
    "page_total_actions",
    "page_actions_post_reactions_total",
)


def read_reactions(day: Any) -> int | None:
    each = dig(day, "page_actions_post_reactions_total")
    return sum_if_complete(map(count, each.values())) if isinstance(each, dict) else None


DAYS = FiguresMap(
    AccountMetrics,
    {
        "views": "page_media_view",
        "reach": "page_total_media_view_unique",
        "engagements": "page_post_engagements",
        "clicks": "page_total_actions",
        "likes": read_reactions,
    },
)


class FacebookInsights(AccountInsights):
    """Reads a Page's followers, and its insights of each day that has ended."""

    async def fetch(
        self, client: PlatformClient, account: Account, tokens: Tokens, period: Period
    ) -> AccountFigures:
        windows = [] if declined_insights(tokens) else day_windows(period, client.clock())
        page, *series = await asyncio.gather(
            self._page(client, account, tokens),
            *(self._series(client, account, tokens, *window) for window in windows),
        )
        spans = read_spans([row for found in series for row in found], DAYS)
        sums = summed(AccountMetrics, (span.metrics for span in spans), apart=("reach",))
        known = figures_of(PROFILE.read(page, account.uid))
        return replace(known, metrics=overlaid(known.metrics, sums), spans=spans)

    async def _page(self, client: PlatformClient, account: Account, tokens: Tokens) -> Any:
        fields = {"fields": PROFILE_FIELDS}
        page = await graph_get(client, account.uid, tokens.access_token, OPERATION, fields)
        text_at(client, OPERATION, page, "id")
        return page

    async def _series(
        self, client: PlatformClient, account: Account, tokens: Tokens, since: date, until: date
    ) -> Rows:
        async def ask(metrics: str) -> Any:
            days = {"period": "day", "since": since.isoformat(), "until": until.isoformat()}
            path, params = f"{account.uid}/insights", {"metric": metrics, **days}
            return await graph_get(client, path, tokens.access_token, OPERATION, params)

        return await read_metrics(client, account, METRICS, ask)


def day_windows(period: Period, now: float) -> Iterator[tuple[date, date]]:
    """Yields the ended days of a period, for calls of at most 90 days; each end is exclusive."""
    known = bounds(period, now, default=FOUR_WEEKS, kept=KEPT)
    if known is None:
        return
    days = (*days_in(known, PACIFIC), day_of(now, PACIFIC))
    first, last, today = (day.toordinal() for day in days)
    for since, until in pieces(first, min(last + 1, today), LONGEST):
        yield date.fromordinal(int(since)), date.fromordinal(int(until))
