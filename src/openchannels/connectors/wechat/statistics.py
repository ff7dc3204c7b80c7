"""Counts of WeChat articles, which a data cube gives by the day of publication.

https://developers.weixin.qq.com/doc/offiaccount/Analytics/Graphic_Analysis_Data_Interface.html
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from openchannels.connectors.base.parse import CHINA, count, dig, https, rows, text
from openchannels.connectors.wechat.component import API, classify_wechat
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure
from openchannels.core.works import Metrics, Work, WorkStatus
from openchannels.transport.client import Answer
from openchannels.transport.platform_client import PlatformClient

FIRST_DAY = date(2025, 11, 1)
"""Before it the data cube holds nothing."""
DAYS_PER_PAGE = 10
DAYS_AT_ONCE = 5
DAY_TIMEOUT = 5.0
DAY_KEPT = 6 * 3600
DELAYED_KEPT = 900

Day = Mapping[str, Metrics]
"""Counts of the articles published on one day, by every name that an article may be found by."""


def china_day(moment: float) -> date:
    return datetime.fromtimestamp(moment, CHINA).date()


def classify_statistics(answer: Answer) -> Failure | None:
    """A limit of this one interface must not keep the account's other calls waiting."""
    reading = classify_wechat(answer)
    if reading is None or reading.kind not in (FailureKind.QUOTA, FailureKind.RATE_LIMITED):
        return reading
    return Failure(FailureKind.PERMISSION, code=reading.code)


async def daily_metrics(
    client: PlatformClient, account: Account, tokens: Tokens, works: Sequence[Work]
) -> dict[date, Day]:
    """Counts for the days on which works were published, a few days at a time.

    A failure ends the asking, and a refusal is remembered: a list without counts is a list still.
    """
    refused = f"wxgzh:refused:{account.id}"
    if client.cache.get(refused):
        return {}
    found: dict[date, Day] = {}
    days = days_of(works, china_day(client.clock()))
    for start in range(0, len(days), DAYS_AT_ONCE):
        batch = days[start : start + DAYS_AT_ONCE]
        try:
            answers = await asyncio.gather(*(_day(client, account, tokens, d) for d in batch))
        except PlatformFailure as failure:
            if failure.kind in (FailureKind.PERMISSION, FailureKind.MISCONFIGURED):
                client.cache.put(refused, True, DAY_KEPT)
            break
        found.update(zip(batch, answers, strict=True))
    return found


def days_of(works: Sequence[Work], today: date) -> list[date]:
    """The days worth asking for, newest first as the list is; counts are ready on the next day."""
    published = (
        china_day(work.published_at)
        for work in works
        if work.published_at and work.status is not WorkStatus.DELETED
    )
    counted = (day for day in published if FIRST_DAY <= day < today)
    return list(dict.fromkeys(counted))[:DAYS_PER_PAGE]


async def _day(client: PlatformClient, account: Account, tokens: Tokens, day: date) -> Day:
    key = f"wxgzh:day:{account.id}:{day}"
    kept: Day | None = client.cache.get(key)
    if kept is not None:
        return kept
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
    fresh = read_day(answer)
    delayed = dig(answer, "is_delay") is True or not fresh
    client.cache.put(key, fresh, DELAYED_KEPT if delayed else DAY_KEPT)
    return fresh


def read_day(answer: Any) -> dict[str, Metrics]:
    found: dict[str, Metrics] = {}
    for row in rows(dig(answer, "list")):
        newest = max(
            rows(row.get("detail_list")), key=lambda d: str(d.get("stat_date")), default={}
        )
        metrics = read_metrics(newest)
        names = (text(row.get("msgid")), bare(row.get("content_url")), titled(row.get("title")))
        found |= {name: metrics for name in names if name}
    return found


def read_metrics(counts: Mapping[str, Any]) -> Metrics:
    """WeChat counts people who read or shared, not how often they did."""
    collected = count(counts.get("collection_user"))
    return Metrics(
        views=count(counts.get("read_user")),
        likes=count(counts.get("like_user")),
        comments=count(counts.get("comment_count")),
        shares=count(counts.get("share_user")),
        collects=collected,
        saves=collected,
    )


def with_metrics(work: Work, days: Mapping[date, Day]) -> Work:
    """The work with its counts: found by the numbers in its address, the address or the title."""
    day = days.get(china_day(work.published_at)) if work.published_at else None
    if not day:
        return work
    names = (numbers(work.url), bare(work.url), titled(work.title))
    found = next((day[name] for name in names if name and name in day), None)
    return replace(work, metrics=found) if found else work


def numbers(address: str | None) -> str | None:
    """`{mid}_{idx}` of an article's address; the newer short addresses have neither."""
    query = parse_qs(urlsplit(address or "").query)
    mid, index = query.get("mid"), query.get("idx")
    return f"{mid[0]}_{index[0]}" if mid and index else None


def bare(address: Any) -> str | None:
    """An address without its fragment."""
    return (https(address) or "").partition("#")[0] or None


def titled(title: Any) -> str | None:
    return f"title:{title}" if text(title) else None
