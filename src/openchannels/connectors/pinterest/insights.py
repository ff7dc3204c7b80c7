"""Pinterest: the figures of accounts and pins."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC
from typing import Any

from openchannels.connectors.base.accounts import AccountReader
from openchannels.connectors.base.figures import (
    DAY,
    FOUR_WEEKS,
    FiguresMap,
    Range,
    bounds,
    day_range,
    days_in,
    known_spans,
    overlaid,
    read_day,
)
from openchannels.connectors.base.insights import (
    AccountInsights,
    ProfileInsights,
    WorkDetails,
    WorkInsights,
    unless_refused,
)
from openchannels.connectors.base.parse import count, dig, rows, text
from openchannels.connectors.base.shapes import object_at
from openchannels.connectors.pinterest.api import API
from openchannels.core.accounts import Account
from openchannels.core.clock import iso
from openchannels.core.credentials import Tokens
from openchannels.core.insights import (
    AccountFigures,
    AccountMetrics,
    AccountSpan,
    Period,
    WorkFigures,
    WorkSpan,
)
from openchannels.core.works import ContentMode, Metrics
from openchannels.transport.oauth import bearer
from openchannels.transport.platform_client import PlatformClient

# Ninety days are kept; one less, because the day changes while a call is under way.
# https://developers.pinterest.com/docs/api/v5/pins-analytics
KEPT_SECONDS = 89 * DAY
KNOWN_DAYS = ("READY", "ESTIMATE")
METRIC_TYPES = "IMPRESSION,OUTBOUND_CLICK,PIN_CLICK,SAVE,TOTAL_COMMENTS,TOTAL_REACTIONS"
VIDEO_METRIC_TYPES = f"{METRIC_TYPES},VIDEO_MRC_VIEW,VIDEO_V50_WATCH_TIME"


def read_watched(row: Any) -> float | None:
    milliseconds = count(dig(row, "VIDEO_V50_WATCH_TIME"))
    return None if milliseconds is None else milliseconds / 1000


PIN_FIGURES = FiguresMap(
    Metrics,
    {
        "impressions": "IMPRESSION",
        "clicks": "PIN_CLICK",
        "collects": "SAVE",
        "saves": "SAVE",
        "likes": "TOTAL_REACTIONS",
        "comments": "TOTAL_COMMENTS",
        "plays": "VIDEO_MRC_VIEW",
        "watch_seconds": read_watched,
    },
)
ACCOUNT_FIGURES = FiguresMap(
    AccountMetrics,
    {
        "impressions": "IMPRESSION",
        "clicks": "PIN_CLICK",
        "collects": "SAVE",
        "engagements": "ENGAGEMENT",
    },
)


class PinterestWorkInsights(WorkInsights):
    """Lifetime counts of a pin, and its days, of which personal accounts have none."""

    def __init__(self, details: WorkDetails) -> None:
        self._details = details

    async def fetch(
        self, client: PlatformClient, account: Account, tokens: Tokens, work_id: str, period: Period
    ) -> WorkFigures:
        found = await self._details.fetch(client, account, tokens, work_id)
        is_video = found.work.mode is ContentMode.VIDEO
        report = await read_report(
            client,
            tokens,
            f"pins/{work_id}/analytics",
            "works.insights",
            period,
            {"metric_types": VIDEO_METRIC_TYPES if is_video else METRIC_TYPES},
        )
        lifetime = PIN_FIGURES.read(dig(report, "lifetime_metrics"))
        whole = overlaid(found.work.metrics, lifetime)
        return WorkFigures(
            metrics=overlaid(whole, PIN_FIGURES.read(dig(report, "summary_metrics"))),
            work=found.work,
            spans=known_spans(
                WorkSpan(*day, PIN_FIGURES.read(counts)) for day, counts in read_days(report)
            ),
            extra={**found.extra, **cut_start(period, client.clock())},
        )


class PinterestAccountInsights(AccountInsights):
    """Counts of an account's profile, and its days, of which personal accounts have none."""

    def __init__(self, reader: AccountReader) -> None:
        self._profile = ProfileInsights(reader)

    async def fetch(
        self, client: PlatformClient, account: Account, tokens: Tokens, period: Period
    ) -> AccountFigures:
        """Fetches the profile and the account's analytics.

        https://developers.pinterest.com/docs/api/v5/user_account-analytics
        """
        figures = await self._profile.fetch(client, account, tokens, period)
        report = await read_report(
            client, tokens, "user_account/analytics", "account.insights", period, {}
        )
        days = read_days(report)
        return replace(
            figures,
            metrics=overlaid(figures.metrics, ACCOUNT_FIGURES.read(dig(report, "summary_metrics"))),
            spans=known_spans(
                AccountSpan(*day, ACCOUNT_FIGURES.read(counts)) for day, counts in days
            ),
            extra=cut_start(period, client.clock()),
        )


def known_range(period: Period, now: float) -> Range | None:
    return bounds(period, now, default=FOUR_WEEKS, kept=KEPT_SECONDS)


def cut_start(period: Period, now: float) -> dict[str, str]:
    """Returns where the figures start if the period starts before what Pinterest keeps."""
    known = known_range(period, now)
    if known is None or period.since is None or period.since >= known[0]:
        return {}
    return {"truncatedSince": iso(known[0])}


async def read_report(
    client: PlatformClient,
    tokens: Tokens,
    path: str,
    operation: str,
    period: Period,
    params: Mapping[str, str],
) -> Any:
    """Returns the analytics of a period; None if Pinterest has none of it, or refuses them.

    https://developers.pinterest.com/docs/api/v5/pins-analytics
    """
    known = known_range(period, client.clock())
    if known is None:
        return None
    first, last = days_in(known, UTC)
    answer = await unless_refused(
        client.get(
            f"{API}/{path}",
            operation=operation,
            params={"start_date": f"{first}", "end_date": f"{last}", **params},
            headers=bearer(tokens),
        ),
        None,
    )
    return None if answer is None else object_at(client, operation, answer, "all")


def read_days(report: Any) -> list[tuple[Range, Any]]:
    """Returns the days that Pinterest has counted, with their counts."""
    return [
        (day_range(day, UTC), row.get("metrics"))
        for row in rows(dig(report, "daily_metrics"))
        if text(row.get("data_status")) in KNOWN_DAYS and (day := read_day(row.get("date")))
    ]
