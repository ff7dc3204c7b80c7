"""WeChat official accounts: single articles, and the figures of accounts."""

import re
from dataclasses import replace

from openchannels.connectors.base.accounts import AccountReader
from openchannels.connectors.base.figures import (
    DAY,
    FiguresMap,
    bounds,
    day_range,
    days_in,
    known_spans,
    overlaid,
    read_day,
    summed,
)
from openchannels.connectors.base.insights import (
    AccountInsights,
    ProfileInsights,
    WorkDetails,
    check_id,
    no_such_work,
    unless_refused,
)
from openchannels.connectors.base.paginators import Item
from openchannels.connectors.base.parse import CHINA, count, dig
from openchannels.connectors.base.shapes import rows_at
from openchannels.connectors.wechat.component import API
from openchannels.connectors.wechat.official_account.works import (
    WORK,
    WxGzhWorks,
    articles_of,
    articles_of_page,
    publications,
    with_counts,
)
from openchannels.connectors.wechat.summaries import LONGEST_DAYS, read_summaries
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.insights import (
    AccountFigures,
    AccountMetrics,
    AccountSpan,
    DetailedWork,
    Period,
)
from openchannels.core.paging import CursorRequest
from openchannels.transport.platform_client import PlatformClient

ARTICLE_ID = re.compile("(?P<publication>[0-9A-Za-z_-]{1,128}?)(?:_[1-8])?")
NEWEST = CursorRequest(limit=WxGzhWorks.paging.maximum)
DEFAULT_SECONDS = 7 * DAY
ACCOUNT_FIGURES = FiguresMap(
    AccountMetrics,
    {
        "views": "read_user",
        "likes": "like_user",
        "comments": "comment_count",
        "forwards": "share_user",
        "collects": "collection_user",
    },
)
PEOPLE = ("views", "likes", "forwards", "collects")


class WxGzhDetails(WorkDetails):
    own_only = True

    async def fetch(
        self, client: PlatformClient, account: Account, tokens: Tokens, work_id: str
    ) -> DetailedWork:
        """Fetches one article, with counts where it is one of the newest.

        WeChat gives counts by the day of publication, which only the list of publications has.
        https://developers.weixin.qq.com/doc/service/api/public/api_freepublish_getarticle.html
        """
        check_id(client, "works.read", work_id, ARTICLE_ID)
        listing = await publications(client, tokens, NEWEST, "works.read")
        article = named(articles_of_page(listing, NEWEST), work_id)
        if article is None:
            article = await read_article(client, tokens, work_id, "works.read")
        if article is None:
            raise no_such_work(client, "works.read", http_status=200)
        [counted] = await with_counts(client, account, tokens, [article])
        work = WORK.read(counted, account)
        if work is None:
            raise client.malformed("works.read")
        hearts = count(dig(counted["counts"], "zaikan_user"))
        return DetailedWork(work, extra={} if hearts is None else {"heartCount": hearts})


async def read_article(
    client: PlatformClient, tokens: Tokens, work_id: str, operation: str
) -> Item | None:
    """Returns an article of the publication that its id names; None if that has no such one.

    https://developers.weixin.qq.com/doc/service/api/public/api_freepublish_getarticle.html
    """
    match = ARTICLE_ID.fullmatch(work_id)
    assert match is not None
    answer = await client.call(
        "POST",
        f"{API}/cgi-bin/freepublish/getarticle",
        operation=operation,
        idempotent=True,
        params={"access_token": tokens.access_token},
        json_body={"article_id": match["publication"]},
    )
    articles = rows_at(client, operation, answer, "news_item")
    content = {"content": {"news_item": articles}}
    publication = {**answer, **content, "article_id": match["publication"]}
    return named(articles_of(publication), work_id)


def named(articles: list[Item], work_id: str) -> Item | None:
    return next((article for article in articles if article["id"] == work_id), None)


class WxGzhAccountInsights(AccountInsights):
    """Counts of an account, and its days where WeChat has verified it."""

    def __init__(self, reader: AccountReader) -> None:
        self._profile = ProfileInsights(reader)

    async def fetch(
        self, client: PlatformClient, account: Account, tokens: Tokens, period: Period
    ) -> AccountFigures:
        figures = await self._profile.fetch(client, account, tokens, period)
        kept = LONGEST_DAYS * DAY
        known = bounds(period, client.clock(), default=DEFAULT_SECONDS, kept=kept)
        if known is None:
            return figures
        first, last = days_in(known, CHINA)
        rows = await unless_refused(read_summaries(client, account, tokens, first, last), [])
        spans = known_spans(
            AccountSpan(*day_range(day, CHINA), ACCOUNT_FIGURES.read(row.get("detail")))
            for row in rows
            if (day := read_day(row.get("ref_date")))
        )
        sums = summed(AccountMetrics, (span.metrics for span in spans), apart=PEOPLE)
        return replace(figures, metrics=overlaid(figures.metrics, sums), spans=spans)
