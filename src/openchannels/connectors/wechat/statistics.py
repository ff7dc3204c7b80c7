"""Counts of WeChat articles, which the data cube API returns by day of publication.

https://developers.weixin.qq.com/doc/offiaccount/Analytics/Graphic_Analysis_Data_Interface.html
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from urllib.parse import parse_qs

from openchannels.connectors.base.paginators import Item
from openchannels.connectors.base.parse import CHINA, dig, https, moment, rows, text
from openchannels.connectors.base.shapes import rows_at
from openchannels.connectors.wechat.component import API, FAILURES
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure
from openchannels.transport.client import Answer
from openchannels.transport.platform_client import PlatformClient

FIRST_DAY = date(2025, 11, 1)
"""First day for which the data cube has counts."""
DAYS_PER_PAGE = 10
DAYS_AT_ONCE = 5
DAY_TIMEOUT = 5.0
DAY_CACHE_SECONDS = 6 * 3600
DELAYED_CACHE_SECONDS = 900

Day = Mapping[str, Item]
"""Counts of the articles published on one day, under each key of an article."""


def china_day(seconds: float) -> date:
    return datetime.fromtimestamp(seconds, CHINA).date()


def classify_statistics(answer: Answer) -> Failure | None:
    """Returns the failure; a limit of this endpoint must not pause the account's other calls."""
    reading = FAILURES.classify(answer)
    if reading is None or reading.kind not in (FailureKind.QUOTA, FailureKind.RATE_LIMITED):
        return reading
    return Failure(FailureKind.PERMISSION, code=reading.code)


async def daily_counts(
    client: PlatformClient, account: Account, tokens: Tokens, articles: Sequence[Item]
) -> dict[date, Day]:
    """Returns counts by day of publication, read for a few days in parallel.

    A failure ends the calls without an error, and a refusal is cached.
    """
    refusal_key = f"wxgzh:refused:{account.id}"
    if client.cache.get(refusal_key):
        return {}
    found: dict[date, Day] = {}
    days = days_of(articles, china_day(client.clock()))
    for start in range(0, len(days), DAYS_AT_ONCE):
        batch = days[start : start + DAYS_AT_ONCE]
        try:
            answers = await asyncio.gather(*(_day(client, account, tokens, d) for d in batch))
        except PlatformFailure as failure:
            if failure.kind in (FailureKind.PERMISSION, FailureKind.MISCONFIGURED):
                client.cache.put(refusal_key, True, DAY_CACHE_SECONDS)
            break
        found.update(zip(batch, answers, strict=True))
    return found


def days_of(articles: Sequence[Item], today: date) -> list[date]:
    """Returns the days to request, newest first; a day's counts are ready on the next day."""
    existing = (item for item in articles if dig(item, "article", "is_deleted") is not True)
    published = filter(None, map(published_on, existing))
    counted = (day for day in published if FIRST_DAY <= day < today)
    return list(dict.fromkeys(counted))[:DAYS_PER_PAGE]


def published_on(item: Item) -> date | None:
    published = moment(dig(item, "publication", "update_time"))
    return china_day(published) if published else None


async def _day(client: PlatformClient, account: Account, tokens: Tokens, day: date) -> Day:
    key = f"wxgzh:day:{account.id}:{day}"
    cached: Day | None = client.cache.get(key)
    if cached is not None:
        return cached
    answer = await client.call(
        "POST",
        f"{API}/datacube/getarticletotaldetail",
        operation="works.stats",
        idempotent=True,
        timeout=DAY_TIMEOUT,
        classify=classify_statistics,
        params={"access_token": tokens.access_token},
        json_body={"begin_date": f"{day}", "end_date": f"{day}"},
    )
    day_counts = read_day(rows_at(client, "works.stats", answer, "list"))
    delayed = dig(answer, "is_delay") is True or not day_counts
    client.cache.put(key, day_counts, DELAYED_CACHE_SECONDS if delayed else DAY_CACHE_SECONDS)
    return day_counts


def read_day(articles: list[Item]) -> dict[str, Item]:
    found: dict[str, Item] = {}
    for row in articles:
        details = rows(row.get("detail_list"))
        newest = max(details, key=lambda detail: str(detail.get("stat_date")), default={})
        # The breakdowns by source are unused and would fill the cache.
        counts = {name: value for name, value in newest.items() if not isinstance(value, list)}
        names = (
            text(row.get("msgid")),
            without_fragment(row.get("content_url")),
            title_key(row.get("title")),
        )
        found |= {name: counts for name in names if name}
    return found


def counts_of(item: Item, days: Mapping[date, Day]) -> Item | None:
    """Returns an article's counts, found by the ids in its address, the address or the title."""
    published = published_on(item)
    day = days.get(published, {}) if published else {}
    address, title = dig(item, "article", "url"), dig(item, "article", "title")
    names = (mid_and_index(address), without_fragment(address), title_key(title))
    return next((day[name] for name in names if name and name in day), None)


def mid_and_index(address: Any) -> str | None:
    """Returns `{mid}_{idx}` of an article's address; None for short addresses."""
    query = parse_qs((without_fragment(address) or "").partition("?")[2])
    mid, index = query.get("mid"), query.get("idx")
    return f"{mid[0]}_{index[0]}" if mid and index else None


def without_fragment(address: Any) -> str | None:
    """Returns an address without its fragment."""
    return (https(address) or "").partition("#")[0] or None


def title_key(title: Any) -> str | None:
    return f"title:{title}" if text(title) else None
