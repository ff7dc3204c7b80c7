"""Instagram: the figures of an account."""

import asyncio
from dataclasses import replace
from typing import Any

from openchannels.connectors.base.figures import (
    DAY,
    FOUR_WEEKS,
    FiguresMap,
    Range,
    bounds,
    overlaid,
    pieces,
    summed,
)
from openchannels.connectors.base.insights import AccountInsights, figures_of
from openchannels.connectors.base.parse import count, dig, first, sum_if_complete, text
from openchannels.connectors.base.shapes import text_at
from openchannels.connectors.meta.account_insights import OPERATION, Rows, read_metrics, read_spans
from openchannels.connectors.meta.insights import row_values
from openchannels.connectors.meta.instagram.accounts import PROFILE, PROFILE_FIELDS, unwrapped
from openchannels.connectors.meta.instagram.api import get_json, is_page_token
from openchannels.connectors.meta.instagram.works import may_have_insights
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.insights import AccountFigures, AccountMetrics, Period
from openchannels.transport.client import Params
from openchannels.transport.platform_client import PlatformClient

# https://developers.facebook.com/docs/instagram-platform/api-reference/instagram-user/insights
LONGEST, KEPT = 30 * DAY, 90 * DAY
TOTALS = (
    *("views", "reach", "likes", "comments", "saves", "shares", "reposts"),
    *("total_interactions", "profile_links_taps"),
)
SERIES = ("reach",)
"""The only metric that is told by day."""


def read_forwards(values: Any) -> int | None:
    shares, reposts = (count(dig(values, name)) for name in ("shares", "reposts"))
    found: int | None = first((sum_if_complete((shares, reposts)), shares))
    return found


FIGURES = FiguresMap(
    AccountMetrics,
    {
        "views": "views",
        "reach": "reach",
        "likes": "likes",
        "comments": "comments",
        "collects": "saves",
        "forwards": read_forwards,
        "clicks": "profile_links_taps",
        "engagements": "total_interactions",
    },
)


class InstagramInsights(AccountInsights):
    """Reads followers and works of an account, and what happened within a period.

    Instagram counts a period of 30 days at most by one call, and by another its reach by day.
    """

    async def fetch(
        self, client: PlatformClient, account: Account, tokens: Tokens, period: Period
    ) -> AccountFigures:
        known = bounds(period, client.clock(), default=FOUR_WEEKS, kept=KEPT)
        parts = list(pieces(*known, LONGEST)) if known and may_have_insights(tokens) else []
        profile, *found = await asyncio.gather(
            self._profile(client, account, tokens),
            *(self._rows(client, account, tokens, part, TOTALS, "total_value") for part in parts),
            *(self._rows(client, account, tokens, part, SERIES, "time_series") for part in parts),
        )
        totals, series = found[: len(parts)], found[len(parts) :]
        sums = summed(
            AccountMetrics,
            (FIGURES.read(row_values(rows)) for rows in totals),
            apart=("reach",),
        )
        kind = text(dig(profile, "account_type"))
        figures = figures_of(PROFILE.read(profile, account.uid), kind)
        spans = read_spans([row for rows in series for row in rows], FIGURES)
        return replace(figures, metrics=overlaid(figures.metrics, sums), spans=spans)

    async def _profile(self, client: PlatformClient, account: Account, tokens: Tokens) -> Any:
        path, fields = "me", f"id,user_id,account_type,{PROFILE_FIELDS}"
        if is_page_token(tokens):
            # This host fails a call for the fields of the other.
            path, fields = account.uid, f"id,{PROFILE_FIELDS}"
        answer = await get_json(client, tokens, path, OPERATION, {"fields": fields})
        profile = unwrapped(answer)
        text_at(client, OPERATION, profile, "id")
        return profile

    async def _rows(
        self,
        client: PlatformClient,
        account: Account,
        tokens: Tokens,
        part: Range,
        metrics: tuple[str, ...],
        kind: str,
    ) -> Rows:
        since, until = map(int, part)

        async def ask(names: str) -> Any:
            days: Params = {"period": "day", "metric_type": kind, "since": since, "until": until}
            params = {"metric": names, **days}
            return await get_json(client, tokens, f"{account.uid}/insights", OPERATION, params)

        return await read_metrics(client, account, metrics, ask)
