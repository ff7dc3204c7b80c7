"""Threads: the figures of a profile."""

import asyncio
from dataclasses import replace
from typing import Any

from openchannels.connectors.base.figures import FOUR_WEEKS, FiguresMap, bounds, overlaid, summed
from openchannels.connectors.base.insights import ProfileInsights
from openchannels.connectors.base.parse import count, dig, rows, sum_if_complete
from openchannels.connectors.meta.account_insights import OPERATION, Rows, read_metrics, read_spans
from openchannels.connectors.meta.insights import row_values
from openchannels.connectors.meta.threads.api import declined_insights, get_json
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.insights import AccountFigures, AccountMetrics, Period
from openchannels.transport.client import Params
from openchannels.transport.platform_client import PlatformClient

# https://developers.facebook.com/docs/threads/insights
METRICS = ("views", "likes", "replies", "reposts", "quotes", "clicks")
BEGINNING = 1712991600.0
"""Threads counts nothing before this time, in April 2024, and refuses it."""


def sum_of(values: Any, *names: str) -> int | None:
    return sum_if_complete(count(dig(values, name)) for name in names)


DAYS = FiguresMap(AccountMetrics, {"views": "views"})
TOTALS = FiguresMap(
    AccountMetrics,
    {
        "likes": "likes",
        "comments": "replies",
        "forwards": lambda values: sum_of(values, "reposts", "quotes"),
        "clicks": "link_clicks|clicks",
        "engagements": lambda values: sum_of(values, "likes", "replies", "reposts", "quotes"),
    },
)


class ThreadsInsights(ProfileInsights):
    """Reads followers, what happened within a period, and of that the views by day."""

    async def fetch(
        self, client: PlatformClient, account: Account, tokens: Tokens, period: Period
    ) -> AccountFigures:
        known, found = await asyncio.gather(
            super().fetch(client, account, tokens, period),
            self._rows(client, account, tokens, period),
        )
        spans = read_spans(found, DAYS)
        totals = TOTALS.read({**row_values(found), **clicks_of(found)})
        sums = overlaid(totals, summed(AccountMetrics, (span.metrics for span in spans)))
        return replace(known, metrics=overlaid(known.metrics, sums), spans=spans)

    async def _rows(
        self, client: PlatformClient, account: Account, tokens: Tokens, period: Period
    ) -> Rows:
        now = client.clock()
        known = bounds(period, now, default=FOUR_WEEKS, kept=now - BEGINNING)
        if known is None or declined_insights(tokens):
            return []

        async def ask(metrics: str) -> Any:
            since, until = map(int, known)
            params: Params = {"metric": metrics, "since": since, "until": until}
            return await get_json(client, tokens, "me/threads_insights", OPERATION, params)

        return await read_metrics(client, account, METRICS, ask)


def clicks_of(found: Rows) -> dict[str, int | None]:
    """Returns the clicks of all links, which Threads tells by link."""
    links = (link for row in found for link in rows(row.get("link_total_values")))
    return {"link_clicks": sum_if_complete(count(link.get("value")) for link in links)}
