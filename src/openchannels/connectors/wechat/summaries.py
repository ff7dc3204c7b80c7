"""Days of a WeChat official account, by the data cube.

https://developers.weixin.qq.com/doc/subscription/api/wedata/news/api_getbizsummary
"""

from datetime import date, timedelta

from openchannels.connectors.base.paginators import Item
from openchannels.connectors.base.parse import dig
from openchannels.connectors.base.shapes import rows_at
from openchannels.connectors.wechat.component import API
from openchannels.connectors.wechat.statistics import (
    DAY_CACHE_SECONDS,
    DAY_TIMEOUT,
    DELAYED_CACHE_SECONDS,
    FIRST_DAY,
    china_day,
    classify_statistics,
)
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import PlatformFailure
from openchannels.transport.platform_client import PlatformClient

LONGEST_DAYS = 30
SECONDS = 10.0
"""Time for all calls; the oldest days are left out if it is not enough."""
SPAN_KEY = "wxgzh:summary_days"
SPAN_CACHE_SECONDS = 86_400
SPAN_TOO_LONG, NOT_READY = "61501", "61503"
ONE = timedelta(days=1)


async def read_summaries(
    client: PlatformClient, account: Account, tokens: Tokens, first: date, last: date
) -> list[Item]:
    """Returns the rows of the days that WeChat has counted, yesterday at the latest.

    WeChat does not say how many days a call may ask for: half as many are asked for where it
    refuses, which is remembered.
    """
    yesterday = china_day(client.clock()) - ONE
    first, last = max(first, FIRST_DAY), min(last, yesterday)
    found: list[Item] = []
    deadline = client.clock() + SECONDS
    while first <= last and client.clock() <= deadline:
        days = min(client.cache.get(SPAN_KEY) or LONGEST_DAYS, (last - first).days + 1)
        start = last - (days - 1) * ONE
        try:
            found += await _days(client, account, tokens, start, last)
        except PlatformFailure as failure:
            if failure.reading.code == NOT_READY and last == yesterday:
                last -= ONE
            elif failure.reading.code == SPAN_TOO_LONG and days > 1:
                client.cache.put(SPAN_KEY, days // 2, SPAN_CACHE_SECONDS)
            else:
                raise
        else:
            last = start - ONE
    return found


async def _days(
    client: PlatformClient, account: Account, tokens: Tokens, first: date, last: date
) -> list[Item]:
    key = f"wxgzh:summary:{account.id}:{first}:{last}"
    kept: list[Item] | None = client.cache.get(key)
    if kept is not None:
        return kept
    answer = await client.call(
        "POST",
        f"{API}/datacube/getbizsummary",
        operation="account.insights",
        idempotent=True,
        timeout=DAY_TIMEOUT,
        classify=classify_statistics,
        params={"access_token": tokens.access_token},
        json_body={"begin_date": f"{first}", "end_date": f"{last}"},
    )
    found = rows_at(client, "account.insights", answer, "list")
    delayed = dig(answer, "is_delay") is True or not found
    client.cache.put(key, found, DELAYED_CACHE_SECONDS if delayed else DAY_CACHE_SECONDS)
    return found
