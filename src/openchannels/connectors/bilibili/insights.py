"""Bilibili: single videos, and the figures of accounts."""

import re
from dataclasses import replace
from typing import Any

from openchannels.connectors.base.accounts import AccountReader
from openchannels.connectors.base.figures import DAY, FiguresMap, known_spans, overlaid
from openchannels.connectors.base.insights import (
    AccountInsights,
    ProfileInsights,
    WorkDetails,
    check_id,
    unless_refused,
)
from openchannels.connectors.base.parse import count, dig
from openchannels.connectors.base.shapes import object_at
from openchannels.connectors.bilibili.api import API, FAILURES, may_have_scope, signing_client
from openchannels.connectors.bilibili.works import WORK, with_counts
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.insights import (
    AccountFigures,
    AccountMetrics,
    AccountSpan,
    DetailedWork,
    Period,
)
from openchannels.core.platform_errors import FailureKind
from openchannels.transport.platform_client import PlatformClient

VIDEO_ID = re.compile("BV[0-9A-Za-z]{10}")
# Another's video is refused with 123001, which elsewhere is a missing permission.
VIEW_FAILURES = replace(FAILURES, codes={**FAILURES.codes, "123001": FailureKind.NOT_FOUND})
VIDEO_EXTRA = {"coinCount": "coin", "danmakuCount": "danmaku"}
ACCOUNT_EXTRA = {"coinCount": "inc_coin", "danmakuCount": "inc_dm"}
SUMMED_SECONDS = 30 * DAY
"""The platform counts what an account's videos gained in the last thirty days."""
ACCOUNT_FIGURES = FiguresMap(
    AccountMetrics,
    {
        "views": "inc_click",
        "likes": "inc_like",
        "collects": "inc_fav",
        "comments": "inc_reply",
        "forwards": "inc_share",
    },
)


class BilibiliDetails(WorkDetails):
    own_only = True

    async def fetch(
        self, client: PlatformClient, account: Account, tokens: Tokens, work_id: str
    ) -> DetailedWork:
        """Fetches one of the account's videos, and its counts by a second call.

        https://open.bilibili.com/doc/4/d9554788-dcef-f139-6217-b487d41c3826
        """
        check_id(client, "works.read", work_id, VIDEO_ID)
        signed_client = signing_client(client, tokens)
        answer = await signed_client.get(
            f"{API}/archive/view",
            operation="works.read",
            params={"resource_id": work_id},
            classify=VIEW_FAILURES.classify,
        )
        video = object_at(client, "works.read", answer, "data")
        [counted] = await with_counts(signed_client, account, tokens, [video])
        work = WORK.read(counted, account)
        if work is None:
            raise client.malformed("works.read")
        return DetailedWork(work, extra=read_extra(counted["counts"], VIDEO_EXTRA))


class BilibiliAccountInsights(AccountInsights):
    """Counts of an account, and what its videos gained in the last thirty days."""

    def __init__(self, reader: AccountReader) -> None:
        self._profile = ProfileInsights(reader)

    async def fetch(
        self, client: PlatformClient, account: Account, tokens: Tokens, period: Period
    ) -> AccountFigures:
        figures = await self._profile.fetch(client, account, tokens, period)
        now = client.clock()
        if not holds_last_days(period, now) or not may_have_scope(tokens, "ARC_DATA"):
            return figures
        gained = await unless_refused(self._gained(client, tokens), None)
        if gained is None:
            return figures
        counts = ACCOUNT_FIGURES.read(gained)
        return replace(
            figures,
            metrics=overlaid(figures.metrics, counts),
            spans=known_spans([AccountSpan(now - SUMMED_SECONDS, now, counts)]),
            extra=read_extra(gained, ACCOUNT_EXTRA),
        )

    async def _gained(self, client: PlatformClient, tokens: Tokens) -> Any:
        answer = await signing_client(client, tokens).get(
            f"{API}/data/arc/inc-stats", operation="account.insights"
        )
        return object_at(client, "account.insights", answer, "data")


def holds_last_days(period: Period, now: float) -> bool:
    """Returns whether a period holds the last thirty days, but for a day at either end."""
    start, end = now - SUMMED_SECONDS + DAY, now - DAY
    return (period.since is None or period.since <= start) and (
        period.until is None or period.until >= end
    )


def read_extra(counts: Any, names: dict[str, str]) -> dict[str, int]:
    """Returns the counts that have no field, by their names here."""
    found = {name: count(dig(counts, source)) for name, source in names.items()}
    return {name: value for name, value in found.items() if value is not None}
