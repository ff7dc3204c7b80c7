"""LinkedIn: the figures of a page, and the followers of a person."""

from collections.abc import Iterator
from datetime import UTC
from typing import Any
from urllib.parse import quote

from openchannels.connectors.base.figures import (
    DAY,
    FOUR_WEEKS,
    FiguresMap,
    bounds,
    day_of,
    day_range,
    days_in,
    known_spans,
    overlaid,
    summed,
)
from openchannels.connectors.base.insights import AccountInsights, unless_refused
from openchannels.connectors.base.parse import count, dig, moment
from openchannels.connectors.base.paths import value_at
from openchannels.connectors.base.shapes import rows_at
from openchannels.connectors.linkedin.api import (
    ORGANIZATION,
    administers,
    fetch_when_known,
    get_json,
    granted_scopes,
)
from openchannels.connectors.linkedin.posts import read_engagements
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.insights import AccountFigures, AccountMetrics, AccountSpan, Period
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure
from openchannels.core.platforms import Text
from openchannels.transport.platform_client import PlatformClient

OPERATION = "account.insights"
# https://learn.microsoft.com/en-us/linkedin/marketing/community-management/organizations/share-statistics
STATISTICS = "rest/organizationalEntityShareStatistics"
KEPT = 364 * DAY
"""Statistics are kept for twelve months."""
PERSONAL_SCOPE = "r_member_profileAnalytics"
NO_PERSONAL_FIGURES = Text(
    en=f"LinkedIn tells the followers of a personal profile only with the scope {PERSONAL_SCOPE}; "
    "connect an organization page.",
    zh=f"仅在获得 {PERSONAL_SCOPE} 权限时 LinkedIn 才提供个人主页的粉丝数，"
    "请连接组织（公司）主页。",
)
# Organic posts only.
DAYS = FiguresMap(
    AccountMetrics,
    {
        "impressions": "counts.impressionCount",
        "reach": "counts.uniqueImpressionsCount",
        "likes": "counts.likeCount",
        "comments": "counts.commentCount",
        "forwards": "counts.shareCount",
        "clicks": "counts.clickCount",
        "engagements": read_engagements,
    },
)


class LinkedInInsights(AccountInsights):
    async def fetch(
        self, client: PlatformClient, account: Account, tokens: Tokens, period: Period
    ) -> AccountFigures:
        """Fetches followers by one call and, for a page, its days by another."""
        fans = await self._followers(client, account, tokens)
        spans: list[AccountSpan] = []
        if account.uid.startswith(ORGANIZATION) and administers(client, account, tokens):
            spans = await self._days(client, account, tokens, period)
        sums = summed(AccountMetrics, (span.metrics for span in spans), apart=("reach",))
        return AccountFigures(overlaid(AccountMetrics(fans=fans), sums), spans=spans)

    async def _followers(self, client: PlatformClient, account: Account, tokens: Tokens) -> int:
        path = f"rest/networkSizes/{quote(account.uid, safe='')}"
        params, at = {"edgeType": "COMPANY_FOLLOWED_BY_MEMBER"}, "firstDegreeSize"
        if not account.uid.startswith(ORGANIZATION):
            if PERSONAL_SCOPE not in granted_scopes(client, tokens):
                reading = Failure(FailureKind.PERMISSION, detail=NO_PERSONAL_FIGURES)
                raise PlatformFailure(client.platform, OPERATION, reading)
            path, params = "rest/memberFollowersCount", {"q": "me"}
            at = "elements.0.memberFollowersCount"

        async def fetch() -> Any:
            return await get_json(client, tokens, path, OPERATION, params)

        answer = await fetch_when_known(client, account, fetch)
        followers = count(value_at(answer, at))
        if followers is None:
            raise client.malformed(OPERATION)
        return followers

    async def _days(
        self, client: PlatformClient, account: Account, tokens: Tokens, period: Period
    ) -> list[AccountSpan]:
        interval = time_interval(period, client.clock())
        if interval is None:
            return []
        path = f"{STATISTICS}?q=organizationalEntity"
        path += f"&organizationalEntity={quote(account.uid, safe='')}&timeIntervals={interval}"
        call = get_json(client, tokens, path, OPERATION)
        answer = await unless_refused(call, {"elements": []})
        return known_spans(read_days(rows_at(client, OPERATION, answer, "elements")))


def time_interval(period: Period, now: float) -> str | None:
    """Returns the whole UTC days of a period that have ended, in milliseconds; None without any."""
    known = bounds(period, now, default=FOUR_WEEKS, kept=KEPT)
    if known is None:
        return None
    first, last = days_in(known, UTC)
    start, today = day_range(first, UTC)[0], day_range(day_of(now, UTC), UTC)[0]
    end = min(day_range(last, UTC)[1], today)
    if start >= end:
        return None
    span = f"(start:{int(start * 1000)},end:{int(end * 1000)})"
    return f"(timeRange:{span},timeGranularityType:DAY)"


def read_days(elements: list[dict[str, Any]]) -> Iterator[AccountSpan]:
    for row in elements:
        start, end = (moment(dig(row, "timeRange", edge)) for edge in ("start", "end"))
        if start is not None and end is not None:
            counts = {"counts": row.get("totalShareStatistics")}
            yield AccountSpan(start, end, DAYS.read(counts))
