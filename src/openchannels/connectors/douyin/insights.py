"""Douyin: the figures of accounts and videos. Their days are given to website apps."""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from openchannels.connectors.base.accounts import AccountReader
from openchannels.connectors.base.figures import (
    DAY,
    FiguresMap,
    Range,
    bounds,
    day_range,
    known_spans,
    overlaid,
    read_day,
    summed,
)
from openchannels.connectors.base.insights import (
    AccountInsights,
    ProfileInsights,
    WorkInsights,
    figures_of,
    unless_refused,
)
from openchannels.connectors.base.parse import CHINA, first, text
from openchannels.connectors.douyin.accounts import read_user
from openchannels.connectors.douyin.api import (
    FANS_SCOPE,
    VIDEO_DAYS_SCOPE,
    VIDEO_SCOPE,
    is_miniapp,
    read_profile,
    read_report,
)
from openchannels.connectors.douyin.details import read_video
from openchannels.connectors.douyin.works import WORK
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.insights import (
    AccountFigures,
    AccountMetrics,
    AccountSpan,
    Period,
    WorkFigures,
    WorkSpan,
)
from openchannels.core.works import Metrics
from openchannels.transport.platform_app import App
from openchannels.transport.platform_client import PlatformClient

ACCOUNT_REPORTS = ("fans", "item", "like", "comment", "share")
ACCOUNT_LENGTHS = (7, 15, 30)
VIDEO_REPORTS = ("play", "like", "comment", "share")
VIDEO_LENGTHS = (7, 15)
"""Reports on accounts and videos, and the numbers of days that each may be asked for."""
VIDEO_KEPT_SECONDS = 30 * DAY
"""Videos of these days have reports."""
ACCOUNT_FIGURES = FiguresMap(
    AccountMetrics,
    {
        "fans": "total_fans",
        "works": "total_issue",
        "views": "new_play",
        "likes": "new_like",
        "comments": "new_comment",
        "forwards": "new_share",
    },
)
LEVELS = ("fans", "works")
"""Counts of a day that are those of the account as it stood then."""
VIDEO_FIGURES = FiguresMap(
    Metrics,
    {"views": "play", "plays": "play", "likes": "like", "comments": "comment", "shares": "share"},
)

Days = Mapping[date, Mapping[str, Any]]


class DouyinAccountInsights(AccountInsights):
    def __init__(self, reader: AccountReader) -> None:
        self._profile = ProfileInsights(reader)

    async def fetch(
        self, client: PlatformClient, account: Account, tokens: Tokens, period: Period
    ) -> AccountFigures:
        """Fetches the profile and, with the scope for them, the days of an account.

        https://developer.open-douyin.com/docs/resource/zh-CN/dop/develop/openapi/data-open-service/user-data/get-user-fans-count
        """
        longest = ACCOUNT_LENGTHS[-1] * DAY
        known = bounds(period, client.clock(), default=ACCOUNT_LENGTHS[0] * DAY, kept=longest)
        if is_miniapp(client.app) or known is None or FANS_SCOPE not in (tokens.scopes or ()):
            return await self._profile.fetch(client, account, tokens, period)
        uid, user = await read_user(client, tokens)
        params = {"date_type": length_of(known, client.clock(), ACCOUNT_LENGTHS)}
        paths = [f"data/external/user/{name}/" for name in ACCOUNT_REPORTS]
        days = await read_reports(client, tokens, "account.insights", paths, params)
        counted = {day: ACCOUNT_FIGURES.read(row) for day, row in days.items()}
        newest_first = list(reversed(counted.values()))
        fans, works = (first(getattr(day, name) for day in newest_first) for name in LEVELS)
        figures = figures_of(read_profile(uid, user, fans))
        spans = known_spans(
            AccountSpan(*day_range(day, CHINA), counts) for day, counts in counted.items()
        )
        asked = [span for span in spans if overlaps(known, (span.start, span.end))]
        sums = summed(AccountMetrics, (span.metrics for span in asked), apart=LEVELS)
        levels = replace(figures.metrics, works=works)
        return replace(figures, metrics=overlaid(levels, sums), spans=asked)


class DouyinWorkInsights(WorkInsights):
    needs = VIDEO_SCOPE

    def available(self, app: App) -> bool:
        return is_miniapp(app) or VIDEO_SCOPE in app.scopes

    async def fetch(
        self, client: PlatformClient, account: Account, tokens: Tokens, work_id: str, period: Period
    ) -> WorkFigures:
        """Fetches a video and, with the scope for them, its days.

        https://developer.open-douyin.com/docs/resource/zh-CN/dop/develop/openapi/data-open-service/video-data/get-share-data
        """
        video = await read_video(client, account, tokens, work_id)
        work = WORK.read(video, account)
        if work is None:
            raise client.malformed("works.read")
        spans: list[WorkSpan] = []
        if not is_miniapp(client.app) and VIDEO_DAYS_SCOPE in (tokens.scopes or ()):
            spans = await self._days(client, tokens, video, work.published_at, period)
        return WorkFigures(metrics=work.metrics, work=work, spans=spans)

    async def _days(
        self,
        client: PlatformClient,
        tokens: Tokens,
        video: Mapping[str, Any],
        published_at: float | None,
        period: Period,
    ) -> list[WorkSpan]:
        """Returns the days of a video; none of one that is too old to have reports."""
        now, item = client.clock(), text(video.get("item_id"))
        longest = VIDEO_LENGTHS[-1] * DAY
        known = bounds(period, now, default=VIDEO_LENGTHS[0] * DAY, kept=longest)
        too_old = published_at is not None and published_at < now - VIDEO_KEPT_SECONDS
        if known is None or item is None or too_old:
            return []
        params = {"item_id": item, "date_type": length_of(known, now, VIDEO_LENGTHS)}
        paths = [f"data/external/item/{name}/" for name in VIDEO_REPORTS]
        days = await read_reports(client, tokens, "works.insights", paths, params)
        spans = known_spans(
            WorkSpan(*day_range(day, CHINA), VIDEO_FIGURES.read(row)) for day, row in days.items()
        )
        return [span for span in spans if overlaps(known, (span.start, span.end))]


def length_of(known: Range, now: float, lengths: tuple[int, ...]) -> int:
    """Returns the smallest number of days, counted back from now, that covers a range."""
    return next((days for days in lengths if known[0] >= now - days * DAY), lengths[-1])


def overlaps(known: Range, day: Range) -> bool:
    return day[0] < known[1] and day[1] > known[0]


async def read_reports(
    client: PlatformClient,
    tokens: Tokens,
    operation: str,
    paths: Collection[str],
    params: Mapping[str, Any],
) -> Days:
    """Returns the rows of several reports joined by day, in order; refused ones are left out."""
    reports = (
        unless_refused(read_report(client, tokens, path, operation, params), []) for path in paths
    )
    days: dict[date, dict[str, Any]] = {}
    for report in await asyncio.gather(*reports):
        for row in report:
            if (day := read_day(row.get("date"))) is not None:
                days.setdefault(day, {}).update(row)
    return dict(sorted(days.items()))
